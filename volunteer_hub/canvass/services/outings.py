"""Who is out and when they are due: going out, coming back safe, and the alarm when somebody does not."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from volunteer_hub.canvass import alarms
from volunteer_hub.canvass.models_safety import Outing
from volunteer_hub.core.access import in_campaign
from volunteer_hub.core.db import db

TO_GET_BACK = timedelta(minutes=15)
"""Between the end of the shift and the time somebody is due: the way to the table."""
TOLERANCE = timedelta(minutes=10)
"""Somebody is overdue at once, but the leads are called only after this."""
SHORTEST = timedelta(minutes=10)


def due_back(shift_ends_at: datetime, *, now: datetime) -> datetime:
    """When somebody who goes out now is due, unless the lead says otherwise."""
    return max(shift_ends_at, now) + TO_GET_BACK


def go_out(
    campaign_id: int,
    person_id: int,
    *,
    shift_id: int | None,
    lease_id: int | None,
    due_at: datetime,
    by: int | None,
    now: datetime,
) -> Outing:
    """Somebody leaves for the doors. Out already: the same outing goes on, due at the later time."""
    row = db.session.scalar(_standing(person_id).with_for_update())
    due_at = max(due_at, now + SHORTEST)
    if row is not None:
        row.lease_id, row.due_at = lease_id or row.lease_id, max(row.due_at, due_at)
        row.shift_id = shift_id or row.shift_id
        if row.due_at > now:
            row.alarm_at = row.told_at = None
        return row
    row = Outing(
        campaign_id=campaign_id, person_id=person_id, shift_id=shift_id, lease_id=lease_id, out_at=now,
        due_at=due_at, let_out_by=by,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


def come_back(campaign_id: int, outing_id: int, *, by: int | None, now: datetime) -> Outing:
    """Back safe; that ends the alarm. Back already: nothing changes."""
    row: Outing = in_campaign(Outing, outing_id, campaign_id, lock=True)
    if row.back_at is None:
        row.back_at, row.back_by = now, by
    return row


def say_back(person_id: int, *, said_at: datetime, now: datetime) -> bool:
    """The person says so themselves. False when they were not out.

    A phone without a network tells it later: what was said before they went out again ends nothing.
    """
    row = db.session.scalar(_standing(person_id).with_for_update())
    if row is None or said_at < row.out_at:
        return False
    row.back_at, row.back_by = now, person_id
    return True


def put_off(campaign_id: int, outing_id: int, by_how_much: timedelta, *, now: datetime) -> Outing:
    """The lead heard from them: due later, counted from now if that time is over. The alarm is set anew."""
    row: Outing = in_campaign(Outing, outing_id, campaign_id, lock=True)
    if row.back_at is None:
        row.due_at = max(row.due_at, now) + by_how_much
        row.alarm_at = row.told_at = None
    return row


def put_off_lease(lease_id: int, by_how_much: timedelta, *, now: datetime) -> None:
    """The same for everybody who walks this lease."""
    rows = db.session.scalars(select(Outing.id).where(Outing.lease_id == lease_id, Outing.back_at.is_(None)))
    for outing_id in rows.all():
        row = db.session.get_one(Outing, outing_id)
        put_off(row.campaign_id, outing_id, by_how_much, now=now)


def raise_missed(*, now: datetime, most: int = 200) -> int:
    """Call the leads about everybody who should be back by now, once for each. Returns how many.

    It stands on the desk in any case; `told_at` stays empty where no message reaches any lead.
    """
    rows = db.session.scalars(
        select(Outing)
        .where(Outing.back_at.is_(None), Outing.alarm_at.is_(None), Outing.due_at <= now - TOLERANCE)
        .order_by(Outing.id)
        .limit(most)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        row.alarm_at = now
        if alarms.missed_return(row):
            row.told_at = now
    return len(rows)


def _standing(person_id: int):  # type: ignore[no-untyped-def]
    return (
        select(Outing)
        .where(Outing.person_id == person_id, Outing.back_at.is_(None))
        .execution_options(populate_existing=True)
    )
