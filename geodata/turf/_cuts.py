"""Compiled: the best cut of one walk into turfs (Beasley 1983, route first and cut second)."""

from __future__ import annotations

import numpy as np

from geodata.compiled import kernel
from geodata.turf._ruin import penalty


@kernel
def best_cut(talk, doors, leg, breaks, rules, price, break_min):  # type: ignore[no-untyped-def]
    """Cut the walk of n stops (talk (n,) minutes and doors (n,) of each; leg[i] minutes from i - 1 to i) into
    turfs; returns the first stop of each.

    Least sum of walking, of `break_min` for each break that a turf goes on over, of the penalty of each
    turf's size and of `price` a turf, over all cuts whose turfs keep the greatest doors and minutes (a single
    stop may exceed them) and end before three times the wanted minutes and two turfs of the least doors.
    """
    n = len(talk)
    most, top = rules[5], rules[7]
    least = np.full(n + 1, np.inf)
    least[0] = 0.0
    origin = np.zeros(n + 1, np.int64)
    for first in range(n):
        spent, walked, load = 0.0, 0.0, 0.0
        for last in range(first, n):
            if last > first:
                if breaks[last]:
                    walked += break_min
                spent += leg[last]
                walked += leg[last]
            spent += talk[last]
            load += doors[last]
            far_over = spent > 3.0 * rules[0] and load - doors[last] >= 2.0 * rules[4]
            if last > first and (spent > top or load > most or far_over):
                break
            cost = least[first] + walked + price + penalty(spent, load, rules)
            if cost < least[last + 1]:
                least[last + 1], origin[last + 1] = cost, first
    firsts = np.empty(n, np.int64)
    count, at = 0, n
    while at > 0:
        at = origin[at]
        firsts[count] = at
        count += 1
    return firsts[:count][::-1].copy()
