"""Proof of a plan from the problem and the answer alone. Shares no code with the solvers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geodata.matching.problem import Floats, Ints, Longs, MatchProblem, MatchResult

TOLERANCE = 1e-6
ROWS_AT_ONCE = 2_000_000


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was found on checking.

    feasible    no limit is broken; violations  one sentence for each that is
    objective   value of the plan, added up again; bound: no plan is worth more, from the plan's prices by
                weak duality (any prices prove a bound; good ones prove a close one); gap: (bound -
                objective) / bound
    """

    feasible: bool
    objective: float
    bound: float
    gap: float
    violations: tuple[str, ...]


def certify(problem: MatchProblem, result: MatchResult) -> Certificate:
    """Check every limit of the plan and recompute its value, bound and gap.

    A plan that claims another objective, value or a bound below its own worth has that named as a violation
    too.
    """
    violations = [*_unknown_pairs(problem, result)]
    if not violations:
        violations += _broken_limits(problem, result)
        violations += _broken_orders(problem, result)
    objective = _objective(problem, result) if not violations else float(np.sum(result.value))
    prices = np.asarray(result.segment_price, dtype=np.float64)
    if len(prices) != len(problem.segment_size) or not np.isfinite(prices).all() or (prices < 0).any():
        violations.append("The prices must be numbers of 0 or more, one for each segment.")
        prices = np.zeros(len(problem.segment_size))
    bound = dual_bound(problem, prices)
    slack = TOLERANCE * max(1.0, abs(bound))
    if abs(objective - result.objective) > slack:
        violations.append(
            f"The plan says it is worth {result.objective:.6g}; added up again it is {objective:.6g}."
        )
    if objective > bound + slack and not violations:
        violations.append(f"The plan's worth {objective:.6g} is above what is possible, {bound:.6g}.")
    largest = max(abs(bound), abs(objective))
    gap = max(bound - objective, 0.0) / largest if largest > 1e-12 else 0.0
    return Certificate(not violations, objective, max(bound, objective), gap, tuple(violations))


def dual_bound(problem: MatchProblem, segment_price: Floats) -> float:
    """Weak duality: all seats at these prices, plus the most that any choice of pairs could gain each
    volunteer.

    A fixed pair gains what it gains; other pairs of that volunteer compete for the shifts left, without
    overlapping a fixed one, a marked never-pair being no choice at all.
    """
    if not problem.n_places:
        return 0.0
    gain = _gains(problem, segment_price)
    volunteer, place = problem.arc_volunteer, problem.arc_place
    status = _status(problem)
    total = float(np.dot(segment_price, problem.segment_size)) + float(gain[status == 1].sum())
    left = problem.shifts_wanted - np.bincount(volunteer[status == 1], minlength=problem.n_volunteers)
    choice = (status == 0) & (gain > 0) & (left[volunteer] > 0)
    once = choice & (left[volunteer] == 1)
    best = np.zeros(problem.n_volunteers)
    np.maximum.at(best, volunteer[once], gain[once])
    total += float(best.sum())
    for most in np.unique(left[volunteer[choice]]).tolist():
        if most > 1:
            rows = np.flatnonzero(choice & (left[volunteer] == most))
            total += _interval_worth(problem, volunteer[rows], place[rows], gain[rows], most)
    return total


def _gains(problem: MatchProblem, price: Floats) -> Floats:
    """Most that each arc gains over the segments of its place that have seats."""
    gain = np.full(len(problem.arc_place), -np.inf)
    first, count = problem.segment_start[:-1], np.diff(problem.segment_start)
    for k in range(int(count.max(initial=0))):
        has = count[problem.arc_place] > k
        s = first[problem.arc_place[has]] + k
        there = problem.arc_value[has] - problem.arc_weight[has] * problem.segment_drop[s] - price[s]
        gain[has] = np.maximum(gain[has], np.where(problem.segment_size[s] > 0, there, -np.inf))
    return gain


def _status(problem: MatchProblem) -> Ints:
    """Per arc 1 when fixed, -1 when impossible (never, or in the way of a fixed pair), else 0."""
    status = np.zeros(len(problem.arc_place), np.int32)
    fixed = {(int(v), int(p)) for v, p in np.vstack([problem.pinned, problem.kept])}
    never = {(int(v), int(p)) for v, p in problem.never}
    if not fixed and not never:
        return status
    concerned = np.unique([v for v, _ in fixed | never])
    taken: dict[int, list[int]] = {}
    for v, p in fixed:
        taken.setdefault(v, []).append(p)
    for row in np.flatnonzero(np.isin(problem.arc_volunteer, concerned)).tolist():
        pair = (int(problem.arc_volunteer[row]), int(problem.arc_place[row]))
        if pair in fixed:
            status[row] = 1
        elif pair in never or any(_collide(problem, pair[1], q) for q in taken.get(pair[0], ())):
            status[row] = -1
    return status


def _collide(problem: MatchProblem, p: int, q: int) -> bool:
    a, b, c, d = (
        int(x) for x in (problem.starts_at[p], problem.ends_at[p], problem.starts_at[q], problem.ends_at[q])
    )
    return p == q or (a < b and c < d and max(a, c) < min(b, d))


def _interval_worth(problem: MatchProblem, volunteer: Ints, place: Ints, gain: Floats, most: int) -> float:
    """Sum over volunteers of the best `most` pairs that do not overlap, many volunteers side by side."""
    timed = problem.starts_at[place] < problem.ends_at[place]
    begin = np.where(timed, problem.starts_at[place], 0)
    end = np.where(timed, problem.ends_at[place], 0)
    order = np.lexsort((end, ~timed, volunteer))
    volunteer, gain, timed, begin, end = volunteer[order], gain[order], timed[order], begin[order], end[order]
    who, first, count = np.unique(volunteer, return_index=True, return_counts=True)
    at_once = max(1, ROWS_AT_ONCE // int(count.max() ** 2))
    total = 0.0
    for low in range(0, len(who), at_once):
        part = slice(low, low + at_once)
        width = int(count[part].max())
        column = np.arange(width)
        row = np.minimum(first[part, None] + column, len(gain) - 1)
        valid = column < count[part, None]
        total += _tables(
            np.where(valid, gain[row], 0.0),
            valid & timed[row],
            valid & ~timed[row],
            begin[row],
            end[row],
            most,
        )
    return total


def _tables(gain: Floats, timed: Ints, loose: Ints, begin: Ints, end: Ints, most: int) -> float:
    """Dynamic programs over columns in order of ending; places without a time are added greedily at the
    close."""
    rows, width = gain.shape
    best = np.zeros((rows, width + 1, most + 1))
    lines = np.arange(rows)
    for j in range(width):
        compatible = (timed[:, :j] & (end[:, :j] <= begin[:, j, None])).sum(axis=1)
        with_it = best[lines, compatible, :most] + gain[:, j, None]
        best[:, j + 1] = best[:, j]
        use = timed[:, j]
        best[use, j + 1, 1:] = np.maximum(best[use, j, 1:], with_it[use])
    extras = -np.sort(-np.where(loose, gain, 0.0), axis=1)[:, :most]
    sums = np.concatenate([np.zeros((rows, 1)), np.cumsum(extras, axis=1)], axis=1)
    options = [best[:, width, most - k] + sums[:, min(k, sums.shape[1] - 1)] for k in range(most + 1)]
    return float(np.max(options, axis=0).sum())


def _arc_rows(problem: MatchProblem, pairs: Ints) -> Longs:
    """Row of each pair among the arcs, -1 where it is none of them."""
    width = problem.n_places + 1
    keys = problem.arc_volunteer.astype(np.int64) * width + problem.arc_place
    order = np.argsort(keys)
    inside = (pairs >= 0).all(axis=1) & (pairs[:, 1] < problem.n_places)
    wanted = np.where(inside, pairs[:, 0].astype(np.int64) * width + pairs[:, 1], -1)
    if not len(keys):
        return np.full(len(pairs), -1, np.int64)
    at = order[np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)]
    return np.where(keys[at] == wanted, at, -1)


def _unknown_pairs(problem: MatchProblem, result: MatchResult) -> list[str]:
    return [
        f"Row {row}: volunteer {result.pairs[row, 0]} and place {result.pairs[row, 1]} "
        "are no pair that could be."
        for row in np.flatnonzero(_arc_rows(problem, result.pairs) < 0).tolist()
    ]


def _broken_limits(problem: MatchProblem, result: MatchResult) -> list[str]:
    broken = []
    pairs = [(int(v), int(p)) for v, p in result.pairs]
    if len(set(pairs)) < len(pairs):
        broken.append("A pair occurs twice in the plan.")
    filled = np.bincount(result.pairs[:, 1], minlength=problem.n_places)
    for p in np.flatnonzero(filled > problem.capacity).tolist():
        broken.append(
            f"{problem.place_name(p)} takes {int(problem.capacity[p])} people but is given {int(filled[p])}."
        )
    given = np.bincount(result.pairs[:, 0], minlength=problem.n_volunteers)
    for v in np.flatnonzero(given > problem.shifts_wanted).tolist():
        broken.append(
            f"{problem.volunteer_name(v)} wants {int(problem.shifts_wanted[v])} shifts "
            f"but is given {int(given[v])}."
        )
    broken += _broken_segments(problem, result)
    several = np.flatnonzero(given > 1)
    mine: dict[int, list[int]] = {}
    for v, p in result.pairs[np.isin(result.pairs[:, 0], several)].tolist():
        for q in mine.setdefault(v, []):
            if _collide(problem, p, q):
                names = f"{problem.place_name(q)} and {problem.place_name(p)}"
                broken.append(f"{problem.volunteer_name(v)} is given {names}, which overlap in time.")
        mine[v].append(p)
    return broken


def _broken_segments(problem: MatchProblem, result: MatchResult) -> list[str]:
    place = result.pairs[:, 1]
    outside = (result.segment < 0) | (result.segment >= np.diff(problem.segment_start)[place])
    if outside.any():
        return [f"Row {row}: the place has no such segment." for row in np.flatnonzero(outside).tolist()]
    seat = problem.segment_start[place] + result.segment
    used = np.bincount(seat, minlength=len(problem.segment_size))
    return [
        f"Segment {s} has {int(problem.segment_size[s])} seats but {int(used[s])} people."
        for s in np.flatnonzero(used > problem.segment_size).tolist()
    ]


def _broken_orders(problem: MatchProblem, result: MatchResult) -> list[str]:
    plan = {(int(v), int(p)) for v, p in result.pairs}
    broken = []
    for word, pairs, wanted in (
        ("pinned", problem.pinned, True),
        ("kept", problem.kept, True),
        ("marked never", problem.never, False),
    ):
        for v, p in pairs.tolist():
            if ((v, p) in plan) != wanted:
                fault = "missing from" if wanted else "in"
                pair = f"{problem.volunteer_name(v)} at {problem.place_name(p)}"
                broken.append(f"{pair} is {word} but {fault} the plan.")
    return broken


def _objective(problem: MatchProblem, result: MatchResult) -> float:
    row = _arc_rows(problem, result.pairs)
    drop = problem.segment_drop[problem.segment_start[result.pairs[:, 1]] + result.segment]
    return float((problem.arc_value[row] - problem.arc_weight[row] * drop).sum())
