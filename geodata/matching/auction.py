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
COARSE_SHARE = 0.3  # first step, of a typical pair's value
STEP_PER_GAP = 8  # a step of this many times the gap per seated bidder about proves the gap
CUT = 0.2  # from step to step
BACK = 0.7  # how many steps the prices are lowered for the next auction
MOST_ROUNDS = 12


def auction(problem: MatchProblem, *, seed: int, time_limit_s: float, gap: float) -> MatchResult:
    """Match by auctions with ever smaller bid steps until the proven gap is at most `gap` or time is up.

    Each auction starts from empty seats at the prices of the one before, a little lower; segments left short
    at a price above 0 are filled by a reverse auction. The best plan and the best prices of all rounds are
    kept. At least one auction's first bids are always made.
    """
    _compile()
    begun = time.perf_counter()
    deadline = begun + time_limit_s
    market = open_market(problem)
    order = np.random.default_rng(seed).permutation(market.n_bidders)
    best_arcs, best_worth = market.arc[: market.n_forced], -np.inf
    best_price, best_bound = np.zeros(len(problem.segment_size)), np.inf
    price = np.zeros(len(problem.segment_size))
    by_place = _by_place(market)
    step, last = _first_step(market), 0.0
    stopped = "time limit"
    for number in range(MOST_ROUNDS):
        arcs, price, room_left, complete = _run(market, by_place, order, price, step, deadline)
        worth = _worth(problem, arcs)
        if worth > best_worth:
            best_arcs, best_worth = arcs, worth
        if number == 0:
            last = max(STEP_PER_GAP * gap * max(worth, 0.0) / max(len(arcs), 1), 1e-12)
        is_last = step <= 1.3 * last or not complete
        bound = dual_bound(market, price) if is_last else np.inf
        if bound < best_bound:
            best_price, best_bound = price, bound
        if not complete:
            break
        if is_last and relative_gap(best_worth, best_bound) <= gap:
            stopped = "done"
            break
        if time.perf_counter() >= deadline:
            break
        if is_last:
            last *= float(np.clip(0.8 * gap / relative_gap(worth, bound), 0.1, 0.7))
        price = np.where(room_left, 0.0, np.maximum(price - BACK * step, 0.0))
        step = max(step * CUT, last)
    else:
        stopped = "done"
    if not np.isfinite(best_bound):
        best_price, best_bound = price, dual_bound(market, price)
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
    _, price, _, _ = _run(
        market, _by_place(market), np.arange(2), np.full(1, 0.5), 0.1, time.perf_counter() + 1e9
    )
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


def _first_step(market: Market) -> float:
    """A coarse step: a share of what a typical bidder's best pair is worth."""
    if not len(market.value):
        return 1.0
    best = np.maximum.reduceat(market.value, market.start[:-1])
    return max(COARSE_SHARE * float(np.abs(best).mean()), 1e-12)


def _run(
    market: Market,
    by_place: tuple[Longs, ...],
    order: Longs,
    start_price: Floats,
    step: float,
    deadline: float,
) -> tuple[Longs, Floats, Bools, bool]:
    """One auction from empty seats: rows of the arcs taken, prices, which segments have seats left, and
    whether it ran to its end."""
    problem = market.problem
    room = _room(market)
    heap_start = np.concatenate([[0], np.cumsum(room)]).astype(np.int64)
    heap_bid = np.empty(heap_start[-1])
    heap_holder = np.empty(heap_start[-1], np.int64)
    heap_arc = np.empty(heap_start[-1], np.int64)
    heap_size = np.zeros(len(room), np.int64)
    price = start_price.copy()
    outbid = _most_offered(market)
    held_start = np.concatenate([[0], np.cumsum(market.demand)]).astype(np.int64)
    held_arc = np.empty(held_start[-1], np.int64)
    held_segment = np.empty(held_start[-1], np.int64)
    held_count = np.zeros(market.n_bidders, np.int64)
    queue = np.concatenate([order[market.forced[order]], order[~market.forced[order]]]).astype(np.int64)
    waiting: Bools = np.ones(market.n_bidders, dtype=bool)
    ends_of_queue = np.zeros(2, np.int64)
    stack = np.empty(market.n_bidders, np.int64)
    while ends_of_queue[0] < len(queue) or ends_of_queue[1] > 0:
        _kernels.bid(
            market.start, market.demand, market.forced, market.place, market.value, market.weight,
            problem.segment_start, room, problem.segment_drop, problem.starts_at, problem.ends_at,
            heap_start, heap_bid, heap_holder, heap_arc, heap_size, price,
            held_start, held_arc, held_segment, held_count,
            queue, stack, waiting, ends_of_queue, outbid, step, step * 1e-6, BIDS_BETWEEN_LOOKS,
        )  # fmt: skip
        if time.perf_counter() >= deadline and _all_forced_seated(market, held_count):
            break
    complete = bool(ends_of_queue[0] == len(queue) and ends_of_queue[1] == 0)
    short = np.flatnonzero((heap_size < room) & (price > 0))
    if complete:
        _kernels.offer(
            *by_place, market.demand, market.forced, market.place, market.value, market.weight,
            room, problem.segment_drop, problem.starts_at, problem.ends_at,
            heap_start, heap_bid, heap_holder, heap_arc, heap_size, price,
            held_start, held_arc, held_segment, held_count, short, step,
        )  # fmt: skip
    offset = np.arange(len(held_arc)) - np.repeat(held_start[:-1], market.demand)
    taken = held_arc[offset < np.repeat(held_count, market.demand)]
    return market.arc[taken], price, heap_size < room, complete


def _by_place(market: Market) -> tuple[Longs, Longs, Longs, Longs]:
    """Bidder of each pair, the pairs of each place (start and rows), and the place of each segment."""
    problem = market.problem
    bidder_of = np.repeat(np.arange(market.n_bidders), np.diff(market.start))
    rows = np.argsort(market.place, kind="stable")
    first = np.searchsorted(market.place[rows], np.arange(problem.n_places + 1)).astype(np.int64)
    place_of = np.repeat(np.arange(problem.n_places), np.diff(problem.segment_start))
    return bidder_of, first, rows, place_of


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
