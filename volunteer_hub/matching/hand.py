"""A change by hand: what it costs, who else moves, and the pairs to save. Plain data in, plain data out.

The plan as it stands is the start. The volunteers around the change (those at its places, those without a
place who could come in, and so on outwards up to a limit) are placed anew; all others keep their seats. So a
change takes moments in a plan of any size, and the cost is never less than the true least one.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from flask_babel import lazy_gettext as _l

from geodata.matching import Alternative, Change, MatchProblem, MatchResult, apply_change, match
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.matching.problem import Planned

Kind = Literal["pin", "move", "remove", "never"]
Pair = tuple[int, int]
Pairs = frozenset[Pair]
Rows = npt.NDArray[np.int64]
STAY_SHARE = 0.05  # of the median seat: others move for a real gain only
TIME_LIMIT_S = 3.0
EXACT_UP_TO_ARCS = 50_000
GAP = 1e-4
MOST_FREE = 1_000  # volunteers who may be placed anew
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

    worth: of the plan as it stands; cost: how much less it is worth then (negative: more), those around the
    change placed anew; prices: of the last seat by place row, where others want it; is_whole: everybody could
    be placed anew, not only those around.
    """

    wanted: Wanted
    planned: Planned
    lost: Pairs
    gained: Pairs
    worth: float
    cost: float
    prices: dict[int, float]
    is_whole: bool

    @property
    def after(self) -> Pairs:
        """The plan with the change."""
        return (self.planned.previous - self.lost) | self.gained

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
    """What a change costs and who else moves.

    Raises Refusal when the person or the shift is not in the problem, Infeasible when a limit breaks.
    """
    who = planned.row_of_person.get(wanted.person_id)
    if who is None:
        raise Refusal(
            _l(
                "This person is not in the plan: inactive, without a home, without a way to reach them, "
                "or at home in another area."
            )
        )
    place, source = _row(planned, wanted.shift_id), _row(planned, wanted.source_id)
    kind: Literal["pin", "move", "remove"] = "remove" if wanted.kind == "never" else wanted.kind
    free = _around(planned, who, {row for row in (place, source) if row is not None})
    part = _part(planned, free)
    after = _solved(
        apply_change(part, Change(kind, int(np.searchsorted(free, who)), place, source)), time_limit_s
    )
    standing = frozenset(pair for pair in planned.previous if pair[0] in set(free.tolist()))
    found = frozenset((int(free[v]), int(p)) for v, p in after.pairs)
    fixed = {(who, row) for row in (place, source) if row is not None}
    lost, gained = _best(
        planned, [_hanging_together(standing, found, fixed), *_plain(planned, who, place, source)]
    )
    prices = {row: float(after.price[row]) for row in range(len(planned.shifts))}
    worth, cost = worth_of(planned, planned.previous), _cost(planned, lost, gained)
    is_whole = len(free) == len(planned.volunteers)
    return Effect(wanted, planned, lost, gained, worth, cost, prices, is_whole)


def _row(planned: Planned, shift_id: int | None) -> int | None:
    if shift_id is None:
        return None
    row = planned.row_of.get(shift_id)
    if row is None:
        raise Refusal(
            _l("This shift is not in the plan any more: it is full, cancelled, or outside its days.")
        )
    return row


def _around(planned: Planned, who: int, places: set[int]) -> Rows:
    """Rows of the volunteers who may be placed anew, sorted: outwards from the change, ring by ring."""
    problem = planned.arcs.problem
    if len(planned.volunteers) <= MOST_FREE:
        return np.arange(len(planned.volunteers))
    placed = np.zeros(len(planned.volunteers), dtype=bool)
    placed[[v for v, _p in planned.previous]] = True
    at_home = ~placed[problem.arc_volunteer]
    free, reached = {who}, set(places)
    while True:
        staying = {v for v, p in planned.previous if p in reached}
        near = np.isin(problem.arc_place, list(reached))
        ring = staying | set(problem.arc_volunteer[near & at_home].tolist())
        if len(free | ring) > MOST_FREE:
            ring = staying if len(free | staying) <= MOST_FREE else set()
            return np.array(sorted(free | ring), dtype=np.int64)
        if ring <= free:
            return np.array(sorted(free), dtype=np.int64)
        free |= ring
        reached |= set(problem.arc_place[np.isin(problem.arc_volunteer, list(free))].tolist())


def _part(planned: Planned, free: Rows) -> MatchProblem:
    """The problem of these volunteers alone: all others keep their seats."""
    problem = planned.arcs.problem
    keep = np.isin(problem.arc_volunteer, free)
    size = problem.segment_size.copy()
    chosen = set(free.tolist())
    for place, seats in _seated(planned, planned.previous).items():
        for position, (volunteer, _weight, _value) in enumerate(seats):
            segment = _segment(problem, place, position)
            if volunteer not in chosen and segment is not None:
                size[segment] -= 1
    capacity = np.add.reduceat(size, problem.segment_start[:-1]) if len(size) else problem.capacity

    def mine(pairs: Rows) -> Rows:
        inside = pairs[np.isin(pairs[:, 0], free)]
        return np.column_stack([np.searchsorted(free, inside[:, 0]), inside[:, 1]])

    names = problem.volunteer_names
    return replace(
        problem,
        shifts_wanted=problem.shifts_wanted[free],
        capacity=capacity,
        segment_size=size,
        arc_volunteer=np.searchsorted(free, problem.arc_volunteer[keep]),
        arc_place=problem.arc_place[keep],
        arc_value=problem.arc_value[keep],
        arc_km=problem.arc_km[keep],
        arc_weight=problem.arc_weight[keep],
        pinned=mine(problem.pinned),
        kept=mine(problem.kept),
        never=mine(problem.never),
        volunteer_names=None if names is None else tuple(names[row] for row in free),
    )


def _segment(problem: MatchProblem, place: int, position: int) -> int | None:
    """In which segment the seat lies that stands at this position of a place; None beyond the last."""
    first, last = int(problem.segment_start[place]), int(problem.segment_start[place + 1])
    for segment in range(first, last):
        position -= int(problem.segment_size[segment])
        if position < 0:
            return segment
    return None


def _solved(problem: MatchProblem, time_limit_s: float) -> MatchResult:
    is_single = int(problem.shifts_wanted.max(initial=0)) <= 1
    if is_single and len(problem.arc_value) <= EXACT_UP_TO_ARCS:
        return match(problem, method="exact", time_limit_s=time_limit_s)
    return match(problem, seed=0, gap=GAP, time_limit_s=time_limit_s)


def _hanging_together(before: Pairs, after: Pairs, fixed: set[Pair]) -> tuple[Pairs, Pairs]:
    """Of all differences those that reach the fixed pairs over shared people and places.

    The rest has other causes (somebody new signed up) and is left to the next plan; parts that share
    neither people nor places keep every limit by themselves.
    """
    different = before ^ after
    by_person, by_place = defaultdict(set), defaultdict(set)
    for pair in different:
        by_person[pair[0]].add(pair)
        by_place[pair[1]].add(pair)
    reached: set[Pair] = set()
    open_ = set(fixed)
    while open_:
        person, place = open_.pop()
        new = (by_person[person] | by_place[place]) - reached
        reached |= new
        open_ |= new
    return frozenset(reached & before), frozenset(reached & after)


def _plain(planned: Planned, who: int, place: int | None, source: int | None) -> list[tuple[Pairs, Pairs]]:
    """The change with nobody else moving, where there is a free place for it and no clash in time."""
    lost = frozenset({(who, source)} if source is not None else set()) & planned.previous
    if place is None:
        return [(lost, frozenset())]
    problem = planned.arcs.problem
    stays = [p for v, p in planned.previous - lost if v == who]
    clash = any(
        problem.starts_at[p] < problem.ends_at[place] and problem.starts_at[place] < problem.ends_at[p]
        for p in stays
    )
    taken = sum(p == place for _v, p in planned.previous)
    is_possible = taken < problem.capacity[place] and not clash and len(stays) < problem.shifts_wanted[who]
    return [(lost, frozenset({(who, place)}))] if is_possible else []


def _best(planned: Planned, answers: list[tuple[Pairs, Pairs]]) -> tuple[Pairs, Pairs]:
    """The cheapest answer; of equals the one that moves fewest."""
    return min(answers, key=lambda each: (round(_cost(planned, *each), 9), len(each[0]) + len(each[1])))


def _cost(planned: Planned, lost: Pairs, gained: Pairs) -> float:
    """How much less the plan is worth: only places that change count."""
    places = {p for _v, p in lost | gained}
    before = frozenset(pair for pair in planned.previous if pair[1] in places)
    return worth_of(planned, before) - worth_of(planned, (before - lost) | gained)


def worth_of(planned: Planned, pairs: Iterable[tuple[int, int]]) -> float:
    """What these pairs are worth together, in the plan's unit, without the bonus for standing already.

    Seats of falling worth go to those who are surest to come first, as the solver gives them out. A pair that
    is none of the problem's arcs, or beyond the last seat, is worth nothing.
    """
    problem = planned.arcs.problem
    return sum(
        value - weight * float(problem.segment_drop[segment])
        for place, seats in _seated(planned, pairs).items()
        for position, (_volunteer, weight, value) in enumerate(seats)
        if (segment := _segment(problem, place, position)) is not None
    )


def _seated(planned: Planned, pairs: Iterable[Pair]) -> dict[int, list[tuple[int, float, float]]]:
    """By place (volunteer, weight, value on the best seats), in the order of the seats."""
    problem = planned.arcs.problem
    at_place: dict[int, list[tuple[int, float, float]]] = defaultdict(list)
    for volunteer, place in pairs:
        arc = arc_of(problem, volunteer, place)
        if arc is not None:
            value = float(problem.arc_value[arc]) - planned.bonus(volunteer, place)
            at_place[place].append((volunteer, float(problem.arc_weight[arc]), value))
    for seats in at_place.values():
        seats.sort(key=lambda seat: (-seat[1], seat[0]))
    return at_place


def arc_of(problem: MatchProblem, volunteer: int, place: int) -> int | None:
    """The row of a pair among the arcs."""
    first, last = np.searchsorted(problem.arc_volunteer, [volunteer, volunteer + 1])
    at = np.flatnonzero(problem.arc_place[first:last] == place)
    return int(first + at[0]) if len(at) else None


def pair_worth(effect: Effect, volunteer: int, place: int) -> tuple[float, float]:
    """What a pair adds to the changed plan, and its kilometres."""
    there = frozenset(pair for pair in effect.after if pair[1] == place)
    worth = worth_of(effect.planned, there) - worth_of(effect.planned, there - {(volunteer, place)})
    arc = arc_of(effect.planned.arcs.problem, volunteer, place)
    return worth, float(effect.planned.arcs.problem.arc_km[arc]) if arc is not None else 0.0


def alternative(effect: Effect, volunteer: int, instead_of: float) -> Alternative | None:
    """The volunteer's best other place at the prices of the changed plan."""
    problem = effect.planned.arcs.problem
    first, last = np.searchsorted(problem.arc_volunteer, [volunteer, volunteer + 1])
    mine = {p for v, p in effect.after if v == volunteer}
    best, best_gain = None, -np.inf
    for arc in range(int(first), int(last)):
        place = int(problem.arc_place[arc])
        gain = float(problem.arc_value[arc]) - effect.planned.bonus(volunteer, place) - effect.prices[place]
        if place not in mine and gain > best_gain:
            best, best_gain = arc, gain
    if best is None:
        return None
    place = int(problem.arc_place[best])
    price = effect.prices[place]
    binds: Literal["capacity", "nothing"] = "capacity" if price > 0 else "nothing"
    km, value = float(problem.arc_km[best]), best_gain + price
    return Alternative(place, value, instead_of - value, km, price, binds)
