"""A change by hand: what it costs, who else moves, and the pairs to save. Plain data in, plain data out."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from geodata.matching import Alternative, Change, MatchProblem, MatchResult, apply_change, match
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.matching.problem import Planned

Kind = Literal["pin", "move", "remove", "never"]
Pairs = frozenset[tuple[int, int]]
STAY_SHARE = 0.2  # of the median seat: others move for a real gain only
TIME_LIMIT_S = 5.0
EXACT_UP_TO_ARCS = 50_000
GAP = 1e-4
MOST_MOVES = 40


@dataclass(frozen=True, slots=True)
class Wanted:
    """pin: the person goes to shift_id; move: from source_id to it; remove, never: not to source_id."""

    kind: Kind
    person_id: int
    shift_id: int | None = None
    source_id: int | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What follows from a change. lost, gained: (volunteer, shift) rows of the problem, its own pair too.

    cost: worth lost of the plan as it stands, everybody else placed anew as far as it gains something
    (negative: the plan gains). is_cut_short: the search ran out of time, so a cheaper way may exist.
    """

    wanted: Wanted
    planned: Planned
    after: MatchResult
    lost: Pairs
    gained: Pairs
    worth: float
    cost: float
    is_cut_short: bool

    @property
    def is_small(self) -> bool:
        """Few enough changes to save at once; else a whole new plan is the better answer."""
        return len(self.lost) + len(self.gained) <= MOST_MOVES

    @property
    def digest(self) -> str:
        """Names exactly this outcome, so that what is saved is what was shown."""
        people, shifts = self.planned.volunteers, self.planned.shifts
        pairs = sorted(
            (sign, people[v].id, shifts[p].id)
            for sign, rows in (("-", self.lost), ("+", self.gained))
            for v, p in rows
        )
        return hashlib.sha256(repr(pairs).encode()).hexdigest()[:16]


def effect_of(planned: Planned, wanted: Wanted, *, time_limit_s: float = TIME_LIMIT_S) -> Effect:
    """Solve the problem with the change fixed, and keep of the answer what hangs together with it.

    Raises Refusal when the person or the shift is not in the problem, Infeasible when a limit breaks.
    """
    who = planned.row_of_person.get(wanted.person_id)
    if who is None:
        raise Refusal(
            "This person is not in the plan: inactive, without a home, without a way to reach them, "
            "or at home in another area."
        )
    place, source = _row(planned, wanted.shift_id), _row(planned, wanted.source_id)
    kind: Literal["pin", "move", "remove"] = "remove" if wanted.kind == "never" else wanted.kind
    changed = apply_change(planned.arcs.problem, Change(kind, who, place, source))
    after = _solved(changed, time_limit_s)
    found = frozenset((int(v), int(p)) for v, p in after.pairs)
    fixed = {(who, row) for row in (place, source) if row is not None}
    lost, gained = _hanging_together(planned.previous, found, fixed)
    worth = worth_of(planned, planned.previous)
    cost = worth - worth_of(planned, (planned.previous - lost) | gained)
    return Effect(wanted, planned, after, lost, gained, worth, cost, after.stopped != "done")


def _row(planned: Planned, shift_id: int | None) -> int | None:
    if shift_id is None:
        return None
    row = planned.row_of.get(shift_id)
    if row is None:
        raise Refusal("This shift is not in the plan any more: it is full, cancelled, or outside its days.")
    return row


def _solved(problem: MatchProblem, time_limit_s: float) -> MatchResult:
    is_single = int(problem.shifts_wanted.max(initial=0)) <= 1
    if is_single and len(problem.arc_value) <= EXACT_UP_TO_ARCS:
        return match(problem, method="exact", time_limit_s=time_limit_s)
    return match(problem, seed=0, gap=GAP, time_limit_s=time_limit_s)


def _hanging_together(before: Pairs, after: Pairs, fixed: set[tuple[int, int]]) -> tuple[Pairs, Pairs]:
    """Of all differences those that reach the fixed pairs over shared people and places.

    The rest has other causes (somebody new signed up) and is left to the next plan; parts that share
    neither people nor places keep every limit by themselves.
    """
    different = before ^ after
    by_person, by_place = defaultdict(set), defaultdict(set)
    for pair in different:
        by_person[pair[0]].add(pair)
        by_place[pair[1]].add(pair)
    reached: set[tuple[int, int]] = set()
    open_ = set(fixed)
    while open_:
        person, place = open_.pop()
        new = (by_person[person] | by_place[place]) - reached
        reached |= new
        open_ |= new
    return frozenset(reached & before), frozenset(reached & after)


def worth_of(planned: Planned, pairs: Iterable[tuple[int, int]]) -> float:
    """What these pairs are worth together, in the plan's unit, without the bonus for standing already.

    Seats of falling worth go to those who are surest to come first, as the solver gives them out. A pair that
    is none of the problem's arcs, or beyond the last seat, is worth nothing.
    """
    problem = planned.arcs.problem
    at_place: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for volunteer, place in pairs:
        arc = arc_of(problem, volunteer, place)
        if arc is not None:
            value = float(problem.arc_value[arc]) - planned.bonus(volunteer, place)
            at_place[place].append((float(problem.arc_weight[arc]), value))
    return sum(_worth_at(problem, place, found) for place, found in at_place.items())


def _worth_at(problem: MatchProblem, place: int, found: list[tuple[float, float]]) -> float:
    first, last = int(problem.segment_start[place]), int(problem.segment_start[place + 1])
    drops = np.repeat(problem.segment_drop[first:last], problem.segment_size[first:last])
    found.sort(reverse=True)
    return float(sum(value - weight * drop for (weight, value), drop in zip(found, drops, strict=False)))


def arc_of(problem: MatchProblem, volunteer: int, place: int) -> int | None:
    """The row of a pair among the arcs."""
    first, last = np.searchsorted(problem.arc_volunteer, [volunteer, volunteer + 1])
    at = np.flatnonzero(problem.arc_place[first:last] == place)
    return int(first + at[0]) if len(at) else None


def pair_worth(effect: Effect, volunteer: int, place: int) -> tuple[float, float]:
    """Worth and kilometres of a pair of the changed plan."""
    after = effect.after
    at = np.flatnonzero((after.pairs[:, 0] == volunteer) & (after.pairs[:, 1] == place))
    row = int(at[0])
    return float(after.value[row]) - effect.planned.bonus(volunteer, place), float(after.km[row])


def alternative(effect: Effect, volunteer: int, instead_of: float) -> Alternative | None:
    """The volunteer's best other place at the prices of the changed plan."""
    problem, price = effect.planned.arcs.problem, effect.after.price
    first, last = np.searchsorted(problem.arc_volunteer, [volunteer, volunteer + 1])
    mine = {int(p) for v, p in effect.after.pairs if v == volunteer}
    best, best_gain = None, -np.inf
    for arc in range(int(first), int(last)):
        place = int(problem.arc_place[arc])
        gain = float(problem.arc_value[arc]) - effect.planned.bonus(volunteer, place) - float(price[place])
        if place not in mine and gain > best_gain:
            best, best_gain = arc, gain
    if best is None:
        return None
    place = int(problem.arc_place[best])
    value, cost = best_gain + float(price[place]), float(price[place])
    binds: Literal["capacity", "nothing"] = "capacity" if cost > 0 else "nothing"
    return Alternative(place, value, instead_of - value, float(problem.arc_km[best]), cost, binds)
