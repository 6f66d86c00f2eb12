"""What turf adds to a person's timeline: walk lists in their hands."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from volunteer_hub.core.db import db
from volunteer_hub.people.timeline import Moment
from volunteer_hub.turf.models import Lease, Turf


def moments(person_id: int, before: datetime, limit: int) -> list[Moment]:
    """Turf handed to them. One statement."""
    query = (
        select(Lease.leased_at, Turf.name)
        .join(Turf, Turf.id == Lease.turf_id)
        .where(Lease.person_id == person_id, Lease.leased_at < before)
        .order_by(Lease.leased_at.desc(), Lease.id.desc())
        .limit(limit)
    )
    return [Moment(at, _("got turf %(name)s", name=name), "walk") for at, name in db.session.execute(query)]
