"""What reports say of doors, kept here by whoever records them: standings of doors, visits in a turf.

The order of locks is the same for everybody, doors by id and then turfs by id, so batches that meet do not
wait for each other in a circle. Everything is worked out where the reports are: no row travels.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from volunteer_hub.core import arrays
from volunteer_hub.core.db import db
from volunteer_hub.districts.models import Door
from volunteer_hub.turf.models import DoorStanding, Turf, TurfDoor
from volunteer_hub.turf.services.leases import settle

_PLACE = ("district_id", "precinct_id")
_SAID = ("attempts", "contacts", "support", "result", "last_at", "is_finished")
_EMPTY = {"attempts": 0, "contacts": 0, "is_finished": False}

Counted = Callable[[Mapping[str, ColumnElement[Any]]], list[ColumnElement[int]]]
"""From the columns of a standing to what it adds to its place."""


def lock_standings(campaign_id: int, door_ids: Collection[int]) -> None:
    """Lock the standings of these doors; doors nobody knocked at get an empty one. Two statements."""
    names = ["door_id", "campaign_id", *_PLACE]
    fresh = (
        select(Door.id, literal(campaign_id), Door.district_id, Door.precinct_id)
        .where(arrays.is_one_of(Door.id, door_ids))
        .order_by(Door.id)
    )
    db.session.execute(insert(DoorStanding).from_select(names, fresh).on_conflict_do_nothing())
    locked = (
        select(DoorStanding.door_id)
        .where(arrays.is_one_of(DoorStanding.door_id, door_ids))
        .order_by(DoorStanding.door_id)
        .with_for_update()
        .subquery()
    )
    db.session.execute(select(func.count()).select_from(locked))


def keep_standings(
    door_ids: Collection[int], said: Callable[[Any], Select[Any]], counted: Counted
) -> list[Row[Any]]:
    """Write what standing reports say of these doors, which lock_standings has locked. One statement.

    said: of a door column, the columns of a standing; no row where no report stands. Returns for each place
    whose sums moved: district id, precinct id, and by how much each of `counted`.
    """
    changed = _changed(_fresh(door_ids, said))
    sides = [_side(changed, "old", -1, counted), _side(changed, "new", 1, counted)]
    both = sides[0].union_all(sides[1]).subquery()
    place, counts = list(both.c)[:2], list(both.c)[2:]
    sums = [func.sum(each) for each in counts]
    moved = select(*place, *sums).group_by(*place).having(or_(*[each != 0 for each in sums]))
    return list(db.session.execute(moved.order_by(*place), execution_options={"synchronize_session": False}))


def _fresh(door_ids: Collection[int], said: Callable[[Any], Select[Any]]) -> CTE:
    """How these doors stand by their reports, with the place where they lie now."""
    words = said(Door.id).lateral("words")
    said_or_nothing = [
        func.coalesce(words.c[name], _EMPTY[name]).label(name) if name in _EMPTY else words.c[name]
        for name in _SAID
    ]
    return (
        select(Door.id.label("door_id"), Door.district_id, Door.precinct_id, *said_or_nothing)
        .outerjoin(words, literal(True))
        .where(arrays.is_one_of(Door.id, door_ids))
        .cte("fresh")
    )


def _changed(fresh: CTE) -> CTE:
    """Write the standings that differ; a row for each with its columns old_* and new_*."""
    before, names = aliased(DoorStanding), (*_PLACE, *_SAID)
    differs = or_(*[getattr(before, name).is_distinct_from(fresh.c[name]) for name in names])
    return (
        update(DoorStanding)
        .where(DoorStanding.door_id == fresh.c.door_id, before.door_id == fresh.c.door_id, differs)
        .values({name: fresh.c[name] for name in names})
        .returning(
            *[getattr(before, name).label(f"old_{name}") for name in names],
            *[fresh.c[name].label(f"new_{name}") for name in names],
        )
        .cte("changed")
    )


def _side(changed: CTE, side: str, sign: int, counted: Counted) -> Select[*tuple[Any, ...]]:
    columns = {name: changed.c[f"{side}_{name}"] for name in (*_PLACE, *_SAID)}
    return select(*[columns[name] for name in _PLACE], *[sign * each for each in counted(columns)])


def keep_visits(pairs: Collection[tuple[int, int]], last: Callable[[Any, Any], Select[Any]]) -> None:
    """Write results beside the doors of their turfs and count the turfs' visited doors anew.

    pairs: (turf id, door id). last: of a turf and a door column, the last standing result and its time.
    """
    turf_ids = sorted({turf_id for turf_id, _door in pairs})
    if not turf_ids:
        return
    # key_share: a new report names its turf, and must not wait until these have been brought up to date
    locked = select(Turf.id).where(arrays.is_one_of(Turf.id, turf_ids)).order_by(Turf.id)
    db.session.execute(locked.with_for_update(key_share=True))
    given = arrays.table_of(("turf_id", "door_id"), pairs)
    found = last(given.c.turf_id, given.c.door_id).lateral("found")
    columns = (given.c.turf_id, given.c.door_id, found.c.result, found.c.at)
    visits = select(*columns).select_from(given).outerjoin(found, literal(True)).cte("visits")
    db.session.execute(
        update(TurfDoor)
        .where(TurfDoor.turf_id == visits.c.turf_id, TurfDoor.door_id == visits.c.door_id)
        .values(result=visits.c.result, visited_at=visits.c.at),
        execution_options={"synchronize_session": False},
    )
    count_doors_done(turf_ids)
    settle(turf_ids)


def count_doors_done(turf_ids: Iterable[int]) -> None:
    """Set the turfs' doors_done to the number of their doors with a standing result."""
    db.session.execute(
        update(Turf).where(arrays.is_one_of(Turf.id, list(turf_ids))).values(doors_done=doors_visited()),
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
