"""The whole problem, every place within reach: against the exact method on small cases, and in its limits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.crs import great_circle_km
from geodata.matching import Infeasible, MatchProblem, match
from geodata.matching.reach import People, ReachProblem, Sites, solve_reach

SKILLS = [frozenset(), frozenset({"drive"}), frozenset({"drive", "train"})]
TONGUES = [frozenset({"en"}), frozenset({"es"}), frozenset({"en", "es"})]


def random_problem(
    seed: int, people: int, places: int, *, most: int = 1, km_cost: float = 0.0
) -> ReachProblem:
    """A small county with slots, skills, languages, falling segments, pairs never and pairs of before."""
    rng = np.random.default_rng(seed)
    slots = np.array([[0, 3], [2, 5], [5, 8], [7, 9]])
    count = rng.integers(1, 4, places)
    start = np.concatenate([[0], np.cumsum(count)])
    worth = np.concatenate([np.sort(rng.choice([1.0, 2.0, 2.5, 4.0], k))[::-1] for k in count])
    never = np.column_stack([rng.integers(0, people, 3), rng.integers(0, places, 3)])
    return ReachProblem(
        people=People(
            latitude=rng.uniform(28.0, 28.4, people),
            longitude=rng.uniform(-82.0, -81.6, people),
            reach_km=rng.choice([5.0, 15.0, 60.0], people),
            weight=rng.choice([0.25, 0.5, 0.8, 1.0], people),
            wanted=rng.integers(0, most + 1, people).astype(np.int32),
            skills=(rng.integers(0, 3, people), SKILLS),
            languages=(rng.integers(0, 3, people), TONGUES),
            free=(rng.integers(0, 2, people), np.array([[True] * 4, [True, False, True, False]])),
        ),
        sites=Sites(
            latitude=rng.uniform(28.0, 28.4, places),
            longitude=rng.uniform(-82.0, -81.6, places),
            segment_start=start,
            segment_size=rng.integers(0, 3, start[-1]).astype(np.int32),
            segment_worth=worth,
            slot=rng.integers(-1, 4, places),
            slot_times=slots,
            requires=(rng.integers(0, 2, places), [frozenset(), frozenset({"drive"})]),
            languages=(rng.integers(0, 2, places), [frozenset(), frozenset({"es"})]),
        ),
        km_cost=km_cost,
        never=np.unique(never, axis=0).astype(np.int32),
    )


def allowed(problem: ReachProblem) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All pairs that may be, found one by one: volunteer, place, km."""
    people, sites = problem.people, problem.sites
    never = {tuple(pair) for pair in problem.never.tolist()}
    found = []
    for v in range(people.count):
        for p in range(sites.count):
            km = float(
                great_circle_km(
                    people.latitude[v], people.longitude[v], sites.latitude[p], sites.longitude[p]
                )
            )
            slot = int(sites.slot[p])
            needs = sites.requires[1][sites.requires[0][p]]
            speaks = sites.languages[1][sites.languages[0][p]]
            if (
                km <= people.reach_km[v]
                and needs <= people.skills[1][people.skills[0][v]]
                and (not speaks or speaks & people.languages[1][people.languages[0][v]])
                and (slot < 0 or people.free[1][people.free[0][v]][slot])
                and (v, p) not in never
            ):
                found.append((v, p, km))
    rows = np.array(found).reshape(-1, 3)
    return rows[:, 0].astype(np.int32), rows[:, 1].astype(np.int32), rows[:, 2]


def listed(problem: ReachProblem) -> MatchProblem:
    """The same problem with its pairs written down."""
    people, sites = problem.people, problem.sites
    volunteer, place, km = allowed(problem)
    first = sites.segment_worth[sites.segment_start[:-1]]
    times = np.vstack([sites.slot_times, [[0, 0]]])
    size = sites.segment_size
    return MatchProblem(
        shifts_wanted=people.wanted,
        capacity=np.add.reduceat(size, sites.segment_start[:-1]),
        arc_volunteer=volunteer,
        arc_place=place,
        arc_value=people.weight[volunteer] * first[place] - problem.km_cost * km,
        arc_km=km,
        arc_weight=people.weight[volunteer],
        segment_start=sites.segment_start,
        segment_size=size,
        segment_drop=np.repeat(first, np.diff(sites.segment_start)) - sites.segment_worth,
        starts_at=times[sites.slot, 0],
        ends_at=times[sites.slot, 1],
    )


def check(problem: ReachProblem, result) -> None:
    """Every limit, one by one."""
    volunteer, place, _ = allowed(problem)
    may_be = set(zip(volunteer.tolist(), place.tolist(), strict=True))
    may_be |= {tuple(pair) for pair in problem.pinned.tolist()}
    pairs = [tuple(pair) for pair in result.pairs.tolist()]
    assert set(pairs) <= may_be
    assert len(set(pairs)) == len(pairs)
    assert (np.bincount(result.pairs[:, 0], minlength=problem.people.count) <= problem.people.wanted).all()
    rows = problem.sites.segment_start[result.pairs[:, 1]] + result.segment
    used = np.bincount(rows, minlength=len(problem.sites.segment_size))
    assert (used <= problem.sites.segment_size).all()
    times = np.vstack([problem.sites.slot_times, [[0, 0]]])[problem.sites.slot]
    for v, p in pairs:
        for w, q in pairs:
            if v == w and p != q and times[p, 0] < times[p, 1] and times[q, 0] < times[q, 1]:
                assert times[p, 1] <= times[q, 0] or times[q, 1] <= times[p, 0]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), most=st.integers(1, 3), km_cost=st.sampled_from([0.0, 0.02]))
def test_the_plan_keeps_every_limit_and_is_within_its_proven_gap_of_the_best(seed, most, km_cost):
    problem = random_problem(seed, people=14, places=6, most=most, km_cost=km_cost)
    result = solve_reach(problem, gap=0.01, threads=1)
    best = match(listed(problem), method="exact", time_limit_s=60).objective

    check(problem, result)
    assert result.objective == pytest.approx(result.value.sum())
    assert result.objective <= best + 1e-6
    assert best <= result.bound + 1e-6
    assert best - result.objective <= 0.02 * best + 1e-6 or result.gap > 0.01


def test_everybody_at_one_point_with_equal_worth():
    problem = random_problem(0, people=60, places=5)
    people, sites = problem.people, problem.sites
    people.latitude[:], people.longitude[:] = 28.2, -81.8
    sites.latitude[:], sites.longitude[:] = 28.2, -81.8
    sites.segment_worth[:] = 1.0
    people.weight[:] = 1.0
    result = solve_reach(problem, gap=0.01)
    check(problem, result)
    assert result.gap <= 0.01


def pinned(problem: ReachProblem, pairs: list[tuple[int, int]]) -> ReachProblem:
    return replace(problem, pinned=np.array(pairs, np.int32))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), most=st.integers(1, 2))
def test_pairs_fixed_by_hand_are_kept_and_the_rest_is_still_near_the_best(seed, most):
    problem = random_problem(seed, people=10, places=5, most=most)
    problem.people.wanted[:2] = most
    roomy = int(np.argmax(np.add.reduceat(problem.sites.segment_size, problem.sites.segment_start[:-1])))
    fixed = [(0, roomy)]
    keep = ~(problem.never == fixed[0]).all(axis=1)
    problem = pinned(replace(problem, never=problem.never[keep]), fixed)
    result = solve_reach(problem, gap=0.01, threads=1)
    check(problem, result)
    assert [0, roomy] in result.pairs.tolist()
    assert result.objective <= result.bound + 1e-9


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([(0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (6, 0)], "Free one of them or raise the capacity"),
        ([(0, 0), (0, 1)], "wants 1 shifts, but is fixed at 2"),
    ],
)
def test_impossible_pins_are_refused_by_name(pairs, words):
    problem = random_problem(1, people=12, places=4)
    problem.people.wanted[:] = 1
    problem.sites.segment_size[:] = 2
    with pytest.raises(Infeasible, match=words):
        solve_reach(pinned(replace(problem, never=np.empty((0, 2), np.int32)), pairs))


def test_a_pair_fixed_and_never_is_refused():
    problem = random_problem(1, people=12, places=4)
    pair = problem.never[:1]
    with pytest.raises(Infeasible, match="marked never: take one of the two back"):
        solve_reach(replace(problem, pinned=pair))


def test_how_many_processors_does_not_change_the_plan(monkeypatch):
    from geodata.matching.reach import regions

    monkeypatch.setattr(regions, "SMALLEST", 5)
    problem = random_problem(3, people=60, places=20)
    problem.people.latitude[30:] += 8.0  # a second county far away
    problem.sites.latitude[10:] += 8.0
    assert len(regions.regions(problem)) > 1
    one, four = (solve_reach(problem, threads=threads) for threads in (1, 4))
    assert (one.pairs == four.pairs).all()
    assert (one.price == four.price).all()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000))
def test_the_order_of_rows_does_not_matter_beyond_the_gap(seed):
    problem = random_problem(seed, people=20, places=6)
    order = np.random.default_rng(seed).permutation(20)
    people = problem.people
    shuffled = People(
        latitude=people.latitude[order],
        longitude=people.longitude[order],
        reach_km=people.reach_km[order],
        weight=people.weight[order],
        wanted=people.wanted[order],
        skills=(people.skills[0][order], people.skills[1]),
        languages=(people.languages[0][order], people.languages[1]),
        free=(people.free[0][order], people.free[1]),
    )
    row_of = np.argsort(order)
    never = np.column_stack([row_of[problem.never[:, 0]], problem.never[:, 1]]).astype(np.int32)
    first = solve_reach(problem, gap=0.005)
    second = solve_reach(replace(problem, people=shuffled, never=never), gap=0.005)
    assert first.objective <= second.bound + 1e-9
    assert second.objective <= first.bound + 1e-9


def test_nobody_and_nowhere():
    problem = random_problem(0, people=5, places=3)
    problem.people.latitude[:] = np.nan
    result = solve_reach(problem)
    assert len(result.pairs) == 0
    assert result.objective == result.gap == 0.0


def test_a_plan_of_before_is_worth_keeping():
    problem = random_problem(5, people=40, places=8)
    before = solve_reach(problem, gap=0.001).pairs
    again = solve_reach(replace(problem, previous=before, stay_bonus=10.0), gap=0.001)
    assert {tuple(pair) for pair in before.tolist()} == {tuple(pair) for pair in again.pairs.tolist()}
    assert again.value.sum() == pytest.approx(again.objective - 10.0 * len(before))
