"""The auction: bidders, one price per segment of seats, and a bound that the prices prove.

After D. P. Bertsekas, "The auction algorithm: a distributed relaxation method for the assignment problem"
(1988), for objects of many equal seats, where the price is the lowest bid that holds a seat.
"""

from __future__ import annotations

import functools
import time

import numpy as np

from geodata.matching import _kernels
from geodata.matching._market import Market, open_market
from geodata.matching._outcome import outcome
from geodata.matching._spread import spread
from geodata.matching.problem import Bools, Floats, Longs, MatchProblem, MatchResult, relative_gap

BIDS_BETWEEN_LOOKS = 100_000
FIRST_STEP_SHARE = 5.0
SMALLEST_CUT, LARGEST_CUT = 0.6, 0.05
MOST_ROUNDS = 6


def auction(problem: MatchProblem, *, seed: int, time_limit_s: float, gap: float) -> MatchResult:
    """Match by auctions with ever smaller bid steps until the proven gap is at most `gap` or time is up.

    The best plan and the best prices of all rounds are kept. At least one auction's first bids are always
    made.
    """
    _compile()
    begun = time.perf_counter()
    market = open_market(problem)
    order = np.random.default_rng(seed).permutation(market.n_bidders)
    best_arcs, best_worth = market.arc[: market.n_forced], -np.inf
    best_price, best_bound = np.zeros(len(problem.segment_size)), np.inf
    step = _first_step(market, gap)
    stopped = "time limit"
    for _ in range(MOST_ROUNDS):
        deadline = begun + time_limit_s
        arcs, price, complete = _run(market, order, step, deadline)
        worth = _worth(problem, arcs)
        if worth > best_worth:
            best_arcs, best_worth = arcs, worth
        bound = dual_bound(market, price)
        if bound < best_bound:
            best_price, best_bound = price, bound
        if not complete:
            break
        if relative_gap(best_worth, best_bound) <= gap:
            stopped = "done"
            break
        if time.perf_counter() >= deadline:
            break
        # the gap falls about as the step does; aim a little below what is asked for
        step *= float(np.clip(0.7 * gap / relative_gap(best_worth, best_bound), LARGEST_CUT, SMALLEST_CUT))
    else:
        stopped = "done"
    seconds = time.perf_counter() - begun
    return outcome(
        problem, best_arcs, best_price, bound=best_bound, seconds=seconds, method="auction", stopped=stopped
    )


@functools.cache
def _compile() -> None:
    """Compile (or load) the kernels on two volunteers and a place, so that no time limit is spent on it."""
    tiny = MatchProblem(
        shifts_wanted=[1, 1], capacity=[1], arc_volunteer=[0, 1], arc_place=[0, 0], arc_value=[1.0, 2.0]
    )
    market = open_market(tiny)
    _, price, _ = _run(market, np.arange(2), 0.1, time.perf_counter() + 1e9)
    dual_bound(market, price)


def dual_bound(market: Market, price: Floats) -> float:
    """No plan is worth more: what all seats cost at these prices, plus the most that each bidder gains at
    them."""
    problem = market.problem
    gains = _kernels.best_sets_worth(
        market.start, market.demand, market.forced, market.place, market.value, market.weight,
        problem.segment_start, problem.segment_size, problem.segment_drop,
        problem.starts_at, problem.ends_at, price,
    )  # fmt: skip
    return float(gains + price @ problem.segment_size)


def _first_step(market: Market, gap: float) -> float:
    """A bid step whose sum over all bidders is about the gap asked for (each bidder ends within a step of
    its best)."""
    if not len(market.value):
        return 1.0
    best = np.maximum.reduceat(market.value, market.start[:-1])
    typical = float(np.abs(best).mean())
    return max(typical * max(gap, 1e-6) * FIRST_STEP_SHARE, 1e-12)


def _run(market: Market, order: Longs, step: float, deadline: float) -> tuple[Longs, Floats, bool]:
    """One auction from empty seats: rows of the arcs taken, prices, and whether it ran to its end."""
    problem = market.problem
    room = _room(market)
    heap_start = np.concatenate([[0], np.cumsum(room)]).astype(np.int64)
    heap_bid = np.empty(heap_start[-1])
    heap_holder = np.empty(heap_start[-1], np.int64)
    heap_arc = np.empty(heap_start[-1], np.int64)
    heap_size = np.zeros(len(room), np.int64)
    price = np.zeros(len(room))
    outbid = _most_offered(market)
    held_start = np.concatenate([[0], np.cumsum(market.demand)]).astype(np.int64)
    held_arc = np.empty(held_start[-1], np.int64)
    held_count = np.zeros(market.n_bidders, np.int64)
    queue = np.concatenate([order[market.forced[order]], order[~market.forced[order]]]).astype(np.int64)
    waiting: Bools = np.ones(market.n_bidders, dtype=bool)
    ends_of_queue = np.array([0, market.n_bidders], np.int64)
    while ends_of_queue[1] > 0:
        _kernels.bid(
            market.start, market.demand, market.forced, market.place, market.value, market.weight,
            problem.segment_start, room, problem.segment_drop, problem.starts_at, problem.ends_at,
            heap_start, heap_bid, heap_holder, heap_arc, heap_size, price,
            held_start, held_arc, held_count,
            queue, waiting, ends_of_queue, outbid, step, step * 1e-6, BIDS_BETWEEN_LOOKS,
        )  # fmt: skip
        if time.perf_counter() >= deadline and _all_forced_seated(market, held_count):
            break
    offset = np.arange(len(held_arc)) - np.repeat(held_start[:-1], market.demand)
    taken = held_arc[offset < np.repeat(held_count, market.demand)]
    return market.arc[taken], price, bool(ends_of_queue[1] == 0)


def _most_offered(market: Market) -> Floats:
    """Per segment, the most that anybody who is free to stay away would give for a seat."""
    most = np.zeros(len(market.problem.segment_size))
    free = ~np.repeat(market.forced, np.diff(market.start))
    rows, segment = spread(market.problem, market.place[free])
    value = market.value[free][rows] - market.weight[free][rows] * market.problem.segment_drop[segment]
    np.maximum.at(most, segment, value)
    return most


def _all_forced_seated(market: Market, held_count: Longs) -> bool:
    return bool((held_count[: market.n_forced] == 1).all())


def _room(market: Market) -> Longs:
    """Seats per segment, but just one more than could ever be bid for (a capacity of a billion needs no
    billion)."""
    problem = market.problem
    asked = np.bincount(market.place, minlength=problem.n_places)
    place_of = np.repeat(np.arange(problem.n_places), np.diff(problem.segment_start))
    return np.minimum(problem.segment_size, asked[place_of] + 1).astype(np.int64)


def _worth(problem: MatchProblem, arcs: Longs) -> float:
    return outcome(
        problem, arcs, np.zeros(len(problem.segment_size)), bound=0, seconds=0, method="", stopped=""
    ).objective
