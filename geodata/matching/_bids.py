"""The compiled auction: bidders take the seat that gains them most, and whoever they outbid moves on."""

from __future__ import annotations

import numpy as np

from geodata.compiled import kernel


@kernel
def clash(place, starts, ends, s, t):  # type: ignore[no-untyped-def]
    """Whether one person cannot have a seat in both segments."""
    if place[s] == place[t]:
        return True
    if starts[s] >= ends[s] or starts[t] >= ends[t]:
        return False
    return starts[s] < ends[t] and starts[t] < ends[s]


@kernel
def _sift_down(bids, holders, first, size):  # type: ignore[no-untyped-def]
    """Mend the heap (lowest bid on top) after its top was replaced."""
    bid, holder = bids[first], holders[first]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and bids[first + child + 1] < bids[first + child]:
            child += 1
        if bid <= bids[first + child]:
            break
        bids[first + at], holders[first + at] = bids[first + child], holders[first + child]
        at = child
    bids[first + at], holders[first + at] = bid, holder


@kernel
def _sift_up(bids, holders, first, at):  # type: ignore[no-untyped-def]
    """Mend the heap after an entry was added at its end."""
    bid, holder = bids[first + at], holders[first + at]
    while at > 0 and bids[first + (at - 1) // 2] > bid:
        parent = (at - 1) // 2
        bids[first + at], holders[first + at] = bids[first + parent], holders[first + parent]
        at = parent
    bids[first + at], holders[first + at] = bid, holder


@kernel
def release(held_start, held_row, held_count, segment, b, s):  # type: ignore[no-untyped-def]
    """Take the seat in segment s from what bidder b holds."""
    first = held_start[b]
    for h in range(first, first + held_count[b]):
        if segment[held_row[h]] == s:
            held_row[h] = held_row[first + held_count[b] - 1]
            held_count[b] -= 1
            return


@kernel
def bid(  # type: ignore[no-untyped-def]
    table, seats, held, queue, stack, aside, ends, waiting, side, mine, outbid, epsilon, stay_out, most
):
    """Let the bidders of `queue`, and whoever they outbid, bid until nobody of side `mine` waits or `most`
    bids are made. Returns the number made.

    Each newcomer of the queue is followed to the end of the chain of people who have to move (`stack`);
    those of another side are put `aside`. ends: newcomers done, how many are on the stack, how many aside.

    One price per segment: as given while seats are left, then the lowest bid in it. A bidder takes the seat
    of best worth less price and bids what makes it no better than the next best, plus epsilon; who would
    gain at most `stay_out` stays at home, so that ties at zero gain end.
    """
    demand, forced, start, stop = table.demand, table.forced, table.start, table.stop
    segment, worth, room = table.segment, table.worth, table.room
    place, starts, ends_at = table.place, table.starts, table.ends
    top, bids, holder, taken, price = seats.start, seats.bid, seats.holder, seats.taken, seats.price
    held_start, held_row, held_count = held.start, held.row, held.count
    made = 0
    fresh, count, put_aside = ends[0], ends[1], ends[2]
    while (count > 0 or fresh < len(queue)) and made < most:
        if count > 0:
            count -= 1
            b = np.int64(stack[count])
        else:
            b = np.int64(queue[fresh])
            fresh += 1
        waiting[b] = False
        while held_count[b] < demand[b]:
            best, second, best_row = -np.inf, -np.inf, -1
            for row in range(start[b], stop[b]):
                net = worth[row] - price[segment[row]]
                if net <= second:
                    continue
                if held_count[b] > 0:
                    is_free = True
                    for h in range(held_start[b], held_start[b] + held_count[b]):
                        if clash(place, starts, ends_at, segment[row], segment[held_row[h]]):
                            is_free = False
                            break
                    if not is_free:
                        continue
                if net > best:
                    best, second, best_row = net, best, row
                else:
                    second = net
            if best_row < 0:
                break
            s = segment[best_row]
            if forced[b]:
                alone = second == -np.inf
                offer = (max(price[s], outbid[s]) if alone else price[s] + best - second) + epsilon
            else:
                if best <= stay_out:
                    break
                offer = price[s] + min(best - max(second, 0.0) + epsilon, best)
            first = top[s]
            if taken[s] < room[s]:
                bids[first + taken[s]], holder[first + taken[s]] = offer, b
                _sift_up(bids, holder, first, taken[s])
                taken[s] += 1
            else:
                loser = np.int64(holder[first])
                if demand[loser] == 1:
                    held_count[loser] = 0
                else:
                    release(held_start, held_row, held_count, segment, loser, s)
                if not waiting[loser]:
                    waiting[loser] = True
                    if side[loser] == mine:
                        stack[count] = loser
                        count += 1
                    else:
                        aside[put_aside] = loser
                        put_aside += 1
                bids[first], holder[first] = offer, b
                _sift_down(bids, holder, first, room[s])
            if taken[s] == room[s]:
                price[s] = max(price[s], bids[first])
            held_row[held_start[b] + held_count[b]] = best_row
            held_count[b] += 1
            made += 1
    ends[0], ends[1], ends[2] = fresh, count, put_aside
    return made
