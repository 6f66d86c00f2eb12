"""What merging two people moves of events: one person stands once on a shift, and in one place at a time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from volunteer_hub.core import clock
from volunteer_hub.core.db import db
from volunteer_hub.events.models import CalendarFeed, CoverAsk, Event, Shift, SignUp
from volunteer_hub.events.services.places import locked_shift, place_freed
from volunteer_hub.events.services.showing import keep_record
from volunteer_hub.people.moving import move_back, move_rows

_PLAIN: dict[str, Any] = {
    "hosted": Event.host_id,
    "led": Shift.lead_id,
    "brought": SignUp.brought_by,
}


def merge(kept_id: int, gone_id: int) -> dict[str, Any]:
    """Sign-ups become the kept person's.

    Of two on one shift the stronger stays (came, going, confirmed, the earlier), the other's place is free; a
    shift ahead that overlaps one they go to is given back; a past one that overlaps stays where it is.
    """
    doubles = [_set_aside(row) for row in _doubles(kept_id, gone_id)]
    db.session.flush()
    stay = _overlapping(kept_id, gone_id)
    now = clock.now()
    given_back = [_set_aside(row) for row in stay if _begins(row) > now]
    db.session.flush()
    past = [row.id for row in stay if _begins(row) <= now]
    moved: dict[str, Any] = {
        "sign_ups": move_rows(SignUp.person_id, kept_id, gone_id, where=[SignUp.id.not_in(past)]),
        "set_aside": doubles + given_back,
        "asks": move_rows(CoverAsk.person_id, kept_id, gone_id, unless_same=[CoverAsk.shift_id]),
        "feed": move_rows(CalendarFeed.person_id, kept_id, gone_id, unless_same=[CalendarFeed.campaign_id]),
    } | {name: move_rows(column, kept_id, gone_id) for name, column in _PLAIN.items()}
    db.session.expire_all()
    for shift_id in sorted({each["shift"] for each in doubles + given_back}):
        place_freed(locked_shift(_campaign_of(shift_id), shift_id), now=now)
    _count_anew(kept_id, gone_id)
    return moved


def undo(kept_id: int, gone_id: int, moved: dict[str, Any]) -> None:
    """Give them back; a sign-up that was set aside stands again, waiting where its place is gone."""
    for name, column in _PLAIN.items():
        move_back(column, kept_id, gone_id, moved[name])
    move_back(CoverAsk.person_id, kept_id, gone_id, moved["asks"])
    move_back(CalendarFeed.person_id, kept_id, gone_id, moved["feed"])
    move_back(SignUp.person_id, kept_id, gone_id, moved["sign_ups"])
    db.session.expire_all()
    for each in sorted(moved["set_aside"], key=lambda each: each["shift"]):
        _stand_again(each)
    _count_anew(kept_id, gone_id)


def _begins(row: SignUp) -> datetime:
    begins: datetime = row.shift.starts_at
    return begins


def _doubles(kept_id: int, gone_id: int) -> list[SignUp]:
    """The weaker of each two that stand on one shift, in the order of the shifts."""
    theirs = aliased(SignUp)
    pairs = db.session.execute(
        select(SignUp, theirs)
        .join(theirs, theirs.shift_id == SignUp.shift_id)
        .where(SignUp.person_id == gone_id, SignUp.state != "cancelled")
        .where(theirs.person_id == kept_id, theirs.state != "cancelled")
        .order_by(SignUp.shift_id)
    ).all()
    return [min(gone, kept, key=_strength) for gone, kept in pairs]


def _strength(row: SignUp) -> tuple[bool, bool, bool, int]:
    return row.attendance == "attended", row.state == "going", row.confirmed_at is not None, -row.id


def _overlapping(kept_id: int, gone_id: int) -> list[SignUp]:
    theirs = aliased(SignUp)
    return list(
        db.session.scalars(
            select(SignUp)
            .where(SignUp.person_id == gone_id, SignUp.state == "going")
            .where(
                select(theirs.id)
                .where(theirs.person_id == kept_id, theirs.state == "going")
                .where(theirs.during.overlaps(SignUp.during))
                .exists()
            )
            .order_by(SignUp.shift_id)
        )
    )


def _set_aside(row: SignUp) -> dict[str, Any]:
    """Cancel without a word to anybody and count it off; what it was, for the way back."""
    shift = locked_shift(row.campaign_id, row.shift_id)
    db.session.refresh(row)
    was = {
        "id": row.id, "shift": shift.id, "person": row.person_id, "state": row.state,
        "attendance": row.attendance, "confirm_by": row.confirm_by.isoformat() if row.confirm_by else None,
    }  # fmt: skip
    if row.state == "going":
        shift.going -= 1
    elif row.state == "waiting":
        shift.waiting -= 1
    now = clock.now()
    row.state, row.cancelled_at, row.changed_at = "cancelled", now, now
    row.attendance = row.confirm_by = row.notice = row.notice_at = None
    return was


def _stand_again(was: dict[str, Any]) -> None:
    row = db.session.get(SignUp, was["id"])
    if row is None or row.state != "cancelled":
        return
    shift = locked_shift(row.campaign_id, row.shift_id)
    is_going = was["state"] == "going" and shift.places_left > 0
    if is_going:
        shift.going += 1
    else:
        shift.waiting += 1
    row.person_id = was["person"]
    row.state, row.cancelled_at, row.changed_at = "going" if is_going else "waiting", None, clock.now()
    row.attendance = was["attendance"] if is_going else None
    db.session.flush()


def _count_anew(*person_ids: int) -> None:
    for person_id in person_ids:
        keep_record(person_id)


def _campaign_of(shift_id: int) -> int:
    return db.session.get_one(Shift, shift_id).campaign_id
