"""Precincts to cut: how urgent, how far, and what is cut there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Subquery, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from volunteer_hub.core import access
from volunteer_hub.core.db import db
from volunteer_hub.districts.models import District, Door, Precinct
from volunteer_hub.people.models import Area
from volunteer_hub.priority import queries as priority
from volunteer_hub.priority.models import Score
from volunteer_hub.turf.models import Cut, CutPrecinct, DoorStanding, Turf
from volunteer_hub.turf.refusals import NoSuchTurf


@dataclass(frozen=True, slots=True)
class PrecinctLine:
    """A precinct with what is cut in it. `rank` 1 is where an hour is worth most; None without scores."""

    id: int
    code: str
    name: str
    district_id: int
    district_name: str
    rank: int | None
    value_per_hour: float | None
    doors: int
    doors_finished: int
    turfs_open: int
    turfs_leased: int
    turfs_done: int
    cut_state: str | None
    cut_message: str


def urgency(campaign_id: int) -> Subquery:
    """precinct_id, rank and value_per_hour of the newest snapshot; no rows without scores."""
    contest = priority.active_contest(campaign_id)
    snapshot = priority.newest_snapshot(contest.id) if contest else None
    return (
        select(Score.precinct_id, Score.rank, Score.value_per_hour)
        .where(Score.snapshot_id == (snapshot.id if snapshot else 0), Score.precinct_id.is_not(None))
        .subquery("urgency")
    )


def precincts_query(
    campaign_id: int, area_paths: Iterable[str], *, text: str = ""
) -> Select[*tuple[Any, ...]]:
    """Precincts of these areas with what is cut in them, most urgent first; columns of PrecinctLine."""
    rank = urgency(campaign_id)
    counts = (
        select(
            Turf.precinct_id,
            *[func.count().filter(Turf.state == state).label(state) for state in ("open", "leased", "done")],
        )
        .where(Turf.campaign_id == campaign_id)
        .group_by(Turf.precinct_id)
        .subquery("turf_counts")
    )
    doors = (
        select(
            Door.precinct_id,
            func.count().label("doors"),
            func.count().filter(DoorStanding.is_finished).label("finished"),
        )
        .outerjoin(DoorStanding, DoorStanding.door_id == Door.id)
        .where(Door.campaign_id == campaign_id, Door.precinct_id.is_not(None))
        .group_by(Door.precinct_id)
        .subquery("door_counts")
    )
    last = (
        select(CutPrecinct.precinct_id, Cut.state, Cut.message)
        .join(Cut, Cut.id == CutPrecinct.cut_id)
        .where(Cut.campaign_id == campaign_id, Cut.state.not_in(("retired", "cancelled")))
        .ext(distinct_on(CutPrecinct.precinct_id))
        .order_by(CutPrecinct.precinct_id, Cut.id.desc())
        .subquery("last_cut")
    )
    query: Any = (
        select(
            Precinct.id,
            Precinct.code,
            Precinct.name,
            Precinct.district_id,
            District.name.label("district_name"),
            rank.c.rank,
            rank.c.value_per_hour,
            func.coalesce(doors.c.doors, 0).label("doors"),
            func.coalesce(doors.c.finished, 0).label("doors_finished"),
            func.coalesce(counts.c.open, 0).label("turfs_open"),
            func.coalesce(counts.c.leased, 0).label("turfs_leased"),
            func.coalesce(counts.c.done, 0).label("turfs_done"),
            last.c.state.label("cut_state"),
            func.coalesce(last.c.message, "").label("cut_message"),
        )
        .join(District, District.id == Precinct.district_id)
        .join(Area, Area.id == District.area_id)
        .outerjoin(rank, rank.c.precinct_id == Precinct.id)
        .outerjoin(counts, counts.c.precinct_id == Precinct.id)
        .outerjoin(doors, doors.c.precinct_id == Precinct.id)
        .outerjoin(last, last.c.precinct_id == Precinct.id)
        .where(Precinct.campaign_id == campaign_id, access.within(Area.path, area_paths))
        .order_by(rank.c.rank.nulls_last(), District.name, Precinct.code)
    )
    if text:
        words = f"%{_escaped(text)}%"
        query = query.where(
            Precinct.name.ilike(words) | Precinct.code.ilike(words) | District.name.ilike(words)
        )
    return query


def precinct_within(campaign_id: int, precinct_id: int, area_paths: Iterable[str]) -> PrecinctLine:
    """One precinct of these areas; raises NotFound."""
    row = db.session.execute(
        precincts_query(campaign_id, area_paths).where(Precinct.id == precinct_id)
    ).one_or_none()
    if row is None:
        raise NoSuchTurf()
    return PrecinctLine(*row)


def without_open_turf(campaign_id: int, area_paths: Iterable[str], *, most: int) -> list[int]:
    """Precincts with doors but no open turf and no cut on its way, most urgent first; their ids."""
    rows = precincts_query(campaign_id, area_paths).subquery()
    query = (
        select(rows.c.id)
        .where(
            rows.c.doors > rows.c.doors_finished,
            rows.c.turfs_open == 0,
            func.coalesce(rows.c.cut_state, "done").not_in(("queued", "running")),
        )
        .order_by(rows.c.rank.nulls_last(), rows.c.district_name, rows.c.code)
        .limit(most)
    )
    return list(db.session.scalars(query))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def precincts_in_use(precinct_ids: Iterable[int]) -> set[int]:
    """Those of the precincts that have turf which is not retired: open, in somebody's hands, or worked."""
    held = select(Turf.precinct_id).where(Turf.precinct_id.in_(list(precinct_ids)), Turf.state != "retired")
    return set(db.session.scalars(held.distinct()))
