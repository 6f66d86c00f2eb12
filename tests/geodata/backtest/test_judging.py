"""Judges count by the rule, the same for every plan; and what came later never enters a plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.backtest import SHAKEN, History, backtest
from geodata.backtest.chamber_judge import ChamberJudge
from geodata.backtest.delegate_judge import DelegateJudge
from geodata.backtest.intervals import mean_spans
from geodata.priority import Chamber, Coverage, Delegates, District, HourParams, PastResult, Plurality, hour

WEIGHT = {"A": 3.0, "B": 4.0, "C": 5.0, "D": 6.0}
MARGIN = {"A": 0.02, "B": -0.01, "C": 0.15, "D": -0.12}  # the first time
REAL = {"A": -0.03, "B": 0.01, "C": 0.20, "D": -0.10}  # what came


def results(margins, election, years_ago):
    """Two districts a seat, one of them twice the other, with that margin."""
    return [
        PastResult(f"{s}{k}", election, years_ago, size * (1 + m) / 2, size * (1 - m) / 2, float(size))
        for s, m in margins.items()
        for k, size in ((1, 10_000), (2, 20_000))
    ]


def history(*, later=REAL):
    districts = [District(f"{s}{k}", seat=s, region=s) for s in WEIGHT for k in (1, 2)]
    past = [*results(MARGIN, "2004", 4.0), *results(later, "2008", 0.0)]
    return History(districts, past, {"2004": 2004, "2008": 2008})


def planned(given_history, **options):
    settings = {"hours": 300.0, "draws": 800, **options}
    rule = settings.pop("rule", Chamber(WEIGHT, draws=800))
    return backtest(given_history, rule_for=lambda *_: rule, elections=["2008"], **settings)


@given(st.fixed_dictionaries({seat: st.floats(-0.4, 0.4) for seat in WEIGHT}))
@settings(max_examples=10, deadline=None)
def test_no_plan_depends_on_what_came(later):
    first, second = planned(history()).tested[0], planned(history(later=later)).tested[0]
    for one, other in zip(first.judged, second.judged, strict=True):
        assert (one.plan.hours == other.plan.hours).all()
        assert one.gain == other.gain


def test_all_plans_have_the_same_hours_and_ours_is_worth_most_by_the_forecast():
    (found,) = planned(history()).tested
    assert {round(float(j.plan.hours.sum()), 3) for j in found.judged} == {300.0}
    assert all(j.times.mid >= 0.99 for j in found.judged)
    assert {j.plan.name for j in found.judged} == {
        "ours", "equal", "population", "closest_seat", "closest_district", "close_seats",
    }  # fmt: skip


def test_the_same_seed_gives_the_same_figures():
    first, second = (planned(history(), seed=5).tested[0] for _ in range(2))
    assert [j.gain for j in first.judged] == [j.gain for j in second.judged]


def test_where_all_districts_are_alike_our_plan_does_not_help():
    """An honest test shows 1: nothing is known that equal hours do not know."""
    districts = [District(str(k), seat=str(k)) for k in range(12)]
    past = [
        PastResult(str(k), str(year), 2008.0 - year, 5_000, 5_000, 10_000)
        for k in range(12)
        for year in (2004, 2008)
    ]
    found = backtest(
        History(districts, past, {"2004": 2004, "2008": 2008}), rule_for=lambda *_: Chamber(draws=2_000),
        elections=["2008"], hours=12 * 300.0, draws=2_000,
    ).tested[0]  # fmt: skip
    equal = next(j for j in found.judged if j.plan.name == "equal")
    assert equal.times.mid == pytest.approx(1, abs=0.03)
    assert equal.times_real.mid == pytest.approx(1, abs=0.1)


def judge_of(past, **options):
    known = past.known("2008")
    return ChamberJudge(Chamber(WEIGHT, draws=500), hour(known, HourParams()), **options), past.came(
        "2008", known
    )


@given(st.lists(st.floats(0, 500), min_size=8, max_size=8))
@settings(max_examples=15, deadline=None)
def test_votes_never_harm_and_none_bring_nothing(votes):
    judge, came = judge_of(history())
    some = np.array([np.zeros(8), votes, np.array(votes) + 10])
    for gains in (judge.simulated(some), judge.shaken(came, some, SHAKEN[1])):
        assert (gains[0] == 0).all()
        assert (gains[1] >= -1e-12).all()
        assert (gains[2] >= gains[1] - 1e-12).all()


def test_the_one_real_result_by_hand():
    judge, came = judge_of(history())
    seats = list(judge.hour.contest.seats)
    votes = np.zeros((2, 8))
    votes[0, 2 * seats.index("A")] = 100.0  # A was lost by 0.03 x 30,000 = 900 votes; 9 + 3 of 18 win
    votes[1, 2 * seats.index("D")] = 100.0  # D by 3,000
    in_a, in_d = judge.real(came, votes)
    assert (in_a.without, in_a.is_changed) == (9.0, False)
    assert in_a.turns_at == pytest.approx(9.0)
    assert in_d.turns_at == pytest.approx(30.0)
    assert (in_a.close, in_d.close) == (0.0, 0.0)  # 3.0 points is not less than 3
    assert judge.real(came, votes * 9.01)[0].is_changed


def test_an_election_that_was_won_turns_when_votes_are_taken_away():
    judge, came = judge_of(history(later={"A": 0.01, "B": 0.05, "C": 0.2, "D": -0.1}))
    votes = np.zeros((1, 8))
    votes[0, 0] = 50.0
    assert judge.real(came, votes)[0].turns_at == pytest.approx(
        6.0
    )  # 300 votes ahead in A; 12 of 18, 10 needed


def test_seats_that_count_singly_are_counted():
    judge, came = judge_of(history(), counts_seats=True)
    votes = np.zeros((1, 8))
    votes[0, 0] = 1_000.0
    (found,) = judge.real(came, votes)
    assert (judge.unit, found.is_changed, found.turns_at) == ("seats", True, pytest.approx(0.9))


def test_districts_new_since_count_in_the_result_of_their_seat():
    past = history()
    grown = History(
        [*past.districts, District("A3", seat="A", region="A")],
        [*past.past, PastResult("A3", "2008", 0.0, 2_000, 0, 2_000)],
        past.year,
    )
    judge, came = judge_of(grown)
    assert "A3" not in judge.hour.contest.ids
    assert came.seat_margin[judge.hour.contest.seats.index("A")] == pytest.approx(2_000 - 900)


def test_delegates_are_counted_district_by_district():
    known = history().known("2008")
    rule = Delegates(dict.fromkeys(known.ids, 3.0))
    judge = DelegateJudge(rule, hour(known, HourParams()), 300, 0)
    came = history().came("2008", known)
    votes = np.zeros((2, 8))
    row = known.ids.index(
        "A1"
    )  # lost by 300 of 10,000: 4,850 to 5,150, the second of three is 300 votes away
    votes[0, row], votes[1, row] = 100.0, 301.0
    few, enough = judge.real(came, votes)
    assert few.turns_at == pytest.approx(3.0, rel=1e-3)
    assert (few.is_changed, enough.with_plan - enough.without) == (False, 1.0)
    assert few.close == 0.0  # 300 votes are not less than 3 %
    assert judge.simulated(votes).mean(axis=1)[1] > judge.simulated(votes).mean(axis=1)[0] >= 0
    assert judge.shaken(came, votes, SHAKEN[1]).shape == (2, 8)


def test_without_an_earlier_election_every_district_is_even():
    past = history()
    rule = Delegates({d.id: 3.0 + (d.id == "A1") for d in past.districts})
    turnout = np.full(8, 10_000.0)
    (found,) = planned(past, rule=rule, blind_turnout=turnout).tested
    assert found.before == ()
    assert {j.plan.name for j in found.judged} == {"ours", "equal", "population"}
    assert found.judged[0].plan.hours[0] < found.judged[0].plan.hours.max()


@pytest.mark.parametrize(
    ("options", "words"),
    [({"rule": Coverage()}, "nothing to test"), ({"hours": 0.0}, "a plan needs hours")],
)
def test_what_cannot_be_tested_is_refused(options, words):
    with pytest.raises(ValueError, match=words):
        planned(history(), **options)


def test_the_first_election_cannot_be_planned():
    with pytest.raises(ValueError, match="no election in the file comes before “2004”"):
        backtest(history(), rule_for=lambda *_: Plurality(), elections=["2004"], hours=10.0)


@given(st.integers(2, 1500), st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_intervals_hold_the_mean_and_a_plan_equals_itself(draws, seed):
    values = np.random.default_rng(seed).gamma(2.0, size=(2, draws))
    spans, times = mean_spans(np.vstack([values, values[:1]]), seed)
    assert spans[0].mid == pytest.approx(values[0].mean())
    assert all(span.low <= span.high for span in spans)
    assert times[0] == times[2] == (1.0, 1.0, 1.0)


def test_past_results_get_their_age_from_the_election_planned_for():
    past = history()
    known = replace(past, past=[replace(r, years_ago=99.0) for r in past.past]).known("2008")
    assert known.years_ago.tolist() == [4.0]
