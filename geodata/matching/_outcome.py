"""From seats taken to a MatchResult: seats within a place go to those who gain most by them."""

from __future__ import annotations

import numpy as np

from geodata.matching.problem import Floats, Ints, Longs, MatchProblem, MatchResult, relative_gap


def outcome(
    problem: MatchProblem,
    arcs: Longs,
    price: Floats,
    *,
    bound: float,
    seconds: float,
    method: str,
    stopped: str,
) -> MatchResult:
    """The result for pairs given as rows of the problem's arcs; each place's first seats go to its greatest
    weights.
    """
    arcs = _in_order(problem, arcs)
    place, volunteer = problem.arc_place[arcs], problem.arc_volunteer[arcs]
    segment = _segments(problem, arcs)
    drop = problem.segment_drop[problem.segment_start[place] + segment]
    value = problem.arc_value[arcs] - problem.arc_weight[arcs] * drop
    objective = float(value.sum())
    return MatchResult(
        pairs=np.column_stack([volunteer, place]).astype(np.int32),
        arc=arcs,
        segment=segment,
        value=value,
        km=problem.arc_km[arcs],
        segment_price=price,
        price=price[problem.segment_start[1:] - 1] if problem.n_places else np.zeros(0),
        objective=objective,
        bound=max(bound, objective),
        gap=relative_gap(objective, bound),
        seconds=seconds,
        method=method,
        feasible=True,
        stopped=stopped,
    )


def _in_order(problem: MatchProblem, arcs: Longs) -> Longs:
    """By volunteer, then by start of the place; sorting rows alone does where nobody has two places."""
    arcs = np.sort(arcs)
    place, volunteer = problem.arc_place[arcs], problem.arc_volunteer[arcs]
    if (volunteer[1:] == volunteer[:-1]).any():
        arcs = arcs[np.lexsort((place, problem.starts_at[place], volunteer))]
    return arcs


def _segments(problem: MatchProblem, arcs: Longs) -> Ints:
    """Segment number of each pair: within a place, the greatest weight gets the first seat (ties by row)."""
    segment = np.zeros(len(arcs), np.int32)
    several = np.flatnonzero(np.diff(problem.segment_start)[problem.arc_place[arcs]] > 1)
    arcs = arcs[several]
    place = problem.arc_place[arcs]
    order = np.lexsort((arcs, -problem.arc_weight[arcs], place))
    sorted_place = place[order]
    rank = np.arange(len(arcs)) - np.searchsorted(sorted_place, sorted_place, side="left")
    seats_before = np.cumsum(problem.segment_size.astype(np.int64))
    base = (
        seats_before[problem.segment_start[sorted_place]]
        - problem.segment_size[problem.segment_start[sorted_place]]
    )
    found = np.searchsorted(seats_before, base + rank, side="right") - problem.segment_start[sorted_place]
    segment[several[order]] = found
    return segment
