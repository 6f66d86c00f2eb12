"""A proven least length: no tour or walk through the points is shorter.

A tour is a tree over all points but one, and two edges of that one (a 1-tree). A price on each point makes
branching dear and leaves cheap without changing which tour is shortest (Held & Karp 1970, 1971). Prices are
raised step by step on edges between neighbours alone; the tree that counts in the end is the least of all.
"""

from __future__ import annotations

import functools
import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from geodata.compiled import kernel
from geodata.routing.neighbours import Floats, Longs, neighbours_around

LEAST_POINTS = 5
MOST_POINTS = 10_000
NEIGHBOURS = 10
LOOKS = 3  # times that the least tree of all edges is made
STEPS = 300  # of the prices before each
PATIENCE = 10  # steps without a better bound before they become shorter
SLACK = 1e-9  # for the rounding of sums


def lower_bound_m(
    xy_m: Any, order: Any, *, closed: bool, start: int | None = None, rounded: bool = False,
    seconds: float = 5.0,
) -> float | None:  # fmt: skip
    """Metres that no order of these points falls below; None for fewer than 5 points or more than 10,000.

    xy_m     (n, 2) metres, as in `tour`
    order    (n,) rows in an order that is short: the steps of the prices go by its length
    start    the row that an open walk begins at, None for any
    rounded  every way to the nearest whole number, as TSPLIB does
    seconds  of raising prices; a tree over all edges still follows, a second at 10,000 points

    On uniform points it is about 1 % below the shortest tour.
    """
    _compile()
    begun = time.perf_counter()
    xy = np.ascontiguousarray(xy_m, dtype=np.float64).reshape(-1, 2)
    path = np.asarray(order, dtype=np.int64)
    if not LEAST_POINTS <= len(xy) <= MOST_POINTS:
        return None
    a, b = _near_edges(xy, path)
    first = -1 if start is None else start
    short = float(_metres(xy, path, np.roll(path, -1), rounded)[: None if closed else -1].sum())
    price, best = np.zeros(len(xy)), 0.0
    for _ in range(LOOKS):
        length = _metres(xy, a, b, rounded)
        near, price = _raised(a, b, length, price, short, closed, first, begun + seconds)
        total, one, two = _tree_of_all(xy, price, closed, first, rounded)
        best = max(best, total)
        if total >= near * (1 - 1e-4) or time.perf_counter() >= begun + seconds:
            break
        a, b = np.append(a, np.minimum(one, two)), np.append(b, np.maximum(one, two))
    return best * (1 - SLACK)


@functools.cache
def _compile() -> None:
    """Compile (or load) every kernel on a few points, so that no seconds are spent on it."""
    xy = np.random.default_rng(0).random((LEAST_POINTS, 2))
    path = np.arange(LEAST_POINTS)
    a, b = _near_edges(xy, path)
    _raised(a, b, _metres(xy, a, b, False), np.zeros(len(xy)), 1.0, False, -1, np.inf)
    _tree_of_all(xy, np.zeros(len(xy)), False, -1, False)


def _near_edges(xy: Floats, path: Longs) -> tuple[Longs, Longs]:
    """Edges between neighbours, points at one spot in a row, and those of the order, which join all."""
    spots, which = np.unique(xy.view(np.complex128).reshape(-1), return_inverse=True)
    which = which.reshape(-1)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        near, near_m = neighbours_around(spots.view(np.float64).reshape(-1, 2), NEIGHBOURS, pool)
    rows = np.argsort(which, kind="stable")
    of_spot = rows[np.searchsorted(which[rows], np.arange(len(spots)))]
    one, two = np.nonzero(np.isfinite(near_m))
    a = np.concatenate([of_spot[one], rows[:-1], path])
    b = np.concatenate([of_spot[near[one, two]], rows[1:], np.roll(path, -1)])
    edges = np.unique(np.sort(np.column_stack([a, b]), axis=1), axis=0)
    return np.ascontiguousarray(edges[:, 0]), np.ascontiguousarray(edges[:, 1])


def _metres(xy: Floats, a: Longs, b: Longs, rounded: bool) -> Floats:
    metres: Floats = np.hypot(*(xy[a] - xy[b]).T)
    return np.floor(metres + 0.5) if rounded else metres


def _raised(
    a: Longs, b: Longs, length: Floats, price: Floats, short: float, closed: bool, first: int, until: float
) -> tuple[float, Floats]:
    """The best bound by these edges alone, and its prices (Held, Wolfe & Crowder 1974)."""
    best, best_price, pace, since = -np.inf, price, 1.0, 0
    before = np.zeros(len(price))
    for _ in range(STEPS):
        dear = length + price[a] + price[b]
        total, degree = _tree(a, b, dear, np.argsort(dear, kind="stable"), price, closed, first)
        total -= 2 * price.sum()
        since += 1
        if total > best:
            best, best_price, since = total, price, 0
        off = degree - 2.0
        if since >= PATIENCE:
            pace, since = pace / 2, 0
        if not off.any() or pace < 1e-3 or time.perf_counter() >= until:
            break
        step = pace * max(short - total, 1e-9 * short) / float((off**2).sum())
        price = price + step * (0.7 * off + 0.3 * before)
        before = off
    return best, best_price


@kernel
def _root(group, i):  # type: ignore[no-untyped-def]
    while group[i] != i:
        group[i] = group[group[i]]
        i = group[i]
    return i


@kernel
def _tree(a, b, dear, by_length, price, closed, first):  # type: ignore[no-untyped-def]
    """The length of the least 1-tree by these edges, and the degree of each point in it.

    Closed: all but point 0, and the two least edges of that. Open: all, and two ways of 0 m to a point beyond
    them, one of them from `first` where that is given.
    """
    n = len(price)
    group = np.arange(n)
    degree = np.zeros(n)
    total, own = 0.0, 0
    for at in by_length:
        i, j = a[at], b[at]
        if closed and (i == 0 or j == 0):
            if own == 2:
                continue
            own += 1
        else:
            one, two = _root(group, i), _root(group, j)
            if one == two:
                continue
            group[one] = two
        total += dear[at]
        degree[i] += 1
        degree[j] += 1
    if not closed:
        for end in _ends(price, first):
            total += price[end]
            degree[end] += 1
    return total, degree


@kernel
def _ends(price, first):  # type: ignore[no-untyped-def]
    """The two cheapest points, or `first` and the cheapest other."""
    one = first if first >= 0 else np.argmin(price)
    two = 0 if one != 0 else 1
    for i in range(len(price)):
        if i != one and price[i] < price[two]:
            two = i
    return one, two


@kernel
def _tree_of_all(xy, price, closed, first, rounded):  # type: ignore[no-untyped-def]
    """The least 1-tree by all edges less twice the prices (a bound), and its tree's edges (Prim 1957)."""
    n = len(price)
    begin = 1 if closed else 0
    least = np.full(n, np.inf)
    to = np.full(n, begin)
    left = np.arange(begin + 1, n)
    one, two = np.empty(len(left), np.int64), np.empty(len(left), np.int64)
    at, total = begin, 0.0
    for k in range(len(left)):
        chosen, cheapest = 0, np.inf
        for m in range(len(left) - k):
            i = left[m]
            d = _dear(xy, price, at, i, rounded)
            if d < least[i]:
                least[i], to[i] = d, at
            if least[i] < cheapest:
                chosen, cheapest = m, least[i]
        at = left[chosen]
        left[chosen] = left[len(left) - k - 1]
        one[k], two[k] = at, to[at]
        total += cheapest
    if closed:
        low, high = np.inf, np.inf
        for i in range(1, n):
            d = _dear(xy, price, 0, i, rounded)
            low, high = min(low, d), min(high, max(low, d))
        total += low + high
    else:
        for end in _ends(price, first):
            total += price[end]
    return total - 2 * price.sum(), one, two


@kernel
def _dear(xy, price, i, j, rounded):  # type: ignore[no-untyped-def]
    d = np.sqrt((xy[i, 0] - xy[j, 0]) ** 2 + (xy[i, 1] - xy[j, 1]) ** 2)
    return (np.floor(d + 0.5) if rounded else d) + price[i] + price[j]
