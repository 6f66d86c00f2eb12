"""Three doors must not swing a district; with many doors the data win."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.priority import District, HourParams, Plurality, pooled_rates, score
from geodata.priority.mathematics import beta_quantile, digamma, polygamma, t5_above_zero, t5_density
from geodata.priority.update import strength_of


def rates(successes, trials, region=None, **options):
    region = np.zeros(len(trials), dtype=int) if region is None else region
    return pooled_rates(
        successes, trials, region=region, **{"prior_mean": 0.2, "prior_strength": 43.0, **options}
    )


def test_three_doors_do_not_swing_a_district():
    assert rates([3], [3]).mean[0] < 0.28
    assert rates([0], [3]).mean[0] > 0.17


def test_with_many_doors_the_data_win():
    assert rates([4_000], [10_000]).mean[0] == pytest.approx(0.4, abs=0.002)


def test_three_doors_do_not_swing_a_score_and_three_thousand_do():
    rows = [District("a", registered=9_000, doors=5_000, attempts=n, contacts=n) for n in (0, 3, 3_000)]
    before, three, many = (score([r], rule=Plurality()).factors["contact_rate"][0] for r in rows)
    assert three / before < 1.4
    assert many / before > 4


def test_a_district_without_doors_leans_on_its_region():
    found = rates([400, 0, 0], [1_000, 0, 0], region=np.array([0, 0, 1]))
    assert found.mean[2] == pytest.approx(0.2)
    assert 0.21 < found.mean[1] < found.mean[0]


def test_many_districts_teach_a_region_more_than_one_large_one():
    one = rates([4_000, *[0] * 20], [10_000, *[0] * 20]).mean[-1]
    many = rates([*[200] * 20, 0], [*[500] * 20, 0]).mean[-1]
    assert one < many
    assert many == pytest.approx(0.4, abs=0.05)


@given(st.integers(0, 500), st.integers(0, 500), st.floats(0.05, 0.95))
def test_the_rate_lies_between_expectation_and_data_and_inside_its_interval(won, lost, prior):
    found = rates([won], [won + lost], prior_mean=prior)
    seen = won / (won + lost) if won + lost else prior
    assert min(seen, prior) - 1e-9 <= found.mean[0] <= max(seen, prior) + 1e-9
    assert found.low[0] < found.mean[0] < found.high[0]


@given(st.integers(1, 300), st.integers(1, 300))
def test_one_more_success_never_lowers_the_rate(won, lost):
    a, b = rates([won], [won + lost]), rates([won + 1], [won + lost + 1])
    assert b.mean[0] > a.mean[0]


def test_more_doors_narrow_the_interval():
    width = [rates([n // 5], [n]) for n in (0, 50, 500, 5_000)]
    sizes = [float(r.high[0] - r.low[0]) for r in width]
    assert sizes == sorted(sizes, reverse=True)


def test_before_any_door_the_interval_is_the_parameters_own():
    prior = HourParams().contact_rate
    found = rates([0], [0], prior_strength=strength_of(prior))
    assert found.low[0] == pytest.approx(prior.low, abs=0.015)
    assert found.high[0] == pytest.approx(prior.high, abs=0.015)


def test_intervals_hold_the_truth_nine_times_in_ten():
    """Rates drawn from the model itself: region, then district, then doors."""
    rng = np.random.default_rng(5)
    truth = rng.beta(0.2 * 43, 0.8 * 43, 4_000)
    trials = rng.integers(0, 200, 4_000)
    found = rates(rng.binomial(trials, truth), trials)
    inside = (found.low <= truth) & (truth <= found.high)
    assert inside.mean() == pytest.approx(0.9, abs=0.02)


@pytest.mark.parametrize(("won", "tried"), [([4], [3]), ([-1], [3])])
def test_impossible_counts_are_refused(won, tried):
    with pytest.raises(ValueError, match="successes must lie"):
        rates(won, tried)
    with pytest.raises(ValueError, match="strength above 0"):
        rates([1], [2], prior_strength=0)


def test_special_functions_have_their_known_values():
    euler = 0.5772156649015329
    assert digamma([1.0, 0.5]) == pytest.approx([-euler, -euler - 2 * math.log(2)], abs=1e-9)
    assert polygamma(1, [1.0, 0.5]) == pytest.approx([math.pi**2 / 6, math.pi**2 / 2], abs=1e-9)


@pytest.mark.parametrize(("a", "b"), [(2, 8), (8.6, 34.4), (60, 40), (1.5, 1.5)])
def test_beta_quantiles_agree_with_drawing(a, b):
    drawn = np.quantile(np.random.default_rng(2).beta(a, b, 200_000), [0.05, 0.95])
    found = [float(beta_quantile(a, b, z)) for z in (-1.645, 1.645)]
    assert found == pytest.approx(drawn.tolist(), abs=0.005)


@given(st.floats(-3, 3), st.floats(0.1, 2))
def test_the_chance_above_zero_is_the_integral_of_the_density(mean, sd):
    x = np.linspace(0, mean + 80 * sd + 1, 400_001)
    area = np.trapezoid(t5_density(x - mean, sd), x)
    assert float(t5_above_zero(mean, sd)) == pytest.approx(area, abs=2e-4)


def test_the_t_has_the_standard_deviation_it_is_given():
    x = np.linspace(-400, 400, 2_000_001)
    assert np.trapezoid(x * x * t5_density(x, 0.7), x) == pytest.approx(0.49, rel=1e-3)
