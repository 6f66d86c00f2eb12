"""Walks whose ways are not straight, of any number of stops: a rough order put right in stretches."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from geodata.routing.matrix import open_walk_by
from geodata.routing.neighbours import Floats, Longs
from geodata.routing.walk import open_walk, tour

WHOLE = 1_000
STRETCH = 400
KICKS_PER_STOP = 10.0
TRIES = 5

Legs = Callable[[Longs, Longs], Floats]


def measured_walk(
    xy_m: Any,
    legs: Legs,
    *,
    closed: bool = False,
    start: int | None = None,
    seed: int = 0,
    time_limit_s: float = 10.0,
) -> Longs:
    """(n,) rows in a short order by `legs`; `start` first where given.

    xy_m   (n, 2) metres, where the stops are: for the rough order of more than WHOLE stops
    legs   of rows a (k,) and rows b (k,) the metres (k,), the same in both directions
    closed  the way back to the first row counts too

    Up to WHOLE stops all ways are asked for, and the best of TRIES searches counts, or of one where there is
    no more time. Beyond, a straight-line order is taken apart into stretches of STRETCH stops that overlap by
    half, each put in its best order between its ends, twice over or until the time is up. Never longer by
    `legs` than the straight-line order.
    """
    until = time.perf_counter() + time_limit_s
    xy = np.asarray(xy_m, dtype=np.float64).reshape(-1, 2)
    n = len(xy)
    if n <= WHOLE:
        return _whole(n, legs, closed, start, seed, until)
    search = tour(xy, seed=seed, time_limit_s=time_limit_s / 2) if closed else open_walk(
        xy, start=start, seed=seed, time_limit_s=time_limit_s / 2
    )  # fmt: skip
    order = search.order
    if closed and start is not None:
        order = np.roll(order, -int(np.flatnonzero(order == start)[0]))
    for turn in range(2):
        order = _stretches(order, legs, closed, start, seed + turn, until)
    return order


def _whole(n: int, legs: Legs, closed: bool, start: int | None, seed: int, until: float) -> Longs:
    if n < 2:
        return np.arange(n, dtype=np.int64)
    if not closed:
        return _best_of(_table(np.arange(n), legs), start, None, seed, until)
    first = start if start is not None else 0
    there_and_back = np.append(np.arange(n), first)
    return _best_of(_table(there_and_back, legs), first, n, seed, until)[:-1]


def _best_of(table: Floats, start: int | None, end: int | None, seed: int, until: float) -> Longs:
    """The shortest of TRIES searches, or of as many as there is time for: one at least."""
    best, least = np.arange(len(table)), np.inf
    for turn in range(TRIES):
        order = open_walk_by(table, start=start, end=end, seed=seed + turn, kicks_per_stop=KICKS_PER_STOP)
        length = float(table[order[:-1], order[1:]].sum())
        if length < least:
            best, least = order, length
        if time.perf_counter() >= until:
            break
    return best


def _stretches(order: Longs, legs: Legs, closed: bool, start: int | None, seed: int, until: float) -> Longs:
    """Every stretch in turn, the second half of each the first half of the next; a loose end stays loose."""
    n = len(order)
    path = np.append(order, order[0]) if closed else order.copy()
    for low in range(0, len(path) - 1, STRETCH // 2):
        if time.perf_counter() >= until:
            break
        rows = path[low : low + STRETCH]
        first = 0 if low > 0 or closed or start is not None else None
        last = len(rows) - 1 if low + STRETCH < len(path) or closed else None
        table = _table(rows, legs)
        better = open_walk_by(table, start=first, end=last, seed=seed, kicks_per_stop=KICKS_PER_STOP)
        if table[better[:-1], better[1:]].sum() < np.diagonal(table, 1).sum():
            path[low : low + STRETCH] = rows[better]
    return path[:n]


def _table(rows: Longs, legs: Legs) -> Floats:
    k = len(rows)
    high, low = np.triu_indices(k, 1)
    table = np.zeros((k, k))
    table[high, low] = legs(rows[high], rows[low])
    return table + table.T
