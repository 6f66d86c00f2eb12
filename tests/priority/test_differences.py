"""How sure a difference of two scores is."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer_hub.priority.differences import Z90, differences

values = st.floats(0.01, 1000)
spreads = st.floats(0.01, 1.5)  # standard deviations of the logarithm


def score(value, log_sd):
    return value, value * math.exp(-Z90 * log_sd), value * math.exp(Z90 * log_sd)


def difference(before, now):
    return differences(np.array([before]), np.array([now]))[0]


@given(values, spreads, values, spreads)
def test_the_interval_holds_the_difference_and_turns_around_with_it(a, sd_a, b, sd_b):
    middle, low, high = difference(score(a, sd_a), score(b, sd_b))
    assert middle == pytest.approx(b - a)
    assert low <= middle <= high
    back = difference(score(b, sd_b), score(a, sd_a))
    assert back == pytest.approx([-middle, -high, -low], rel=1e-6, abs=1e-9)


@given(values, values, spreads)
def test_where_nothing_was_learnt_the_direction_is_sure(a, b, sd):
    """Both scores err alike, so the error changes how large the difference is and not its sign."""
    middle, low, high = difference(score(a, sd), score(b, sd))
    assert low * middle >= 0
    assert high * middle >= 0
    assert abs(high) + abs(low) <= abs(middle) * 2 * math.exp(Z90 * sd) + 1e-9


def test_a_district_that_is_done_loses_what_it_was_worth():
    assert difference(score(2.0, 0.5), (0.0, 0.0, 0.0)) == pytest.approx(
        [-2.0, -2.0 * math.exp(Z90 * 0.5), -2.0 * math.exp(-Z90 * 0.5)], rel=0.04
    )
    assert list(difference((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))) == [0.0, 0.0, 0.0]


def test_it_agrees_with_a_simulation():
    generator = np.random.default_rng(7)
    shared, own = 0.3, math.sqrt(0.5**2 - 0.3**2)
    z = generator.standard_normal((2, 400_000))
    drawn = np.exp(shared * z[0]) * (1.4 - 1.0 * np.exp(own * z[1]))
    middle, low, high = difference(score(1.0, 0.5), score(1.4, 0.3))
    assert middle == pytest.approx(0.4)
    assert (low, high) == pytest.approx(np.quantile(drawn, [0.05, 0.95]), abs=0.02)


def test_no_places_and_many_places():
    assert differences(np.zeros((0, 3)), np.zeros((0, 3))).shape == (0, 3)
    many = np.array([score(1 + at / 100, 0.4) for at in range(1200)])
    assert differences(many, many * 2)[777] == pytest.approx(difference(many[777], many[777] * 2))
