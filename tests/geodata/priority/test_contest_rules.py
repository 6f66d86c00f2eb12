"""Chambers, electoral votes and delegates: what one more vote is worth, by counting and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.priority import Chamber, Delegates, District, PastResult, Plurality, hour, score
from geodata.priority.contest import contest
from geodata.priority.delegates import steps
from geodata.priority.params import HourParams
from geodata.priority.pivotal import by_normal, decisive, exactly


def by_counting(win, weight, needed):
    """The chance that each seat decides, and to win the whole, from `exactly`."""
    pivotal, room = np.empty(len(win)), int(weight.sum()) + 1
    return pivotal, exactly(win, weight, needed, np.empty(room), np.empty(room), pivotal)


def states(margins, turnout=1_000_000.0):
    """One district per seat, with that expected margin."""
    districts = [District(f"d{i}", seat=f"s{i}", registered=1.5 * turnout) for i in range(len(margins))]
    results = [
        PastResult(
            f"d{i}", "2004", 4, ours=turnout * (1 + m) / 2, theirs=turnout * (1 - m) / 2, total=turnout
        )
        for i, m in enumerate(margins)
    ]
    return contest(districts, results)


def test_a_chamber_of_one_seat_is_plurality():
    built = states([0.03])
    alone = score(built, rule=Plurality()).score[0]
    assert score(built, rule=Chamber(draws=200_000)).score[0] == pytest.approx(alone, rel=0.02)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), count=st.integers(1, 9))
def test_the_exact_chance_to_decide_equals_counting_all_outcomes(seed, count):
    rng = np.random.default_rng(seed)
    win, weight = rng.random(count), rng.integers(0, 6, count)
    needed = int(rng.integers(0, weight.sum() + 2))
    pivotal, total = by_counting(win, weight.astype(np.int64), needed)
    outcomes = (np.arange(2**count)[:, None] >> np.arange(count)) & 1
    chance = np.where(outcomes, win, 1 - win).prod(axis=1)
    votes = outcomes @ weight
    assert total == pytest.approx(chance[votes >= needed].sum())
    for s in range(count):
        without = votes - outcomes[:, s] * weight[s]
        flips = (without < needed) & (without + weight[s] >= needed)
        assert pivotal[s] == pytest.approx(chance[flips].sum(), abs=1e-9)


def test_many_seats_by_a_normal_curve_are_close_to_the_exact_chance():
    rng = np.random.default_rng(1)
    win, weight = rng.uniform(0.2, 0.8, 150), np.ones(150, np.int64)
    exact, whole = by_counting(win, weight, 76)
    normal = np.empty(150)
    assert by_normal(win, weight, 76, normal) == pytest.approx(whole, abs=0.01)
    assert normal == pytest.approx(exact, rel=0.02)


def test_the_tipping_point_state_is_worth_most_and_a_safe_one_nothing():
    built = states([0.30, 0.01, -0.30])
    outlook = hour(built, HourParams())
    found = decisive(built, outlook.seats, HourParams(), np.array([10.0, 5.0, 12.0]), 14)
    assert found.chance.argmax() == 1
    worth = score(built, rule=Chamber({"s0": 10, "s1": 5, "s2": 12}, needed=14)).score
    assert worth[1] > 20 * worth[0]
    assert worth[1] > 20 * worth[2]


def test_the_same_seed_gives_the_same_scores():
    built = states([0.02, -0.01, 0.05, -0.04])
    first, second = (score(built, rule=Chamber(draws=2000, seed=7)).score for _ in range(2))
    assert (first == second).all()


def test_delegates_by_hand():
    at, gained = steps(4, 1.0, 0.15)  # two sides: the 1st at 1/8 is below the threshold, then 3/8, 5/8, 85 %
    assert at == pytest.approx([0.15, 0.375, 0.625, 0.85])
    assert gained == pytest.approx([1, 1, 1, 1])
    assert steps(0, 1.0, 0.15)[0].size == 0
    at, gained = steps(3, 0.1, 0.15)  # no rival ever reaches the threshold
    assert (at.tolist(), gained.tolist()) == ([0.15], [3.0])


def test_an_odd_delegate_in_an_even_district_is_where_votes_count():
    districts = [District(each, seat=each, registered=150_000) for each in ("three", "four")]
    results = [
        PastResult(each, "2004", 4, ours=50_000, theirs=50_000, total=100_000) for each in ("three", "four")
    ]
    found = score(districts, results, rule=Delegates({"three": 3, "four": 4}))
    three, four = found.score
    assert three > 2 * four  # at 50 % the 2nd of three is on the edge, the 3rd of four is 12 points away
    assert "3 delegates are at stake" in found.why[0]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Chamber({"s0": 1.5, "s1": 1}), "whole numbers"),
        (Chamber({"s0": 1}), "seat “s1” has no weight"),
        (Delegates({"d0": 3}), "district “d1” has no number of delegates"),
        (Delegates({"d0": 3, "d1": -1}), "whole numbers of 0 or more"),
        (Delegates({"d0": 3, "d1": 1}, threshold=1.5), "threshold is a share"),
    ],
)
def test_impossible_rules_are_refused(rule, words):
    with pytest.raises(ValueError, match=words):
        score(states([0.0, 0.0]), rule=rule)
