"""Compiled work on one window: a stretch of the order, its two ends held, rewritten in place.

Windows that do not overlap may be worked on at once by several threads; what comes out is the same.
"""

from __future__ import annotations

import numpy as np

from geodata.compiled import kernel
from geodata.routing._kicks import descend, kick

JOURNAL_PER_NODE = 4
JOURNAL_LEAST = 20_000


@kernel
def work_on(place, order, pos, near, near_m, fixed, limits, begin, count, span, fresh, kicks, state):  # type: ignore[no-untyped-def]
    """Shorten the `count` nodes from position `begin` on (cyclic); the first and last stay where they are,
    unless they are all nodes. Returns metres won.

    fresh: descend from every node first; kicks: how many afterwards; state as in chance().
    """
    n = len(order)
    nodes = np.empty(count, np.int32)
    for i in range(count):
        nodes[i] = order[(begin + i) % n]
    here, near_here, near_here_m = _own(place, nodes, pos, near, near_m, n, begin)
    tied = np.empty(2, np.int64)
    tied[0], tied[1] = count - 1, 0
    if count == n:
        tied[0] = (pos[fixed[0]] - begin) % n if fixed[0] >= 0 else -1
        tied[1] = (pos[fixed[1]] - begin) % n if fixed[1] >= 0 else -1
    mine = np.arange(count).astype(np.int32)
    where = mine.copy()
    queue, waiting = mine.copy(), np.full(count, fresh)
    ends = np.array([0, count if fresh else 0])
    journal = np.empty(max(JOURNAL_PER_NODE * count, JOURNAL_LEAST), np.int32)
    won = 0.0
    if fresh:
        won = descend(here, mine, where, near_here, near_here_m, tied, limits, queue, waiting, ends, journal)
    span = min(span, (count - 2) // 3)
    won += kick(
        here,
        mine,
        where,
        near_here,
        near_here_m,
        tied,
        limits,
        queue,
        waiting,
        ends,
        journal,
        state,
        span,
        kicks,
    )
    _put_back(order, pos, nodes, mine, where, begin)
    return won


@kernel
def _own(place, nodes, pos, near, near_m, n, begin):  # type: ignore[no-untyped-def]
    """Places and neighbours of the window's nodes, by their rank in it; neighbours outside are left out."""
    count, k = len(nodes), near.shape[1]
    here = np.empty(count, place.dtype)
    near_here = np.zeros((count, k), np.int32)
    near_here_m = np.full((count, k), np.inf)
    for i in range(count):
        node = nodes[i]
        here[i] = place[node]
        kept = 0
        for j in range(k):
            rank = pos[near[node, j]] - begin
            if rank < 0:
                rank += n
            if rank < count:
                near_here[i, kept], near_here_m[i, kept] = rank, near_m[node, j]
                kept += 1
    return here, near_here, near_here_m


@kernel
def _put_back(order, pos, nodes, mine, where, begin):  # type: ignore[no-untyped-def]
    """Write the window's order over its old one, from its first node to its last."""
    n, count = len(order), len(nodes)
    at = where[0]
    onward = count == n or where[count - 1] == (at - 1 if at > 0 else count - 1)
    for i in range(count):
        node = nodes[mine[(at + i) % count if onward else (at - i) % count]]
        place_now = (begin + i) % n
        order[place_now], pos[node] = node, place_now
