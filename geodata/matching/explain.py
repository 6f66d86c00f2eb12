"""Reasons in numbers and in sentences: why here, what next, what binds, what one more seat is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from geodata.matching._spread import spread
from geodata.matching.no_arcs import NoArcs
from geodata.matching.problem import Bools, Floats, Longs, MatchProblem, MatchResult

Binds = Literal["nothing", "capacity", "time", "shifts_wanted", "pinned", "kept", "no_arcs", "not_better"]
SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another place the volunteer could go to. less: how much less the pair is worth (negative: worth more);
    price: what the seat is worth to others; binds: what keeps the volunteer from it now.
    """

    place: int
    value: float
    less: float
    km: float
    price: float
    binds: Binds


@dataclass(frozen=True, slots=True)
class PairReason:
    """Why this volunteer goes to this place. gain: value less the price of the seat."""

    volunteer: int
    place: int
    value: float
    km: float
    price: float
    gain: float
    next_best: Alternative | None
    binds: Binds
    sentence: str
    change: str


@dataclass(frozen=True, slots=True)
class HomeReason:
    """Why this volunteer goes nowhere, or has a shift fewer than wanted. best: the best place that could
    be.
    """

    volunteer: int
    binds: Binds
    best: Alternative | None
    sentence: str
    change: str


@dataclass(frozen=True, slots=True)
class PlaceReason:
    """What binds a place: seats filled, and what one more would add to the whole plan (price)."""

    place: int
    capacity: int
    filled: int
    price: float
    value: float
    sentence: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """pairs: in the order of result.pairs; home: by volunteer, for whoever got no place at all; places: one
    each."""

    pairs: tuple[PairReason, ...]
    home: dict[int, HomeReason]
    places: tuple[PlaceReason, ...]


def explain(
    problem: MatchProblem, result: MatchResult, without: dict[int, NoArcs] | None = None
) -> Explanation:
    """Reasons for every pair, every volunteer left at home and every place.

    `without` is what build_arcs found for volunteers who have no arc; their sentence is taken from there.
    The next best of a pair is the volunteer's place of greatest value less price, the present one aside,
    that does not overlap with the volunteer's other places. Prices are exact up to the plan's gap.
    """
    view = _View(problem, result)
    pairs = tuple(_pair_reason(view, row) for row in range(len(result.pairs)))
    idle = np.flatnonzero(np.bincount(result.pairs[:, 0], minlength=problem.n_volunteers) == 0).tolist()
    home = {v: _home_reason(view, v, (without or {}).get(v)) for v in idle}
    return Explanation(pairs, home, tuple(_place_reason(view, p) for p in range(problem.n_places)))


class _View:
    """Plan and problem, looked at by volunteer."""

    def __init__(self, problem: MatchProblem, result: MatchResult) -> None:
        self.problem, self.result = problem, result
        self.first: list[int] = np.searchsorted(
            problem.arc_volunteer, np.arange(problem.n_volunteers + 1)
        ).tolist()
        rows, segment = spread(problem, problem.arc_place)
        worth = problem.arc_value[rows] - problem.arc_weight[rows] * problem.segment_drop[segment]
        gain = np.where(problem.segment_size[segment] > 0, worth - result.segment_price[segment], -np.inf)
        best = _best_rows(rows, gain, len(problem.arc_place))
        self.value, self.gain, self.price = worth[best], gain[best], result.segment_price[segment[best]]
        self.gains, self.places = self.gain.tolist(), problem.arc_place.tolist()
        self.filled = np.bincount(result.pairs[:, 1], minlength=problem.n_places)
        self.mine: dict[int, list[int]] = {}
        for v, p in result.pairs.tolist():
            self.mine.setdefault(v, []).append(p)
        self.pinned = {(v, p) for v, p in problem.pinned.tolist()}
        self.kept = {(v, p) for v, p in problem.kept.tolist()}
        self.never = {(v, p) for v, p in problem.never.tolist()}

    def clashes(self, place: int, others: list[int]) -> bool:
        start, end = self.problem.starts_at, self.problem.ends_at
        timed = start[place] < end[place]
        return any(
            timed and start[q] < end[q] and start[place] < end[q] and start[q] < end[place] for q in others
        )

    def alternatives(self, volunteer: int, keep: list[int], instead_of: float) -> Alternative | None:
        """The volunteer's best other place by value less price, given the places in `keep` stay."""
        best, best_gain = None, -np.inf
        taken = self.mine.get(volunteer, [])
        for row in range(self.first[volunteer], self.first[volunteer + 1]):
            if self.gains[row] <= best_gain:
                continue
            place = self.places[row]
            if place in taken or (volunteer, place) in self.never or self.clashes(place, keep):
                continue
            best, best_gain = row, self.gains[row]
        return None if best is None else self._alternative(best, instead_of)

    def _alternative(self, row: int, instead_of: float) -> Alternative:
        place, value = int(self.problem.arc_place[row]), float(self.value[row])
        full = self.filled[place] >= self.problem.capacity[place]
        binds: Binds = "capacity" if full else "nothing"
        km, price = float(self.problem.arc_km[row]), float(self.price[row])
        return Alternative(place, value, instead_of - value, km, price, binds)


def _best_rows(rows: Longs, gain: Floats, arcs: int) -> Longs:
    """For each arc the spread row of its best segment."""
    order = np.lexsort((-gain, rows))
    first: Bools = np.ones(len(order), dtype=bool)
    first[1:] = rows[order][1:] != rows[order][:-1]
    best: Longs = order[first]
    return best if len(best) == arcs else np.zeros(0, np.int64)


def _pair_reason(view: _View, row: int) -> PairReason:
    problem, result = view.problem, view.result
    volunteer, place = (int(x) for x in result.pairs[row])
    value, km = float(result.value[row]), float(result.km[row])
    price = float(result.segment_price[problem.segment_start[place] + result.segment[row]])
    others = [p for p in view.mine[volunteer] if p != place]
    fixed: Binds | None = None
    if (volunteer, place) in view.pinned:
        fixed = "pinned"
    elif (volunteer, place) in view.kept:
        fixed = "kept"
    nearest = view.alternatives(volunteer, others, value)
    binds: Binds = fixed or (nearest.binds if nearest and nearest.less < -SAME else "nothing")
    words = _Words(problem)
    sentence = f"{words.who(volunteer)} at {words.where(place)}: {words.worth(value)}, {km:.1f} km away."
    sentence += " " + _next_words(words, nearest, fixed)
    return PairReason(
        volunteer,
        place,
        value,
        km,
        price,
        value - price,
        nearest,
        binds,
        sentence,
        _pair_change(words, nearest, fixed),
    )


def _next_words(words: _Words, nearest: Alternative | None, fixed: Binds | None) -> str:
    start = {"pinned": "Fixed by hand. ", "kept": "Accepted before, so kept. "}.get(fixed or "", "")
    if nearest is None:
        return f"{start}No other place would do."
    where = f"{words.where(nearest.place)} ({nearest.km:.1f} km)"
    if nearest.less >= -SAME:
        return f"{start}Next best is {where}, worth {nearest.less:.3g} less."
    more = f"{start}{where} would be worth {-nearest.less:.3g} more to this volunteer"
    if nearest.price > SAME:
        return f"{more}, but a seat there is worth {nearest.price:.3g} to others."
    return f"{more}."


def _pair_change(words: _Words, nearest: Alternative | None, fixed: Binds | None) -> str:
    if fixed:
        return "Freeing this pair would let the plan choose again."
    if nearest is None:
        return "Nothing: there is no other place to choose."
    if nearest.binds == "capacity":
        return f"One more seat at {words.where(nearest.place)} could change it."
    return f"{words.where(nearest.place)} would have to be worth {max(nearest.less, 0.0):.3g} more."


def _home_reason(view: _View, volunteer: int, none: NoArcs | None) -> HomeReason:
    problem, words = view.problem, _Words(view.problem)
    name = words.who(volunteer)
    if none is not None:
        return HomeReason(volunteer, "no_arcs", None, none.sentence, _NO_ARCS_CHANGE[none.why])
    if problem.shifts_wanted[volunteer] == 0:
        sentence = f"{name} wants no shift at present."
        return HomeReason(volunteer, "shifts_wanted", None, sentence, f"{name} asking for a shift.")
    best = view.alternatives(volunteer, [], 0.0)
    if best is None:
        sentence = f"There is no place that {name} could go to."
        return HomeReason(volunteer, "no_arcs", None, sentence, "A place within reach that suits.")
    where = words.where(best.place)
    if best.value <= SAME:
        sentence = f"Not even the best place for {name}, {where}, is worth the way ({best.km:.1f} km)."
        return HomeReason(
            volunteer, "not_better", best, sentence, "A nearer place or one where more is at stake."
        )
    short = max(best.price - best.value, 0.0)
    sentence = (
        f"Every place that {name} could go to is full of people who are worth at least as much there. "
        f"Closest was {where}: {words.worth(best.value)}, where a seat is worth {best.price:.3g}."
    )
    if best.binds == "nothing":
        sentence = f"{name} would add {best.value:.3g} at {where}, less than the search's precision."
    change = f"One more seat at {where} or {short:.3g} more value would bring {name} in."
    return HomeReason(volunteer, best.binds, best, sentence, change)


def _place_reason(view: _View, place: int) -> PlaceReason:
    problem, words = view.problem, _Words(view.problem)
    capacity, filled, price = (
        int(problem.capacity[place]),
        int(view.filled[place]),
        float(view.result.price[place]),
    )
    value = float(view.result.value[view.result.pairs[:, 1] == place].sum()) if filled else 0.0
    where = words.where(place)
    if capacity == 0:
        sentence = f"{where} takes nobody."
    elif filled < capacity:
        sentence = f"{where} has {filled} of {capacity} seats filled; one more seat would change nothing."
    elif price > SAME:
        sentence = (
            f"{where} is full ({capacity}); one more seat would add {price:.3g} {problem.unit} to the plan."
        )
    else:
        sentence = (
            f"{where} is full ({capacity}), but nobody is left to whom one more seat would be worth anything."
        )
    return PlaceReason(place, capacity, filled, price, value, sentence)


class _Words:
    """Names and amounts as they go into sentences."""

    def __init__(self, problem: MatchProblem) -> None:
        self._problem = problem

    def who(self, volunteer: int) -> str:
        return self._problem.volunteer_name(volunteer)

    def where(self, place: int) -> str:
        return self._problem.place_name(place)

    def worth(self, value: float) -> str:
        return f"worth {value:.3g} {self._problem.unit}"


_NO_ARCS_CHANGE = {
    "no_location": "A ZIP code or an address.",
    "wants_no_shift": "The volunteer asking for a shift.",
    "no_place_in_reach": "A longer way to travel, or a place nearer by.",
    "not_free_then": "Another free hour, or a shift at another time.",
    "skill_missing": "Training in the skill, or a shift that does not need it.",
    "language_missing": "A shift in a language the volunteer speaks.",
    "only_never_pairs": "Taking back one of the never-pairs.",
    "not_worth_the_way": "A nearer place or one where more is at stake.",
}
