"""Compiled: which places are joined by somebody who could take either."""

from __future__ import annotations

import numpy as np

from geodata.compiled import kernel
from geodata.matching.reach._scan import TURNS, box, columns


@kernel
def _root(parent, p):  # type: ignore[no-untyped-def]
    while parent[p] != p:
        parent[p] = parent[parent[p]]
        p = parent[p]
    return p


@kernel
def _join(parent, a, p):  # type: ignore[no-untyped-def]
    """Join place p to place a (-1: none yet); returns their root."""
    q = _root(parent, p)
    if a < 0:
        return q
    a = _root(parent, a)
    low, high = min(a, q), max(a, q)
    parent[high] = low
    return low


@kernel
def joined_places(bidders, ground):  # type: ignore[no-untyped-def]
    """Places joined by a bidder who could take either: the root of each place, and for each bidder a place in
    reach (-1: none).

    Every 16th bidder first, by every place; after them most cells hold places of one root, and the others
    need to look into such a cell only if it is not theirs yet.
    """
    parent = np.arange(len(ground.segment_start) - 1)
    seen = np.full(len(bidders.demand), -1, np.int64)
    root_of = np.full(len(ground.first) - 1, -1, np.int64)
    _join_all(bidders, ground, parent, seen, root_of, 0, 16)
    place, first = ground.place, ground.first
    for cell in range(len(root_of)):
        for s in range(first[cell], first[cell + 1]):
            root = _root(parent, place[s])
            if s > first[cell] and root != root_of[cell]:
                root_of[cell] = -1
                break
            root_of[cell] = root
    for low in range(1, 16):
        _join_all(bidders, ground, parent, seen, root_of, low, 16)
    for p in range(len(parent)):
        parent[p] = _root(parent, p)
    return parent, seen


@kernel
def _join_all(bidders, ground, parent, seen, root_of, low, step):  # type: ignore[no-untyped-def]
    """Join what the bidders from `low` in steps reach. root_of: the one root of a cell's places, else -1."""
    home, kind_of, fits, demand, only = bidders.home, bidders.kind, bidders.fits, bidders.demand, bidders.only
    fixed_start, fixed_segment = bidders.fixed_start, bidders.fixed_segment
    spot, kind, place, first, grid = ground.spot, ground.kind, ground.place, ground.first, ground.grid
    for b in range(low, len(seen), step):
        if only[b] >= 0:
            seen[b] = only[b]
        for f in range(fixed_start[b], fixed_start[b + 1]):
            seen[b] = _join(parent, seen[b], place[fixed_segment[f]])
        reach = home[b, 3]
        if reach < 0 or demand[b] == 0 or only[b] >= 0:
            continue
        x, y, z = home[b, 0], home[b, 1], home[b, 2]
        suits = fits[kind_of[b]]
        south, north, middle, half = box(x, y, z, reach, grid)
        for r in range(south, north + 1):
            for turn in TURNS:
                west, east = columns(middle, half, turn, grid)
                for cell in range(r * grid.columns + west, r * grid.columns + east + 1):
                    known = root_of[cell]
                    if known >= 0 and seen[b] >= 0 and _root(parent, known) == _root(parent, seen[b]):
                        continue
                    for s in range(first[cell], first[cell + 1]):
                        p = place[s]
                        if parent[p] == seen[b] and parent[seen[b]] == seen[b]:
                            continue
                        dx, dy, dz = spot[s, 0] - x, spot[s, 1] - y, spot[s, 2] - z
                        if dx * dx + dy * dy + dz * dz <= reach and suits[kind[s]]:
                            seen[b] = _join(parent, seen[b], p)
                            if known >= 0:
                                break  # the rest of the cell has the same root
