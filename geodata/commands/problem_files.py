"""VOLUNTEERS and PLACES as files, and the problem they make."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from geodata.commands.errors import BadInput
from geodata.commands.tables import Table, read
from geodata.crs import great_circle_km
from geodata.matching.problem import Floats, Ints, Longs
from geodata.matching.reach import People, ReachProblem, Sites

MOST_SEGMENTS = 20
REACH_KM = 50.0
_LEAD = "lead"


@dataclass(frozen=True, slots=True, eq=False)
class Files:
    """What was read: ids, names of slots, and the problem."""

    volunteers: Any
    places: Any
    slots: list[str]
    segment_number: Ints
    problem: ReachProblem


def read_problem(volunteers: Path, places: Path, *, km_cost: float) -> Files:
    """The problem of two files. Raises BadInput with file, row and column."""
    people_table, place_table = read(volunteers), read(places)
    people_ids, place_ids = people_table.ids("id"), place_table.ids("id")
    sites, slots, numbers = _sites(place_table)
    people = _people(people_table, slots)
    _refuse_far_apart(people_table, people, sites)
    problem = ReachProblem(
        people=people,
        sites=sites,
        km_cost=km_cost,
        pinned=_named_pairs(people_table, "pin", place_table.file, place_ids),
        never=_named_pairs(people_table, "never", place_table.file, place_ids),
        volunteer_names=people_ids,
        place_names=place_ids,
    )
    return Files(people_ids, place_ids, slots, numbers, problem)


def _people(table: Table, slots: list[str]) -> People:
    latitude, longitude = table.positions()
    code, sets = table.sets("available")
    known = set(slots)
    for kind, names in enumerate(sets):
        unknown = sorted(names - known)
        if unknown:
            row = int(np.flatnonzero(code == kind)[0])
            raise table.refuse("available", row, f"no place has the slot {unknown[0]!r}.")
    free = np.array([[not names or slot in names for slot in slots] for names in sets], dtype=bool)
    return People(
        latitude=latitude,
        longitude=longitude,
        reach_km=table.number("max_travel_km", REACH_KM, low=0),
        weight=table.number("show_chance", 1.0, low=0, high=1),
        wanted=table.whole("shifts", 1),
        skills=table.sets("skills"),
        languages=table.sets("languages"),
        free=(code, free.reshape(len(sets), len(slots))),
    )


def _sites(table: Table) -> tuple[Sites, list[str], Ints]:
    latitude, longitude = table.positions()
    start, size, worth, number = _segments(table)
    slot_names = table.text("slot")
    slots = sorted(set(slot_names.tolist()) - {""})
    row_of = {slot: row for row, slot in enumerate(slots)} | {"": -1}
    requires = table.sets("requires")
    sites = Sites(
        latitude=latitude,
        longitude=longitude,
        segment_start=start,
        segment_size=size,
        segment_worth=worth,
        slot=np.array([row_of[slot] for slot in slot_names], np.int64),
        slot_times=np.column_stack([2 * np.arange(len(slots)), 2 * np.arange(len(slots)) + 1]).astype(
            np.int64
        ),
        requires=requires,
        languages=table.sets("languages"),
    )
    return sites, slots, number


def _segments(table: Table) -> tuple[Longs, Ints, Floats, Ints]:
    """Segments of falling value: capacity and value, capacity_2 and value_2, ..."""
    sizes, values = [table.whole("capacity")], [table.number("value")]
    for k in range(2, MOST_SEGMENTS + 1):
        if not table.has(f"value_{k}") and not table.has(f"capacity_{k}"):
            break
        table.need(f"value_{k}", f"capacity_{k}")
        sizes.append(table.whole(f"capacity_{k}", 0))
        values.append(np.where(sizes[-1] > 0, table.number(f"value_{k}", 0.0), values[-1]))
        rising = values[-1] > values[-2]
        if rising.any():
            raise table.refuse(
                f"value_{k}", int(np.argmax(rising)), "the value rises; the first hours are worth most."
            )
    size = np.column_stack(sizes)
    used = size > 0
    used[:, 0] = True
    number = np.tile(np.arange(1, len(sizes) + 1, dtype=np.int32), (table.rows, 1))
    start = np.concatenate([[0], np.cumsum(used.sum(axis=1))]).astype(np.int64)
    return start, size[used].astype(np.int32), np.column_stack(values)[used], number[used]


def _named_pairs(table: Table, column: str, place_file: str, place_ids: Any) -> Ints:
    """Pairs (volunteer row, place row) from lists of place ids."""
    code, sets = table.sets(column)
    if not any(sets):
        return np.empty((0, 2), np.int32)
    row_of = {str(name): row for row, name in enumerate(place_ids)}
    pairs = []
    for row in np.flatnonzero(np.array([bool(names) for names in sets])[code]).tolist():
        for name in sorted(sets[code[row]]):
            if name not in row_of:
                raise table.refuse(column, row, f"{place_file} has no place with the id {name!r}.")
            pairs.append((row, row_of[name]))
    return np.array(pairs, np.int32)


def _refuse_far_apart(table: Table, people: People, sites: Sites) -> None:
    """Two files of one country lie over each other; swapped columns in one of them do not."""
    lat, lon = float(np.median(people.latitude)), float(np.median(people.longitude))
    there = float(np.median(sites.latitude)), float(np.median(sites.longitude))
    apart = float(great_circle_km(lat, lon, *there))
    swapped = float(great_circle_km(lon, lat, *there)) if abs(lon) <= 90 else np.inf
    if apart > 3000 and swapped < apart / 4:
        raise BadInput(
            table.file,
            f"the volunteers lie {apart:,.0f} km from the places. Are latitude and longitude swapped?",
            column="latitude",
        )
