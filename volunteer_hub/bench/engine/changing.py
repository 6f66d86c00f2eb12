"""The case `change`: one change at a time to a plan that lives in the process."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from geodata.matching.reach import LivePlan, Moved, People, ReachProblem, solve_reach
from geodata.matching.reach.problem import tiny_problem
from volunteer_hub.bench.engine.case import Figures, Task
from volunteer_hub.bench.engine.gauge import Gauge, seconds_of
from volunteer_hub.bench.instances.country import country, whole_problem

GAP = 0.001
REACH_KM = 40.0
CHANGES = 200  # half of them newcomers, a quarter who leave, a quarter who decline their place


def ours(task: Task) -> Figures:
    """200 changes one by one, and how far the plan after them is from one made afresh.

    `seconds`: 95 of 100 changes are quicker (one that another process holds up is not counted as ours);
    `median_s` and `slowest_s` besides; `solve_s` and `start_s`: the first plan, and getting it ready.
    """
    warm_up_s = seconds_of(_smallest)
    problem = whole_problem(country(task.n, task.m, task.seed), REACH_KM)
    first = solve_reach(problem, gap=GAP)
    with Gauge() as gauge:
        plan = LivePlan(problem, first)
    start_s = gauge.figures()["seconds"]
    with Gauge() as gauge:
        problem, seconds = _change(problem, plan, np.random.default_rng([task.seed, 2]))
    figures = gauge.figures() | {"warm_up_s": warm_up_s, "solve_s": first.seconds, "start_s": start_s}
    fresh = solve_reach(problem, gap=GAP)
    return figures | {
        "seconds": float(np.quantile(seconds, 0.95)), "median_s": float(np.median(seconds)),
        "slowest_s": max(seconds), "changes": len(seconds), "placed": len(plan.pairs()),
        "value": plan.objective, "bound": plan.bound, "gap": plan.gap, "fresh_value": fresh.objective,
        "worse_than_fresh": max(fresh.objective - plan.objective, 0.0) / fresh.objective,
    }  # fmt: skip


def _smallest() -> None:
    problem = tiny_problem()
    plan = LivePlan(problem, solve_reach(problem))
    plan.sign_up(_like(problem, 0))
    plan.withdraw(1)
    plan.decline(2, 0)


def _change(
    problem: ReachProblem, plan: LivePlan, rng: np.random.Generator
) -> tuple[ReachProblem, list[float]]:
    """Make the changes; returns the problem as it is then, and the seconds of each."""
    pairs = plan.pairs()
    chosen = pairs[rng.choice(len(pairs), CHANGES // 2, replace=False)]
    likes = rng.choice(problem.people.count, CHANGES // 2)
    wanted, never, added = problem.people.wanted.copy(), [problem.never], []
    moves: list[Moved] = []
    for number, ((volunteer, place), like) in enumerate(zip(chosen.tolist(), likes.tolist(), strict=True)):
        added.append(_like(problem, like))
        moves.append(plan.sign_up(added[-1])[1])
        if number % 2:
            moves.append(plan.withdraw(volunteer))
            wanted[volunteer] = 0
        else:
            moves.append(plan.decline(volunteer, place))
            never.append(np.array([[volunteer, place]], np.int32))
    people = _joined([replace(problem.people, wanted=wanted), *added])
    return replace(problem, people=people, never=np.vstack(never)), [each.seconds for each in moves]


def _like(problem: ReachProblem, row: int) -> People:
    """Somebody new who lives where another does."""
    return problem.people.rows(np.array([row]))


def _joined(parts: list[People]) -> People:
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("latitude", "longitude", "reach_km", "weight", "wanted", "leads")
    }
    classes: dict[str, Any] = {
        name: (np.concatenate([getattr(part, name)[0] for part in parts]), getattr(parts[0], name)[1])
        for name in ("skills", "languages", "free")
    }
    return People(**columns, **classes)
