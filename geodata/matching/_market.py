"""The problem as the solvers see it: bidders with demands, after pins, never-pairs and hopeless pairs are
settled.

Pairs fixed by hand become forced bidders that want one seat at one place; what is left of their volunteer
bids for the rest. The certificate does not use this module, so a fault here is caught there.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from geodata.matching.problem import Bools, Floats, Infeasible, Ints, Longs, MatchProblem


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """Bidder b wants `demand[b]` places among market arcs start[b] to start[b+1]; forced bidders come
    first."""

    problem: MatchProblem
    volunteer: Ints
    demand: Ints
    forced: Bools
    start: Longs
    arc: Longs  # row in the problem's arcs
    place: Ints
    value: Floats
    weight: Floats

    @property
    def n_bidders(self) -> int:
        return len(self.demand)

    @property
    def n_forced(self) -> int:
        return int(self.forced.sum())


def open_market(problem: MatchProblem) -> Market:
    """Settle what is fixed. Raises Infeasible, naming the pairs, when the fixed pairs break a limit."""
    keys = _keys(problem, np.column_stack([problem.arc_volunteer, problem.arc_place]))
    order = np.argsort(keys, kind="stable")
    fixed = _fixed_pairs(problem)
    fixed_arc = _arcs_of(problem, fixed, keys, order)
    _refuse_conflicts(problem, fixed)
    rest = _free_arcs(problem, keys, fixed, fixed_arc)

    wanted = problem.shifts_wanted.copy()
    np.subtract.at(wanted, fixed[:, 0], 1)
    rest = rest[wanted[problem.arc_volunteer[rest]] > 0]
    who, counts = np.unique(problem.arc_volunteer[rest], return_counts=True)
    arc = np.concatenate([fixed_arc, rest])
    sizes = np.concatenate([np.ones(len(fixed), np.int64), counts.astype(np.int64)])
    return Market(
        problem=problem,
        volunteer=np.concatenate([fixed[:, 0], who]).astype(np.int32),
        demand=np.concatenate([np.ones(len(fixed), np.int32), np.minimum(wanted[who], counts)]).astype(
            np.int32
        ),
        forced=np.arange(len(sizes)) < len(fixed),
        start=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        arc=arc,
        place=problem.arc_place[arc],
        value=problem.arc_value[arc],
        weight=problem.arc_weight[arc],
    )


def overlaps(problem: MatchProblem, a: Ints, b: Ints) -> Bools:
    """Whether places a and b (same shape) cannot be taken by one person."""
    start, end = problem.starts_at, problem.ends_at
    timed = (start[a] < end[a]) & (start[b] < end[b])
    return (a == b) | (timed & (start[a] < end[b]) & (start[b] < end[a]))


def _keys(problem: MatchProblem, pairs: Ints) -> Longs:
    return pairs[:, 0].astype(np.int64) * max(problem.n_places, 1) + pairs[:, 1]


def _fixed_pairs(problem: MatchProblem) -> Ints:
    return np.unique(np.vstack([problem.pinned, problem.kept]), axis=0).astype(np.int32)


def _arcs_of(problem: MatchProblem, pairs: Ints, keys: Longs, order: Longs) -> Longs:
    wanted = _keys(problem, pairs)
    at = np.searchsorted(keys[order], wanted)
    at = np.minimum(at, max(len(keys) - 1, 0))
    known = keys[order[at]] == wanted if len(keys) else np.zeros(len(wanted), bool)
    if not known.all():
        pair = _pair_words(problem, pairs[int(np.argmin(known))])
        raise Infeasible(
            f"{pair} are fixed together, but nothing says what that is worth: add the pair to the arcs."
        )
    return order[at] if len(keys) else np.zeros(0, np.int64)


def _refuse_conflicts(problem: MatchProblem, fixed: Ints) -> None:
    both = np.isin(_keys(problem, fixed), _keys(problem, problem.never))
    if both.any():
        pair = _pair_words(problem, fixed[int(np.argmax(both))])
        raise Infeasible(f"{pair} are fixed together and also marked never: take one of the two back.")
    taken = np.bincount(fixed[:, 1], minlength=problem.n_places)
    over = taken > problem.capacity
    if over.any():
        place = int(np.argmax(over))
        who = _some([problem.volunteer_name(int(v)) for v in fixed[fixed[:, 1] == place, 0]])
        raise Infeasible(
            f"{problem.place_name(place)} has room for {int(problem.capacity[place])}, "
            f"but {int(taken[place])} are fixed there: {who}. Free one of them or raise the capacity."
        )
    given = np.bincount(fixed[:, 0], minlength=problem.n_volunteers)
    greedy = given > problem.shifts_wanted
    if greedy.any():
        who_row = int(np.argmax(greedy))
        where = _some([problem.place_name(int(p)) for p in fixed[fixed[:, 0] == who_row, 1]])
        raise Infeasible(
            f"{problem.volunteer_name(who_row)} wants {int(problem.shifts_wanted[who_row])} shifts, but is "
            f"fixed at {int(given[who_row])}: {where}. Free one of them."
        )
    _refuse_overlaps(problem, fixed[np.isin(fixed[:, 0], np.flatnonzero(given > 1))])


def _refuse_overlaps(problem: MatchProblem, fixed: Ints) -> None:
    by_start = fixed[np.lexsort((problem.starts_at[fixed[:, 1]], fixed[:, 0]))]
    timed = by_start[problem.starts_at[by_start[:, 1]] < problem.ends_at[by_start[:, 1]]]
    for first, second in itertools.pairwise(timed):
        if first[0] == second[0] and overlaps(problem, first[1:], second[1:])[0]:
            raise Infeasible(
                f"{problem.volunteer_name(int(first[0]))} is fixed at {problem.place_name(int(first[1]))} "
                f"and {problem.place_name(int(second[1]))}, which overlap in time: free one of them."
            )


def _free_arcs(problem: MatchProblem, keys: Longs, fixed: Ints, fixed_arc: Longs) -> Longs:
    """Rows of arcs still open to bids: worth something, not forbidden, not in the way of what is fixed."""
    free = (problem.arc_value > 0) & (problem.capacity[problem.arc_place] > 0)
    if len(problem.never):
        free &= ~np.isin(keys, _keys(problem, problem.never))
    free[fixed_arc] = False
    if len(fixed):
        first = np.searchsorted(problem.arc_volunteer, fixed[:, 0], side="left")
        count = np.searchsorted(problem.arc_volunteer, fixed[:, 0], side="right") - first
        which = np.repeat(np.arange(len(fixed)), count)
        row = first[which] + np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
        clash = overlaps(problem, problem.arc_place[row], fixed[which, 1])
        free[row[clash]] = False
    return np.flatnonzero(free).astype(np.int64)


def _pair_words(problem: MatchProblem, pair: Ints) -> str:
    return f"{problem.volunteer_name(int(pair[0]))} and {problem.place_name(int(pair[1]))}"


def _some(names: list[str], at_most: int = 5) -> str:
    shown = ", ".join(names[:at_most])
    return shown if len(names) <= at_most else f"{shown} and {len(names) - at_most} more"
