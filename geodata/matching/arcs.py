"""From people and places as the database knows them to the pairs that could be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from geodata.crs import great_circle_km
from geodata.matching._reach import places_in_reach
from geodata.matching.no_arcs import NoArcs, reasons
from geodata.matching.people_places import PeopleColumns, PlaceColumns, Places, Volunteers
from geodata.matching.problem import Floats, Ints, Longs, MatchProblem
from geodata.matching.suits import fits, free_then


@dataclass(frozen=True, slots=True, eq=False)
class ArcSet:
    """The problem to solve, and for each volunteer without a single arc the reason."""

    problem: MatchProblem
    without: dict[int, NoArcs]


def build_arcs(
    volunteers: Volunteers,
    places: Places,
    *,
    km_cost: float = 0.0,
    pinned: Any = None,
    kept: Any = None,
    never: Any = None,
    previous: Any = None,
    stay_bonus: float = 0.0,
    unit: str = "net votes",
) -> ArcSet:
    """Every pair within travel, time, skill and language, with its value.

    value = value of the place's segment x show chance x skill factor - km_cost x km (+ stay_bonus for pairs
    of `previous`, the plan people already know: the price of a change). Pairs worth 0 or less are left out.
    pinned, kept and never are (k, 2) rows of (volunteer, place); pinned and kept pairs always get an arc,
    whatever the limits say, because a person has decided them.

    All places within max_travel_km are considered, so bound and gap of the match refer to the whole problem.
    Raises ValueError with a sentence naming the row for coordinates out of range, chances outside 0 to 1 and
    so on.
    """
    people, sites = PeopleColumns(volunteers), PlaceColumns(places)
    start, place, km, nearest = places_in_reach(
        people.latitude, people.longitude, people.reach_km, sites.latitude, sites.longitude
    )
    volunteer = np.repeat(np.arange(people.count, dtype=np.int32), np.diff(start))
    wants = people.wanted[volunteer] > 0
    free = wants & free_then(volunteers.available, sites, volunteer, place)
    skilled = free & fits(
        volunteers.skills, places.requires, people.count, sites.count, volunteer, place, all
    )
    spoken = skilled & fits(
        volunteers.languages, places.languages, people.count, sites.count, volunteer, place, any
    )
    key = volunteer.astype(np.int64) * max(sites.count, 1) + place
    allowed = spoken & ~np.isin(key, _keys(never, sites.count))
    value = sites.first_value[place] * people.weight[volunteer] - km_cost * km
    value += stay_bonus * np.isin(key, _keys(previous, sites.count))
    use = allowed & (value > 0)
    stages = (wants, free, skilled, spoken, allowed, use)
    without = reasons(people, nearest, volunteer, stages)

    fixed = _fixed(people, sites, key[use], [pinned, kept])
    volunteer = np.concatenate([volunteer[use], fixed[:, 0]]).astype(np.int32)
    place = np.concatenate([place[use], fixed[:, 1]]).astype(np.int32)
    fixed_km = _kilometres(people, sites, fixed)
    fixed_value = sites.first_value[fixed[:, 1]] * people.weight[fixed[:, 0]] - km_cost * fixed_km
    fixed_key = fixed[:, 0].astype(np.int64) * max(sites.count, 1) + fixed[:, 1]
    fixed_value += stay_bonus * np.isin(fixed_key, _keys(previous, sites.count))
    order = np.argsort(volunteer, kind="stable")
    problem = MatchProblem(
        shifts_wanted=people.wanted,
        capacity=sites.capacity,
        arc_volunteer=volunteer[order],
        arc_place=place[order],
        arc_value=np.concatenate([value[use], fixed_value])[order],
        arc_km=np.concatenate([km[use], fixed_km])[order],
        arc_weight=people.weight[volunteer[order]],
        segment_start=sites.segment_start,
        segment_size=sites.segment_size,
        segment_drop=sites.segment_drop,
        starts_at=sites.starts_at,
        ends_at=sites.ends_at,
        pinned=pinned,
        kept=kept,
        never=never,
        volunteer_names=None if volunteers.names is None else tuple(volunteers.names),
        place_names=None if places.names is None else tuple(places.names),
        unit=unit,
    )
    has_arc = set(volunteer.tolist())
    return ArcSet(problem, {v: reason for v, reason in without.items() if v not in has_arc})


def _keys(pairs: Any, places: int) -> Longs:
    rows = np.asarray([] if pairs is None else pairs, dtype=np.int64).reshape(-1, 2)
    return rows[:, 0] * max(places, 1) + rows[:, 1]


def _fixed(people: PeopleColumns, sites: PlaceColumns, used: Longs, groups: list[Any]) -> Ints:
    """Pairs fixed by hand that have no arc yet."""
    keys = np.unique(np.concatenate([_keys(g, sites.count) for g in groups]))
    pairs = np.column_stack(np.divmod(keys[~np.isin(keys, used)], max(sites.count, 1)))
    if len(pairs) and (pairs.min() < 0 or pairs[:, 0].max() >= people.count):
        raise ValueError("a pinned or kept pair names a row that is not there")
    return pairs.astype(np.int32)


def _kilometres(people: PeopleColumns, sites: PlaceColumns, pairs: Ints) -> Floats:
    """Great-circle km of given pairs; 0 where the home is not known."""
    v, p = pairs[:, 0], pairs[:, 1]
    km = great_circle_km(people.latitude[v], people.longitude[v], sites.latitude[p], sites.longitude[p])
    return np.nan_to_num(np.asarray(km, dtype=np.float64).reshape(-1))
