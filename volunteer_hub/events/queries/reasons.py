"""Where an hour counts most: the first districts of the newest snapshot, for a plain sentence."""

from __future__ import annotations

from sqlalchemy import func, select

from volunteer_hub.core.brief import briefly
from volunteer_hub.core.db import db
from volunteer_hub.priority.models import Contest, Score, Snapshot

FIRST = ((30, 10), (8, 3), (3, 1))
"""Of at least so many districts, so many are “where an hour counts most”."""
KEPT_S = 30.0


def first_districts(campaign_id: int) -> frozenset[int]:
    """The districts where an hour is worth most now; none where nothing was scored or there is no choice.

    At most half a minute old; two statements when it is looked up.
    """
    return briefly("first districts", campaign_id, lambda: _look(campaign_id), for_s=KEPT_S)


def _look(campaign_id: int) -> frozenset[int]:
    snapshot_id = db.session.scalar(
        select(Snapshot.id)
        .join(Contest, Contest.id == Snapshot.contest_id)
        .where(Contest.campaign_id == campaign_id, Contest.is_active)
        .order_by(Snapshot.taken_at.desc(), Snapshot.id.desc())
        .limit(1)
    )
    return frozenset() if snapshot_id is None else _of_snapshot(snapshot_id)


def _of_snapshot(snapshot_id: int) -> frozenset[int]:
    """Only places whose hour is worth something: a score of nothing is no reason."""
    scored = select(Score.district_id, Score.value_per_hour, func.count().over().label("all")).where(
        Score.snapshot_id == snapshot_id, Score.precinct_id.is_(None)
    )
    rows = db.session.execute(scored.order_by(Score.rank).limit(FIRST[0][1])).all()
    most = next((first for least, first in FIRST if rows and rows[0].all >= least), 0)
    return frozenset(row.district_id for row in rows[:most] if row.value_per_hour > 0)
