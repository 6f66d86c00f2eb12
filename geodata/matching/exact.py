"""The exact methods: min-cost flow where everyone wants one shift, else a linear program and CP-SAT.

The oracle of the tests and the method for small cases. Times out into RuntimeError, never into a half answer.
"""

from __future__ import annotations

import time

import numpy as np
from ortools.graph.python import min_cost_flow
from ortools.linear_solver import pywraplp
from ortools.sat.python import cp_model

from geodata.matching._market import Market, open_market
from geodata.matching._outcome import outcome
from geodata.matching._spread import spread
from geodata.matching.problem import Floats, Longs, MatchProblem, MatchResult

LARGEST_PROGRAM = 200_000  # pairs x segments for the linear program and CP-SAT
FINEST_UNITS = 2**40  # values become whole numbers up to this


def exact(problem: MatchProblem, *, seed: int, time_limit_s: float) -> MatchResult:
    """The best plan there is (to the rounding of values to 2^-40 of the greatest).

    Raises Infeasible as `match` does, ValueError when the case needs a program too large for this method and
    RuntimeError when the time is up before the proof.
    """
    begun = time.perf_counter()
    market = open_market(problem)
    if (market.demand <= 1).all():
        arcs = _by_flow(market)
        price = _least_prices(market, arcs)
        bound = _worth(problem, arcs)
    else:
        arcs, price, bound = _by_program(market, seed, time_limit_s)
    seconds = time.perf_counter() - begun
    return outcome(problem, arcs, price, bound=bound, seconds=seconds, method="exact", stopped="done")


def _by_flow(market: Market) -> Longs:
    """Bidders with one unit each, segments with their sizes, and a way past for those who may stay at
    home.
    """
    if not market.n_bidders:
        return np.zeros(0, np.int64)
    problem = market.problem
    rows, segment = spread(problem, market.place)
    value = market.value[rows] - market.weight[rows] * problem.segment_drop[segment]
    bidder = np.repeat(np.arange(market.n_bidders), np.diff(market.start))[rows]
    scale = _scale(value)
    segments, bidders = len(problem.segment_size), market.n_bidders
    sink = bidders + segments
    free = np.flatnonzero(~market.forced)
    flow = min_cost_flow.SimpleMinCostFlow()
    taken = flow.add_arcs_with_capacity_and_unit_cost(
        bidder, bidders + segment, np.ones(len(rows), np.int64), -np.rint(value * scale).astype(np.int64)
    )
    flow.add_arcs_with_capacity_and_unit_cost(
        bidders + np.arange(segments),
        np.full(segments, sink),
        problem.segment_size,
        np.zeros(segments, np.int64),
    )
    flow.add_arcs_with_capacity_and_unit_cost(
        free, np.full(len(free), sink), np.ones(len(free), np.int64), np.zeros(len(free), np.int64)
    )
    flow.set_nodes_supplies(np.arange(bidders), np.ones(bidders, np.int64))
    flow.set_node_supply(sink, -bidders)
    if flow.solve() != flow.OPTIMAL:
        raise RuntimeError("the flow solver found no plan although one exists; please report this problem")
    return market.arc[rows[flow.flows(taken) > 0]]


def _least_prices(market: Market, arcs: Longs) -> Floats:
    """The lowest prices at which nobody would rather sit elsewhere: what one more seat is worth.

    Longest paths over segments: who sits at s and would gain v(t) - v(s) by t holds price(t) >= price(s) +
    that gain; who sits nowhere holds price(t) >= v(t).
    """
    problem = market.problem
    rows, segment = spread(problem, market.place)
    value = market.value[rows] - market.weight[rows] * problem.segment_drop[segment]
    bidder = np.repeat(np.arange(market.n_bidders), np.diff(market.start))[rows]
    plan = outcome(
        problem, arcs, np.zeros(len(problem.segment_size)), bound=0, seconds=0, method="", stopped=""
    )
    seat = dict(
        zip(plan.arc.tolist(), (problem.segment_start[plan.pairs[:, 1]] + plan.segment).tolist(), strict=True)
    )
    seat_of = np.full(market.n_bidders, -1, np.int64)
    worth = np.zeros(market.n_bidders)
    for row in np.flatnonzero(np.isin(market.arc[rows], plan.arc)):
        if seat[int(market.arc[rows[row]])] == segment[row]:
            seat_of[bidder[row]], worth[bidder[row]] = segment[row], value[row]
    home = seat_of[bidder] < 0
    price = np.zeros(len(problem.segment_size))
    np.maximum.at(price, segment[home], value[home])
    source, target = seat_of[bidder[~home]], segment[~home]
    gain = value[~home] - worth[bidder[~home]]
    apart = source != target
    source, target, gain = source[apart], target[apart], gain[apart]
    for _ in range(len(price) + 1):
        raised = price.copy()
        np.maximum.at(raised, target, price[source] + gain)
        if (raised <= price + 1e-9 * (1.0 + np.abs(price))).all():
            break
        price = raised
    return price


def _by_program(market: Market, seed: int, time_limit_s: float) -> tuple[Longs, Floats, float]:
    """Linear program first (its prices and bound); CP-SAT only when its answer is not whole."""
    problem = market.problem
    rows, segment = spread(problem, market.place)
    if len(rows) > LARGEST_PROGRAM:
        raise ValueError(
            f"the exact method takes up to {LARGEST_PROGRAM} pairs when volunteers want several shifts, "
            f'this problem has {len(rows)}: use method="auction".'
        )
    value = market.value[rows] - market.weight[rows] * problem.segment_drop[segment]
    groups = _conflicts(market, rows)
    share, price, bound = _relaxation(market, rows, segment, value, groups)
    if (np.abs(share - np.rint(share)) < 1e-6).all():
        return market.arc[rows[share > 0.5]], price, bound
    chosen, bound = _whole(market, rows, segment, value, groups, seed, time_limit_s)
    return market.arc[rows[chosen]], price, bound


def _conflicts(market: Market, rows: Longs) -> list[tuple[list[int], int]]:
    """Per bidder: (its columns, its demand), and for each start of a place the columns running then, at most
    one."""
    problem = market.problem
    bidder = np.repeat(np.arange(market.n_bidders), np.diff(market.start))[rows]
    cuts = np.searchsorted(bidder, np.arange(market.n_bidders + 1))
    groups: list[tuple[list[int], int]] = []
    for b in range(market.n_bidders):
        columns = np.arange(cuts[b], cuts[b + 1])
        groups.append((columns.tolist(), int(market.demand[b])))
        if market.demand[b] == 1:
            continue
        place = market.place[rows[columns]]
        for p in np.unique(place):
            begin, end = problem.starts_at[place], problem.ends_at[place]
            timed = (begin < end) & (problem.starts_at[p] < problem.ends_at[p])
            running = (place == p) | (timed & (begin <= problem.starts_at[p]) & (problem.starts_at[p] < end))
            groups.append((columns[running].tolist(), 1))
    return groups


def _relaxation(
    market: Market, rows: Longs, segment: Longs, value: Floats, groups: list[tuple[list[int], int]]
) -> tuple[Floats, Floats, float]:
    problem = market.problem
    solver = pywraplp.Solver.CreateSolver("GLOP")
    columns = [solver.NumVar(0, 1, "") for _ in range(len(rows))]
    for members, most in groups:
        solver.Add(sum(columns[j] for j in members) <= most)
    for b in range(market.n_forced):
        solver.Add(sum(columns[j] for j in groups[b][0]) >= 1)
    seats = []
    for s in range(len(problem.segment_size)):
        seat = solver.Constraint(0, int(problem.segment_size[s]))
        for j in np.flatnonzero(segment == s):
            seat.SetCoefficient(columns[j], 1)
        seats.append(seat)
    solver.Maximize(sum(float(value[j]) * columns[j] for j in range(len(rows))))
    if solver.Solve() != pywraplp.Solver.OPTIMAL:
        raise RuntimeError("the linear program found no plan although one exists; please report this problem")
    share = np.array([column.solution_value() for column in columns])
    price = np.array([max(seat.dual_value(), 0.0) for seat in seats])
    return share, price, float(solver.Objective().Value())


def _whole(
    market: Market,
    rows: Longs,
    segment: Longs,
    value: Floats,
    groups: list[tuple[list[int], int]],
    seed: int,
    time_limit_s: float,
) -> tuple[Longs, float]:
    model = cp_model.CpModel()
    columns = [model.new_bool_var("") for _ in range(len(rows))]
    for members, most in groups:
        model.add(sum(columns[j] for j in members) <= most)
    for b in range(market.n_forced):
        model.add_exactly_one(columns[j] for j in groups[b][0])
    for s in range(len(market.problem.segment_size)):
        model.add(
            sum(columns[j] for j in np.flatnonzero(segment == s)) <= int(market.problem.segment_size[s])
        )
    scale = _scale(value) / 2**10
    whole = np.rint(value * scale).astype(np.int64)
    model.maximize(sum(int(whole[j]) * columns[j] for j in range(len(rows))))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = time_limit_s
    solver.parameters.random_seed = seed
    solver.parameters.num_workers = 1
    if solver.solve(model) != cp_model.OPTIMAL:
        raise RuntimeError(f'no proof of the best plan within {time_limit_s:g} s: use method="auction".')
    chosen = np.array([j for j in range(len(rows)) if solver.boolean_value(columns[j])], np.int64)
    return chosen, solver.best_objective_bound / scale


def _scale(value: Floats) -> float:
    greatest = float(np.abs(value).max()) if len(value) else 0.0
    return FINEST_UNITS / greatest if greatest > 0 else 1.0


def _worth(problem: MatchProblem, arcs: Longs) -> float:
    unpriced = np.zeros(len(problem.segment_size))
    return outcome(problem, arcs, unpriced, bound=0, seconds=0, method="", stopped="").objective
