"""The whole problem: volunteers and places by columns, every place within reach a possible pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from geodata.matching.problem import Floats, Ints, Longs

Classes = tuple[Any, Sequence[frozenset[str]]]
"""(rows,) int64 class of each row, and what each class holds."""

SAID = "said:"
"""Names of `skills` and `requires` that begin so are said by people of themselves, as an age or a paper. They
bind as skills do; explanations tell them apart."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class People:
    """Volunteers by column, n rows.

    latitude, longitude  (n,) degrees; NaN: not known, in reach of nothing
    reach_km             (n,) how far they travel, one way, great-circle
    weight               (n,) >= 0: show chance times experience
    wanted               (n,) most places they take
    skills, languages    classes of names
    free                 class of each row, and for each class the slots free then (bool per slot)
    leads                (n,) bool: may take a lead's seat; default nobody
    """

    latitude: Floats
    longitude: Floats
    reach_km: Floats
    weight: Floats
    wanted: Ints
    skills: Classes
    languages: Classes
    free: tuple[Longs, Any]
    leads: Any = None

    def __post_init__(self) -> None:
        if self.leads is None:
            object.__setattr__(self, "leads", np.zeros(len(self.latitude), dtype=bool))

    @property
    def count(self) -> int:
        return len(self.latitude)

    def rows(self, rows: Longs) -> People:
        """These volunteers alone, in this order."""
        return People(
            latitude=self.latitude[rows],
            longitude=self.longitude[rows],
            reach_km=self.reach_km[rows],
            weight=self.weight[rows],
            wanted=self.wanted[rows],
            skills=(self.skills[0][rows], self.skills[1]),
            languages=(self.languages[0][rows], self.languages[1]),
            free=(self.free[0][rows], self.free[1]),
            leads=self.leads[rows],
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sites:
    """Places by column, m rows, s segments in all.

    segment_start        (m+1,) segments of place p are segment_start[p] to segment_start[p+1]
    segment_size         (s,) seats; segment_worth (s,) value of an hour of weight 1, not rising in a place
    slot                 (m,) row in `slot_times`, -1: at no time
    slot_times           (k, 2) epoch seconds, start before end
    requires, languages  classes of names: all of `requires`, one of `languages`; empty asks for nothing
    for_leads            (s,) bool: a segment whose seats only leads may take; default none
    """

    latitude: Floats
    longitude: Floats
    segment_start: Longs
    segment_size: Ints
    segment_worth: Floats
    slot: Longs
    slot_times: Longs
    requires: Classes
    languages: Classes
    for_leads: Any = None

    def __post_init__(self) -> None:
        if self.for_leads is None:
            object.__setattr__(self, "for_leads", np.zeros(len(self.segment_size), dtype=bool))

    @property
    def count(self) -> int:
        return len(self.latitude)


def _no_pairs() -> Ints:
    return np.empty((0, 2), np.int32)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ReachProblem:
    """Maximise the sum of segment worth x weight - km_cost x km + bonus over the pairs chosen.

    A pair may be when the place is within the volunteer's reach, asks for nothing the volunteer lacks, lies
    in a slot the volunteer is free in, and is not in `never`. Nobody takes two places that overlap in time,
    nor more than wanted; no segment holds more than its seats; a volunteer may stay at home at 0.

    pinned    (k, 2) pairs (volunteer, place) fixed by hand, whatever reach and skills say
    never     (k, 2) pairs that must not be
    previous  (k, 2) pairs of an earlier plan, each worth `stay_bonus` more
    together  (k, 2) pairs of volunteers who want to go to the same place; kept where a place would do
    """

    people: People
    sites: Sites
    km_cost: float = 0.0
    pinned: Ints = field(default_factory=_no_pairs)
    never: Ints = field(default_factory=_no_pairs)
    previous: Ints = field(default_factory=_no_pairs)
    stay_bonus: float = 0.0
    together: Ints = field(default_factory=_no_pairs)
    volunteer_names: Any = None  # (n,) and (m,) text, for sentences
    place_names: Any = None

    def volunteer_name(self, row: int) -> str:
        return str(self.volunteer_names[row]) if self.volunteer_names is not None else f"volunteer {row}"

    def place_name(self, row: int) -> str:
        return str(self.place_names[row]) if self.place_names is not None else f"place {row}"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ReachResult:
    """Who goes where. pairs (k, 2) sorted by volunteer; segment (k,) within the place; value (k,) without
    the bonus of staying; km (k,); price (s,) of one more seat; objective and bound count the bonus.
    """

    pairs: Ints
    segment: Ints
    value: Floats
    km: Floats
    price: Floats
    objective: float
    bound: float
    gap: float
    seconds: float
    stopped: str
    rounds: tuple[Any, ...] = ()


def tiny_problem() -> ReachProblem:
    """Eight volunteers and two places with one seat each, to compile the loops on."""
    nobody: Classes = (np.zeros(8, np.int64), [frozenset()])
    nothing: Classes = (np.zeros(2, np.int64), [frozenset()])
    people = People(
        latitude=np.full(8, 30.0), longitude=np.linspace(-97.0, -96.9, 8), reach_km=np.full(8, 50.0),
        weight=np.linspace(0.2, 0.9, 8), wanted=np.array([1, 2] * 4, np.int32), skills=nobody,
        languages=nobody, free=(nobody[0], np.ones((1, 1), dtype=bool)),
    )  # fmt: skip
    sites = Sites(
        latitude=np.full(2, 30.0), longitude=np.array([-97.0, -96.95]), segment_start=np.array([0, 1, 2]),
        segment_size=np.ones(2, np.int32), segment_worth=np.array([2.0, 1.0]), slot=np.array([0, -1]),
        slot_times=np.array([[0, 1]]), requires=nothing, languages=nothing,
    )  # fmt: skip
    return ReachProblem(people=people, sites=sites)
