"""Compiled loops of the auction and of its dual bound."""

from __future__ import annotations

import numpy as np

from geodata.compiled import kernel


@kernel
def clash(p, q, starts, ends):  # type: ignore[no-untyped-def]
    """Whether one person cannot take both places."""
    if p == q:
        return True
    if starts[p] >= ends[p] or starts[q] >= ends[q]:
        return False
    return starts[p] < ends[q] and starts[q] < ends[p]


@kernel
def _sift_down(bids, holders, arcs, first, at, size):  # type: ignore[no-untyped-def]
    while True:
        child = 2 * at + 1
        if child >= size:
            return
        if child + 1 < size and bids[first + child + 1] < bids[first + child]:
            child += 1
        if bids[first + at] <= bids[first + child]:
            return
        a, c = first + at, first + child
        bids[a], bids[c] = bids[c], bids[a]
        holders[a], holders[c] = holders[c], holders[a]
        arcs[a], arcs[c] = arcs[c], arcs[a]
        at = child


@kernel
def _sift_up(bids, holders, arcs, first, at):  # type: ignore[no-untyped-def]
    while at > 0:
        parent = (at - 1) // 2
        a, c = first + parent, first + at
        if bids[a] <= bids[c]:
            return
        bids[a], bids[c] = bids[c], bids[a]
        holders[a], holders[c] = holders[c], holders[a]
        arcs[a], arcs[c] = arcs[c], arcs[a]
        at = parent


@kernel
def bid(  # type: ignore[no-untyped-def]
    start, demand, forced, place, value, weight,
    segment_start, room, drop, starts, ends,
    heap_start, heap_bid, heap_holder, heap_arc, heap_size, price,
    held_start, held_arc, held_segment, held_count,
    queue, stack, waiting, ends_of_queue, outbid, epsilon, stay_out, most_bids,
):  # fmt: skip
    """Let bidders bid until nobody waits or `most_bids` are made; returns the number made.

    One price per segment: as given while seats are left, then the lowest bid in it. A bidder takes the
    seat of best value less price and bids what makes it no better than the next best, plus epsilon; who
    would gain at most `stay_out` stays at home, so that ties at zero gain end. Each newcomer of `queue` is
    followed to the end of the chain of people who have to move (`stack`). ends_of_queue: newcomers done,
    and how many are on the stack.
    """
    made = 0
    fresh, count = ends_of_queue[0], ends_of_queue[1]
    while (count > 0 or fresh < len(queue)) and made < most_bids:
        if count > 0:
            count -= 1
            b = stack[count]
        else:
            b = queue[fresh]
            fresh += 1
        waiting[b] = False
        while held_count[b] < demand[b]:
            best = -np.inf
            second = -np.inf
            best_arc = -1
            best_segment = -1
            for k in range(start[b], start[b + 1]):
                p = place[k]
                free = True
                for h in range(held_start[b], held_start[b] + held_count[b]):
                    if clash(p, place[held_arc[h]], starts, ends):
                        free = False
                        break
                if not free:
                    continue
                for s in range(segment_start[p], segment_start[p + 1]):
                    if room[s] == 0:
                        continue
                    net = value[k] - weight[k] * drop[s] - price[s]
                    if net > best:
                        second = best
                        best, best_arc, best_segment = net, k, s
                    elif net > second:
                        second = net
            if best_arc < 0:
                break
            s = best_segment
            if forced[b]:
                alone = second == -np.inf
                offer = (max(price[s], outbid[s]) if alone else price[s] + best - second) + epsilon
            else:
                if best <= stay_out:
                    break
                offer = price[s] + min(best - max(second, 0.0) + epsilon, best)
            first = heap_start[s]
            if heap_size[s] < room[s]:
                at = heap_size[s]
                heap_size[s] += 1
                heap_bid[first + at], heap_holder[first + at], heap_arc[first + at] = offer, b, best_arc
                _sift_up(heap_bid, heap_holder, heap_arc, first, at)
            else:
                loser, lost_arc = heap_holder[first], heap_arc[first]
                for h in range(held_start[loser], held_start[loser] + held_count[loser]):
                    if held_arc[h] == lost_arc:
                        last = held_start[loser] + held_count[loser] - 1
                        held_arc[h], held_segment[h] = held_arc[last], held_segment[last]
                        break
                held_count[loser] -= 1
                if not waiting[loser] and loser != b:
                    waiting[loser] = True
                    stack[count] = loser
                    count += 1
                heap_bid[first], heap_holder[first], heap_arc[first] = offer, b, best_arc
                _sift_down(heap_bid, heap_holder, heap_arc, first, 0, heap_size[s])
            if heap_size[s] == room[s]:
                price[s] = max(price[s], heap_bid[first])
            held_arc[held_start[b] + held_count[b]] = best_arc
            held_segment[held_start[b] + held_count[b]] = s
            held_count[b] += 1
            made += 1
    ends_of_queue[0], ends_of_queue[1] = fresh, count
    return made


@kernel
def _loss(  # type: ignore[no-untyped-def]
    b,
    p,
    demand,
    place,
    value,
    weight,
    drop,
    starts,
    ends,
    price,
    held_start,
    held_arc,
    held_segment,
    held_count,
):
    """What the bidder loses by taking place p, and which of the held seats goes (-1: none, -2: cannot be)."""
    lost, gone, cheapest, cheapest_at = 0.0, -1, np.inf, -1
    for h in range(held_start[b], held_start[b] + held_count[b]):
        k, s = held_arc[h], held_segment[h]
        gain = value[k] - weight[k] * drop[s] - price[s]
        if clash(p, place[k], starts, ends):
            if gone != -1:
                return 0.0, -2  # two seats in the way: that is left to the bidder's own next bid
            lost, gone = gain, h
        if gain < cheapest:
            cheapest, cheapest_at = gain, h
    if gone == -1 and held_count[b] == demand[b]:
        return cheapest, cheapest_at
    return lost, gone


@kernel
def _leave(s, b, heap_start, heap_bid, heap_holder, heap_arc, heap_size):  # type: ignore[no-untyped-def]
    """Take the bidder's seat in this segment away; the heap is mended."""
    first = heap_start[s]
    at = 0
    while heap_holder[first + at] != b:
        at += 1
    heap_size[s] -= 1
    last = first + heap_size[s]
    a = first + at
    heap_bid[a], heap_holder[a], heap_arc[a] = heap_bid[last], heap_holder[last], heap_arc[last]
    if at < heap_size[s]:
        _sift_up(heap_bid, heap_holder, heap_arc, first, at)
        for parent in range((heap_size[s] - 2) // 2, -1, -1):
            _sift_down(heap_bid, heap_holder, heap_arc, first, parent, heap_size[s])


@kernel
def offer(  # type: ignore[no-untyped-def]
    bidder_of, by_place_first, by_place_arc, place_of,
    demand, forced, place, value, weight, room, drop, starts, ends,
    heap_start, heap_bid, heap_holder, heap_arc, heap_size, price,
    held_start, held_arc, held_segment, held_count, short, epsilon,
):  # fmt: skip
    """Reverse auction: segments with seats left at a price above 0 offer them cheaper, until somebody comes.

    The price goes down to what the best bidder still outside would give. Who comes leaves a seat behind,
    whose segment offers it in turn. Returns the offers made.
    """
    made = 0
    size = len(room)
    gain = np.zeros(len(demand))  # of bidders who want one seat: what they have now
    for b in range(len(demand)):
        if demand[b] == 1 and held_count[b] == 1:
            k, s = held_arc[held_start[b]], held_segment[held_start[b]]
            gain[b] = value[k] - weight[k] * drop[s] - price[s]
    ring = np.empty(size, np.int64)
    is_waiting = np.zeros(size, np.bool_)
    head, count = 0, len(short)
    ring[:count] = short
    for s in short:
        is_waiting[s] = True
    while count > 0:
        s = ring[head]
        head = head + 1 if head + 1 < size else 0
        count -= 1
        is_waiting[s] = False
        free = room[s] - heap_size[s]
        if free <= 0 or price[s] <= 0:
            continue
        made += 1
        p = place_of[s]
        level = np.full(free + 1, -np.inf)
        who = np.full(free + 1, -1, np.int64)
        gone = np.full(free + 1, -1, np.int64)
        found = 0
        for i in range(by_place_first[p], by_place_first[p + 1]):
            k = by_place_arc[i]
            b = bidder_of[k]
            beta = value[k] - weight[k] * drop[s] - gain[b]
            if forced[b] or beta <= epsilon or (found > free and beta <= level[free]):
                continue
            lost, h = _loss(
                b, p, demand, place, value, weight, drop, starts, ends, price,
                held_start, held_arc, held_segment, held_count,
            )  # fmt: skip
            if h == -2 or (h >= 0 and held_segment[h] == s):
                continue
            if demand[b] > 1:
                beta -= lost
            if beta <= epsilon or (found > free and beta <= level[free]):
                continue
            at = min(found, free)
            while at > 0 and level[at - 1] < beta:
                level[at], who[at], gone[at] = level[at - 1], who[at - 1], gone[at - 1]
                at -= 1
            level[at], who[at], gone[at] = beta, k, h
            found = min(found + 1, free + 1)
        now = min(price[s], max(level[free] - epsilon, 0.0) if found > free else 0.0)
        before, price[s] = price[s], now
        first = heap_start[s]
        for j in range(first, first + heap_size[s]):
            heap_bid[j] = now
            gain[heap_holder[j]] += before - now if demand[heap_holder[j]] == 1 else 0.0
        for j in range(min(found, free)):
            k, h = who[j], gone[j]
            b = bidder_of[k]
            if h >= 0:
                old = held_segment[h]
                _leave(old, b, heap_start, heap_bid, heap_holder, heap_arc, heap_size)
                last = held_start[b] + held_count[b] - 1
                held_arc[h], held_segment[h] = held_arc[last], held_segment[last]
                held_count[b] -= 1
                if price[old] > 0 and not is_waiting[old]:
                    is_waiting[old] = True
                    tail = head + count
                    ring[tail if tail < size else tail - size] = old
                    count += 1
            at = heap_size[s]
            heap_size[s] += 1
            heap_bid[first + at], heap_holder[first + at], heap_arc[first + at] = now, b, k
            held_arc[held_start[b] + held_count[b]] = k
            held_segment[held_start[b] + held_count[b]] = s
            held_count[b] += 1
            if demand[b] == 1:
                gain[b] = value[k] - weight[k] * drop[s] - now
    return made


@kernel
def best_sets_worth(  # type: ignore[no-untyped-def]
    start, demand, forced, place, value, weight, segment_start, room, drop, starts, ends, price
):
    """Sum over bidders of the most each can gain at these prices, by any choice without overlaps."""
    total = 0.0
    for b in range(len(demand)):
        n = start[b + 1] - start[b]
        net = np.empty(n)
        best = -np.inf
        for j in range(n):
            k = start[b] + j
            p = place[k]
            net[j] = -np.inf
            for s in range(segment_start[p], segment_start[p + 1]):
                if room[s] > 0:
                    net[j] = max(net[j], value[k] - weight[k] * drop[s] - price[s])
            best = max(best, net[j])
        if forced[b]:
            total += best
        elif best > 0:
            total += best if demand[b] == 1 else _best_set(start[b], net, demand[b], place, starts, ends)
    return total


@kernel
def _best_set(first, net, most, place, starts, ends):  # type: ignore[no-untyped-def]
    """Weighted interval scheduling with at most `most` intervals; places without a time overlap nothing."""
    good = np.flatnonzero(net > 0)
    is_timed = np.empty(len(good), np.bool_)
    for j in range(len(good)):
        p = place[first + good[j]]
        is_timed[j] = starts[p] < ends[p]
    timed, loose = good[is_timed], good[~is_timed]
    end = np.empty(len(timed), np.int64)
    for j in range(len(timed)):
        end[j] = ends[place[first + timed[j]]]
    order = np.argsort(end)
    table = np.zeros((len(timed) + 1, most + 1))
    for j in range(len(timed)):
        k = timed[order[j]]
        before = np.searchsorted(end[order], starts[place[first + k]], side="right")
        for c in range(1, most + 1):
            table[j + 1, c] = max(table[j, c], table[before, c - 1] + net[k])
    free = -np.sort(-net[loose])
    best = 0.0
    extra = 0.0
    for taken in range(min(len(free), most) + 1):
        best = max(best, table[len(timed), most - taken] + extra)
        if taken < len(free):
            extra += free[taken]
    return best
