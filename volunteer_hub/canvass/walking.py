"""What the phone shows: the walk list as plain data, the same for the page and for its script."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from volunteer_hub.canvass import walk_queries
from volunteer_hub.canvass.walk_queries import Resident
from volunteer_hub.turf import queries as turf
from volunteer_hub.turf.drawing import Drawing, drawing_of
from volunteer_hub.turf.queries import LeaseCard, WalkDoor

AGE_BANDS = ((18, 24), (25, 34), (35, 49), (50, 64), (65, None))
MAP_WIDTH, MAP_HEIGHT = 800, 860
MOST_PEOPLE = 12
LEAST_RUN = 3
"""Houses on one side before the list crosses over; below this on average a street is walked on both sides."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A person behind a door: a given name with an age band, and no more, as "Maria, 35–49"."""

    id: int
    text: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A door of the walk as the phone shows it. x, y: its place in the drawing, in the drawing's units."""

    id: int
    position: int
    address: str
    unit: str
    house: str
    building: int
    result: str | None
    people: tuple[Neighbour, ...]
    street: str
    number: str
    is_do_not_knock: bool
    x: float
    y: float

    @property
    def side(self) -> str:
        """The side of the street: even or odd; empty where the number does not tell."""
        return side_of(self.number)

    @property
    def is_left(self) -> bool:
        """Does it want a knock?"""
        return self.result is None and not self.is_do_not_knock

    def as_dict(self) -> dict[str, Any]:
        """For the page's script."""
        return {
            "id": self.id,
            "position": self.position,
            "address": self.address,
            "unit": self.unit,
            "house": self.house,
            "building": self.building,
            "result": self.result,
            "people": [{"id": each.id, "text": each.text} for each in self.people],
            "street": self.street,
            "skip": self.is_do_not_knock,
            "x": self.x,
            "y": self.y,
        }


@dataclass(frozen=True, slots=True)
class Stretch:
    """Buildings of one street, one after the other. side: even, odd, both, or empty where it is not known."""

    street: str
    side: str
    buildings: tuple[tuple[Stop, ...], ...]

    @property
    def stops(self) -> list[Stop]:
        return [stop for building in self.buildings for stop in building]

    @property
    def left(self) -> int:
        """How many doors want a knock."""
        return sum(stop.is_left for stop in self.stops)


@dataclass(frozen=True, slots=True)
class Walk:
    """A lease with its stops in walking order."""

    lease: LeaseCard
    stops: tuple[Stop, ...]
    drawing: Drawing

    @property
    def visited(self) -> int:
        return sum(stop.result is not None for stop in self.stops)

    @property
    def to_visit(self) -> int:
        """Doors with a result and doors that want one: all but those where nobody may knock."""
        return sum(stop.result is not None or stop.is_left for stop in self.stops)

    def stop(self, door_id: int | None) -> Stop | None:
        """The stop of this door if it is on the list."""
        return next((stop for stop in self.stops if stop.id == door_id), None)

    def next_after(self, position: int = 0) -> Stop | None:
        """The next door that wants a knock, going round once; None when all are visited."""
        left = [stop for stop in self.stops if stop.is_left]
        return next((stop for stop in left if stop.position > position), left[0] if left else None)

    def beside(self, stop: Stop, step: int) -> Stop | None:
        """The first door of the next building (step 1) or of the one before (-1), whatever its result."""
        ways = [each for each in self.stops if not each.is_do_not_knock or each.id == stop.id]
        heads = [next(group) for _key, group in itertools.groupby(ways, lambda each: each.building)]
        at = next((row for row, each in enumerate(heads) if each.building == stop.building), None)
        if at is None or not 0 <= at + step < len(heads):
            return None
        return heads[at + step]

    def next_street(self, stop: Stop) -> tuple[str, int] | None:
        """The street that comes after this stop's, and how many doors are left before it; None at the end."""
        before = 0
        for each in self.stops:
            if each.position <= stop.position or not each.is_left:
                continue
            if each.street != stop.street:
                return each.street, before
            before += 1
        return None

    def of_building(self, stop: Stop) -> list[Stop]:
        """All doors of the same building, in walking order."""
        return [each for each in self.stops if each.building == stop.building]

    def stretches(self) -> list[Stretch]:
        """The walk by street and side, in walking order; what is walked zigzag stays together."""
        found: list[Stretch] = []
        for street, group in itertools.groupby(_buildings(self.stops), lambda each: each[0].street):
            buildings = list(group)
            found += [Stretch(street, side, tuple(each)) for side, each in _by_side(buildings)]
        return found


def walk_of(lease: LeaseCard, now: datetime) -> Walk:
    """The walk of a lease. Three statements."""
    doors = turf.walk_list(lease.turf_id)
    residents = walk_queries.residents_of([door.id for door in doors if not door.is_do_not_walk])
    drawing = drawing_of(doors, turf.line_of(lease.turf_id), width=MAP_WIDTH, height=MAP_HEIGHT)
    buildings: dict[str, int] = {}
    stops = [
        _stop(door, residents.get(door.id, ()), place, now.year, buildings)
        for door, place in zip(doors, drawing.places, strict=True)
    ]
    return Walk(lease, tuple(stops), drawing)


def _stop(
    door: WalkDoor,
    residents: Sequence[Resident],
    place: tuple[float, float],
    year: int,
    buildings: dict[str, int],
) -> Stop:
    return Stop(
        door.id,
        door.position,
        door.address,
        door.unit,
        f"{door.number} {door.street}",
        buildings.setdefault(door.building_key, len(buildings)),
        door.result,
        people_of(residents, year),
        door.street,
        door.number,
        door.is_do_not_walk,
        *place,
    )


def people_of(residents: Sequence[Resident], year: int) -> tuple[Neighbour, ...]:
    """The people behind a door as a canvasser sees them; who has neither name nor age is left out."""
    shown = (
        Neighbour(
            each.id, ", ".join(filter(None, (_given(each.given_name), age_band(each.birth_year, year))))
        )
        for each in residents[:MOST_PEOPLE]
    )
    return tuple(each for each in shown if each.text)


def _given(name: str) -> str:
    return name.strip()[:40].title()


def age_band(born: int | None, year: int) -> str:
    """A band of ages, so that the page tells no more than a canvasser needs."""
    if born is None or not 18 <= year - born <= 120:
        return ""
    age = year - born
    low, high = next((low, high) for low, high in reversed(AGE_BANDS) if age >= low)
    return f"{low}–{high}" if high else f"{low}+"


def side_of(number: str) -> str:
    """The side of the street that a house number tells: of 12, 12A, 12 1/2 and 10-12 the even one."""
    digits = re.findall(r"\d+", number.split(" ")[0])
    if not digits:
        return ""
    return "odd" if int(digits[-1]) % 2 else "even"


def _buildings(stops: Iterable[Stop]) -> Iterator[tuple[Stop, ...]]:
    """Stops one after the other in the same building belong together."""
    for _key, group in itertools.groupby(stops, lambda stop: stop.building):
        yield tuple(group)


def _by_side(buildings: list[tuple[Stop, ...]]) -> list[tuple[str, list[tuple[Stop, ...]]]]:
    """Buildings of a street in runs along one side; one group when the walk keeps crossing over."""
    runs = [(side, list(group)) for side, group in itertools.groupby(buildings, lambda each: each[0].side)]
    if len(runs) > 2 and len(buildings) < LEAST_RUN * len(runs):
        return [("both", buildings)]
    return runs
