"""Several turfs side by side for one person: chosen one after the other, as one would walk on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import cos, hypot, radians

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select

from volunteer_hub.core.db import db
from volunteer_hub.turf.models import Lease, Turf
from volunteer_hub.turf.services.leases import HandedOut, hand_out

MOST_AT_ONCE = 5
BESIDE_M = 80.0
"""Outlines no farther apart than a street with its front yards lie side by side."""
AROUND = 0.02  # degrees, about two kilometres
METRES_A_DEGREE = 111_320.0


@dataclass(frozen=True, slots=True)
class Piece:
    """An open turf on a plane in metres: its outline, and where its walk starts and ends."""

    turf_id: int
    outline: BaseGeometry | None
    start: tuple[float, float]
    end: tuple[float, float]


def hand_out_several(
    campaign_id: int,
    turf_id: int,
    count: int,
    person_id: int,
    *,
    by: int | None,
    now: datetime,
    shift_id: int | None = None,
    until: datetime | None = None,
) -> list[HandedOut]:
    """Hand out a turf and up to count - 1 open ones beside it, in the order to walk them.

    Fewer come when fewer lie side by side: nobody is sent across town. Raises as hand_out for the first.
    """
    first = hand_out(campaign_id, turf_id, person_id, by=by, now=now, shift_id=shift_id, until=until)
    return [first, *hand_out_beside(first, count, by=by, now=now)]


def hand_out_beside(first: HandedOut, count: int, *, by: int | None, now: datetime) -> list[HandedOut]:
    """Up to count - 1 open turfs beside one that was just handed out, on the same terms."""
    lease = db.session.get_one(Lease, first.lease_id)
    return [
        hand_out(
            lease.campaign_id, each, lease.person_id, by=by, now=now, shift_id=lease.shift_id,
            until=lease.expires_at,
        )
        for each in _beside(first.turf_id, min(count, MOST_AT_ONCE))
    ]  # fmt: skip


def _beside(turf_id: int, count: int) -> list[int]:
    """Ids of open turfs to walk after this one, locked; those that others are taking are passed over."""
    first = db.session.get_one(Turf, turf_id)
    rows = db.session.scalars(
        select(Turf)
        .where(
            Turf.district_id == first.district_id,
            Turf.state == "open",
            Turf.start_latitude.between(first.start_latitude - AROUND, first.start_latitude + AROUND),
            Turf.start_longitude.between(first.start_longitude - AROUND, first.start_longitude + AROUND),
        )
        .order_by(Turf.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    origin = (first.start_longitude, first.start_latitude)
    return walk_on(_piece(first, origin), [_piece(row, origin) for row in rows], count - 1)


def walk_on(first: Piece, open_pieces: Sequence[Piece], count: int) -> list[int]:
    """Up to `count` pieces that each lie beside what is taken already, always the one whose start is nearest
    to where the last walk ended. Their turf ids, in that order.
    """
    taken, left = [first], list(open_pieces)
    while len(taken) <= count:
        near = [each for each in left if any(_gap_m(each, other) <= BESIDE_M for other in taken)]
        if not near:
            break
        x, y = taken[-1].end
        best = min(near, key=lambda each: (hypot(each.start[0] - x, each.start[1] - y), each.turf_id))
        taken.append(best)
        left.remove(best)
    return [each.turf_id for each in taken[1:]]


def _gap_m(one: Piece, other: Piece) -> float:
    if one.outline is None or other.outline is None:
        return hypot(one.start[0] - other.start[0], one.start[1] - other.start[1])
    return float(one.outline.distance(other.outline))


def _piece(turf: Turf, origin: tuple[float, float]) -> Piece:
    """On a plane that is true to a few metres within the two kilometres we look at."""
    scale = np.array([METRES_A_DEGREE * cos(radians(origin[1])), METRES_A_DEGREE])

    def flat(points: np.ndarray) -> np.ndarray:
        return (points - np.array(origin)) * scale

    shape, line = turf.geometry, None if turf.line is None else shapely.from_wkb(turf.line)
    start = np.array([[turf.start_longitude, turf.start_latitude]])
    end = start if line is None else shapely.get_coordinates(line)[-1:]
    (x, y), (end_x, end_y) = flat(start)[0], flat(end)[0]
    outline = None if shape is None else shapely.transform(shape, flat)
    return Piece(turf.id, outline, (float(x), float(y)), (float(end_x), float(end_y)))
