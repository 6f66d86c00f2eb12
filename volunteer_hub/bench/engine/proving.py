"""A plan of the whole problem, proven by code that shares nothing with the solver."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from geodata.matching.reach import ReachProblem, ReachResult
from geodata.matching.reach.proof import prove
from volunteer_hub.bench.engine.case import Figures


def plan_figures(plan: ReachResult) -> Figures:
    """What the solver says of its plan."""
    return {
        "value": plan.objective,
        "bound": plan.bound,
        "gap": plan.gap,
        "placed": len(plan.pairs),
        "stopped": plan.stopped,
    }


def proven(problem: ReachProblem, plan: ReachResult) -> Figures:
    """Violations and gap by the independent check, as on a plan read from a file.

    Objective and bound count the bonus of staying, as the plan's own do.
    """
    begun = time.perf_counter()
    people, sites = problem.people.count, problem.sites
    number = np.arange(len(sites.segment_size)) - np.repeat(
        sites.segment_start[:-1], np.diff(sites.segment_start)
    )
    named = replace(
        problem, volunteer_names=np.arange(people).astype(str), place_names=np.arange(sites.count).astype(str)
    )
    row = sites.segment_start[plan.pairs[:, 1]] + plan.segment
    proof = prove(
        named,
        volunteer=plan.pairs[:, 0].astype(str),
        place=plan.pairs[:, 1].astype(str),
        segment=plan.segment.astype(np.float64),
        value=plan.value,
        price=plan.price[row],
        segment_number=number.astype(np.int32),
        seat=np.where(sites.for_leads[row], "lead", ""),
        lead_price=plan.price[row],
    )
    return {
        "violations": len(proof.violations),
        "checked_gap": proof.gap,
        "check_s": time.perf_counter() - begun,
    }
