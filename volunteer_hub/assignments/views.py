"""The page of an offer, reached by the link in its message, without signing in."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select

from volunteer_hub.assignments import lines, services
from volunteer_hub.assignments.lines import MyOffer
from volunteer_hub.assignments.links import is_offer_link, offer_path
from volunteer_hub.assignments.models import Assignment, State
from volunteer_hub.assignments.wording import map_link, why_text
from volunteer_hub.core import clock
from volunteer_hub.core.access import by_token, in_campaign, signed_in
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.display import is_another_hour
from volunteer_hub.core.refusals import NotFound, Refusal
from volunteer_hub.core.web import csrf, limiter
from volunteer_hub.events import queries as events
from volunteer_hub.events.asking import ask_of, said_of
from volunteer_hub.events.wording import is_zone_told
from volunteer_hub.people import queries as people
from volunteer_hub.people.models import Campaign, Person
from volunteer_hub.people.papers import lacking

bp = Blueprint("assignments", __name__)


def _per_offer() -> str:
    """Limits count by offer, not by address: a whole office may answer from one."""
    return f"offer-{(request.view_args or {}).get('assignment_id')}"


@bp.get("/my/offers")
@signed_in
def mine() -> ResponseReturnValue:
    """What the signed-in person was offered: to answer, answered, and gone."""
    now = clock.now()
    _tell_time_of(current_user.campaign_id)
    found = lines.offers_of(current_user.id, now)
    waiting = [each for each in found if each.state is State.OFFERED and each.starts_at > now]
    g.names_zone = is_another_hour(now, g.time_zone, current_user.time_zone)
    return render_template(
        "assignments/mine.html",
        waiting=waiting,
        asks=_asking(waiting),
        answered=[each for each in found if each.state is not State.OFFERED],
        State=State,
        offer_path=offer_path,
    )


@bp.post("/my/offers/<int:assignment_id>")
@signed_in
@limiter.limit("60/minute")
def answer_mine(assignment_id: int) -> ResponseReturnValue:
    """Yes, no, or no after all, from one's own list."""
    assignment: Assignment = in_campaign(Assignment, assignment_id, current_user.campaign_id)
    if assignment.person_id != current_user.id:
        raise NotFound()
    _answer(assignment.campaign_id, assignment_id)
    return redirect(url_for("assignments.mine"), code=303)


@bp.get("/offers/<int:assignment_id>/<signature>")
@by_token("the signature in the address, known to the message's reader")
@limiter.limit("60/minute", key_func=_per_offer)
def offer(assignment_id: int, signature: str) -> ResponseReturnValue:
    """Shows the offer with its buttons. Changes nothing: link scanners open every link of an email."""
    return _page(_found(assignment_id, signature))


def _page(assignment: Assignment) -> str:
    """The offer, with what its event asks of the person before they can say yes."""
    _tell_time_of(assignment.campaign_id)
    campaign = db.session.get_one(Campaign, assignment.campaign_id)
    card = events.shift_card(assignment.campaign_id, assignment.shift_id)
    reader_zone = db.session.get_one(Person, assignment.person_id).time_zone
    g.names_zone = is_zone_told(g.time_zone, [card], reader_zone)
    return render_template(
        "assignments/offer.html",
        assignment=assignment,
        campaign_name=campaign.name,
        ask=ask_of(campaign, [card], assignment.person_id),
        state=State(assignment.state),
        State=State,
        card=card,
        why=why_text(assignment),
        map_link=map_link(card.latitude, card.longitude),
        is_over=card.starts_at <= clock.now(),
        first="decline" if request.args.get("do") == "decline" else "accept",
    )


@bp.post("/offers/<int:assignment_id>/<signature>")
@by_token("the signature in the address, known to the message's reader")
@csrf.exempt  # whoever could forge this form would have to know the signature
@limiter.limit("60/minute", key_func=_per_offer)
def answer(assignment_id: int, signature: str) -> ResponseReturnValue:
    """Yes, no, or no after all."""
    assignment = _found(assignment_id, signature)
    campaign_id, nonce = assignment.campaign_id, assignment.nonce
    refusal = _answer(campaign_id, assignment_id)
    if refusal and any(request.form.get(name) for name in ("age", "paper")):  # what was ticked stays so
        return _page(_found(assignment_id, signature)), refusal.status
    return redirect(offer_path(assignment_id, nonce), code=303)


def _answer(campaign_id: int, assignment_id: int) -> Refusal | None:
    """Do what the form asks; a refusal is shown on the next page."""
    wish, now = request.form.get("answer", ""), clock.now()
    if wish not in ("accept", "decline", "cancel"):
        raise Refusal(_("Choose “I will come” or “I cannot come”."))
    try:
        with transaction():
            if wish == "accept":
                services.accept(campaign_id, assignment_id, now=now, said=said_of(request.form))
            else:
                services.decline(campaign_id, assignment_id, now=now)
    except Refusal as refusal:
        flash(str(refusal.sentence), "warning")
        return refusal
    return None


def _asking(offers: Sequence[MyOffer]) -> set[int]:
    """Ids of the offers that the viewer has to be asked about first. None or one statement."""
    asking = [each for each in offers if each.min_age or each.papers]
    if not asking:
        return set()
    said, zone = people.said_by(current_user.id), ZoneInfo(g.time_zone)
    return {
        each.id
        for each in asking
        if lacking(
            said, min_age=each.min_age, papers=each.papers, on=clock.campaign_day(each.starts_at, zone)
        )
    }


def _tell_time_of(campaign_id: int) -> None:
    """The page tells the time where the campaign is, as the message did, also to who is not signed in."""
    g.time_zone = db.session.get_one(Campaign, campaign_id).time_zone


def _found(assignment_id: int, signature: str) -> Assignment:
    assignment = db.session.scalar(select(Assignment).where(Assignment.id == assignment_id))
    if assignment is None or not is_offer_link(signature, assignment_id, assignment.nonce):
        raise NotFound()
    people.require_not_erased(assignment.person_id)
    return assignment
