"""Signing up for shifts, cancelling, moving, and saying who came."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from flask_babel import gettext as _
from sqlalchemy import func, select, update

from volunteer_hub.core.db import announce, db
from volunteer_hub.core.refusals import NotFound, Refusal
from volunteer_hub.events import facts
from volunteer_hub.events.models import Shift, SignUp
from volunteer_hub.events.queries.sign_ups import MyShift
from volunteer_hub.events.refusals import NotOnTheShift, PlaceGone, ShiftFull, TooEarlyToMark, named
from volunteer_hub.events.services.fitness import require_fit
from volunteer_hub.events.services.places import (
    add_sign_up,
    give_place,
    locked_shift,
    locked_shifts,
    place_freed,
    require_ahead,
    require_open,
    standing_sign_up,
)
from volunteer_hub.events.services.showing import keep_record, keep_records

ATTENDANCE_OPENS = timedelta(hours=2)
UNDO_FOR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one of several sign-ups: going, waiting, or refused with the sentence why.

    For the others `words` names the shift.
    """

    shift_id: int
    state: str
    words: str


def sign_up(
    campaign_id: int,
    person_id: int,
    shift_id: int,
    *,
    by: int | None,
    now: datetime,
    source: str = "self",
    confirm_by: datetime | None = None,
    is_shown: bool = False,
    found_by: str | None = None,
) -> SignUp:
    """Give the person a place, or the next turn on the waiting list when the shift is full.

    Somebody who is on the shift already keeps what they have. `confirm_by`: the place lapses unless it is
    confirmed by then (an address that nobody has proved to be theirs). `is_shown`: they answer from their
    own mailbox, so that the place is confirmed, also one they had. `found_by`: the word of the link that led
    them here. Who signs up or confirms by themselves
    (`by`) must have said what the event asks for.
    Raises Overlaps, NotFit, ShiftOver, ShiftGone, NotPublished, NotFound.
    """
    shift = locked_shift(campaign_id, shift_id, for_person=person_id)
    return _sign_up(
        shift,
        person_id,
        by=by,
        now=now,
        source=source,
        confirm_by=confirm_by,
        is_shown=is_shown,
        found_by=found_by,
    )


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
    shift, row = locked_sign_up(campaign_id, sign_up_id)
    if row.state == "cancelled":
        return row
    require_ahead(shift, now)
    tell = tell and not (row.source == "friend" and row.confirm_by)  # they never said that they come
    free(shift, row, by=by, now=now, tell=tell)
    place_freed(shift, now=now)
    return row


def sign_up_many(
    campaign_id: int,
    person_id: int,
    shift_ids: Iterable[int],
    *,
    by: int | None,
    now: datetime,
    kept_for: timedelta | None = None,
    is_shown: bool = False,
    found_by: str | None = None,
) -> list[Outcome]:
    """Sign up for several shifts at once, the earliest first; each says what became of it.

    What cannot be is refused alone, with its sentence; shifts that do not exist here are left out. All get
    one instant, by which their messages become one. `kept_for`: as an unconfirmed address keeps a place;
    `is_shown`, `found_by`: as in `sign_up`.
    """
    outcomes = []
    for shift in locked_shifts(campaign_id, shift_ids, for_person=person_id):
        confirm_by = min(now + kept_for, shift.starts_at) if kept_for else None
        try:
            row = _sign_up(
                shift,
                person_id,
                by=by,
                now=now,
                source="self",
                confirm_by=confirm_by,
                is_shown=is_shown,
                found_by=found_by,
            )
        except Refusal as refusal:
            outcomes.append(refused(shift, refusal))
        else:
            outcomes.append(Outcome(shift.id, row.state, named(shift)))
    return outcomes


def refused(shift: Shift, refusal: Refusal) -> Outcome:
    """The outcome of a shift that somebody could not have: which, and why."""
    words, name = str(refusal.sentence), named(shift)
    if name not in words:
        words = _("%(shift)s: %(why)s", shift=name, why=words)
    return Outcome(shift.id, "refused", words)


def move(
    campaign_id: int,
    sign_up_id: int,
    to_shift_id: int,
    *,
    by: int | None,
    now: datetime,
    source: str = "staff",
) -> SignUp:
    """Move somebody to another shift in one step: both succeed or neither. Raises ShiftFull, Overlaps, ..."""
    from_shift_id = _shift_of(campaign_id, sign_up_id)
    if from_shift_id == to_shift_id:
        return locked_sign_up(campaign_id, sign_up_id)[1]
    shifts = {each: locked_shift(campaign_id, each) for each in sorted({from_shift_id, to_shift_id})}
    row = _reread(campaign_id, sign_up_id)
    if row.state == "cancelled":
        raise NotOnTheShift()
    require_ahead(shifts[from_shift_id], now)
    free(shifts[from_shift_id], row, by=by, now=now)
    db.session.flush()  # the old sign-up must be out of the way of the exclusion constraint
    new = _place_or_refuse(shifts[to_shift_id], row.person_id, by=by, now=now, source=source)
    new.found_by = new.found_by or row.found_by
    place_freed(shifts[from_shift_id], now=now)
    return new


def undo_cancel(campaign_id: int, sign_up_id: int, *, now: datetime) -> SignUp:
    """Take back what the person cancelled a moment ago, while the place is free.

    They get a new sign-up; on the shift again already, they keep that one.
    Raises PlaceGone, Overlaps, ShiftOver, ShiftGone, NotPublished, NotFound.
    """
    shift, row = locked_sign_up(campaign_id, sign_up_id)
    standing = standing_sign_up(shift, row.person_id)
    if standing is not None:
        return standing
    require_open(shift, now)
    if not can_undo(row, now=now) or shift.places_left < 1:
        raise PlaceGone()
    if row.confirmed_at is None:  # a place that was kept for them, and that they never said yes to
        require_fit(shift, row.person_id)
    new = add_sign_up(shift, row.person_id, "going", source=row.source, now=now, by=row.person_id)
    new.confirmed_at, new.found_by = row.confirmed_at, row.found_by
    row.notice = row.notice_at = None  # a cancellation that has not left yet would only confuse
    announce(facts.SignedUp(new.id))
    return new


def can_undo(row: SignUp | MyShift, *, now: datetime) -> bool:
    """Did the person cancel this by themselves, a moment ago?"""
    return (
        row.cancelled_at is not None
        and row.cancelled_by == row.person_id
        and now - row.cancelled_at <= UNDO_FOR
    )


def confirm(campaign_id: int, sign_up_id: int, *, now: datetime) -> SignUp:
    """The person says: yes, I come. Raises NotOnTheShift when the sign-up was cancelled.

    A place that was kept for them becomes theirs only if they have said what the event asks for (NotFit).
    """
    shift, row = locked_sign_up(campaign_id, sign_up_id)
    if row.state == "cancelled":
        raise NotOnTheShift()
    require_ahead(shift, now)
    if row.confirm_by is not None:
        require_fit(shift, row.person_id)
    _confirmed(shift, row, now)
    return row


def _confirmed(shift: Shift, row: SignUp, now: datetime) -> None:
    shift.expected = None  # to be reckoned anew
    if row.confirm_by is not None:
        row.changed_at = now  # their calendar entry was tentative until now
    row.confirmed_at = now  # the last yes counts: an early one shows an address, one of the last days a plan
    row.confirm_by = None
    if row.notice is not None and row.notice_at is None:
        row.notice_at = now  # it was not told to an address that nobody had shown to be theirs
        announce(facts.SignedUp(row.id))


def lapse_unconfirmed(campaign_id: int, sign_up_id: int, *, now: datetime) -> bool:
    """Free a place that was kept until now and not confirmed: of a stranger, a friend who was asked along,
    or somebody from the waiting list. False if there is nothing to do."""
    shift, row = locked_sign_up(campaign_id, sign_up_id)
    overdue = row.confirm_by is not None and row.confirm_by <= now and row.state != "cancelled"
    if not overdue:
        return False
    if now >= shift.starts_at:
        row.confirm_by = None  # too late to give the place to somebody else
        return False
    free(shift, row, by=None, now=now, tell=False)
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


def mark_the_rest_absent(campaign_id: int, shift_id: int, *, by: int | None, now: datetime) -> int:
    """Whoever has a place and no mark did not come. Returns how many, in a fixed number of statements.

    Raises TooEarlyToMark.
    """
    shift = locked_shift(campaign_id, shift_id)
    if now < shift.starts_at:
        raise TooEarlyToMark(shift)
    unmarked = select(SignUp.id, SignUp.person_id).where(
        SignUp.shift_id == shift_id, SignUp.state == "going", SignUp.attendance.is_(None)
    )
    rows = db.session.execute(unmarked.order_by(SignUp.id).with_for_update(key_share=True)).all()
    db.session.execute(
        update(SignUp)
        .where(SignUp.id == func.any([row.id for row in rows]))
        .values(attendance="no_show", marked_by=by, checked_in_at=None)
        .execution_options(synchronize_session="fetch")
    )
    keep_records([row.person_id for row in rows])
    for row in rows:
        announce(facts.AttendanceMarked(row.id))
    return len(rows)


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
    is_shown: bool = False,
    found_by: str | None = None,
) -> SignUp:
    require_open(shift, now)
    row = standing_sign_up(shift, person_id)
    if by == person_id and (row is None or (is_shown and row.confirm_by is not None)):
        require_fit(shift, person_id)
    if row is not None:
        _again(shift, row, now=now)
    else:
        state = "going" if shift.places_left > 0 else "waiting"
        row = add_sign_up(
            shift, person_id, state, source=source, now=now, by=by, confirm_by=confirm_by, found_by=found_by
        )
        announce(facts.SignedUp(row.id))
    if is_shown:
        _confirmed(shift, row, now)
    return row


def _again(shift: Shift, standing: SignUp, *, now: datetime) -> None:
    """Somebody who waits asks again: the place may be free now that they have time."""
    if standing.state == "waiting" and shift.places_left > 0:
        give_place(shift, standing, now=now, notice="promotion")
        announce(facts.Promoted(standing.id))


def _place_or_refuse(shift: Shift, person_id: int, *, by: int | None, now: datetime, source: str) -> SignUp:
    standing = standing_sign_up(shift, person_id)
    if shift.places_left < 1 and (standing is None or standing.state != "going"):
        require_open(shift, now)
        raise ShiftFull(shift)
    return _sign_up(shift, person_id, by=by, now=now, source=source)


def free(shift: Shift, row: SignUp, *, by: int | None, now: datetime, tell: bool = True) -> None:
    """Cancel a standing sign-up of a locked shift and count it off."""
    if row.state == "going":
        shift.going -= 1
        shift.expected = None
    else:
        shift.waiting -= 1
    row.state, row.cancelled_at, row.changed_at = "cancelled", now, now
    row.cancelled_by = by
    was_marked = row.attendance is not None
    row.confirm_by = row.attendance = row.checked_in_at = None
    if was_marked:
        keep_record(row.person_id)
    row.notice, row.notice_at = ("cancellation", now) if tell else (None, None)
    row.known = None  # what an organizer changed just before is nothing to them any more
    announce(facts.SignUpCancelled(row.id))


def _mark(
    campaign_id: int, sign_up_id: int, attendance: str | None, *, by: int | None, now: datetime
) -> SignUp:
    shift, row = locked_sign_up(campaign_id, sign_up_id)
    if row.state != "going":
        raise NotOnTheShift()
    if attendance and now < shift.starts_at - ATTENDANCE_OPENS:
        raise TooEarlyToMark(shift)
    row.attendance, row.marked_by = attendance, by
    row.checked_in_at = now if attendance == "attended" else None
    keep_record(row.person_id)
    if attendance == "attended":
        row.confirm_by = None
    announce(facts.AttendanceMarked(row.id))
    return row


def locked_sign_up(campaign_id: int, sign_up_id: int) -> tuple[Shift, SignUp]:
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
