"""Compiled loops of the cut: the best cut of a walk, exchanges between turfs, and the order inside each."""

from __future__ import annotations

import numpy as np

from geodata.compiled import kernel

LEAST_GAIN = 1e-6


@kernel
def best_cut(minutes, leg, breaks, limit, target, strictness):  # type: ignore[no-untyped-def]
    """Cut the walk of n stops (minutes each; leg[i] minutes from i - 1 to i) into turfs; returns the first
    stop of each.

    Least sum of walking and of strictness * target * (minutes / target - 1)^2 over all cuts whose turfs keep
    the limit (a single stop may exceed it) and do not go on over a break (Beasley 1983, route first and cut
    second).
    """
    n = len(minutes)
    least = np.full(n + 1, np.inf)
    least[0] = 0.0
    origin = np.zeros(n + 1, np.int64)
    for first in range(n):
        spent, walked = 0.0, 0.0
        for last in range(first, n):
            if last > first:
                if breaks[last]:
                    break
                spent += leg[last]
                walked += leg[last]
            spent += minutes[last]
            if spent > limit and last > first:
                break
            off = spent / target - 1.0
            cost = least[first] + walked + strictness * target * off * off
            if cost < least[last + 1]:
                least[last + 1], origin[last + 1] = cost, first
    firsts = np.empty(n, np.int64)
    count, at = 0, n
    while at > 0:
        at = origin[at]
        firsts[count] = at
        count += 1
    return firsts[:count][::-1].copy()


@kernel
def _d(xy, a, b):  # type: ignore[no-untyped-def]
    return np.sqrt((xy[a, 0] - xy[b, 0]) ** 2 + (xy[a, 1] - xy[b, 1]) ** 2)


@kernel
def polish(xy, path):  # type: ignore[no-untyped-def]
    """Shorten one open walk in place by 2-opt and Or-opt until neither helps."""
    n = len(path)
    better = n > 2
    spare = np.empty(n, path.dtype)
    while better:
        better = False
        for i in range(n - 1):
            for j in range(i + 1, n):
                if i == 0 and j == n - 1:
                    continue
                now, then = 0.0, 0.0
                if i > 0:
                    now += _d(xy, path[i - 1], path[i])
                    then += _d(xy, path[i - 1], path[j])
                if j < n - 1:
                    now += _d(xy, path[j], path[j + 1])
                    then += _d(xy, path[i], path[j + 1])
                if then < now - LEAST_GAIN:
                    path[i : j + 1] = path[i : j + 1][::-1].copy()
                    better = True
        for length in range(1, min(4, n)):
            for i in range(n - length + 1):
                j = i + length - 1
                out = 0.0
                if i > 0:
                    out += _d(xy, path[i - 1], path[i])
                if j < n - 1:
                    out += _d(xy, path[j], path[j + 1])
                if i > 0 and j < n - 1:
                    out -= _d(xy, path[i - 1], path[j + 1])
                best, at, turned = out - LEAST_GAIN, -1, False
                for k in range(n + 1):  # between k - 1 and k of the present path
                    if i <= k <= j + 1:
                        continue
                    for turn in range(2):
                        head, tail = (path[i], path[j]) if turn == 0 else (path[j], path[i])
                        cost = 0.0
                        if k > 0:
                            cost += _d(xy, path[k - 1], head)
                        if k < n:
                            cost += _d(xy, tail, path[k])
                        if 0 < k < n:
                            cost -= _d(xy, path[k - 1], path[k])
                        if cost < best:
                            best, at, turned = cost, k, turn == 1
                if at >= 0:
                    moved = path[i : j + 1].copy()
                    if turned:
                        moved = moved[::-1].copy()
                    w = 0
                    for k in range(n + 1):
                        if k == at:
                            for m in moved:
                                spare[w] = m
                                w += 1
                        if k < n and not i <= k <= j:
                            spare[w] = path[k]
                            w += 1
                    path[:] = spare
                    better = True


@kernel
def polish_all(xy, members, count):  # type: ignore[no-untyped-def]
    """Polish every turf: row r of `members` holds count[r] stops."""
    for r in range(len(count)):
        polish(xy, members[r, : count[r]])


@kernel
def _refresh(xy, minutes, members, count, r, turf_of, place_in, before, speed):  # type: ignore[no-untyped-def]
    """Set where the stops of turf r are, and the minutes up to and with each."""
    spent = 0.0
    for i in range(count[r]):
        stop = members[r, i]
        if i > 0:
            spent += _d(xy, members[r, i - 1], stop) / speed
        spent += minutes[stop]
        turf_of[stop], place_in[stop], before[stop] = r, i, spent


@kernel
def _unevenness(spent, target, strictness):  # type: ignore[no-untyped-def]
    off = spent / target - 1.0
    return strictness * target * off * off


@kernel
def exchange(xy, minutes, near, members, count, part, limit, target, strictness, speed, sweeps):  # type: ignore[no-untyped-def]
    """Move stops to a neighbouring turf and exchange the tails of neighbouring turfs while that lowers the
    sum of walking and unevenness and keeps the limit; returns the number of changes.
    """
    n = len(xy)
    turf_of = np.empty(n, np.int64)
    place_in = np.empty(n, np.int64)
    before = np.empty(n)
    for r in range(len(count)):
        _refresh(xy, minutes, members, count, r, turf_of, place_in, before, speed)
    changes = 0
    for _ in range(sweeps):
        changed = 0
        for b in range(n):
            for j in range(near.shape[1]):
                c = near[b, j]
                if part[c] != part[b] or turf_of[c] == turf_of[b]:
                    continue
                done = _relocate(
                    xy,
                    minutes,
                    members,
                    count,
                    b,
                    c,
                    turf_of,
                    place_in,
                    before,
                    limit,
                    target,
                    strictness,
                    speed,
                )
                if not done:
                    done = _join_tails(
                        xy,
                        members,
                        count,
                        b,
                        c,
                        turf_of,
                        place_in,
                        before,
                        minutes,
                        limit,
                        target,
                        strictness,
                        speed,
                    )
                if done:
                    changed += 1
                    break
        changes += changed
        if changed == 0:
            break
    return changes


@kernel
def _relocate(  # type: ignore[no-untyped-def]
    xy, minutes, members, count, b, c, turf_of, place_in, before, limit, target, strictness, speed
):
    """Take stop b out of its turf and put it beside c."""
    home, other = turf_of[b], turf_of[c]
    i, k = place_in[b], place_in[c]
    n, m = count[home], count[other]
    if n < 2 or m + 1 > members.shape[1]:
        return False
    out = 0.0
    if i > 0:
        out += _d(xy, members[home, i - 1], b)
    if i < n - 1:
        out += _d(xy, b, members[home, i + 1])
    if 0 < i < n - 1:
        out -= _d(xy, members[home, i - 1], members[home, i + 1])
    way = _d(xy, b, c)
    ahead = way + (_d(xy, members[other, k - 1], b) - _d(xy, members[other, k - 1], c) if k > 0 else 0.0)
    behind = way + (_d(xy, b, members[other, k + 1]) - _d(xy, c, members[other, k + 1]) if k < m - 1 else 0.0)
    add = min(ahead, behind)
    spent_home, spent_other = before[members[home, n - 1]], before[members[other, m - 1]]
    new_home = spent_home - out / speed - minutes[b]
    new_other = spent_other + add / speed + minutes[b]
    if new_other > limit:
        return False
    gain = (out - add) / speed
    gain += _unevenness(spent_home, target, strictness) + _unevenness(spent_other, target, strictness)
    gain -= _unevenness(new_home, target, strictness) + _unevenness(new_other, target, strictness)
    if gain <= LEAST_GAIN:
        return False
    for at in range(i, n - 1):
        members[home, at] = members[home, at + 1]
    count[home] -= 1
    to = k if ahead <= behind else k + 1
    for at in range(m, to, -1):
        members[other, at] = members[other, at - 1]
    members[other, to] = b
    count[other] += 1
    _refresh(xy, minutes, members, count, home, turf_of, place_in, before, speed)
    _refresh(xy, minutes, members, count, other, turf_of, place_in, before, speed)
    return True


@kernel
def _join_tails(  # type: ignore[no-untyped-def]
    xy, members, count, b, c, turf_of, place_in, before, minutes, limit, target, strictness, speed
):
    """Let b be followed by c: b's turf takes c's tail for its own, or c's head turned around."""
    home, other = turf_of[b], turf_of[c]
    i, k, n, m = place_in[b], place_in[c], count[home], count[other]
    way = _d(xy, b, c)
    spent_home, spent_other = before[members[home, n - 1]], before[members[other, m - 1]]
    head, tail = before[b], 0.0
    cut_home = 0.0
    if i < n - 1:
        nxt = members[home, i + 1]
        cut_home = _d(xy, b, nxt)
        tail = spent_home - head - cut_home / speed
    now = _unevenness(spent_home, target, strictness) + _unevenness(spent_other, target, strictness)
    width = members.shape[1]
    # c's tail comes over, b's tail goes where it was
    cut_other, link = 0.0, 0.0
    front = 0.0
    if k > 0:
        cut_other = _d(xy, members[other, k - 1], c)
        front = before[members[other, k - 1]]
        if i < n - 1:
            link = _d(xy, members[other, k - 1], members[home, i + 1])
    new_home = head + way / speed + spent_other - front - cut_other / speed
    new_other = front + link / speed + tail
    gain = (cut_home + cut_other - way - link) / speed + now
    gain -= _unevenness(new_home, target, strictness) + _unevenness(new_other, target, strictness)
    fits = i + 1 + m - k <= width and k + n - i - 1 <= width and k + n - i - 1 > 0
    if fits and new_home <= limit and new_other <= limit and gain > LEAST_GAIN:
        own, theirs = members[home, i + 1 : n].copy(), members[other, k:m].copy()
        members[home, i + 1 : i + 1 + len(theirs)] = theirs
        members[other, k : k + len(own)] = own
        count[home], count[other] = i + 1 + len(theirs), k + len(own)
        _refresh(xy, minutes, members, count, home, turf_of, place_in, before, speed)
        _refresh(xy, minutes, members, count, other, turf_of, place_in, before, speed)
        return True
    # c's head comes over turned around, b's tail turned around goes before what is left
    cut_other, link, rear = 0.0, 0.0, 0.0
    if k < m - 1:
        cut_other = _d(xy, c, members[other, k + 1])
        rear = spent_other - before[c] - cut_other / speed
        if i < n - 1:
            link = _d(xy, members[home, i + 1], members[other, k + 1])
    new_home = head + way / speed + before[c]
    new_other = tail + link / speed + rear
    gain = (cut_home + cut_other - way - link) / speed + now
    gain -= _unevenness(new_home, target, strictness) + _unevenness(new_other, target, strictness)
    left = n - i - 1 + m - k - 1
    fits = i + 1 + k + 1 <= width and 0 < left <= width
    if fits and new_home <= limit and new_other <= limit and gain > LEAST_GAIN:
        own, theirs = members[home, i + 1 : n][::-1].copy(), members[other, : k + 1][::-1].copy()
        rest = members[other, k + 1 : m].copy()
        members[home, i + 1 : i + 1 + len(theirs)] = theirs
        members[other, : len(own)] = own
        members[other, len(own) : left] = rest
        count[home], count[other] = i + 1 + len(theirs), left
        _refresh(xy, minutes, members, count, home, turf_of, place_in, before, speed)
        _refresh(xy, minutes, members, count, other, turf_of, place_in, before, speed)
        return True
    return False
