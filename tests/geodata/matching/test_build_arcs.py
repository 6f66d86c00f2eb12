"""Which pairs could be, what they are worth, and why somebody has none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.crs import great_circle_km
from geodata.matching import Places, Volunteers, build_arcs, match

AUSTIN = (30.27, -97.74)


def one_place(**changes):
    base = {"latitude": [AUSTIN[0]], "longitude": [AUSTIN[1]], "segments": [[(2, 3.0), (1, 1.0)]]}
    return Places(**{**base, **changes})


def one_volunteer(**changes):
    return Volunteers(
        **{"latitude": [AUSTIN[0] + 0.1], "longitude": [AUSTIN[1]], "names": ["Ana"], **changes}
    )


def why(volunteers, places, **changes):
    found = build_arcs(volunteers, places, **changes)
    assert len(found.problem.arc_value) == 0
    return found.without[0]


@given(st.integers(0, 2**32 - 1), st.sampled_from([1.0, 30.0, 400.0, 25_000.0]), st.booleans())
def test_the_places_in_reach_are_those_of_the_full_matrix(seed, reach_km, everywhere):
    rng = np.random.default_rng(seed)
    n, m = 40, 60
    if everywhere:
        lat, lon = rng.uniform(-90, 90, n + m), rng.uniform(-180, 180, n + m)
    else:
        lat = rng.choice([0.0, 60.0, 89.9, -89.95]) + rng.uniform(-0.05, 0.05, n + m)
        lon = (rng.choice([0.0, 179.98, -179.99]) + rng.uniform(-0.3, 0.3, n + m) + 180) % 360 - 180
    people = Volunteers(latitude=lat[:n], longitude=lon[:n], max_travel_km=reach_km * rng.uniform(0.5, 1, n))
    places = Places(latitude=lat[n:], longitude=lon[n:], segments=[[(1, 1.0)]] * m)
    found = build_arcs(people, places)
    km = great_circle_km(lat[:n, None], lon[:n, None], lat[None, n:], lon[None, n:])
    sure = np.abs(km - np.asarray(people.max_travel_km)[:, None]) > 1e-6
    there = np.zeros((n, m), bool)
    there[found.problem.arc_volunteer, found.problem.arc_place] = True
    assert (there == (km <= np.asarray(people.max_travel_km)[:, None]))[sure].all()
    assert found.problem.arc_km == pytest.approx(
        km[found.problem.arc_volunteer, found.problem.arc_place], abs=1e-6
    )
    for v, reason in found.without.items():
        assert reason.why == "no_place_in_reach"
        assert reason.nearest_km == pytest.approx(km[v].min(), abs=1e-6)


def test_a_pair_is_worth_the_segment_times_the_chance_less_the_way():
    found = build_arcs(one_volunteer(show_chance=0.5), one_place(), km_cost=0.01)
    km = great_circle_km(AUSTIN[0] + 0.1, AUSTIN[1], *AUSTIN)
    assert found.problem.arc_value[0] == pytest.approx(3.0 * 0.5 - 0.01 * km)
    assert found.problem.segment_drop.tolist() == [0.0, 2.0]
    assert found.problem.arc_weight.tolist() == [0.5]
    assert found.problem.capacity.tolist() == [3]


def test_yesterdays_plan_gets_the_bonus():
    found = build_arcs(one_volunteer(), one_place(), previous=[(0, 0)], stay_bonus=0.25)
    assert found.problem.arc_value[0] == pytest.approx(3.25)


def test_a_shift_must_lie_within_one_window_and_touching_windows_are_one():
    place = one_place(starts_at=[1000], ends_at=[2000])
    assert (
        len(build_arcs(one_volunteer(available=[[(900, 1500), (1500, 2000)]]), place).problem.arc_value) == 1
    )
    assert len(build_arcs(one_volunteer(available=[None]), place).problem.arc_value) == 1
    assert why(one_volunteer(available=[[(900, 1500), (1600, 2000)]]), place).why == "not_free_then"
    assert why(one_volunteer(available=[[]]), place).why == "not_free_then"


def test_all_skills_but_only_one_of_the_languages_are_needed():
    place = one_place(requires=[{"drive", "lead"}], languages=[{"en", "es"}])
    fit = one_volunteer(skills=[{"drive", "lead", "type"}], languages=[["es"]])
    assert len(build_arcs(fit, place).problem.arc_value) == 1
    assert why(one_volunteer(skills=[{"drive"}], languages=[["es"]]), place).why == "skill_missing"
    assert why(one_volunteer(skills=[{"drive", "lead"}]), place).why == "language_missing"


def test_each_reason_for_no_place_is_told_in_a_sentence():
    far = why(one_volunteer(max_travel_km=5), one_place())
    assert far.why == "no_place_in_reach"
    assert "within the 5 km that Ana travels; the nearest place is 11.1 km" in far.sentence
    assert why(one_volunteer(latitude=[np.nan]), one_place()).why == "no_location"
    assert why(one_volunteer(shifts_wanted=0), one_place()).why == "wants_no_shift"
    assert why(one_volunteer(), one_place(), never=[(0, 0)]).why == "only_never_pairs"
    assert why(one_volunteer(), one_place(), km_cost=1.0).why == "not_worth_the_way"
    nowhere = why(one_volunteer(), Places(latitude=[], longitude=[], segments=[]))
    assert nowhere.why == "no_place_in_reach"
    assert nowhere.nearest_km is None


def test_what_a_person_has_fixed_gets_a_pair_beyond_every_limit():
    people = one_volunteer(max_travel_km=1, available=[[]], show_chance=0.5)
    found = build_arcs(people, one_place(starts_at=[0], ends_at=[9]), pinned=[(0, 0)])
    assert found.without == {}
    assert match(found.problem).pairs.tolist() == [[0, 0]]


@pytest.mark.parametrize(
    ("message", "volunteer", "place"),
    [
        ("volunteer 0 is at latitude -97.74.*swapped", {"latitude": [-97.74], "longitude": [30.27]}, {}),
        ("place 0 is at latitude nan", {}, {"latitude": [np.nan]}),
        ("show_chance of volunteer 0 is 1.5", {"show_chance": 1.5}, {}),
        ("max_travel_km of volunteer 0 is nan", {"max_travel_km": [np.nan]}, {}),
        ("shifts_wanted has 2 rows", {"shifts_wanted": [1, 1]}, {}),
        ("ends .* before it starts", {"available": [[(5, 4)]]}, {}),
        ("fewer than 0 seats", {}, {"segments": [[(-1, 2.0)]]}),
        ("segment has a value that is not a number", {}, {"segments": [[(1, np.nan)]]}),
        ("must fall from segment to segment", {}, {"segments": [[(1, 1.0), (1, 2.0)]]}),
        ("starts_at of place 0 is not a time", {}, {"starts_at": [np.nan]}),
        ("requires have 2 entries", {}, {"requires": [set(), set()]}),
    ],
)
def test_bad_input_is_refused_with_a_sentence(message, volunteer, place):
    with pytest.raises(ValueError, match=message):
        build_arcs(one_volunteer(**volunteer), one_place(**place))
