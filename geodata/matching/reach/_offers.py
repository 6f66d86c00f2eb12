"""The compiled reverse auction: segments with seats left but a price above 0 offer them cheaper.

After D. P. Bertsekas, D. A. Castanon and H. Tsaknakis, "Reverse auction and the solution of inequality
constrained assignment problems" (1993): a segment lowers its price until the best bidders outside come in.
"""

from __future__ import annotations

import numpy as np

from geodata.compiled import kernel
from geodata.matching.reach._bids import mark, release, sift_down, sift_up
from geodata.matching.reach._columns import BLOCK
from geodata.matching.reach._scan import TURNS, base_of, blocked, box, clash, columns, way_km


@kernel
def gain_of(bidders, ground, price, b, s):  # type: ignore[no-untyped-def]
    """What the bidder gains by a seat in this segment, way and bonus counted."""
    base = base_of(
        b, s, bidders.home, ground.spot, ground.place[s], bidders.special_span, bidders.special_place,
        bidders.special_bonus, bidders.km_cost,
    )  # fmt: skip
    return bidders.home[b, 4] * ground.spot[s, 3] + base - price[s]


@kernel
def _given_up(  # type: ignore[no-untyped-def]
    b, s, weight, demand, home, spot, place, starts, ends, price, special_span, special_place, special_bonus,
    km_cost, held_segment, first, last,
):  # fmt: skip
    """What the bidder loses by taking segment s, and the one seat that goes (-1: none, -2: cannot be)."""
    lost, seat, cheapest, cheapest_seat = 0.0, -1, np.inf, -1
    for h in range(first, last):
        t = held_segment[h]
        gain = weight * spot[t, 3] - price[t]
        if km_cost > 0 or special_span[b, 0] < special_span[b, 1]:
            gain += base_of(b, t, home, spot, place[t], special_span, special_place, special_bonus, km_cost)
        if clash(place, starts, ends, s, t):
            if seat != -1:
                return 0.0, -2  # two seats in the way: leave that to the bidder's own next bid
            lost, seat = gain, t
        if gain < cheapest:
            cheapest, cheapest_seat = gain, t
    if seat == -1 and last - first == demand:
        return cheapest, cheapest_seat
    return lost, seat


@kernel
def leave(seats, held, b, s):  # type: ignore[no-untyped-def]
    """Take the bidder's seat away; the heap is mended."""
    first, size = seats.start[s], seats.size[s]
    if seats.start[s + 1] == first:
        seats.size[s] = size - 1
        release(held.start, held.count, held.segment, b, s)
        return
    at = 0
    while seats.holder[first + at] != b:
        at += 1
    seats.size[s] = size - 1
    last = first + size - 1
    seats.bid[first + at], seats.holder[first + at] = seats.bid[last], seats.holder[last]
    if at < size - 1:
        sift_up(seats.bid, seats.holder, first, at)
        sift_down(seats.bid, seats.holder, first, size - 1, at)
    release(held.start, held.count, held.segment, b, s)


@kernel
def gain_now(bidders, ground, held, price, b):  # type: ignore[no-untyped-def]
    """What a bidder gives up at least for one more seat: the cheapest gain of the seats held, 0 while fewer
    are held than wanted."""
    least = np.inf if held.count[b] == bidders.demand[b] else 0.0
    for h in range(held.start[b], held.start[b] + held.count[b]):
        least = min(least, gain_of(bidders, ground, price, b, held.segment[h]))
    return least


@kernel
def gains_now(bidders, ground, held, price):  # type: ignore[no-untyped-def]
    """`gain_now` of everybody."""
    gain = np.zeros(len(bidders.demand))
    for b in range(len(gain)):
        gain[b] = gain_now(bidders, ground, held, price, b)
    return gain


@kernel
def _insert(level, who, gone, found, beta, b, seat):  # type: ignore[no-untyped-def]
    """Put a bidder among the best so far, best first; returns how many there are."""
    at = min(found, len(level) - 1)
    while at > 0 and level[at - 1] < beta:
        level[at], who[at], gone[at] = level[at - 1], who[at - 1], gone[at - 1]
        at -= 1
    level[at], who[at], gone[at] = beta, b, seat
    return min(found + 1, len(level))


@kernel
def least_of(takers, values):  # type: ignore[no-untyped-def]
    """The least value of each block of takers; infinite where nobody is."""
    least = np.full(len(takers.weight), np.inf)
    for b in range(len(values)):
        if takers.at[b] >= 0:
            k = takers.at[b] // BLOCK
            least[k] = min(least[k], values[b])
    return least


@kernel
def stretch(first, late, grid, r, last, middle, half, turn):  # type: ignore[no-untyped-def]
    """Where in `people` to look for those of row r, `turn` times around: first, behind the last.

    The row `last`, behind those of the grid, stands for people who signed up since.
    """
    if r == last:
        return late[0], (late[1] if turn == 0 else late[0])
    west, east = columns(middle, half, turn, grid)
    if west > east:
        return 0, 0
    return first[r * grid.columns + west], first[r * grid.columns + east + 1]


@kernel
def offer(  # type: ignore[no-untyped-def]
    bidders, ground, seats, held, gain, least_gain, takers, short, epsilon, most, marks
):
    """Let the segments of `short` offer their free seats until none is left; returns offers made.

    gain: what bidders give up at least for a seat (`gains_now`), kept up to date; least_gain: not more than
    the least of each block. Pairs fixed at a place are offered its better seats. marks: gets who came, and
    the segments that offered.
    """
    people_first, people, people_grid, widest = takers.first, takers.people, takers.grid, takers.widest
    late, at_of, block_weight, block_special = takers.late, takers.at, takers.weight, takers.special
    is_marked, marked, is_offered, offered = marks.is_bidder, marks.bidder, marks.is_segment, marks.segment
    mark_count, marking = marks.count, len(marks.bidder) > 0
    pins_first, pins = takers.fixed_first, takers.fixed
    home, kind_of, demand, fits = bidders.home, bidders.kind, bidders.demand, bidders.fits
    special_span, special_place, special_bonus = (
        bidders.special_span,
        bidders.special_place,
        bidders.special_bonus,
    )
    fixed_start, fixed_segment, km_cost = bidders.fixed_start, bidders.fixed_segment, bidders.km_cost
    spot, kind, place, starts, ends = ground.spot, ground.kind, ground.place, ground.starts, ground.ends
    room, price, taken, top = ground.room, seats.price, seats.size, seats.start
    bids, holder = seats.bid, seats.holder
    held_start, held_count, held_segment = held.start, held.count, held.segment
    made, size, head, count = 0, len(room), 0, len(short)
    ring = np.empty(size, np.int64)
    is_waiting = np.zeros(size, np.bool_)
    ring[:count] = short
    for s in short:
        is_waiting[s] = True
    while count > 0 and made < most:
        s = ring[head]
        head = head + 1 if head + 1 < size else 0
        count -= 1
        is_waiting[s] = False
        free = room[s] - taken[s]
        if free <= 0 or price[s] <= 0:
            continue
        made += 1
        if marking:
            mark(is_offered, offered, mark_count, 1, s)
        x, y, z, worth, p = spot[s, 0], spot[s, 1], spot[s, 2], spot[s, 3], place[s]
        # the best `free` bidders by the price at which they would come, and the next one's price
        level = np.full(free + 1, -np.inf)
        who = np.full(free + 1, -1, np.int64)
        gone = np.full(free + 1, -1, np.int64)
        found, least = 0, epsilon
        for i in range(pins_first[p], pins_first[p + 1]):
            b = pins[i]
            if demand[b] == 0 or held_count[b] == 0 or not fits[kind_of[b], kind[s]]:
                continue
            seat = held_segment[held_start[b]]
            beta = home[b, 4] * (worth - spot[seat, 3]) + price[seat]
            if beta > least and seat != s:
                found = _insert(level, who, gone, found, beta, b, seat)
                if found > free:
                    least = max(epsilon, level[free])
        south, north, middle, half = box(x, y, z, widest, people_grid)
        last = max(south, north + 1)
        for r in range(south, last + 1):
            for turn in TURNS:
                i, stop = stretch(people_first, late, people_grid, r, last, middle, half, turn)
                while i < stop:
                    k = i // BLOCK
                    end = min(stop, (k + 1) * BLOCK)
                    if block_weight[k] * worth - least_gain[k] <= least and not block_special[k]:
                        i = end
                        continue
                    is_whole, lowest = i == k * BLOCK and end == i + BLOCK, np.inf
                    while i < end:
                        b = people[i]
                        i += 1
                        lowest = min(lowest, gain[b])
                        is_special = special_span[b, 0] < special_span[b, 1]
                        beta = home[b, 4] * worth - gain[b]
                        if demand[b] == 0 or (beta <= least and not is_special):
                            continue
                        dx, dy, dz = home[b, 0] - x, home[b, 1] - y, home[b, 2] - z
                        chord2 = dx * dx + dy * dy + dz * dz
                        if chord2 > home[b, 3] or not fits[kind_of[b], kind[s]]:
                            continue
                        if km_cost > 0 and not is_special and beta - km_cost * way_km(chord2) <= least:
                            continue
                        if km_cost > 0 or is_special:
                            beta += base_of(
                                b, s, home, spot, p, special_span, special_place, special_bonus, km_cost
                            )
                        seat = -1
                        if demand[b] == 1:
                            if held_count[b] > 0:
                                seat = held_segment[held_start[b]]
                        else:
                            lost, seat = _given_up(
                                b, s, home[b, 4], demand[b], home, spot, place, starts, ends, price,
                                special_span, special_place, special_bonus, km_cost,
                                held_segment, held_start[b], held_start[b] + held_count[b],
                            )  # fmt: skip
                            beta += gain[b] - lost
                        if beta <= least or seat == -2 or seat == s:
                            continue
                        if blocked(place, starts, ends, s, fixed_segment, fixed_start[b], fixed_start[b + 1]):
                            continue
                        found = _insert(level, who, gone, found, beta, b, seat)
                        if found > free:
                            least = max(epsilon, level[free])
                    if is_whole:
                        least_gain[k] = lowest
        now = min(price[s], max(level[free] - epsilon, 0.0) if found > free else 0.0)
        first = top[s]
        for j in range(first, first + taken[s]):
            bids[j] = now
            if demand[holder[j]] == 1:
                gain[holder[j]] += price[s] - now
        price[s] = now
        for j in range(min(found, free)):
            b, old = who[j], gone[j]
            if old >= 0:
                leave(seats, held, b, old)
                if price[old] > 0 and not is_waiting[old]:
                    is_waiting[old] = True
                    tail = head + count
                    ring[tail if tail < size else tail - size] = old
                    count += 1
            bids[first + taken[s]], holder[first + taken[s]] = now, b
            taken[s] += 1
            held_segment[held_start[b] + held_count[b]] = s
            held_count[b] += 1
            gain[b] = gain_now(bidders, ground, held, price, b)
            if at_of[b] >= 0:
                least_gain[at_of[b] // BLOCK] = min(least_gain[at_of[b] // BLOCK], gain[b])
            if marking:
                mark(is_marked, marked, mark_count, 0, b)
    return made
