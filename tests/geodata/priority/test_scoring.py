"""Scores are honest: intervals hold them, curves fall, work done counts, and nothing depends on the order."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.priority import (
    PARAM_NOTES,
    PARTS,
    RULES,
    Coverage,
    District,
    DistrictPriority,
    HourParams,
    Interval,
    Mix,
    PastResult,
    Plurality,
    Turnout,
    contest,
    district_fault,
    result_fault,
    score,
)

ALL_RULES = [*RULES.values(), Mix([(Plurality(), 0.7), (Coverage(), 0.3)])]


UNKNOWN = st.none()


@st.composite
def counted_districts(draw):
    found = []
    for i in range(draw(st.integers(1, 6))):
        doors, attempts = draw(st.integers(0, 5_000)), draw(st.integers(0, 6_000))
        contacts = draw(st.integers(0, attempts))
        answers = draw(st.integers(0, contacts))
        district = District(
            f"{i:02d}",
            seat=draw(st.sampled_from("AB")),
            region=draw(st.sampled_from(["x", "y", ""])),
            registered=draw(UNKNOWN | st.integers(1, 20_000)),
            doors=draw(st.sampled_from([None, doors])),
            doors_left=draw(st.sampled_from([None, doors // 2])),
            attempts=attempts,
            contacts=contacts,
            answers=answers,
            supporters=draw(st.integers(0, answers)),
            hours=draw(st.floats(0, 300)),
            doors_per_km2=draw(UNKNOWN | st.floats(0, 5_000)),
        )
        found.append(district)
    return found


@st.composite
def with_results(draw):
    districts, results = draw(counted_districts()), []
    for election, years_ago in (("2020", 4.0), ("2016", 8.0)):
        for d in districts:
            if draw(st.booleans()):
                ours, theirs, others = (draw(st.integers(0, 5_000)) for _ in range(3))
                results.append(PastResult(d.id, election, years_ago, ours, theirs, ours + theirs + others))
    return districts, results


@settings(max_examples=60, deadline=None)
@given(with_results(), st.sampled_from(ALL_RULES))
def test_whatever_the_input_scores_are_finite_inside_their_interval_on_a_falling_curve(given_, rule):
    found = score(*given_, rule=rule)
    assert np.isfinite([found.score, found.low, found.high]).all()
    assert (found.low <= found.score).all()
    assert (found.score <= found.high).all()
    for row in found.rows():
        values = [s.value_per_hour for s in row.segments]
        assert values == sorted(values, reverse=True)
        assert (row.score == values[0]) if values else (row.score == 0)
        pace = row.doors_per_hour[1]
        assert sum(s.hours for s in row.segments) * pace == pytest.approx(row.doors_left, abs=1e-6)
        assert row.parts.keys() == PARTS.keys()
        assert row.contact_rate[0] < row.contact_rate[1] < row.contact_rate[2]


@settings(max_examples=30, deadline=None)
@given(with_results(), st.randoms(use_true_random=False), st.sampled_from(ALL_RULES))
def test_the_order_of_districts_and_results_does_not_matter(given_, random, rule):
    districts, results = given_
    expected = {row.id: row for row in score(districts, results, rule=rule).rows()}
    random.shuffle(districts)
    random.shuffle(results)
    for row in score(districts, results, rule=rule).rows():
        assert row.score == pytest.approx(expected[row.id].score, rel=1e-9)
        assert row.high == pytest.approx(expected[row.id].high, rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(with_results(), st.sampled_from(ALL_RULES))
def test_the_named_factors_multiply_to_the_score(given_, rule):
    if isinstance(rule, Mix):
        rule = Turnout()
    found = score(*given_, rule=rule)
    made_of = np.prod(list(found.factors.values()), axis=0)
    assert np.allclose(made_of, found.score)


COUNTY = District("c", "Volusia", registered=20_000, doors=6_000)
RESULT = PastResult("c", "2020", 4, 6_000, 6_100, 12_300)


@pytest.mark.parametrize("rule", ALL_RULES)
def test_no_doors_left_is_worth_nothing_and_says_so(rule):
    (row,) = score([replace(COUNTY, doors_left=0)], [RESULT], rule=rule).rows()
    assert (row.score, row.segments) == (0, ())
    assert row.why == "No doors are left in Volusia, so another hour there brings nothing."


def test_a_universe_of_zero_doors_is_not_an_unknown_one():
    unknown, none = (score([replace(COUNTY, doors=d)], [RESULT], rule=Turnout()) for d in (None, 0))
    assert unknown.doors_left[0] > 0
    assert unknown.parts["is_counted"][0] == 0
    assert none.doors_left[0] == 0


def test_the_best_doors_go_first_so_work_done_lowers_the_next_hour():
    pace = 20.0
    scores = []
    for tried in (0, 2_000, 4_000, 5_900):
        done = replace(COUNTY, attempted=tried, attempts=tried, contacts=tried * 0.2, hours=tried / pace)
        scores.append(score([done], [RESULT], rule=Turnout()).score[0])
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 1.1 * scores[-1]


def test_a_revisit_is_worth_less_than_the_first_knock():
    fresh, again = score(
        [replace(COUNTY, id="f", attempted=0), replace(COUNTY, id="a", attempted=6_000, doors_left=6_000)],
        rule=Coverage(),
    ).score
    assert again == pytest.approx(fresh * HourParams().revisit.mid)


def test_dense_doors_make_faster_hours():
    close, apart, unknown = score(
        [replace(COUNTY, id=str(d), doors_per_km2=d) for d in (2_000, 5, None)], rule=Coverage()
    ).score
    assert (close, apart) == (25, 15)
    assert apart < unknown < close


def test_the_pace_seen_wins_over_the_rule_of_thumb_in_time():
    out = [replace(COUNTY, id=str(h), attempts=30 * h, hours=h) for h in (1, 100)]
    few, many = score(out, rule=Coverage()).doors_per_hour[:, 1]
    assert 20 < few < 22
    assert 29 < many < 30


def test_every_parameter_says_what_it_means_and_where_it_comes_from():
    assert PARAM_NOTES.keys() == HourParams.__dataclass_fields__.keys()


def test_parameters_are_not_hidden():
    good = HourParams(votes_per_contact=Interval(0.1, 0.14, 0.2), high_salience=False)
    usual, better = (
        score([COUNTY], [RESULT], rule=Turnout(), params=p).score[0] for p in (HourParams(), good)
    )
    assert better == pytest.approx(usual * (0.14 / HourParams().votes_a_contact.mid))


def test_wider_parameters_make_wider_intervals():
    wide = HourParams(votes_per_contact=Interval(0.01, 1 / 14, 0.3))
    a, b = (score([COUNTY], [RESULT], rule=Turnout(), params=p) for p in (HourParams(), wide))
    assert a.score[0] == b.score[0]
    assert b.low[0] < a.low[0]
    assert b.high[0] > a.high[0]


@pytest.mark.parametrize(
    "bad",
    [
        {"contact_rate": Interval(0.1, 0.5, 1.5)},
        {"votes_per_contact": Interval(0, 0, 1)},
        {"door_spread": 1.0},
    ],
)
def test_impossible_parameters_are_refused(bad):
    with pytest.raises(ValueError, match="must"):
        HourParams(**bad)


def test_an_interval_runs_upwards():
    with pytest.raises(ValueError, match="low, mid, high"):
        Interval(0.3, 0.2, 0.4)


def test_a_mix_of_one_rule_ranks_like_the_rule():
    rows = [replace(COUNTY, id=str(r), registered=12_300 + 900 * r) for r in range(5)]
    results = [replace(RESULT, district=d.id) for d in rows]
    alone, mixed = (score(rows, results, rule=r).score for r in (Turnout(), Mix([(Turnout(), 2.0)])))
    assert np.allclose(mixed, alone / alone.mean())


def test_a_mix_follows_its_weights():
    rows = [replace(COUNTY, id="home", registered=30_000), replace(COUNTY, id="dense", doors_per_km2=2_000)]
    results = [replace(RESULT, district=d.id) for d in rows]

    def best(weight):
        return int(
            np.argmax(score(rows, results, rule=Mix([(Turnout(), 1 - weight), (Coverage(), weight)])).score)
        )

    assert (best(0.0), best(1.0)) == (0, 1)


@pytest.mark.parametrize("rules", [[], [(Turnout(), 0.0)], [(Turnout(), -1.0), (Coverage(), 2.0)]])
def test_a_mix_needs_weights(rules):
    with pytest.raises(ValueError, match="weights"):
        Mix(rules)


def test_the_sentence_tells_the_numbers():
    (why,) = score([COUNTY], [RESULT], rule=Plurality()).why
    assert why.startswith("An hour in Volusia reaches about 20 doors and 4 talks and brings about 0.0")
    assert "39% there are likely to stay at home" in why
    assert "6,000 doors are left" in why
    assert "we are 0.8 points behind" in why


def test_what_is_assumed_is_called_assumed():
    (why,) = score([replace(COUNTY, registered=None)], [RESULT], rule=Turnout()).why
    assert "assumed, as registration is unknown" in why


def test_a_row_survives_json():
    (row,) = score([COUNTY], [RESULT], rule=Plurality()).rows()
    assert DistrictPriority.from_dict(json.loads(json.dumps(row.to_dict()))) == row


def test_no_districts_give_empty_arrays():
    found = score([], rule=Plurality())
    assert found.score.shape == (0,)
    assert found.rows() == []


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (replace(RESULT, ours=9_000), "the total must hold both"),
        (replace(RESULT, theirs=-1), "0 or more"),
        (replace(RESULT, total=float("nan")), "0 or more"),
        (replace(RESULT, likeness=0), "likeness"),
    ],
)
def test_impossible_results_are_named(bad, says):
    assert says in result_fault(bad)
    with pytest.raises(ValueError, match=says):
        contest([COUNTY], [bad])
    assert result_fault(RESULT) is None


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (replace(COUNTY, doors=-5), "doors of district “c” is -5"),
        (replace(COUNTY, attempts=3, contacts=4), "more contacts than attempts"),
        (replace(COUNTY, answers=3, supporters=4), "more supporters than answers"),
    ],
)
def test_impossible_counts_are_named(bad, says):
    assert says in district_fault(bad)
    with pytest.raises(ValueError, match=says):
        contest([bad])
    assert district_fault(COUNTY) is None


def test_duplicates_and_strangers_are_named():
    with pytest.raises(ValueError, match="“c” is given twice"):
        contest([COUNTY, COUNTY])
    with pytest.raises(ValueError, match="“z”, which is unknown"):
        contest([COUNTY], [replace(RESULT, district="z")])
    with pytest.raises(ValueError, match="two results for district “c”"):
        contest([COUNTY], [RESULT, RESULT])


def country(counties: int):
    rng = np.random.default_rng(1)
    rows = [replace(COUNTY, id=f"{i:05d}", seat=str(i // 60), region=str(i // 60)) for i in range(counties)]
    results = []
    for year in (2008, 2012, 2016, 2020):
        for d, (ours, theirs) in zip(rows, rng.integers(100, 9_000, (counties, 2)).tolist(), strict=True):
            results.append(PastResult(d.id, str(year), 2024 - year, ours, theirs, ours + theirs + 50))
    return rows, results


def calls_of(deed) -> int:
    """How many functions are called: a measure of work that no clock and no busy machine changes."""
    calls = 0

    def count(_frame, event, _argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        deed()
    finally:
        sys.setprofile(None)
    return calls


def test_a_country_of_counties_takes_work_in_proportion():
    rows, results = country(3_100)
    found = score(rows, results, rule=Plurality()).rows()
    assert sorted(row.id for row in found) == [row.id for row in rows]
    few, many = (calls_of(lambda n=n: score(*country(n), rule=Plurality()).rows()) for n in (310, 3_100))
    assert many < 11 * few
