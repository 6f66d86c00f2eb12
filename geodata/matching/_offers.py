"""The compiled reverse auction: segments with seats left but a price above 0 offer them cheaper.

After D. P. Bertsekas, D. A. Castanon and H. Tsaknakis, "Reverse auction and the solution of inequality
constrained assignment problems" (1993): a segment lowers its price until the best bidders outside come in.
"""

from __future__ import annotations

import numpy as np

from geodata.compiled import kernel
from geodata.matching._bids import clash, release


@kernel
def _given_up(table, held, price, b, s):  # type: ignore[no-untyped-def]
    """What the bidder loses by taking segment s, and the one seat that goes (-1: none, -2: cannot be)."""
    lost, seat, cheapest, cheapest_seat = 0.0, -1, np.inf, -1
    for h in range(held.start[b], held.start[b] + held.count[b]):
        t = table.segment[held.row[h]]
        gain = table.worth[held.row[h]] - price[t]
        if clash(table.place, table.starts, table.ends, s, t):
            if seat != -1:
                return 0.0, -2  # two seats in the way: that is left to the bidder's own next bid
            lost, seat = gain, t
        if gain < cheapest:
            cheapest, cheapest_seat = gain, t
    if seat == -1 and held.count[b] == table.demand[b]:
        return cheapest, cheapest_seat
    return lost, seat


@kernel
def _stand_up(top, taken, holder, s, b):  # type: ignore[no-untyped-def]
    """Free the bidder's seat in segment s; the bids there are no heap afterwards, nobody looks at them."""
    at = top[s]
    while holder[at] != b:
        at += 1
    taken[s] -= 1
    holder[at] = holder[top[s] + taken[s]]


@kernel
def _row_of(start, segment, b, s):  # type: ignore[no-untyped-def]
    row = start[b]
    while segment[row] != s:
        row += 1
    return row


@kernel
def _standing(table, held, price):  # type: ignore[no-untyped-def]
    """Of bidders who want one seat: what they have now, and in which segment (-1: none).

    Who is forced has more than anybody could offer, who wants several seats is asked one by one.
    """
    gain = np.zeros(len(table.demand))
    seat = np.full(len(gain), -1, np.int32)
    demand, forced, segment, worth = table.demand, table.forced, table.segment, table.worth
    held_start, held_row, held_count = held.start, held.row, held.count
    for b in range(len(gain)):
        if forced[b]:
            gain[b] = np.inf
        elif demand[b] == 1 and held_count[b] == 1:
            row = held_row[held_start[b]]
            seat[b] = segment[row]
            gain[b] = worth[row] - price[seat[b]]
    return gain, seat


@kernel
def offer(table, asking, seats, held, short, epsilon):  # type: ignore[no-untyped-def]
    """Segments `short` offer their free seats until nobody better comes; returns the offers made.

    The price goes down to what the best bidder still outside would give. Who comes leaves a seat behind,
    whose segment offers it in turn.
    """
    first, who, worth = asking.first, asking.who, asking.worth
    demand, room, start, segment = table.demand, table.room, table.start, table.segment
    top, taken, price, holder = seats.start, seats.taken, seats.price, seats.holder
    held_start, held_row, held_count = held.start, held.row, held.count
    gain, seat = _standing(table, held, price)
    ring = np.empty(len(room), np.int64)
    is_waiting = np.zeros(len(room), np.bool_)
    ring[: len(short)] = short
    is_waiting[short] = True
    head, count, made = 0, len(short), 0
    while count > 0:
        s = ring[head]
        head = head + 1 if head + 1 < len(ring) else 0
        count -= 1
        is_waiting[s] = False
        free = room[s] - taken[s]
        if free <= 0 or price[s] <= 0:
            continue
        made += 1
        level = np.full(free + 1, -np.inf)  # what the best outside would give, the greatest first
        come = np.full(free + 1, -1, np.int64)
        gone = np.full(free + 1, -1, np.int64)
        found, least = 0, epsilon
        for i in range(first[s], first[s + 1]):
            b = np.int64(who[i])
            give = worth[i] - gain[b]
            if give <= least:
                continue
            left = np.int64(seat[b])
            if demand[b] > 1:
                lost, left = _given_up(table, held, price, b, s)
                give -= lost
            if left == -2 or left == s or give <= least:
                continue
            at = min(found, free)
            found = min(found + 1, free + 1)
            while at > 0 and level[at - 1] < give:
                level[at], come[at], gone[at] = level[at - 1], come[at - 1], gone[at - 1]
                at -= 1
            level[at], come[at], gone[at] = give, b, left
            least = max(level[free], epsilon)
        before = price[s]
        price[s] = min(before, max(level[free] - epsilon, 0.0))
        for j in range(top[s], top[s] + taken[s]):
            if demand[holder[j]] == 1:
                gain[holder[j]] += before - price[s]
        for j in range(min(found, free)):
            b, old = come[j], gone[j]
            if old >= 0:
                _stand_up(top, taken, holder, old, b)
                release(held_start, held_row, held_count, segment, b, old)
                if price[old] > 0 and not is_waiting[old]:
                    is_waiting[old] = True
                    tail = head + count
                    ring[tail if tail < len(ring) else tail - len(ring)] = old
                    count += 1
            row = _row_of(start, segment, b, s)
            holder[top[s] + taken[s]] = b
            taken[s] += 1
            held_row[held_start[b] + held_count[b]] = row
            held_count[b] += 1
            if demand[b] == 1:
                gain[b], seat[b] = table.worth[row] - price[s], s
    return made
