"""Round tours and open walks through points in metres."""

from __future__ import annotations

import functools
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from geodata.routing.curve import along_the_curve
from geodata.routing.fragments import greedy_order
from geodata.routing.matrix import best_order
from geodata.routing.neighbours import Floats, Longs, neighbours_around
from geodata.routing.search import Cycle, shorten

NEIGHBOURS = 10
EXTENT = 1e5
EXACT_POINTS = 8
ENDING = 2.0  # the answer takes so many times as long as sorting the points before


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """order: (n,) rows in the order to visit; metres of straight lines between them (and back, when closed);
    seconds of search; stopped: "done" or "time limit".
    """

    order: Longs
    metres: float
    closed: bool
    seconds: float
    stopped: str


def tour(
    xy_m: Any,
    *,
    seed: int = 0,
    seconds: float | None = None,
    time_limit_s: float = 10.0,
    kicks_per_point: float = 3.0,
) -> Walk:
    """A short round tour through all points: the shortest edges first, chains of exchanges, then local kicks.

    xy_m             (n, 2) metres in a local CRS (never degrees)
    seconds          use all this time, for kicks without end; the first descent always runs to its end
    kicks_per_point  without `seconds`: more is shorter and slower; on uniform points 0 is about 4.5 % above
                     the best, 1 about 1.5 %, 4 under 1 % (figures in docs/decisions/0014-tours.md)
    time_limit_s     ends these kicks

    The same points and seed give the same order on any number of cores unless time ended the search; up to
    eight points have their shortest. Lin & Kernighan 1973; Johnson & McGeoch 1997; Applegate, Cook & Rohe
    2003. Raises ValueError for a wrong shape and for coordinates that are not numbers.
    """
    return _search(xy_m, True, None, seed, seconds, time_limit_s, kicks_per_point)


def open_walk(
    xy_m: Any,
    *,
    start: int | None = None,
    seed: int = 0,
    seconds: float | None = None,
    time_limit_s: float = 10.0,
    kicks_per_point: float = 3.0,
) -> Walk:
    """A short walk through all points that need not return; from row `start` if given, else from where is
    best.

    Everything else as in `tour`. Raises ValueError when `start` is no row.
    """
    return _search(xy_m, False, start, seed, seconds, time_limit_s, kicks_per_point)


def length_m(xy_m: Any, order: Any, *, closed: bool = False) -> float:
    """Metres of straight lines along `order`, and back to its first point when closed."""
    path = _points(xy_m)[np.asarray(order, dtype=np.int64)]
    if closed and len(path):
        path = np.vstack([path, path[:1]])
    return float(np.hypot(*np.diff(path, axis=0).T).sum()) if len(path) > 1 else 0.0


def _points(xy_m: Any) -> Floats:
    xy = np.asarray(xy_m, dtype=np.float64)
    if xy.size == 0:
        return np.empty((0, 2))
    if xy.ndim != 2 or xy.shape[1] != 2:
        raise ValueError(f"points need two columns, x and y in metres; got an array of shape {xy.shape}")
    if not np.isfinite(xy).all():
        raise ValueError(
            f"point {int(np.argmin(np.isfinite(xy).all(axis=1)))} has a coordinate that is not a number"
        )
    return np.ascontiguousarray(xy)


def _search(
    xy_m: Any, closed: bool, start: int | None, seed: int, seconds: float | None, time_limit_s: float,
    kicks_per_point: float,
) -> Walk:  # fmt: skip
    _compile()
    begun = time.perf_counter()
    xy = _points(xy_m)
    if start is not None and not 0 <= start < len(xy):
        raise ValueError(f"start must be a row from 0 to {len(xy) - 1}, got {start}")
    spots, which = _distinct(xy)
    first = int(which[start]) if start is not None else -1
    limit_s, kicks = (time_limit_s, float(kicks_per_point)) if seconds is None else (seconds, np.inf)
    until = begun + limit_s - min(ENDING * (time.perf_counter() - begun), limit_s / 10)
    order, stopped = _order(spots, closed, first, seed, until, kicks)
    rows = _rows_of(order, which, start)
    return Walk(rows, length_m(xy, rows, closed=closed), closed, time.perf_counter() - begun, stopped)


@functools.cache
def _compile() -> None:
    """Compile (or load) the kernels on a few points, so that no time limit is spent on it."""
    for points in (5, 12):
        spots, _ = _distinct(np.random.default_rng(0).random((points, 2)))
        _order(spots, False, -1, 0, np.inf, 1.0)


def _distinct(xy: Floats) -> tuple[Floats, Longs]:
    """Distinct points, scaled to EXTENT so that the kernels' tolerances fit, and for each row which of them
    it is."""
    if not len(xy):
        return xy, np.empty(0, np.int64)
    found, which = np.unique(xy.view(np.complex128).reshape(-1), return_inverse=True)
    spots = found.view(np.float64).reshape(-1, 2)
    spots = spots - spots.min(axis=0)
    return spots * (EXTENT / max(float(spots.max()), 1e-300)), which.reshape(-1).astype(np.int64)


def _rows_of(order: Longs, which: Longs, start: int | None) -> Longs:
    """Rows of all points in the order of their spots; at one spot by row, but the start before the others."""
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    rows = np.argsort(place[which], kind="stable")
    if start is not None:
        at = int(np.flatnonzero(rows == start)[0])
        rows[1 : at + 1], rows[0] = rows[:at].copy(), start
    return rows


def _order(
    xy: Floats, closed: bool, first: int, seed: int, deadline: float, kicks_per_point: float
) -> tuple[Longs, str]:
    """Search over distinct points, from `first` where that is a row."""
    if len(xy) <= EXACT_POINTS:
        return _exact(xy, closed, first), "done"
    # numbered along the curve, so that near points are near in memory too
    curve = along_the_curve(xy)
    xy = np.ascontiguousarray(xy[curve])
    at = int(np.flatnonzero(curve == first)[0]) if first >= 0 else -1
    cycle = _cycle(xy, closed, at)
    stopped = shorten(cycle, seed=seed, deadline=deadline, kicks_per_node=kicks_per_point)
    if closed:
        order = curve[cycle.order]
        return np.roll(order, -int(np.argmin(order))), stopped
    path = np.roll(cycle.order, -int(cycle.pos[len(xy)]))[1:]  # the gate is cut out again
    return curve[path[::-1] if at >= 0 and path[0] != at else path], stopped


def _exact(xy: Floats, closed: bool, first: int) -> Longs:
    n = len(xy)
    state = np.ones(1, np.uint64)
    if closed and n:
        xy = np.vstack([xy, xy[:1]])  # there and back again
    far_m = np.hypot(xy[:, None, 0] - xy[None, :, 0], xy[:, None, 1] - xy[None, :, 1])
    order: Longs = (
        best_order(far_m, 0, n, 0, state) if closed and n else best_order(far_m, first, -1, 0, state)
    )
    return order[:n]


def _cycle(xy: Floats, closed: bool, first: int) -> Cycle:
    """A first order of the points (numbered along the curve). An open walk is a cycle through one more node,
    the gate, that is 0 m from every point; a fixed first point stays beside it.
    """
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        near, near_m = neighbours_around(xy, NEIGHBOURS, pool)
    place = xy.view(np.complex128).reshape(-1)
    order = greedy_order(place, near, near_m)
    if not closed:
        gate = len(xy)
        if first >= 0:
            order = np.roll(order, -int(np.flatnonzero(order == first)[0]))
        order = np.append(order, np.int32(gate))
        place = np.append(place, complex(np.nan, np.nan))
        near = np.vstack([near, np.zeros((1, NEIGHBOURS), np.int32)])
        near_m = np.vstack([near_m, np.full((1, NEIGHBOURS), np.inf)])
    pos = np.empty(len(order), np.int32)
    pos[order] = np.arange(len(order), dtype=np.int32)
    fixed = np.array([len(xy), first] if first >= 0 else [-1, -1])
    return Cycle(place, order, pos, near, near_m, fixed)
