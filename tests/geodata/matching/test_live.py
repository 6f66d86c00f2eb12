"""A plan that lives on: after every change it keeps all limits, and its gap is that of the new problem."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.matching import Infeasible, match
from geodata.matching.reach import LivePlan, People, ReachProblem, solve_reach
from tests.geodata.matching.test_reach import allowed, listed, random_problem

NOBODY_MORE = np.empty((0, 2), np.int32)


def newcomer(problem: ReachProblem, like: int, latitude: float, longitude: float) -> People:
    """One more volunteer, with the skills and times of another."""
    people, row = problem.people, [like]
    return People(
        latitude=np.array([latitude]), longitude=np.array([longitude]), reach_km=np.array([40.0]),
        weight=np.array([0.7]), wanted=np.array([1], np.int32),
        skills=(people.skills[0][row], people.skills[1]),
        languages=(people.languages[0][row], people.languages[1]), free=(people.free[0][row], people.free[1]),
    )  # fmt: skip


def with_one_more(problem: ReachProblem, person: People) -> ReachProblem:
    people = problem.people
    joined = {
        name: np.concatenate([getattr(people, name), getattr(person, name)])
        for name in ("latitude", "longitude", "reach_km", "weight", "wanted", "leads")
    }
    for name in ("skills", "languages", "free"):
        column = getattr(people, name)
        joined[name] = (np.concatenate([column[0], getattr(person, name)[0]]), column[1])
    return replace(problem, people=People(**joined))


def without(problem: ReachProblem, volunteer: int) -> ReachProblem:
    wanted = problem.people.wanted.copy()
    wanted[volunteer] = 0
    return replace(problem, people=replace(problem.people, wanted=wanted))


def with_never(problem: ReachProblem, volunteer: int, place: int) -> ReachProblem:
    pairs = np.vstack([problem.never, [[volunteer, place]]]).astype(np.int32)
    return replace(problem, never=np.unique(pairs, axis=0))


def with_seats(problem: ReachProblem, place: int, seats: int) -> ReachProblem:
    size, start = problem.sites.segment_size.copy(), problem.sites.segment_start
    for s in range(start[place], start[place + 1]):
        size[s] = min(size[s], seats)
        seats -= size[s]
    return replace(problem, sites=replace(problem.sites, segment_size=size))


def holds(problem: ReachProblem, plan: LivePlan) -> None:
    """Every limit of the changed problem, and a bound that no plan of it exceeds."""
    pairs = plan.pairs()
    may = set(zip(*(each.tolist() for each in allowed(problem)[:2]), strict=True))
    assert {tuple(pair) for pair in pairs.tolist()} <= may
    assert len(np.unique(pairs, axis=0)) == len(pairs)
    assert (np.bincount(pairs[:, 0], minlength=problem.people.count) <= problem.people.wanted).all()
    seats = np.add.reduceat(problem.sites.segment_size, problem.sites.segment_start[:-1])
    assert (np.bincount(pairs[:, 1], minlength=problem.sites.count) <= seats).all()
    best = match(listed(problem), method="exact", time_limit_s=600).objective
    assert plan.objective <= best + 1e-9
    assert best <= plan.bound + 1e-9
    assert best - plan.objective <= 0.02 * max(best, 1.0)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.02]), st.data())
def test_after_every_change_the_limits_hold_and_the_bound_is_true(seed, km_cost, data):
    problem = random_problem(seed, 14, 6, km_cost=km_cost)
    plan = LivePlan(problem, solve_reach(problem))
    holds(problem, plan)
    for _ in range(6):
        kind = data.draw(st.sampled_from(["sign up", "withdraw", "decline", "close"]))
        before = {tuple(pair) for pair in plan.pairs().tolist()}
        if kind == "sign up":
            person = newcomer(
                problem, data.draw(st.integers(0, 13)), data.draw(st.floats(27.9, 28.5)),
                data.draw(st.floats(-82.2, -81.4)),
            )  # fmt: skip
            row, moved = plan.sign_up(person)
            assert row == problem.people.count
            problem = with_one_more(problem, person)
        elif kind == "withdraw":
            volunteer = data.draw(st.integers(0, problem.people.count - 1))
            moved, problem = plan.withdraw(volunteer), without(problem, volunteer)
        elif kind == "decline":
            pair = data.draw(st.integers(0, problem.people.count - 1)), data.draw(st.integers(0, 5))
            moved, problem = plan.decline(*pair), with_never(problem, *pair)
        else:
            place, seats = data.draw(st.integers(0, 5)), data.draw(st.integers(0, 3))
            moved, problem = plan.close(place, seats=seats), with_seats(problem, place, seats)
        after = {tuple(pair) for pair in plan.pairs().tolist()}
        assert before - after == {tuple(pair) for pair in moved.lost.tolist()}
        assert after - before == {tuple(pair) for pair in moved.gained.tolist()}
        holds(problem, plan)


def test_refreshing_tightens_the_bound_and_moves_nobody():
    problem = random_problem(3, 60, 12)
    plan = LivePlan(problem, solve_reach(problem))
    for volunteer in range(10):
        plan.withdraw(volunteer)
    loose, pairs = plan.bound, plan.pairs()
    plan.refresh()
    assert plan.objective <= plan.bound <= loose + 1e-9
    assert (plan.pairs() == pairs).all()


def test_somebody_fixed_keeps_a_place_open():
    problem = random_problem(1, 10, 4)
    size = problem.sites.segment_size.copy()
    size[problem.sites.segment_start[0]] = 2
    wanted = np.full(10, 1, np.int32)
    problem = replace(
        problem, people=replace(problem.people, wanted=wanted), never=NOBODY_MORE,
        sites=replace(problem.sites, segment_size=size), pinned=np.array([[4, 0]], np.int32),
    )  # fmt: skip
    plan = LivePlan(problem, solve_reach(problem))
    with pytest.raises(Infeasible, match="fixed"):
        plan.close(0)
    assert [4, 0] in plan.pairs().tolist()
    plan.withdraw(4)
    assert 4 not in plan.pairs()[:, 0]


def test_a_stranger_and_too_many_shifts_are_refused():
    problem = random_problem(2, 10, 4)
    plan = LivePlan(problem, solve_reach(problem))
    with pytest.raises(ValueError, match="no volunteer 99"):
        plan.withdraw(99)
    greedy = replace(newcomer(problem, 0, 28.1, -81.8), wanted=np.array([99], np.int32))
    with pytest.raises(ValueError, match="at most"):
        plan.sign_up(greedy)
