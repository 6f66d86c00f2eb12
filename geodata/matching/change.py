"""What a change by hand costs: the plan's worth before and after, everybody else free to move."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from geodata.matching.auction import auction
from geodata.matching.exact import exact
from geodata.matching.problem import Infeasible, Ints, MatchProblem, MatchResult

EXACT_UP_TO = 300_000
CLOSE_GAP = 1e-5
Kind = Literal["pin", "move", "remove"]


@dataclass(frozen=True, slots=True)
class Change:
    """pin: volunteer goes to `place` besides what they have; move: from `source` to `place`; remove: not to
    `source`.
    """

    kind: Kind
    volunteer: int
    place: int | None = None
    source: int | None = None

    def __post_init__(self) -> None:
        if self.kind in ("pin", "move") and self.place is None:
            raise ValueError(f"a {self.kind} needs the place to go to")
        if self.kind in ("move", "remove") and self.source is None:
            raise ValueError(f"a {self.kind} needs the place that is given up (source)")


@dataclass(frozen=True, slots=True)
class CostOfChange:
    """cost: worth lost with everybody else placed anew as is best (negative: the change helps); least: what
    the prices alone prove that it costs at least, given the plan's gap; after: the plan with the change;
    sentence.
    """

    cost: float
    least: float
    after: MatchResult
    sentence: str


def cost_of(
    problem: MatchProblem, result: MatchResult, change: Change, *, seed: int = 0, time_limit_s: float = 5.0
) -> CostOfChange:
    """What a pin, a move or a removal by hand costs in value.

    Both plans, with and without the change, are solved with the same method: exactly where everyone wants
    one shift and there are up to 300,000 pairs, else by a close auction (then the cost is right to the two
    gaps). Raises Infeasible with a sentence when the change breaks a limit or its pair is not among the arcs.
    """
    changed = apply_change(problem, change)
    before = _close(problem, seed, time_limit_s)
    after = _close(changed, seed, time_limit_s)
    cost = max(before.objective, result.objective) - after.objective
    least = max(before.objective, result.objective) - after.bound
    return CostOfChange(cost, least, after, _sentence(problem, change, cost))


def apply_change(problem: MatchProblem, change: Change) -> MatchProblem:
    """The problem in which the change is fixed: its pair pinned, the pair given up forbidden and no longer
    pinned."""
    pinned, kept, never = problem.pinned, problem.kept, problem.never
    if change.source is not None:
        given_up = np.array([[change.volunteer, change.source]], np.int32)
        pinned, kept = _without(pinned, given_up), _without(kept, given_up)
        never = np.vstack([never, given_up])
    if change.place is not None:
        wanted = np.array([[change.volunteer, change.place]], np.int32)
        if (never == wanted).all(axis=1).any():
            who, where = problem.volunteer_name(change.volunteer), problem.place_name(change.place)
            raise Infeasible(f"{who} is marked as never at {where}: take that back first.")
        pinned = np.vstack([pinned, wanted])
    return replace(problem, pinned=pinned, kept=kept, never=never)


def _without(pairs: Ints, pair: Ints) -> Ints:
    return pairs[~(pairs == pair).all(axis=1)]


def _close(problem: MatchProblem, seed: int, time_limit_s: float) -> MatchResult:
    single = len(problem.shifts_wanted) == 0 or int(problem.shifts_wanted.max()) <= 1
    if single and len(problem.arc_value) <= EXACT_UP_TO:
        return exact(problem, seed=seed, time_limit_s=time_limit_s)
    return auction(problem, seed=seed, time_limit_s=time_limit_s, gap=CLOSE_GAP)


def _sentence(problem: MatchProblem, change: Change, cost: float) -> str:
    who = problem.volunteer_name(change.volunteer)
    there = "" if change.place is None else problem.place_name(change.place)
    away = "" if change.source is None else problem.place_name(change.source)
    what = {
        "pin": f"Fixing {who} at {there}",
        "move": f"Moving {who} from {away} to {there}",
        "remove": f"Taking {who} away from {away}",
    }[change.kind]
    if abs(cost) < 1e-9:
        return f"{what} costs nothing."
    return (
        f"{what} costs {cost:.3g} {problem.unit}." if cost > 0 else f"{what} adds {-cost:.3g} {problem.unit}."
    )
