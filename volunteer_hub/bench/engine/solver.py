"""The case `solver`: the auction alone, on the same listed pairs that the flow gets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from geodata.matching import MatchProblem, certify, match
from volunteer_hub.bench.engine.case import Figures, Task
from volunteer_hub.bench.engine.flow import flow
from volunteer_hub.bench.engine.gauge import Gauge, seconds_of
from volunteer_hub.bench.engine.in_turn import in_turn
from volunteer_hub.bench.instances.country import country, pairs

GAP = 0.001
REACH_KM = 60.0
ARCS_EACH = 16
TIME_LIMIT_S = 1800.0


def prepare(task: Task) -> Figures:
    """Write the pairs once, so that all sides get the same ones."""
    columns = pairs(country(task.n, task.m, task.seed), reach_km=REACH_KM, most=ARCS_EACH)
    for name, column in columns.items():
        np.save(task.folder / f"{name}.npy", column)
    return {"pairs": len(columns["arc_value"]), "seats": int(columns["capacity"].sum())}


def _columns(folder: Path) -> dict[str, Any]:
    return {file.stem: np.load(file) for file in sorted(folder.glob("*.npy"))}


def ours(task: Task) -> Figures:
    """match() from the arrays to the plan, its prices and bound, at a gap of 0.1 %."""
    warm_up_s = seconds_of(_smallest)
    problem = MatchProblem(**_columns(task.folder))
    with Gauge() as gauge:
        plan = match(problem, seed=task.seed, gap=GAP, time_limit_s=TIME_LIMIT_S)
    figures = gauge.figures() | {
        "warm_up_s": warm_up_s,
        "value": plan.objective,
        "bound": plan.bound,
        "gap": plan.gap,
        "placed": len(plan.pairs),
        "stopped": plan.stopped,
    }
    if task.check:
        proof = certify(problem, plan)
        figures |= {"violations": len(proof.violations), "checked_gap": proof.gap}
    return figures


def _smallest() -> None:
    match(MatchProblem(shifts_wanted=[1], capacity=[1], arc_volunteer=[0], arc_place=[0], arc_value=[1.0]))


def peer(task: Task) -> Figures:
    """OR-Tools on the same pairs."""
    return flow(_columns(task.folder))


def baseline(task: Task) -> Figures:
    """First come, first served, among the same pairs."""
    return in_turn(country(task.n, task.m, task.seed), reach_km=REACH_KM, most=ARCS_EACH)
