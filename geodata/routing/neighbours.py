"""The nearest other points of each point, by a k-d tree that bears clusters and far outliers."""

from __future__ import annotations

from concurrent.futures import Executor

import numpy as np
import numpy.typing as npt

from geodata.compiled import kernel

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]

ONE_SIDED = 3  # of a point's neighbours, how many are kept for quarters of the compass that are empty else
SLICE = 20_000


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


def neighbours_around(xy_m: Floats, k: int, pool: Executor) -> tuple[Ints, Floats]:
    """(n, k) rows of other points near each, nearest first, and (n, k) how far they are; inf (and row 0) for
    none.

    These are the k - ONE_SIDED nearest and, where they leave a quarter of the compass empty, the nearest one
    there: in a cluster the nearest alone would never lead out of it (Johnson & McGeoch 1997). No two points
    may be the same. `pool` works on slices of the points.
    """
    n = len(xy_m)
    members, axis = np.arange(n, dtype=np.int64), np.zeros(n, np.int8)
    _build(xy_m, members, axis)
    near, near_m = np.zeros((n, k), np.int32), np.full((n, k), np.inf)
    cuts = np.linspace(0, n, n // SLICE + 2).astype(int).tolist()
    list(
        pool.map(
            lambda low, high: _search_around(xy_m, members, axis, low, high, near, near_m),
            cuts[:-1],
            cuts[1:],
        )
    )
    return near, near_m


@kernel
def _search_around(xy, members, axis, low, high, near, near_m):  # type: ignore[no-untyped-def]
    k = near.shape[1]
    stack, least = np.empty((128, 2), np.int64), np.empty(128)
    for me in range(low, high):
        count = _nearest(xy, members, axis, me, 0, near[me, : k - ONE_SIDED], near_m[me], stack, least)
        seen = 0
        for i in range(count):
            seen |= _quarter(xy, me, near[me, i])
        for bit in range(4):
            if count < k and not seen & (1 << bit):
                one, one_m = near[me, count : count + 1], near_m[me, count : count + 1]
                count += _nearest(xy, members, axis, me, 1 << bit, one, one_m, stack, least)
        for i in range(k - ONE_SIDED, count):
            at, node, d = i, near[me, i], near_m[me, i]
            while at > 0 and near_m[me, at - 1] > d:
                near[me, at], near_m[me, at] = near[me, at - 1], near_m[me, at - 1]
                at -= 1
            near[me, at], near_m[me, at] = node, d
        for i in range(count):
            near_m[me, i] = np.sqrt(near_m[me, i])


@kernel
def _quarter(xy, me, other):  # type: ignore[no-untyped-def]
    """One of four bits: where `other` lies from `me`. Each quarter has one of its two edges."""
    x, y = xy[other, 0] - xy[me, 0], xy[other, 1] - xy[me, 1]
    if y > 0:
        return 1 if x > 0 else 2
    if y < 0:
        return 4 if x < 0 else 8
    return 8 if x > 0 else 2


@kernel
def _nearest(xy, members, axis, me, quarter, found, squared, stack, least):  # type: ignore[no-untyped-def]
    """Fill `found` with the nearest others, and `squared` with their distances squared; in one quarter of the
    compass unless that is 0. Returns how many there are.
    """
    x, y = xy[me, 0], xy[me, 1]
    k, count = len(found), 0
    stack[0, 0], stack[0, 1], least[0] = 0, len(members), 0.0
    depth = 1
    while depth > 0:
        depth -= 1
        low, high = stack[depth, 0], stack[depth, 1]
        if low >= high or (count == k and least[depth] > squared[k - 1]):
            continue
        middle = (low + high) // 2
        other = members[middle]
        if other != me and (quarter == 0 or _quarter(xy, me, other) == quarter):
            d = (xy[other, 0] - x) ** 2 + (xy[other, 1] - y) ** 2
            if count < k or d < squared[k - 1] or (d == squared[k - 1] and other < found[k - 1]):
                at = count if count < k else k - 1
                while at > 0 and (squared[at - 1] > d or (squared[at - 1] == d and found[at - 1] > other)):
                    squared[at], found[at] = squared[at - 1], found[at - 1]
                    at -= 1
                squared[at], found[at] = d, other
                count = min(count + 1, k)
        a = axis[middle]
        off = (x if a == 0 else y) - xy[other, a]
        far_low, far_high, close_low, close_high = low, middle, middle + 1, high
        if off < 0:
            far_low, far_high, close_low, close_high = middle + 1, high, low, middle
        bound = least[depth]
        if quarter == 0 or _reaches(quarter, a, off >= 0):
            stack[depth, 0], stack[depth, 1], least[depth] = far_low, far_high, max(bound, off * off)
            depth += 1
        stack[depth, 0], stack[depth, 1], least[depth] = close_low, close_high, bound
        depth += 1
    return count


@kernel
def _reaches(quarter, a, lower):  # type: ignore[no-untyped-def]
    """Whether the quarter has points on the lower (else upper) side of a split along axis a beyond `me`."""
    if a == 0:
        return quarter in (2, 4) if lower else quarter in (1, 8)
    return quarter in (4, 8) if lower else quarter in (1, 2)
