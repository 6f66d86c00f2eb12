"""Pages of voters whose door is in doubt: one by one, or all of a kind."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from volunteer_hub.core import access, audit, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import transaction
from volunteer_hub.districts import doubts, queries
from volunteer_hub.districts.blueprint import bp
from volunteer_hub.districts.models import Voter
from volunteer_hub.people.queries import root_area


def _require() -> int:
    """Voters are the whole campaign's: these pages are for organizers of all of it, as imports are."""
    campaign_id = int(current_user.campaign_id)
    access.require(current_user, Role.ORGANIZER, root_area(campaign_id).path)
    return campaign_id


def _voter(voter_id: int, *, lock: bool = False) -> Voter:
    row: Voter = access.in_campaign(Voter, voter_id, _require(), lock=lock)
    return row


@bp.get("/voters/doubtful")
@access.needs(Role.ORGANIZER)
def doubtful_voters() -> ResponseReturnValue:
    """Each doubtful voter beside the doors that may be theirs."""
    campaign_id = _require()
    kind = request.args.get("kind", "").replace("\x00", "")[:60] or None
    decided = request.args.get("show") == "decided"
    page = doubts.pairs(campaign_id, request.args.get("page", 1, type=int), kind=kind, decided=decided)
    with transaction():
        audit.record(
            "read.voters", campaign_id=campaign_id, by=current_user.id, subject="voters", rows=len(page.rows)
        )
    return render_template(
        "districts/doubtful.html",
        page=page,
        kind=kind,
        decided=decided,
        kinds=doubts.kinds(campaign_id),
        kind_words=doubts.kind_words,
        counts=queries.voter_counts(campaign_id),
        up_to_id=doubts.newest_id(campaign_id),
    )


@bp.post("/voters/doubtful/accept")
@access.needs(Role.ORGANIZER)
def accept_doubtful() -> ResponseReturnValue:
    """Accept all of one kind."""
    campaign_id = _require()
    kind = request.form.get("kind", "").replace("\x00", "")[:60]
    with transaction():
        count = doubts.accept_kind(
            campaign_id,
            kind,
            up_to_id=request.form.get("up_to_id", 0, type=int),
            by=current_user.id,
            now=clock.now(),
        )
    if count:
        flash(ngettext("%(num)s voter is accepted.", "%(num)s voters are accepted.", count), "ok")
    else:
        flash(_("Nobody of this kind waits any more. Nothing changed."), "info")
    return redirect(url_for("districts.doubtful_voters"))


@bp.post("/voters/<int:voter_id>/decide")
@access.needs(Role.ORGANIZER)
def decide_voter(voter_id: int) -> ResponseReturnValue:
    """Put a voter at the door shown, at another, or at none."""
    door_id = request.form.get("door", 0, type=int)
    try:
        with transaction():
            doubts.decide(
                _voter(voter_id, lock=True),
                door_id or None,
                seen_door_id=request.form.get("seen", 0, type=int) or None,
                by=current_user.id,
                now=clock.now(),
            )
    except doubts.DecidedAlready as refusal:
        flash(str(refusal.sentence), "info")
    else:
        flash(_("Saved: the voter lives at this door.") if door_id else _("Saved: at none of these."), "ok")
    return redirect(_back())


@bp.post("/voters/<int:voter_id>/ask-again")
@access.needs(Role.ORGANIZER)
def ask_voter_again(voter_id: int) -> ResponseReturnValue:
    """Take a decision back."""
    try:
        with transaction():
            doubts.ask_again(_voter(voter_id, lock=True), by=current_user.id)
    except doubts.DecidedAlready as refusal:
        flash(str(refusal.sentence), "info")
    else:
        flash(_("Taken back: the voter is among the doubtful again."), "ok")
    return redirect(url_for("districts.doubtful_voters", show="decided"))


@bp.get("/voters/<int:voter_id>/door")
@access.needs(Role.ORGANIZER)
def pick_door(voter_id: int) -> ResponseReturnValue:
    """Look for another door for one voter."""
    voter = _voter(voter_id)
    text = request.args.get("q", "").replace("\x00", "").strip()[:100]
    with transaction():
        audit.record(
            "read.voters",
            campaign_id=voter.campaign_id,
            by=current_user.id,
            subject=f"voter:{voter_id}",
            rows=1,
        )
    return render_template(
        "districts/pick_door.html",
        pair=doubts.pair_of(voter),
        text=text,
        doors=doubts.find_doors(voter.campaign_id, text) if text else [],
        kind_words=doubts.kind_words,
        back=_kept(),
    )


def _kept() -> dict[str, str | int]:
    """Where on the list one was; only numbers and words of ours."""
    kind = request.values.get("kind", "").replace("\x00", "")[:60]
    page = request.values.get("page", 1, type=int)
    return (
        {"kind": kind} | ({"page": page} if page > 1 else {}) if kind else {"page": page} if page > 1 else {}
    )


def _back() -> str:
    kept = _kept()
    return url_for("districts.doubtful_voters", kind=kept.get("kind"), page=kept.get("page")) + "#list"
