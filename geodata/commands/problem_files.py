"""VOLUNTEERS and PLACES as files, and the problem they make."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from geodata.commands.errors import BadInput
from geodata.commands.options import Wishes
from geodata.commands.tables import Table, read
from geodata.crs import great_circle_km
from geodata.matching.problem import Floats, Ints, Longs
from geodata.matching.reach import People, ReachProblem, Sites
from geodata.matching.reach._pins import ImpossiblePin, checked_pins
from geodata.matching.reach.leads import with_lead_seats
from geodata.matching.reach.overbook import overbooked, show_near

MOST_SEGMENTS = 20
REACH_KM = 50.0
MOST_WORTH = 1e9  # of a value or an experience: beyond it, sums would lose what others are worth
_SEGMENT = re.compile(r"(?:capacity|value)_([1-9][0-9]*)")
LEAD = "lead"  # the skill of whoever may take a lead's seat
USUAL_CHANGE = 0.01  # of the median value


@dataclass(frozen=True, slots=True, eq=False)
class Files:
    """What was read: ids, names of slots, and the problem.

    segment_number  (s,) of each segment as the file numbers them; over-booked seats come after the file's
    needed          (m,) people each place needs: its capacity, over-booked seats not counted
    lead_needed     (m,) how many of them are to be leads
    show            (n,) show chance alone, without experience
    """

    volunteers: Any
    places: Any
    slots: list[str]
    segment_number: Ints
    needed: Longs
    lead_needed: Longs
    show: Floats
    problem: ReachProblem


def read_problem(volunteers: Path, places: Path, wishes: Wishes) -> Files:
    """The problem of two files and what was asked for. Raises BadInput with file, row and column."""
    people_table, place_table = read(volunteers), read(places)
    people_ids, place_ids = people_table.ids("id"), place_table.ids("id")
    sites, slots, numbers = _sites(place_table)
    people = _people(people_table, slots)
    _refuse_far_apart(people_table, people, sites)
    files = Files(
        people_ids, place_ids, slots, numbers, capacity_of(sites),
        place_table.whole("lead_needed", 0).astype(np.int64),
        people_table.number("show_chance", 1.0, low=0, high=1),
        _problem(people_table, place_table, people, sites, people_ids, place_ids, wishes.km_cost),
    )  # fmt: skip
    files = _with_leads(_with_spare_seats(files, wishes.overbook))
    _refuse_impossible_pins(people_table, files.problem)
    if wishes.previous is None:
        return files
    return _with_previous(files, wishes.previous, wishes.change_cost)


def _problem(
    people_table: Table, place_table: Table, people: People, sites: Sites, people_ids: Any, place_ids: Any,
    km_cost: float,
) -> ReachProblem:  # fmt: skip
    return ReachProblem(
        people=people,
        sites=sites,
        km_cost=km_cost,
        pinned=_named_pairs(people_table, "pin", place_table.file, place_ids),
        never=_named_pairs(people_table, "never", place_table.file, place_ids),
        together=_named_pairs(people_table, "together", people_table.file, people_ids, what="volunteer"),
        volunteer_names=people_ids,
        place_names=place_ids,
    )


def capacity_of(sites: Sites) -> Longs:
    """(m,) seats of each place."""
    return np.add.reduceat(sites.segment_size.astype(np.int64), sites.segment_start[:-1])


def _with_leads(files: Files) -> Files:
    if not files.lead_needed.any():
        return files
    sites, origin = with_lead_seats(files.problem.sites, files.lead_needed)
    return replace(
        files, segment_number=files.segment_number[origin], problem=replace(files.problem, sites=sites)
    )


def _with_spare_seats(files: Files, risk: float | None) -> Files:
    if risk is None:
        return files
    people = replace(files.problem.people, weight=files.show)
    show, near = show_near(replace(files.problem, people=people, pinned=files.problem.pinned[:0]))
    near += np.bincount(files.problem.pinned[:, 1], minlength=len(near))
    sites, origin = overbooked(files.problem.sites, show, risk, near)
    number = files.segment_number[origin].copy()
    for row in np.flatnonzero(np.concatenate([[False], np.diff(origin) == 0])).tolist():
        number[row] = number[row - 1] + 1
    return replace(files, segment_number=number, problem=replace(files.problem, sites=sites))


def _with_previous(files: Files, previous: Path, change_cost: float | None) -> Files:
    """The pairs of an earlier plan are worth what changing them costs; who left since is no matter."""
    table = read(previous)
    table.need("volunteer", "place")
    who = {name: row for row, name in enumerate(files.volunteers)}
    where = {name: row for row, name in enumerate(files.places)}
    names = zip(table.text("volunteer").tolist(), table.text("place").tolist(), strict=True)
    pairs = [(who[v], where[p]) for v, p in names if v in who and p in where]
    worth = files.problem.sites.segment_worth
    bonus = change_cost if change_cost is not None else USUAL_CHANGE * max(float(np.median(worth)), 0.0)
    kept: Ints = np.unique(np.array(pairs, np.int32).reshape(-1, 2), axis=0)
    return replace(files, problem=replace(files.problem, previous=kept, stay_bonus=bonus))


def _people(table: Table, slots: list[str]) -> People:
    latitude, longitude = table.positions()
    skills = table.sets("skills")
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
        weight=table.number("show_chance", 1.0, low=0, high=1)
        * table.number("experience", 1.0, low=0, high=MOST_WORTH),
        wanted=table.whole("shifts", 1),
        skills=skills,
        languages=table.sets("languages"),
        free=(code, free.reshape(len(sets), len(slots))),
        leads=np.array([LEAD in names for names in skills[1]], dtype=bool)[skills[0]],
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
    _refuse_stray_segments(table)
    sizes, values = [table.whole("capacity")], [table.number("value", low=-MOST_WORTH, high=MOST_WORTH)]
    for k in range(2, MOST_SEGMENTS + 1):
        if not table.has(f"value_{k}") and not table.has(f"capacity_{k}"):
            break
        table.need(f"value_{k}", f"capacity_{k}")
        sizes.append(table.whole(f"capacity_{k}", 0))
        values.append(np.where(sizes[-1] > 0, _values(table, f"value_{k}"), values[-1]))
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


def _values(table: Table, name: str) -> Floats:
    return table.number(name, 0.0, low=-MOST_WORTH, high=MOST_WORTH)


def _refuse_stray_segments(table: Table) -> None:
    """A segment that none comes before, or beyond the last, would be left out in silence."""
    there = sorted({int(found[1]) for name in table.names() if (found := _SEGMENT.fullmatch(name))})
    for k, number in enumerate(there, 2):
        if number > MOST_SEGMENTS:
            raise BadInput(
                table.file, f"a place has at most {MOST_SEGMENTS} segments.", column=f"capacity_{number}"
            )
        if number != k:
            table.need(f"capacity_{k}")


def _named_pairs(table: Table, column: str, file: str, ids: Any, *, what: str = "place") -> Ints:
    """Pairs (row of the table, row of what is named) from lists of ids."""
    code, sets = table.sets(column)
    if not any(sets):
        return np.empty((0, 2), np.int32)
    row_of = {str(name): row for row, name in enumerate(ids)}
    pairs = []
    for row in np.flatnonzero(np.array([bool(names) for names in sets])[code]).tolist():
        for name in sorted(sets[code[row]]):
            if name not in row_of:
                raise table.refuse(column, row, f"{file} has no {what} with the id {name!r}.")
            if what == "volunteer" and row_of[name] == row:
                raise table.refuse(column, row, f"{name!r} cannot go together with themselves.")
            pairs.append((row, row_of[name]))
    return np.array(pairs, np.int32)


def _refuse_impossible_pins(table: Table, problem: ReachProblem) -> None:
    try:
        checked_pins(problem)
    except ImpossiblePin as why:
        raise table.refuse("pin", why.volunteer, str(why)) from None


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
