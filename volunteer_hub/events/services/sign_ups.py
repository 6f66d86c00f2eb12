"""Signing up for shifts, cancelling, moving, and saying who came."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select, update

from volunteer_hub.core.db import announce, db
from volunteer_hub.core.refusals import NotFound
from volunteer_hub.events import facts
from volunteer_hub.events.models import Shift, SignUp
from volunteer_hub.events.refusals import NotOnTheShift, ShiftFull, TooEarlyToMark
from volunteer_hub.events.services.places import (
    add_sign_up,
    give_place,
    locked_shift,
    place_freed,
    require_ahead,
    require_open,
    standing_sign_up,
)

ATTENDANCE_OPENS = timedelta(hours=2)


def sign_up(
    campaign_id: int,
    person_id: int,
    shift_id: int,
    *,
    by: int | None,
    now: datetime,
    source: str = "self",
    confirm_by: datetime | None = None,
) -> SignUp:
    """Give the person a place, or the next turn on the waiting list when the shift is full.

    Somebody who is on the shift already keeps what they have. `confirm_by`: the place lapses unless it is
    confirmed by then (an address that nobody has proved to be theirs).
    Raises Overlaps, ShiftOver, ShiftGone, NotPublished, NotFound.
    """
    shift = locked_shift(campaign_id, shift_id, for_person=person_id)
    return _sign_up(shift, person_id, by=by, now=now, source=source, confirm_by=confirm_by)


def sign_up_or_refuse(
    campaign_id: int, person_id: int, shift_id: int, *, by: int | None, now: datetime, source: str = "self"
) -> SignUp:
    """The same, but a full shift is refused (ShiftFull) and not waited for."""
    shift = locked_shift(campaign_id, shift_id, for_person=person_id)
    return _place_or_refuse(shift, person_id, by=by, now=now, source=source)


def cancel_sign_up(
    campaign_id: int, sign_up_id: int, *, by: int | None, now: datetime, tell: bool = True
) -> SignUp:
    """Cancel, free the place and let the waiting list move up. Raises ShiftOver, NotFound."""
    shift, row = _locked(campaign_id, sign_up_id)
    if row.state == "cancelled":
        return row
    require_ahead(shift, now)
    _free(shift, row, by=by, now=now, tell=tell)
    place_freed(shift, now=now)
    return row


def move(campaign_id: int, sign_up_id: int, to_shift_id: int, *, by: int | None, now: datetime) -> SignUp:
    """Move somebody to another shift in one step: both succeed or neither. Raises ShiftFull, Overlaps, ..."""
    from_shift_id = _shift_of(campaign_id, sign_up_id)
    if from_shift_id == to_shift_id:
        return _locked(campaign_id, sign_up_id)[1]
    shifts = {each: locked_shift(campaign_id, each) for each in sorted({from_shift_id, to_shift_id})}
    row = _reread(campaign_id, sign_up_id)
    if row.state == "cancelled":
        raise NotOnTheShift()
    require_ahead(shifts[from_shift_id], now)
    _free(shifts[from_shift_id], row, by=by, now=now)
    db.session.flush()  # the old sign-up must be out of the way of the exclusion constraint
    new = _place_or_refuse(shifts[to_shift_id], row.person_id, by=by, now=now, source="staff")
    place_freed(shifts[from_shift_id], now=now)
    return new


def confirm(campaign_id: int, sign_up_id: int, *, now: datetime) -> SignUp:
    """The person says: yes, I come. Raises NotOnTheShift when the sign-up was cancelled."""
    shift, row = _locked(campaign_id, sign_up_id)
    if row.state == "cancelled":
        raise NotOnTheShift()
    require_ahead(shift, now)
    row.confirmed_at = row.confirmed_at or now
    row.confirm_by = None
    return row


def lapse_unconfirmed(campaign_id: int, sign_up_id: int, *, now: datetime) -> bool:
    """Free the place of a stranger who never confirmed the address. False if there is nothing to do."""
    shift, row = _locked(campaign_id, sign_up_id)
    overdue = row.confirm_by is not None and row.confirm_by <= now and row.state != "cancelled"
    if not overdue:
        return False
    if now >= shift.starts_at:
        row.confirm_by = None  # too late to give the place to somebody else
        return False
    _free(shift, row, by=None, now=now, tell=False)
    place_freed(shift, now=now)
    return True


def check_in(campaign_id: int, sign_up_id: int, *, by: int | None, now: datetime) -> SignUp:
    """The person came. Raises TooEarlyToMark, NotOnTheShift."""
    return _mark(campaign_id, sign_up_id, "attended", by=by, now=now)


def mark_no_show(campaign_id: int, sign_up_id: int, *, by: int | None, now: datetime) -> SignUp:
    """The person did not come."""
    return _mark(campaign_id, sign_up_id, "no_show", by=by, now=now)


def clear_attendance(campaign_id: int, sign_up_id: int, *, by: int | None, now: datetime) -> SignUp:
    """Take back what was marked."""
    return _mark(campaign_id, sign_up_id, None, by=by, now=now)


def note_reminded(
    campaign_id: int, sign_up_ids: Iterable[int], which: Literal["day", "hours"], *, now: datetime
) -> None:
    """The reminder a day or two hours ahead stands in the outbox for these sign-ups."""
    column = {"day": "reminded_day_at", "hours": "reminded_hours_at"}[which]
    db.session.execute(
        update(SignUp)
        .where(SignUp.campaign_id == campaign_id, SignUp.id.in_(list(sign_up_ids)))
        .values({column: now})
    )


def _sign_up(
    shift: Shift,
    person_id: int,
    *,
    by: int | None,
    now: datetime,
    source: str,
    confirm_by: datetime | None = None,
) -> SignUp:
    require_open(shift, now)
    standing = standing_sign_up(shift, person_id)
    if standing is not None:
        return _again(shift, standing, now=now)
    state = "going" if shift.places_left > 0 else "waiting"
    row = add_sign_up(shift, person_id, state, source=source, now=now, by=by, confirm_by=confirm_by)
    announce(facts.SignedUp(row.id))
    return row


def _again(shift: Shift, standing: SignUp, *, now: datetime) -> SignUp:
    """Somebody who waits asks again: the place may be free now that they have time."""
    if standing.state == "waiting" and shift.places_left > 0:
        give_place(shift, standing, now=now, notice="promotion")
        announce(facts.Promoted(standing.id))
    return standing


def _place_or_refuse(shift: Shift, person_id: int, *, by: int | None, now: datetime, source: str) -> SignUp:
    standing = standing_sign_up(shift, person_id)
    if shift.places_left < 1 and (standing is None or standing.state != "going"):
        require_open(shift, now)
        raise ShiftFull(shift)
    return _sign_up(shift, person_id, by=by, now=now, source=source)


def _free(shift: Shift, row: SignUp, *, by: int | None, now: datetime, tell: bool = True) -> None:
    """Cancel a standing sign-up of a locked shift and count it off."""
    if row.state == "going":
        shift.going -= 1
    else:
        shift.waiting -= 1
    row.state, row.cancelled_at, row.changed_at = "cancelled", now, now
    row.cancelled_by = by
    row.confirm_by = row.attendance = row.checked_in_at = None
    row.notice, row.notice_at = ("cancellation", now) if tell else (None, None)
    announce(facts.SignUpCancelled(row.id))


def _mark(
    campaign_id: int, sign_up_id: int, attendance: str | None, *, by: int | None, now: datetime
) -> SignUp:
    shift, row = _locked(campaign_id, sign_up_id)
    if row.state != "going":
        raise NotOnTheShift()
    if attendance and now < shift.starts_at - ATTENDANCE_OPENS:
        raise TooEarlyToMark(shift)
    row.attendance, row.marked_by = attendance, by
    row.checked_in_at = now if attendance == "attended" else None
    if attendance == "attended":
        row.confirm_by = None
    announce(facts.AttendanceMarked(row.id))
    return row


def _locked(campaign_id: int, sign_up_id: int) -> tuple[Shift, SignUp]:
    """The sign-up and its shift, the shift locked first: everybody takes locks in this order."""
    shift = locked_shift(campaign_id, _shift_of(campaign_id, sign_up_id))
    return shift, _reread(campaign_id, sign_up_id)


def _shift_of(campaign_id: int, sign_up_id: int) -> int:
    query = select(SignUp.shift_id).where(SignUp.id == sign_up_id, SignUp.campaign_id == campaign_id)
    shift_id: int | None = db.session.scalar(query)
    if shift_id is None:
        raise NotFound()
    return shift_id


def _reread(campaign_id: int, sign_up_id: int) -> SignUp:
    row: SignUp | None = db.session.scalar(
        select(SignUp)
        .where(SignUp.id == sign_up_id, SignUp.campaign_id == campaign_id)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound()
    return row
