"""Compiled local search on a cyclic order: 2-opt and Or-opt over neighbour lists, then small kicks undone
when worse.

An open walk is a cycle through one more node, the gate, that is 0 m from every point; a fixed first point is
FAR below 0 from the gate, so that no move parts them.
"""

from __future__ import annotations

import numpy as np

from geodata.compiled import kernel

FAR = 1e7  # far beyond any gain (points span 1e5), yet sums with it keep EPS exact
EPS = 1e-7
LONGEST_SEGMENT = 3
KICK_SPAN = 30


@kernel
def _d(xy, a, b, gate, first):  # type: ignore[no-untyped-def]
    if a == gate or b == gate:
        return -FAR if (a == first or b == first) else 0.0
    return np.sqrt((xy[a, 0] - xy[b, 0]) ** 2 + (xy[a, 1] - xy[b, 1]) ** 2)


@kernel
def _swap_range(order, pos, i, count):  # type: ignore[no-untyped-def]
    """Turn `count` nodes from position i on around (cyclic)."""
    n = len(order)
    j = i + count - 1
    if j >= n:
        j -= n
    for _ in range(count // 2):
        a, b = order[i], order[j]
        order[i], order[j] = b, a
        pos[b], pos[a] = i, j
        i = i + 1 if i + 1 < n else 0
        j = j - 1 if j > 0 else n - 1


@kernel
def _reverse(order, pos, a, b, journal, used):  # type: ignore[no-untyped-def]
    """Turn the way from a on to b around, or the rest of the cycle if that is shorter (the same cycle,
    mirrored)."""
    n = len(order)
    i, j = pos[a], pos[b]
    count = j - i + 1 if j >= i else j - i + 1 + n
    if 2 * count > n:
        i = j + 1 if j + 1 < n else 0
        count = n - count
    _swap_range(order, pos, i, count)
    if used[0] >= 0:
        if used[0] < len(journal):
            journal[used[0], 0], journal[used[0], 1] = i, count
        used[0] += 1


@kernel
def _push(queue, waiting, ends, node):  # type: ignore[no-untyped-def]
    if not waiting[node]:
        waiting[node] = True
        tail = ends[0] + ends[1]
        queue[tail if tail < len(queue) else tail - len(queue)] = node
        ends[1] += 1


@kernel
def _two_opt(xy, order, pos, near, t1, gate, first, journal, used, queue, waiting, ends):  # type: ignore[no-untyped-def]
    """The first improving exchange of two edges at t1; returns metres won."""
    n = len(order)
    for onward in range(2):
        step = 1 if onward == 0 else n - 1
        t2 = order[(pos[t1] + step) % n]
        d12 = _d(xy, t1, t2, gate, first)
        for j in range(near.shape[1]):
            t3 = near[t1, j]
            won = d12 - _d(xy, t1, t3, gate, first)
            if won <= EPS:
                break
            t4 = order[(pos[t3] + step) % n]
            if t3 == t2 or t4 == t1:
                continue
            won += _d(xy, t3, t4, gate, first) - _d(xy, t2, t4, gate, first)
            if won > EPS:
                if onward == 0:
                    _reverse(order, pos, t2, t3, journal, used)
                else:
                    _reverse(order, pos, t1, t4, journal, used)
                _push(queue, waiting, ends, t1)
                _push(queue, waiting, ends, t2)
                _push(queue, waiting, ends, t3)
                _push(queue, waiting, ends, t4)
                return won
    return 0.0


@kernel
def _or_opt(xy, order, pos, near, s1, gate, first, journal, used, queue, waiting, ends):  # type: ignore[no-untyped-def]
    """Move the one to three points that begin at s1 next to a neighbour of s1, either way round."""
    n = len(order)
    for onward in range(2):
        step = 1 if onward == 0 else n - 1
        back = n - step
        before = order[(pos[s1] + back) % n]
        s2 = s1
        for length in range(1, LONGEST_SEGMENT + 1):
            if length > 1:
                s2 = order[(pos[s2] + step) % n]
            after = order[(pos[s2] + step) % n]
            if after == before or length + 2 >= n:
                break
            out = _d(xy, before, s1, gate, first) + _d(xy, s2, after, gate, first)
            out -= _d(xy, before, after, gate, first)
            if out <= EPS:
                continue
            for j in range(near.shape[1]):
                c = near[s1, j]
                d1 = _d(xy, s1, c, gate, first)
                if out - d1 <= EPS:
                    break
                offset = (pos[c] - pos[s1]) * (1 if onward == 0 else -1)
                if (offset + n) % n < length:
                    continue
                for side in range(2):
                    # s1 sits beside c; s2 beside e, the neighbour of c on one side or the other
                    e = order[(pos[c] + (step if side == 0 else back)) % n]
                    if (side == 0 and c == before) or (side == 1 and c == after):
                        continue
                    won = out - d1 - _d(xy, s2, e, gate, first) + _d(xy, c, e, gate, first)
                    if won > EPS:
                        _move(order, pos, before, s1, s2, after, c, e, side, journal, used)
                        _push(queue, waiting, ends, before)
                        _push(queue, waiting, ends, after)
                        _push(queue, waiting, ends, s1)
                        _push(queue, waiting, ends, s2)
                        _push(queue, waiting, ends, c)
                        _push(queue, waiting, ends, e)
                        return won
    return 0.0


@kernel
def _turn(order, pos, outside, a, b, journal, used):  # type: ignore[no-untyped-def]
    """Turn the way between a and b around, where a now follows or precedes `outside`, which is not on that
    way."""
    n = len(order)
    if order[(pos[outside] + 1) % n] == a:
        _reverse(order, pos, a, b, journal, used)
    else:
        _reverse(order, pos, b, a, journal, used)


@kernel
def _move(order, pos, before, s1, s2, after, c, e, side, journal, used):  # type: ignore[no-untyped-def]
    """Bring before-s1..s2-after and c-e to before-after and c-s1..s2-e, by turning ways around."""
    if side == 0:
        # on the way from s1 come s2, after, ..., c, e: wanted ... c, s1..s2, e
        _turn(order, pos, before, s1, c, journal, used)  # before, c ... after, s2..s1, e
        _turn(order, pos, before, c, after, journal, used)  # before, after ... c, s2..s1, e
        _turn(order, pos, c, s2, s1, journal, used)
    else:
        # seen from c the way goes c, ..., before, s1..s2, after and e lies behind c; or e, c beyond after:
        # on the way from s1 come s2, after, ..., e, c: wanted after ... e, s2..s1, c
        _turn(order, pos, before, s1, e, journal, used)  # before, e ... after, s2..s1, c
        _turn(order, pos, before, e, after, journal, used)  # before, after ... e, s2..s1, c


@kernel
def improve(xy, order, pos, near, gate, first, journal, used, queue, waiting, ends):  # type: ignore[no-untyped-def]
    """Better the order until no node in the queue finds a move; returns metres won."""
    total = 0.0
    while ends[1] > 0:
        node = queue[ends[0]]
        ends[0] = ends[0] + 1 if ends[0] + 1 < len(queue) else 0
        ends[1] -= 1
        waiting[node] = False
        if node == gate:
            continue
        won = 1.0
        while won > 0.0:
            won = _two_opt(xy, order, pos, near, node, gate, first, journal, used, queue, waiting, ends)
            if won == 0.0:
                won = _or_opt(xy, order, pos, near, node, gate, first, journal, used, queue, waiting, ends)
            total += won
    return total


@kernel
def _random(state, below):  # type: ignore[no-untyped-def]
    """xorshift64*: a whole number from 0 to below - 1; `state` is one uint64, not 0."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return int((x * np.uint64(2685821657736338717)) >> np.uint64(33)) % below


@kernel
def kick(xy, order, pos, near, gate, first, journal, queue, waiting, ends, state, kicks):  # type: ignore[no-untyped-def]
    """Exchange two short neighbouring stretches, repair, and take it back when that made the way longer.

    Returns metres won over all kicks.
    """
    n = len(order)
    span = min(KICK_SPAN, n // 2)
    used = np.zeros(1, np.int64)
    total = 0.0
    if span < 3:
        return total
    for _ in range(kicks):
        used[0] = 0
        at = _random(state, n)
        one = 1 + _random(state, span - 1)
        two = 1 + _random(state, span - one)
        a, b = order[at], order[(at + 1) % n]
        c, d = order[(at + one) % n], order[(at + one + 1) % n]
        e, f = order[(at + one + two) % n], order[(at + one + two + 1) % n]
        lost = _d(xy, a, d, gate, first) + _d(xy, e, b, gate, first) + _d(xy, c, f, gate, first)
        lost -= _d(xy, a, b, gate, first) + _d(xy, c, d, gate, first) + _d(xy, e, f, gate, first)
        if f == a or lost > FAR / 2:
            continue
        _turn(order, pos, a, b, e, journal, used)  # a, e..d, c..b, f
        _turn(order, pos, a, e, d, journal, used)  # a, d..e, c..b, f
        _turn(order, pos, e, c, b, journal, used)  # a, d..e, b..c, f
        for node in (a, b, c, d, e, f):
            _push(queue, waiting, ends, node)
        won = improve(xy, order, pos, near, gate, first, journal, used, queue, waiting, ends) - lost
        if won < 0.0 and used[0] <= len(journal):
            for back in range(used[0] - 1, -1, -1):
                _swap_range(order, pos, journal[back, 0], journal[back, 1])
        else:
            total += won
    return total
