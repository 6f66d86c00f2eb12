"""A length that no cut into so many turfs can undercut."""

from __future__ import annotations

import numpy as np

from geodata.compiled import kernel
from geodata.turf.ground import Ground

NEIGHBOURS = 16


def lower_bound(ground: Ground, walks: int) -> float:
    """Metres that `walks` open walks through all rows of the ground take at least, whatever their sizes.

    Such walks are a forest of as many trees, so they are never shorter than the least forest; only near
    neighbours are looked at, and what lies beyond is counted as if it were no farther than the farthest
    looked at.
    """
    rows = len(ground.xy_m)
    if rows <= walks or walks < 1:
        return 0.0
    near, metres = ground.nearest(NEIGHBOURS)
    beyond = metres[:, -1] if near.shape[1] < rows - 1 else np.full(rows, np.inf)
    a = np.repeat(np.arange(rows), near.shape[1])
    order = np.argsort(metres.reshape(-1), kind="stable")
    return float(_forest(a[order], near.reshape(-1)[order], metres.reshape(-1)[order], np.sort(beyond),
                         np.argsort(beyond, kind="stable"), walks))  # fmt: skip


@kernel
def _root(parent, a):  # type: ignore[no-untyped-def]
    while parent[a] != a:
        parent[a] = parent[parent[a]]
        a = parent[a]
    return a


@kernel
def _forest(a, b, metres, beyond, who, walks):  # type: ignore[no-untyped-def]
    """The sum over all lengths t of (trees of steps up to t) - walks, where that is more than 0.

    a, b, metres: steps, shortest first; beyond, who: from which length on a row may have steps not listed,
    shortest first: then all rows of that kind may be one tree.
    """
    n = len(who)
    parent = np.arange(n)
    is_open = np.zeros(n, np.bool_)
    trees, opened = n, 0
    total, at, i, j = 0.0, 0.0, 0, 0
    while True:
        count = trees - opened + (1 if opened > 0 else 0)
        if count <= walks:
            return total
        step = metres[i] if i < len(metres) else np.inf
        edge = beyond[j] if j < n else np.inf
        now = min(step, edge)
        if now == np.inf:
            return total
        total += (now - at) * (count - walks)
        at = now
        if step <= edge:
            p, q = _root(parent, a[i]), _root(parent, b[i])
            i += 1
            if p != q:
                parent[p] = q
                trees -= 1
                if is_open[p] and is_open[q]:
                    opened -= 1
                is_open[q] = is_open[p] or is_open[q]
        else:
            p = _root(parent, who[j])
            j += 1
            if not is_open[p]:
                is_open[p] = True
                opened += 1
