"""Why here, why not there: one volunteer against every shift of a plan, at the plan's own prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import numpy as np

from geodata.matching.reach.pairs import km_of, worth
from geodata.matching.reach.problem import Classes
from volunteer_hub.events.queries import OpenShift
from volunteer_hub.matching.free_time import lies_within, offered, overlaps
from volunteer_hub.matching.problem import LONGEST_SHIFT, Read
from volunteer_hub.matching.said import unsaid

Code = Literal[
    "here", "too_far", "not_free", "busy", "skill", "said", "language", "never", "not_worth", "full",
    "price", "possible",
]  # fmt: skip
SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Option:
    """A shift as it is for one volunteer.

    value: what they would be worth there (None where a limit forbids it); price: what one more place there
    is worth to others; gain: value less price; code: what keeps them from it; is_hard: it is a limit,
    so that only a person can decide otherwise.
    """

    shift: OpenShift
    km: float
    value: float | None
    price: float
    code: Code
    missing: tuple[str, ...] = ()

    @property
    def gain(self) -> float:
        return self.value - self.price if self.value is not None else float("-inf")

    @property
    def is_hard(self) -> bool:
        return self.value is None


def options(
    read: Read,
    prices: Mapping[str, Mapping[str, Any]],
    *,
    from_at: datetime,
    until_at: datetime,
    here: set[int],
    fixed: Mapping[int, int],
) -> list[Option]:
    """Every shift of the plan for its one volunteer, the best first.

    read: for one person with one place more than are open; prices: of the run; here: the ids of shifts they
    are sent to; fixed: by shift id the places that others are fixed at by hand.
    """
    view = _View(read, from_at, until_at)
    found = [view.option(row, prices, here, fixed) for row in range(len(read.shifts))]
    return sorted(
        found,
        key=lambda each: (
            each.code != "here", each.code == "full", -each.gain, each.km, each.shift.starts_at
        ),
    )  # fmt: skip


class _View:
    def __init__(self, read: Read, from_at: datetime, until_at: datetime) -> None:
        self.problem, self.shifts, self.person = read.planned.problem, read.shifts, read.volunteers[0]
        slots = self.problem.sites.slot_times
        end = until_at + LONGEST_SHIFT
        spans = offered(self.person.windows, self.person.time_zone, from_at, end)
        self.is_offered = (
            lies_within(slots, spans) if self.person.windows else np.ones(len(slots), dtype=bool)
        )
        self.is_busy = overlaps(slots, read.busy.get(self.person.id, ()))
        rows = np.arange(len(self.shifts))
        nobody = np.zeros(len(rows), np.int64)
        self.km = km_of(self.problem, nobody, rows)
        self.value = worth(self.problem, nobody, rows, nobody)
        self.has = _held(self.problem.people.skills, 0)
        self.never = set(self.problem.never[:, 1].tolist())

    def required(self, row: int) -> frozenset[str]:
        """The skills a shift asks for, and what it asks people to say."""
        return _held(self.problem.sites.requires, row)

    def option(
        self, row: int, prices: Mapping[str, Mapping[str, Any]], here: set[int], fixed: Mapping[int, int]
    ) -> Option:
        shift, km, value = self.shifts[row], float(self.km[row]), float(self.value[row])
        price = float(prices.get(str(shift.id), {}).get("price", 0.0))
        if shift.id in here:
            return Option(shift, km, value, price, "here")
        code, missing = self._limit(row, shift, km)
        if code:
            return Option(shift, km, None, price, code, missing)
        if value <= SAME:
            return Option(shift, km, value, price, "not_worth")
        if shift.places_left - fixed.get(shift.id, 0) < 2:  # read with one place more than there are
            return Option(shift, km, value, price, "full")
        return Option(shift, km, value, price, "price" if price > SAME else "possible")

    def _limit(self, row: int, shift: OpenShift, km: float) -> tuple[Code | None, tuple[str, ...]]:
        person, slot = self.person, int(self.problem.sites.slot[row])
        if row in self.never:
            return "never", ()
        if km > person.max_travel_km:
            return "too_far", ()
        if not self.is_offered[slot]:
            return "not_free", ()
        if self.is_busy[slot]:
            return "busy", ()
        if lacking := set(shift.skills) - set(person.skills):
            return "skill", tuple(sorted(lacking))
        if missing := unsaid(self.required(row), self.has):
            return "said", missing
        if shift.languages and not set(shift.languages) & set(person.languages):
            return "language", tuple(shift.languages)
        return None, ()


def _held(classes: Classes, row: int) -> frozenset[str]:
    return classes[1][int(classes[0][row])]
