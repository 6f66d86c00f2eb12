"""What reports say of doors, kept here by whoever records them: standings of doors, visits in a turf.

The order of locks is the same for everybody, doors by id and then turfs by id, so batches that meet do not
wait for each other in a circle.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter

from sqlalchemy import ScalarSelect, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from volunteer_hub.core import arrays
from volunteer_hub.core.arrays import COUNT, INSTANT, NUMBER, TEXT, YES_NO
from volunteer_hub.core.db import db
from volunteer_hub.turf.models import DoorStanding, Turf, TurfDoor
from volunteer_hub.turf.services.leases import settle

_PLACE = (("door_id", NUMBER), ("district_id", NUMBER), ("precinct_id", NUMBER))
_STANDING = (
    *_PLACE, ("attempts", COUNT), ("contacts", COUNT), ("support", COUNT), ("result", TEXT),
    ("last_at", INSTANT), ("is_finished", YES_NO),
)  # fmt: skip
_VISIT = (("turf_id", NUMBER), ("door_id", NUMBER), ("result", TEXT), ("at", INSTANT))


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


_as_row = attrgetter(*(name for name, _kind in _STANDING))


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
    doors = sorted(places)
    given = arrays.table_of(_PLACE, [(door, *places[door]) for door in doors])
    named = ["door_id", "campaign_id", "district_id", "precinct_id"]
    columns = given.c
    fresh = select(columns.door_id, literal(campaign_id), columns.district_id, columns.precinct_id)
    db.session.execute(insert(DoorStanding).from_select(named, fresh).on_conflict_do_nothing())
    locked = db.session.execute(
        select(*[getattr(DoorStanding, each.name) for each in fields(Standing)])
        .where(arrays.is_one_of(DoorStanding.door_id, doors))
        .order_by(DoorStanding.door_id)
        .with_for_update()
    )
    return {row.door_id: Standing(*row) for row in locked}


def keep_standings(campaign_id: int, standings: Iterable[Standing]) -> None:
    """Write what doors stand at. They were locked by lock_standings. One statement."""
    rows = [_as_row(each) for each in sorted(standings, key=lambda each: each.door_id)]
    if not rows:
        return
    given = arrays.table_of(_STANDING, rows)
    names = [name for name, _kind in _STANDING]
    fresh = select(literal(campaign_id), *[given.c[name] for name in names])
    statement = insert(DoorStanding).from_select(["campaign_id", *names], fresh)
    changed = {name: statement.excluded[name] for name in names if name != "door_id"}
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
    # key_share: a new report names its turf, and must not wait until these have been brought up to date
    locked = select(Turf.id).where(arrays.is_one_of(Turf.id, turf_ids)).order_by(Turf.id)
    db.session.execute(locked.with_for_update(key_share=True))
    given = arrays.table_of(
        _VISIT, [(*pair, each.result, each.at if each.result else None) for pair, each in found.items()]
    )
    db.session.execute(
        update(TurfDoor)
        .where(TurfDoor.turf_id == given.c.turf_id, TurfDoor.door_id == given.c.door_id)
        .values(result=given.c.result, visited_at=given.c.at),
        execution_options={"synchronize_session": False},
    )
    count_doors_done(turf_ids)
    settle(turf_ids)


def count_doors_done(turf_ids: Iterable[int]) -> None:
    """Set the turfs' doors_done to the number of their doors with a standing result."""
    db.session.execute(
        update(Turf).where(Turf.id.in_(list(turf_ids))).values(doors_done=doors_visited()),
        execution_options={"synchronize_session": False},
    )


def doors_visited() -> ScalarSelect[int]:
    """Of the surrounding statement's turf: doors with a standing result; given-back ones do not count."""
    return (
        select(func.count())
        .where(TurfDoor.turf_id == Turf.id, TurfDoor.result.is_not(None), TurfDoor.given_back_at.is_(None))
        .correlate(Turf)
        .scalar_subquery()
    )
