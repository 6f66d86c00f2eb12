"""The page of an offer, reached by the link in its message, without signing in."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from volunteer_hub.assignments import services
from volunteer_hub.assignments.links import is_offer_link, offer_path
from volunteer_hub.assignments.models import Assignment, State
from volunteer_hub.assignments.wording import map_link, why_text
from volunteer_hub.core import clock
from volunteer_hub.core.access import by_token
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.refusals import NotFound, Refusal
from volunteer_hub.core.web import csrf, limiter
from volunteer_hub.events import queries as events

bp = Blueprint("assignments", __name__)


def _per_offer() -> str:
    """Limits count by offer, not by address: a whole office may answer from one."""
    return f"offer-{(request.view_args or {}).get('assignment_id')}"


@bp.get("/offers/<int:assignment_id>/<signature>")
@by_token("the signature in the address, known to the message's reader")
@limiter.limit("60/minute", key_func=_per_offer)
def offer(assignment_id: int, signature: str) -> ResponseReturnValue:
    """Shows the offer with its buttons. Changes nothing: link scanners open every link of an email."""
    assignment = _found(assignment_id, signature)
    return render_template(
        "assignments/offer.html",
        assignment=assignment,
        state=State(assignment.state),
        State=State,
        card=(card := events.shift_card(assignment.campaign_id, assignment.shift_id)),
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
    act = {"accept": services.accept, "decline": services.decline, "cancel": services.decline}.get(
        request.form.get("answer", "")
    )
    if act is None:
        raise Refusal(_("Choose “I will come” or “I cannot come”."))
    try:
        with transaction():
            act(campaign_id, assignment_id, now=clock.now())
    except Refusal as refusal:
        flash(refusal.sentence, "warning")
    return redirect(offer_path(assignment_id, nonce), code=303)


def _found(assignment_id: int, signature: str) -> Assignment:
    assignment = db.session.scalar(select(Assignment).where(Assignment.id == assignment_id))
    if assignment is None or not is_offer_link(signature, assignment_id, assignment.nonce):
        raise NotFound()
    return assignment
