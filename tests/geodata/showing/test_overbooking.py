"""How many come, how many sign-ups that takes, and whether the risk that was chosen is the risk there is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.showing import GIVE, places_for, realised_risks, risk_short, turnout
from geodata.showing.shared import WEIGHTS, given_shared

CHANCES = st.lists(st.floats(0.02, 0.98), max_size=9)
SDS = st.sampled_from([0.0, 0.3, 0.8])


def by_hand(chances, needed) -> float:
    """The chance that fewer than `needed` of independent people come: all 2^n ways, one by one."""
    return sum(
        np.prod([p if comes else 1 - p for p, comes in zip(chances, way, strict=True)])
        for way in itertools.product((False, True), repeat=len(chances))
        if sum(way) < needed
    )


@given(chances=CHANCES, needed=st.integers(0, 10))
def test_the_risk_is_the_sum_over_all_ways(chances, needed):
    assert risk_short(chances, needed, 0.0) == pytest.approx(by_hand(chances, needed), abs=1e-9)


@given(chances=CHANCES, sd=SDS)
def test_whatever_people_share_each_keeps_their_own_chance(chances, sd):
    assert np.allclose(WEIGHTS @ given_shared(np.array(chances), sd), chances, atol=1e-6)
    found = turnout(chances, sd)
    assert found.pmf.sum() == pytest.approx(1, abs=1e-9)
    assert found.expected == pytest.approx(sum(chances), abs=1e-5)
    assert 0 <= found.low <= found.high <= len(chances)


def test_who_takes_people_for_independent_understates_the_risk():
    chances = [0.65] * 31
    assert turnout(chances, 0.0).sd == pytest.approx(2.66, abs=0.01)
    assert turnout(chances, 0.4).sd == pytest.approx(3.8, abs=0.1)
    assert risk_short(chances, 16, 0.4) > 2 * risk_short(chances, 16, 0.0)


@settings(max_examples=60)
@given(
    chances=CHANCES,
    needed=st.integers(1, 12),
    risk=st.floats(0.01, 0.6),
    following=st.floats(0.1, 0.9),
    sd=SDS,
    more_room=st.integers(0, 60),
)
def test_places_are_the_smallest_number_that_keeps_to_the_risk(
    chances, needed, risk, following, sd, more_room
):
    room = needed + more_room
    places = places_for(needed, risk, chances, chance_of_next=following, shared_sd=sd, room=room)
    assert max(len(chances), needed) <= places <= max(len(chances), room)

    def risk_with(count: int) -> float:
        return risk_short(chances + [following] * (count - len(chances)), needed, sd)

    if places < room:
        assert risk_with(places) <= risk + 1e-9
    if places > max(len(chances), needed):
        assert risk_with(places - 1) > risk - 1e-9


@settings(max_examples=40)
@given(needed=st.integers(1, 40), risk=st.floats(0.03, 0.5), chance=st.floats(0.2, 0.9), sd=SDS)
def test_the_nearest_step_is_never_more_than_two_points_over(needed, risk, chance, sd):
    places = places_for(needed, risk, [], chance_of_next=chance, shared_sd=sd, room=20 * needed, give=GIVE)
    strict = places_for(needed, risk, [], chance_of_next=chance, shared_sd=sd, room=20 * needed)
    assert strict - 1 <= places <= strict
    if places < 20 * needed:
        assert risk_short([chance] * places, needed, sd) <= risk + GIVE + 1e-9


def test_more_caution_never_takes_fewer():
    places = [
        places_for(20, risk, [0.7] * 5, chance_of_next=0.65, shared_sd=0.4, room=500)
        for risk in (0.3, 0.2, 0.1, 0.05, 0.01)
    ]
    assert places == sorted(places)


def test_a_rally_is_reckoned_as_a_house_party_is():
    """Above the exact range counts are normal at each value of the shared factor: within two places."""
    exact = places_for(900, 0.1, [], chance_of_next=0.6, shared_sd=0.3, room=4000)
    rough = places_for(900, 0.1, [], chance_of_next=0.6, shared_sd=0.3, room=9000)
    assert abs(exact - rough) <= 2
    assert risk_short([0.6] * rough, 900, 0.3) == pytest.approx(0.1, abs=0.005)


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="not a shift"):
        places_for(5, 0.1, [], chance_of_next=0.5, shared_sd=0.3, room=4)


@pytest.mark.parametrize("is_known", [True, False], ids=["chances known", "chances learned"])
def test_the_realised_risk_is_within_two_points_of_the_chosen_one(is_known):
    """Shifts that need 10 to 80, filled one by one, then 200 times each; true chances are the judge.

    Learned: from 60 shifts of 30 sign-ups of that campaign, one model a campaign.
    """
    worlds, shifts = (8, 12) if is_known else (40, 8)
    table = realised_risks(1, worlds=worlds, shifts=shifts, is_known=is_known)
    assert [row.chosen for row in table] == [0.05, 0.10, 0.20, 0.30]
    for row in table:
        assert row.realised == pytest.approx(row.chosen, abs=0.02), table
