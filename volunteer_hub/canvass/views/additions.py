"""Additions: written down at the door by a form, looked at by organizers; and the news for a second phone."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from volunteer_hub.canvass import walk_queries
from volunteer_hub.canvass.blueprint import bp
from volunteer_hub.canvass.services import additions
from volunteer_hub.canvass.services.additions import AdditionLine
from volunteer_hub.canvass.views.walk import current_lease, this_link
from volunteer_hub.canvass.vocabulary import SUPPORT
from volunteer_hub.canvass.walk_form import answers_from_form
from volunteer_hub.core import access, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import transaction
from volunteer_hub.core.paging import Page, page_of
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.core.web import limiter
from volunteer_hub.turf import queries as turf


@bp.post("/walk/<token>/add")
@limiter.limit("60/minute", key_func=this_link)
@access.by_token("the lease's token in the address")
def add(token: str) -> ResponseReturnValue:
    """A person or a door that is on no file, without a script."""
    lease = current_lease(token)
    form, now = request.form, clock.now()
    names = ("id", "door", "what", "name", "unit", "address", "note", "result")
    entry: dict[str, Any] = {name: form.get(name, "") for name in names}
    entry |= {"at": now.isoformat(), "answers": answers_from_form()}
    with transaction():
        (receipt,) = additions.keep_additions([entry], lease, now)
    if receipt.status == "refused":
        flash(receipt.reason, "error")
    else:
        flash(_("Added. The campaign will look at it."), "ok")
    return redirect(url_for("canvass.walk", token=token, door=form.get("door", type=int)))


@bp.get("/walk/<token>/news")
@limiter.limit("60/minute", key_func=this_link)
@access.by_token("the lease's token in the address")
def news(token: str) -> ResponseReturnValue:
    """What was reported in the turf since a moment, for a phone that shares it, which of its doors nobody may
    knock at (skip) or went to somebody else (gone), and until when the list is open. Two statements.
    """
    lease = turf.lease_by_token(token[:200])
    now = clock.now()
    if lease is None or not lease.is_current(now):
        return jsonify(over=True), 404 if lease is None else 410
    found = walk_queries.news_of(lease.turf_id, _since(request.args.get("since", ""), lease.leased_at))
    reports = [
        {"id": str(each.report_id), "door": each.door_id, "result": each.result, "at": each.at.isoformat()}
        for each in found
        if each.report_id and each.at
    ]
    skip = [each.door_id for each in found if each.is_do_not_walk and not each.is_gone]
    gone = [each.door_id for each in found if each.is_gone]
    until = lease.expires_at.isoformat()
    return jsonify(now=now.isoformat(), until=until, reports=reports, skip=skip, gone=gone)


def _since(text: str, earliest: datetime) -> datetime:
    """The moment that a phone names, never before the lease; the lease's own where it names none."""
    try:
        asked = datetime.fromisoformat(text)
    except ValueError:
        return earliest
    return max(asked if asked.tzinfo else asked.replace(tzinfo=UTC), earliest)


@bp.get("/canvass/additions")
@access.needs(Role.ORGANIZER)
def additions_page() -> ResponseReturnValue:
    """What canvassers found and no file has: accept it or dismiss it."""
    found = page_of(
        additions.pending_query(current_user.campaign_id, _paths()), request.args.get("page", 1, type=int)
    )
    page = Page([AdditionLine(*row) for row in found.rows], found.number, found.per_page, found.total)
    return render_template(
        "canvass/additions.html",
        page=page,
        support=SUPPORT,
        decided=additions.reviewed_lately(current_user.campaign_id, _paths()),
    )


@bp.post("/canvass/additions/<uuid:addition_id>/review")
@access.needs(Role.ORGANIZER)
def review_addition(addition_id: uuid.UUID) -> ResponseReturnValue:
    """Accept, dismiss, or take such a decision back."""
    decision = request.form.get("decision", "")
    try:
        with transaction():
            row = additions.review_addition(
                current_user.campaign_id,
                addition_id,
                decision,
                area_paths=_paths(),
                by=current_user.id,
                now=clock.now(),
            )
            was_known = row.is_door_known
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        flash(str(refusal.sentence), "error")
        return redirect(url_for("canvass.additions_page"))
    said = {
        "accepted": _("Accepted: this door was on file already, and the knock stands there.")
        if was_known
        else _("Accepted. It is on file from now on."),
        "dismissed": _("Dismissed. Nothing was changed."),
        "pending": _("Taken back. It waits again."),
    }
    flash(said[decision], "ok")
    return redirect(url_for("canvass.additions_page"))


def _paths() -> list[str]:
    return access.paths(current_user, Role.ORGANIZER)
