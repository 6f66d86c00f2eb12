"""A lease that is worked on goes on: whoever still reports near its end is not cut off at the door."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from volunteer_hub.core.db import db
from volunteer_hub.turf.models import Lease, Turf

NEAR_THE_END = timedelta(minutes=20)
"""A report that arrives with less than this left prolongs the lease ..."""
LEFT_AFTER_WORK = timedelta(minutes=40)
"""... so that this much is left, within `latest_at`."""


def extend_by_working(lease_id: int, now: datetime) -> datetime | None:
    """A report has just arrived: when the lease is nearly over, let it run on, up to its latest moment.

    Returns the new end, or None when nothing changes (far from the end, at its latest, ended already).
    Called by whoever records reports, after them and in their transaction: doors are locked before turfs.
    """
    row = db.session.execute(
        select(Lease.turf_id, Lease.expires_at, Lease.latest_at).where(
            Lease.id == lease_id, Lease.returned_at.is_(None)
        )
    ).one_or_none()
    if row is None or not _is_due(row.expires_at, row.latest_at, now):
        return None
    db.session.execute(select(Turf.id).where(Turf.id == row.turf_id).with_for_update(key_share=True))
    lease = db.session.get_one(Lease, lease_id, populate_existing=True)
    if lease.returned_at is not None or not _is_due(lease.expires_at, lease.latest_at, now):
        return None
    lease.expires_at = min(max(lease.expires_at, now + LEFT_AFTER_WORK), lease.latest_at)
    db.session.flush()
    return lease.expires_at


def _is_due(expires_at: datetime, latest_at: datetime, now: datetime) -> bool:
    return now < expires_at < latest_at and expires_at - now < NEAR_THE_END
