"""Why here, why not there, why nobody: a whole-problem plan's reasons against pairs counted one by one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from geodata.matching.reach import solve_reach
from geodata.matching.reach.explain import WHY, reasons
from geodata.matching.reach.pairs import capacity, clash, km_of, suits, times, worth
from geodata.matching.reach.problem import SAID
from tests.geodata.matching.test_reach import allowed, random_problem


@pytest.mark.parametrize("seed", range(6))
def test_the_next_best_is_the_best_of_all_pairs_that_may_be(seed):
    problem = random_problem(seed, 30, 8, most=2, km_cost=0.02)
    result = solve_reach(problem)
    found = reasons(problem, result)
    v, p, km = allowed(problem)
    at, start = times(problem), problem.sites.segment_start
    mine = [set(result.pairs[result.pairs[:, 0] == who, 1].tolist()) for who in range(30)]
    rows = [*result.pairs.tolist(), *[[who, -1] for who in found.home.tolist()]]
    others = [np.append(a, b) for a, b in zip(_columns(found.next_best), _columns(found.best), strict=True)]
    for row, (who, own) in enumerate(rows):
        best = (-np.inf, None)
        for place, way in zip(p[v == who].astype(int), km[v == who], strict=True):
            in_the_way = any(clash(at, place, held) for held in mine[who] - {own})
            value = problem.people.weight[who] * problem.sites.segment_worth[start[place]] - 0.02 * way
            if place in mine[who] or in_the_way or value <= 0:
                continue
            for s in range(start[place], start[place + 1]):
                there = problem.people.weight[who] * problem.sites.segment_worth[s] - 0.02 * way
                if problem.sites.segment_size[s]:
                    best = max(best, (there - result.price[s], place))
        place, value, _km, price = (column[row] for column in others)
        assert (place >= 0) == (best[1] is not None)
        if place >= 0:
            assert value - price == pytest.approx(best[0], abs=1e-9)


def _columns(others):
    return others.place, others.value, others.km, others.price


@pytest.mark.parametrize("seed", range(4))
def test_whoever_stays_at_home_is_told_the_first_thing_that_keeps_them(seed):
    problem = random_problem(seed + 20, 40, 6)
    found = reasons(problem, solve_reach(problem))
    people = problem.people
    every = np.arange(problem.sites.count)
    never = {tuple(pair) for pair in problem.never.tolist()}
    for who, why in zip(found.home.tolist(), found.why, strict=True):
        possible = suits(problem, np.full(len(every), who), every)
        near = km_of(problem, np.full(len(every), who), every) <= people.reach_km[who]
        if people.wanted[who] == 0:
            assert why == "wants_no_shift"
        elif not near.any():
            assert why == "no_place_in_reach"
        elif not possible.any():
            assert why in ("not_free_then", "skill_missing", "language_missing")
        elif all((who, p) in never for p in np.flatnonzero(possible).tolist()):
            assert why == "only_never_pairs"
        else:
            assert why in ("not_worth_the_way", "capacity", "nothing")
    assert set(found.why) <= set(WHY)


@pytest.mark.parametrize(
    ("has", "why"),
    [(set(), "skill_missing"), ({"drive"}, "not_said"), ({SAID + "age:18"}, "skill_missing")],
)
def test_what_people_say_of_themselves_binds_as_a_skill_and_is_told_apart(has, why):
    problem = random_problem(2, 20, 4)
    people, sites = problem.people, problem.sites
    everybody = np.zeros(20, np.int64)
    asks = (np.zeros(4, np.int64), [frozenset({"drive", SAID + "age:18"})])
    problem = replace(
        problem,
        people=replace(
            people, skills=(everybody, [frozenset(has)]), free=(everybody, np.ones((1, 4), dtype=bool)),
            reach_km=np.full(20, 500.0), wanted=np.ones(20, np.int32),
        ),
        sites=replace(sites, requires=asks),
    )  # fmt: skip
    found = reasons(problem, solve_reach(problem))
    assert set(found.why) == {why}
    assert (found.best.place == -1).all()
    has_all = replace(problem.people, skills=(everybody, [asks[1][0]]))
    assert len(solve_reach(replace(problem, people=has_all)).pairs)


def test_a_pair_fixed_by_hand_says_so_and_what_else_they_could_do():
    problem = random_problem(3, 30, 8)
    first = solve_reach(problem)
    who, where = first.pairs[0]
    fixed = replace(problem, pinned=np.array([[who, where]], np.int32))
    result = solve_reach(fixed)
    found = reasons(fixed, result)
    row = result.pairs.tolist().index([who, where])
    assert found.binds[row] == "pinned"
    assert found.binds.count("pinned") == 1


def test_places_tell_what_is_filled_and_what_one_more_seat_adds():
    problem = random_problem(8, 60, 5)
    result = solve_reach(problem, gap=1e-4)
    found = reasons(problem, result)
    assert found.seats.tolist() == capacity(problem).tolist()
    assert found.filled.sum() == len(result.pairs)
    assert (found.place_price[found.filled < found.seats] == 0).all()
    for place in np.flatnonzero(found.place_price > 0).tolist():
        more = problem.sites.segment_size.copy()
        more[problem.sites.segment_start[place + 1] - 1] += 1
        wider = solve_reach(replace(problem, sites=replace(problem.sites, segment_size=more)), gap=1e-4)
        assert wider.bound - result.objective <= found.place_price[place] + 0.01 * result.bound


def test_a_pair_is_worth_what_its_seat_is_worth_and_nothing_beyond_the_last():
    problem = random_problem(5, 10, 4, km_cost=0.01)
    seats, sites = capacity(problem), problem.sites
    for place in range(4):
        each = np.repeat(
            sites.segment_worth[sites.segment_start[place] : sites.segment_start[place + 1]],
            sites.segment_size[sites.segment_start[place] : sites.segment_start[place + 1]],
        )
        many = np.arange(seats[place] + 2)
        found = worth(problem, np.zeros(len(many), int), np.full(len(many), place), many)
        way = 0.01 * km_of(problem, np.array([0]), np.array([place]))[0]
        expected = [*(problem.people.weight[0] * each - way), 0.0, 0.0]
        assert found == pytest.approx(expected)
