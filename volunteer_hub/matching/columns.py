"""Volunteers and shifts as the engine's columns: equal skills, languages and free times share a class.

What shifts ask people to say of themselves (said.py) stands among the skills.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import numpy as np

from geodata.matching.problem import Bools, Longs
from geodata.matching.reach import People, Sites
from geodata.matching.reach.problem import Classes
from volunteer_hub.events.queries import OpenShift
from volunteer_hub.matching.free_time import Span, lies_within, offered, overlaps
from volunteer_hub.matching.said import Asked, Saying, skills_of
from volunteer_hub.matching.worth import Seats
from volunteer_hub.people.queries import VolunteerRow


def site_columns(shifts: Sequence[OpenShift], seats: Sequence[Seats], asked: Asked) -> Sites:
    """Shifts with their seats; a slot is a pair of start and end that at least one shift has."""
    times = np.array(
        [(int(each.starts_at.timestamp()), int(each.ends_at.timestamp())) for each in shifts], np.int64
    ).reshape(-1, 2)
    slots, slot = np.unique(times, axis=0, return_inverse=True)
    segments = [each for place in seats for each in place]
    return Sites(
        latitude=np.array([each.latitude for each in shifts], np.float64),
        longitude=np.array([each.longitude for each in shifts], np.float64),
        segment_start=np.cumsum([0, *(len(place) for place in seats)]).astype(np.int64),
        segment_size=np.array([count for count, _value in segments], np.int32),
        segment_worth=np.array([value for _count, value in segments], np.float64),
        slot=slot.reshape(-1).astype(np.int64),
        slot_times=slots,
        requires=_classes((*each.skills, *names) for each, names in zip(shifts, asked.required, strict=True)),
        languages=_classes(each.languages for each in shifts),
    )


def people_columns(
    rows: Sequence[VolunteerRow], busy: Mapping[int, Sequence[Span]], taken: Mapping[int, int], slots: Longs,
    saying: Saying, *, from_at: datetime, until_at: datetime,
) -> People:  # fmt: skip
    """Volunteers between two instants. busy: by person id, epoch seconds; taken: shifts they have already."""
    wanted = [max(row.shifts_wanted - taken.get(row.id, 0), 0) for row in rows]
    return People(
        latitude=np.array([row.latitude for row in rows], np.float64),
        longitude=np.array([row.longitude for row in rows], np.float64),
        reach_km=np.array([row.max_travel_km for row in rows], np.float64),
        weight=np.array([row.show_chance for row in rows], np.float64),
        wanted=np.array(wanted, np.int32),
        skills=_classes(skills_of(rows, saying)),
        languages=_classes(row.languages for row in rows),
        free=_free(rows, busy, slots, from_at, until_at),
    )


def _classes(rows: Iterable[Sequence[str]]) -> Classes:
    """Class of each row, and what each class holds."""
    numbers: dict[frozenset[str], int] = {frozenset(): 0}
    row = [numbers.setdefault(frozenset(names), len(numbers)) for names in rows]
    return np.array(row, np.int64), list(numbers)


def _free(
    rows: Sequence[VolunteerRow], busy: Mapping[int, Sequence[Span]], slots: Longs,
    from_at: datetime, until_at: datetime,
) -> tuple[Longs, Bools]:  # fmt: skip
    """Class of each volunteer, and for each class the slots in which they are free."""
    patterns = [np.ones(len(slots), dtype=bool)]
    numbers: dict[bytes, int] = {patterns[0].tobytes(): 0}
    classes: list[int] = []
    known: dict[object, int] = {}
    for row in rows:
        going = tuple(busy.get(row.id, ()))
        key = (row.windows, row.time_zone, going) if row.windows else going
        number = known.get(key)
        if number is None:
            free = ~overlaps(slots, going)
            if row.windows:
                free &= lies_within(slots, offered(row.windows, row.time_zone, from_at, until_at))
            number = known[key] = numbers.setdefault(free.tobytes(), len(numbers))
            if number == len(patterns):
                patterns.append(free)
        classes.append(number)
    return np.array(classes, np.int64), np.array(patterns)
