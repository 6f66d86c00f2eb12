"""After reports changed: bring standings of doors, visits of turfs and progress of places up to date.

Everything kept is derived from the standing reports, and progress moves by the CHANGE of a door's standing,
so it does not matter in which order, how often or in how many pieces the reports arrived.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, cast, func

from volunteer_hub.canvass import queries
from volunteer_hub.canvass.vocabulary import OPPONENTS, SUPPORTERS, UNDECIDED
from volunteer_hub.priority import services as priority
from volunteer_hub.priority.services import COUNTS, Increment
from volunteer_hub.turf import services as turf


def refresh(
    campaign_id: int, door_ids: Collection[int], *, in_turfs: Collection[tuple[int, int]] = (), now: datetime
) -> None:
    """Lock the standings of these doors and derive anew what is kept of them."""
    turf.lock_standings(campaign_id, door_ids)
    derive(campaign_id, door_ids, in_turfs=in_turfs, now=now)


def derive(
    campaign_id: int, door_ids: Collection[int], *, in_turfs: Collection[tuple[int, int]] = (), now: datetime
) -> None:
    """Derive anew what is kept of doors whose standings are locked: thousands take as many statements as one.

    in_turfs: (turf id, door id) pairs whose visit may have changed.
    """
    moved = turf.keep_standings(door_ids, queries.summary_of, counted)
    turf.keep_visits(in_turfs, queries.last_visit)
    priority.add_progress(
        campaign_id,
        [Increment(*row[:2], **dict(zip(COUNTS, map(int, row[2:]), strict=True))) for row in moved],
        now=now,
    )


def counted(standing: Mapping[str, ColumnElement[Any]]) -> list[ColumnElement[int]]:
    """What a door adds to the progress of its place, from the columns of its standing; ordered as COUNTS."""

    def is_so(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(cast(condition, Integer()), 0)

    support = standing["support"]
    return [
        standing["attempts"],
        standing["contacts"],
        is_so(support.in_(sorted(SUPPORTERS))),
        is_so(support.in_(sorted(OPPONENTS))),
        is_so(support.in_(sorted(UNDECIDED))),
        is_so(standing["attempts"] > 0),
        is_so(standing["is_finished"]),
    ]
