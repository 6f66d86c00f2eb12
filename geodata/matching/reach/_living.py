"""Compiled upkeep of a plan that lives on: what each bidder gains now and could gain at most."""

from __future__ import annotations

import numpy as np

from geodata.compiled import kernel
from geodata.matching.reach._bids import sift_up
from geodata.matching.reach._columns import BLOCK
from geodata.matching.reach._offers import gain_now, gain_of, stretch
from geodata.matching.reach._scan import TURNS, base_of, blocked, box, most_gain


@kernel
def seat_all(seats, held, bidder, segment):  # type: ignore[no-untyped-def]
    """Seat everybody of a plan, each at the price of the segment."""
    for i in range(len(bidder)):
        b, s = bidder[i], segment[i]
        at = seats.start[s] + seats.size[s]
        seats.bid[at], seats.holder[at] = seats.price[s], b
        seats.size[s] += 1
        held.segment[held.start[b] + held.count[b]] = s
        held.count[b] += 1


@kernel
def held_of(held, bidders):  # type: ignore[no-untyped-def]
    """Bidder and segment of every seat that these bidders hold."""
    count = 0
    for b in bidders:
        count += held.count[b]
    who, segment, at = np.empty(count, np.int64), np.empty(count, np.int64), 0
    for b in bidders:
        for h in range(held.start[b], held.start[b] + held.count[b]):
            who[at], segment[at] = b, held.segment[h]
            at += 1
    return who, segment


@kernel
def differing(held, before, bidders):  # type: ignore[no-untyped-def]
    """Those of the bidders who hold something else than before, in ascending order."""
    found = []
    for b in np.sort(bidders):
        first, count = held.start[b], held.count[b]
        same = count == before.count[b]
        for h in range(first, first + count):
            same = same and held.segment[h] == before.segment[h]
        if not same:
            found.append(b)
    return np.array(found, dtype=np.int64)


@kernel
def copy_held(held, before, bidders):  # type: ignore[no-untyped-def]
    """Let `before` say of these bidders what they hold now."""
    for b in bidders:
        before.count[b] = held.count[b]
        for h in range(held.start[b], held.start[b] + held.count[b]):
            before.segment[h] = held.segment[h]


@kernel
def worths(bidders, ground, free, bidder, segment, worth):  # type: ignore[no-untyped-def]
    """Add to each bidder's worth what these seats are worth to them. free: prices of 0."""
    for i in range(len(bidder)):
        worth[bidder[i]] += gain_of(bidders, ground, free, bidder[i], segment[i])


@kernel
def gains_again(bidders, ground, seats, held, moved, dearer, takers, gain, least):  # type: ignore[no-untyped-def]
    """What those who bid, and those who sit where it became dearer, give up at least for another seat."""
    for b in moved:
        _gain_again(bidders, ground, seats.price, held, takers.at, b, gain, least)
    for s in dearer:
        for at in range(seats.start[s], seats.start[s] + seats.size[s]):
            _gain_again(bidders, ground, seats.price, held, takers.at, seats.holder[at], gain, least)


@kernel
def _gain_again(bidders, ground, price, held, at, b, gain, least):  # type: ignore[no-untyped-def]
    gain[b] = gain_now(bidders, ground, held, price, b)
    if at[b] >= 0:
        least[at[b] // BLOCK] = min(least[at[b] // BLOCK], gain[b])


@kernel
def work_out(bidders, ground, price, slot_start, slot_end, could, rows, takers, least):  # type: ignore[no-untyped-def]
    """What these bidders could gain at most; returns by how much the sum of all grew."""
    grown = 0.0
    for b in rows:
        before = could[b]
        most_gain(bidders, ground, price, slot_start, slot_end, could, b, b + 1)
        grown += could[b] - before
        if takers.at[b] >= 0:
            k = takers.at[b] // BLOCK
            least[k] = min(least[k], could[b])
    return grown


@kernel
def _bid_less(seats, b, s, most):  # type: ignore[no-untyped-def]
    """Lower the bidder's bid for the seat they have to `most`."""
    first = seats.start[s]
    for at in range(seats.size[s]):
        if seats.holder[first + at] == b:
            if seats.bid[first + at] > most:
                seats.bid[first + at] = most
                sift_up(seats.bid, seats.holder, first, at)
            return


@kernel
def cheaper(bidders, ground, price, takers, segments, could, least):  # type: ignore[no-untyped-def]
    """These segments became cheaper: whoever could take them could gain that much.

    could: what each could gain at most, kept up to date; least: not more than the least of each block.
    Returns by how much the sum of all grew, and the bidders for whom it must be worked out anew: those who
    want several seats, for whom it is a sum, and those fixed there.
    """
    people_first, people, grid, widest = takers.first, takers.people, takers.grid, takers.widest
    late, block_weight, special, several = takers.late, takers.weight, takers.special, takers.several
    pins_first, pins = takers.fixed_first, takers.fixed
    home, kind_of, fits, demand = bidders.home, bidders.kind, bidders.fits, bidders.demand
    special_span, special_place = bidders.special_span, bidders.special_place
    special_bonus, km_cost = bidders.special_bonus, bidders.km_cost
    fixed_start, fixed_segment = bidders.fixed_start, bidders.fixed_segment
    spot, kind, place, starts, ends = ground.spot, ground.kind, ground.place, ground.starts, ground.ends
    again, grown = [], 0.0
    for s in segments:
        x, y, z = spot[s, 0], spot[s, 1], spot[s, 2]
        for i in range(pins_first[place[s]], pins_first[place[s] + 1]):
            again.append(pins[i])
        south, north, middle, half = box(x, y, z, widest, grid)
        last = max(south, north + 1)
        for r in range(south, last + 1):
            for turn in TURNS:
                i, stop = stretch(people_first, late, grid, r, last, middle, half, turn)
                while i < stop:
                    k = i // BLOCK
                    end = min(stop, (k + 1) * BLOCK)
                    if not special[k]:
                        most = block_weight[k] * spot[s, 3] - price[s]
                        if most <= 0.0 or (most <= least[k] and not several[k]):
                            i = end
                            continue
                    is_whole, lowest = i == k * BLOCK and end == i + BLOCK, np.inf
                    while i < end:
                        b = people[i]
                        i += 1
                        lowest = min(lowest, could[b])
                        is_special = special_span[b, 0] < special_span[b, 1]
                        net = home[b, 4] * spot[s, 3] - price[s]
                        enough = could[b] if demand[b] == 1 else 0.0
                        if demand[b] == 0 or (net <= enough and not is_special):
                            continue
                        dx, dy, dz = home[b, 0] - x, home[b, 1] - y, home[b, 2] - z
                        if dx * dx + dy * dy + dz * dz > home[b, 3] or not fits[kind_of[b], kind[s]]:
                            continue
                        net += base_of(
                            b, s, home, spot, place[s], special_span, special_place, special_bonus, km_cost
                        )
                        if net <= enough or blocked(
                            place, starts, ends, s, fixed_segment, fixed_start[b], fixed_start[b + 1]
                        ):
                            continue
                        if demand[b] == 1:
                            grown += net - could[b]
                            could[b] = net
                        else:
                            again.append(b)
                    if is_whole:
                        least[k] = lowest
    return grown, np.array(again, dtype=np.int64)


@kernel
def bid_less(bidders, ground, seats, segments, loose, widest, epsilon):  # type: ignore[no-untyped-def]
    """These segments became cheaper: who sits where seats are left (`loose`) would not pay as much as before.

    An old bid would make those seats too dear once they fill.
    """
    home, spot, price = bidders.home, ground.spot, seats.price
    for s in segments:
        for t in loose:
            dx, dy, dz = spot[t, 0] - spot[s, 0], spot[t, 1] - spot[s, 1], spot[t, 2] - spot[s, 2]
            if t == s or dx * dx + dy * dy + dz * dz > 4 * widest:
                continue  # nobody reaches both
            for b in seats.holder[seats.start[t] : seats.start[t] + seats.size[t]].copy():
                if bidders.demand[b] != 1 or bidders.only[b] >= 0:
                    continue
                dx, dy, dz = home[b, 0] - spot[s, 0], home[b, 1] - spot[s, 1], home[b, 2] - spot[s, 2]
                if dx * dx + dy * dy + dz * dz > home[b, 3]:
                    continue
                if not bidders.fits[bidders.kind[b], ground.kind[s]] or blocked(
                    ground.place, ground.starts, ground.ends, s, bidders.fixed_segment,
                    bidders.fixed_start[b], bidders.fixed_start[b + 1],
                ):  # fmt: skip
                    continue
                net = gain_of(bidders, ground, price, b, s)
                if net > 0:
                    spare = gain_of(bidders, ground, price, b, t) - net
                    _bid_less(seats, b, t, price[t] + max(spare, 0.0) + epsilon)
