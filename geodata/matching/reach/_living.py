"""Compiled upkeep of a plan that lives on: what each bidder gains now and could gain at most."""

from __future__ import annotations

import numpy as np

from geodata.compiled import kernel
from geodata.matching.reach._bids import sift_up
from geodata.matching.reach._offers import gain_now, gain_of
from geodata.matching.reach._scan import TURNS, base_of, blocked, box, columns


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
def worths(bidders, ground, bidder, segment, worth):  # type: ignore[no-untyped-def]
    """Add to each bidder's worth what these seats are worth to them."""
    free = np.zeros(len(ground.room))  # prices of 0: what is gained is all that the seat is worth
    for i in range(len(bidder)):
        worth[bidder[i]] += gain_of(bidders, ground, free, bidder[i], segment[i])


@kernel
def gains_of_holders(bidders, ground, seats, held, segments, gain):  # type: ignore[no-untyped-def]
    """What those who hold a seat of these segments give up at least for another."""
    for s in segments:
        for at in range(seats.start[s], seats.start[s] + seats.size[s]):
            b = seats.holder[at]
            gain[b] = gain_now(bidders, ground, held, seats.price, b)


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
def cheaper(bidders, ground, lists, seats, held, takers, segments, gains, epsilon):  # type: ignore[no-untyped-def]
    """These segments became cheaper: whoever could take them looks again, and could gain that much.

    Nor would they pay as much as before for the seat they have: where seats are left beside it, an old bid
    would make them too dear once they fill.
    Returns the bidders whose gain must be worked out anew: those who want several seats, for whom it is a
    sum, and those fixed there.
    """
    people_first, people, grid, widest = takers.first, takers.people, takers.grid, takers.widest
    pins_first, pins = takers.fixed_first, takers.fixed
    home, kind_of, fits, demand = bidders.home, bidders.kind, bidders.fits, bidders.demand
    special_start, special_place = bidders.special_start, bidders.special_place
    special_bonus, km_cost = bidders.special_bonus, bidders.km_cost
    fixed_start, fixed_segment = bidders.fixed_start, bidders.fixed_segment
    spot, kind, place, starts, ends = ground.spot, ground.kind, ground.place, ground.starts, ground.ends
    price, again = seats.price, []
    taken, room = seats.size, ground.room
    held_start, held_count, held_segment = held.start, held.count, held.segment
    for s in segments:
        x, y, z = spot[s, 0], spot[s, 1], spot[s, 2]
        for i in range(pins_first[place[s]], pins_first[place[s] + 1]):
            again.append(pins[i])
        south, north, middle, half = box(x, y, z, widest, grid)
        for r in range(south, north + 1):
            for turn in TURNS:
                west, east = columns(middle, half, turn, grid)
                if west > east:
                    continue
                for i in range(
                    people_first[r * grid.columns + west], people_first[r * grid.columns + east + 1]
                ):
                    b = people[i]
                    net = home[b, 4] * spot[s, 3] - price[s]
                    if demand[b] == 0 or net + 1e9 * (special_start[b] < special_start[b + 1]) <= 0:
                        continue
                    dx, dy, dz = home[b, 0] - x, home[b, 1] - y, home[b, 2] - z
                    if dx * dx + dy * dy + dz * dz > home[b, 3] or not fits[kind_of[b], kind[s]]:
                        continue
                    net += base_of(
                        b, s, home, spot, place[s], special_start, special_place, special_bonus, km_cost
                    )
                    if net <= 0 or blocked(
                        place, starts, ends, s, fixed_segment, fixed_start[b], fixed_start[b + 1]
                    ):
                        continue
                    lists.count[b], lists.floor[b] = 0, np.inf
                    if demand[b] == 1:
                        gains[b] = max(gains[b], net)
                        t = held_segment[held_start[b]] if held_count[b] == 1 else s
                        if taken[t] < room[t] and t != s:
                            spare = gain_of(bidders, ground, price, b, t) - net
                            _bid_less(seats, b, t, price[t] + max(spare, 0.0) + epsilon)
                    else:
                        again.append(b)
    return np.array(again, dtype=np.int64)
