"""The best plan there is, for small problems: all pairs listed, then a min-cost flow or a whole program."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from geodata.matching._reach import places_in_reach
from geodata.matching.problem import Ints, Longs, MatchProblem, relative_gap
from geodata.matching.reach._pins import checked_pins
from geodata.matching.reach.pairs import km_of, suits, times
from geodata.matching.reach.problem import ReachProblem, ReachResult
from geodata.matching.solve import match

MOST_PAIRS = 2_000_000


def solve_exactly(problem: ReachProblem, *, time_limit_s: float = 600.0) -> ReachResult:
    """The best plan, to the rounding of values to 2^-40 of the greatest; objective and bound are equal.

    Prices prove the bound where everybody wants one shift, else that of the linear program. Raises Infeasible
    as solve_reach does, and ValueError where the method cannot: too many pairs, groups that want to go
    together, leads fixed where seats are kept for leads, or such seats without a time for people who want
    several shifts.
    """
    begun = time.perf_counter()
    if len(problem.together):
        raise ValueError("the exact method does not keep people together: use the auction")
    listed, place_of, segment_of = as_listed(problem)
    found = match(listed, method="exact", time_limit_s=time_limit_s)
    place = place_of[found.pairs[:, 1]].astype(np.int64)
    row = segment_of[listed.segment_start[found.pairs[:, 1]] + found.segment]
    price = np.zeros(len(problem.sites.segment_size))
    price[segment_of] = found.segment_price
    volunteer = found.pairs[:, 0].astype(np.int64)
    order = np.lexsort((place, volunteer))
    volunteer, place, row = volunteer[order], place[order], row[order]
    km = km_of(problem, volunteer, place)
    value = problem.people.weight[volunteer] * problem.sites.segment_worth[row] - problem.km_cost * km
    return ReachResult(
        pairs=np.column_stack([volunteer, place]).astype(np.int32),
        segment=(row - problem.sites.segment_start[place]).astype(np.int32),
        value=value, km=km, price=price, objective=found.objective, bound=found.bound,
        gap=relative_gap(found.objective, found.bound), seconds=time.perf_counter() - begun, stopped="done",
        rounds=((),),
    )  # fmt: skip


def as_listed(problem: ReachProblem) -> tuple[MatchProblem, Longs, Longs]:
    """The problem with its pairs written down: leads' seats are places of their own.

    Returns it with the place row of each of its places and the segment row of each of its segments.
    """
    sites, pinned = problem.sites, checked_pins(problem)
    place_of, segment_start, segment_of = _places(problem)
    is_led = sites.for_leads[segment_of[segment_start[:-1]]]
    if is_led.any() and (sites.slot[place_of[is_led]] < 0).any() and (problem.people.wanted > 1).any():
        raise ValueError(
            "the exact method needs a slot for places with leads when people want several shifts"
        )
    if _has_fixed_leads(problem, pinned, place_of[is_led]):
        raise ValueError(
            "the exact method does not fix leads where seats are kept for leads: use the auction"
        )
    volunteer, place = _pairs(problem, pinned)
    volunteer, listed = _spread(problem, volunteer, place, place_of, is_led, pinned)
    home = place_of[listed]
    km = km_of(problem, volunteer, home)
    first = sites.segment_worth[segment_of[segment_start[:-1]]]
    count = np.diff(segment_start)
    bonus = problem.stay_bonus * _among(volunteer, home, problem.previous, sites.count)
    bonus = bonus * ~_among(volunteer, home, pinned.astype(np.int32), sites.count)
    at = times(problem)[place_of]
    size = np.minimum(sites.segment_size, problem.people.count + 1)[segment_of]  # nobody needs more
    found = MatchProblem(
        shifts_wanted=np.minimum(problem.people.wanted, sites.count),
        capacity=np.add.reduceat(size, segment_start[:-1]),
        arc_volunteer=volunteer, arc_place=listed,
        arc_value=problem.people.weight[volunteer] * first[listed] - problem.km_cost * km + bonus,
        arc_km=km, arc_weight=problem.people.weight[volunteer],
        segment_start=segment_start, segment_size=size,
        segment_drop=np.repeat(first, count) - sites.segment_worth[segment_of],
        starts_at=at[:, 0], ends_at=at[:, 1], pinned=_listed_pins(pinned, place_of, is_led),
    )  # fmt: skip
    return found, place_of, segment_of


def _has_fixed_leads(problem: ReachProblem, pinned: Longs, led: Longs) -> bool:
    return bool((problem.people.leads[pinned[:, 0]] & np.isin(pinned[:, 1], led)).any())


def _places(problem: ReachProblem) -> tuple[Longs, Longs, Longs]:
    """Ordinary places first, then those of leads: place row, start of segments, segment row."""
    sites = problem.sites
    place = np.repeat(np.arange(sites.count), np.diff(sites.segment_start))
    led = np.asarray(sites.for_leads, bool)
    segment_of = np.concatenate([np.flatnonzero(~led), np.flatnonzero(led)])
    key = place[segment_of] + sites.count * led[segment_of]
    start = np.flatnonzero(np.concatenate([[True], np.diff(key) != 0])) if len(key) else np.zeros(0, np.int64)
    return place[segment_of[start]], np.append(start, len(key)).astype(np.int64), segment_of


def _pairs(problem: ReachProblem, pinned: Longs) -> tuple[Longs, Longs]:
    """Every pair that may be, and every pinned one."""
    people, sites = problem.people, problem.sites
    start, place, _, _ = places_in_reach(
        people.latitude, people.longitude, people.reach_km * (1 + 1e-9), sites.latitude, sites.longitude
    )
    if len(place) > MOST_PAIRS:
        raise ValueError(
            f"the exact method takes up to {MOST_PAIRS:,} pairs, here are {len(place):,}: use the auction"
        )
    volunteer, place = np.repeat(np.arange(people.count), np.diff(start)), place.astype(np.int64)
    may = suits(problem, volunteer, place) & ~_among(volunteer, place, problem.never, sites.count)
    keys = np.concatenate(
        [volunteer[may] * sites.count + place[may], pinned[:, 0] * sites.count + pinned[:, 1]]
    )
    keys = np.unique(keys)
    return keys // sites.count, keys % sites.count


def _spread(
    problem: ReachProblem, volunteer: Longs, place: Longs, place_of: Longs, is_led: np.ndarray, pinned: Longs
) -> tuple[Longs, Longs]:
    """Each pair with the ordinary listed place, and with that of the leads for whoever is one."""
    ordinary = np.full(problem.sites.count, -1, np.int64)
    led = ordinary.copy()
    ordinary[place_of[~is_led]] = np.flatnonzero(~is_led)
    led[place_of[is_led]] = np.flatnonzero(is_led)
    use = (led[place] >= 0) & problem.people.leads[volunteer]
    use &= ~_among(volunteer, place, pinned.astype(np.int32), problem.sites.count)
    there = ordinary[place] >= 0
    who = np.concatenate([volunteer[there], volunteer[use]])
    where = np.concatenate([ordinary[place[there]], led[place[use]]])
    order = np.lexsort((where, who))
    return who[order], where[order]


def _listed_pins(pinned: Longs, place_of: Longs, is_led: np.ndarray) -> Ints:
    ordinary = {int(p): i for i, p in enumerate(place_of.tolist()) if not is_led[i]}
    return np.array([(v, ordinary[p]) for v, p in pinned.tolist()], np.int32).reshape(-1, 2)


def _among(volunteer: Any, place: Any, pairs: Ints, count: int) -> np.ndarray:
    keys = pairs.reshape(-1, 2)[:, 0].astype(np.int64) * count + pairs.reshape(-1, 2)[:, 1]
    return np.isin(volunteer * count + place, keys)
