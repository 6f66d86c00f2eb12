"""The list of people to ring before a shift, with what came of each call in one tap."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from volunteer_hub.core import access, audit, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import transaction
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.events import pages, queries, services
from volunteer_hub.events.blueprint import bp
from volunteer_hub.events.queries import ShiftCard
from volunteer_hub.events.vocabulary import CALL_WORDS


@bp.get("/organize/shifts/<int:shift_id>/calls")
@access.needs(Role.FIELD_LEAD)
def calls(shift_id: int) -> ResponseReturnValue:
    """Numbers of many people on one page: who looked is kept in the audit log."""
    campaign, card, now = pages.own_campaign(), _card(shift_id), clock.now()
    found = queries.call_list(campaign.id, shift_id, time_zone=campaign.time_zone, now=now)
    with transaction():
        audit.record(
            "view.call_list",
            campaign_id=campaign.id,
            by=current_user.id,
            subject=f"shift:{shift_id}",
            people=len(found.lines),
        )
    return pages.page(
        "events/calls.html",
        pages.own_campaign(),
        card=_card(shift_id),
        state=card.state(now),
        found=found,
        call_words=CALL_WORDS,
    )


@bp.post("/organize/sign-ups/<int:sign_up_id>/call")
@access.needs(Role.FIELD_LEAD)
def note_call(sign_up_id: int) -> ResponseReturnValue:
    """One tap after the call; it acts at once."""
    card = _card(queries.my_sign_up(current_user.campaign_id, sign_up_id).card.id)
    result, shift_id, campaign_id = request.form.get("result", ""), card.id, card.campaign_id
    try:
        with transaction():
            if result == "no_calls":
                services.refuse_calls(campaign_id, sign_up_id, now=clock.now())
            else:
                services.note_call(campaign_id, sign_up_id, result, by=current_user.id, now=clock.now())
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        flash(str(refusal.sentence), "error")
    else:
        flash(_done(result), "ok")
    return redirect(url_for("events.calls", shift_id=shift_id))


def _done(result: str) -> str:
    return {
        "will_come": _("Confirmed. Nobody asks them again."),
        "cancelled": _("Cancelled; the place is free for the next."),
        "wrong_number": _("Noted: this number is not offered again."),
        "no_calls": _("Noted: they are not rung again."),
    }.get(result, _("Noted."))


def _card(shift_id: int) -> ShiftCard:
    return queries.shift_within(
        current_user.campaign_id, shift_id, pages.lead_paths(), person_id=current_user.id
    )
