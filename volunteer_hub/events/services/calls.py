"""What came of ringing somebody about a shift: kept, and acted upon at once."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import Conflict, Refusal
from volunteer_hub.events.models import CALL_RESULTS, ConfirmationCall
from volunteer_hub.events.queries.calls import MOST_CALLS_A_DAY, calls_today
from volunteer_hub.events.refusals import NotOnTheShift
from volunteer_hub.events.services.places import require_ahead
from volunteer_hub.events.services.sign_ups import cancel_sign_up, confirm, locked_sign_up
from volunteer_hub.messaging import refusing_calls
from volunteer_hub.people.models import Campaign, Person


class RungEnough(Conflict):
    """The person was rung as often today as anybody should be."""

    def __init__(self) -> None:
        super().__init__(_("They were rung twice today already. Try again tomorrow."))


def note_call(
    campaign_id: int, sign_up_id: int, result: str, *, by: int | None, now: datetime
) -> ConfirmationCall:
    """Keep what came of a call; a yes confirms, a no cancels and frees the place.

    Raises RungEnough, NotOnTheShift, ShiftOver, ShiftGone, NotFound; Refusal for an unknown result.
    """
    if result not in CALL_RESULTS:
        raise Refusal(_("Say what came of the call."))
    shift, row = locked_sign_up(campaign_id, sign_up_id)
    if row.state != "going":
        raise NotOnTheShift()
    require_ahead(shift, now)
    zone = db.session.scalar(select(Campaign.time_zone).where(Campaign.id == campaign_id)) or "UTC"
    db.session.scalar(
        select(Person.id).where(Person.id == row.person_id).with_for_update(key_share=True)
    )  # one call at a time; messages to them go on
    if calls_today(row.person_id, time_zone=zone, now=now) >= MOST_CALLS_A_DAY:
        raise RungEnough()
    call = ConfirmationCall(
        campaign_id=campaign_id, sign_up_id=sign_up_id, result=result, called_by=by, called_at=now
    )
    db.session.add(call)
    if result == "will_come":
        confirm(campaign_id, sign_up_id, now=now)
    elif result == "cancelled":
        cancel_sign_up(campaign_id, sign_up_id, by=by, now=now)
    return call


def refuse_calls(campaign_id: int, sign_up_id: int, *, now: datetime) -> None:
    """The person wants no calls: their number stands on no list again, on whatever shift."""
    _shift, row = locked_sign_up(campaign_id, sign_up_id)
    phone = db.session.scalar(select(Person.phone).where(Person.id == row.person_id))
    if phone:
        refusing_calls.refuse_calls(campaign_id, phone, now=now)
