"""Doors gathered into stops: a building is one stop unless it is itself larger than a turf."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from geodata.routing.neighbours import Floats, Longs

_PARTS = re.compile(r"\d+|[^\W\d_]+")


@dataclass(frozen=True, slots=True, eq=False)
class Stops:
    """xy_m (s, 2) middle of each stop; minutes (s,) of knocking and of walking inside; part (s,) the group
    it may share a turf with; doors: rows of each stop in walking order.
    """

    xy_m: Floats
    minutes: Floats
    part: Longs
    doors: tuple[Longs, ...]


def natural(text: Any) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts as people count: 9 before 10, 2A before 2B, nothing before something."""
    if text is None or text != text:  # None or NaN
        return ()
    words = _PARTS.findall(str(text).casefold())
    return tuple((0, int(w), "") if w.isdecimal() else (1, 0, w) for w in words)


def door_order(
    count: int, street: Sequence[Any] | None, number: Sequence[Any] | None, unit: Sequence[Any] | None
) -> Longs:
    """Rank of each door by street, house number and unit, as people count; by row where these say nothing."""
    if street is None and number is None and unit is None:
        return np.arange(count, dtype=np.int64)
    columns = [[natural(v) for v in c] if c is not None else [()] * count for c in (street, number, unit)]
    rows = sorted(range(count), key=lambda row: (columns[0][row], columns[1][row], columns[2][row], row))
    rank = np.empty(count, np.int64)
    rank[rows] = np.arange(count)
    return rank


def gather(
    xy_m: Floats,
    rank: Longs,
    building: Longs,
    part: Longs,
    *,
    minutes_per_door: float,
    minutes_per_turf: float,
    speed_m_per_min: float,
) -> Stops:
    """Stops by building within a part; one whose minutes exceed a turf's becomes several of even size.

    Minutes inside a stop count the way from its middle through its doors and back, so that the walk over the
    doors is never longer than the walk over the middles plus these.
    """
    order = np.lexsort((rank, building, part))
    edge = np.flatnonzero((np.diff(building[order]) != 0) | (np.diff(part[order]) != 0)) + 1
    pieces: list[Longs] = []
    ends = [*edge.tolist(), len(order)]
    for first, last in zip([0, *edge.tolist()], ends, strict=True) if len(order) else ():
        rows = order[first:last]
        pieces += _pieces(xy_m, rows, minutes_per_door, minutes_per_turf, speed_m_per_min)
    pieces.sort(key=lambda rows: int(rank[rows[0]]) if len(rows) == 1 else int(rank[rows].min()))
    middles = [xy_m[rows[0]] if len(rows) == 1 else xy_m[rows].mean(axis=0) for rows in pieces]
    minutes = [_minutes(xy_m, rows, minutes_per_door, speed_m_per_min) for rows in pieces]
    return Stops(
        np.array(middles, dtype=np.float64).reshape(-1, 2),
        np.array(minutes, dtype=np.float64),
        np.array([part[rows[0]] for rows in pieces], dtype=np.int64),
        tuple(pieces),
    )


def _minutes(xy_m: Floats, rows: Longs, minutes_per_door: float, speed: float) -> float:
    if len(rows) == 1:
        return minutes_per_door
    points = xy_m[rows]
    middle = points.mean(axis=0)[None]
    way = np.vstack([middle, points, middle])
    return len(rows) * minutes_per_door + float(np.hypot(*np.diff(way, axis=0).T).sum()) / speed


def _pieces(xy_m: Floats, rows: Longs, minutes_per_door: float, limit: float, speed: float) -> list[Longs]:
    if len(rows) == 1:
        return [rows]
    count = max(1, int(np.ceil(_minutes(xy_m, rows, minutes_per_door, speed) / limit - 1e-9)))
    while count < len(rows):
        pieces = np.array_split(rows, count)
        if all(_minutes(xy_m, piece, minutes_per_door, speed) <= limit for piece in pieces):
            return pieces
        count += 1
    return np.array_split(rows, len(rows)) if count > 1 else [rows]
