"""The compiled auction over lists that are renewed only when they run out.

Within an auction prices only rise, so what a list left out is never worth more than the list's floor: as long
as the best listed segment is above it, it is the best of all in reach. A list serves until its best is a few
steps below the floor, since prices off the list have mostly risen too: half the looks, for a gap that hardly
grows.
"""

from __future__ import annotations

import numpy as np

from geodata.compiled import kernel
from geodata.matching.reach._scan import blocked, look

SLACK = 3  # steps that the best listed may fall below the floor before the bidder looks again


@kernel
def sift_down(bids, holders, first, size, at):  # type: ignore[no-untyped-def]
    """Mend the heap (lowest bid on top) below position `at`."""
    while True:
        child = 2 * at + 1
        if child >= size:
            return
        if child + 1 < size and bids[first + child + 1] < bids[first + child]:
            child += 1
        if bids[first + at] <= bids[first + child]:
            return
        _swap(bids, holders, first + at, first + child)
        at = child


@kernel
def sift_up(bids, holders, first, at):  # type: ignore[no-untyped-def]
    """Mend the heap above position `at`."""
    while at > 0:
        parent = (at - 1) // 2
        if bids[first + parent] <= bids[first + at]:
            return
        _swap(bids, holders, first + parent, first + at)
        at = parent


@kernel
def _swap(bids, holders, a, c):  # type: ignore[no-untyped-def]
    bids[a], bids[c] = bids[c], bids[a]
    holders[a], holders[c] = holders[c], holders[a]


@kernel
def release(held_start, held_count, held_segment, b, s):  # type: ignore[no-untyped-def]
    """Take segment s from what bidder b holds."""
    first = held_start[b]
    for h in range(first, first + held_count[b]):
        if held_segment[h] == s:
            held_segment[h] = held_segment[first + held_count[b] - 1]
            held_count[b] -= 1
            return


@kernel
def mark(is_marked, marked, count, kind, item):  # type: ignore[no-untyped-def]
    """Write down once what was touched: kind 0 is a bidder, 1 a segment."""
    if not is_marked[item]:
        is_marked[item] = True
        marked[count[kind]] = item
        count[kind] += 1


@kernel
def bid(  # type: ignore[no-untyped-def]
    bidders, ground, lists, seats, held, outbid, queue, waiting, side, mine, aside, epsilon, stay_out, marks,
):  # fmt: skip
    """Let the bidders of `queue` bid, and whoever they outbid, until nobody of side `mine` waits.

    Bidders of another side who are outbid are put into `aside`. Returns bids and looks made, and how many are
    in `aside`. Each newcomer is followed to the end of the chain of people who have to move: what the chain
    works on stays in the processor's cache, and fewer bids are needed than by taking turns.

    One price per segment: as given while seats are left, then the lowest bid in it. A bidder takes the seat
    of best value less price and bids what makes it no better than the next best, plus epsilon; who would gain
    at most `stay_out` stays at home, so that ties at zero gain end. marks: gets who bid and for what.
    """
    home, kind_of, fits = bidders.home, bidders.kind, bidders.fits
    demand, only = bidders.demand, bidders.only
    special_span, special_place, special_bonus = (
        bidders.special_span,
        bidders.special_place,
        bidders.special_bonus,
    )
    fixed_start, fixed_segment, km_cost = bidders.fixed_start, bidders.fixed_segment, bidders.km_cost
    spot, kind, place, starts, ends = ground.spot, ground.kind, ground.place, ground.starts, ground.ends
    room, segment_start, first_in, grid = ground.room, ground.segment_start, ground.first, ground.grid
    listed, bases, listed_count, floor = lists.segment, lists.base, lists.count, lists.floor
    price, taken, top, bids, holder = seats.price, seats.size, seats.start, seats.bid, seats.holder
    held_start, held_count, held_segment = held.start, held.count, held.segment
    has_base = len(bases) > 1
    is_marked, marked, is_taken, taken_up = marks.is_bidder, marks.bidder, marks.is_segment, marks.segment
    mark_count, marking = marks.count, len(marks.bidder) > 0
    made, looks, slack = 0, 0, SLACK * epsilon
    stack = np.empty(len(demand), np.int64)
    fresh, count, put_aside = 0, 0, 0
    while count > 0 or fresh < len(queue):
        if count > 0:
            count -= 1
            b = stack[count]
        else:
            b = queue[fresh]
            fresh += 1
        waiting[b] = False
        if marking:
            mark(is_marked, marked, mark_count, 0, b)
        several = demand[b] > 1 and only[b] < 0
        weight, row = home[b, 4], b if has_base else 0
        is_fresh = False
        while held_count[b] < demand[b]:
            best, second, s = -np.inf, -np.inf, -1
            for j in range(listed_count[b]):
                t = listed[b, j]
                net = weight * spot[t, 3] + bases[row, j] - price[t]
                if net <= second:
                    continue
                if several and blocked(
                    place, starts, ends, t, held_segment, held_start[b], held_start[b] + held_count[b]
                ):
                    continue
                if net > best:
                    best, second, s = net, best, t
                else:
                    second = net
            if not is_fresh and floor[b] > stay_out and best < floor[b] - slack:
                listed_count[b], floor[b] = look(
                    b, home, fits[kind_of[b]], only[b], spot, kind, place, starts, ends, room, segment_start,
                    first_in, grid, price, special_span, special_place, special_bonus, km_cost,
                    held_segment, held_start[b], held_start[b] + held_count[b],
                    fixed_segment, fixed_start[b], fixed_start[b + 1], listed[b], bases[row],
                    listed_count[b],
                )  # fmt: skip
                looks += 1
                is_fresh = True
                continue
            is_fresh = False
            if s < 0:
                break
            if only[b] >= 0:
                alone = second == -np.inf
                offer = (max(price[s], outbid[s]) if alone else price[s] + best - second) + epsilon
            else:
                if best <= stay_out:
                    break
                offer = price[s] + min(best - max(second, floor[b] - slack, 0.0) + epsilon, best)
            first = top[s]
            if taken[s] < room[s]:
                at = taken[s]
                taken[s] += 1
                if top[s + 1] > first:
                    bids[first + at], holder[first + at] = offer, b
                    sift_up(bids, holder, first, at)
            else:
                loser = holder[first]
                release(held_start, held_count, held_segment, loser, s)
                if demand[loser] > 1:
                    floor[loser] = np.inf  # what the seat was in the way of was not listed
                if not waiting[loser] and loser != b:
                    waiting[loser] = True
                    if side[loser] == mine:
                        stack[count] = loser
                        count += 1
                    else:
                        aside[put_aside] = loser
                        put_aside += 1
                bids[first], holder[first] = offer, b
                sift_down(bids, holder, first, taken[s], 0)
            if taken[s] == room[s]:
                price[s] = max(price[s], bids[first])
            if marking:
                mark(is_taken, taken_up, mark_count, 1, s)
            held_segment[held_start[b] + held_count[b]] = s
            held_count[b] += 1
            made += 1
    return made, looks, put_aside
