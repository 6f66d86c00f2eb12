"""The case `whole`: every place within 40 km of every volunteer, never listed."""

from __future__ import annotations

import time

from geodata.matching.reach import solve_reach
from geodata.matching.reach.problem import tiny_problem
from volunteer_hub.bench.engine.case import Figures, Task
from volunteer_hub.bench.engine.flow import flow
from volunteer_hub.bench.engine.gauge import Gauge, seconds_of
from volunteer_hub.bench.engine.in_turn import in_turn
from volunteer_hub.bench.engine.proving import plan_figures, proven
from volunteer_hub.bench.instances.country import country, pairs, whole_problem

GAP = 0.001
REACH_KM = 40.0


def ours(task: Task) -> Figures:
    """solve_reach() from the columns of people and places to the plan, its prices and bound."""
    warm_up_s = seconds_of(lambda: solve_reach(tiny_problem()))
    problem = whole_problem(country(task.n, task.m, task.seed), REACH_KM)
    with Gauge() as gauge:
        plan = solve_reach(problem, gap=GAP)
    figures = gauge.figures() | {"warm_up_s": warm_up_s} | plan_figures(plan)
    return figures | (proven(problem, plan) if task.check else {})


def peer(task: Task) -> Figures:
    """OR-Tools on the whole problem, every pair within reach listed for it first (`list_s`)."""
    land = country(task.n, task.m, task.seed)
    begun = time.perf_counter()
    columns = pairs(land, reach_km=REACH_KM, most=None)
    return {"list_s": time.perf_counter() - begun} | flow(columns)


def baseline(task: Task) -> Figures:
    """First come, first served, among all places within reach."""
    return in_turn(country(task.n, task.m, task.seed), reach_km=REACH_KM, most=None)
