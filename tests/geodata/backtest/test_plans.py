"""Plans give out the hours there are, never beyond the last door, and ours is best by its own curves."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from geodata.backtest.plans import by_homes, by_value, in_order, spread

amounts = st.floats(0.5, 50)
totals = st.floats(1, 400)


def rows(low, high):
    return arrays(np.float64, st.integers(1, 12), elements=st.floats(low, high))


@given(rows(0.1, 9), st.data(), totals)
def test_spread_gives_out_all_hours_or_fills_every_door(share, data, total):
    room = data.draw(arrays(np.float64, len(share), elements=amounts))
    hours = spread(share, room, total)
    assert (hours <= room + 1e-9).all()
    assert hours.sum() == pytest.approx(min(total, room.sum()), rel=1e-5)


@given(rows(0.1, 9))
def test_spread_is_in_proportion_where_nothing_is_full(share):
    hours = spread(share, np.full(len(share), 1e9), 100.0)
    assert hours == pytest.approx(100 * share / share.sum())


@given(arrays(np.float64, (6, 4), elements=amounts), st.data(), totals)
def test_no_other_plan_of_the_same_hours_is_worth_more_by_the_curves(hours, data, total):
    value = data.draw(arrays(np.float64, (6, 4), elements=st.floats(0.01, 5)))
    value = -np.sort(-value, axis=1)  # curves fall
    plan = by_value(SimpleNamespace(segment_hours=hours, segment_value=value), total)
    other = spread(data.draw(arrays(np.float64, 6, elements=st.floats(0.01, 1))), hours.sum(axis=1), total)
    assert plan.sum() == pytest.approx(min(total, hours.sum()))
    assert worth(hours, value, plan) >= worth(hours, value, other) - 1e-6


def worth(hours, value, plan):
    before = np.cumsum(hours, axis=1) - hours
    return float((np.clip(plan[:, None] - before, 0, hours) * value).sum())


def test_the_closest_group_is_filled_before_the_next():
    group, room = np.array([0, 0, 1, 2]), np.array([10.0, 30.0, 50.0, 50.0])
    hours = in_order(group, np.array([0.2, 0.01, 0.1]), np.ones(4), room, 60.0)
    assert hours.tolist() == [0, 0, 50, 10]


@given(rows(0.1, 9), totals)
def test_volunteers_go_to_the_nearest_district_with_room(weight, total):
    n = len(weight)
    reach = [np.array([[(at + step) % n for step in range(n)]]) for at in range(n)]
    room = np.full(n, 25.0)
    hours = by_homes(weight, reach, room, total, seed=1)
    assert (hours <= room + 1e-9).all()
    assert hours.sum() == pytest.approx(min(total, room.sum()), rel=1e-5)
