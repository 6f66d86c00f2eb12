"""Compiled sums: what bidders could gain at given prices, and what they have."""

from __future__ import annotations

import numpy as np

from geodata.compiled import kernel


@kernel
def most_gained(table, price, low, high):  # type: ignore[no-untyped-def]
    """Sum over bidders low to high - 1 of the most each can gain, by any choice without overlaps."""
    start, stop, segment, worth = table.start, table.stop, table.segment, table.worth
    demand, forced = table.demand, table.forced
    total = 0.0
    for b in range(low, high):
        best = -np.inf if forced[b] else 0.0
        for row in range(start[b], stop[b]):
            best = max(best, worth[row] - price[segment[row]])
        if best > 0 and demand[b] > 1:
            best = _best_set(table, price, b)
        total += best
    return total


@kernel
def _best_set(table, price, b):  # type: ignore[no-untyped-def]
    """Weighted interval scheduling with at most demand[b] places; those without a time overlap nothing."""
    place, starts, ends, most = table.place, table.starts, table.ends, table.demand[b]
    at = np.empty(table.stop[b] - table.start[b], np.int64)  # the places, by one segment each
    net = np.zeros(len(at))
    found = 0
    for row in range(table.start[b], table.stop[b]):
        s = table.segment[row]
        if found == 0 or place[at[found - 1]] != place[s]:
            at[found] = s
            found += 1
        net[found - 1] = max(net[found - 1], table.worth[row] - price[s])
    good = np.flatnonzero(net[:found] > 0)
    is_timed = starts[at[good]] < ends[at[good]]
    timed, loose = good[is_timed], good[~is_timed]
    end = ends[at[timed]]
    order = np.argsort(end)
    rows = np.zeros((len(timed) + 1, most + 1))
    for j in range(len(timed)):
        k = timed[order[j]]
        before = np.searchsorted(end[order], starts[at[k]], side="right")
        for c in range(1, most + 1):
            rows[j + 1, c] = max(rows[j, c], rows[before, c - 1] + net[k])
    free = -np.sort(-net[loose])
    best = 0.0
    extra = 0.0
    for taken in range(min(len(free), most) + 1):
        best = max(best, rows[len(timed), most - taken] + extra)
        if taken < len(free):
            extra += free[taken]
    return best


@kernel
def best_rows(start, stop, worth, low, high):  # type: ignore[no-untyped-def]
    """Sum over bidders low to high - 1 of what their best row is worth, its sign left out."""
    total = 0.0
    for b in range(low, high):
        if stop[b] > start[b]:
            total += abs(worth[start[b] : stop[b]].max())
    return total


@kernel
def worth_held(table, held):  # type: ignore[no-untyped-def]
    """Number and worth of the seats held."""
    seats, total = 0, 0.0
    for b in range(len(table.demand)):
        for h in range(held.start[b], held.start[b] + held.count[b]):
            total += table.worth[held.row[h]]
        seats += held.count[b]
    return seats, total


@kernel
def rows_held(held, rows):  # type: ignore[no-untyped-def]
    """Fill `rows` with all rows held."""
    at = 0
    for b in range(len(held.count)):
        for h in range(held.start[b], held.start[b] + held.count[b]):
            rows[at] = held.row[h]
            at += 1
