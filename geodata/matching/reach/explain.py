"""What else each volunteer could do at the plan's prices, and why some can do nothing."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from geodata.matching.problem import Floats, Ints, Longs
from geodata.matching.reach._prepare import Prepared
from geodata.matching.reach._scan import counts, look_at_all
from geodata.matching.reach.problem import ReachProblem, ReachResult

AT_ONCE = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class Alternatives:
    """Per volunteer the best places by value less price, best first.

    place   (n, k) row, -1 beyond what there is;  gain (n, k): value less the price of the seat
    value   (n, k) on the segment that gains most
    """

    place: Longs
    gain: Floats
    value: Floats


def alternatives(problem: ReachProblem, result: ReachResult, *, most: int = 4) -> Alternatives:
    """The best `most` places of every volunteer at the plan's prices, whoever sits there now."""
    ready = Prepared(problem)
    price = np.ascontiguousarray(result.price[ready.segment_row])
    own = np.flatnonzero(ready.bidders.only < 0)
    place = np.full((len(own), most), -1, np.int64)
    gain, value = np.full((len(own), most), -np.inf), np.zeros((len(own), most))
    lists, held = ready.lists(most), ready.held()

    def some(low: int) -> None:
        rows = slice(low, low + AT_ONCE)
        look_at_all(
            ready.bidders, ready.ground, lists, price, held, own[rows], place[rows], gain[rows], value[rows]
        )

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        list(pool.map(some, range(0, len(own), AT_ONCE)))
    return Alternatives(np.where(place >= 0, ready.order[place], -1), gain, value)


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Of given volunteers: how many places lie within reach, how many of them suit, how many of those are
    worth the way, and how far the nearest of all within reach is (km, infinite: none).
    """

    in_reach: Ints
    suits: Ints
    worth_it: Ints
    nearest_km: Floats


def choice_of(problem: ReachProblem, volunteers: Longs) -> Choice:
    """How much choice these volunteers have."""
    ready = Prepared(problem)
    own = np.flatnonzero(ready.bidders.only < 0)[volunteers]
    return Choice(*counts(ready.bidders, ready.ground, own))
