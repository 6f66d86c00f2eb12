"""Places of cuts that are being edited, kept in this process: no edit builds the network of streets anew.

A place holds all doors of a cut, or of a large one those around the edit. It is dropped when the cut is asked
for again, when streets were imported or taken away, when a door moved, and when other cuts are edited.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Any

import numpy as np
from flask import current_app
from sqlalchemy import func, select

from volunteer_hub.core.db import db
from volunteer_hub.districts.models import Door, Import
from volunteer_hub.districts.streets import streets_around
from volunteer_hub.turf.models import Cut, Turf, TurfDoor
from volunteer_hub.turf.place import DoorToCut, Place
from volunteer_hub.turf.services.doors import doors_where

MOST_CUTS = 6
MOST_DOORS = 5000  # with their streets some 20 MB


class Grounds:
    """The places last used, by cut, each with the stamp of what it was made from."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, tuple[Any, Place]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, cut_id: int, stamp: Any, doors: Sequence[DoorToCut]) -> Place | None:
        """The place of a cut, if it is still what the stamp says and holds these doors."""
        with self._lock:
            of, place = self._kept.get(cut_id, (None, None))
            if place is None or of != stamp or not place.holds(doors):
                return None
            self._kept.move_to_end(cut_id)
            return place

    def keep(self, cut_id: int, stamp: Any, place: Place) -> None:
        """Keep a place, and let go of the one that was used longest ago."""
        with self._lock:
            self._kept[cut_id] = (stamp, place)
            self._kept.move_to_end(cut_id)
            while len(self._kept) > MOST_CUTS:
                self._kept.popitem(last=False)


def place_of(cut: Cut, doors: Sequence[DoorToCut]) -> Place:
    """Where these doors of a cut are walked to: kept from the edit before, or made now."""
    grounds: Grounds = current_app.extensions.setdefault("turf_grounds", Grounds())
    stamp = (cut.created_at, *_streets_stamp(cut.campaign_id))
    place = grounds.get(cut.id, stamp, doors)
    if place is None:
        place = place_around(cut.campaign_id, _with_their_cut(cut, doors))
        grounds.keep(cut.id, stamp, place)
    return place


def place_around(campaign_id: int, doors: Sequence[DoorToCut]) -> Place:
    """These doors with the campaign's streets around them. One statement."""
    degrees = np.array([(door.longitude, door.latitude) for door in doors])
    return Place(doors, streets_around(campaign_id, degrees))


def _streets_stamp(campaign_id: int) -> tuple[Any, ...]:
    """Changes with every import of streets. One statement."""
    query = select(func.count(), func.max(Import.finished_at)).where(
        Import.campaign_id == campaign_id, Import.kind == "streets", Import.state == "done"
    )
    return tuple(db.session.execute(query).one())


def _with_their_cut(cut: Cut, doors: Sequence[DoorToCut]) -> list[DoorToCut]:
    """These doors and the others of their cut, the nearest where it is large; by id."""
    standing = (
        select(TurfDoor.door_id)
        .join(Turf, Turf.id == TurfDoor.turf_id)
        .where(Turf.cut_id == cut.id, TurfDoor.is_open)
    )
    others = set(doors_where(Door.id.in_(standing))) - set(doors)
    longitude = sum(door.longitude for door in doors) / len(doors)
    latitude = sum(door.latitude for door in doors) / len(doors)
    near = sorted(
        others,
        key=lambda door: (max(abs(door.longitude - longitude), abs(door.latitude - latitude)), door.id),
    )
    return sorted([*doors, *near[: max(0, MOST_DOORS - len(doors))]], key=lambda door: door.id)
