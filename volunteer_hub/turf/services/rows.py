"""Rows of turfs: turfs added with number and colour, turfs retired and brought back.

A turf's doors never change while it stands: whoever changes them retires it and adds another in its place.
So a phone that comes late still finds the doors it was given, and an undo only swaps back.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ARRAY, BigInteger, bindparam, func, insert, literal, select, true, update

from volunteer_hub.core.db import db
from volunteer_hub.core.geometry import shape_columns
from volunteer_hub.districts.models import Door, Precinct
from volunteer_hub.districts.streets import Streets, streets_around
from volunteer_hub.turf.colours import coloured
from volunteer_hub.turf.models import Cut, Turf, TurfDoor
from volunteer_hub.turf.plan import CutParams, DoorToCut, PlannedTurf, plan_walks
from volunteer_hub.turf.services.grounds import place_around, place_of

NEAR = 0.001  # degrees, about a hundred metres


@dataclass(frozen=True, slots=True)
class NewTurf:
    """A planned turf on its way to be saved; number, colour and lock of the turf it stands in for, if any."""

    planned: PlannedTurf
    number: int | None = None
    precinct_id: int | None = None
    colour: int | None = None
    is_locked: bool = False


def add_turfs(cut: Cut, turfs: Sequence[NewTurf]) -> list[int]:
    """Save turfs of a cut, each numbered in the precinct that holds most of its doors. Returns their ids."""
    if not turfs:
        return []
    precinct_of = _precincts_of_doors([door for turf in turfs for door in turf.planned.doors])
    homes = [turf.precinct_id or _most(precinct_of, turf.planned.doors) for turf in turfs]
    precincts = {
        row.id: row for row in db.session.scalars(select(Precinct).where(Precinct.id.in_(set(homes))))
    }
    numbers = _numbers(turfs, homes)
    colours = _colours(cut, turfs)
    ids = [
        _add(cut, precincts[home], number, colour, turf)
        for turf, home, number, colour in zip(turfs, homes, numbers, colours, strict=True)
    ]
    _add_doors(cut, {turf_id: turf.planned.doors for turf_id, turf in zip(ids, turfs, strict=True)})
    return ids


def streets_of(campaign_id: int, doors: Sequence[DoorToCut]) -> Streets | None:
    """The streets around these doors, if the campaign has any there."""
    if not doors:
        return None
    return streets_around(campaign_id, np.array([(door.longitude, door.latitude) for door in doors]))


def walks_of(
    cut: Cut, groups: Sequence[Sequence[DoorToCut]], *, again_soon: bool = False
) -> list[PlannedTurf]:
    """A turf of each group of doors, beside the turfs that stand. again_soon: keep their streets at hand."""
    doors = [door for group in groups for door in group]
    if not doors:
        return []
    place = place_of(cut, doors) if again_soon else place_around(cut.campaign_id, doors)
    east, north = [door.longitude for door in doors], [door.latitude for door in doors]
    around = outlines_around(cut, (min(east), min(north), max(east), max(north)))
    return plan_walks(groups, place=place, params=CutParams.of(cut.params), around=around)


def outlines_around(cut: Cut, box: Sequence[float]) -> list[BaseGeometry]:
    """The outlines of turfs that stand in or near a box of degrees: west, south, east, north."""
    west, south, east, north = box
    rows = db.session.scalars(
        select(Turf.shape).where(
            Turf.district_id == cut.district_id, Turf.state != "retired", Turf.shape.is_not(None),
            Turf.min_lon <= east + NEAR, Turf.max_lon >= west - NEAR,
            Turf.min_lat <= north + NEAR, Turf.max_lat >= south - NEAR,
        )
    ).all()  # fmt: skip
    return [shapely.from_wkb(row) for row in rows if row is not None]


def retire(turf_ids: Iterable[int], *, now: datetime) -> None:
    """Take turfs out of use: their doors are free for others, their rows stay for the record."""
    ids = list(turf_ids)
    if ids:
        db.session.execute(update(TurfDoor).where(TurfDoor.turf_id.in_(ids)).values(is_open=False))
        db.session.execute(
            update(Turf)
            .where(Turf.id.in_(ids))
            .values(state="retired", retired_at=now)
            .execution_options(synchronize_session=False)
        )


def revive(turf_ids: Iterable[int]) -> None:
    """Bring retired turfs back into use, under their number where it is still free."""
    turfs = db.session.scalars(
        select(Turf)
        .where(Turf.id.in_(list(turf_ids)))
        .order_by(Turf.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for turf in turfs:
        if turf.number in _alive_numbers([turf.precinct_id])[turf.precinct_id]:
            turf.number = _next_free(_alive_numbers([turf.precinct_id])[turf.precinct_id])
            turf.name = f"{turf.name.rpartition('-')[0]}-{turf.number:02d}"
        turf.state, turf.retired_at = "done" if turf.doors_done >= turf.doors else "open", None
        db.session.flush()
    db.session.execute(
        update(TurfDoor)
        .where(TurfDoor.turf_id.in_([turf.id for turf in turfs]), TurfDoor.given_back_at.is_(None))
        .values(is_open=True)
    )


def _precincts_of_doors(door_ids: Sequence[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for start in range(0, len(door_ids), 20_000):
        rows = db.session.execute(
            select(Door.id, Door.precinct_id).where(Door.id.in_(door_ids[start : start + 20_000]))
        )
        found |= {row.id: row.precinct_id for row in rows}
    return found


def _most(precinct_of: Mapping[int, int], doors: Iterable[int]) -> int:
    counts = Counter(precinct_of[door] for door in doors)
    return min(counts, key=lambda precinct: (-counts[precinct], precinct))


def _numbers(turfs: Sequence[NewTurf], homes: Sequence[int]) -> list[int]:
    """The number asked for, else the next one of the precinct."""
    taken = _alive_numbers(homes)
    for turf, home in zip(turfs, homes, strict=True):
        if turf.number is not None:
            taken[home].add(turf.number)
    numbers = []
    for turf, home in zip(turfs, homes, strict=True):
        number = turf.number if turf.number is not None else _next_free(taken[home])
        taken[home].add(number)
        numbers.append(number)
    return numbers


def _alive_numbers(precinct_ids: Iterable[int]) -> dict[int, set[int]]:
    rows = db.session.execute(
        select(Turf.precinct_id, Turf.number).where(
            Turf.precinct_id.in_(set(precinct_ids)), Turf.state != "retired"
        )
    )
    taken: dict[int, set[int]] = defaultdict(set)
    for precinct_id, number in rows:
        taken[precinct_id].add(number)
    return taken


def _next_free(taken: set[int]) -> int:
    return max(taken, default=0) + 1


def _colours(cut: Cut, turfs: Sequence[NewTurf]) -> list[int]:
    """Of each new turf, unlike its neighbours of the district's standing turfs; a known one stays."""
    shapes: dict[int, Any] = {-1 - at: turf.planned.shape for at, turf in enumerate(turfs)}
    known = {-1 - at: turf.colour for at, turf in enumerate(turfs) if turf.colour is not None}
    boxes = [shape.bounds for shape in shapes.values() if shape is not None]
    if boxes:
        west, south, east, north = (
            f(box[side] for box in boxes) for side, f in enumerate((min, min, max, max))
        )
        rows = db.session.execute(
            select(Turf.id, Turf.colour, Turf.shape).where(
                Turf.district_id == cut.district_id, Turf.state != "retired",
                Turf.min_lon <= east, Turf.max_lon >= west, Turf.min_lat <= north, Turf.max_lat >= south,
            )
        )  # fmt: skip
        for row in rows:
            shapes[row.id], known[row.id] = shapely.from_wkb(row.shape), row.colour
    found = coloured(shapes, known)
    return [found[-1 - at] for at in range(len(turfs))]


def _add(cut: Cut, precinct: Precinct, number: int, colour: int, turf: NewTurf) -> int:
    planned = turf.planned
    turf_id: int = db.session.execute(
        insert(Turf)
        .values(
            campaign_id=cut.campaign_id,
            cut_id=cut.id,
            precinct_id=precinct.id,
            district_id=precinct.district_id,
            number=number,
            name=f"{precinct.code}-{number:02d}",
            state="open",
            doors=len(planned.doors),
            minutes=planned.minutes,
            metres=planned.metres,
            start_latitude=planned.start_latitude,
            start_longitude=planned.start_longitude,
            line=None if planned.line is None else shapely.to_wkb(planned.line),
            is_locked=turf.is_locked,
            colour=colour,
            **shape_columns(planned.shape),
        )
        .returning(Turf.id)
    ).scalar_one()
    return turf_id


def _add_doors(cut: Cut, doors_of: Mapping[int, Sequence[int]]) -> None:
    """All doors of these turfs in one statement: a row for each would be the slowest part of an edit."""
    rows = [
        (turf_id, door, position)
        for turf_id, doors in doors_of.items()
        for position, door in enumerate(doors, start=1)
    ]
    columns = [bindparam(None, list(column), ARRAY(BigInteger)) for column in zip(*rows, strict=True)]
    given = func.unnest(*columns).table_valued("turf_id", "door_id", "position").render_derived()
    names = ("turf_id", "door_id", "position", "campaign_id", "is_open")
    found = select(given.c.turf_id, given.c.door_id, given.c.position, literal(cut.campaign_id), true())
    db.session.execute(insert(TurfDoor.__table__).from_select(names, found))
