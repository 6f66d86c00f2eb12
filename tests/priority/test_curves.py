"""The value curve of a place: which doors, how many hours, how sure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.priority import Coverage, District, PastResult, Plurality, score
from volunteer_hub.priority import curves
from volunteer_hub.priority.scale import common

RESULT = PastResult("1", "2024", 2.0, ours=500, theirs=510, total=1010)


def detail(rule=None, **changes):
    district = District("1", "North", seat="A", registered=2000, doors=900, **changes)
    return score([district], [RESULT], rule=rule or Plurality()).rows()[0].to_dict()


def test_fresh_doors_come_in_thirds_and_second_knocks_where_they_belong():
    steps = curves.steps_of(detail(attempts=300, contacts=60, attempted=300, doors_left=800), 0.2)
    assert sorted(step.kind for step in steps) == ["again", "best", "last", "middle"]
    assert [step.kind for step in steps if step.kind != "again"] == ["best", "middle", "last"]
    assert [step.begins for step in steps[1:]] == [step.ends for step in steps[:-1]]
    again = next(step for step in steps if step.kind == "again")
    best = steps[0]
    assert again.high / again.value > best.high / best.value, "a second knock is less sure"


def test_an_untouched_place_has_thirds_alone():
    assert [step.kind for step in curves.steps_of(detail(), 0.2)] == ["best", "middle", "last"]
    assert [step.kind for step in curves.steps_of(detail(Coverage()), 0.2)] == ["best", "middle", "last"]


def test_a_place_of_tried_doors_has_second_knocks_alone():
    found = detail(attempts=900, contacts=100, attempted=900, doors_left=400)
    assert [step.kind for step in curves.steps_of(found, 0.2)] == ["again"]


def test_a_place_without_doors_has_no_curve():
    done = detail(attempts=900, contacts=400, attempted=900, doors_left=0)
    assert curves.steps_of(done, 0.2) == []
    assert curves.curve_plot([]).line == ""


@given(st.floats(0, 200))
def test_hours_bring_no_more_than_all_of_them_and_no_less_than_their_last(hours):
    steps = curves.steps_of(detail(), 0.2)
    value, low, high = curves.worth_of(steps, hours)
    assert low <= value <= high
    taken = min(hours, steps[-1].ends)
    assert steps[-1].value * taken <= value + 1e-9
    assert value <= steps[-1].total[0] + 1e-9
    assert curves.worth_of(steps, 1e9) == pytest.approx(steps[-1].total)


@pytest.mark.parametrize("right", [1.0, 2.0, 2.5, 4.0, 5.0, 8.0, 40.0, 2500.0, 10000.0])
def test_the_foot_has_round_numbers_at_equal_distances(right):
    ticks = curves.hour_ticks(right)
    assert ticks[0] == 0
    assert ticks[-1] == right
    assert all(float(f"{tick:.2g}") == pytest.approx(tick) for tick in ticks)


@given(st.lists(st.floats(0, 1e6), max_size=60))
def test_one_scale_has_rising_bounds_within_the_numbers(values):
    found = common(values)
    assert list(found.bounds) == sorted(set(found.bounds))
    assert all(found.low < bound <= found.high for bound in found.bounds)
    assert [colour for colour, _low, _high in found.classes] == sorted(
        {colour for colour, _low, _high in found.classes}
    )
