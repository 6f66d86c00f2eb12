"""Walks whose ways are not straight, of any number of stops: a rough order put right in stretches."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from geodata.routing.matrix import open_walk_by
from geodata.routing.neighbours import Floats, Longs
from geodata.routing.walk import open_walk, tour

WHOLE = 1_000
STRETCH, SHORTEST_STRETCH = 400, 40
KICKS_PER_STOP = 10.0
KICK_S = 3e-4  # of a search, before it is known how long one takes here
TRIES = 5
SAMPLE = 1_000  # ways asked for first, to know how long asking takes
ROUGH_SHARE = 0.2  # of the time, for the straight-line order
WHOLE_SHARE, TABLE_SHARE = 0.2, 0.5  # of it, for asking for all ways, and for those of stretches
FIRST_SHARE = 0.15  # of it, for the first search, which tells how long one takes

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

    Up to WHOLE stops all ways are asked for, and the best of up to TRIES searches counts. Beyond, or where
    there is no time to ask for so many, a straight-line order is taken apart into stretches of STRETCH stops
    (fewer in little time) that overlap by half, each put in a short order between its ends, twice over or
    until the time is up; never longer by `legs` than the straight-line order. Searches are as long as the
    time allows, so that it ends on time but for one table of ways and one descent.
    """
    xy = np.asarray(xy_m, dtype=np.float64).reshape(-1, 2)
    n = len(xy)
    if n < 2:
        return np.arange(n, dtype=np.int64)
    legs(np.zeros(1, np.int64), np.ones(1, np.int64))  # compiles it, which is no part of the search
    clock = _Clock(time.perf_counter() + time_limit_s, _seconds_of_a_way(n, legs, seed))
    if n <= WHOLE and clock.pair_s * n * n / 2 <= WHOLE_SHARE * time_limit_s:
        return _whole(n, legs, closed, start, seed, clock)
    rough_s = ROUGH_SHARE * time_limit_s
    search = tour(xy, seed=seed, time_limit_s=rough_s) if closed else open_walk(
        xy, start=start, seed=seed, time_limit_s=rough_s
    )  # fmt: skip
    order = search.order
    if closed and start is not None:
        order = np.roll(order, -int(np.flatnonzero(order == start)[0]))
    for turn in range(2):
        order = _stretches(order, legs, closed, start, seed + turn, clock)
    return order


@dataclass(slots=True)
class _Clock:
    """What fits into the time until `until`, by how long it took before: pair_s to ask for a way, kick_s for
    a kick of a search.
    """

    until: float
    pair_s: float
    kick_s: float = KICK_S

    @property
    def left_s(self) -> float:
        return self.until - time.perf_counter()

    def stretch(self, stops: int) -> int:
        """How many of so many stops to put in order at once."""
        size = TABLE_SHARE * max(0.0, self.left_s) / (stops * self.pair_s)
        return int(min(STRETCH, max(SHORTEST_STRETCH, size))) // 2 * 2

    def order(
        self, table: Floats, start: int | None, end: int | None, seed: int, share: float
    ) -> tuple[Longs, bool]:
        """A short order by this table in so much of the time left, and whether that was enough."""
        wanted = KICKS_PER_STOP * len(table)
        kicks = int(max(0.0, min(wanted, share * self.left_s / self.kick_s)))
        begun = time.perf_counter()
        order = open_walk_by(table, start=start, end=end, seed=seed, kicks_per_stop=kicks / len(table))
        if kicks:
            self.kick_s = (time.perf_counter() - begun) / kicks
        return order, kicks >= int(wanted)


def _seconds_of_a_way(n: int, legs: Legs, seed: int) -> float:
    a, b = np.random.default_rng(seed).integers(0, n, (2, min(SAMPLE, n * n)))
    begun = time.perf_counter()
    legs(a, b)
    return (time.perf_counter() - begun) / len(a)


def _whole(n: int, legs: Legs, closed: bool, start: int | None, seed: int, clock: _Clock) -> Longs:
    if not closed:
        return _best_of(_table(np.arange(n), legs), start, None, seed, clock)
    first = start if start is not None else 0
    there_and_back = np.append(np.arange(n), first)
    return _best_of(_table(there_and_back, legs), first, n, seed, clock)[:-1]


def _best_of(table: Floats, start: int | None, end: int | None, seed: int, clock: _Clock) -> Longs:
    """The shortest of TRIES searches, or of as many as there is time for: one at least."""
    best, least = np.arange(len(table)), np.inf
    for turn in range(TRIES):
        share = 1.0 if turn else FIRST_SHARE
        order, is_whole = clock.order(table, start, end, seed + turn, share)
        length = float(table[order[:-1], order[1:]].sum())
        if length < least:
            best, least = order, length
        if clock.left_s <= 0 or (turn and not is_whole):
            break
    return best


def _stretches(order: Longs, legs: Legs, closed: bool, start: int | None, seed: int, clock: _Clock) -> Longs:
    """Every stretch in turn, the second half of each the first half of the next; a loose end stays loose."""
    n = len(order)
    path = np.append(order, order[0]) if closed else order.copy()
    size = clock.stretch(n)
    for low in range(0, len(path) - 1, size // 2):
        if clock.left_s <= 0:
            break
        rows = path[low : low + size]
        first = 0 if low > 0 or closed or start is not None else None
        last = len(rows) - 1 if low + size < len(path) or closed else None
        table = _table(rows, legs)
        better, _ = clock.order(table, first, last, seed, 1 / max(1, (len(path) - low) // (size // 2)))
        if table[better[:-1], better[1:]].sum() < np.diagonal(table, 1).sum():
            path[low : low + size] = rows[better]
    return path[:n]


def _table(rows: Longs, legs: Legs) -> Floats:
    k = len(rows)
    high, low = np.triu_indices(k, 1)
    table = np.zeros((k, k))
    table[high, low] = legs(rows[high], rows[low])
    return table + table.T
