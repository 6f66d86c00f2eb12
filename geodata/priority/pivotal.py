"""The chance that one more vote in a seat decides the whole: chambers, electoral votes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from geodata.compiled import kernel
from geodata.priority.contest import Contest, Floats
from geodata.priority.params import HourParams
from geodata.priority.seats import SeatOutlook

EXACT_UP_TO = 400_000  # seats x total weight per draw; beyond it the others' total is taken as normal
LEAST_SD = 0.005
CELLS_AT_ONCE = 2_000_000  # draws x seats held in memory


@dataclass(frozen=True, slots=True, eq=False)
class Decisive:
    """Per seat, all (s,): chance that it decides (its own result flips the whole), gain in the chance to win
    the whole per vote more, and the standard error of that gain by simulation; win_chance of the whole.
    """

    chance: Floats
    per_vote: Floats
    error: Floats
    win_chance: float


def decisive(
    contest: Contest, seats: SeatOutlook, params: HourParams, weight: Floats, needed: float,
    *, draws: int = 10_000, seed: int = 0,
) -> Decisive:  # fmt: skip
    """Simulate common and regional swings; given them seats are independent, and the rest is exact.

    weight: (s,) whole numbers that a won seat brings; needed: the least total that wins. In every draw the
    chance that the other seats bring the total within one seat's weight of `needed` is worked out exactly
    (or, for very many seats, by a normal curve), times the density of the seat's own margin at zero. The same
    seed gives the same draws, whatever the rule or the plan (common random numbers).
    """
    rng = np.random.default_rng(seed)
    count = len(seats.names)
    whole = np.rint(weight).astype(np.int64)
    is_small = count * int(whole.sum()) <= EXACT_UP_TO
    chance, gain, square, won = np.zeros(count), np.zeros(count), np.zeros(count), 0.0
    block = max(1, CELLS_AT_ONCE // max(count, 1))
    for first in range(0, draws, block):
        swing, local = _swings(contest, seats, params, min(block, draws - first), rng)
        reach = (seats.margin_share + swing) / local  # (draws, s)
        density = np.exp(-0.5 * reach**2) / np.sqrt(2 * np.pi) / (local * seats.turnout)
        win = _normal_cdf(reach)
        pivotal, total = (
            _exact(win, whole, int(np.ceil(needed))) if is_small else _by_normal(win, weight, needed)
        )
        chance += pivotal.sum(axis=0)
        won += float(total.sum())
        pivotal *= density
        gain += pivotal.sum(axis=0)
        square += (pivotal**2).sum(axis=0)
    mean = gain / draws
    error = np.sqrt(np.maximum(square / draws - mean**2, 0.0) / draws)
    return Decisive(chance / draws, mean, error, won / draws)


def _swings(
    contest: Contest, seats: SeatOutlook, params: HourParams, draws: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Common and regional part, and the standard deviation of the rest of each seat, (draws, s) both.

    All parts of a draw are large or small together, so that each seat's error is a Student t with 5
    degrees of freedom, as where it stands alone.
    """
    size = np.sqrt(3 / rng.chisquare(5, size=(draws, 1)))
    common = rng.standard_normal((draws, 1)) * params.margin_common.mid
    pairs = np.unique(np.column_stack([contest.seat, contest.region]), axis=0)
    regions = np.bincount(pairs[:, 0], minlength=len(seats.names))
    regional = rng.standard_normal((draws, len(contest.regions))) * params.margin_regional.mid
    swing = np.repeat(common, len(seats.names), axis=1)
    share = 1.0 / regions[pairs[:, 0]]
    for (seat, region), part in zip(pairs.tolist(), share.tolist(), strict=True):
        swing[:, seat] += part * regional[:, region]
    explained = params.margin_common.mid**2 + params.margin_regional.mid**2 / np.maximum(regions, 1)
    rest = np.sqrt(np.maximum(seats.sd_share**2 - explained, LEAST_SD**2))
    return swing * size, rest * size


def _normal_cdf(x: Floats) -> Floats:
    """Phi by Abramowitz and Stegun 26.2.17, absolute error below 7.5e-8."""
    t = 1 / (1 + 0.2316419 * np.abs(x))
    tail = t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
    upper = np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi) * tail
    return np.where(x >= 0, 1 - upper, upper)


def _exact(win: Floats, weight: Any, needed: int) -> tuple[Floats, Floats]:
    pivotal, total = np.empty_like(win), np.empty(len(win))
    _pivotal(win, weight, needed, pivotal, total)
    return pivotal, total


@kernel
def _pivotal(win, weight, needed, pivotal, total):  # type: ignore[no-untyped-def]
    """Distribution of the total won, then of the total without each seat by taking it out again."""
    draws, seats = win.shape
    most = weight.sum()
    whole = np.empty(most + 1)
    without = np.empty(most + 1)
    for d in range(draws):
        whole[:] = 0.0
        whole[0] = 1.0
        top = 0
        for s in range(seats):
            p, w = win[d, s], weight[s]
            top += w
            for k in range(top, -1, -1):
                whole[k] = whole[k] * (1 - p) + (whole[k - w] * p if k >= w else 0.0)
        total[d] = whole[max(needed, 0) :].sum()
        for s in range(seats):
            p, w = win[d, s], weight[s]
            if w == 0:
                pivotal[d, s] = 0.0
                continue
            last = most - w
            if p <= 0.5:  # out from below, where dividing by 1 - p loses least
                for k in range(last + 1):
                    without[k] = (whole[k] - (without[k - w] * p if k >= w else 0.0)) / (1 - p)
            else:
                for k in range(last, -1, -1):
                    above = without[k + w] * (1 - p) if k + w <= last else 0.0
                    without[k] = (whole[k + w] - above) / p
            pivotal[d, s] = max(0.0, without[max(needed - w, 0) : max(min(needed, last + 1), 0)].sum())


def _by_normal(win: Floats, weight: Floats, needed: float) -> tuple[Floats, Floats]:
    mean, variance = win * weight, win * (1 - win) * weight**2
    others = mean.sum(axis=1, keepdims=True) - mean
    sd = np.sqrt(np.maximum(variance.sum(axis=1, keepdims=True) - variance, 1e-12))
    least = 0.5  # totals are whole numbers: the step lies half way
    high = _normal_cdf((needed - least - others) / sd)
    low = _normal_cdf((needed - weight - least - others) / sd)
    everything = np.sqrt(np.maximum(variance.sum(axis=1), 1e-12))
    return high - low, 1 - _normal_cdf((needed - least - mean.sum(axis=1)) / everything)
