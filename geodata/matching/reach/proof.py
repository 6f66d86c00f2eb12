"""Proof of a plan from the problem and what was written down. Shares no code with the solvers.

Plain numpy: distances by the haversine formula, pairs found by latitude bands, the bound by weak duality
from the prices that the plan states.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from geodata.matching.problem import Bools, Floats, Ints, Longs
from geodata.matching.reach.problem import ReachProblem

RADIUS_KM = 6371.0088
SLACK = 1e-6
PAIRS_AT_ONCE = 2_000_000


@dataclass(frozen=True, slots=True)
class Proof:
    """violations: a sentence each; bound: no plan of the whole problem is worth more."""

    pairs: int
    objective: float
    bound: float
    gap: float
    violations: tuple[str, ...]


def prove(
    problem: ReachProblem, *, volunteer: Any, place: Any, segment: Floats, value: Floats, price: Floats,
    segment_number: Ints,
) -> Proof:  # fmt: skip
    """Check the rows of a plan (ids as text; an empty place is a volunteer at home) against the problem."""
    names, sites = problem.volunteer_names, problem.place_names
    assert names is not None
    assert sites is not None
    who = {str(name): row for row, name in enumerate(names)}
    where = {str(name): row for row, name in enumerate(sites)}
    violations: list[str] = []
    rows: list[tuple[int, int, int, float, float]] = []
    for number, (v, p) in enumerate(zip(volunteer.tolist(), place.tolist(), strict=True), start=1):
        if v not in who:
            violations.append(f"Row {number:,}: there is no volunteer {v!r}.")
        elif p and p not in where:
            violations.append(f"Row {number:,}: there is no place {p!r}.")
        elif p:
            i = number - 1
            rows.append((who[v], where[p], int(segment[i]), float(value[i]), float(price[i])))
    table = np.array(rows, dtype=np.float64).reshape(-1, 5)
    v, p, s = (table[:, k].astype(np.int64) for k in range(3))
    row = _segment_rows(problem, p, s, segment_number, violations)
    known = row >= 0
    violations += _limits(problem, v, p, row, known)
    km = _km(problem, v, p)
    worth = problem.people.weight[v] * problem.sites.segment_worth[np.maximum(row, 0)] - problem.km_cost * km
    off = known & (np.abs(worth - table[:, 3]) > SLACK * np.maximum(1.0, np.abs(worth)))
    violations += [
        f"{_pair(problem, v[i], p[i])}: the value {table[i, 3]:.6g} is stated, it is {worth[i]:.6g}."
        for i in np.flatnonzero(off).tolist()
    ]
    prices = _prices(problem, row, table[:, 4], known, violations)
    objective = float(worth[known].sum())
    bound = _bound(problem, prices)
    if objective > bound * (1 + SLACK) + SLACK and not violations:
        violations.append(f"The plan's worth {objective:.6g} is above what is possible, {bound:.6g}.")
    gap = max(bound - objective, 0.0) / bound if bound > 1e-12 else 0.0
    return Proof(len(rows), objective, bound, gap, tuple(violations))


def _segment_rows(problem: ReachProblem, p: Longs, s: Longs, numbers: Ints, violations: list[str]) -> Longs:
    """Row of each stated segment, -1 (and a violation) where the place has none of that number."""
    start = problem.sites.segment_start
    of_place = np.repeat(np.arange(problem.sites.count), np.diff(start))
    key = {(int(q), int(n)): i for i, (q, n) in enumerate(zip(of_place, numbers, strict=True))}
    found = np.array([key.get((int(q), int(n)), -1) for q, n in zip(p, s, strict=True)], dtype=np.int64)
    violations += [
        f"{_place(problem, p[i])} has no segment {int(s[i])}." for i in np.flatnonzero(found < 0).tolist()
    ]
    return found


def _limits(problem: ReachProblem, v: Longs, p: Longs, row: Longs, known: Bools) -> list[str]:
    people, sites = problem.people, problem.sites
    broken: list[str] = []
    pinned = {(int(a), int(b)) for a, b in problem.pinned}
    never = {(int(a), int(b)) for a, b in problem.never}
    used = np.bincount(row[known], minlength=len(sites.segment_size))
    for s in np.flatnonzero(used > sites.segment_size).tolist():
        q = int(np.searchsorted(sites.segment_start, s, side="right") - 1)
        broken.append(
            f"{_place(problem, q)}: {int(used[s])} people on {int(sites.segment_size[s])} seats of segment "
            f"{s - int(sites.segment_start[q]) + 1}."
        )
    given = np.bincount(v, minlength=people.count)
    for a in np.flatnonzero(given > people.wanted).tolist():
        broken.append(f"{_who(problem, a)} wants {int(people.wanted[a])} shifts but has {int(given[a])}.")
    suits = _suits(problem, v, p)
    far = _km(problem, v, p) > people.reach_km[v] * (1 + 1e-9) + 1e-9
    pairs = list(zip(v.tolist(), p.tolist(), strict=True))
    for i, pair in enumerate(pairs):
        if pair in never:
            broken.append(f"{_pair(problem, *pair)}: marked never.")
        if pair in pinned:
            continue
        if far[i]:
            broken.append(f"{_pair(problem, *pair)}: further than {people.reach_km[pair[0]]:g} km.")
        if not suits[i]:
            broken.append(f"{_pair(problem, *pair)}: skill, language or free time is missing.")
    broken += [
        f"{_pair(problem, *pair)}: fixed by hand, but not in the plan."
        for pair in sorted(pinned - set(pairs))
    ]
    return broken + _overlaps(problem, v, p, given)


def _overlaps(problem: ReachProblem, v: Longs, p: Longs, given: Longs) -> list[str]:
    times = np.vstack([problem.sites.slot_times.reshape(-1, 2), [[0, 0]]])[problem.sites.slot]
    mine: dict[int, list[int]] = {}
    broken = []
    for i in np.flatnonzero(given[v] > 1).tolist():
        a, q = int(v[i]), int(p[i])
        for other in mine.setdefault(a, []):
            (b1, e1), (b2, e2) = times[q], times[other]
            if q == other:
                broken.append(f"{_pair(problem, a, q)}: twice in the plan.")
            elif b1 < e1 and b2 < e2 and max(b1, b2) < min(e1, e2):
                broken.append(
                    f"{_who(problem, a)}: {_place(problem, other)} and {_place(problem, q)} overlap in time."
                )
        mine[a].append(q)
    return broken


def _suits(problem: ReachProblem, v: Longs, p: Longs) -> Bools:
    people, sites = problem.people, problem.sites
    skilled = np.array([[need <= has for need in sites.requires[1]] for has in people.skills[1]], dtype=bool)
    spoken = np.array(
        [[not need or bool(need & has) for need in sites.languages[1]] for has in people.languages[1]],
        dtype=bool,
    )
    free = np.asarray(people.free[1], dtype=bool).reshape(len(people.free[1]), -1)
    free = np.column_stack([free, np.ones(len(free), dtype=bool)])  # slot -1: at no time
    return (
        skilled[people.skills[0][v], sites.requires[0][p]]
        & spoken[people.languages[0][v], sites.languages[0][p]]
        & free[people.free[0][v], sites.slot[p]]
    )


def _km(problem: ReachProblem, v: Longs, p: Longs) -> Floats:
    people, sites = problem.people, problem.sites
    return _haversine(people.latitude[v], people.longitude[v], sites.latitude[p], sites.longitude[p])


def _haversine(lat1: Floats, lon1: Floats, lat2: Floats, lon2: Floats) -> Floats:
    a, b = np.radians(lat1), np.radians(lat2)
    h = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.radians(lon2 - lon1) / 2) ** 2
    return np.asarray(2 * RADIUS_KM * np.arcsin(np.sqrt(np.minimum(h, 1.0))))


def _prices(problem: ReachProblem, row: Longs, price: Floats, known: Bools, violations: list[str]) -> Floats:
    """One price per segment, 0 where the plan states none."""
    prices = np.zeros(len(problem.sites.segment_size))
    bad = known & ~(price >= 0)
    violations += [
        f"Row of the plan {i + 1:,}: a price must be 0 or more." for i in np.flatnonzero(bad).tolist()
    ]
    use = known & ~bad
    prices[row[use]] = price[use]
    two = use & (np.abs(prices[np.maximum(row, 0)] - price) > SLACK * np.maximum(1.0, price))
    if two.any():
        violations.append("A segment has two prices in the plan.")
    return prices


def _bound(problem: ReachProblem, prices: Floats) -> float:
    """All seats at these prices, and the most that each volunteer gains over all places within reach.

    A volunteer fixed somewhere gains that and, for the other shifts, what is best (overlaps ignored: the
    bound stays one).
    """
    people, sites = problem.people, problem.sites
    total = float(prices @ sites.segment_size)
    total += _pinned_gain(problem, prices)
    left = people.wanted - np.bincount(problem.pinned[:, 0], minlength=people.count)
    order = np.argsort(sites.latitude, kind="stable")
    band = sites.latitude[order]
    people_order = np.argsort(people.latitude, kind="stable")
    low = 0
    while low < len(people_order):
        high = min(low + 256, len(people_order))
        rows = people_order[low:high]
        low = high
        rows = rows[(left[rows] > 0) & np.isfinite(people.latitude[rows])]
        if not len(rows):
            continue
        reach_deg = float(people.reach_km[rows].max()) / RADIUS_KM * 180 / np.pi * 1.001 + 1e-6
        first = np.searchsorted(band, people.latitude[rows].min() - reach_deg)
        last = np.searchsorted(band, people.latitude[rows].max() + reach_deg, side="right")
        total += _most(problem, prices, rows, order[first:last], left)
    return total


def _most(problem: ReachProblem, prices: Floats, rows: Longs, near: Longs, left: Ints) -> float:
    people = problem.people
    step = max(1, PAIRS_AT_ONCE // max(len(near), 1))
    total = 0.0
    for begin in range(0, len(rows), step):
        v = rows[begin : begin + step]
        km = _haversine(
            people.latitude[v][:, None], people.longitude[v][:, None],
            problem.sites.latitude[near], problem.sites.longitude[near],
        )  # fmt: skip
        a, b = np.nonzero(km <= people.reach_km[v][:, None] * (1 + 1e-9) + 1e-9)
        gain = _gain(problem, prices, v[a], near[b], km[a, b])
        use = (gain > 0) & _suits(problem, v[a], near[b])
        if len(problem.never):
            keys = problem.never[:, 0].astype(np.int64) * problem.sites.count + problem.never[:, 1]
            use &= ~np.isin(v[a].astype(np.int64) * problem.sites.count + near[b], keys)
        total += _best_choices(problem, a[use], near[b[use]], gain[use], left[v])
    return total


def _gain(problem: ReachProblem, prices: Floats, v: Longs, p: Longs, km: Floats) -> Floats:
    """Most that each pair gains over the segments of its place."""
    sites = problem.sites
    start, count = sites.segment_start[p], np.diff(sites.segment_start)[p]
    best = np.full(len(p), -np.inf)
    for k in range(int(count.max(initial=0))):
        s = start + np.minimum(k, count - 1)
        there = problem.people.weight[v] * sites.segment_worth[s] - prices[s]
        best = np.maximum(best, np.where((k < count) & (sites.segment_size[s] > 0), there, -np.inf))
    return best - problem.km_cost * km


def _best_choices(problem: ReachProblem, who: Longs, p: Longs, gain: Floats, most: Ints) -> float:
    """Sum over volunteers (numbered from 0) of the best gains, as many as wanted, one per slot."""
    slots = len(problem.sites.slot_times.reshape(-1, 2))
    once = most[who] == 1
    best = np.zeros(len(most))
    np.maximum.at(best, who[once], gain[once])
    total = float(best.sum())
    several = np.flatnonzero(most > 1)
    if not len(several):
        return total
    by_slot = np.zeros((len(most), slots))
    slot = problem.sites.slot[p]
    timed = (slot >= 0) & ~once
    np.maximum.at(by_slot, (who[timed], slot[timed]), gain[timed])
    times = problem.sites.slot_times.reshape(-1, 2)
    for v in several.tolist():
        loose = np.sort(gain[(who == v) & (slot < 0)])[::-1]
        total += _intervals(by_slot[v], times, loose, int(most[v]))
    return total


def _intervals(gain: Floats, times: Longs, loose: Floats, most: int) -> float:
    """Best choice of at most `most` slots that do not overlap, and of places without a time."""
    order = [k for k in np.argsort(times[:, 1], kind="stable").tolist() if gain[k] > 0]
    best = np.zeros((len(order) + 1, most + 1))
    for j, k in enumerate(order):
        before = sum(1 for i in order[:j] if times[i, 1] <= times[k, 0])
        best[j + 1] = best[j]
        best[j + 1, 1:] = np.maximum(best[j, 1:], best[before, :-1] + gain[k])
    sums = np.concatenate([[0.0], np.cumsum(loose[:most])])
    return max(float(best[len(order), most - k] + sums[k]) for k in range(min(most, len(sums) - 1) + 1))


def _pinned_gain(problem: ReachProblem, prices: Floats) -> float:
    if not len(problem.pinned):
        return 0.0
    v, p = problem.pinned[:, 0].astype(np.int64), problem.pinned[:, 1].astype(np.int64)
    return float(_gain(problem, prices, v, p, np.nan_to_num(_km(problem, v, p))).sum())


def _who(problem: ReachProblem, v: int) -> str:
    return f"Volunteer {problem.volunteer_name(int(v))}"


def _place(problem: ReachProblem, p: int) -> str:
    return f"place {problem.place_name(int(p))}"


def _pair(problem: ReachProblem, v: int, p: int) -> str:
    return f"{_who(problem, v)} at {_place(problem, p)}"
