"""Many precincts cut one by one: a district, an area, or the most urgent."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from volunteer_hub.core.db import db
from volunteer_hub.districts.models import District, Precinct
from volunteer_hub.people.models import Area
from volunteer_hub.turf.models import Cut, CutBatch
from volunteer_hub.turf.refusals import NothingToCut
from volunteer_hub.turf.services.cutting import ask_cuts


def ask_batch(
    campaign_id: int,
    precinct_ids: Sequence[int],
    *,
    title: str,
    minutes: float,
    by: int | None,
    now: datetime,
    params: dict[str, Any] | None = None,
) -> CutBatch:
    """Ask for each of these precincts to be cut by a job of its own. Raises NothingToCut without any."""
    if not precinct_ids:
        raise NothingToCut()
    batch = CutBatch(
        campaign_id=campaign_id, area_id=_area_around(precinct_ids), title=title[:200], created_by=by,
        created_at=now,
    )  # fmt: skip
    db.session.add(batch)
    db.session.flush()
    ask_cuts(campaign_id, precinct_ids, minutes=minutes, by=by, now=now, params=params, batch_id=batch.id)
    return batch


def cancel_batch(batch: CutBatch, *, now: datetime) -> int:
    """Let the parts that are not done go; what is cut stays. Returns how many were let go."""
    batch.cancelled_at = now
    gone = db.session.scalars(
        update(Cut)
        .where(Cut.batch_id == batch.id, Cut.state.in_(("queued", "running")))
        .values(state="cancelled", finished_at=now)
        .returning(Cut.id)
    ).all()
    return len(gone)


def _area_around(precinct_ids: Sequence[int]) -> int:
    """The smallest area that holds all these precincts."""
    paths = set(
        db.session.scalars(
            select(Area.path)
            .join(District, District.area_id == Area.id)
            .join(Precinct, Precinct.district_id == District.id)
            .where(Precinct.id.in_(precinct_ids))
        )
    )
    return int(posixpath.commonpath(paths).rpartition("/")[2])
