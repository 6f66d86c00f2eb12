"""What the phone shows: the walk list as plain data, the same for the page and for its script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from volunteer_hub.canvass import queries
from volunteer_hub.turf import queries as turf
from volunteer_hub.turf.drawing import Drawing, drawing_of
from volunteer_hub.turf.queries import LeaseCard

AGE_BANDS = ((18, 24), (25, 34), (35, 49), (50, 64), (65, None))
MAP_WIDTH, MAP_HEIGHT = 320, 240


@dataclass(frozen=True, slots=True)
class Stop:
    """A door of the walk as the phone shows it. x, y: its place in the drawing, in the drawing's units."""

    id: int
    position: int
    address: str
    unit: str
    house: str
    building: str
    result: str | None
    people: str
    street: str
    x: float
    y: float

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
            "people": self.people,
            "street": self.street,
            "x": self.x,
            "y": self.y,
        }


@dataclass(frozen=True, slots=True)
class Walk:
    """A lease with its stops in walking order."""

    lease: LeaseCard
    stops: tuple[Stop, ...]
    drawing: Drawing

    @property
    def visited(self) -> int:
        return sum(stop.result is not None for stop in self.stops)

    def stop(self, door_id: int | None) -> Stop | None:
        """The stop of this door if it is on the list."""
        return next((stop for stop in self.stops if stop.id == door_id), None)

    def next_after(self, position: int = 0) -> Stop | None:
        """The next door without a result, going round once; None when all are visited."""
        left = [stop for stop in self.stops if stop.result is None]
        return next((stop for stop in left if stop.position > position), left[0] if left else None)

    def next_street(self, stop: Stop) -> tuple[str, int] | None:
        """The street that comes after this stop's, and how many doors are left before it; None at the end."""
        before = 0
        for each in self.stops:
            if each.position <= stop.position or each.result is not None:
                continue
            if each.street != stop.street:
                return each.street, before
            before += 1
        return None

    def of_building(self, stop: Stop) -> list[Stop]:
        """All doors of the same building, in walking order."""
        return [each for each in self.stops if each.building == stop.building]

    def groups(self) -> list[list[Stop]]:
        """Stops one after the other in the same building belong together."""
        groups: list[list[Stop]] = []
        for stop in self.stops:
            if groups and groups[-1][0].building == stop.building:
                groups[-1].append(stop)
            else:
                groups.append([stop])
        return groups


def walk_of(lease: LeaseCard, now: datetime) -> Walk:
    """The walk of a lease. Three statements."""
    doors = turf.walk_list(lease.turf_id)
    voters = queries.voters_of([door.id for door in doors])
    drawing = drawing_of(doors, turf.line_of(lease.turf_id), width=MAP_WIDTH, height=MAP_HEIGHT)
    buildings = {key: str(number) for number, key in enumerate(dict.fromkeys(d.building_key for d in doors))}
    return Walk(
        lease,
        tuple(
            Stop(
                door.id,
                door.position,
                door.address,
                door.unit,
                f"{door.number} {door.street}",
                buildings[door.building_key],
                door.result,
                people_text(voters.get(door.id, []), now.year),
                door.street,
                *drawing.places[row],
            )
            for row, door in enumerate(doors)
            if not door.is_do_not_walk or door.result
        ),
        drawing,
    )


def people_text(voters: Sequence[tuple[str, int | None]], year: int) -> str:
    """Given names with an age band, and no more: "Maria, 35–49; John, 65+"."""
    return "; ".join(
        ", ".join(filter(None, (given.strip()[:40].title(), age_band(born, year))))
        for given, born in voters[:8]
    )


def age_band(born: int | None, year: int) -> str:
    """A band of ages, so that the page tells no more than a canvasser needs."""
    if born is None or not 18 <= year - born <= 120:
        return ""
    age = year - born
    low, high = next((low, high) for low, high in reversed(AGE_BANDS) if age >= low)
    return f"{low}–{high}" if high else f"{low}+"
