"""How sure a difference between two scores of one place is.

Both scores are log-normal: value times exp(error). The later score knows what the earlier one knew (door
reports only add), so the error of the surer score is part of the other's error as well: what they share
moves both the same way, and only the rest of the less sure one's can turn a rise into a fall. This is the
covariance of an estimate with its own update, Cov = Var(update): see A. Gelman et al., Bayesian Data
Analysis, 3rd ed. (2013), section 2.2, on E(var(θ|y)) + var(E(θ|y)) = var(θ).
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Z90 = NormalDist().inv_cdf(0.95)
DRAWS = 61  # of each error, at the middles of as many equal parts of its distribution
AT_ONCE = 500  # places; bounds the memory to about 15 MB


def differences(before: Floats, now: Floats) -> Floats:
    """What an hour is worth now less what it was worth before, with its 90 % interval.

    before, now: (n, 3) value, low, high, in the same unit; a value of 0 has no error (no doors are left).
    Returns (n, 3): difference, low, high, with low <= difference <= high. No places give (0, 3).
    """
    found = np.zeros((len(now), 3))
    for at in range(0, len(now), AT_ONCE):
        part = slice(at, at + AT_ONCE)
        found[part] = _differences(before[part], now[part])
    return found


def _differences(before: Floats, now: Floats) -> Floats:
    sd_before, sd_now = _log_sd(before), _log_sd(now)
    shared = np.where(now[:, 0] * before[:, 0] > 0, np.minimum(sd_before, sd_now), 0.0)
    then = _drawn(before[:, 0], np.sqrt(sd_before**2 - shared**2))
    here = _drawn(now[:, 0], np.sqrt(sd_now**2 - shared**2))
    both = (here - then)[:, :, None] * _drawn(np.ones(len(now)), shared)[:, None, :]
    low, high = np.quantile(both.reshape(len(now), -1), [0.05, 0.95], axis=1)
    middle = now[:, 0] - before[:, 0]
    return np.column_stack([middle, np.minimum(low, middle), np.maximum(high, middle)])


def _log_sd(score: Floats) -> Floats:
    """The standard deviation of the logarithm, from value and upper end. (n,)"""
    some = score[:, 0] > 0
    ratio = np.divide(score[:, 2], score[:, 0], out=np.ones(len(score)), where=some)
    return np.asarray(np.log(np.maximum(ratio, 1.0)) / Z90)


def _drawn(value: Floats, log_sd: Floats) -> Floats:
    """(n, DRAWS): the value under each of the errors."""
    return np.asarray(value[:, None] * np.exp(log_sd[:, None] * _NORMAL))


_NORMAL = np.array([NormalDist().inv_cdf((k + 0.5) / DRAWS) for k in range(DRAWS)])
