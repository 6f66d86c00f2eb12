"""The compiled auction over lists that are renewed only when they run out.

Within an auction prices only rise, so what a list left out is never worth more than the list's floor: as long
as the best listed place is above it, it is the best of all in reach.
"""

from __future__ import annotations

import numpy as np

from geodata.compiled import kernel
from geodata.matching.reach._scan import blocked, look


@kernel
def sift_down(seats, s, at):  # type: ignore[no-untyped-def]
    first, size = seats.start[s], seats.size[s]
    while True:
        child = 2 * at + 1
        if child >= size:
            return
        if child + 1 < size and seats.bid[first + child + 1] < seats.bid[first + child]:
            child += 1
        if seats.bid[first + at] <= seats.bid[first + child]:
            return
        _swap(seats, first + at, first + child)
        at = child


@kernel
def sift_up(seats, s, at):  # type: ignore[no-untyped-def]
    first = seats.start[s]
    while at > 0:
        parent = (at - 1) // 2
        if seats.bid[first + parent] <= seats.bid[first + at]:
            return
        _swap(seats, first + parent, first + at)
        at = parent


@kernel
def _swap(seats, a, c):  # type: ignore[no-untyped-def]
    seats.bid[a], seats.bid[c] = seats.bid[c], seats.bid[a]
    seats.holder[a], seats.holder[c] = seats.holder[c], seats.holder[a]


@kernel
def release(held, b, s):  # type: ignore[no-untyped-def]
    first = held.start[b]
    for h in range(first, first + held.count[b]):
        if held.segment[h] == s:
            held.segment[h] = held.segment[first + held.count[b] - 1]
            held.count[b] -= 1
            return


@kernel
def _best_two(bidders, ground, lists, price, held, b):  # type: ignore[no-untyped-def]
    """Best seat among the listed places, what it gains, and what the next best gains."""
    best, second, segment = -np.inf, -np.inf, -1
    segment_start, room, worth = ground.segment_start, ground.room, ground.worth
    place, base = lists.place[b], lists.base[b]
    weight = bidders.weight[b]
    several = bidders.demand[b] > 1 and bidders.only[b] < 0
    for j in range(lists.count[b]):
        p = place[j]
        if several and blocked(bidders, ground, held, b, p):
            continue
        for s in range(segment_start[p], segment_start[p + 1]):
            if room[s] == 0:
                continue
            net = weight * worth[s] + base[j] - price[s]
            if net > best:
                best, second, segment = net, best, s
            elif net > second:
                second = net
    return best, second, segment


@kernel
def bid(  # type: ignore[no-untyped-def]
    bidders, ground, lists, seats, held, outbid, queue, waiting, ends_of_queue, epsilon, stay_out, most_looks,
):  # fmt: skip
    """Let bidders bid until nobody waits or `most_looks` lists were renewed; returns bids and looks made.

    The rules of geodata.matching._kernels.bid, over all places in reach.
    """
    bids, looks = 0, 0
    price, room, floor, only = seats.price, ground.room, lists.floor, bidders.only
    held_start, held_count, held_segment, demand = held.start, held.count, held.segment, bidders.demand
    taken, top, heap_bid, holder = seats.size, seats.start, seats.bid, seats.holder
    size = len(queue)
    head, count = ends_of_queue[0], ends_of_queue[1]
    while count > 0 and looks < most_looks:
        b = queue[head]
        head = head + 1 if head + 1 < size else 0
        count -= 1
        waiting[b] = False
        while held_count[b] < demand[b]:
            best, second, s = _best_two(bidders, ground, lists, price, held, b)
            if floor[b] > stay_out and best < floor[b]:
                look(bidders, ground, lists, price, held, b)
                looks += 1
                best, second, s = _best_two(bidders, ground, lists, price, held, b)
            if s < 0:
                break
            fixed = only[b] >= 0
            if fixed:
                offer = (
                    max(price[s], outbid[s]) if second == -np.inf else price[s] + best - second
                ) + epsilon
            else:
                if best <= stay_out:
                    break
                offer = price[s] + min(best - max(second, floor[b], 0.0) + epsilon, best)
            first = top[s]
            if taken[s] < room[s]:
                at = taken[s]
                taken[s] += 1
                heap_bid[first + at], holder[first + at] = offer, b
                sift_up(seats, s, at)
            else:
                loser = holder[first]
                release(held, loser, s)
                if demand[loser] > 1:
                    floor[loser] = np.inf  # what the seat was in the way of was not listed
                if not waiting[loser] and loser != b:
                    waiting[loser] = True
                    tail = head + count
                    queue[tail if tail < size else tail - size] = loser
                    count += 1
                heap_bid[first], holder[first] = offer, b
                sift_down(seats, s, 0)
            if taken[s] == room[s]:
                price[s] = max(price[s], heap_bid[first])
            held_segment[held_start[b] + held_count[b]] = s
            held_count[b] += 1
            bids += 1
    ends_of_queue[0], ends_of_queue[1] = head, count
    return bids, looks
