"""Learning from history, shift by shift held out: regression, calibration, the shared factor, judgement."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from geodata.showing.judging import judge
from geodata.showing.logistic import INTERCEPT_SD, fit, log_likelihood, newton, platt
from geodata.showing.model import (
    EARLY,
    ENOUGH_OF_EACH,
    ENOUGH_SHIFTS,
    ENOUGH_SIGN_UPS,
    HistoryStage,
    Part,
    ShowModel,
    unlearned,
)
from geodata.showing.shared import shared_sd
from geodata.showing.sign_ups import Flags, Floats, Longs, SignUps, expit, features

FOLDS = 10
STRENGTHS = (1.0, 2.0, 4.0, 8.0, 16.0)


def learn(history: SignUps, came: Flags, *, seed: int = 0) -> ShowModel:
    """The model of a campaign whose marked sign-ups these are; came (n,) says who was there.

    Fewer than ENOUGH_SIGN_UPS in ENOUGH_SHIFTS: one chance for everybody, between one half and what was
    seen. The order of rows does not matter, and the same seed gives the same model.
    """
    came = np.asarray(came, bool)
    if not len(history):
        return unlearned()
    mean = _mean(came)
    flat = np.full(len(came), mean)
    thin = _with_shared(unlearned(), history, came, flat, flat)
    thin = replace(thin, stage="thin", mean=mean)
    return _learned(thin, history, came, seed) if is_enough(history.shift, came) else thin


def is_enough(shift: Longs, came: Flags) -> bool:
    """Is there enough history to tell people apart?"""
    each = min(int(came.sum()), int((~came).sum()))
    return len(came) >= ENOUGH_SIGN_UPS and len(np.unique(shift)) >= ENOUGH_SHIFTS and each >= ENOUGH_OF_EACH


def _learned(thin: ShowModel, history: SignUps, came: Flags, seed: int) -> ShowModel:
    strength = _strength(history, came, thin.mean)
    x = features(history, thin.mean, strength)
    folds = _folds(history.shift, seed)
    early, told_early = _part(x[:, EARLY], came, folds)
    late, told = _part(x, came, folds)
    before, chances = (np.clip(expit(each), 0.01, 0.99) for each in (told_early, told))
    stage: HistoryStage = "learned"
    found = replace(thin, stage=stage, strength=strength, early=early, late=late, judged=judge(chances, came))
    return _with_shared(found, history, came, before, chances)


def _part(x: Floats, came: Flags, folds: Longs) -> tuple[Part, Floats]:
    """The part learned from all rows, and honest log-odds: both learned without the row's fold."""
    raw, honest = np.empty(len(came)), np.empty(len(came))
    for fold in range(FOLDS):
        here = folds == fold
        raw[here] = fit(x[~here], came[~here]).log_odds(x[here])
    for fold in range(FOLDS):
        here = folds == fold
        honest[here] = platt(raw[~here], came[~here])(raw[here])
    return Part(fit(x, came), platt(raw, came)), honest


def _folds(shift: Longs, seed: int) -> Longs:
    """(n,) 0 to FOLDS - 1: all rows of a shift in the same, since they share its weather."""
    shifts, number = np.unique(shift, return_inverse=True)
    of_shift = np.random.default_rng(seed).permutation(len(shifts)) % FOLDS
    return np.asarray(of_shift[number], np.int64)


def _strength(history: SignUps, came: Flags, mean: float) -> float:
    """With how many average shifts a person's record is best mixed."""

    def likelihood(strength: float) -> float:
        x = features(history, mean, strength)[:, EARLY]
        return log_likelihood(fit(x, came).log_odds(x), came)

    return max(STRENGTHS, key=likelihood)


def _mean(came: Flags) -> float:
    """The share that came, drawn to one half as INTERCEPT_SD says."""
    ones, precision = np.ones((len(came), 1)), np.array([INTERCEPT_SD**-2])
    beta, _ = newton(ones, came.astype(np.float64), np.zeros(1), precision)
    return float(expit(beta)[0])


def _with_shared(
    model: ShowModel, history: SignUps, came: Flags, before: Floats, chances: Floats
) -> ShowModel:
    """The shared factor, and how sure the mean is: a shift of many people is still one day's weather."""
    day_sd = shared_sd(before, came, history.shift)
    late_day_sd = day_sd if before is chances else shared_sd(chances, came, history.shift)
    _, number = np.unique(history.shift, return_inverse=True)
    weight = np.bincount(number, weights=chances * (1 - chances))
    known = float(np.sum(weight / (1 + day_sd**2 * weight)))
    return replace(
        model,
        rows=len(came),
        shifts=len(weight),
        day_sd=day_sd,
        late_day_sd=late_day_sd,
        mean_sd=float((INTERCEPT_SD**-2 + known) ** -0.5),
    )
