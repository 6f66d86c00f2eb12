"""Were the chances right? Brier score, log loss, and how often people came of those said to come so often."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from geodata.showing.sign_ups import Flags, Floats

BINS = 10
FEWEST_IN_BIN = 25
Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Sign-ups of like chance: the mean of their chances, and the share that came with its 95 % interval."""

    rows: int
    chance: float
    came: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """Of chances that were given before one knew. brier_of_mean: what the same number for everybody scores.

    error: mean distance between chance and share over the bins by their rows (expected calibration error).
    """

    rows: int
    brier: float
    brier_of_mean: float
    log_loss: float
    error: float
    bins: tuple[ReliabilityBin, ...]


def judge(chances: Floats, came: Flags) -> Judgement | None:
    """Compare chances (n,) with what happened (n,); None for no rows."""
    if not len(chances):
        return None
    told, fact = np.clip(chances, 1e-9, 1 - 1e-9), np.asarray(came, np.float64)
    bins = _bins(told, fact)
    return Judgement(
        rows=len(told),
        brier=float(np.mean((told - fact) ** 2)),
        brier_of_mean=float(fact.mean() * (1 - fact.mean())),
        log_loss=float(-np.mean(fact * np.log(told) + (1 - fact) * np.log1p(-told))),
        error=sum(each.rows * abs(each.chance - each.came) for each in bins) / len(told),
        bins=bins,
    )


def wilson(share: float, rows: int, z: float = Z95) -> tuple[float, float]:
    """Wilson's interval of a share (E. B. Wilson, JASA 22, 1927): right also near 0 and 1."""
    spread = z * z / rows
    middle = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / rows + spread / (4 * rows)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def _bins(told: Floats, fact: Floats) -> tuple[ReliabilityBin, ...]:
    """Bins of as many rows each, in the order of the chance; equal chances are never parted."""
    order = np.argsort(told, kind="stable")
    told, fact = told[order], fact[order]
    count = max(1, min(BINS, len(told) // FEWEST_IN_BIN))
    edges = np.searchsorted(told, told[np.arange(1, count) * len(told) // count])
    return tuple(
        _bin(part, came)
        for part, came in zip(np.split(told, edges), np.split(fact, edges), strict=True)
        if len(part)
    )


def _bin(told: Floats, fact: Floats) -> ReliabilityBin:
    share = float(fact.mean())
    return ReliabilityBin(len(told), float(told.mean()), share, *wilson(share, len(told)))
