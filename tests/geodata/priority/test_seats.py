"""One seat, one density: votes moved inside it change nothing, and closeness and supporters at home do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.priority import District, HourParams, Interval, PastResult, Plurality, Turnout, score

COUNTIES = ("north", "middle", "south", "coast")


def districts(**changed):
    rows = {name: District(name, seat="state", registered=10_000, doors=4_000) for name in COUNTIES}
    return [replace(row, **changed.get(name, {})) for name, row in rows.items()]


def result(name, ours=3_000, theirs=3_100, total=6_200, election="2020", years_ago=4.0):
    return PastResult(name, election, years_ago, ours, theirs, total)


def density(rows, results):
    return float(score(rows, results, rule=Plurality()).seats.density[0])


@given(st.integers(0, 3_000), st.integers(0, 3_100), st.booleans())
def test_votes_moved_between_counties_leave_the_seats_density_unchanged(ours, theirs, is_registered):
    rows = districts() if is_registered else [replace(d, registered=None, doors=None) for d in districts()]
    before = [result(name) for name in COUNTIES]
    moved = {
        "north": result("north", 3_000 - ours, 3_100 - theirs, 6_200 - ours - theirs),
        "south": result("south", 3_000 + ours, 3_100 + theirs, 6_200 + ours + theirs),
    }
    after = [moved.get(r.district, r) for r in before]
    assert density(rows, after) == pytest.approx(density(rows, before), rel=1e-12)


def test_moved_votes_leave_the_density_unchanged_in_every_one_of_several_elections():
    elections = [("2020", 4.0), ("2016", 8.0), ("2018", 6.0)]
    before = [result(n, election=e, years_ago=y) for n in COUNTIES for e, y in elections]
    shift = {"north": -500, "coast": 500}
    after = [
        replace(r, ours=r.ours + shift.get(r.district, 0), total=r.total + shift.get(r.district, 0))
        if r.election == "2016" else r for r in before
    ]  # fmt: skip
    assert density(districts(), after) == pytest.approx(density(districts(), before), rel=1e-12)


def test_all_districts_of_a_seat_share_its_density():
    found = score(districts(), [result("north", 100, 5_000), result("south", 5_000, 100)], rule=Plurality())
    assert np.ptp(found.factors["closeness"]) == 0


@given(st.integers(10, 3_000))
def test_a_county_where_more_supporters_stay_at_home_is_worth_more(fewer):
    """Same registration, same support, same statewide everything: only turnout differs."""
    share = 6_200 / (6_200 - fewer)
    low = result("north", 3_000 / share, 3_100 / share, 6_200 / share)
    results = [low, *(result(n) for n in COUNTIES[1:])]
    for rule in (Plurality(), Turnout()):
        found = score(districts(), results, rule=rule)
        assert found.parts["supporters_at_home"][0] > found.parts["supporters_at_home"][1]
        assert found.score[0] > found.score[1]


def test_more_registered_supporters_at_home_behind_the_same_doors_are_worth_more():
    found = score(districts(south={"registered": 12_000}), [result(n) for n in COUNTIES], rule=Plurality())
    assert found.score[2] > found.score[0]


def test_where_we_have_more_support_an_hour_brings_more():
    results = [result("north", 4_000, 2_100), *(result(n) for n in COUNTIES[1:])]
    found = score(districts(), results, rule=Plurality())
    assert found.score[0] > found.score[1]


@given(st.integers(0, 2_500))
def test_the_density_falls_with_the_margin_whichever_side_is_ahead(lead):
    even = [result(n, 3_000, 3_000) for n in COUNTIES]
    ahead = [result(n, 3_000 + lead, 3_000 - lead) for n in COUNTIES]
    behind = [result(n, 3_000 - lead, 3_000 + lead) for n in COUNTIES]
    assert density(districts(), ahead) == pytest.approx(density(districts(), behind))
    assert density(districts(), ahead) <= density(districts(), even)


def test_a_close_seat_is_worth_more_than_a_safe_one_of_the_same_size():
    rows = [District("a", seat="A", registered=9_000), District("b", seat="B", registered=9_000)]
    found = score(rows, [result("a", 3_000, 3_100), result("b", 1_500, 4_600)], rule=Plurality())
    assert found.score[0] > 3 * found.score[1]
    assert found.seats.win_chance[0] > found.seats.win_chance[1]


def test_a_small_seat_is_worth_more_per_vote_than_a_large_one_as_close():
    rows = [District("a", seat="A", registered=90_000), District("b", seat="B", registered=9_000)]
    found = score(rows, [result("a", 30_000, 31_000, 62_000), result("b")], rule=Plurality())
    assert found.seats.density[1] == pytest.approx(10 * found.seats.density[0], rel=0.01)


def test_older_elections_weigh_less():
    old, new = (
        result("north", 2_000, 4_000, 6_000, "2008", 16),
        result("north", 4_000, 2_000, 6_000, "2020", 4),
    )
    params = HourParams(half_life_years=6.0)
    found = score([District("north", registered=10_000)], [old, new], rule=Plurality(), params=params)
    assert found.parts["support_share"][0] == pytest.approx((4_000 + 0.25 * 2_000) / (1.25 * 6_000))
    alike = score(
        [District("north", registered=10_000)], [old, replace(new, likeness=0.25)], rule=Plurality(),
        params=params,
    )  # fmt: skip
    assert alike.parts["support_share"][0] == pytest.approx(0.5)


def test_a_district_without_results_takes_its_seats_shares():
    found = score(districts(), [result(n) for n in COUNTIES[:3]], rule=Plurality())
    assert found.parts["is_borrowed"].tolist() == [0, 0, 0, 1]
    assert found.parts["support_share"][3] == pytest.approx(3_000 / 6_100)


def test_a_seat_without_any_results_is_open_and_says_so():
    found = score(districts(), rule=Plurality())
    assert found.seats.win_chance[0] == pytest.approx(0.5)
    assert "nobody knows without past results" in found.why[0]


def test_a_larger_common_error_makes_a_close_race_less_decided_by_a_vote():
    results = [result(n) for n in COUNTIES]
    sure = HourParams(margin_common=Interval(0.01, 0.02, 0.03))
    unsure = HourParams(margin_common=Interval(0.06, 0.08, 0.10))
    found = [score(districts(), results, rule=Plurality(), params=p).seats for p in (sure, unsure)]
    assert found[0].density[0] > found[1].density[0]
    assert found[0].sd_share[0] < found[1].sd_share[0]


def test_a_seat_alone_is_off_by_the_common_error_and_its_own():
    params = HourParams()
    found = score(districts(), [result(n) for n in COUNTIES], rule=Plurality()).seats.sd_share[0]
    assert found**2 == pytest.approx(
        params.margin_common.mid**2 + params.margin_seat.mid**2
        + params.margin_regional.mid**2 + params.margin_local.mid**2 / len(COUNTIES)
    )  # fmt: skip
