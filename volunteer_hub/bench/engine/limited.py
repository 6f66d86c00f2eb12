"""The case `limits`: every limit of the matching in one problem."""

from __future__ import annotations

from geodata.matching.problem import Ints
from geodata.matching.reach import solve_reach
from geodata.matching.reach.problem import tiny_problem
from volunteer_hub.bench.engine.case import Figures, Task
from volunteer_hub.bench.engine.gauge import Gauge, seconds_of
from volunteer_hub.bench.engine.proving import plan_figures, proven
from volunteer_hub.bench.instances.limits import limits_problem

GAP = 0.001


def ours(task: Task) -> Figures:
    """solve_reach() with skills, languages, slots, pins, never, previous, segments, leads and groups."""
    warm_up_s = seconds_of(lambda: solve_reach(tiny_problem()))
    problem = limits_problem(task.n, task.m, task.seed)
    with Gauge() as gauge:
        plan = solve_reach(problem, gap=GAP)
    figures = gauge.figures() | {"warm_up_s": warm_up_s} | plan_figures(plan)
    figures |= {"groups": len(problem.together), "groups_together": _kept(problem.together, plan.pairs)}
    figures |= {"wanted": int(problem.people.wanted.sum()), "seats": int(problem.sites.segment_size.sum())}
    return figures | (proven(problem, plan) if task.check else {})


def _kept(together: Ints, pairs: Ints) -> int:
    """How many of the couples have a place in common."""
    there = set(map(tuple, pairs.tolist()))
    places: dict[int, list[int]] = {}
    for volunteer, place in pairs.tolist():
        places.setdefault(volunteer, []).append(place)
    return sum(any((b, place) in there for place in places.get(a, ())) for a, b in together.tolist())
