"""What merging two people moves of events: one person stands once on a shift, and in one place at a time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, union
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from volunteer_hub.core import clock
from volunteer_hub.core.db import announce, db
from volunteer_hub.events import facts
from volunteer_hub.events.models import CalendarFeed, CoverAsk, Event, Shift, SignUp
from volunteer_hub.events.services.places import locked_shift, place_freed
from volunteer_hub.events.services.showing import keep_records
from volunteer_hub.people.moving import move_back, move_rows
from volunteer_hub.people.services.locking import Rows

_PLAIN: dict[str, Any] = {
    "hosted": Event.host_id,
    "led": Shift.lead_id,
    "brought": SignUp.brought_by,
}


def hangs_on(person_ids: Collection[int]) -> list[Rows]:
    """What is locked before these people: events they host; shifts they are or were on, lead, or are asked to
    come to (a table of a feature above, by its name); all their sign-ups and those they brought."""
    asked = db.metadata.tables["assignments"].c
    shifts = union(
        select(SignUp.shift_id).where(SignUp.person_id.in_(person_ids)),
        select(Shift.id).where(Shift.lead_id.in_(person_ids)),
        select(asked.shift_id).where(asked.person_id.in_(person_ids)),
    )
    mine = or_(SignUp.person_id.in_(person_ids), SignUp.brought_by.in_(person_ids))
    return [
        (Event, list(db.session.scalars(select(Event.id).where(Event.host_id.in_(person_ids))))),
        (Shift, list(db.session.scalars(shifts))),
        (SignUp, list(db.session.scalars(select(SignUp.id).where(mine)))),
    ]


def merge(kept_id: int, gone_id: int) -> dict[str, Any]:
    """Sign-ups become the kept person's.

    Of two on one shift the stronger stays (came, going, confirmed, the earlier), the other's place is free; a
    shift ahead that overlaps one they go to is given back; a past one that overlaps stays where it is.
    The shifts are locked already, as all of `hangs_on`.
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
    keep_records([kept_id, gone_id])
    return moved


def undo(kept_id: int, gone_id: int, moved: dict[str, Any]) -> None:
    """Give them back; a sign-up that was set aside stands again, waiting where its place is gone.

    Where it cannot (the shift was cancelled, or they go elsewhere at that time by now) it stays cancelled,
    and they are told so.
    """
    for name, column in _PLAIN.items():
        move_back(column, kept_id, gone_id, moved[name])
    move_back(CoverAsk.person_id, kept_id, gone_id, moved["asks"])
    move_back(CalendarFeed.person_id, kept_id, gone_id, moved["feed"])
    move_back(SignUp.person_id, kept_id, gone_id, moved["sign_ups"])
    db.session.expire_all()
    for each in sorted(moved["set_aside"], key=lambda each: each["shift"]):
        _stand_again(each)
    keep_records([kept_id, gone_id])


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
    row.person_id, now = was["person"], clock.now()
    db.session.flush()
    if shift.cancelled_at is not None:
        _tell_of_end(row, shift, now)
        return
    is_going = was["state"] == "going" and shift.places_left > 0
    state = "going" if is_going else "waiting"
    try:
        with db.session.begin_nested():
            row.state, row.cancelled_at, row.changed_at = state, None, now
            row.attendance = was["attendance"] if is_going else None
            row.confirm_by = datetime.fromisoformat(was["confirm_by"]) if was.get("confirm_by") else None
            setattr(shift, state, getattr(shift, state) + 1)
    except IntegrityError:  # they signed up for this shift, or for another at that time, meanwhile
        db.session.refresh(row)
        _tell_of_end(row, shift, now)


def _tell_of_end(row: SignUp, shift: Shift, now: datetime) -> None:
    """A sign-up that was cancelled without a word stays so: now its person gets to know."""
    if shift.starts_at > now:
        row.notice, row.notice_at = "cancellation", now
        announce(facts.SignUpCancelled(row.id))


def _campaign_of(shift_id: int) -> int:
    return db.session.get_one(Shift, shift_id).campaign_id
