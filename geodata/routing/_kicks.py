"""Compiled descent of a cyclic order, and kicks that disturb it in one spot, repair it and are taken back
when it became longer (Applegate, Cook & Rohe 2003; the double bridge of Martin, Otto & Felten 1991).

`limits`: how many neighbours are tried for the first and for the second edge of an exchange; how many
exchanges that make the order longer may come before one that pays; the most nodes that such a one may
rewrite; and how many nodes a bridge may span.
"""

from __future__ import annotations

import numpy as np

from geodata.compiled import kernel
from geodata.routing._exchange import exchange, find, find_from, metres, sort_cuts, stretches, undo

STEPS = 16


@kernel
def chance(state, below):  # type: ignore[no-untyped-def]
    """xorshift64*: a whole number from 0 to below - 1; `state` is one uint64, not 0."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return np.int64((x * np.uint64(2685821657736338717)) >> np.uint64(33)) % below


@kernel
def _push(queue, waiting, ends, node):  # type: ignore[no-untyped-def]
    if not waiting[node]:
        waiting[node] = True
        tail = ends[0] + ends[1]
        queue[tail if tail < len(queue) else tail - len(queue)] = node
        ends[1] += 1


@kernel
def _do(order, pos, t, k, cuts, journal, used, most):  # type: ignore[no-untyped-def]
    """Do the exchange of k edges in t; False, and nothing done, where that rewrites more than `most` nodes
    or the journal has no room for it."""
    sort_cuts(order, pos, t, k, cuts)
    longest, count = stretches(len(order), k, cuts)
    if count > most or used[0] + count + 2 > len(journal):
        return False
    exchange(order, pos, k, cuts, longest, count, journal, used)
    return True


@kernel
def _chain(  # type: ignore[no-untyped-def]
    place, order, pos, near, near_m, fixed, limits, node, queue, waiting, ends, journal, used, t, cuts
):
    """The first chain of exchanges found from the node on that shortens the order; returns metres won."""
    floor = used[0]
    best = t[8:16]
    t[0] = node
    k, won, left = find(place, order, pos, near, near_m, fixed, limits, t, best)
    stage = 1
    while True:
        if k > 0:
            if not _do(order, pos, t, k, cuts, journal, used, len(order)):
                break
            for i in range(2 * k):
                _push(queue, waiting, ends, t[i])
            for i in range(16, 10 + 6 * stage):
                _push(queue, waiting, ends, t[i])
            return won
        if stage > limits[2] or best[6] == 0 or not _do(order, pos, best, 3, cuts, journal, used, limits[3]):
            break
        for i in range(6):
            t[10 + 6 * stage + i] = best[i]
        t[1] = best[5]
        stage += 1
        best[6] = 0
        after = pos[node] + 1
        way = 0 if order[after if after < len(order) else 0] == t[1] else 1
        k, won, left = find_from(place, order, pos, near, near_m, fixed, limits, t, way, left, best, 0.0)
    undo(order, pos, journal, used, floor)
    return 0.0


@kernel
def improve(  # type: ignore[no-untyped-def]
    place, order, pos, near, near_m, fixed, limits, queue, waiting, ends, journal, used, keep, t, cuts
):
    """Shorten the order until no node in the queue begins an exchange; returns metres won.

    keep: whether the journal must suffice to take everything back; exchanges that would outgrow it are left.
    """
    total = 0.0
    while ends[1] > 0:
        node = queue[ends[0]]
        ends[0] = ends[0] + 1 if ends[0] + 1 < len(queue) else 0
        ends[1] -= 1
        waiting[node] = False
        won = 1.0
        while won > 0.0:
            if not keep:
                used[0] = 0
            won = _chain(
                place,
                order,
                pos,
                near,
                near_m,
                fixed,
                limits,
                node,
                queue,
                waiting,
                ends,
                journal,
                used,
                t,
                cuts,
            )
            total += won
    return total


@kernel
def _cuts_near(pos, near, near_m, state, steps, widest, at):  # type: ignore[no-untyped-def]
    """Four different positions of nodes near one another, in `at` from the earliest on, counted from that of
    the first; False where chance finds none within `widest` of each other.
    """
    n = len(pos)
    first = chance(state, n)
    at[0] = 0
    for i in range(1, 4):
        node = first
        for _ in range(steps):
            j = chance(state, near.shape[1])
            if near_m[node, j] < np.inf:
                node = near[node, j]
        away = pos[node] - pos[first]
        if away > n // 2:
            away -= n
        elif away < -(n // 2):
            away += n
        j = i
        while j > 0 and at[j - 1] > away:
            at[j] = at[j - 1]
            j -= 1
        at[j] = away
    at[4] = pos[first]
    return at[0] < at[1] < at[2] < at[3] and at[3] - at[0] <= min(widest, n - 2)


@kernel
def _bridge(place, order, pos, near, near_m, fixed, limits, span, state, journal, used, t):  # type: ignore[no-untyped-def]
    """Turn the sequence of three short stretches in a row, chosen by chance, around (each keeps its sense).

    Returns the metres it adds; inf, and nothing done, where that would cut the fixed edge. t: the ends.
    """
    n = len(order)
    if chance(state, 2) == 0:
        if not _cuts_near(pos, near, near_m, state, STEPS, limits[4], t):
            return np.inf
        begin = (t[4] + t[0] + n) % n
        one, two, three = t[1] - t[0], t[2] - t[1], t[3] - t[2]
    else:
        begin = chance(state, n)
        one, two, three = chance(state, span) + 1, chance(state, span) + 1, chance(state, span) + 1
    count = one + two + three
    begin = begin + 1 if begin + 1 < n else 0
    at = begin - 1 if begin > 0 else n - 1
    t[0] = order[at]
    kept = used[0]
    for i in range(count):
        at = at + 1 if at + 1 < n else 0
        journal[kept + i] = order[at]
    t[7] = order[at + 1 if at + 1 < n else 0]
    t[1], t[2] = journal[kept], journal[kept + one - 1]
    t[3], t[4] = journal[kept + one], journal[kept + one + two - 1]
    t[5], t[6] = journal[kept + one + two], journal[kept + count - 1]
    for i in range(0, 8, 2):
        a, b = t[i], t[i + 1]
        if (a == fixed[0] and b == fixed[1]) or (a == fixed[1] and b == fixed[0]):
            return np.inf
    lost = metres(place, t[0], t[5]) + metres(place, t[6], t[3])
    lost += metres(place, t[4], t[1]) + metres(place, t[2], t[7])
    for i in range(0, 8, 2):
        lost -= metres(place, t[i], t[i + 1])
    at = begin
    for low, high in ((one + two, count), (one, one + two), (0, one)):
        for i in range(low, high):
            node = journal[kept + i]
            order[at], pos[node] = node, at
            at = at + 1 if at + 1 < n else 0
    journal[kept + count], journal[kept + count + 1] = begin, count
    used[0] = kept + count + 2
    return lost


@kernel
def kick(place, order, pos, near, near_m, fixed, limits, queue, waiting, ends, journal, state, span, kicks):  # type: ignore[no-untyped-def]
    """Disturb the order in one spot, repair it, and take that back when the order became longer.

    The journal needs room for 3 * span + 2 nodes and the repair. Returns metres won over all kicks.
    """
    used = np.zeros(1, np.int64)
    t = np.empty(64, np.int64)
    cuts = np.empty((3, 6), np.int64)
    total = 0.0
    for _ in range(kicks):
        used[0] = 0
        lost = _bridge(place, order, pos, near, near_m, fixed, limits, span, state, journal, used, t)
        if lost == np.inf:
            continue
        for i in range(8):
            _push(queue, waiting, ends, t[i])
        won = improve(
            place,
            order,
            pos,
            near,
            near_m,
            fixed,
            limits,
            queue,
            waiting,
            ends,
            journal,
            used,
            True,
            t,
            cuts,
        )
        if won < lost:
            undo(order, pos, journal, used, 0)
        else:
            total += won - lost
    return total


@kernel
def descend(place, order, pos, near, near_m, fixed, limits, queue, waiting, ends, journal):  # type: ignore[no-untyped-def]
    """Shorten the order from the nodes in the queue on, for good; returns metres won."""
    t = np.empty(64, np.int64)
    cuts = np.empty((3, 6), np.int64)
    used = np.zeros(1, np.int64)
    return improve(
        place, order, pos, near, near_m, fixed, limits, queue, waiting, ends, journal, used, False, t, cuts
    )
