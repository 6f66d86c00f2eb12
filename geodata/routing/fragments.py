"""A first order: the shortest edges that fit (greedy), and their pieces in the order of the points' numbers.

Where points are numbered along a space-filling curve the pieces follow it, so that a stretch of the order is
a compact piece of the map. Bentley 1992 finds greedy the best start for exchanges.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geodata.compiled import kernel

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]


def greedy_order(place: npt.NDArray[np.complex128], near: Ints, near_m: Floats) -> Ints:
    """(n,) all points once: edges of the neighbour lists from short to long, unless a point has two already
    or they close a round; then the pieces one after the other, each from its nearer end.
    """
    a, b, metres = _edges(near, near_m)
    by_length = np.argsort(metres, kind="stable")
    order: Ints = _joined(place, _linked(len(place), a, b, by_length))
    return order


@kernel
def _edges(near, near_m):  # type: ignore[no-untyped-def]
    """Every edge of the lists once."""
    n, k = near.shape
    a, b = np.empty(n * k, np.int32), np.empty(n * k, np.int32)
    metres = np.empty(n * k, np.float32)
    count = 0
    for i in range(n):
        for j in range(k):
            if near_m[i, j] == np.inf:
                break
            other = near[i, j]
            listed = False
            if other < i:
                for back in range(k):
                    listed = listed or near[other, back] == i
            if not listed:
                a[count], b[count], metres[count] = i, other, near_m[i, j]
                count += 1
    return a[:count], b[:count], metres[:count]


@kernel
def _linked(n, a, b, by_length):  # type: ignore[no-untyped-def]
    """(n, 2) the neighbours of each point in its piece, -1 for none."""
    link = np.full((n, 2), -1, np.int32)
    other_end = np.arange(n)  # of a piece, known at both its ends
    for at in by_length:
        i, j = a[at], b[at]
        if link[i, 1] >= 0 or link[j, 1] >= 0 or other_end[i] == j:
            continue
        link[i, 0 if link[i, 0] < 0 else 1] = j
        link[j, 0 if link[j, 0] < 0 else 1] = i
        far_i, far_j = other_end[i], other_end[j]
        other_end[far_i], other_end[far_j] = far_j, far_i
    return link


@kernel
def _joined(place, link):  # type: ignore[no-untyped-def]
    n = len(place)
    order = np.empty(n, np.int32)
    seen = np.zeros(n, np.bool_)
    count = 0
    for i in range(n):
        if seen[i]:
            continue
        one = _end_of(link, i, 0)
        two = _end_of(link, i, 1)
        at = one
        if count > 0:
            last = place[order[count - 1]]
            at = one if abs(place[one] - last) <= abs(place[two] - last) else two
        before = -1
        while at >= 0:
            order[count], seen[at] = at, True
            count += 1
            following = link[at, 0] if link[at, 0] != before else link[at, 1]
            before, at = at, following
    return order


@kernel
def _end_of(link, i, way):  # type: ignore[no-untyped-def]
    """The end of the piece of i that lies that way."""
    before, at = i, link[i, way]
    if at < 0:
        return i
    while True:
        following = link[at, 0] if link[at, 0] != before else link[at, 1]
        if following < 0:
            return at
        before, at = at, following
