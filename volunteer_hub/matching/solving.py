"""A problem solved, proved and explained. No database: what is read before and saved after is plain data."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geodata.matching.problem import Infeasible
from geodata.matching.reach import ReachProblem, ReachResult, solve_reach
from geodata.matching.reach.explain import Reasons, reasons
from geodata.matching.reach.pairs import capacity
from geodata.matching.reach.proof import Proof, prove
from geodata.matching.reach.solve import join

TIME_LIMIT_S = 120.0
GAP = 0.002
CLOSE_GAP, SMALL = 2e-7, 5_000  # volunteers
MOST_NAMED = 10


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """A plan with its reasons, and its proof by code that shares nothing with the solver."""

    result: ReachResult
    proof: Proof
    reasons: Reasons


def solve(problem: ReachProblem) -> ReachResult:
    """The plan of a problem. Raises Infeasible, naming who is fixed where, if pins cannot all be kept."""
    refuse_overfull(problem)
    if not problem.people.count or not problem.sites.count:
        return join(problem, [], [], seconds=0.0)
    return solve_reach(problem, gap=gap_for(problem), time_limit_s=TIME_LIMIT_S)


def gap_for(problem: ReachProblem) -> float:
    """How far below its bound a plan may stay: next to nothing where that takes moments."""
    return CLOSE_GAP if problem.people.count <= SMALL else GAP


def refuse_overfull(problem: ReachProblem) -> None:
    """More people fixed at a place than it has room for are refused by name."""
    seats, pinned = capacity(problem), np.unique(problem.pinned, axis=0)
    for place in np.flatnonzero(np.bincount(pinned[:, 1], minlength=len(seats)) > seats)[:1].tolist():
        there = [problem.volunteer_name(v) for v in pinned[pinned[:, 1] == place, 0].tolist()]
        more = f" and {len(there) - MOST_NAMED} more" if len(there) > MOST_NAMED else ""
        raise Infeasible(
            f"{problem.place_name(place)} has room for {int(seats[place])}, but {len(there)} people are "
            f"fixed there by hand (pins): {', '.join(there[:MOST_NAMED])}{more}."
        )


def proved(problem: ReachProblem, result: ReachResult) -> Solved:
    """Check a plan and give its reasons; a plan that breaks a limit is never saved."""
    proof = proof_of(problem, result)
    if proof.violations:
        raise AssertionError(f"the plan breaks its limits: {'; '.join(proof.violations[:5])}")
    return Solved(result, proof, reasons(problem, result))


def proof_of(problem: ReachProblem, result: ReachResult) -> Proof:
    """What the proof says of a plan, which it is told row by row, as a file would tell it."""
    volunteer, place = (np.arange(count).astype(str) for count in (problem.people.count, problem.sites.count))
    start = problem.sites.segment_start
    number = np.arange(len(problem.sites.segment_size)) - np.repeat(start[:-1], np.diff(start)) + 1
    row = start[result.pairs[:, 1]] + result.segment
    return prove(
        replace(problem, volunteer_names=volunteer, place_names=place),
        volunteer=volunteer[result.pairs[:, 0]],
        place=place[result.pairs[:, 1]],
        segment=number[row].astype(np.float64),
        value=result.value,
        price=result.price[row],
        segment_number=number.astype(np.int32),
    )
