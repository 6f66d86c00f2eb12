"""What reports say of doors, kept here by whoever records them: standings of doors, visits in a turf.

The order of locks is the same for everybody, doors by id and then turfs by id, so batches that meet do not
wait for each other in a circle.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select, update
from sqlalchemy.dialects.postgresql import insert

from volunteer_hub.core.db import db
from volunteer_hub.turf.models import DoorStanding, Turf, TurfDoor
from volunteer_hub.turf.services.leases import settle


@dataclass(frozen=True, slots=True)
class Standing:
    """What all standing reports together say of a door. support: 1 strong support to 5 strong oppose."""

    door_id: int
    district_id: int
    precinct_id: int | None
    attempts: int = 0
    contacts: int = 0
    support: int | None = None
    result: str | None = None
    last_at: datetime | None = None
    is_finished: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """The last standing result at a door in a turf; None when nothing stands there (any more)."""

    turf_id: int
    door_id: int
    result: str | None
    at: datetime | None


def lock_standings(campaign_id: int, places: Mapping[int, tuple[int, int | None]]) -> dict[int, Standing]:
    """Lock the standings of these doors and return them; doors nobody knocked at get an empty one.

    places: door id to (district id, precinct id). Two statements.
    """
    if not places:
        return {}
    rows = [
        {"door_id": door, "campaign_id": campaign_id, "district_id": place[0], "precinct_id": place[1]}
        for door, place in sorted(places.items())
    ]
    db.session.execute(insert(DoorStanding).values(rows).on_conflict_do_nothing())
    locked = db.session.scalars(
        select(DoorStanding)
        .where(DoorStanding.door_id.in_(list(places)))
        .order_by(DoorStanding.door_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.door_id: _standing(row) for row in locked}


def keep_standings(campaign_id: int, standings: Iterable[Standing]) -> None:
    """Write what doors stand at. They were locked by lock_standings. One statement."""
    rows = [
        {
            "door_id": each.door_id,
            "campaign_id": campaign_id,
            "district_id": each.district_id,
            "precinct_id": each.precinct_id,
            "attempts": each.attempts,
            "contacts": each.contacts,
            "support": each.support,
            "result": each.result,
            "last_at": each.last_at,
            "is_finished": each.is_finished,
        }
        for each in sorted(standings, key=lambda each: each.door_id)
    ]
    if not rows:
        return
    statement = insert(DoorStanding).values(rows)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in ("door_id", "campaign_id")}
    db.session.execute(
        statement.on_conflict_do_update(index_elements=["door_id"], set_=changed),
        execution_options={"synchronize_session": False},
    )


def keep_visits(visits: Iterable[Visit]) -> None:
    """Write results beside the doors of their turfs and count the turfs' visited doors anew."""
    found = {(each.turf_id, each.door_id): each for each in visits}
    turf_ids = sorted({turf_id for turf_id, _door in found})
    if not turf_ids:
        return
    db.session.execute(select(Turf.id).where(Turf.id.in_(turf_ids)).order_by(Turf.id).with_for_update())
    for turf_id in turf_ids:
        _write_visits(turf_id, [each for each in found.values() if each.turf_id == turf_id])
    count_doors_done(turf_ids)
    settle(turf_ids)


def count_doors_done(turf_ids: Iterable[int]) -> None:
    """Set the turfs' doors_done to the number of their doors with a standing result."""
    visited = (
        select(func.count())
        .where(TurfDoor.turf_id == Turf.id, TurfDoor.result.is_not(None))
        .correlate(Turf)
        .scalar_subquery()
    )
    db.session.execute(
        update(Turf).where(Turf.id.in_(list(turf_ids))).values(doors_done=visited),
        execution_options={"synchronize_session": False},
    )


def _write_visits(turf_id: int, visits: list[Visit]) -> None:
    results = {each.door_id: each.result for each in visits if each.result is not None}
    times = {each.door_id: each.at for each in visits if each.result is not None}
    values = {
        "result": case(results, value=TurfDoor.door_id) if results else None,
        "visited_at": case(times, value=TurfDoor.door_id) if times else None,
    }
    db.session.execute(
        update(TurfDoor)
        .where(TurfDoor.turf_id == turf_id, TurfDoor.door_id.in_([each.door_id for each in visits]))
        .values(values),
        execution_options={"synchronize_session": False},
    )


def _standing(row: DoorStanding) -> Standing:
    return Standing(
        row.door_id,
        row.district_id,
        row.precinct_id,
        row.attempts,
        row.contacts,
        row.support,
        row.result,
        row.last_at,
        row.is_finished,
    )
