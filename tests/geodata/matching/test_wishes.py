"""Leads, people who go together, over-booking, and the exact method on the whole problem."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.matching.reach import ReachProblem, solve_reach
from geodata.matching.reach.exact import solve_exactly
from geodata.matching.reach.leads import with_lead_seats
from geodata.matching.reach.overbook import chances_short, overbooked, turnout
from geodata.matching.reach.together import groups_of
from tests.geodata.matching.test_reach import check, random_problem


def led(seed: int, people: int, places: int, *, most: int = 1) -> ReachProblem:
    """A third of the people can lead; places need up to two of them."""
    problem, rng = random_problem(seed, people, places, most=most), np.random.default_rng(seed)
    sites, _ = with_lead_seats(problem.sites, rng.integers(0, 3, places))
    leads = rng.random(people) < 0.35
    slot = np.where(sites.slot < 0, 0, sites.slot)
    return replace(problem, people=replace(problem.people, leads=leads), sites=replace(sites, slot=slot))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), most=st.integers(1, 2))
def test_only_leads_sit_in_leads_seats_and_the_plan_is_near_the_best(seed, most):
    problem = led(seed, 16, 6, most=most)
    result = solve_reach(problem)
    check(problem, result)
    row = problem.sites.segment_start[result.pairs[:, 1]] + result.segment
    assert problem.people.leads[result.pairs[problem.sites.for_leads[row], 0]].all()
    best = solve_exactly(problem)
    check(problem, best)
    assert result.objective <= best.objective + 1e-9
    assert best.objective <= result.bound + 1e-9
    if most == 1:
        assert result.gap <= 0.001 + 1e-12


def test_keeping_seats_for_leads_moves_no_seat_and_no_worth():
    sites = random_problem(5, 4, 30).sites
    needed = np.arange(30) % 4
    kept, origin = with_lead_seats(sites, needed)
    seats = np.add.reduceat(sites.segment_size, sites.segment_start[:-1])
    assert (np.add.reduceat(kept.segment_size, kept.segment_start[:-1]) == seats).all()
    of_leads = np.add.reduceat(np.where(kept.for_leads, kept.segment_size, 0), kept.segment_start[:-1])
    assert (of_leads == np.minimum(needed, seats)).all()
    assert (kept.segment_worth == sites.segment_worth[origin]).all()
    assert (np.bincount(origin, kept.segment_size, len(sites.segment_size)) == sites.segment_size).all()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_who_wants_to_go_together_does_wherever_one_place_would_do(seed):
    rng = np.random.default_rng(seed)
    problem = random_problem(seed, 14, 6)
    problem = replace(
        problem, never=problem.never[:0], together=rng.choice(14, (3, 2), replace=False).astype(np.int32)
    )
    result = solve_reach(problem)
    check(problem, result)
    alone = solve_exactly(replace(problem, together=problem.together[:0]))
    assert result.objective <= alone.objective + 1e-9
    assert alone.objective <= result.bound + 1e-9
    where = dict(result.pairs.tolist())
    for group in groups_of(problem):
        places = {where.get(v) for v in group}
        assert len(places) == 1 or not _could(problem, result, group)


def _could(problem: ReachProblem, result, group: list[int]) -> bool:
    """Whether some place would have taken the whole group, had nobody been there but groups together."""
    where = dict(result.pairs.tolist())
    others = [each for each in groups_of(problem) if each != group]
    for place in range(problem.sites.count):
        pins = np.array([(v, place) for v in group], np.int32)
        seats = problem.sites.segment_size[
            problem.sites.segment_start[place] : problem.sites.segment_start[place + 1]
        ]
        taken = sum(len(other) for other in others if {where.get(v) for v in other} == {place})
        if seats.sum() - taken < len(group):
            continue
        may = replace(problem, together=problem.together[:0])
        alone = [solve_reach(_only(may, v, place)) for v in group]
        if all(len(each.pairs) for each in alone) and _gains(problem, result, pins) > 1e-6:
            return True
    return False


def _only(problem: ReachProblem, v: int, place: int) -> ReachProblem:
    wanted = np.zeros(problem.people.count, np.int32)
    wanted[v] = 1
    others = [(v, p) for p in range(problem.sites.count) if p != place]
    never = np.array(others, np.int32).reshape(-1, 2)
    return replace(problem, people=replace(problem.people, wanted=wanted), never=never)


def _gains(problem: ReachProblem, result, pins: np.ndarray) -> float:
    """What the pairs gain at the plan's prices, on the best segment of their place."""
    start, place = problem.sites.segment_start, int(pins[0, 1])
    rows = [s for s in range(start[place], start[place + 1]) if problem.sites.segment_size[s] > 0]
    weight = problem.people.weight[pins[:, 0]]
    net = weight[:, None] * problem.sites.segment_worth[rows] - result.price[rows]
    return float(net.max(axis=1).sum())


def test_groups_join_over_common_members():
    problem = replace(
        random_problem(0, 9, 3),
        together=np.array([[0, 1], [1, 2], [4, 5]], np.int32),
        pinned=np.empty((0, 2)),
    )
    problem = replace(problem, people=replace(problem.people, wanted=np.ones(9, np.int32)))
    assert groups_of(problem) == [[0, 1, 2], [4, 5]]
    crowd = np.column_stack([np.zeros(8), np.arange(1, 9)]).astype(np.int32)
    with pytest.raises(ValueError, match="at most 8"):
        groups_of(replace(problem, together=crowd))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 4), st.lists(st.floats(0, 1), max_size=7))
def test_the_chance_that_enough_come_is_that_of_all_cases_counted(needed, show):
    found = turnout(np.array([needed]), np.zeros(len(show), np.int64), np.array(show))
    cases = product((0, 1), repeat=len(show))
    counted = sum(
        np.prod([p if came else 1 - p for p, came in zip(show, case, strict=True)])
        for case in cases
        if sum(case) >= needed
    )
    assert found.chance[0] == pytest.approx(counted, abs=1e-12)
    assert found.expected[0] == pytest.approx(sum(show))
    assert found.sent[0] == len(show)


@given(st.integers(1, 12), st.floats(0.2, 1.0), st.floats(0.01, 0.5))
def test_over_booking_sends_just_as_many_as_the_risk_asks_for(needed, show, risk):
    extra = chances_short(needed, show, risk)
    assert (np.diff(extra) < 0).all()
    assert (extra > risk).all()
    sent = needed + len(extra)
    if sent < 5 * needed:
        enough = turnout(np.array([needed]), np.zeros(sent, np.int64), np.full(sent, show)).chance[0]
        assert 1 - enough <= risk + 1e-9


def test_over_booked_seats_are_worth_less_and_come_after_the_needed_ones():
    sites = random_problem(7, 4, 12).sites
    more, origin = overbooked(sites, np.full(12, 0.5), 0.1)
    needed = np.add.reduceat(sites.segment_size, sites.segment_start[:-1])
    seats = np.add.reduceat(more.segment_size, more.segment_start[:-1])
    assert ((seats > needed) == (needed > 0)).all()
    inside = np.ones(len(origin), bool)
    inside[more.segment_start[:-1]] = False
    assert (np.diff(more.segment_worth)[inside[1:]] <= 1e-12).all()
    first = np.concatenate([[True], np.diff(origin) > 0])
    assert (more.segment_size[first] == sites.segment_size).all()
