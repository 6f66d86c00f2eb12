"""Why a volunteer could go nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from geodata.matching.people_places import PeopleColumns
from geodata.matching.problem import Bools, Floats, Ints

Why = Literal[
    "no_location", "wants_no_shift", "no_place_in_reach", "not_free_then", "skill_missing",
    "language_missing", "only_never_pairs", "not_worth_the_way",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class NoArcs:
    """Why a volunteer could go nowhere: the step at which the last place fell away, and how many were left
    before.

    nearest_km is the distance to the nearest place of all, in reach or not (None without a location or
    places).
    """

    volunteer: int
    why: Why
    sentence: str
    nearest_km: float | None
    in_reach: int
    free_then: int
    skilled: int


def reasons(
    people: PeopleColumns, nearest: Floats, volunteer: Ints, stages: tuple[Bools, ...]
) -> dict[int, NoArcs]:
    """For each volunteer without a usable pair, the first test that nothing passed."""
    counts = [np.bincount(volunteer[stage], minlength=people.count) for stage in stages]
    in_reach = np.bincount(volunteer, minlength=people.count)
    _, free, skilled, spoken, allowed, used = counts
    found = {}
    for v in np.flatnonzero(used == 0).tolist():
        why: Why
        if np.isnan(people.latitude[v]) or np.isnan(people.longitude[v]):
            why = "no_location"
        elif people.wanted[v] == 0:
            why = "wants_no_shift"
        else:
            left = (in_reach[v], free[v], skilled[v], spoken[v], allowed[v])
            why = _STEPS[next((i for i, n in enumerate(left) if n == 0), len(left))]
        near = float(nearest[v]) if np.isfinite(nearest[v]) else None
        name = people.names[v] if people.names is not None else f"volunteer {v}"
        sentence = _sentence(why, name, near, people.reach_km[v], int(in_reach[v]), int(free[v]))
        found[v] = NoArcs(v, why, sentence, near, int(in_reach[v]), int(free[v]), int(skilled[v]))
    return found


_STEPS: tuple[Why, ...] = (
    "no_place_in_reach", "not_free_then", "skill_missing", "language_missing", "only_never_pairs",
    "not_worth_the_way",
)  # fmt: skip


def _sentence(why: Why, name: str, near: float | None, reach: float, in_reach: int, free: int) -> str:
    nearest = "there is no open place" if near is None else f"the nearest place is {near:.1f} km away"
    return {
        "no_location": f"Where {name} lives is not known: add a ZIP code or an address.",
        "wants_no_shift": f"{name} wants no shift at present.",
        "no_place_in_reach": f"No place lies within the {reach:g} km that {name} travels; {nearest}.",
        "not_free_then": f"{name} is free at none of the {in_reach} shifts in reach.",
        "skill_missing": f"Each of the {free} shifts {name} could make asks for a skill that is missing.",
        "language_missing": f"Each shift that would suit {name} asks for a language {name} does not speak.",
        "only_never_pairs": f"Every shift that would suit {name} is marked as never for {name}.",
        "not_worth_the_way": f"At every shift in reach the way costs more than {name}'s hours bring.",
    }[why]
