"""Somebody stands at the table who is not on the list: put on a shift that runs, and checked in at once."""

from __future__ import annotations

from datetime import datetime

from volunteer_hub.core.db import announce
from volunteer_hub.events import facts
from volunteer_hub.events.models import SignUp
from volunteer_hub.events.refusals import NotPublished, ShiftGone, ShiftOver, TooEarlyToMark
from volunteer_hub.events.services.places import add_sign_up, give_place, locked_shift, standing_sign_up
from volunteer_hub.events.services.showing import keep_record
from volunteer_hub.events.services.sign_ups import ATTENDANCE_OPENS


def put_on_shift(campaign_id: int, person_id: int, shift_id: int, *, by: int | None, now: datetime) -> SignUp:
    """Give the person a place and check them in; on the shift already, they are only checked in.

    A full shift grows by this one place: nobody who stands at the table is sent home by a number. The row is
    locked as for every other place, so none is given twice.
    Raises TooEarlyToMark, ShiftOver, ShiftGone, NotPublished, Overlaps, NotFound.
    """
    shift = locked_shift(campaign_id, shift_id, for_person=person_id)
    if shift.cancelled_at is not None or shift.event.state == "cancelled":
        raise ShiftGone(shift)
    if shift.event.state != "published":
        raise NotPublished(shift)
    if now < shift.starts_at - ATTENDANCE_OPENS:
        raise TooEarlyToMark(shift)
    if now >= shift.ends_at:
        raise ShiftOver(shift)
    row = standing_sign_up(shift, person_id)
    if (row is None or row.state == "waiting") and shift.places_left < 1:
        shift.capacity += 1
    if row is None:
        row = add_sign_up(shift, person_id, "going", source="walk_in", now=now, by=by, tell=False)
        announce(facts.SignedUp(row.id))
    elif row.state == "waiting":
        give_place(shift, row, now=now, notice=None)
    row.attendance, row.checked_in_at, row.marked_by, row.confirm_by = "attended", now, by, None
    keep_record(person_id)
    announce(facts.AttendanceMarked(row.id))
    return row
