"""The problem as the solvers see it: bidders with demands, after pins, never-pairs and hopeless pairs are
settled.

Pairs fixed by hand become forced bidders that want one seat at one place; what is left of their volunteer
bids for the rest. The certificate does not use this module, so a fault here is caught there.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

from geodata.compiled import kernel
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
    fixed = _fixed_pairs(problem)
    fixed_arc = _arcs_of(problem, fixed)
    _refuse_conflicts(problem, fixed)
    wanted = problem.shifts_wanted.copy()
    np.subtract.at(wanted, fixed[:, 0], 1)
    rest, counts = _free_arcs(problem, wanted, _closed(problem, fixed, fixed_arc))
    who = np.flatnonzero(counts)
    counts = counts[who]
    arc = np.concatenate([fixed_arc, rest]) if len(fixed) else rest
    sizes = np.concatenate([np.ones(len(fixed), np.int64), counts])
    return Market(
        problem=problem,
        volunteer=np.concatenate([fixed[:, 0], who]).astype(np.int32),
        demand=np.concatenate([np.ones(len(fixed), np.int32), np.minimum(wanted[who], counts)]).astype(
            np.int32
        ),
        forced=np.arange(len(sizes)) < len(fixed),
        start=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        arc=arc,
        place=_at(problem.arc_place, arc, fixed),
        value=_at(problem.arc_value, arc, fixed),
        weight=_at(problem.arc_weight, arc, fixed),
    )


def _at(column: Any, arc: Longs, fixed: Ints) -> Any:
    """Those entries of the column; the column itself, not a copy, where that is all of them in order."""
    return column if len(arc) == len(column) and not len(fixed) else column[arc]


def overlaps(problem: MatchProblem, a: Ints, b: Ints) -> Bools:
    """Whether places a and b (same shape) cannot be taken by one person."""
    start, end = problem.starts_at, problem.ends_at
    timed = (start[a] < end[a]) & (start[b] < end[b])
    return (a == b) | (timed & (start[a] < end[b]) & (start[b] < end[a]))


def _keys(problem: MatchProblem, pairs: Ints) -> Longs:
    return pairs[:, 0].astype(np.int64) * max(problem.n_places, 1) + pairs[:, 1]


def _fixed_pairs(problem: MatchProblem) -> Ints:
    return np.unique(np.vstack([problem.pinned, problem.kept]), axis=0).astype(np.int32)


def _arcs_of(problem: MatchProblem, pairs: Ints) -> Longs:
    rows, which = _rows_of(problem, pairs[:, 0])
    same = problem.arc_place[rows] == pairs[which, 1]
    found = np.full(len(pairs), -1, np.int64)
    found[which[same]] = rows[same]
    if (found < 0).any():
        pair = _pair_words(problem, pairs[int(np.argmin(found))])
        raise Infeasible(
            f"{pair} are fixed together, but nothing says what that is worth: add the pair to the arcs."
        )
    return found


def _rows_of(problem: MatchProblem, volunteer: Ints) -> tuple[Longs, Longs]:
    """Rows of the arcs of each of these volunteers, and the position of the volunteer for each row."""
    first = np.searchsorted(problem.arc_volunteer, volunteer, side="left")
    count = np.searchsorted(problem.arc_volunteer, volunteer, side="right") - first
    which = np.repeat(np.arange(len(volunteer)), count)
    return first[which] + np.arange(len(which)) - (np.cumsum(count) - count)[which], which


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


def _closed(problem: MatchProblem, fixed: Ints, fixed_arc: Longs) -> Longs:
    """Rows of arcs that nobody may bid for: fixed, in the way of what is fixed, or forbidden."""
    in_the_way, which = _rows_of(problem, fixed[:, 0])
    in_the_way = in_the_way[overlaps(problem, problem.arc_place[in_the_way], fixed[which, 1])]
    forbidden, which = _rows_of(problem, problem.never[:, 0])
    forbidden = forbidden[problem.arc_place[forbidden] == problem.never[which, 1]]
    return np.concatenate([fixed_arc, in_the_way, forbidden]).astype(np.int64)


def _free_arcs(problem: MatchProblem, wanted: Ints, closed: Longs) -> tuple[Longs, Longs]:
    """Rows of arcs still open to bids and worth something, and how many each volunteer has."""
    is_closed = np.zeros(len(problem.arc_place), dtype=bool)
    is_closed[closed] = True
    rows = np.empty(len(is_closed), np.int64)
    counts = np.zeros(problem.n_volunteers, np.int64)
    found = _open_arcs(
        problem.arc_volunteer, problem.arc_place, problem.arc_value, wanted, problem.capacity, is_closed,
        rows, counts,
    )  # fmt: skip
    return rows[:found], counts


@kernel
def _open_arcs(volunteer, place, value, wanted, capacity, is_closed, rows, counts):  # type: ignore[no-untyped-def]
    found = 0
    for k in range(len(place)):
        if value[k] > 0 and wanted[volunteer[k]] > 0 and capacity[place[k]] > 0 and not is_closed[k]:
            rows[found] = k
            counts[volunteer[k]] += 1
            found += 1
    return found


def _pair_words(problem: MatchProblem, pair: Ints) -> str:
    return f"{problem.volunteer_name(int(pair[0]))} and {problem.place_name(int(pair[1]))}"


def _some(names: list[str], at_most: int = 5) -> str:
    shown = ", ".join(names[:at_most])
    return shown if len(names) <= at_most else f"{shown} and {len(names) - at_most} more"
