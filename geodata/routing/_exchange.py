"""Compiled search for exchanges of two or three edges that shorten a cyclic order, and their doing.

Lin & Kernighan 1973, with the neighbour lists of Johnson & McGeoch 1997. `place` is (n,) complex128, x + iy
in metres, or an (n, n) symmetric matrix; a point at NaN is 0 from all (the gate of an open walk). `order`
holds the nodes in cyclic order and `pos` the position of each; `near` the neighbours of a node and `near_m`
how far they are, nearest first, inf for none. The edge between the two nodes of `fixed` is never cut. `t`
holds the ends of the edges of one exchange: t[2i]-t[2i + 1] are cut, t[2i + 1]-t[2i + 2] and the last with
t[0] are joined.
"""

from __future__ import annotations

import numpy as np

from geodata.compiled import kernel

GAIN = 1e-7


@kernel
def metres(place, a, b):  # type: ignore[no-untyped-def]
    if place.ndim == 2:
        return place[a, b]
    p, q = place[a], place[b]
    d = np.sqrt((p.real - q.real) ** 2 + (p.imag - q.imag) ** 2)
    return 0.0 if np.isnan(d) else d


@kernel
def _cut(place, fixed, a, b):  # type: ignore[no-untyped-def]
    if (a == fixed[0] and b == fixed[1]) or (a == fixed[1] and b == fixed[0]):
        return -np.inf
    return metres(place, a, b)


@kernel
def sort_cuts(order, pos, t, k, cuts):  # type: ignore[no-untyped-def]
    """Lay the cut edges along the order.

    cuts[0] their places (an edge is where its earlier node is); cuts[1] the end (2 x rank, + 1 for the later
    node) that t[i] is; cuts[2] the i of t at an end.
    """
    n = len(order)
    for i in range(k):
        a, b = pos[t[2 * i]], pos[t[2 * i + 1]]
        later = 1 if b == (a + 1 if a + 1 < n else 0) else 0
        at = a if later == 1 else b
        rank = i
        while rank > 0 and cuts[0, rank - 1] > at:
            cuts[0, rank] = cuts[0, rank - 1]
            cuts[2, 2 * rank] = cuts[2, 2 * rank - 2]
            cuts[2, 2 * rank + 1] = cuts[2, 2 * rank - 1]
            rank -= 1
        cuts[0, rank] = at
        cuts[2, 2 * rank + 1 - later] = 2 * i
        cuts[2, 2 * rank + later] = 2 * i + 1
    for end in range(2 * k):
        cuts[1, cuts[2, end]] = end


@kernel
def _next_stretch(cuts, k, end):  # type: ignore[no-untyped-def]
    """The end at which the order goes on after leaving a stretch at `end`."""
    i = cuts[2, end]
    j = i + 1 if i % 2 == 1 else i - 1
    if j == 2 * k:
        j = 0
    elif j < 0:
        j = 2 * k - 1
    return cuts[1, j]


@kernel
def _far_end(k, end):  # type: ignore[no-untyped-def]
    """The other end of the stretch that has `end`."""
    if end % 2 == 1:
        return end + 1 if end + 1 < 2 * k else 0
    return end - 1 if end > 0 else 2 * k - 1


@kernel
def _step(order, p, way):  # type: ignore[no-untyped-def]
    """The node after position p, or before it where way is 1."""
    if way == 0:
        return order[p + 1 if p + 1 < len(order) else 0]
    return order[p - 1 if p > 0 else len(order) - 1]


@kernel
def find(place, order, pos, near, near_m, fixed, limits, t, best):  # type: ignore[no-untyped-def]
    """The first exchange of two or three edges that shortens the order and begins at t[0]; returns its number
    of edges (0: none) and the metres won. `best` as in find_from.
    """
    best[6] = 0
    left = 0.0
    for way in range(2):
        t[1] = _step(order, pos[t[0]], way)
        k, won, left = find_from(
            place,
            order,
            pos,
            near,
            near_m,
            fixed,
            limits,
            t,
            way,
            _cut(place, fixed, t[0], t[1]),
            best,
            left,
        )
        if k > 0:
            return k, won, left
    return 0, 0.0, left


@kernel
def find_from(place, order, pos, near, near_m, fixed, limits, t, way, g0, best, most):  # type: ignore[no-untyped-def]
    """The same when t[0]-t[1] is cut and g0 metres are won by that; t[1] is behind t[0], or before it where
    way is 1.

    Where no exchange shortens the order, best[:6] are the ends of the one that wins most before its last edge
    is joined, best[6] its number of edges (unless `most` was won before already); returns also that gain.
    Laid out from t[1] on, the order is t[1] ... t[0]; `r` are places in it.
    """
    n = len(order)
    one, two = t[0], t[1]
    p2 = pos[two]
    for j in range(limits[0]):
        g1 = g0 - near_m[two, j]
        if g1 <= GAIN:
            break
        c = near[two, j]
        pc = pos[c]
        r3 = pc - p2 if way == 0 else p2 - pc
        if r3 < 0:
            r3 += n
        if r3 == 1 or r3 == n - 1:
            continue
        t[2] = c
        # before c: one cycle already
        d = _step(order, pc, 1 - way)
        g2 = g1 + _cut(place, fixed, c, d)
        t[3] = d
        won = g2 - metres(place, d, one)
        if won > GAIN:
            return 2, won, most
        for jj in range(limits[1]):
            g3 = g2 - near_m[d, jj]
            if g3 <= GAIN:
                break
            e = near[d, jj]
            if e == one:
                continue
            pe = pos[e]
            r5 = pe - p2 if way == 0 else p2 - pe
            if r5 < 0:
                r5 += n
            if abs(r3 - 1 - r5) == 1:  # beside d
                continue
            f = _step(order, pe, way if r5 < r3 else 1 - way)
            g3 += _cut(place, fixed, e, f)
            won = g3 - metres(place, f, one)
            if won > GAIN:
                t[4], t[5] = e, f
                return 3, won, most
            if g3 > most:
                most = g3
                best[0], best[1], best[2], best[3], best[4], best[5], best[6] = one, two, c, d, e, f, 3
        # behind c: t[1] ... c closes on itself, and has to be opened again
        d = _step(order, pc, way)
        g2 = g1 + _cut(place, fixed, c, d)
        t[3] = d
        for jj in range(limits[1]):
            g3 = g2 - near_m[d, jj]
            if g3 <= GAIN:
                break
            e = near[d, jj]
            pe = pos[e]
            r5 = pe - p2 if way == 0 else p2 - pe
            if r5 < 0:
                r5 += n
            if r5 >= r3:
                continue
            for side in range(2):
                if side == 1 and r5 == 0:
                    continue
                f = _step(order, pe, way if side == 0 else 1 - way)
                g4 = g3 + _cut(place, fixed, e, f)
                won = g4 - metres(place, f, one)
                if won > GAIN:
                    t[4], t[5] = e, f
                    return 3, won, most
                if g4 > most:
                    most = g4
                    best[0], best[1], best[2], best[3], best[4], best[5], best[6] = one, two, c, d, e, f, 3
    return 0, 0.0, most


@kernel
def stretches(n, k, cuts):  # type: ignore[no-untyped-def]
    """The rank of the cut before the longest stretch, and the nodes of all others."""
    longest, most = 0, cuts[0, 0] - cuts[0, k - 1] + n
    for rank in range(1, k):
        size = cuts[0, rank] - cuts[0, rank - 1]
        if size > most:
            longest, most = rank, size
    return longest, n - most


@kernel
def exchange(order, pos, k, cuts, longest, count, journal, used):  # type: ignore[no-untyped-def]
    """Do the exchange laid out in `cuts`: write all stretches but the longest anew, in their new sequence.

    What stood there goes into the journal: the nodes, then the position of the first and their count. It must
    have room for count + 2.
    """
    n = len(order)
    begin = cuts[0, longest] + 1 if cuts[0, longest] + 1 < n else 0
    at, kept = begin, used[0]
    for i in range(count):
        journal[kept + i] = order[at]
        at = at + 1 if at + 1 < n else 0
    journal[kept + count], journal[kept + count + 1] = begin, count
    used[0] = kept + count + 2
    write, end = begin, 2 * longest
    for _ in range(k - 1):
        end = _next_stretch(cuts, k, end)
        other = _far_end(k, end)
        rank = other // 2 if end % 2 == 1 else end // 2
        size = cuts[0, rank] - cuts[0, rank - 1 if rank > 0 else k - 1]
        size = size if size > 0 else size + n
        # a stretch begins after the cut before it; where that lies among the nodes kept
        read = cuts[0, end // 2] + (1 if end % 2 == 1 else 0) - begin
        if read < 0:
            read += n
        elif read >= n:
            read -= n
        step = 1 if end % 2 == 1 else -1
        read += kept
        for _ in range(size):
            node = journal[read]
            order[write], pos[node] = node, write
            read += step
            write = write + 1 if write + 1 < n else 0
        end = other


@kernel
def undo(order, pos, journal, used, floor):  # type: ignore[no-untyped-def]
    """Take exchanges back, the latest first, until the journal holds `floor`."""
    n = len(order)
    while used[0] > floor:
        begin, count = journal[used[0] - 2], journal[used[0] - 1]
        kept = used[0] - 2 - count
        at = begin
        for i in range(count):
            node = journal[kept + i]
            order[at], pos[node] = node, at
            at = at + 1 if at + 1 < n else 0
        used[0] = kept
