"""A plan that lives on, where pairs are fixed, people want several shifts, and newcomers come from afar."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geodata.matching import Infeasible
from geodata.matching.reach import LivePlan, People, ReachProblem, Sites, solve_reach
from geodata.matching.reach.exact import solve_exactly
from tests.geodata.matching.test_live import newcomer, with_never, with_one_more, with_seats, without
from tests.geodata.matching.test_reach import random_problem


def town(weights: list[float], *places: list[tuple[int, float]]) -> ReachProblem:
    """Everybody and every place at one point; of each place seats and worth by segment."""
    n, m = len(weights), len(places)
    segments = [segment for place in places for segment in place]
    nobody, nothing = (
        (np.zeros(n, np.int64), [frozenset[str]()]),
        (np.zeros(m, np.int64), [frozenset[str]()]),
    )
    people = People(
        latitude=np.full(n, 28.0), longitude=np.full(n, -82.0), reach_km=np.full(n, 40.0),
        weight=np.array(weights), wanted=np.ones(n, np.int32), skills=nobody, languages=nobody,
        free=(nobody[0], np.ones((1, 1), bool)),
    )  # fmt: skip
    sites = Sites(
        latitude=np.full(m, 28.0), longitude=np.full(m, -82.0),
        segment_start=np.cumsum([0, *map(len, places)]),
        segment_size=np.array([size for size, _ in segments], np.int32),
        segment_worth=np.array([worth for _, worth in segments]), slot=np.full(m, -1),
        slot_times=np.array([[0, 1]]), requires=nothing, languages=nothing,
    )  # fmt: skip
    return ReachProblem(people=people, sites=sites)


def one_more(problem: ReachProblem, weight: float, latitude: float = 28.0) -> People:
    return replace(newcomer(problem, 0, latitude, -82.0), weight=np.array([weight]))


def test_newcomers_find_the_seats_that_there_were_too_few_people_for():
    problem = town([1.0, 1.0], [(100, 1.0)])
    plan = LivePlan(problem, solve_reach(problem))
    for _ in range(3):
        plan.sign_up(one_more(problem, 0.5))
    assert plan.objective == pytest.approx(3.5)
    assert plan.bound == pytest.approx(3.5)


def test_a_newcomer_from_far_away_is_offered_the_seat_that_falls_free_there():
    problem = town([1.0, 1.0], [(2, 1.0)], [(1, 2.0)])
    problem.sites.latitude[1] = 34.0
    plan = LivePlan(problem, solve_reach(problem))
    first, _ = plan.sign_up(one_more(problem, 1.0, 34.0))
    second, _ = plan.sign_up(one_more(problem, 0.9, 34.0))
    assert second not in plan.pairs()[:, 0]
    plan.withdraw(first)
    assert [second, 1] in plan.pairs().tolist()
    assert plan.objective <= plan.bound + 1e-9


def test_a_newcomer_who_found_no_seat_gets_one_that_falls_free():
    problem = town([1.0], [(1, 2.0)])
    plan = LivePlan(problem, solve_reach(problem))
    row, _ = plan.sign_up(one_more(problem, 0.5))
    plan.withdraw(0)
    assert plan.pairs().tolist() == [[row, 0]]


def test_whoever_is_fixed_keeps_a_seat_of_what_is_left_of_the_place():
    problem = replace(town([1.0, 0.9, 0.8, 0.1], [(2, 1.0), (2, 0.5)]), pinned=np.array([[3, 0]], np.int32))
    plan = LivePlan(problem, solve_reach(problem))
    plan.close(0, seats=2)
    assert plan.pairs().tolist() == [[0, 0], [3, 0]]
    with pytest.raises(Infeasible, match="volunteer 3 is fixed at place 0"):
        plan.decline(3, 0)
    with pytest.raises(ValueError, match="-1 seats"):
        plan.close(0, seats=-1)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_with_fixed_pairs_and_several_shifts_the_bound_stays_true(seed):
    problem, rng = crowded(seed), np.random.default_rng(seed)
    try:
        plan = LivePlan(problem, solve_reach(problem))
    except Infeasible:
        assume(False)
    for _ in range(4):
        problem = change(problem, plan, rng)
        best = solve_exactly(problem)
        assert plan.objective <= best.objective + 1e-9
        assert best.objective <= plan.bound + 1e-9
        pairs = plan.pairs().tolist()
        assert all(pair in pairs for pair in problem.pinned.tolist())


def crowded(seed: int) -> ReachProblem:
    """Everybody in reach of every place, some fixed, some kept from before, up to three shifts each."""
    rng = np.random.default_rng(seed)
    problem = random_problem(seed, 10, 6, most=3, km_cost=float(rng.choice([0.0, 0.02])))
    problem.people.reach_km[:] = 60.0
    pinned, before = (
        np.unique(np.column_stack([rng.integers(0, 10, 2), rng.integers(0, 6, 2)]), axis=0) for _ in "ab"
    )
    return replace(problem, pinned=pinned.astype(np.int32), previous=before.astype(np.int32), stay_bonus=0.3)


def change(problem: ReachProblem, plan: LivePlan, rng: np.random.Generator) -> ReachProblem:
    kind, volunteer, place = rng.integers(4), int(rng.integers(problem.people.count)), int(rng.integers(6))
    try:
        if kind == 0:
            person = replace(newcomer(problem, volunteer % 10, 28.2, -81.8), wanted=np.array([2], np.int32))
            plan.sign_up(person)
            return with_one_more(problem, person)
        if kind == 1:
            plan.withdraw(volunteer)
            return replace(
                without(problem, volunteer), pinned=problem.pinned[problem.pinned[:, 0] != volunteer]
            )
        if kind == 2:
            plan.decline(volunteer, place)
            return with_never(problem, volunteer, place)
        plan.close(place, seats=1)
        return with_seats(problem, place, 1)
    except Infeasible:
        return problem
