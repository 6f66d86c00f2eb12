"""Reads of priority: contests, the newest snapshot, scores, progress."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from volunteer_hub.core.db import db
from volunteer_hub.districts.models import District, Precinct
from volunteer_hub.priority.models import Contest, Progress, Score, Snapshot


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One place of a snapshot, as tables and maps show it. Values are in the snapshot's unit, per hour."""

    district_id: int
    precinct_id: int | None
    code: str
    name: str
    rank: int
    value_per_hour: float
    low: float
    high: float
    hours: float
    doors_left: int
    doors_per_hour: float
    contact_rate: float
    contact_low: float
    contact_high: float
    why: str


def active_contest(campaign_id: int) -> Contest | None:
    """The contest that plans follow."""
    return db.session.scalar(select(Contest).where(Contest.campaign_id == campaign_id, Contest.is_active))


def contests(campaign_id: int) -> list[Contest]:
    """All contests of a campaign, the active one first."""
    return list(
        db.session.scalars(
            select(Contest)
            .where(Contest.campaign_id == campaign_id)
            .order_by(Contest.is_active.desc(), Contest.name)
        )
    )


def newest_snapshot(contest_id: int) -> Snapshot | None:
    """The latest scores of a contest."""
    return db.session.scalar(
        select(Snapshot)
        .where(Snapshot.contest_id == contest_id)
        .order_by(Snapshot.taken_at.desc(), Snapshot.id.desc())
        .limit(1)
    )


def snapshot_before(snapshot: Snapshot, moment: datetime) -> Snapshot | None:
    """The last snapshot of the same contest taken before `moment` (yesterday's, say)."""
    return db.session.scalar(
        select(Snapshot)
        .where(Snapshot.contest_id == snapshot.contest_id, Snapshot.taken_at < moment)
        .order_by(Snapshot.taken_at.desc())
        .limit(1)
    )


def snapshots(contest_id: int, most: int = 60) -> list[Snapshot]:
    """The newest snapshots of a contest, newest first."""
    return list(
        db.session.scalars(
            select(Snapshot)
            .where(Snapshot.contest_id == contest_id)
            .order_by(Snapshot.taken_at.desc(), Snapshot.id.desc())
            .limit(most)
        )
    )


def district_scores(snapshot_id: int) -> list[ScoreLine]:
    """The districts of a snapshot, best first."""
    return _lines(
        select(*_COLUMNS, District.code, District.name)
        .join(District, District.id == Score.district_id)
        .where(Score.snapshot_id == snapshot_id, Score.precinct_id.is_(None))
    )


def precinct_scores(snapshot_id: int, district_id: int | None = None) -> list[ScoreLine]:
    """The precincts of a snapshot (of one district, or all), best first."""
    query = (
        select(*_COLUMNS, Precinct.code, Precinct.name)
        .join(Precinct, Precinct.id == Score.precinct_id)
        .where(Score.snapshot_id == snapshot_id)
    )
    return _lines(query.where(Score.district_id == district_id) if district_id else query)


def detail(snapshot_id: int, district_id: int, precinct_id: int | None = None) -> dict[str, Any] | None:
    """Everything known about one score: parts, curve, factors (geodata.priority.DistrictPriority.to_dict)."""
    here = Score.precinct_id.is_(None) if precinct_id is None else Score.precinct_id == precinct_id
    return db.session.scalar(
        select(Score.detail).where(Score.snapshot_id == snapshot_id, Score.district_id == district_id, here)
    )


def value_curves(campaign_id: int) -> dict[int, list[tuple[float, float]]]:
    """For matching: by district, what the next hours are worth, as [(hours, value per hour), ...] falling.

    Empty without an active contest or a snapshot.
    """
    contest = active_contest(campaign_id)
    snapshot = newest_snapshot(contest.id) if contest else None
    if snapshot is None:
        return {}
    rows = db.session.execute(
        select(Score.district_id, Score.detail["segments"]).where(
            Score.snapshot_id == snapshot.id, Score.precinct_id.is_(None)
        )
    )
    return {
        district_id: [(each["hours"], each["value_per_hour"]) for each in segments]
        for district_id, segments in rows
    }


def progress_by_district(
    campaign_id: int, district_ids: Collection[int] | None = None
) -> dict[int, dict[str, int]]:
    """Sums of the counts of Progress by district."""
    names = ("attempts", "contacts", "supporters", "opponents", "undecided", "doors_tried", "doors_done")
    query = (
        select(Progress.district_id, *[func.sum(getattr(Progress, name)).label(name) for name in names])
        .where(Progress.campaign_id == campaign_id)
        .group_by(Progress.district_id)
    )
    if district_ids is not None:
        query = query.where(Progress.district_id.in_(district_ids))
    return {
        row.district_id: {name: int(getattr(row, name)) for name in names}
        for row in db.session.execute(query)
    }


_COLUMNS = (
    Score.district_id,
    Score.precinct_id,
    Score.rank,
    Score.value_per_hour,
    Score.low,
    Score.high,
    Score.hours,
    Score.doors_left,
    Score.doors_per_hour,
    Score.contact_rate,
    Score.contact_low,
    Score.contact_high,
    Score.why,
)


def _lines(query: Any) -> list[ScoreLine]:
    return [ScoreLine(**row._mapping) for row in db.session.execute(query.order_by(Score.rank))]
