"""Compiled steps of the capacitated p-median: shifts, swaps and better medians within some clusters.

A state is (median, assign, load, head, after, before): points of a cluster hang together in a list, so that a
step touches what it moves. `far` (n, n) is the distance from point to point.
"""

from __future__ import annotations

import numpy as np

from geodata.compiled import kernel

TINY = 1e-9
NEAR = 8  # clusters that a point is offered to


@kernel
def _take(i, assign, load, demand, head, after, before):  # type: ignore[no-untyped-def]
    """Point i leaves its cluster."""
    c = assign[i]
    if c < 0:
        return
    if before[i] >= 0:
        after[before[i]] = after[i]
    else:
        head[c] = after[i]
    if after[i] >= 0:
        before[after[i]] = before[i]
    load[c] -= demand[i]
    assign[i] = -1


@kernel
def _put(i, c, assign, load, demand, head, after, before):  # type: ignore[no-untyped-def]
    """Point i, in no cluster, joins cluster c."""
    after[i], before[i] = head[c], -1
    if head[c] >= 0:
        before[head[c]] = i
    head[c] = i
    load[c] += demand[i]
    assign[i] = c


@kernel
def points_of(clusters, head, after):  # type: ignore[no-untyped-def]
    """All points of these clusters."""
    found = []
    for c in clusters:
        i = head[c]
        while i >= 0:
            found.append(i)
            i = after[i]
    return np.array(found, dtype=np.int64)


@kernel
def cost_of(rows, far, median, assign):  # type: ignore[no-untyped-def]
    """Sum of the distances of these points to their medians."""
    total = 0.0
    for i in rows:
        total += far[i, median[assign[i]]]
    return total


@kernel
def allocate(  # type: ignore[no-untyped-def]
    rows, clusters, far, demand, capacity, median, assign, load, head, after, before, by_demand
):
    """Give all these points, and no others, to these clusters: who would lose most by the second best goes
    first (by_demand: the largest first). Medians go to themselves. Returns whether all found room."""
    for i in rows:
        _take(i, assign, load, demand, head, after, before)
    for c in clusters:
        _put(median[c], c, assign, load, demand, head, after, before)
    urgency = np.empty(len(rows))
    for k in range(len(rows)):
        first, second = np.inf, np.inf
        for c in clusters:
            d = far[rows[k], median[c]]
            if d < first:
                first, second = d, first
            elif d < second:
                second = d
        urgency[k] = -demand[rows[k]] if by_demand else first - second
    for k in np.argsort(urgency):
        i = rows[k]
        if assign[i] >= 0:
            continue
        best, at = np.inf, -1
        for c in clusters:
            if far[i, median[c]] < best and load[c] + demand[i] <= capacity + TINY:
                best, at = far[i, median[c]], c
        if at < 0:
            return False
        _put(i, at, assign, load, demand, head, after, before)
    return True


@kernel
def _near_clusters(i, clusters, far, median, near, ways):  # type: ignore[no-untyped-def]
    """The few clusters nearest to point i, nearest first; returns how many."""
    found = 0
    for c in clusters:
        d = far[i, median[c]]
        if found == len(near) and d >= ways[found - 1]:
            continue
        at = min(found, len(near) - 1)
        while at > 0 and ways[at - 1] > d:
            ways[at], near[at] = ways[at - 1], near[at - 1]
            at -= 1
        ways[at], near[at] = d, c
        found = min(found + 1, len(near))
    return found


@kernel
def _swap_or_shift(  # type: ignore[no-untyped-def]
    i, near, count, far, demand, capacity, median, assign, load, head, after, before
):
    """The first step that brings point i nearer and gains in all: a shift, a swap, or a shift for which
    another point makes room by going to a third cluster. Returns whether one was made."""
    a, q = assign[i], demand[i]
    for k in range(count):
        c = near[k]
        gain = far[i, median[a]] - far[i, median[c]]
        if gain <= TINY:
            return False
        if c == a:
            continue
        if load[c] + q <= capacity + TINY:
            _take(i, assign, load, demand, head, after, before)
            _put(i, c, assign, load, demand, head, after, before)
            return True
        best, who, where = gain - TINY, -1, -1
        j = head[c]
        while j >= 0:
            if j != median[c] and load[c] + q - demand[j] <= capacity + TINY:
                here = far[j, median[c]]
                loss = far[j, median[a]] - here
                if loss < best and load[a] - q + demand[j] <= capacity + TINY:
                    best, who, where = loss, j, a
                for m in range(count):
                    e = near[m]
                    loss = far[j, median[e]] - here
                    if e not in (a, c) and loss < best and load[e] + demand[j] <= capacity + TINY:
                        best, who, where = loss, j, e
            j = after[j]
        if who >= 0:
            _take(who, assign, load, demand, head, after, before)
            _take(i, assign, load, demand, head, after, before)
            _put(who, where, assign, load, demand, head, after, before)
            _put(i, c, assign, load, demand, head, after, before)
            return True
    return False


@kernel
def _best_median(c, far, median, head, after):  # type: ignore[no-untyped-def]
    """The point of cluster c with the least way to all of it becomes its median; returns whether it moved."""
    best, at = np.inf, median[c]
    j = head[c]
    while j >= 0:
        total = 0.0
        i = head[c]
        while i >= 0 and total < best:
            total += far[i, j]
            i = after[i]
        if total < best - TINY or (total <= best and j == median[c]):
            best, at = total, j
        j = after[j]
    moved = at != median[c]
    median[c] = at
    return moved


@kernel
def improve(  # type: ignore[no-untyped-def]
    rows, clusters, far, demand, capacity, median, assign, load, head, after, before
):
    """Steps within these clusters until none gains: of points first, then of medians."""
    near, ways = np.empty(NEAR, np.int64), np.empty(NEAR)
    is_open = True
    moved = np.ones(len(median), np.bool_)
    while is_open:
        is_stepping = True
        while is_stepping:
            is_stepping = False
            for i in rows:
                a = assign[i]
                if i == median[a]:
                    continue
                count = _near_clusters(i, clusters, far, median, near, ways)
                if _swap_or_shift(
                    i, near, count, far, demand, capacity, median, assign, load, head, after, before
                ):
                    is_stepping = True
                    for k in range(count):
                        moved[near[k]] = True
                    moved[a] = True
        is_open = False
        for c in clusters:
            if moved[c]:
                moved[c] = False
                is_open = _best_median(c, far, median, head, after) or is_open


@kernel
def _some_near(c, many, far, median):  # type: ignore[no-untyped-def]
    """Cluster c and those whose medians are nearest to its own, `many` in all."""
    ways = np.empty(len(median))
    for d in range(len(median)):
        ways[d] = far[median[c], median[d]]
    ways[c] = -1.0
    return np.argsort(ways)[:many]


@kernel
def sweep(many, far, demand, capacity, median, assign, load, head, after, before):  # type: ignore[no-untyped-def]
    """Improve around each cluster in turn, it and the nearest to it alone."""
    for c in range(len(median)):
        clusters = _some_near(c, many, far, median)
        rows = points_of(clusters, head, after)
        improve(rows, clusters, far, demand, capacity, median, assign, load, head, after, before)


@kernel
def search(  # type: ignore[no-untyped-def]
    seed, tries, heat, most, far, demand, capacity, median, assign, load, head, after, before, total,
    best_median, best_assign, best,
):  # fmt: skip
    """Take some clusters apart that lie together, put a median elsewhere, and keep what is better.

    A little worse is kept too, by `heat` on the average. most: how many clusters beside two at most. The best
    state is written into best_median and best_assign; returns the cost of the last state and of the best.
    """
    np.random.seed(seed)
    p = len(median)
    for _ in range(tries):
        many = min(p, 2 + np.random.randint(most))
        c = np.random.randint(p)
        clusters = _some_near(c, many, far, median)
        if p > many and np.random.random() < 0.3:  # close one here, open one elsewhere
            others = _some_near(np.random.randint(p), many, far, median)
            clusters = np.unique(np.concatenate((clusters, others)))
        rows = points_of(clusters, head, after)
        old_median, old_assign = median[clusters], assign[rows]
        before_cost = cost_of(rows, far, median, assign)
        gone = clusters[np.random.randint(len(clusters))] if np.random.random() < 0.5 else c
        site = rows[np.random.randint(len(rows))]
        for _again in range(2):  # where much is to be gained by one more median
            other = rows[np.random.randint(len(rows))]
            if far[other, median[assign[other]]] > far[site, median[assign[site]]]:
                site = other
        is_median = False
        for d in clusters:
            is_median = is_median or median[d] == site
        if is_median:
            continue
        median[gone] = site
        done = allocate(
            rows, clusters, far, demand, capacity, median, assign, load, head, after, before, False
        )
        after_cost = np.inf
        if done:
            improve(rows, clusters, far, demand, capacity, median, assign, load, head, after, before)
            after_cost = cost_of(rows, far, median, assign)
        if after_cost < before_cost - heat * np.log(np.random.random() + 1e-300):
            total += after_cost - before_cost
            if total < best - TINY:
                best = total
                best_median[:] = median
                best_assign[:] = assign
            continue
        median[clusters] = old_median
        for k in range(len(rows)):
            _take(rows[k], assign, load, demand, head, after, before)
        for k in range(len(rows)):
            _put(rows[k], old_assign[k], assign, load, demand, head, after, before)
    return total, best
