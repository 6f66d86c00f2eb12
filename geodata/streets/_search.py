"""Compiled searches over corners: all within reach, walking distance of a pair, the nearest stops."""

from __future__ import annotations

import numpy as np

from geodata.compiled import kernel


@kernel
def _push(key, item, size, k, v):  # type: ignore[no-untyped-def]
    i = size
    while i > 0:
        up = (i - 1) >> 1
        if key[up] <= k:
            break
        key[i], item[i] = key[up], item[up]
        i = up
    key[i], item[i] = k, v
    return size + 1


@kernel
def _pop(key, item, size):  # type: ignore[no-untyped-def]
    """Take the top off, which the caller has read; returns the new size."""
    size -= 1
    k, v = key[size], item[size]
    i = 0
    while True:
        down = 2 * i + 1
        if down >= size:
            break
        if down + 1 < size and key[down + 1] < key[down]:
            down += 1
        if key[down] >= k:
            break
        key[i], item[i] = key[down], item[down]
        i = down
    key[i], item[i] = k, v
    return size


@kernel
def ball(first, to, metres, begun, limit_m, least, touched, key, item):  # type: ignore[no-untyped-def]
    """Metres to every corner within `limit_m` of the first `begun` of `touched`, whose `least` is set, into
    `least`; returns how many corners are now in `touched`. The heap's loops stand here in full because
    handing arrays to a function costs more than they do.
    """
    size, seen = 0, begun
    for i in range(begun):
        d, v = least[touched[i]], touched[i]
        at = size
        while at > 0 and key[(at - 1) >> 1] > d:
            key[at], item[at] = key[(at - 1) >> 1], item[(at - 1) >> 1]
            at = (at - 1) >> 1
        key[at], item[at] = d, v
        size += 1
    while size > 0:
        d, u = key[0], item[0]
        size -= 1
        k, v = key[size], item[size]
        at, down = 0, 1
        while down < size:
            if down + 1 < size and key[down + 1] < key[down]:
                down += 1
            if key[down] >= k:
                break
            key[at], item[at] = key[down], item[down]
            at, down = down, 2 * down + 1
        key[at], item[at] = k, v
        if d > least[u]:
            continue
        for link in range(first[u], first[u + 1]):
            v, e = to[link], d + metres[link]
            if e < least[v] and e <= limit_m:
                if least[v] == np.inf:
                    touched[seen] = v
                    seen += 1
                least[v] = e
                at = size
                while at > 0 and key[(at - 1) >> 1] > e:
                    key[at], item[at] = key[(at - 1) >> 1], item[(at - 1) >> 1]
                    at = (at - 1) >> 1
                key[at], item[at] = e, v
                size += 1
    return seen


@kernel
def reach_rows(first, to, metres, sources, wanted, reach_m):  # type: ignore[no-untyped-def]
    """Corners of `wanted` (bool by corner) within reach of each source: count (s,), to, metres by source,
    `to` ascending. Bounded Dijkstra from each source.
    """
    least, touched = np.full(len(first) - 1, np.inf), np.empty(len(first) - 1, np.int32)
    key, item = np.empty(len(to) + 2), np.empty(len(to) + 2, np.int32)
    counts = np.zeros(len(sources), np.int64)
    out_to, out_metres = np.empty(1024, np.int32), np.empty(1024, np.float32)
    w = 0
    for s in range(len(sources)):
        least[sources[s]], touched[0] = 0.0, sources[s]
        seen = ball(first, to, metres, 1, reach_m, least, touched, key, item)
        if w + seen > len(out_to):
            more = max(len(out_to), seen)
            out_to = np.concatenate((out_to, np.empty(more, np.int32)))
            out_metres = np.concatenate((out_metres, np.empty(more, np.float32)))
        counts[s] = _take_row(wanted, least, touched[:seen], out_to[w:], out_metres[w:])
        w += counts[s]
    return counts, out_to[:w].copy(), out_metres[:w].copy()


@kernel
def _take_row(wanted, least, touched, out_to, out_metres):  # type: ignore[no-untyped-def]
    """Write the wanted corners, ascending, and their metres; clear `least`; returns their number."""
    count = 0
    for v in np.sort(touched):
        if wanted[v]:
            out_to[count], out_metres[count] = v, least[v]
            count += 1
        least[v] = np.inf
    return count


@kernel
def radius_of(first, to, metres, sources, wanted, enough, most_m):  # type: ignore[no-untyped-def]
    """(s,) metres within which each source finds `enough` wanted corners, at most `most_m`."""
    least, touched = np.full(len(first) - 1, np.inf), np.empty(len(first) - 1, np.int32)
    key, item = np.empty(len(to) + 2), np.empty(len(to) + 2, np.int32)
    radius = np.full(len(sources), most_m)
    for s in range(len(sources)):
        limit = most_m / 16
        while limit <= most_m:
            least[sources[s]], touched[0] = 0.0, sources[s]
            seen = ball(first, to, metres, 1, limit, least, touched, key, item)
            found = np.empty(seen)
            count = 0
            for i in range(seen):
                if wanted[touched[i]]:
                    found[count] = least[touched[i]]
                    count += 1
                least[touched[i]] = np.inf
            if count >= enough:
                radius[s] = np.sort(found[:count])[enough - 1]
                break
            limit *= 2
    return radius


@kernel
def apart(first, to, metres, u, v):  # type: ignore[no-untyped-def]
    """Metres between two corners as listed, infinite where they are out of reach of each other."""
    low, left = first[u], first[u + 1] - first[u]
    if left == 0:
        return np.inf
    while left > 1:  # no branch to guess wrong: twice as fast as the usual bisection
        half = left >> 1
        low += half * (to[low + half] <= v)
        left -= half
    return np.float64(metres[low]) if to[low] == v else np.inf


@kernel
def between(  # type: ignore[no-untyped-def]
    corner, corner_m, sidewalk, across_m, along_m, first, to, metres, xy_m, detour, reach_m, a, b
):
    """Walking metres between stops a and b: along their sidewalk, across it, or by the corners at its ends.

    A pair beyond the reach counts straight line x detour, and never less than the reach; one with a stop off
    the network straight line x detour.
    """
    if a == b:
        return 0.0
    off = corner[a, 0] < 0 or corner[b, 0] < 0
    best = np.inf
    if not off:
        if sidewalk[a] >> 1 == sidewalk[b] >> 1:
            best = abs(along_m[a] - along_m[b])
            if sidewalk[a] != sidewalk[b]:
                best += across_m[a]
        for i in range(2):
            for j in range(2):
                ends = corner_m[a, i] + corner_m[b, j]
                if ends < best:
                    d = ends + apart(first, to, metres, corner[a, i], corner[b, j])
                    if d < best:
                        best = d
        if best < np.inf:
            return best
    straight = detour * np.sqrt((xy_m[a, 0] - xy_m[b, 0]) ** 2 + (xy_m[a, 1] - xy_m[b, 1]) ** 2)
    return straight if off else max(straight, reach_m)


@kernel
def between_pairs(  # type: ignore[no-untyped-def]
    corner, corner_m, sidewalk, across_m, along_m, first, to, metres, xy_m, detour, reach_m, a, b
):
    """(k,) walking metres between stops a (k,) and b (k,)."""
    out = np.empty(len(a))
    for k in range(len(a)):
        out[k] = between(
            corner,
            corner_m,
            sidewalk,
            across_m,
            along_m,
            first,
            to,
            metres,
            xy_m,
            detour,
            reach_m,
            a[k],
            b[k],
        )
    return out


@kernel
def whole_walks(corner, corner_m, first, to, metres, begun_m, a, b):  # type: ignore[no-untyped-def]
    """(k,) metres of the shortest walk by corners from stops a (k,) to b (k,), all on the network, inf where
    nothing joins them. Looks as far as `begun_m`, then four times that, then everywhere.
    """
    least, touched = np.full(len(first) - 1, np.inf), np.empty(len(first) - 1, np.int32)
    key, item = np.empty(len(to) + 2), np.empty(len(to) + 2, np.int32)
    out = np.full(len(a), np.inf)
    for k in range(len(a)):
        for limit_m in (begun_m, 4 * begun_m, np.inf):
            begun = 0
            for end in range(2):
                u = corner[a[k], end]
                if least[u] == np.inf:
                    touched[begun] = u
                    begun += 1
                least[u] = min(least[u], corner_m[a[k], end])
            seen = ball(first, to, metres, begun, limit_m, least, touched, key, item)
            for end in range(2):
                out[k] = min(out[k], least[corner[b[k], end]] + corner_m[b[k], end])
            for i in range(seen):
                least[touched[i]] = np.inf
            if out[k] <= limit_m:
                break
            out[k] = np.inf
    return out


@kernel
def _offer(found, near, count, k, stop, d):  # type: ignore[no-untyped-def]
    """Put a stop into the list of the k nearest, once, by distance and then by row; returns the new count."""
    for i in range(count):
        if found[i] == stop:
            if near[i] <= d:
                return count
            for j in range(i, count - 1):
                found[j], near[j] = found[j + 1], near[j + 1]
            count -= 1
            break
    if count == k and (near[k - 1] < d or (near[k - 1] == d and found[k - 1] < stop)):
        return count
    at = count if count < k else k - 1
    while at > 0 and (near[at - 1] > d or (near[at - 1] == d and found[at - 1] > stop)):
        near[at], found[at] = near[at - 1], found[at - 1]
        at -= 1
    near[at], found[at] = d, stop
    return min(count + 1, k)


@kernel
def nearest_rows(  # type: ignore[no-untyped-def]
    link_first, link_to, link_m, reach_m,
    corner, corner_m, sidewalk, across_m, along_m,
    door_first, door, door_m, row_first, row, row_along, place, low, high, k,
):  # fmt: skip
    """Stops low..high: rows (h, k) and metres (h, k) of the nearest others within reach, else -1 and inf.

    door_first, door, door_m: stops at each corner, nearest first; row_first, row, row_along: stops along each
    sidewalk in order, place: where each stop is in that list.
    """
    rows = np.full((high - low, k), -1, np.int64)
    ways = np.full((high - low, k), np.inf)
    corners = len(link_first) - 1
    least = np.full(corners, np.inf)
    touched = np.empty(corners, np.int32)
    key, item = np.empty(len(link_to) + 2), np.empty(len(link_to) + 2, np.int32)
    for a in range(low, high):
        if corner[a, 0] < 0:
            continue
        found, near, count = rows[a - low], ways[a - low], 0
        me, s = along_m[a], sidewalk[a]
        for side in range(2):
            t = s ^ side
            more = 0.0 if side == 0 else across_m[a]
            if more == np.inf:
                continue
            start, stop = row_first[t], row_first[t + 1]
            at = place[a] if side == 0 else start + np.searchsorted(row_along[start:stop], me)
            for step in range(2):
                i = at - 1 if step == 0 else at
                while start <= i < stop:
                    d = abs(row_along[i] - me) + more
                    if count == k and d > near[k - 1]:
                        break
                    if row[i] != a:
                        count = _offer(found, near, count, k, row[i], d)
                    i += -1 if step == 0 else 1
        size, seen = 0, 0
        for end in range(2):
            u = corner[a, end]
            if corner_m[a, end] < least[u]:
                if least[u] == np.inf:
                    touched[seen] = u
                    seen += 1
                least[u] = corner_m[a, end]
                size = _push(key, item, size, corner_m[a, end], u)
        allowance = reach_m + min(corner_m[a, 0], corner_m[a, 1])
        while size > 0:
            d, u = key[0], item[0]
            size = _pop(key, item, size)
            if d > least[u]:
                continue
            if count == k and d > near[k - 1]:
                break
            for i in range(door_first[u], door_first[u + 1]):
                e = d + door_m[i]
                if count == k and e > near[k - 1]:
                    break
                if door[i] != a:
                    count = _offer(found, near, count, k, door[i], e)
            for i in range(link_first[u], link_first[u + 1]):
                v = link_to[i]
                e = d + link_m[i]
                if e < least[v] and e <= allowance:
                    if least[v] == np.inf:
                        touched[seen] = v
                        seen += 1
                    least[v] = e
                    size = _push(key, item, size, e, v)
        for i in range(seen):
            least[touched[i]] = np.inf
    return rows, ways
