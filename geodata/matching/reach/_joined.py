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
    reach (-1: none)."""
    home, kind_of, fits, demand, only = bidders.home, bidders.kind, bidders.fits, bidders.demand, bidders.only
    fixed_start, fixed_segment = bidders.fixed_start, bidders.fixed_segment
    spot, kind, place, first, grid = ground.spot, ground.kind, ground.place, ground.first, ground.grid
    parent = np.arange(len(ground.segment_start) - 1)
    seen = np.full(len(demand), -1, np.int64)
    for b in range(len(seen)):
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
                if west > east:
                    continue
                for s in range(first[r * grid.columns + west], first[r * grid.columns + east + 1]):
                    p = place[s]
                    if parent[p] == seen[b] and parent[seen[b]] == seen[b]:
                        continue
                    dx, dy, dz = spot[s, 0] - x, spot[s, 1] - y, spot[s, 2] - z
                    if dx * dx + dy * dy + dz * dz <= reach and suits[kind[s]]:
                        seen[b] = _join(parent, seen[b], p)
    for p in range(len(parent)):
        parent[p] = _root(parent, p)
    return parent, seen
