"""Reads of priority: contests, the newest snapshot, scores, progress."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from volunteer_hub.core.access import within
from volunteer_hub.core.db import db
from volunteer_hub.districts.models import District, Precinct, Result
from volunteer_hub.people.models import Area
from volunteer_hub.priority.models import Contest, ContestSeat, Progress, Score, Snapshot


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


def district_scores_query(
    snapshot_id: int, paths: Iterable[str], search: str = "", sort: str = "rank"
) -> Select[*tuple[Any, ...]]:
    """The districts of a snapshot at or below the areas, for pages of a list; sort: SORTS, "-" reverses."""
    query: Any = (
        select(*_COLUMNS, District.code, District.name)
        .join(District, District.id == Score.district_id)
        .join(Area, Area.id == District.area_id)
        .where(Score.snapshot_id == snapshot_id, Score.precinct_id.is_(None), within(Area.path, paths))
    )
    if search:
        query = query.where(
            District.name.icontains(search, autoescape=True)
            | District.code.icontains(search, autoescape=True)
        )
    column = SORTS.get(sort.lstrip("-"), Score.rank)
    direction = column.desc() if sort.startswith("-") else column
    ordered: Select[*tuple[Any, ...]] = query.order_by(direction, Score.rank, Score.district_id)
    return ordered


def map_values(snapshot_id: int, paths: Iterable[str]) -> dict[int, dict[str, Any]]:
    """For the map: by district its value and what the pop-up says. One statement."""
    rows = db.session.execute(
        select(Score.district_id, Score.rank, Score.value_per_hour, Score.doors_left, Score.contact_rate)
        .join(District, District.id == Score.district_id)
        .join(Area, Area.id == District.area_id)
        .where(Score.snapshot_id == snapshot_id, Score.precinct_id.is_(None), within(Area.path, paths))
    )
    return {
        district: {
            "value": float(f"{value:.4g}"),
            "rank": rank,
            "doors_left": left,
            "contact_rate": round(100 * rate, 1),
        }
        for district, rank, value, left, rate in rows
    }


def precinct_values(snapshot_id: int, district_id: int) -> dict[int, dict[str, Any]]:
    """The same for the precincts of a district."""
    return {
        line.precinct_id: {
            "value": float(f"{line.value_per_hour:.4g}"), "rank": line.rank, "doors_left": line.doors_left,
            "contact_rate": round(100 * line.contact_rate, 1),
        }
        for line in precinct_scores(snapshot_id, district_id)
        if line.precinct_id is not None
    }  # fmt: skip


def rows_of(snapshot_id: int) -> int:
    """How many places a snapshot scores."""
    return db.session.scalar(select(func.count()).where(Score.snapshot_id == snapshot_id)) or 0


def places_in(snapshot_id: int) -> int:
    """How many districts a snapshot ranks."""
    query = select(func.count()).where(Score.snapshot_id == snapshot_id, Score.precinct_id.is_(None))
    return db.session.scalar(query) or 0


def doors_left(snapshot_id: int, paths: Iterable[str]) -> int:
    """Doors that were left in the districts of a snapshot at or below the areas."""
    query = (
        select(func.sum(Score.doors_left))
        .join(District, District.id == Score.district_id)
        .join(Area, Area.id == District.area_id)
        .where(Score.snapshot_id == snapshot_id, Score.precinct_id.is_(None), within(Area.path, paths))
    )
    return int(db.session.scalar(query) or 0)


def causes_between(before: Snapshot, now: Snapshot) -> list[tuple[str, int]]:
    """Why the kept snapshots after one, up to and with the other, were taken: (cause, how many)."""
    rows = db.session.execute(
        select(Snapshot.cause, func.count())
        .where(
            Snapshot.contest_id == now.contest_id,
            Snapshot.taken_at > before.taken_at,
            Snapshot.taken_at <= now.taken_at,
        )
        .group_by(Snapshot.cause)
        .order_by(func.count().desc(), Snapshot.cause)
    )
    return [(str(cause), int(count)) for cause, count in rows]


def codes(campaign_id: int, kind: str) -> dict[int, str]:
    """The codes of a layer's districts by their ids."""
    return {row_id: code for row_id, code, _region in places(campaign_id, kind)}


def details(snapshot_id: int) -> list[dict[str, Any]]:
    """Everything known about the districts of a snapshot."""
    query = select(Score.detail).where(Score.snapshot_id == snapshot_id, Score.precinct_id.is_(None))
    return list(db.session.scalars(query))


@dataclass(frozen=True, slots=True)
class Past:
    """One place's score in one of the snapshots before."""

    snapshot_id: int
    taken_at: datetime
    cause: str
    rank: int
    low: float
    value_per_hour: float
    high: float
    doors_left: int


def history(
    snapshot: Snapshot, district_id: int, precinct_id: int | None = None, most: int = 60
) -> list[Past]:
    """The scores of a place in the snapshots up to this one that used its unit, oldest first."""
    here = Score.precinct_id.is_(None) if precinct_id is None else Score.precinct_id == precinct_id
    rows = db.session.execute(
        select(
            Snapshot.id, Snapshot.taken_at, Snapshot.cause, Score.rank, Score.low, Score.value_per_hour,
            Score.high, Score.doors_left,
        )
        .join(Score, Score.snapshot_id == Snapshot.id)
        .where(
            Snapshot.contest_id == snapshot.contest_id,
            Snapshot.unit == snapshot.unit,
            Snapshot.taken_at <= snapshot.taken_at,
            Score.district_id == district_id,
            here,
        )
        .order_by(Snapshot.taken_at.desc(), Snapshot.id.desc())
        .limit(most)
    ).all()  # fmt: skip
    return [Past(*row) for row in reversed(rows)]


def sides(campaign_id: int, kind: str) -> list[tuple[str, int]]:
    """Parties (or candidates without one) in the results of a layer, with their votes, most first."""
    side = func.coalesce(func.nullif(func.trim(Result.party), ""), Result.candidate)
    rows = db.session.execute(
        select(side, func.sum(Result.votes))
        .join(District, District.id == Result.district_id)
        .where(District.campaign_id == campaign_id, District.kind == kind)
        .group_by(side)
        .order_by(func.sum(Result.votes).desc(), side)
        .limit(60)
    )
    return [(str(name), int(votes)) for name, votes in rows]


def offices(campaign_id: int, kind: str) -> list[str]:
    """The offices that the results of a layer were for, the one with most votes first."""
    rows = db.session.execute(
        select(Result.office)
        .join(District, District.id == Result.district_id)
        .where(District.campaign_id == campaign_id, District.kind == kind)
        .group_by(Result.office)
        .order_by(func.sum(Result.votes).desc())
        .limit(60)
    )
    return [str(office) for (office,) in rows]


def kinds(campaign_id: int) -> list[tuple[str, int]]:
    """The layers of districts with how many districts are in each."""
    rows = db.session.execute(
        select(District.kind, func.count())
        .where(District.campaign_id == campaign_id)
        .group_by(District.kind)
        .order_by(District.kind)
    )
    return [(str(kind), int(count)) for kind, count in rows]


def places(campaign_id: int, kind: str) -> list[tuple[int, str, str | None]]:
    """The districts of a layer: id, code, region."""
    rows = db.session.execute(
        select(District.id, District.code, District.region)
        .where(District.campaign_id == campaign_id, District.kind == kind)
        .order_by(District.code)
    )
    return [(row.id, row.code, row.region) for row in rows]


def seat_names(contest_id: int) -> dict[int, str]:
    """District id to seat, of those that were named."""
    rows = db.session.execute(
        select(ContestSeat.district_id, ContestSeat.seat).where(ContestSeat.contest_id == contest_id)
    )
    return {row.district_id: row.seat for row in rows}


SORTS: dict[str, Any] = {
    "rank": Score.rank,
    "name": District.name,
    "value": Score.value_per_hour,
    "doors_left": Score.doors_left,
    "contact_rate": Score.contact_rate,
}


def districts_within(campaign_id: int, paths: Iterable[str]) -> list[int]:
    """The districts of the campaign at or below the areas."""
    query = (
        select(District.id)
        .join(Area, Area.id == District.area_id)
        .where(District.campaign_id == campaign_id, within(Area.path, paths))
    )
    return list(db.session.scalars(query))
