"""What doors teach: rates per district, partly pooled with their region; three doors swing nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geodata.priority.mathematics import beta_quantile, expit, logit
from geodata.priority.params import Z90, Interval

Floats = NDArray[np.float64]
_NO_CERTAINTY = 0.005  # keeps a prior mean off 0 and 1, from which no data could move it


@dataclass(frozen=True, eq=False)
class Rates:
    """Shares per district with their 90 % intervals; all (n,) float64. sd is that of the Beta posterior."""

    mean: Floats
    low: Floats
    high: Floats
    sd: Floats
    trials: Floats


def pooled_rates(
    successes: ArrayLike,
    trials: ArrayLike,
    *,
    region: ArrayLike,
    prior_mean: ArrayLike,
    prior_strength: float,
    region_strength: float | None = None,
) -> Rates:
    """Beta-Binomial rates per district, each leaning on its region until its own doors say more.

    successes, trials: (n,) counts; region: (n,) int codes; prior_mean: a share, or (n,) shares,
    expected before any door; prior_strength: how many trials that expectation is worth in a district,
    and region_strength (default: twice that) in a region.

    A region's doors move the expectation of all its districts by one step on the logit scale. A district
    counts there as n k / (n + k) trials (k the prior strength), because its doors also say how it differs
    from the others. Then each district's own doors are added: mean = (m k + successes) / (k + trials).
    Raises ValueError when successes exceed trials or a strength is not positive.
    """
    won, tried = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    if prior_strength <= 0 or (region_strength is not None and region_strength <= 0):
        raise ValueError("a prior needs a strength above 0 (in trials)")
    if not ((won >= 0) & (won <= tried)).all():
        raise ValueError("successes must lie between 0 and the trials, in every district")
    prior = np.clip(np.broadcast_to(np.asarray(prior_mean, dtype=np.float64), won.shape), 0, 1)
    prior = np.clip(prior, _NO_CERTAINTY, 1 - _NO_CERTAINTY)
    k = float(prior_strength)
    centre = expit(
        logit(prior) + _region_step(won, tried, np.asarray(region), prior, k, region_strength or 2 * k)
    )
    a, b = centre * k + won, (1 - centre) * k + tried - won
    mean = a / (a + b)
    sd = np.sqrt(mean * (1 - mean) / (a + b + 1))
    return Rates(mean, beta_quantile(a, b, -Z90), beta_quantile(a, b, Z90), sd, tried)


def strength_of(prior: Interval) -> float:
    """How many trials a share's 90 % interval is worth: mean (1 - mean) / sd^2 - 1, at least 1."""
    return max(prior.mid * (1 - prior.mid) / prior.sd**2 - 1, 1.0)


def _region_step(
    won: Floats, tried: Floats, region: NDArray[np.int64], prior: Floats, k: float, strength: float
) -> Floats:
    """By how much (logit) the doors of each district's region differ from what was expected there. (n,)"""
    weight = tried * k / (tried + k)
    seen = np.divide(won, tried, out=prior.copy(), where=tried > 0)
    size = int(region.max()) + 1 if len(region) else 0
    total, observed, expected = (
        np.bincount(region, w, minlength=size) for w in (weight, weight * seen, weight * prior)
    )
    some = np.maximum(total, 1e-12)
    believed = (strength * expected / some + observed) / (strength + total)
    step = np.where(total > 0, logit(believed) - logit(expected / some), 0.0)
    return np.asarray(step[region])
