"""Why here, why not there: one volunteer against every shift of a plan, at the plan's own prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from geodata.crs import great_circle_km
from volunteer_hub.events.queries import OpenShift
from volunteer_hub.matching.free_time import offered
from volunteer_hub.matching.problem import LONGEST_SHIFT, Planned

Code = Literal[
    "here", "too_far", "not_free", "busy", "skill", "language", "never", "not_worth", "full", "price",
    "possible",
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
    planned: Planned,
    prices: Mapping[str, Mapping[str, Any]],
    *,
    from_at: datetime,
    until_at: datetime,
    here: set[int],
    left: Mapping[int, int],
) -> list[Option]:
    """Every shift of the plan for its one volunteer, the best first.

    planned: read for one person with one place more than are open; prices: of the run; here: the ids of
    shifts they are sent to; left: free places by shift id.
    """
    view = _View(planned, from_at, until_at)
    found = [view.option(row, prices, here, left) for row in range(len(planned.shifts))]
    return sorted(found, key=lambda each: (each.code != "here", -each.gain, each.km, each.shift.starts_at))


class _View:
    def __init__(self, planned: Planned, from_at: datetime, until_at: datetime) -> None:
        self.planned = planned
        self.person = planned.volunteers[0]
        end = until_at + LONGEST_SHIFT
        self.offered = offered(self.person.windows, self.person.time_zone, from_at, end)
        self.free = (planned.people.available or [None])[0]
        self.never = {int(place) for _volunteer, place in planned.arcs.problem.never}

    def option(
        self,
        row: int,
        prices: Mapping[str, Mapping[str, Any]],
        here: set[int],
        left: Mapping[int, int],
    ) -> Option:
        shift, person = self.planned.shifts[row], self.person
        km = float(great_circle_km(person.latitude, person.longitude, shift.latitude, shift.longitude))
        price = float(prices.get(str(shift.id), {}).get("price", 0.0))
        seats = self.planned.places.segments[row]
        value = (seats[0][1] if seats else 0.0) * person.show_chance - self.planned.km_cost * km
        if shift.id in here:
            return Option(shift, km, value, price, "here")
        code, missing = self._limit(row, shift, km)
        if code:
            return Option(shift, km, None, price, code, missing)
        if value <= SAME:
            return Option(shift, km, value, price, "not_worth")
        if left.get(shift.id, 0) < 1:
            return Option(shift, km, value, price, "full")
        return Option(shift, km, value, price, "price" if price > SAME else "possible")

    def _limit(self, row: int, shift: OpenShift, km: float) -> tuple[Code | None, tuple[str, ...]]:
        person = self.person
        if row in self.never:
            return "never", ()
        if km > person.max_travel_km:
            return "too_far", ()
        start, end = int(shift.starts_at.timestamp()), int(shift.ends_at.timestamp())
        if not _within(self.offered, start, end):
            return "not_free", ()
        if self.free is not None and not _within(self.free, start, end):
            return "busy", ()
        if lacking := set(shift.skills) - set(person.skills):
            return "skill", tuple(sorted(lacking))
        if shift.languages and not set(shift.languages) & set(person.languages):
            return "language", tuple(shift.languages)
        return None, ()


def _within(spans: Any, start: int, end: int) -> bool:
    """Does a shift lie in one span? Spans that touch are one."""
    begun = until = float("-inf")
    for span_start, span_end in sorted(spans):
        if span_start <= until:
            until = max(until, span_end)
        else:
            begun, until = span_start, span_end
        if begun <= start and end <= until:
            return True
    return False
