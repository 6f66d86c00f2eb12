"""Walk lists: the doors of a turf in walking order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select

from volunteer_hub.core.db import db
from volunteer_hub.districts.models import Door
from volunteer_hub.turf.models import Turf, TurfDoor


@dataclass(frozen=True, slots=True)
class WalkDoor:
    """A door of a walk list. `result`: of the last standing report in this turf."""

    id: int
    position: int
    number: str
    street: str
    unit: str
    city: str
    building_key: str
    latitude: float
    longitude: float
    result: str | None
    visited_at: datetime | None
    is_do_not_walk: bool

    @property
    def address(self) -> str:
        """As one line: 12 Main St, Apt 3."""
        return f"{self.number} {self.street}" + (f", {self.unit}" if self.unit else "")


def walk_list(turf_id: int) -> list[WalkDoor]:
    """The doors of a turf in walking order, without those that were given back. One statement."""
    rows = db.session.execute(
        select(
            Door.id,
            TurfDoor.position,
            Door.number,
            Door.street,
            Door.unit,
            Door.city,
            Door.building_key,
            Door.latitude,
            Door.longitude,
            TurfDoor.result,
            TurfDoor.visited_at,
            Door.is_do_not_walk,
        )
        .join(Door, Door.id == TurfDoor.door_id)
        .where(TurfDoor.turf_id == turf_id, TurfDoor.given_back_at.is_(None))
        .order_by(TurfDoor.position)
    )
    return [WalkDoor(**row._mapping) for row in rows]


def line_of(turf_id: int) -> BaseGeometry | None:
    """The walk of a turf as a line in degrees, if it is kept. One statement."""
    kept = db.session.scalar(select(Turf.line).where(Turf.id == turf_id))
    return None if kept is None else shapely.from_wkb(kept)


def places_of_turf_doors(turf_id: int, door_ids: Iterable[int]) -> dict[int, tuple[int, int | None]]:
    """Of these doors, the ones of this turf: door id to (district id, precinct id). One statement.

    Doors that were given back count, too: the phone may have been there before it learnt of that.
    """
    rows = db.session.execute(
        select(Door.id, Door.district_id, Door.precinct_id)
        .join(TurfDoor, TurfDoor.door_id == Door.id)
        .where(TurfDoor.turf_id == turf_id, Door.id.in_(list(door_ids)))
    )
    return {row.id: (row.district_id, row.precinct_id) for row in rows}
