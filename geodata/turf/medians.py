"""Capacitated p-median: which points are centres, and which of them each point belongs to.

What cutting turfs is when each turf's size is measured from a point of its own; public instances with known
values make it a yardstick for the search.
"""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geodata.turf import _medians

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]

MOST_POINTS = 6_000  # all distances are kept: 288 MB
STARTS = 20
FEW, MANY = 3, 8  # clusters taken apart at once, at least one more
MUCH = 60  # clusters that are too many to be improved all at once
POINTS_AT_ONCE = 150  # or fewer clusters, where they are large
HOT, COLD = 0.06, 0.0005  # shares of the mean cost of a cluster, at the beginning and at the end
TRIES_AT_ONCE = 20


class NoRoom(ValueError):
    """The points do not fit into so many clusters of this capacity, or no way to fit them was found."""


@dataclass(frozen=True, slots=True, eq=False)
class Medians:
    """median (p,) int64: the point that is the centre of each cluster; cluster (n,) int64: of each point.

    cost: sum of the distances to the own centre; start: what it was before the search; tries: steps made.
    """

    median: Longs
    cluster: Longs
    cost: float
    start: float
    tries: int
    seconds: float


def capacitated_medians(
    points: ArrayLike, demand: ArrayLike, capacity: float, p: int, *, seconds: float = 5.0, seed: int = 0,
    tries: int | None = None,
) -> Medians:  # fmt: skip
    """Choose p of the n points as centres and give every point to one, with least distance in all.

    points: (n, 2) plane coordinates, or (n, n) distances; demand (n,) >= 0; no cluster's demand exceeds
    `capacity`, and a centre is a point of its own cluster. seconds: when to stop; with `tries` the search
    stops after so many steps besides, and only then the same seed gives the same answer everywhere.
    Raises ValueError for numbers that fit no problem, NoRoom where no allocation was found.

    Location-allocation from the best of some starts, then clusters that lie together are taken apart, one
    median put elsewhere, points shifted and swapped and medians moved until nothing gains; a little worse is
    kept too, ever less (S. Kirkpatrick, C. D. Gelatt, M. P. Vecchi 1983).
    """
    _compile()
    begun = time.perf_counter()
    far, weight = _checked(points, demand, capacity, p)
    rng = np.random.default_rng(seed)
    state = _start(far, weight, float(capacity), p, rng)
    return _search(far, weight, float(capacity), state, rng, begun, seconds, tries)


@functools.cache
def _compile() -> None:
    """Compile (or load) the kernels on a tiny problem, so that no time is counted for it."""
    rng = np.random.default_rng(0)
    far, one = _distances(rng.random((12, 2))), np.ones(12)
    state = _start(far, one, 6.0, 3, rng)
    _medians.sweep(2, far, one, 6.0, *state.arrays())
    _search(far, one, 6.0, state, rng, time.perf_counter(), 1e9, 5)


def _checked(points: ArrayLike, demand: ArrayLike, capacity: float, p: int) -> tuple[Floats, Floats]:
    table = np.asarray(points, dtype=np.float64)
    weight = np.ascontiguousarray(demand, dtype=np.float64)
    if weight.ndim != 1 or table.ndim != 2 or len(table) != len(weight):
        raise ValueError(f"{table.shape} points and {weight.shape} demands do not belong together")
    n = len(weight)
    if table.shape[1] not in (2, n):
        raise ValueError(f"points are (n, 2) coordinates or (n, n) distances, got {table.shape}")
    if n > MOST_POINTS:
        raise ValueError(f"{n:,} points are too many: at most {MOST_POINTS:,}")
    if not (np.isfinite(table).all() and np.isfinite(weight).all() and (weight >= 0).all()):
        raise ValueError("coordinates, distances and demands must be finite, and demands not below 0")
    if not 1 <= p <= n:
        raise ValueError(f"{p} clusters cannot be made of {n} points")
    if weight.sum() > p * capacity or weight.max() > capacity:
        raise NoRoom(f"a demand of {weight.sum():g} does not fit into {p} clusters of {capacity:g}")
    # n = 2 reads as coordinates: two points have but one distance
    is_plane = table.shape[1] == 2
    return (_distances(table) if is_plane else np.ascontiguousarray(table)), weight


def _distances(xy: Floats) -> Floats:
    return np.hypot(xy[:, None, 0] - xy[None, :, 0], xy[:, None, 1] - xy[None, :, 1])


class _State:
    """Medians, the cluster of each point, loads, and the points of each cluster as lists."""

    def __init__(self, median: Longs, n: int) -> None:
        self.median = median
        self.assign, self.after, self.before = (np.full(n, -1, np.int64) for _ in range(3))
        self.load, self.head = np.zeros(len(median)), np.full(len(median), -1, np.int64)

    def arrays(self) -> tuple[NDArray[np.generic], ...]:
        return self.median, self.assign, self.load, self.head, self.after, self.before


def _start(far: Floats, demand: Floats, capacity: float, p: int, rng: np.random.Generator) -> _State:
    """The best of some starts: spread medians, points allocated, then both improved."""
    n, best, found = len(far), np.inf, None
    rows, clusters = np.arange(n), np.arange(p)
    for start in range(STARTS):
        state = _State(_spread(far, p, rng), n)
        given = (far, demand, capacity, *state.arrays())
        is_whole = _medians.allocate(rows, clusters, *given, start % 2 == 1)
        if not is_whole:
            continue
        if p > MUCH:
            _medians.sweep(MANY, *given)
        else:
            _medians.improve(rows, clusters, *given)
        cost = _medians.cost_of(rows, far, state.median, state.assign)
        if cost < best:
            best, found = cost, state
        if n > 1_000:  # the search itself is worth more than further starts
            break
    if found is None:
        raise NoRoom(f"no way was found to fit {n} points into {p} clusters of {capacity:g}; allow one more")
    return found


def _spread(far: Floats, p: int, rng: np.random.Generator) -> Longs:
    """p points, each drawn the more likely the farther it lies from those before (D. Arthur, S. Vassilvitskii
    2007)."""
    chosen = [int(rng.integers(len(far)))]
    away = far[:, chosen[0]] ** 2
    for _ in range(p - 1):
        away[chosen[-1]] = 0.0
        total = away.sum()
        if total > 0:
            chosen.append(int(rng.choice(len(far), p=away / total)))
        else:  # the others lie where a median is
            chosen.append(int(np.setdiff1d(np.arange(len(far)), chosen)[0]))
        away = np.minimum(away, far[:, chosen[-1]] ** 2)
    return np.array(chosen, np.int64)


def _search(
    far: Floats, demand: Floats, capacity: float, state: _State, rng: np.random.Generator, begun: float,
    seconds: float, tries: int | None,
) -> Medians:  # fmt: skip
    n, p = len(far), len(state.median)
    total = start = best = float(_medians.cost_of(np.arange(n), far, state.median, state.assign))
    best_median, best_assign = state.median.copy(), state.assign.copy()
    most = int(np.clip(POINTS_AT_ONCE * p / n, FEW, MANY)) - 1
    hot, made = HOT * start / p, 0
    while p > 1 and p < n:
        past = (time.perf_counter() - begun) / seconds if seconds > 0 else 1.0
        share = past if tries is None else max(past, made / max(tries, 1))
        if share >= 1:
            break
        now = TRIES_AT_ONCE if tries is None else min(TRIES_AT_ONCE, tries - made)
        heat = hot * (COLD / HOT) ** (share if tries is None else made / tries)
        total, best = _medians.search(
            int(rng.integers(2**31)), now, heat, most, far, demand, capacity, *state.arrays(), total,
            best_median, best_assign, best,
        )  # fmt: skip
        made += now
    return Medians(
        best_median, best_assign, float(far[np.arange(n), best_median[best_assign]].sum()), start, made,
        time.perf_counter() - begun,
    )  # fmt: skip
