"""The nearest other points of each point, by a k-d tree that bears clusters and far outliers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geodata.compiled import kernel

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]


def nearest_neighbours(xy_m: Floats, k: int) -> Longs:
    """(n, min(k, n - 1)) rows of the nearest other points, nearest first (equal distances: lower row
    first).
    """
    n = len(xy_m)
    k = max(0, min(k, n - 1))
    if k == 0:
        return np.empty((n, 0), np.int64)
    members = np.arange(n, dtype=np.int64)
    axis = np.zeros(n, np.int8)
    _build(xy_m, members, axis)
    return _search(xy_m, members, axis, k)


@kernel
def _build(xy, members, axis):  # type: ignore[no-untyped-def]
    """Order `members` into a balanced tree: the middle of a range splits it along its longer side."""
    stack = np.empty((128, 2), np.int64)
    stack[0, 0], stack[0, 1] = 0, len(members)
    depth = 1
    while depth > 0:
        depth -= 1
        low, high = stack[depth, 0], stack[depth, 1]
        if high - low < 2:
            continue
        least = np.array([np.inf, np.inf])
        most = np.array([-np.inf, -np.inf])
        for i in range(low, high):
            for a in range(2):
                least[a] = min(least[a], xy[members[i], a])
                most[a] = max(most[a], xy[members[i], a])
        a = 0 if most[0] - least[0] >= most[1] - least[1] else 1
        middle = (low + high) // 2
        _select(xy, members, a, low, high - 1, middle)
        axis[middle] = a
        stack[depth, 0], stack[depth, 1] = low, middle
        stack[depth + 1, 0], stack[depth + 1, 1] = middle + 1, high
        depth += 2


@kernel
def _select(xy, members, a, low, high, target):  # type: ignore[no-untyped-def]
    """Hoare's selection: afterwards nothing before `target` is greater and nothing after it is less."""
    while low < high:
        pivot = xy[members[(low + high) // 2], a]
        i, j = low, high
        while i <= j:
            while xy[members[i], a] < pivot:
                i += 1
            while xy[members[j], a] > pivot:
                j -= 1
            if i <= j:
                members[i], members[j] = members[j], members[i]
                i += 1
                j -= 1
        if target <= j:
            high = j
        elif target >= i:
            low = i
        else:
            return


@kernel
def _search(xy, members, axis, k):  # type: ignore[no-untyped-def]
    n = len(members)
    found = np.empty((n, k), np.int64)
    near = np.empty(k)
    stack = np.empty((128, 2), np.int64)
    least = np.empty(128)
    for me in range(n):
        x, y = xy[me, 0], xy[me, 1]
        count = 0
        stack[0, 0], stack[0, 1], least[0] = 0, n, 0.0
        depth = 1
        while depth > 0:
            depth -= 1
            low, high = stack[depth, 0], stack[depth, 1]
            if low >= high or (count == k and least[depth] > near[k - 1]):
                continue
            middle = (low + high) // 2
            other = members[middle]
            if other != me:
                d = (xy[other, 0] - x) ** 2 + (xy[other, 1] - y) ** 2
                if count < k or d < near[k - 1] or (d == near[k - 1] and other < found[me, k - 1]):
                    at = count if count < k else k - 1
                    while at > 0 and (near[at - 1] > d or (near[at - 1] == d and found[me, at - 1] > other)):
                        near[at], found[me, at] = near[at - 1], found[me, at - 1]
                        at -= 1
                    near[at], found[me, at] = d, other
                    count = min(count + 1, k)
            off = (x if axis[middle] == 0 else y) - xy[other, axis[middle]]
            bound = least[depth]
            far, close = depth, depth + 1
            if off < 0:
                stack[far, 0], stack[far, 1] = middle + 1, high
                stack[close, 0], stack[close, 1] = low, middle
            else:
                stack[far, 0], stack[far, 1] = low, middle
                stack[close, 0], stack[close, 1] = middle + 1, high
            least[far] = max(bound, off * off)
            least[close] = bound
            depth += 2
    return found
