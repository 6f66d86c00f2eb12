"""Doors read for cutting."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from volunteer_hub.core.db import db
from volunteer_hub.districts.models import Door
from volunteer_hub.turf.models import DoorStanding
from volunteer_hub.turf.place import DoorToCut


def doors_where(*conditions: ColumnElement[bool]) -> list[DoorToCut]:
    """Doors that may be walked to and want a visit, by id."""
    rows = db.session.execute(
        _doors()
        .outerjoin(DoorStanding, DoorStanding.door_id == Door.id)
        .where(
            Door.is_do_not_walk.is_(False),
            func.coalesce(DoorStanding.is_finished, False).is_(False),
            *conditions,
        )
        .order_by(Door.id)
    )
    return [DoorToCut(*row) for row in rows]


def doors_as_they_are(door_ids: Iterable[int]) -> list[DoorToCut]:
    """These doors whether or not they want a visit, by id."""
    rows = db.session.execute(_doors().where(Door.id.in_(list(door_ids))).order_by(Door.id))
    return [DoorToCut(*row) for row in rows]


def _doors() -> Select[*tuple[Any, ...]]:
    return select(
        Door.id, Door.latitude, Door.longitude, Door.building_key, Door.street, Door.number, Door.unit
    )
