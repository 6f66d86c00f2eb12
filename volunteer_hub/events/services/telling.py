"""Telling people that organizers changed or cancelled their shifts: once, a few minutes later.

What a person was last told is kept with their sign-up (`known`) from the first change on. Each further change
within SETTLES_IN puts the message off, for all of the person's shifts that wait; what comes back to what they
know is told to nobody. Nothing leaves by itself: a sweep posts what is due (services/notices.py), so that a
message stands in the table alone until then, and can be undone there.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from volunteer_hub.core.db import db
from volunteer_hub.events.models import Shift, SignUp, StagingLocation

SETTLES_IN = timedelta(minutes=5)
"""So long a change can be corrected or undone before anybody is told."""
TOLD_AT_ONCE = timedelta(hours=3)
"""A shift that begins within this time does not wait."""
UNREAD = ("confirmation", "promotion")
"""Messages that were not posted yet will say the new time and place by themselves."""

Known = dict[str, Any]


def as_told(shift: Shift, place: tuple[str, str] | None = None) -> Known:
    """A shift's time and place as a message says them. place: its name and address, if they were others."""
    name, address = (
        place
        or db.session.execute(
            select(StagingLocation.name, StagingLocation.address).where(
                StagingLocation.id == shift.staging_location_id
            )
        ).one()
    )
    return {
        "starts_at": shift.starts_at.isoformat(),
        "ends_at": shift.ends_at.isoformat(),
        "place": f"{name}, {address}",
    }


def is_held(row: SignUp) -> bool:
    """A friend's invitation that waits until the inviter has shown who they are: the friend knows nothing."""
    return row.notice in UNREAD and row.notice_at is None


def standing(shift: Shift) -> list[SignUp]:
    """Who is going to a shift or waits for it, in the order of arrival."""
    query = (
        select(SignUp)
        .where(SignUp.shift_id == shift.id, SignUp.state != "cancelled")
        .order_by(SignUp.id)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))


def tell_of_change(shift: Shift, before: Known, *, now: datetime) -> None:
    """Everybody on a locked shift gets its new time and place, and a newer calendar entry.

    before: `as_told` of the shift before it was changed.
    """
    after = as_told(shift)
    begins = min(shift.starts_at, datetime.fromisoformat(before["starts_at"]))
    at = due_at(begins, now)
    told = []
    for row in standing(shift):
        row.changed_at = now
        row.reminded_day_at = row.reminded_hours_at = None
        if row.notice in UNREAD:
            continue
        known = row.known or before | {"state": row.state}
        if after == {key: known[key] for key in after}:
            row.notice = row.notice_at = row.known = None
        else:
            row.notice, row.notice_at, row.known = "change", at, known
            told.append(row.person_id)
    _put_off_others(told, at, now)


def tell_of_cancellation(shift: Shift, *, now: datetime) -> None:
    """Cancel every sign-up of a locked shift; each keeps what it was, so that it can be undone.

    Who was never told that they were invited is not told of the end either.
    """
    before, at = as_told(shift), due_at(shift.starts_at, now)
    rows = standing(shift)
    for row in rows:
        known = (row.known or before) | {"state": row.state}
        known["confirm_by"] = row.confirm_by.isoformat() if row.confirm_by else None
        known["unread"] = row.notice if row.notice in UNREAD else None
        known["is_held"] = is_held(row)
        row.state, row.cancelled_at, row.changed_at = "cancelled", now, now
        row.notice, row.notice_at, row.known, row.confirm_by = "cancellation", at, known, None
        if known["is_held"]:
            row.notice_at = None
    _put_off_others([row.person_id for row in rows], at, now)


def due_at(begins_at: datetime, now: datetime) -> datetime:
    """When a change made now is told."""
    return now if begins_at - now < TOLD_AT_ONCE else now + SETTLES_IN


def _put_off_others(person_ids: Collection[int], at: datetime, now: datetime) -> None:
    """What else these people wait to be told goes out with it: one message. Rows in other hands stay."""
    if not person_ids or at == now:
        return
    db.session.flush()
    others = (
        select(SignUp.id)
        .where(SignUp.person_id == func.any(list(person_ids)), SignUp.known.is_not(None))
        .where(SignUp.notice.is_not(None), SignUp.notice_at > now)
        .with_for_update(skip_locked=True)
    )
    db.session.execute(
        update(SignUp)
        .where(SignUp.id.in_(others))
        .values(notice_at=at)
        .execution_options(synchronize_session=False)
    )
