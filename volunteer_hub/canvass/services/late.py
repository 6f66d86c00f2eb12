"""Reports that came in after their turf had left the hands of whoever made them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.core import access
from volunteer_hub.core.db import db
from volunteer_hub.districts.models import District
from volunteer_hub.people.models import Area, Person
from volunteer_hub.turf.models import Lease, Turf


@dataclass(frozen=True, slots=True)
class LateLine:
    """Late work of one lease: how many reports, from when to when they were made, when the last one came."""

    lease_id: int
    turf_name: str
    person_name: str
    ended_at: datetime
    reports: int
    first_at: datetime
    last_at: datetime
    came_at: datetime


def late_lines(campaign_id: int, area_paths: Sequence[str], *, most: int = 50) -> list[LateLine]:
    """Leases of these areas with late work, the newest first. One statement."""
    ended_at = func.least(Lease.returned_at, Lease.expires_at)
    rows = db.session.execute(
        select(
            Lease.id,
            Turf.name,
            Person.name,
            ended_at,
            func.count(),
            func.min(DoorReport.at),
            func.max(DoorReport.at),
            func.max(DoorReport.received_at),
        )
        .join(DoorReport, DoorReport.lease_id == Lease.id)
        .join(Turf, Turf.id == Lease.turf_id)
        .join(Person, Person.id == Lease.person_id)
        .join(District, District.id == Turf.district_id)
        .join(Area, Area.id == District.area_id)
        .where(
            Lease.campaign_id == campaign_id,
            DoorReport.received_at > ended_at,
            DoorReport.log_id.is_not(None),
            access.within(Area.path, area_paths),
        )
        .group_by(Lease.id, Turf.name, Person.name)
        .order_by(func.max(DoorReport.received_at).desc())
        .limit(most)
    )
    return [LateLine(*row) for row in rows]
