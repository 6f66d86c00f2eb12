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
STRIP_DEG = 0.25


@dataclass(frozen=True, slots=True)
class Proof:
    """violations: a sentence each; bound: no plan of the whole problem is worth more. bonus: what of the
    objective comes from pairs kept from before.
    """

    pairs: int
    objective: float
    bound: float
    gap: float
    violations: tuple[str, ...]
    bonus: float = 0.0


def prove(
    problem: ReachProblem, *, volunteer: Any, place: Any, segment: Ints, value: Floats, price: Floats,
    segment_number: Ints, seat: Any = None, lead_price: Floats | None = None,
) -> Proof:  # fmt: skip
    """Check the rows of a plan (ids as text; an empty place is a volunteer at home) against the problem.

    seat: "lead" where a lead's seat is taken, whose price is `lead_price`; None: there are none. Objective
    and bound count the bonus of pairs kept from before.
    """
    names, sites = problem.volunteer_names, problem.place_names
    assert names is not None
    assert sites is not None
    violations: list[str] = []
    v, p = _rows_of(volunteer, names), _rows_of(place, sites)
    violations += [f"Row {i + 1:,}: there is no volunteer {volunteer[i]!r}." for i in np.flatnonzero(v < 0)]
    unknown = (v >= 0) & (place != "") & (p < 0)
    violations += [f"Row {i + 1:,}: there is no place {place[i]!r}." for i in np.flatnonzero(unknown)]
    use = np.flatnonzero((v >= 0) & (p >= 0))
    v, p, s, stated, price = v[use], p[use], segment[use].astype(np.int64), value[use], price[use]
    led = np.zeros(len(use), bool) if seat is None else seat[use] == "lead"
    row = _segment_rows(problem, p, s, led, segment_number, violations)
    known = row >= 0
    violations += _limits(problem, v, p, row, known)
    km = _km(problem, v, p)
    worth = problem.people.weight[v] * problem.sites.segment_worth[np.maximum(row, 0)] - problem.km_cost * km
    off = known & ~(np.abs(worth - stated) <= SLACK * np.maximum(1.0, np.abs(worth)))
    violations += [
        f"{_pair(problem, v[i], p[i])}: the value {stated[i]:.6g} is stated, it is {worth[i]:.6g}."
        for i in np.flatnonzero(off).tolist()
    ]
    ordinary = _ordinary_rows(problem, p, s, segment_number)
    stated_prices = _Prices(problem, use, segment_number, violations)
    prices = stated_prices.of(np.where(led, ordinary, row), price, known & (ordinary >= 0))
    if lead_price is not None and led.any():
        prices = np.maximum(prices, stated_prices.of(row, lead_price[use], known & led))
    stayed = known & _among(problem, v, p, problem.previous) & ~_among(problem, v, p, problem.pinned)
    bonus = problem.stay_bonus * int(stayed.sum())
    objective = float(worth[known].sum()) + bonus
    bound = _bound(problem, prices)
    if objective > bound + SLACK * max(1.0, abs(objective)) and not violations:
        violations.append(f"The plan's worth {objective:.6g} is above what is possible, {bound:.6g}.")
    greatest = max(abs(bound), abs(objective))
    gap = max(bound - objective, 0.0) / greatest if greatest > 1e-12 else 0.0
    return Proof(len(use), objective, bound, gap, tuple(violations), bonus)


def _rows_of(wanted: Any, names: Any) -> Longs:
    """Row of each name among `names`, -1 where it is none of them."""
    known = np.asarray(names).astype(str)
    order = np.argsort(known, kind="stable")
    asked = np.asarray(wanted).astype(str)
    at = np.minimum(np.searchsorted(known[order], asked), max(len(known) - 1, 0))
    if not len(known):
        return np.full(len(asked), -1, np.int64)
    return np.where(known[order][at] == asked, order[at], -1).astype(np.int64)


def _among(problem: ReachProblem, v: Longs, p: Longs, pairs: Ints) -> Bools:
    keys = pairs.reshape(-1, 2)[:, 0].astype(np.int64) * problem.sites.count + pairs.reshape(-1, 2)[:, 1]
    return np.isin(v * problem.sites.count + p, keys)


def _segment_rows(
    problem: ReachProblem, p: Longs, s: Longs, led: Bools, numbers: Ints, violations: list[str]
) -> Longs:
    """Row of each stated segment, -1 (and a violation) where the place has none of that number."""
    found = np.where(led, _matching_rows(problem, p, s, numbers, of_leads=True),
                     _ordinary_rows(problem, p, s, numbers))  # fmt: skip
    violations += [
        f"{_place(problem, p[i])} has no segment {int(s[i])}{' for leads' if led[i] else ''}."
        for i in np.flatnonzero(found < 0).tolist()
    ]
    return found


def _ordinary_rows(problem: ReachProblem, p: Longs, s: Longs, numbers: Ints) -> Longs:
    return _matching_rows(problem, p, s, numbers, of_leads=False)


def _matching_rows(problem: ReachProblem, p: Longs, s: Longs, numbers: Ints, *, of_leads: bool) -> Longs:
    """Row of the segment of place p with number s, among those for leads or the others; -1: there is none."""
    rows = np.flatnonzero(np.asarray(problem.sites.for_leads, bool) == of_leads)
    of_place = np.repeat(np.arange(problem.sites.count), np.diff(problem.sites.segment_start))[rows]
    most = int(max(numbers.max(initial=0), s.max(initial=0))) + 2
    keys = of_place * most + numbers[rows]
    order = np.argsort(keys, kind="stable")
    asked = p * most + np.clip(s, -1, most - 1)
    if not len(rows):
        return np.full(len(p), -1, np.int64)
    at = np.minimum(np.searchsorted(keys[order], asked), len(rows) - 1)
    return np.where((keys[order][at] == asked) & (s >= 0), rows[order[at]], -1).astype(np.int64)


def _limits(problem: ReachProblem, v: Longs, p: Longs, row: Longs, known: Bools) -> list[str]:
    people, sites = problem.people, problem.sites
    broken: list[str] = []
    pinned = {(int(a), int(b)) for a, b in problem.pinned}
    used = np.bincount(row[known], minlength=len(sites.segment_size))
    strangers = known & np.asarray(sites.for_leads, bool)[np.maximum(row, 0)] & ~people.leads[v]
    broken += [
        f"{_pair(problem, v[i], p[i])}: a lead's seat, but no lead."
        for i in np.flatnonzero(strangers).tolist()
    ]
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
    fixed = _among(problem, v, p, problem.pinned)
    faults = (
        (_among(problem, v, p, problem.never), "marked never."),
        (~suits & ~fixed, "skill, language or free time is missing."),
    )
    broken += [
        f"{_pair(problem, v[i], p[i])}: further than {people.reach_km[v[i]]:g} km."
        for i in np.flatnonzero(far & ~fixed).tolist()
    ]
    for wrong, words in faults:
        broken += [f"{_pair(problem, v[i], p[i])}: {words}" for i in np.flatnonzero(wrong).tolist()]
    pairs = set(zip(v[fixed].tolist(), p[fixed].tolist(), strict=True))
    broken += [
        f"{_pair(problem, *pair)}: fixed by hand, but not in the plan." for pair in sorted(pinned - pairs)
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


@dataclass(frozen=True, slots=True, eq=False)
class _Prices:
    """What the plan says its segments cost. use: the row of the file that each pair stands in."""

    problem: ReachProblem
    use: Longs
    segment_number: Ints
    violations: list[str]

    def of(self, row: Longs, price: Floats, known: Bools) -> Floats:
        """One price per segment, 0 where the plan states none."""
        prices = np.zeros(len(self.problem.sites.segment_size))
        bad = known & ~(price >= 0)
        self.violations.extend(
            f"Row {self.use[i] + 1:,}: a price must be 0 or more." for i in np.flatnonzero(bad).tolist()
        )
        use = known & ~bad
        prices[row[use]] = price[use]
        two = use & (np.abs(prices[np.maximum(row, 0)] - price) > SLACK * np.maximum(1.0, price))
        self.violations.extend(self._twice(s) for s in np.unique(row[two]).tolist())
        return prices

    def _twice(self, s: int) -> str:
        place = int(np.searchsorted(self.problem.sites.segment_start, s, side="right") - 1)
        return f"{_place(self.problem, place)}: segment {self.segment_number[s]} has two prices."


def _bound(problem: ReachProblem, prices: Floats) -> float:
    """All seats at these prices, and the most that each volunteer gains over all places within reach.

    A volunteer fixed somewhere gains that and, for the other shifts, what is best beside it.
    """
    people, sites = problem.people, problem.sites
    total = float(prices @ sites.segment_size)
    total += _pinned_gain(problem, prices)
    # of those who can be somewhere, nobody can be at more places than there are
    left = np.minimum(people.wanted - np.bincount(problem.pinned[:, 0], minlength=people.count), sites.count)
    order = np.argsort(sites.latitude, kind="stable")
    band = sites.latitude[order]
    # a strip of latitude at a time, and in it from west to east: those side by side have the same places near
    people_order = np.lexsort((people.longitude, np.floor(people.latitude / STRIP_DEG)))
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
        near = order[first:last]
        total += _most(problem, prices, rows, near[_beside(people, sites, rows, near, reach_deg)], left)
    return total


def _beside(people: Any, sites: Any, rows: Longs, near: Longs, reach_deg: float) -> Bools:
    """Which places can lie within reach by longitude alone; all of them near a pole or the date line."""
    west, east = float(people.longitude[rows].min()), float(people.longitude[rows].max())
    steepest = float(np.abs(people.latitude[rows]).max()) + reach_deg
    if steepest >= 89 or max(abs(west), abs(east)) + reach_deg / np.cos(np.radians(min(steepest, 89))) >= 180:
        return np.ones(len(near), bool)
    wide = reach_deg / np.cos(np.radians(steepest)) * 1.01
    return (sites.longitude[near] >= west - wide) & (sites.longitude[near] <= east + wide)


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
        if len(problem.previous):
            gain = gain + problem.stay_bonus * _among(problem, v[a], near[b], problem.previous)
        use = (gain > 0) & _suits(problem, v[a], near[b]) & ~_beside_fixed(problem, v[a], near[b])
        if len(problem.never):
            use &= ~_among(problem, v[a], near[b], problem.never)
        total += _best_choices(problem, a[use], near[b[use]], gain[use], left[v])
    return total


def _beside_fixed(problem: ReachProblem, v: Longs, p: Longs) -> Bools:
    """Which pairs cannot be since the volunteer is fixed there already, or at the same time elsewhere."""
    found = np.zeros(len(v), bool)
    if not len(problem.pinned):
        return found
    times = np.vstack([problem.sites.slot_times.reshape(-1, 2), [[0, 0]]])[problem.sites.slot]
    pinned = problem.pinned[np.argsort(problem.pinned[:, 0], kind="stable")].astype(np.int64)
    first = np.searchsorted(pinned[:, 0], v)
    count = np.searchsorted(pinned[:, 0], v, side="right") - first
    for k in range(int(count.max(initial=0))):
        use = np.flatnonzero(count > k)
        there, here = pinned[first[use] + k, 1], p[use]
        begin = np.maximum(times[there, 0], times[here, 0])
        timed = (times[there, 0] < times[there, 1]) & (times[here, 0] < times[here, 1])
        found[use] |= (there == here) | (timed & (begin < np.minimum(times[there, 1], times[here, 1])))
    return found


def _gain(problem: ReachProblem, prices: Floats, v: Longs, p: Longs, km: Floats) -> Floats:
    """Most that each pair gains over the segments of its place."""
    sites = problem.sites
    start, count = sites.segment_start[p], np.diff(sites.segment_start)[p]
    best = np.full(len(p), -np.inf)
    for k in range(int(count.max(initial=0))):
        s = start + np.minimum(k, count - 1)
        there = problem.people.weight[v] * sites.segment_worth[s] - prices[s]
        open_to = (sites.segment_size[s] > 0) & (
            ~np.asarray(sites.for_leads, bool)[s] | problem.people.leads[v]
        )
        best = np.maximum(best, np.where((k < count) & open_to, there, -np.inf))
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
