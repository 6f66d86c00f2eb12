"""The auction: bidders, one price per segment of seats, and a bound that the prices prove.

After D. P. Bertsekas, "The auction algorithm: a distributed relaxation method for the assignment problem"
(1988), for objects of many equal seats, where the price is the lowest bid that holds a seat.
"""

from __future__ import annotations

import functools
import math
import os
import time
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from geodata.matching import _gains
from geodata.matching._house import AuctionHouse
from geodata.matching._market import open_market
from geodata.matching._outcome import outcome
from geodata.matching._ranges import in_ranges
from geodata.matching._table import Table, arcs_of, lay_out
from geodata.matching.problem import Floats, Longs, MatchProblem, MatchResult, relative_gap

COARSE_SHARE = 0.1  # first step, of a typical pair's value
STEP_PER_GAP = 10.0  # a step of this many times the gap per seated bidder about proves the gap
CUT = 0.05  # a step is at least this share of the one before
BACK = 0.7  # how many steps the prices are lowered for the next auction
MOST_ROUNDS = 12


def auction(
    problem: MatchProblem, *, seed: int, time_limit_s: float, gap: float, threads: int | None = None
) -> MatchResult:
    """Match by auctions with ever smaller bid steps until the proven gap is at most `gap` or time is up.

    Each auction starts from empty seats at the prices of the one before, a little lower; segments left short
    at a price above 0 are filled by a reverse auction. The best plan and the best prices of all rounds are
    kept. At least one auction's first bids are always made. threads: by default one per processor; the plan
    does not depend on it.
    """
    _compile()
    begun = time.perf_counter()
    market = open_market(problem)
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        table = lay_out(market, seed, pool)
        best = _rounds(table, pool, begun + time_limit_s, gap)
        arcs = arcs_of(market, table, best.rows, pool)
    price = np.empty(len(table.size))
    price[table.number] = best.price
    seconds = time.perf_counter() - begun
    stopped = "done" if best.is_done else "time limit"
    return outcome(problem, arcs, price, bound=best.bound, seconds=seconds, method="auction", stopped=stopped)


@dataclass(slots=True)
class _Best:
    """The best plan and the best prices so far, not always of the same round."""

    rows: Longs
    worth: float
    price: Floats
    bound: float
    is_done: bool = False


def _rounds(table: Table, pool: Executor, deadline: float, gap: float) -> _Best:
    house = AuctionHouse(table, pool)
    price = np.zeros(len(table.size))
    best = _Best(np.zeros(0, np.int64), -np.inf, price, np.inf)
    step, last = _first_step(table, pool), 0.0
    for number in range(MOST_ROUNDS):
        is_complete = house.run(price, step, deadline)
        seated, worth = house.worth()
        if worth > best.worth:
            best.rows, best.worth = house.rows(), worth
        if number == 0:
            last = max(STEP_PER_GAP * gap * max(worth, 0.0) / max(seated, 1), 1e-12)
        is_last = step <= 1.3 * last or not is_complete
        bound = house.bound(house.seats.price) if is_last else np.inf
        if bound < best.bound:
            best.price, best.bound = house.seats.price, bound
        best.is_done = is_complete and is_last and relative_gap(best.worth, best.bound) <= gap
        if best.is_done or not is_complete or time.perf_counter() >= deadline:
            break
        if is_last:
            last *= float(np.clip(0.8 * gap / relative_gap(worth, bound), 0.1, 0.7))
        price = np.maximum(house.seats.price - BACK * step, 0.0)
        price[house.seats.taken < table.room] = 0.0
        step = _next_step(step, last)
    else:
        best.is_done = True
    if not np.isfinite(best.bound):
        best.price, best.bound = house.seats.price, house.bound(house.seats.price)
    return best


def _next_step(step: float, last: float) -> float:
    """On the way to the last step, in as few cuts as may be, all alike."""
    if step <= last:
        return last
    cuts = max(math.ceil(math.log(last / step) / math.log(CUT) - 0.1), 1)
    return float(step * (last / step) ** (1 / cuts))


def _first_step(table: Table, pool: Executor) -> float:
    """A coarse step: a share of what a typical bidder's best pair is worth."""

    def some(low: int, high: int) -> float:
        return float(_gains.best_rows(table.start, table.stop, table.worth, low, high))

    bidders = len(table.demand)
    return max(COARSE_SHARE * sum(in_ranges(pool, bidders, some)) / max(bidders, 1), 1e-12)


@functools.cache
def _compile() -> None:
    """Compile (or load) the kernels on two volunteers and a place, so that no time limit is spent on it."""
    tiny = MatchProblem(
        shifts_wanted=[1, 1], capacity=[1], arc_volunteer=[0, 1], arc_place=[0, 0], arc_value=[1.0, 2.0]
    )
    market = open_market(tiny)
    with ThreadPoolExecutor(1) as pool:
        table = lay_out(market, 0, pool)
        best = _rounds(table, pool, time.perf_counter() + 1e9, 0.001)
        arcs_of(market, table, best.rows, pool)
