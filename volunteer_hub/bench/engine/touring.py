"""The cases `tsplib` and `tour`: round tours beside known optima, OR-Tools and what chance points need."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np

from geodata.matching.problem import Floats
from geodata.routing import tour
from volunteer_hub.bench.engine.case import Figures, Task
from volunteer_hub.bench.engine.gauge import Gauge, seconds_of
from volunteer_hub.bench.instances.tours import Points, literature, rounded_length

SECONDS_PER_POINT = 0.001
LONGEST_S = 60.0
KICKS = 1e9  # time alone ends the search
SIDE_M = 10_000.0
OF_CHANCE = (
    0.7124  # the best tour of N chance points in an area A tends to 0.7124 sqrt(NA): Johnson & McGeoch 1996
)


def _warm_up_s() -> float:
    few = np.random.default_rng(0).random((200, 2))
    return seconds_of(lambda: tour(few, kicks_per_point=1.0))


def known(task: Task) -> Figures:
    """tour() on public instances of task.m points or more, 1 s for 1,000 points each: `mean_gap`."""
    instances = literature(task.m, task.n)
    warm_up_s = _warm_up_s()
    rows = []
    with Gauge() as gauge:
        for each in instances:
            begun = time.perf_counter()
            found = tour(
                each.xy, seed=task.seed, time_limit_s=SECONDS_PER_POINT * len(each.xy), kicks_per_point=KICKS
            )
            rows.append(_row(each, found.order, time.perf_counter() - begun))
    return gauge.figures() | {"warm_up_s": warm_up_s} | _summed(rows)


def known_peer(task: Task) -> Figures:
    """OR-Tools routing on the same instances in the same time each, its table of distances made before."""
    rows = []
    with Gauge() as gauge:
        for each in literature(task.m, task.n):
            begun = time.perf_counter()
            order = _or_tools(each.xy, SECONDS_PER_POINT * len(each.xy))
            rows.append(_row(each, order, time.perf_counter() - begun))
    return gauge.figures() | _summed(rows)


def _summed(rows: list[dict[str, Any]]) -> Figures:
    gaps = [row["gap"] for row in rows]
    wrong = sum(row["wrong"] for row in rows)
    return {"instances": rows, "mean_gap": float(np.mean(gaps)), "worst_gap": max(gaps), "violations": wrong}


def _row(instance: Points, order: Any, took: float) -> dict[str, Any]:
    length = rounded_length(instance.xy, order)
    wrong = int(not np.array_equal(np.sort(order), np.arange(len(instance.xy))))
    return {
        "name": instance.name, "points": len(order), "clusters": 1, "cost": length, "best": instance.best,
        "gap": length / instance.best - 1, "seconds": took, "wrong": wrong,
    }  # fmt: skip


def chance(task: Task) -> Figures:
    """tour() on task.n points of chance in a square, task.m seconds for all of it: `above_chance`."""
    xy = _chance_points(task)
    warm_up_s = _warm_up_s()
    with Gauge() as gauge:
        found = tour(xy, seed=task.seed, time_limit_s=_limit(task), kicks_per_point=KICKS)
    return gauge.figures() | {"warm_up_s": warm_up_s} | _of_chance(xy, found.order)


def chance_peer(task: Task) -> Figures:
    """OR-Tools routing on the same points in the same time, its table of distances made before."""
    xy = _chance_points(task)
    with Gauge() as gauge:
        order = _or_tools(xy, _limit(task))
    return gauge.figures() | _of_chance(xy, order)


def _limit(task: Task) -> float:
    """A search may end a little late, by what runs when its time is over: a fiftieth is kept for that."""
    return min(LONGEST_S, SECONDS_PER_POINT * task.n) * 0.98


def _chance_points(task: Task) -> Floats:
    return np.random.default_rng(task.seed).uniform(0.0, SIDE_M, (task.n, 2))


def _of_chance(xy: Floats, order: Any) -> Figures:
    path = xy[np.append(order, order[:1])]
    metres = float(np.hypot(*np.diff(path, axis=0).T).sum())
    wrong = int(not np.array_equal(np.sort(order), np.arange(len(xy))))
    expected = OF_CHANCE * math.sqrt(len(xy)) * SIDE_M
    return {"metres": metres, "above_chance": metres / expected - 1, "violations": wrong}


def _or_tools(xy: Floats, seconds: float) -> Any:
    """The order that OR-Tools' routing finds: cheapest arcs first, then guided local search."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    tenths = np.rint(10 * np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))).astype(np.int64)
    manager = pywrapcp.RoutingIndexManager(len(xy), 1, 0)
    routing = pywrapcp.RoutingModel(manager)
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(tenths.tolist()))
    wanted = pywrapcp.DefaultRoutingSearchParameters()
    wanted.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PATH_CHEAPEST_ARC
    wanted.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    wanted.time_limit.FromMilliseconds(max(1, round(seconds * 1000)))
    plan = routing.SolveWithParameters(wanted)
    if plan is None:
        return np.arange(len(xy))
    at, order = routing.Start(0), []
    while not routing.IsEnd(at):
        order.append(manager.IndexToNode(at))
        at = plan.Value(routing.NextVar(at))
    return np.array(order)
