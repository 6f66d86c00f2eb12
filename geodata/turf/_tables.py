"""Compiled: metres between all pairs of a few stops, by straight line or along streets, and who is near."""

from __future__ import annotations

import numpy as np

from geodata.compiled import kernel

BLOCKED_M = 2.0**30  # in place of a step over a barrier; exact, so that sums with it lose nothing
TOUCH = 1e-9
RUN = 16  # pieces of barriers, next to each other, that one box is drawn around


@kernel
def straight_table(xy):  # type: ignore[no-untyped-def]
    """(n, n) float32 metres of straight lines, as -metres - 1: a guess that barriers may forbid."""
    n = len(xy)
    table = np.empty((n, n), np.float32)
    for a in range(n):
        table[a, a] = 0.0
        for b in range(a):
            d = np.sqrt((xy[a, 0] - xy[b, 0]) ** 2 + (xy[a, 1] - xy[b, 1]) ** 2)
            table[a, b] = table[b, a] = -d - 1.0
    return table


@kernel
def street_table(  # type: ignore[no-untyped-def]
    corner, corner_m, sidewalk, across_m, along_m, first, to, metres, xy, detour, reach_m, members, local
):
    """(n, n) float32 walking metres between stops `members` of a WalkTable, as geodata.streets' `between`;
    what that guesses by straight line is given as -metres - 1. local: (corners,) int32 of -1, left so.
    """
    n = len(members)
    ends = np.empty((n, 2), np.int32)
    known = np.empty(2 * n, np.int32)
    count = 0
    for a in range(n):
        for i in range(2):
            c = corner[members[a], i]
            ends[a, i] = -1
            if c >= 0:
                if local[c] < 0:
                    local[c] = count
                    known[count] = c
                    count += 1
                ends[a, i] = local[c]
    between = np.full((count, count), np.float32(np.inf))
    for i in range(count):
        c = known[i]
        for k in range(first[c], first[c + 1]):
            j = local[to[k]]
            if j >= 0:
                between[i, j] = metres[k]
    for i in range(count):
        local[known[i]] = -1
    table = np.empty((n, n), np.float32)
    for a in range(n):
        s = members[a]
        table[a, a] = 0.0
        for b in range(a):
            t = members[b]
            best = np.inf
            off = ends[a, 0] < 0 or ends[b, 0] < 0
            if not off:
                if sidewalk[s] >> 1 == sidewalk[t] >> 1:
                    best = abs(along_m[s] - along_m[t])
                    if sidewalk[s] != sidewalk[t]:
                        best += across_m[s]
                for i in range(2):
                    for j in range(2):
                        way = corner_m[s, i] + corner_m[t, j] + between[ends[a, i], ends[b, j]]
                        best = min(best, way)
            if best < np.inf:
                table[a, b] = table[b, a] = best
                continue
            guess = detour * np.sqrt((xy[s, 0] - xy[t, 0]) ** 2 + (xy[s, 1] - xy[t, 1]) ** 2)
            if not off:
                guess = max(guess, reach_m)
            table[a, b] = table[b, a] = -guess - 1.0
    return table


@kernel
def _side(ax, ay, bx, by, px, py):  # type: ignore[no-untyped-def]
    """Twice the area of a triangle, 0 where p lies on the line within rounding."""
    area = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
    size = abs(bx - ax) + abs(by - ay) + abs(px - ax) + abs(py - ay)
    return 0.0 if abs(area) <= TOUCH * size * size else area


@kernel
def meet(ax, ay, bx, by, cx, cy, dx, dy):  # type: ignore[no-untyped-def]
    """Whether the segments a-b and c-d touch."""
    if max(ax, bx) < min(cx, dx) or max(cx, dx) < min(ax, bx):
        return False
    if max(ay, by) < min(cy, dy) or max(cy, dy) < min(ay, by):
        return False
    p, q = _side(ax, ay, bx, by, cx, cy), _side(ax, ay, bx, by, dx, dy)
    r, s = _side(cx, cy, dx, dy, ax, ay), _side(cx, cy, dx, dy, bx, by)
    return not (p * q > 0.0 or r * s > 0.0)


@kernel
def _boxes(inner):  # type: ignore[no-untyped-def]
    """(ceil(q / RUN), 4) the box around each RUN of the boxes (q, 4), from low x, low y to high x, high y."""
    many = (len(inner) + RUN - 1) // RUN
    boxes = np.empty((many, 4))
    for i in range(many):
        boxes[i] = inner[i * RUN]
        for k in range(i * RUN + 1, min(len(inner), (i + 1) * RUN)):
            for j in range(2):
                boxes[i, j] = min(boxes[i, j], inner[k, j])
                boxes[i, j + 2] = max(boxes[i, j + 2], inner[k, j + 2])
    return boxes


@kernel
def _misses(box, ax, ay, bx, by):  # type: ignore[no-untyped-def]
    """Whether the segment a-b surely does not touch what lies in the box."""
    if max(ax, bx) < box[0] or min(ax, bx) > box[2] or max(ay, by) < box[1] or min(ay, by) > box[3]:
        return True
    p, q = _side(ax, ay, bx, by, box[0], box[1]), _side(ax, ay, bx, by, box[2], box[3])
    r, s = _side(ax, ay, bx, by, box[0], box[3]), _side(ax, ay, bx, by, box[2], box[1])
    return (p > 0.0 and q > 0.0 and r > 0.0 and s > 0.0) or (p < 0.0 and q < 0.0 and r < 0.0 and s < 0.0)


@kernel
def _is_met(segments, runs, runs_of_runs, ax, ay, bx, by):  # type: ignore[no-untyped-def]
    """Whether a-b touches one of the segments (q, 4), looking into the boxes around them alone."""
    for i in range(len(runs_of_runs)):
        if _misses(runs_of_runs[i], ax, ay, bx, by):
            continue
        for j in range(i * RUN, min(len(runs), (i + 1) * RUN)):
            if _misses(runs[j], ax, ay, bx, by):
                continue
            for k in range(j * RUN, min(len(segments), (j + 1) * RUN)):
                if meet(ax, ay, bx, by, segments[k, 0], segments[k, 1], segments[k, 2], segments[k, 3]):
                    return True
    return False


@kernel
def settle(table, xy, segments):  # type: ignore[no-untyped-def]
    """Turn guesses into metres, or to BLOCKED_M for a barrier whose segment (q, 4) the line meets."""
    n = len(table)
    around = np.empty((len(segments), 4))
    for k in range(len(segments)):
        for j in range(2):
            around[k, j] = min(segments[k, j], segments[k, j + 2])
            around[k, j + 2] = max(segments[k, j], segments[k, j + 2])
    runs = _boxes(around)
    runs_of_runs = _boxes(runs)
    any_there = len(segments) > 0
    for a in range(n):
        for b in range(a):
            if table[a, b] >= 0.0:
                continue
            d = -table[a, b] - 1.0
            # a call costs more than all the rest of a pair, so it is spared where nothing can be met
            if (
                d > 0.0
                and any_there
                and _is_met(segments, runs, runs_of_runs, xy[a, 0], xy[a, 1], xy[b, 0], xy[b, 1])
            ):
                d = BLOCKED_M
            table[a, b] = table[b, a] = d


@kernel
def nearest_in(table, k):  # type: ignore[no-untyped-def]
    """(n, min(k, n - 1)) int32 the nearest others by the table, nearest first."""
    n = len(table)
    k = min(k, n - 1)
    near = np.empty((n, k), np.int32)
    far = np.empty(k, np.float32)
    for a in range(n):
        count = 0
        for b in range(n):
            d = table[a, b]
            if b == a or (count == k and d >= far[k - 1]):
                continue
            at = count if count < k else k - 1
            while at > 0 and far[at - 1] > d:
                far[at], near[a, at] = far[at - 1], near[a, at - 1]
                at -= 1
            far[at], near[a, at] = d, b
            count = min(count + 1, k)
    return near
