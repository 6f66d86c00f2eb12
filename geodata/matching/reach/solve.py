"""The whole problem solved: auctions with ever smaller steps, until the proven gap is small enough.

Each auction starts from empty seats at the prices of the one before, lowered a little; segments that stay
short of people at a price above 0 are then filled by a reverse auction. Independent regions are solved side
by side; on how many processors does not change the plan.
"""

from __future__ import annotations

import functools
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from geodata.crs import great_circle_km
from geodata.matching.problem import Floats, Longs, relative_gap
from geodata.matching.reach import _bids, _offers, _scan
from geodata.matching.reach._columns import Held, Lists, Seats, marks
from geodata.matching.reach._halves import BORDER, halves
from geodata.matching.reach._prepare import Prepared
from geodata.matching.reach.problem import ReachProblem, ReachResult, tiny_problem
from geodata.matching.reach.regions import Region, regions
from geodata.matching.reach.together import joint_pins

LIST_LENGTH = 24
COARSE_SHARE = 0.3  # first step, of a typical pair's value
CUT = 0.11  # from step to step at most, while the gap is far off
LEAST_CUT = 0.7  # and at least
AIM = 0.8  # of the gap asked for
STEEP = 0.7  # a gap falls faster than its step: about as its power 1 / 0.7
BACK = 0.7  # how many steps the prices are lowered for the next auction
MOST_OFFERS = 10_000_000
MOST_ROUNDS = 12
ROUGH = 8.0  # times the gap asked for is enough to choose where groups go
GAINS_AT_ONCE = 50_000


@dataclass(frozen=True, slots=True)
class Round:
    """One auction of one region."""

    step: float
    bids: int
    looks: int
    offers: int
    objective: float
    bound: float
    seconds: float


def solve_reach(
    problem: ReachProblem, *, gap: float = 0.001, time_limit_s: float = 600.0, threads: int | None = None
) -> ReachResult:
    """Give each volunteer at most the places they want, of all within reach, where an hour is worth most.

    gap           the share of the bound that each region may fall short by
    time_limit_s  no further auction starts after that; what stands then is returned with its gap
    threads       regions solved side by side; default one per processor

    The bound counts every place within reach of every volunteer, so the gap is of the whole problem. Raises
    Infeasible when pinned pairs break a limit.
    """
    _compile()
    begun = time.perf_counter()
    parts = regions(problem)
    until = begun + time_limit_s
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        solved = list(pool.map(lambda part: solve_region(part, gap=gap, until=until), parts))
    return join(problem, parts, solved, seconds=time.perf_counter() - begun)


@functools.cache
def _compile() -> None:
    """Compile (or load) the kernels on a tiny problem, so that no time is counted for it."""
    for part in regions(tiny_problem()):
        solve_region(part, gap=0.001, until=time.perf_counter() + 1e9)


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """A region's plan in its own rows: volunteer, place and segment row of each seat, prices, bound."""

    volunteer: Longs
    segment: Longs
    price: Floats
    objective: float
    bound: float
    rounds: tuple[Round, ...]
    is_done: bool


def solve_region(region: Region, *, gap: float, until: float) -> Solved:
    """Auctions over one region, again while people who want to go together could at the prices found.
    `until`: of time.perf_counter().
    """
    problem = region.problem
    if not len(problem.together):
        return _auctions(problem, gap=gap, until=until)
    found = _auctions(problem, gap=gap, until=until, rough=ROUGH)  # rough prices choose common places
    rounds, pinned = found.rounds, problem
    while True:
        pins = joint_pins(pinned, found.price)
        if len(pins):
            pinned = replace(pinned, pinned=np.vstack([pinned.pinned, pins]).astype(np.int32))
        elif pinned is not problem or len(rounds) > len(found.rounds):
            break
        found = _auctions(pinned, gap=gap, until=until, start=found)
        rounds = (*rounds, *found.rounds)
    ready = Prepared(problem)  # without the new pins: no plan that ignores the wishes is worth more
    bound = _bound(ready, ready.prices(found.price)) if pinned is not problem else found.bound
    return replace(found, bound=max(bound, found.objective), rounds=rounds)


def _auctions(
    problem: ReachProblem, *, gap: float, until: float, start: Solved | None = None, rough: float = 1.0
) -> Solved:
    """Auctions with ever smaller steps, until the gap is `rough` times the one asked for; from the prices and
    the last step of `start` where given."""
    ready = Prepared(problem)
    takers = ready.takers()
    side, lists = halves(ready), ready.lists(LIST_LENGTH)
    step, price = _coarse(ready), np.zeros(len(ready.ground.room))
    if start is not None:
        price = np.maximum(ready.prices(start.price) - BACK * start.rounds[-1].step, 0.0)
        step = start.rounds[-1].step * _cut(gap, relative_gap(start.objective, start.bound))
    best: tuple[float, Any, float, Floats] | None = None
    rounds: list[Round] = []
    is_done = False
    for _ in range(MOST_ROUNDS):
        begun = time.perf_counter()
        seats, held, bids, looks = _auction(ready, lists, side, price, step)
        offers = _fill(ready, seats, held, takers, step)
        worth, bound = _worth(ready, held), _bound(ready, seats.price)
        rounds.append(Round(step, bids, looks, offers, worth, bound, time.perf_counter() - begun))
        if best is None or bound - worth < best[2] - best[0]:
            # plan and prices of one round go together
            best = worth, held.pairs(), bound, seats.price.copy()
        is_done = relative_gap(best[0], best[2]) <= rough * gap
        if is_done or time.perf_counter() > until:
            break
        price = np.where(seats.size < ready.ground.room, 0.0, np.maximum(seats.price - BACK * step, 0.0))
        step *= _cut(gap, relative_gap(worth, bound))
    assert best is not None
    worth, (who, segment), bound, at_price = best
    row_price = np.zeros(len(price))
    row_price[ready.segment_row] = at_price
    return Solved(
        ready.volunteer[who],
        ready.segment_row[segment],
        row_price,
        worth,
        max(bound, worth),
        tuple(rounds),
        is_done,
    )


def _bound(ready: Prepared, price: Floats) -> float:
    """No plan is worth more: all seats at these prices, and the most each bidder gains over all in reach."""
    gains = np.empty(len(ready.volunteer))

    def some(low: int) -> None:
        high = min(low + GAINS_AT_ONCE, len(gains))
        _scan.most_gain(
            ready.bidders, ready.ground, price, ready.slot_start, ready.slot_end, gains, low, high
        )

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        list(pool.map(some, range(0, len(gains), GAINS_AT_ONCE)))
    return float(gains.sum() + price @ ready.ground.room)


def join(problem: ReachProblem, parts: list[Region], solved: list[Solved], *, seconds: float) -> ReachResult:
    """The plan of the whole from those of its regions."""
    price = np.zeros(len(problem.sites.segment_size))
    for part, found in zip(parts, solved, strict=True):
        price[part.segments] = found.price
    volunteer = np.concatenate(
        [
            np.zeros(0, np.int64),
            *(part.volunteers[found.volunteer] for part, found in zip(parts, solved, strict=True)),
        ]
    )
    segment = np.concatenate(
        [
            np.zeros(0, np.int64),
            *(part.segments[found.segment] for part, found in zip(parts, solved, strict=True)),
        ]
    )
    objective = float(sum(found.objective for found in solved))
    bound = float(sum(found.bound for found in solved))
    return _result(problem, volunteer, segment, price, objective, bound, seconds, solved)


def _auction(
    ready: Prepared, lists: Lists, side: Longs, price: Floats, step: float
) -> tuple[Seats, Held, int, int]:
    """One auction from empty seats: seats, who holds what, bids and looks made."""
    seats, held = ready.seats(price), ready.held()
    lists.floor.fill(np.inf)  # prices fell: everybody looks again, with what was listed as a start
    waiting = np.ones(len(side), dtype=bool)
    outbid = ready.ground.spot[:, 3] * float(ready.bidders.home[:, 4].max(initial=0.0))
    unmarked, bids, looks = marks(0, 0), 0, 0

    def bid(mine: int, queue: Longs) -> tuple[Longs, int, int]:
        aside = np.empty(len(side), np.int64)
        made, looked, put = _bids.bid(
            ready.bidders, ready.ground, lists, seats, held, outbid, queue, waiting, side, mine, aside,
            step, step * 1e-6, unmarked,
        )  # fmt: skip
        return aside[:put].copy(), made, looked

    west, east, border = (np.flatnonzero(side == k) for k in (0, 1, BORDER))
    with ThreadPoolExecutor(2) as pool:
        while len(west) + len(east) + len(border):
            sides = list(pool.map(bid, (0, 1), (west, east)))
            outside, made, looked = bid(BORDER, np.concatenate([border, *(found[0] for found in sides)]))
            bids += made + sum(found[1] for found in sides)
            looks += looked + sum(found[2] for found in sides)
            west, east = outside[side[outside] == 0], outside[side[outside] == 1]
            border = border[:0]
    return seats, held, bids, looks


def _fill(ready: Prepared, seats: Seats, held: Held, takers: Any, step: float) -> int:
    """Segments left short at a price above 0 offer their seats; returns how many offers were made."""
    short = np.flatnonzero((seats.size < ready.ground.room) & (seats.price > 0))
    gain = _offers.gains_now(ready.bidders, ready.ground, held, seats.price)
    made = _offers.offer(
        ready.bidders, ready.ground, seats, held, gain, _offers.least_of(takers, gain), takers, short, step,
        MOST_OFFERS, marks(0, 0),
    )  # fmt: skip
    return int(made)


def _cut(gap: float, found: float) -> float:
    """By how much to cut the step, from the gap that it left to the one asked for."""
    return float(np.clip((AIM * gap / max(found, 1e-12)) ** STEEP, CUT, LEAST_CUT))


def _coarse(ready: Prepared) -> float:
    worth = ready.ground.spot[ready.ground.room > 0, 3]
    weight = ready.bidders.home[:, 4]
    typical = float(worth.mean() * weight.mean()) if len(worth) and len(weight) else 0.0
    return max(COARSE_SHARE * typical, 1e-9)


def _worth(ready: Prepared, held: Held) -> float:
    who, segment = held.pairs()
    return float(_scan.worth_of(ready.bidders, ready.ground, who, segment))


def _why_stopped(solved: list[Solved]) -> str:
    """Say "done", "time limit", or "rounds" where smaller steps would not narrow the gap any more."""
    wide = [len(found.rounds) for found in solved if not found.is_done]
    if not wide:
        return "done"
    return "rounds" if min(wide) >= MOST_ROUNDS else "time limit"


def _result(
    problem: ReachProblem, volunteer: Longs, segment: Longs, price: Floats,
    objective: float, bound: float, seconds: float, solved: list[Solved],
) -> ReachResult:  # fmt: skip
    people, sites = problem.people, problem.sites
    place = np.searchsorted(sites.segment_start, segment, side="right") - 1
    order = np.lexsort((place, volunteer))
    volunteer, place, segment = volunteer[order], place[order], segment[order]
    km = great_circle_km(
        people.latitude[volunteer], people.longitude[volunteer], sites.latitude[place], sites.longitude[place]
    )
    km = np.nan_to_num(km)
    return ReachResult(
        pairs=np.column_stack([volunteer, place]).astype(np.int32),
        segment=(segment - sites.segment_start[place]).astype(np.int32),
        value=people.weight[volunteer] * sites.segment_worth[segment] - problem.km_cost * km,
        km=km,
        price=price,
        objective=objective,
        bound=bound,
        gap=relative_gap(objective, bound),
        seconds=seconds,
        stopped=_why_stopped(solved),
        rounds=tuple(found.rounds for found in solved),
    )
