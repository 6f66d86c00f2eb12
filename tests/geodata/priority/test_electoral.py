"""Electoral votes of the states, and Maine and Nebraska by district."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.priority import Chamber, District, PastResult, contest, electoral_votes, electors, hour, score
from geodata.priority.contest import doubled
from geodata.priority.params import HourParams


@pytest.mark.parametrize("year", range(2004, 2029, 4))
def test_all_electoral_votes_add_up_to_538(year):
    votes = electoral_votes(year)
    assert (len(votes), sum(votes.values()), min(votes.values())) == (51, 538, 3)


def test_every_apportionment_holds_for_its_own_elections():
    texas = [electoral_votes(year)["TX"] for year in (2004, 2008, 2012, 2016, 2020, 2024, 2028)]
    assert texas == [34, 34, 38, 38, 38, 40, 40]
    for year in (2000, 2032):
        with pytest.raises(ValueError, match="2004 to 2028"):
            electoral_votes(year)


@pytest.mark.parametrize(
    "names", [("TX", "DC"), ("48", "11"), ("Texas", "District of Columbia"), ("tx", "dc")]
)
def test_a_state_may_be_named_by_code_number_or_name(names):
    found = electors(names, 2020)
    assert list(found.weight.values()) == [38, 3]
    assert "not in the file: 497 electoral votes are left out" in found.warnings[0]


def test_a_split_state_given_whole_has_the_two_votes_at_large():
    found = electors(electoral_votes(2020), 2020)
    assert (found.weight["ME"], found.weight["NE"], found.also) == (2, 2, {})
    assert sum(found.weight.values()) == 538 - 5
    assert len(found.warnings) == 2
    assert "ME-1 and ME-2 cannot be told" in found.warnings[0]


def test_a_split_state_given_by_district_has_all_its_votes():
    seats = [*(set(electoral_votes(2020)) - {"ME", "NE"}), "ME-1", "ME-02", "NE-1", "31-2", "Nebraska 3"]
    found = electors(seats, 2020)
    assert (sum(found.weight.values()), found.warnings) == (538, ())
    assert found.also["31-2"] == found.also["NE-1"] == "NE at large"
    assert found.weight["NE at large"] == 2


@pytest.mark.parametrize("name", ["XX", "TX-3", "NE-4", "ME-0", ""])
def test_what_is_no_state_is_refused(name):
    with pytest.raises(ValueError, match=f"“{name}”"):
        electors([name], 2020)


def two_districts(margin, other):
    rows = [District("d1", seat="NE-1"), District("d2", seat="NE-2"), District("t", seat="TX")]
    return contest(rows, [
        PastResult("d1", "2020", 4, 500 * (1 + margin), 500 * (1 - margin), 1_000),
        PastResult("d2", "2020", 4, 500 * (1 + other), 500 * (1 - other), 1_000),
        PastResult("t", "2020", 4, 5_000, 5_000, 10_000),
    ])  # fmt: skip


def test_a_vote_in_a_split_state_counts_for_its_district_and_for_the_state():
    built = two_districts(0.0, 0.0)
    also = {"NE-1": "NE at large", "NE-2": "NE at large"}
    weight = {"NE-1": 1.0, "NE-2": 1.0, "NE at large": 2.0, "TX": 3.0}
    both = Chamber(weight, draws=2_000, also=also)
    found = both.outlook(hour(built, HourParams()))
    assert len(found.per_vote) == 4
    worth = score(built, rule=both).factors["decisive"] / 1e6
    assert worth[:2] == pytest.approx(found.per_vote[:2] + found.per_vote[3])
    assert worth[2] == pytest.approx(found.per_vote[2])


@given(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3))
@settings(max_examples=20, deadline=None)
def test_the_state_at_large_is_the_sum_of_its_districts(margin, other):
    built, origin = doubled(two_districts(margin, other), {"NE-1": "NE", "NE-2": "NE"})
    outlook = hour(built, HourParams()).seats
    place = outlook.names.index("NE")
    assert origin.tolist() == [0, 1, 2, 0, 1]
    assert outlook.margin[place] == pytest.approx(outlook.margin[:2].sum(), abs=1e-6)
    assert outlook.turnout[place] == pytest.approx(2_000)
    assert np.isfinite(outlook.density).all()
