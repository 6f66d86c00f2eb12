"""The chance that one more vote in a seat decides the whole: chambers, electoral votes."""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from geodata.compiled import kernel
from geodata.priority.contest import Contest, Floats
from geodata.priority.params import HourParams
from geodata.priority.seats import SeatOutlook
from geodata.priority.swings import Draws, Field, elections, field_of

EXACT_UP_TO = 400_000  # seats x total weight per draw; beyond it the others' total is taken as normal
_CERTAIN = 1e-15  # a seat that is won or lost as surely as this changes no sum
_PER_ROOT = 1 / math.sqrt(2 * math.pi)
_T = TypeVar("_T")


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
    seed gives the same draws, whatever the rule or the plan (common random numbers), and the same sums
    however many threads share them.
    """
    field = field_of(contest, seats, params)
    whole = np.rint(weight).astype(np.int64)

    def part(drawn: Draws) -> tuple[Floats, float]:
        sums = np.zeros((3, len(whole)))
        return sums, _add_up(*_given(field, drawn, whole, needed), sums)

    sums, won = np.zeros((3, len(whole))), 0.0
    for found, total in in_threads(part, elections(field, draws, seed)):
        sums += found
        won += total
    chance, mean, square = sums / draws
    error = np.sqrt(np.maximum(square - mean**2, 0.0) / draws)
    return Decisive(chance, mean, error, won / draws)


def chance_to_win(field: Field, drawn: Draws, weight: Floats, needed: float) -> Floats:
    """(d,) chance to win the whole in each simulated election, given its common and regional swings."""
    won = np.empty(len(drawn.size))
    _whole(*_given(field, drawn, np.rint(weight).astype(np.int64), needed), won)
    return won


def expected_weight(field: Field, drawn: Draws, weight: Floats) -> Floats:
    """(d,) weight of the seats that are expected to be won in each simulated election."""
    won = np.empty(len(drawn.size))
    _expected(*_given(field, drawn, np.rint(weight).astype(np.int64), 0.0), won)
    return won


def in_threads(work: Callable[[Draws], _T], parts: Iterable[Draws]) -> Iterator[_T]:
    """work(part) for each part, in order, over the machine's cores; few parts wait at any time."""
    workers = os.cpu_count() or 1
    waiting: deque[Future[_T]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for part in parts:
            waiting.append(pool.submit(work, part))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _given(field: Field, drawn: Draws, weight: np.ndarray, needed: float):  # type: ignore[no-untyped-def]
    is_small = len(weight) * int(weight.sum()) <= EXACT_UP_TO
    return (
        drawn.size, drawn.common, drawn.regional, field.first, field.region, field.margin, field.rest,
        field.turnout, weight, math.ceil(needed), is_small,
    )  # fmt: skip


@kernel
def _reach(d, size, common, regional, first, region, margin, rest, reach):  # type: ignore[no-untyped-def]
    """Each seat's margin in one draw, in standard deviations of what is left to chance there."""
    for s in range(len(margin)):
        swing = 0.0
        for k in range(first[s], first[s + 1]):
            swing += regional[d, region[k]]
        swing = common[d] + swing / max(first[s + 1] - first[s], 1)
        reach[s] = (margin[s] + swing * size[d]) / (rest[s] * size[d])


@kernel
def normal_cdf(x):  # type: ignore[no-untyped-def]
    """Phi by Abramowitz and Stegun 26.2.17, absolute error below 7.5e-8."""
    t = 1 / (1 + 0.2316419 * abs(x))
    tail = t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
    upper = math.exp(-0.5 * x * x) * _PER_ROOT * tail
    return 1 - upper if x >= 0 else upper


@kernel
def _add_up(size, common, regional, first, region, margin, rest, turnout, weight, needed, is_small, sums):  # type: ignore[no-untyped-def]
    """Sums over draws of each seat's chance to decide, its gain per vote and the square of that."""
    seats = len(weight)
    reach, win, pivotal = np.empty(seats), np.empty(seats), np.empty(seats)
    whole, without = np.empty(weight.sum() + 1), np.empty(weight.sum() + 1)
    won = 0.0
    for d in range(len(size)):
        _reach(d, size, common, regional, first, region, margin, rest, reach)
        for s in range(seats):
            win[s] = normal_cdf(reach[s])
        if is_small:
            won += exactly(win, weight, needed, whole, without, pivotal)
        else:
            won += by_normal(win, weight, needed, pivotal)
        for s in range(seats):
            density = math.exp(-0.5 * reach[s] * reach[s]) * _PER_ROOT / (rest[s] * size[d] * turnout[s])
            sums[0, s] += pivotal[s]
            sums[1, s] += pivotal[s] * density
            sums[2, s] += (pivotal[s] * density) ** 2
    return won


@kernel
def _whole(size, common, regional, first, region, margin, rest, _turnout, weight, needed, is_small, won):  # type: ignore[no-untyped-def]
    """The chance to win the whole, draw by draw."""
    seats = len(weight)
    reach, win, whole = np.empty(seats), np.empty(seats), np.empty(weight.sum() + 1)
    for d in range(len(size)):
        _reach(d, size, common, regional, first, region, margin, rest, reach)
        for s in range(seats):
            win[s] = normal_cdf(reach[s])
        if is_small:
            _distribution(win, weight, whole)
            won[d] = whole[max(needed, 0) :].sum()
        else:
            mean, variance = _moments(win, weight)
            won[d] = 1 - normal_cdf((needed - 0.5 - mean) / math.sqrt(max(variance, 1e-12)))


@kernel
def _expected(size, common, regional, first, region, margin, rest, _turnout, weight, _needed, _is_small, won):  # type: ignore[no-untyped-def]
    """The weight expected to be won, draw by draw."""
    reach = np.empty(len(weight))
    for d in range(len(size)):
        _reach(d, size, common, regional, first, region, margin, rest, reach)
        won[d] = 0.0
        for s in range(len(weight)):
            won[d] += weight[s] * normal_cdf(reach[s])


@kernel
def _distribution(win, weight, whole):  # type: ignore[no-untyped-def]
    """The chance of each total that can be won, into `whole` (total weight + 1,)."""
    whole[:] = 0.0
    whole[0] = 1.0
    top = 0
    for s in range(len(weight)):
        p, w = win[s], weight[s]
        if p < _CERTAIN:
            continue
        top += w
        if p > 1 - _CERTAIN:
            whole[w : top + 1] = whole[: top - w + 1].copy()
            whole[:w] = 0.0
            continue
        for k in range(top, w - 1, -1):
            whole[k] = whole[k] * (1 - p) + whole[k - w] * p
        for k in range(min(w, top + 1)):
            whole[k] *= 1 - p


@kernel
def exactly(win, weight, needed, whole, without, pivotal):  # type: ignore[no-untyped-def]
    """The chance to win the whole; into `pivotal`, that each seat decides: its weight taken out again."""
    _distribution(win, weight, whole)
    most = len(whole) - 1
    for s in range(len(weight)):
        p, w = win[s], weight[s]
        if w == 0:
            pivotal[s] = 0.0
            continue
        last = most - w
        if p <= 0.5:  # out from below, where dividing by 1 - p loses least
            kept = 1 / (1 - p)
            for k in range(last + 1):
                without[k] = (whole[k] - (without[k - w] * p if k >= w else 0.0)) * kept
        else:
            kept = 1 / p
            for k in range(last, -1, -1):
                above = without[k + w] * (1 - p) if k + w <= last else 0.0
                without[k] = (whole[k + w] - above) * kept
        pivotal[s] = max(0.0, without[max(needed - w, 0) : max(min(needed, last + 1), 0)].sum())
    return whole[max(needed, 0) :].sum()


@kernel
def _moments(win, weight):  # type: ignore[no-untyped-def]
    mean, variance = 0.0, 0.0
    for s in range(len(weight)):
        mean += win[s] * weight[s]
        variance += win[s] * (1 - win[s]) * weight[s] * weight[s]
    return mean, variance


@kernel
def by_normal(win, weight, needed, pivotal):  # type: ignore[no-untyped-def]
    """The same with the total of the others as a normal curve: for very many seats."""
    mean, variance = _moments(win, weight)
    step = needed - 0.5  # totals are whole numbers: the step lies half way
    for s in range(len(weight)):
        others = mean - win[s] * weight[s]
        sd = math.sqrt(max(variance - win[s] * (1 - win[s]) * weight[s] * weight[s], 1e-12))
        high = normal_cdf((step - others) / sd)
        pivotal[s] = high - normal_cdf((step - weight[s] - others) / sd)
    return 1 - normal_cdf((step - mean) / math.sqrt(max(variance, 1e-12)))
