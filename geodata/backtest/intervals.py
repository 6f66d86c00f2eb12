"""Intervals by resampling: what would another draw of the same have said?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geodata.priority.contest import Floats

TIMES = 1000
_BUNDLES = 500
_LEAST = 1e-12
_ENDS = (0.05, 0.95)


class Span(NamedTuple):
    """A figure with its 90 % interval."""

    low: float
    mid: float
    high: float


def mean_spans(values: Floats, seed: int) -> tuple[list[Span], list[Span]]:
    """(a span of each row's mean, a span of how many times the first row's mean is each row's).

    values: (p, d), the same d draws, elections or districts in every row; they are resampled together.
    """
    means = _resampled(values, seed)
    exact = values.mean(axis=1)
    times = _ratio(means[:, :1], means)
    return _spans(exact, means), _spans(_ratio(exact[:1], exact), times)


def _ratio(first: Floats, others: Floats) -> Floats:
    return np.asarray(np.maximum(first, _LEAST) / np.maximum(others, _LEAST))


def _spans(exact: Floats, many: Floats) -> list[Span]:
    low, high = np.quantile(many, _ENDS, axis=0)
    return [Span(*map(float, each)) for each in zip(low, exact, high, strict=True)]


def _resampled(values: Floats, seed: int) -> Floats:
    """(TIMES, p) means over draws taken with replacement; many draws are first put into bundles."""
    d = values.shape[1]
    first = np.unique(np.linspace(0, d, min(d, _BUNDLES), endpoint=False).astype(np.int64))
    sums, counts = np.add.reduceat(values, first, axis=1), np.diff([*first, d]).astype(np.float64)
    taken = np.random.default_rng(seed).multinomial(
        len(first), np.full(len(first), 1 / len(first)), size=TIMES
    )
    return np.asarray((taken @ sums.T) / (taken @ counts)[:, None])
