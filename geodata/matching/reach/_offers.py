"""The compiled reverse auction: segments with seats left but a price above 0 offer them cheaper.

After D. P. Bertsekas, D. A. Castanon and H. Tsaknakis, "Reverse auction and the solution of inequality
constrained assignment problems" (1993): a segment lowers its price until the best bidders outside come in.
"""

from __future__ import annotations

import numpy as np

from geodata.compiled import kernel
from geodata.matching.reach._bids import release, sift_down
from geodata.matching.reach._scan import base_of, clash, in_the_way, window


@kernel
def _gain(bidders, ground, price, b, s):  # type: ignore[no-untyped-def]
    """What the bidder gains by a seat in this segment, way and bonus counted."""
    p = ground.place_of[s]
    dx, dy, dz = ground.x[p] - bidders.x[b], ground.y[p] - bidders.y[b], ground.z[p] - bidders.z[b]
    base = base_of(bidders, b, p, dx * dx + dy * dy + dz * dz)
    return bidders.weight[b] * ground.worth[s] + base - price[s]


@kernel
def _given_up(bidders, ground, held, price, b, p):  # type: ignore[no-untyped-def]
    """What the bidder loses by taking place p, and the one seat that goes (-1: none, -2: cannot be)."""
    lost, seat, cheapest, cheapest_seat = 0.0, -1, np.inf, -1
    for h in range(held.start[b], held.start[b] + held.count[b]):
        s = held.segment[h]
        gain = _gain(bidders, ground, price, b, s)
        if clash(ground, p, ground.place_of[s]):
            if seat != -1:
                return 0.0, -2  # two seats in the way: leave that to the bidder's own next bid
            lost, seat = gain, s
        if gain < cheapest:
            cheapest, cheapest_seat = gain, s
    if seat == -1 and held.count[b] == bidders.demand[b]:
        return cheapest, cheapest_seat
    return lost, seat


@kernel
def _leave(seats, held, b, s):  # type: ignore[no-untyped-def]
    """Take the bidder's seat away; the heap is mended."""
    first, size = seats.start[s], seats.size[s]
    at = first
    while seats.holder[at] != b:
        at += 1
    seats.size[s] = size - 1
    last = first + size - 1
    seats.bid[at], seats.holder[at] = seats.bid[last], seats.holder[last]
    for parent in range((size - 3) // 2, -1, -1):  # all of the heap again: segments are small
        sift_down(seats, s, parent)
    release(held, b, s)


@kernel
def _gains(bidders, ground, held, price):  # type: ignore[no-untyped-def]
    """What each bidder who wants one seat gains at present; 0 for the others."""
    gain = np.zeros(len(bidders.weight))
    for b in range(len(gain)):
        if bidders.demand[b] == 1 and held.count[b] == 1:
            gain[b] = _gain(bidders, ground, price, b, held.segment[held.start[b]])
    return gain


@kernel
def offer(  # type: ignore[no-untyped-def]
    bidders, ground, seats, held, people_first, people, widest, stack, is_waiting, epsilon, most,
):  # fmt: skip
    """Let the segments on the stack offer their free seats until none is left; returns offers made.

    people, people_first: bidders sorted by grid cell, as the places are. widest: greatest squared chord.
    """
    price, made = seats.price, 0
    gain = _gains(bidders, ground, held, price)
    bx, by, bz, chords, weights = bidders.x, bidders.y, bidders.z, bidders.chord2, bidders.weight
    kinds, fits, demand, km_cost = bidders.kind, bidders.fits, bidders.demand, bidders.km_cost
    special_start, across = bidders.special_start, ground.across
    count, head, size = len(stack), 0, len(ground.room)
    ring = np.empty(size, np.int64)
    ring[:count] = stack
    while count > 0 and made < most:
        s = ring[head]
        head = head + 1 if head + 1 < size else 0
        count -= 1
        is_waiting[s] = False
        free = ground.room[s] - seats.size[s]
        if free <= 0 or price[s] <= 0:
            continue
        made += 1
        p, worth = ground.place_of[s], ground.worth[s]
        x, y, z, kind = ground.x[p], ground.y[p], ground.z[p], ground.kind[p]
        # the best `free` bidders by the price at which they would come, and the next one's price
        level = np.full(free + 1, -np.inf)
        who = np.full(free + 1, -1, np.int64)
        gone = np.full(free + 1, -1, np.int64)
        found = 0
        south, north, west, width = window(x, y, z, widest, ground.cell, across, len(ground.first) - 1)
        for r in range(south, north + 1):
            for c in range(west, west + width):
                key = r * across + c % across
                for i in range(people_first[key], people_first[key + 1]):
                    b = people[i]
                    is_special = special_start[b] < special_start[b + 1]
                    beta = weights[b] * worth - gain[b]
                    if not is_special and (beta <= epsilon or (found > free and beta <= level[free])):
                        continue
                    dx, dy, dz = bx[b] - x, by[b] - y, bz[b] - z
                    chord2 = dx * dx + dy * dy + dz * dz
                    if chord2 > chords[b] or not fits[kinds[b], kind]:
                        continue
                    if km_cost > 0 or is_special:
                        beta += base_of(bidders, b, p, chord2)
                    seat = -1
                    if demand[b] == 1:
                        if held.count[b] > 0:
                            seat = held.segment[held.start[b]]
                    else:
                        lost, seat = _given_up(bidders, ground, held, price, b, p)
                        beta += gain[b] - lost
                    if seat == -2 or seat == s or in_the_way(bidders, ground, b, p):
                        continue
                    if beta <= epsilon or (found > free and beta <= level[free]):
                        continue
                    at = min(found, free)
                    while at > 0 and level[at - 1] < beta:
                        level[at], who[at], gone[at] = level[at - 1], who[at - 1], gone[at - 1]
                        at -= 1
                    level[at], who[at], gone[at] = beta, b, seat
                    found = min(found + 1, free + 1)
        come = min(found, free)
        now = max(level[free] - epsilon, 0.0) if found > free else 0.0
        now = min(now, price[s])
        first = seats.start[s]
        for j in range(first, first + seats.size[s]):
            seats.bid[j] = now
            if demand[seats.holder[j]] == 1:
                gain[seats.holder[j]] += price[s] - now
        price[s] = now
        for j in range(come):
            b, old = who[j], gone[j]
            if old >= 0:
                _leave(seats, held, b, old)
                if price[old] > 0 and not is_waiting[old]:
                    is_waiting[old] = True
                    tail = head + count
                    ring[tail if tail < size else tail - size] = old
                    count += 1
            seats.bid[first + seats.size[s]], seats.holder[first + seats.size[s]] = now, b
            seats.size[s] += 1
            held.segment[held.start[b] + held.count[b]] = s
            held.count[b] += 1
            if demand[b] == 1:
                gain[b] = level[j] + gain[b] - now
    return made
