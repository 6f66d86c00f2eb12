"""The phone page: the next door, one tap for a result. With a script it works without a network, too."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from volunteer_hub.canvass import queries, services
from volunteer_hub.canvass.blueprint import bp
from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.canvass.reading import clean
from volunteer_hub.canvass.vocabulary import RESULTS, SUPPORT
from volunteer_hub.canvass.walking import Walk, walk_of
from volunteer_hub.core import access, clock, secrets
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.web import limiter
from volunteer_hub.people.models import Campaign
from volunteer_hub.turf import queries as turf
from volunteer_hub.turf import services as turf_services
from volunteer_hub.turf.queries import LeaseCard
from volunteer_hub.turf.refusals import NoSuchTurf

MOST_AT_ONCE = 100


def _this_link() -> str:
    return f"walk-{secrets.digest(str((request.view_args or {}).get('token', ''))).hex()[:32]}"


@bp.get("/walk/<token>")
@limiter.limit("120/minute", key_func=_this_link)
@access.by_token("the lease's token in the address: it opens this turf's doors until the lease ends")
def walk(token: str) -> ResponseReturnValue:
    """The walk list of a lease; when it is over, a page that still delivers what the phone keeps."""
    lease = turf.lease_by_token(token[:200])
    if lease is None:
        return render_template("canvass/unknown.html", results=_results()), 404
    campaign = _enter(lease)
    now = clock.now()
    if not lease.is_current(now):
        return render_template(
            "canvass/over.html",
            lease=lease,
            token=token,
            campaign_name=campaign.name,
            results=_results(),
        ), 410
    walk = walk_of(lease, now)
    stop = walk.stop(request.args.get("door", type=int)) or walk.next_after(
        request.args.get("after", 0, type=int)
    )
    last = queries.last_of_lease(lease.id)
    page = render_template(
        "canvass/walk.html",
        walk=walk,
        stop=stop,
        token=token,
        script=services.script_of(lease.campaign_id),
        results=RESULTS,
        support=SUPPORT,
        last=last,
        last_stop=walk.stop(last.door_id) if last else None,
        fresh_id=str(uuid.uuid4()),
        data=_data(walk, token, stop.id if stop else None, last),
        campaign_name=campaign.name,
    )
    # the worker on the phone keeps the page for the time without a network, and no longer than that
    return page, {"X-Keep-Until": lease.expires_at.isoformat()}


@bp.post("/walk/<token>/report")
@limiter.limit("120/minute", key_func=_this_link)
@access.by_token("the lease's token in the address")
def report(token: str) -> ResponseReturnValue:
    """A result without a script: one form post for a door, or for several of one building."""
    lease = _lease(token)
    reports = _from_form(lease)
    with transaction():
        receipts = services.record(reports, authority=services.ByLease(lease), now=clock.now())
    for receipt in receipts:
        if receipt.status == "refused":
            flash(receipt.reason, "error")
    if lost := _say_what_was_known(reports, receipts):
        return redirect(url_for("canvass.walk", token=token, door=lost))
    position = request.form.get("position", 0, type=int)
    return redirect(url_for("canvass.walk", token=token, after=position))


def _say_what_was_known(reports: list[dict[str, Any]], receipts: list[services.Receipt]) -> int | None:
    """Say that a form had been sent before; the door whose corrected form was not kept, if there is one."""
    known = {each.id for each in receipts if each.status == "known"}
    if not known:
        return None
    earlier = {str(each): row for each, row in queries.reports_by_id([uuid.UUID(x) for x in known]).items()}
    for raw, receipt in zip(reports, receipts, strict=True):
        found = earlier.get(receipt.id) if receipt.id in known else None
        if found is not None and _differs(raw, found):
            words = RESULTS.get(found.result or "")
            flash(
                _(
                    "This door was saved as “%(result)s” before, and the corrected form is not kept. Take "
                    "the report back with Undo, or report the door once more.",
                    result=str(words.label) if words else "–",
                ),
                "warning",
            )
            return found.door_id
    flash(_("This report was saved before; nothing is counted twice."), "info")
    return None


def _differs(raw: dict[str, Any], stored: DoorReport) -> bool:
    support = raw.get("answers", {}).get("support")
    typed = (str(raw["door"]), raw["result"], support, clean(raw.get("note", "")).strip())
    kept = (str(stored.door_id), stored.result, stored.support and str(stored.support), stored.note.strip())
    return typed != kept


@bp.post("/walk/<token>/undo")
@limiter.limit("120/minute", key_func=_this_link)
@access.by_token("the lease's token in the address")
def undo(token: str) -> ResponseReturnValue:
    """Take the last report of this lease back."""
    lease = _lease(token)
    last = queries.last_of_lease(lease.id)
    if last is None or str(last.id) != request.form.get("undoes"):
        flash(_("There is nothing to take back any more."), "info")
        return redirect(url_for("canvass.walk", token=token))
    door_id = last.door_id
    raw = _raw(lease, door_id, None) | {"id": request.form.get("id", ""), "undoes": str(last.id)}
    with transaction():
        services.record([raw], authority=services.ByLease(lease), now=clock.now())
    return redirect(url_for("canvass.walk", token=token, door=door_id))


@bp.post("/walk/<token>/return")
@limiter.limit("20/minute", key_func=_this_link)
@access.by_token("the lease's token in the address")
def hand_back(token: str) -> ResponseReturnValue:
    """The canvasser hands the turf back; what is not visited is open again."""
    lease = _lease(token)
    with transaction():
        turf_services.end_lease(
            lease.campaign_id,
            lease.id,
            reason="done" if lease.doors_done >= lease.doors else "returned",
            note=request.form.get("note", "").replace("\x00", "").strip(),
            now=clock.now(),
        )
    return redirect(url_for("canvass.walk", token=token))


def _lease(token: str) -> LeaseCard:
    lease = turf.lease_by_token(token[:200])
    if lease is None:
        raise NoSuchTurf()
    _enter(lease)
    return lease


def _enter(lease: LeaseCard) -> Campaign:
    campaign = db.session.get_one(Campaign, lease.campaign_id)
    g.time_zone = campaign.time_zone
    return campaign


def _results() -> dict[str, str]:
    return {name: str(words.label) for name, words in RESULTS.items()}


def _data(walk: Walk, token: str, current: int | None, last: Any) -> dict[str, Any]:
    return {
        "turf": walk.lease.turf_id,
        "token": token,
        "current": current,
        "doors": [stop.as_dict() for stop in walk.stops],
        "last": {"id": str(last.id), "door": last.door_id} if last else None,
        "known": queries.ids_of_lease(walk.lease.id),
        "words": {
            "results": _results(),
            "undone": _("Took a report back"),
            "all_sent": _("Everything has reached the campaign"),
            "waiting": _(
                "%(saved)s saved on this phone, %(received)s received", saved="{saved}", received="{received}"
            ),
            "refused": _("%(count)s could not be taken. Show this to your field lead.", count="{count}"),
            "not_kept": _("This phone cannot keep reports without a network; each is sent at once."),
            "undo": _("Undo: %(door)s", door="{door}"),
            "next_street": _("Next street: %(street)s", street="{street}"),
            "street_after": _(
                "Next street: %(street)s, after %(count)s more doors", street="{street}", count="{count}"
            ),
            "several": _("Nobody home at several doors of %(house)s", house="{house}"),
            "visited": _("%(done)s of %(all)s doors", done="{done}", all="{all}"),
        },
    }


def _from_form(lease: LeaseCard) -> list[dict[str, Any]]:
    """The reports of a form: its ids were made with the page, so sending it twice changes nothing."""
    form = request.form
    support = form.get("support", "")
    result = "canvassed" if support else form.get("result", "")
    answers: dict[str, Any] = {
        key.removeprefix("answer-"): value
        for key, value in form.items()
        if key.startswith("answer-") and value
    }
    if support:
        answers["support"] = support
    if form.get("several"):
        made = form.get("id", "")
        return [
            _raw(lease, door, "not_home") | {"id": _derived(made, door)}
            for door in form.getlist("doors")[:MOST_AT_ONCE]
        ]
    given = {"id": form.get("id", ""), "answers": answers, "note": form.get("note", "")}
    return [_raw(lease, form.get("door", ""), result) | given]


def _raw(lease: LeaseCard, door: Any, result: str | None) -> dict[str, Any]:
    return {"turf": lease.turf_id, "door": door, "at": clock.now().isoformat(), "result": result}


def _derived(made: str, door: str) -> str:
    try:
        return str(uuid.uuid5(uuid.UUID(made), door))
    except ValueError:
        return ""
