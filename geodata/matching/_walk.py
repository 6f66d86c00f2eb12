"""An order in which people near one another come one after the other, found from the listed pairs alone.

Breadth first from place to place, by way of the people who list it first: whoever lists the same places
stands close together. What the auction touches together then lies together in memory, and cutting the order
in two cuts few pairs.
"""

from __future__ import annotations

import numpy as np

from geodata.compiled import kernel
from geodata.matching._market import Market
from geodata.matching.problem import Longs


def walk(market: Market, seed: int) -> tuple[Longs, Longs]:
    """Bidders in walking order, and the rank of each place; places that are met by nobody come last.

    The seed decides where the walk begins and the order of those who list the same place first.
    """
    shuffled = np.random.default_rng(seed).permutation(market.n_bidders)
    order = np.empty(market.n_bidders, np.int64)
    rank = np.full(market.problem.n_places, -1, np.int64)
    _walk(shuffled, market.start, market.place, order, rank)
    return order, rank


@kernel
def _walk(shuffled, start, place, order, rank):  # type: ignore[no-untyped-def]
    first, who = _by_first_place(shuffled, start, place, len(rank))
    ahead = np.empty(len(rank), np.int64)  # places in the order in which they were met
    done, met, walked = 0, 0, 0
    for b in shuffled:
        p = place[start[b]]
        if rank[p] < 0:
            rank[p], ahead[met] = met, p
            met += 1
        while done < met:
            p = ahead[done]
            done += 1
            for c in who[first[p] : first[p + 1]]:
                order[walked] = c
                walked += 1
                for q in place[start[c] : start[c + 1]]:
                    if rank[q] < 0:
                        rank[q], ahead[met] = met, q
                        met += 1
    for q in range(len(rank)):
        if rank[q] < 0:
            rank[q] = met
            met += 1


@kernel
def _by_first_place(shuffled, start, place, places):  # type: ignore[no-untyped-def]
    """The bidders sorted by the place they list first, in the given order, and where each place's begin."""
    first = np.zeros(places + 1, np.int64)
    for b in shuffled:
        first[place[start[b]] + 1] += 1
    for p in range(places):
        first[p + 1] += first[p]
    end = first[:-1].copy()
    who = np.empty(len(shuffled), np.int64)
    for b in shuffled:
        p = place[start[b]]
        who[end[p]] = b
        end[p] += 1
    return first, who
