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
from flask_babel import lazy_gettext as _l

from geodata.matching.problem import Infeasible, Ints, Longs
from geodata.matching.reach import ReachProblem, ReachResult, solve_reach
from geodata.matching.reach.pairs import capacity, clash, km_of, people_of, suits, times, worth
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.matching.problem import Planned

Kind = Literal["pin", "move", "remove", "never"]
Pair = tuple[int, int]
Pairs = frozenset[Pair]
STAY_SHARE = 0.05  # of the median seat: others move for a real gain only
TIME_LIMIT_S = 3.0
GAP = 1e-7
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

    before: the (volunteer, shift) rows of the plan as it stands; worth: of that plan; cost: how much less it
    is worth then (negative: more), those around the change placed anew; prices: of the last seat by place
    row, where others want it; is_whole: everybody could be placed anew, not only those around.
    """

    wanted: Wanted
    planned: Planned
    before: Pairs
    lost: Pairs
    gained: Pairs
    worth: float
    cost: float
    prices: dict[int, float]
    is_whole: bool

    @property
    def after(self) -> Pairs:
        """The plan with the change."""
        return (self.before - self.lost) | self.gained

    @property
    def is_small(self) -> bool:
        """Few enough changes to save at once; else a whole new plan is the better answer."""
        return len(self.lost) + len(self.gained) <= MOST_MOVES

    @property
    def digest(self) -> str:
        """Names exactly this outcome, so that what is saved is what was shown."""
        people, shifts = self.planned.person_ids.tolist(), self.planned.shift_ids.tolist()
        pairs = sorted(
            (sign, people[v], shifts[p])
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
    problem, before = planned.problem, _standing(planned.problem)
    place, source = _row(planned, wanted.shift_id), _row(planned, wanted.source_id)
    fixed = {(who, row) for row in (place, source) if row is not None}
    changed = _changed(problem, who, place, source)
    free = _around(problem, before, who, {row for _who, row in fixed})
    after = solve_reach(_part(changed, before, free), gap=GAP, time_limit_s=time_limit_s)
    found = frozenset((int(free[v]), int(p)) for v, p in after.pairs.tolist())
    standing = frozenset(pair for pair in before if pair[0] in set(free.tolist()))
    answers = [_hanging_together(standing, found, fixed), *_plain(problem, before, who, place, source)]
    lost, gained = _best(problem, before, answers)
    return Effect(
        wanted,
        planned,
        before,
        lost,
        gained,
        worth_of(problem, before),
        _cost(problem, before, lost, gained),
        _prices(problem, after),
        is_whole=len(free) == problem.people.count,
    )


def _row(planned: Planned, shift_id: int | None) -> int | None:
    if shift_id is None:
        return None
    row = planned.row_of.get(shift_id)
    if row is None:
        raise Refusal(
            _l("This shift is not in the plan any more: it is full, cancelled, or outside its days.")
        )
    return row


def _standing(problem: ReachProblem) -> Pairs:
    """The proposals that stand, as far as they still may: by the limits, or fixed by hand."""
    pairs = problem.previous.astype(np.int64)
    pinned = set(map(tuple, problem.pinned.tolist()))
    may = suits(problem, pairs[:, 0], pairs[:, 1])
    return frozenset(
        (v, p)
        for (v, p), is_possible in zip(pairs.tolist(), may, strict=True)
        if is_possible or (v, p) in pinned
    )


def _changed(problem: ReachProblem, who: int, place: int | None, source: int | None) -> ReachProblem:
    """The problem in which the change is fixed: its pair pinned, the pair given up forbidden and no longer
    pinned. Raises Infeasible where the pair is marked as never."""
    pinned, never = problem.pinned, problem.never
    if source is not None:
        given_up = np.array([[who, source]], np.int32)
        pinned = pinned[~(pinned == given_up).all(axis=1)]
        never = np.vstack([never, given_up])
    if place is not None:
        wanted = np.array([[who, place]], np.int32)
        if (never == wanted).all(axis=1).any():
            raise Infeasible(
                f"{problem.volunteer_name(who)} is marked as never at {problem.place_name(place)}: "
                "take that back first."
            )
        pinned = np.vstack([pinned, wanted])
    return replace(problem, pinned=pinned, never=never)


def _around(problem: ReachProblem, before: Pairs, who: int, places: set[int]) -> Longs:
    """Rows of the volunteers who may be placed anew, sorted: outwards from the change, ring by ring."""
    if problem.people.count <= MOST_FREE:
        return np.arange(problem.people.count)
    placed = {v for v, _p in before}
    at_home = np.array([v for v in range(problem.people.count) if v not in placed], np.int64)
    free, new, reached = {who}, set(places), set(places)
    while True:
        staying = {v for v, p in before if p in reached}
        room = MOST_FREE - len(free | staying)
        if room < 0:
            return np.array(sorted(free), dtype=np.int64)
        ring = staying | _could_come(problem, at_home, new, room)
        if ring <= free:
            return np.array(sorted(free), dtype=np.int64)
        if len(free | ring) >= MOST_FREE:
            return np.array(sorted(free | ring), dtype=np.int64)
        new = _could_go(problem, ring - free) - reached
        free, reached = free | ring, reached | new


def _could_come(problem: ReachProblem, at_home: Longs, places: set[int], most: int) -> set[int]:
    """Of those without a place the ones who could come to one of these, at most about so many."""
    found: set[int] = set()
    for place in sorted(places):
        if len(found) >= most:
            break
        may = suits(problem, at_home, np.full(len(at_home), place))
        found.update(at_home[may][: most - len(found)].tolist())
    return found


def _could_go(problem: ReachProblem, volunteers: set[int]) -> set[int]:
    """The places that one of these volunteers could go to."""
    every = np.arange(problem.sites.count)
    found = np.zeros(len(every), dtype=bool)
    for volunteer in volunteers:
        found |= suits(problem, np.full(len(every), volunteer), every)
    return set(np.flatnonzero(found).tolist())


def _part(problem: ReachProblem, before: Pairs, free: Longs) -> ReachProblem:
    """The problem of these volunteers alone: all others keep their seats."""
    size, chosen = problem.sites.segment_size.copy(), set(free.tolist())
    for place, seats in _seated(problem, before).items():
        for position, volunteer in enumerate(seats):
            segment = _segment(problem, place, position)
            if volunteer not in chosen and segment is not None:
                size[segment] -= 1
    names = problem.volunteer_names
    return replace(
        problem,
        people=people_of(problem.people, free),
        sites=replace(problem.sites, segment_size=size),
        pinned=_mine(problem.pinned, free),
        never=_mine(problem.never, free),
        previous=_mine(problem.previous, free),
        volunteer_names=None if names is None else names[free],
    )


def _mine(pairs: Ints, free: Longs) -> Ints:
    inside = pairs[np.isin(pairs[:, 0], free)]
    return np.column_stack([np.searchsorted(free, inside[:, 0]), inside[:, 1]]).astype(np.int32)


def _segment(problem: ReachProblem, place: int, position: int) -> int | None:
    """In which segment the seat lies that stands at this position of a place; None beyond the last."""
    first, last = (int(each) for each in problem.sites.segment_start[place : place + 2])
    for segment in range(first, last):
        position -= int(problem.sites.segment_size[segment])
        if position < 0:
            return segment
    return None


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


def _plain(
    problem: ReachProblem, before: Pairs, who: int, place: int | None, source: int | None
) -> list[tuple[Pairs, Pairs]]:
    """The change with nobody else moving, where there is a free place for it and no clash in time."""
    lost = frozenset({(who, source)} if source is not None else set()) & before
    if place is None:
        return [(lost, frozenset())]
    at, stays = times(problem), [p for v, p in before - lost if v == who]
    taken = sum(p == place for _v, p in before)
    is_possible = (
        taken < capacity(problem)[place]
        and not any(clash(at, place, each) for each in stays)
        and len(stays) < problem.people.wanted[who]
    )
    return [(lost, frozenset({(who, place)}))] if is_possible else []


def _best(problem: ReachProblem, before: Pairs, answers: list[tuple[Pairs, Pairs]]) -> tuple[Pairs, Pairs]:
    """The cheapest answer; of equals the one that moves fewest."""
    return min(
        answers, key=lambda each: (round(_cost(problem, before, *each), 9), len(each[0]) + len(each[1]))
    )


def _cost(problem: ReachProblem, before: Pairs, lost: Pairs, gained: Pairs) -> float:
    """How much less the plan is worth: only places that change count."""
    places = {p for _v, p in lost | gained}
    there = frozenset(pair for pair in before if pair[1] in places)
    return worth_of(problem, there) - worth_of(problem, (there - lost) | gained)


def worth_of(problem: ReachProblem, pairs: Iterable[Pair]) -> float:
    """What these pairs are worth together, in the plan's unit, without the bonus for standing already.

    Seats of falling worth go to those who are surest to come first, as the solver gives them out. A pair
    beyond the last seat is worth nothing.
    """
    rows = [
        (volunteer, place, position)
        for place, seats in _seated(problem, pairs).items()
        for position, volunteer in enumerate(seats)
    ]
    table = np.array(rows, np.int64).reshape(-1, 3)
    return float(worth(problem, table[:, 0], table[:, 1], table[:, 2]).sum())


def _seated(problem: ReachProblem, pairs: Iterable[Pair]) -> dict[int, list[int]]:
    """By place its volunteers, in the order of the seats."""
    weight = problem.people.weight.tolist()
    at_place: dict[int, list[int]] = defaultdict(list)
    for volunteer, place in pairs:
        at_place[place].append(volunteer)
    for seats in at_place.values():
        seats.sort(key=lambda volunteer: (-weight[volunteer], volunteer))
    return at_place


def _prices(problem: ReachProblem, after: ReachResult) -> dict[int, float]:
    """Of each place the price of its last seat."""
    last = problem.sites.segment_start[1:] - 1
    return dict(enumerate(after.price[last].tolist()))


def pair_worth(effect: Effect, volunteer: int, place: int) -> tuple[float, float]:
    """What a pair adds to the changed plan, and its kilometres."""
    problem = effect.planned.problem
    there = frozenset(pair for pair in effect.after if pair[1] == place)
    value = worth_of(problem, there) - worth_of(problem, there - {(volunteer, place)})
    return value, float(km_of(problem, np.array([volunteer]), np.array([place]))[0])


def alternative(effect: Effect, volunteer: int) -> tuple[int, float, float, float] | None:
    """The volunteer's best other place at the prices of the changed plan: row, value, km, price."""
    problem = effect.planned.problem
    every = np.arange(problem.sites.count)
    who = np.full(len(every), volunteer)
    value = worth(problem, who, every, np.zeros(len(every), np.int64))
    may = suits(problem, who, every) & (value > 0)
    may[problem.never[problem.never[:, 0] == volunteer, 1]] = False
    may[[p for v, p in effect.after if v == volunteer]] = False
    price = np.array([effect.prices[row] for row in every.tolist()])
    if not may.any():
        return None
    place = int(np.argmax(np.where(may, value - price, -np.inf)))
    km = km_of(problem, np.array([volunteer]), np.array([place]))[0]
    return place, float(value[place]), float(km), float(price[place])
