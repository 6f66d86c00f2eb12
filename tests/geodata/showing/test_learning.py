"""Chances learned from history: in bounds, the same for the same rows, right on shifts held out."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.showing import ENOUGH_SIGN_UPS, ShowModel, World, held_out, judge, learn
from geodata.showing.logistic import platt
from geodata.showing.shared import ASSUMED_SD

NOBODY = World(0).shift(1)[0].take(slice(0, 0))


@cache
def campaign(shifts: int = 40, size: int = 20, seed: int = 5):
    """A history, who came, and sign-ups for a later shift."""
    world = World(seed)
    rows, came = world.history(shifts, size)
    return rows, came, world.shift(50)[0]


@settings(max_examples=25)
@given(seed=st.integers(0, 999), shifts=st.integers(1, 30), size=st.integers(1, 25), share=st.floats(0, 1))
def test_chances_lie_between_0_and_1_whatever_happened(seed, shifts, size, share):
    world = World(seed, people=60)
    rows, _ = world.history(shifts, size)
    came = np.random.default_rng(seed).random(len(rows)) < share
    chances = learn(rows, came).chances(world.shift(40)[0])
    assert ((chances > 0) & (chances < 1)).all()


@settings(max_examples=10)
@given(seed=st.integers(0, 999))
def test_the_order_of_rows_does_not_matter(seed):
    rows, came, coming = campaign()
    order = np.random.default_rng(seed).permutation(len(rows))
    one, other = learn(rows, came, seed=1), learn(rows.take(order), came[order], seed=1)
    assert np.allclose(one.chances(coming), other.chances(coming), atol=1e-6)


def test_the_same_seed_gives_the_same_model():
    rows, came, _ = campaign()
    assert learn(rows, came, seed=3).as_plain() == learn(rows, came, seed=3).as_plain()


def test_without_history_everybody_has_one_half_and_a_wide_interval():
    model = learn(NOBODY, np.zeros(0, bool))
    assert model.stage == "none"
    assert set(model.chances(campaign()[2])) == {0.5}
    assert model.interval == (pytest.approx(0.305, abs=0.01), pytest.approx(0.695, abs=0.01))
    assert model.day_sd == ASSUMED_SD


def test_thin_history_gives_one_number_between_one_half_and_what_was_seen():
    rows, came, coming = campaign(4, 20)
    assert len(rows) < ENOUGH_SIGN_UPS
    model = learn(rows, came)
    share = float(came.mean())
    assert model.stage == "thin"
    assert len(set(model.chances(coming))) == 1
    assert min(0.5, share) <= model.mean <= max(0.5, share)
    assert model.interval[1] - model.interval[0] < 0.39, "80 sign-ups say more than none"


def test_a_newcomer_is_not_judged_by_a_record_they_do_not_have():
    rows, came, coming = campaign()
    model = learn(rows, came)
    new = replace(coming, came_before=coming.came_before * 0, missed_before=coming.missed_before * 0)
    assert all("record" not in each or abs(each["record"]) < 12 for each in model.reasons(new))
    once = replace(new, missed_before=new.missed_before + 1)
    often = replace(new, missed_before=new.missed_before + 10)
    fall = model.chances(new) - model.chances(once)
    assert (model.chances(often) < model.chances(once)).all()
    assert (fall < 0.3).all(), "one missed shift does not make a person unreliable"


@settings(max_examples=25)
@given(
    seed=st.integers(0, 999),
    slope=st.floats(-3, 3),
    rows=st.integers(1, 200),
)
def test_calibration_keeps_the_order(seed, slope, rows):
    rng = np.random.default_rng(seed)
    log_odds = np.sort(rng.normal(0, 1.5, rows))
    scaling = platt(log_odds, rng.random(rows) < 1 / (1 + np.exp(-slope * log_odds)))
    assert (np.diff(scaling(log_odds)) >= 0).all()


@pytest.mark.parametrize("is_early", [True, False], ids=["before people are asked", "at the start"])
def test_chances_are_calibrated_on_shifts_held_out(is_early):
    """25 campaigns of 60 shifts, judged on 40 later ones each: 30,000 sign-ups not learned from."""
    found = held_out(11, worlds=25, is_early=is_early)
    assert found.error < 0.025, found
    assert all(abs(each.chance - each.came) < 0.05 for each in found.bins), found.bins
    gain = 0.95 if is_early else 0.9
    assert found.brier < gain * found.brier_of_mean, "better than the same number for everybody"


def test_the_models_own_judgement_is_as_good_as_one_on_later_shifts():
    """Its cross-fitted Brier score promises nothing that later shifts do not keep."""
    world = World(21)
    rows, came = world.history(120, 30)
    model = learn(rows, came)
    later, fact = world.history(60, 30)
    assert model.judged is not None
    assert model.judged.brier == pytest.approx(judge(model.chances(later), fact).brier, abs=0.015)


def test_how_much_a_day_moves_everybody_is_found_again():
    found = [learn(*World(seed).history(150, 25)).late_day_sd for seed in range(6)]
    assert np.mean(found) == pytest.approx(World(0).assumed.day_sd, abs=0.08)


def test_a_kept_model_says_the_same_and_one_of_other_factors_is_refused():
    rows, came, coming = campaign()
    model = learn(rows, came)
    kept = json.loads(json.dumps(model.as_plain()))
    again = ShowModel.of_plain(kept)
    assert (again.chances(coming) == model.chances(coming)).all()
    assert again.judged == model.judged
    with pytest.raises(ValueError, match="other factors"):
        ShowModel.of_plain(kept | {"factors": ["star sign"]})


def test_reasons_name_what_was_put_in():
    rows, came, coming = campaign(120, 25)
    model = learn(rows, came)
    effects = {name: (points, low, high) for name, points, low, high in model.effects()}
    assert effects["confirmed"][1] > 5, "a yes counts, surely"
    assert effects["record"][1] > 2
    assert all(low <= points <= high for points, low, high in effects.values())
    yes = next(i for i in range(len(coming)) if coming.is_confirmed[i])
    assert model.reasons(coming)[yes]["confirmed"] > 0


def test_a_bins_share_lies_within_its_interval():
    rows, came, _ = campaign()
    judged = judge(learn(rows, came).chances(rows), came)
    assert sum(each.rows for each in judged.bins) == judged.rows == len(rows)
    assert all(each.low <= each.came <= each.high for each in judged.bins)
    assert judge(np.zeros(0), np.zeros(0, bool)) is None
