"""Short open walks by any symmetric distances: exact to nine stops, then exchanges and kicks.

`best_order` is the compiled kernel, to be called from compiled loops; `open_walk_by` the same from Python.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import numpy.typing as npt

from geodata.compiled import kernel
from geodata.routing._kicks import descend, kick

EXACT_STOPS = 9
NEIGHBOURS = 10
SPAN = 10
KICKS_PER_STOP = 5
JOURNAL_PER_NODE = 40
LIMITS = np.array([8, 5, 2, 1_000, 1_000])  # see _kicks


def open_walk_by(
    distance: Any,
    *,
    start: int | None = None,
    end: int | None = None,
    seed: int = 0,
    kicks_per_stop: float = KICKS_PER_STOP,
) -> npt.NDArray[np.int64]:
    """Rows of a square table in an order that is short to walk, from `start` to `end` where these are given.

    distance  (n, n), symmetric, not negative: metres or minutes from stop to stop; up to some hundred stops
    kicks_per_stop  more is shorter and slower

    To nine stops the order is the shortest there is; beyond, the same table and seed give the same order.
    Held & Karp 1962; Lin & Kernighan 1973. Raises ValueError for a table that is not square, symmetric and of
    numbers not below 0, and for a start or end that is no row.
    """
    d = _table(distance)
    ends = [-1 if row is None else int(row) for row in (start, end)]
    for name, row in zip(("start", "end"), ends, strict=True):
        if not -1 <= row < len(d):
            raise ValueError(f"{name} must be a row from 0 to {len(d) - 1}, got {row}")
    if len(d) > 1 and ends[0] == ends[1] >= 0:
        raise ValueError(f"a walk through {len(d)} stops cannot begin and end at row {ends[0]}")
    _compile()
    state = np.array([np.random.default_rng(seed).integers(1, 2**63)], np.uint64)
    order: npt.NDArray[np.int64] = best_order(d, ends[0], ends[1], int(kicks_per_stop * len(d)), state)
    return order


def _table(distance: Any) -> npt.NDArray[np.float64]:
    d = np.ascontiguousarray(distance, dtype=np.float64)
    if d.size == 0:
        return np.empty((0, 0))
    if d.ndim != 2 or d.shape[0] != d.shape[1]:
        raise ValueError(f"distances need as many rows as columns; got an array of shape {d.shape}")
    if not (np.isfinite(d).all() and (d >= 0).all()):
        raise ValueError("distances must be numbers of 0 or more")
    if not np.allclose(d, d.T, rtol=1e-9, atol=1e-9):
        raise ValueError("distances must be the same in both directions")
    return d


@functools.cache
def _compile() -> None:
    for stops in (3, 12):
        best_order(np.ones((stops, stops)), -1, -1, 1, np.ones(1, np.uint64))


@kernel
def best_order(d, start, end, kicks, state):  # type: ignore[no-untyped-def]
    """(n,) int64: all rows of d (n, n) float64 in a short order; start and end are rows, or -1 for any.

    kicks: none leaves some 1.7 % above the best, n of them 0.5 %, 3 x n 0.15 % (mean of 40 to 150 stops).
    state: one uint64 that is not 0, changed by use; the same state gives the same order. Nothing is checked:
    d must be symmetric and start not end.
    """
    n = len(d)
    if n <= EXACT_STOPS:
        return _exact_order(d, start, end)
    # a walk is a cycle through a gate 0 m from all; from start to end it is a cycle that never parts these
    has_gate = start < 0 or end < 0
    nodes = n + 1 if has_gate else n
    place = np.zeros((nodes, nodes))
    for i in range(n):
        for j in range(n):
            place[i, j] = d[i, j]
    fixed = np.full(2, -1, np.int64)
    if not has_gate:
        fixed[0], fixed[1] = end, start
    elif start >= 0 or end >= 0:
        fixed[0], fixed[1] = n, max(start, end)
    order = _nearest_first(d, nodes, start, end)
    pos = np.empty(nodes, np.int32)
    for i in range(nodes):
        pos[order[i]] = i
    near, near_m = _near(d, nodes, min(NEIGHBOURS, n - 1))
    queue = order.copy()
    waiting = np.ones(nodes, np.bool_)
    ends = np.array([0, nodes])
    journal = np.empty(JOURNAL_PER_NODE * nodes, np.int32)
    descend(place, order, pos, near, near_m, fixed, LIMITS, queue, waiting, ends, journal)
    span = min(SPAN, (nodes - 2) // 3)
    kick(place, order, pos, near, near_m, fixed, LIMITS, queue, waiting, ends, journal, state, span, kicks)
    return _unrolled(order, pos, n, start, end)


@kernel
def _unrolled(order, pos, n, start, end):  # type: ignore[no-untyped-def]
    """The cycle as a walk, cut open at the gate or between end and start."""
    nodes = len(order)
    walk = np.empty(n, np.int64)
    at = pos[n] + 1 if nodes > n else pos[start]
    for i in range(n):
        walk[i] = order[(at + i) % nodes]
    if (start >= 0 and walk[0] != start) or (end >= 0 and walk[n - 1] != end):
        if nodes == n:  # the cycle runs from start to end against its order
            for i in range(n):
                walk[i] = order[(at - i) % nodes]
        else:
            walk = walk[::-1].copy()
    return walk


@kernel
def _nearest_first(d, nodes, start, end):  # type: ignore[no-untyped-def]
    """Nodes from start (or 0) on, each followed by the nearest left; then end, and the gate if any."""
    n = len(d)
    order = np.empty(nodes, np.int32)
    left = np.ones(n, np.bool_)
    at = start if start >= 0 else (1 if end == 0 else 0)
    if end >= 0:
        left[end] = False
    for i in range(n):
        order[i] = at
        left[at] = False
        nearest = end
        for other in range(n):
            if left[other] and (nearest == end or d[at, other] < d[at, nearest]):
                nearest = other
        at = nearest
    if nodes > n:
        order[n] = n
    return order


@kernel
def _near(d, nodes, k):  # type: ignore[no-untyped-def]
    """(nodes, k) the nearest other rows of each and how far, nearest first, equal ones by row; the gate has
    none.
    """
    near = np.zeros((nodes, k), np.int32)
    near_m = np.full((nodes, k), np.inf)
    for i in range(len(d)):
        for j in range(len(d)):
            if j == i or d[i, j] >= near_m[i, k - 1]:
                continue
            at = k - 1
            while at > 0 and near_m[i, at - 1] > d[i, j]:
                near[i, at], near_m[i, at] = near[i, at - 1], near_m[i, at - 1]
                at -= 1
            near[i, at], near_m[i, at] = j, d[i, j]
    return near, near_m


@kernel
def _exact_order(d, start, end):  # type: ignore[no-untyped-def]
    """The shortest order of a few stops, by all subsets (Held & Karp 1962)."""
    n = len(d)
    sets = 1 << n
    least = np.full((sets, max(n, 1)), np.inf)
    before = np.full((sets, max(n, 1)), -1)
    for stop in range(n):
        if (start < 0 or stop == start) and (stop != end or n == 1):
            least[1 << stop, stop] = 0.0
    for members in range(sets):
        for last in range(n):
            so_far = least[members, last]
            if so_far == np.inf:
                continue
            for stop in range(n):
                grown = members | (1 << stop)
                if grown == members or (stop == end and grown != sets - 1):
                    continue
                if so_far + d[last, stop] < least[grown, stop]:
                    least[grown, stop] = so_far + d[last, stop]
                    before[grown, stop] = last
    order = np.empty(n, np.int64)
    members, at = sets - 1, end
    if end < 0:
        at = np.argmin(least[members, :n]) if n else 0
    for i in range(n - 1, -1, -1):
        order[i] = at
        earlier = before[members, at]
        members ^= 1 << at
        at = earlier
    return order
