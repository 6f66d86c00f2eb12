"""What canvassers did on shifts, for the thanks after them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.canvass.queries import stands
from volunteer_hub.core.db import db
from volunteer_hub.turf.models import Lease


def doors_and_talks(shift_ids: Sequence[int]) -> dict[int, list[tuple[str, int]]]:
    """Doors knocked on and conversations of each shift, by reports that count. One statement."""
    query = (
        select(
            Lease.shift_id,
            func.count(DoorReport.door_id.distinct()),
            func.count().filter(DoorReport.result == "canvassed"),
        )
        .join(DoorReport, DoorReport.lease_id == Lease.id)
        .where(Lease.shift_id == func.any(list(shift_ids)), stands())
        .group_by(Lease.shift_id)
    )
    return {row[0] or 0: [("doors", row[1]), ("talks", row[2])] for row in db.session.execute(query)}
