"""From people and places as the database knows them to the pairs that could be, and why somebody has none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from geodata.crs import great_circle_km
from geodata.matching._reach import places_in_reach
from geodata.matching.problem import Bools, Floats, Ints, Longs, MatchProblem

Window = tuple[float, float]
Why = Literal[
    "no_location", "wants_no_shift", "no_place_in_reach", "not_free_then", "skill_missing", "language_missing",
    "only_never_pairs", "not_worth_the_way",
]  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Volunteers:
    """People, one row each. All but the location has a default.

    latitude, longitude  (n,) degrees; NaN where the home is not known (that volunteer gets a reason, not an
                         arc)
    shifts_wanted        (n,) int, default 1
    max_travel_km        (n,) or one number, one way, default 50
    show_chance          (n,) or one number, 0 to 1: the chance that they come; default 1
    skill_factor         (n,) or one number, >= 0: how much more or less an hour of theirs does; default 1
    skills, languages    per volunteer a collection of names; default none
    available            per volunteer windows (start, end) in epoch seconds, or None: free at any time;
                         a shift must lie within one window (windows that touch are joined)
    names                for sentences
    """

    latitude: Any
    longitude: Any
    shifts_wanted: Any = 1
    max_travel_km: Any = 50.0
    show_chance: Any = 1.0
    skill_factor: Any = 1.0
    skills: Sequence[Collection[str]] | None = None
    languages: Sequence[Collection[str]] | None = None
    available: Sequence[Sequence[Window] | None] | None = None
    names: Sequence[str] | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Places:
    """Shifts at staging locations, one row each.

    latitude, longitude  (m,) degrees
    segments             per place [(seats, value of a volunteer who surely comes), ...], value never rising;
                         the capacity of the place is the sum of its seats
    starts_at, ends_at   (m,) epoch seconds; default: no time, which asks for no availability and overlaps
                         nothing
    requires             per place skills, all of which are needed; default none
    languages            per place languages, one of which is needed; default none
    names                for sentences
    """

    latitude: Any
    longitude: Any
    segments: Sequence[Sequence[tuple[int, float]]]
    starts_at: Any = None
    ends_at: Any = None
    requires: Sequence[Collection[str]] | None = None
    languages: Sequence[Collection[str]] | None = None
    names: Sequence[str] | None = None


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
    people, sites = _People(volunteers), _Sites(places)
    start, place, km, nearest = places_in_reach(
        people.latitude, people.longitude, people.reach_km, sites.latitude, sites.longitude
    )
    volunteer = np.repeat(np.arange(people.count, dtype=np.int32), np.diff(start))
    wants = people.wanted[volunteer] > 0
    free = wants & _free_then(volunteers.available, sites, volunteer, place)
    skilled = free & _fits(
        volunteers.skills, places.requires, people.count, sites.count, volunteer, place, all
    )
    spoken = skilled & _fits(
        volunteers.languages, places.languages, people.count, sites.count, volunteer, place, any
    )
    key = volunteer.astype(np.int64) * max(sites.count, 1) + place
    allowed = spoken & ~np.isin(key, _keys(never, sites.count))
    value = sites.first_value[place] * people.weight[volunteer] - km_cost * km
    value += stay_bonus * np.isin(key, _keys(previous, sites.count))
    use = allowed & (value > 0)
    stages = (wants, free, skilled, spoken, allowed, use)
    without = _reasons(people, sites, nearest, volunteer, stages)

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


class _People:
    """The volunteers' columns, checked."""

    def __init__(self, volunteers: Volunteers) -> None:
        self.latitude, self.longitude = _coordinates(
            volunteers.latitude, volunteers.longitude, "volunteer", True
        )
        self.count = len(self.latitude)
        self.wanted = _column(volunteers.shifts_wanted, self.count, "shifts_wanted", 0, 1e6).astype(np.int32)
        self.reach_km = _column(volunteers.max_travel_km, self.count, "max_travel_km", 0, np.inf)
        chance = _column(volunteers.show_chance, self.count, "show_chance", 0, 1)
        self.weight = chance * _column(volunteers.skill_factor, self.count, "skill_factor", 0, 1e6)
        for name in ("skills", "languages", "available", "names"):
            _same_length(getattr(volunteers, name), self.count, f"volunteers' {name}")
        self.names = volunteers.names


class _Sites:
    """The places' columns, checked, with their segments laid end to end."""

    def __init__(self, places: Places) -> None:
        self.latitude, self.longitude = _coordinates(places.latitude, places.longitude, "place", False)
        self.count = len(self.latitude)
        self.starts_at = _times(places.starts_at, self.count, "starts_at")
        self.ends_at = _times(places.ends_at, self.count, "ends_at")
        for name in ("segments", "requires", "languages", "names"):
            _same_length(getattr(places, name), self.count, f"places' {name}")
        segments = [list(s) or [(0, 0.0)] for s in places.segments]
        sizes = [size for s in segments for size, _ in s]
        values = np.array([value for s in segments for _, value in s], dtype=float)
        if not np.isfinite(values).all():
            raise ValueError("a place's segment has a value that is not a number")
        self.segment_start = np.concatenate([[0], np.cumsum([len(s) for s in segments])]).astype(np.int64)
        self.segment_size = np.array(sizes, dtype=np.int64)
        self.first_value = values[self.segment_start[:-1]]
        self.segment_drop = np.repeat(self.first_value, np.diff(self.segment_start)) - values
        self.capacity = np.array([sum(size for size, _ in s) for s in segments], dtype=np.int64)
        if (self.segment_size < 0).any():
            raise ValueError("a place's segment has fewer than 0 seats")
        self.names = places.names


def _coordinates(latitude: Any, longitude: Any, what: str, unknown: bool) -> tuple[Floats, Floats]:
    lat, lon = np.asarray(latitude, dtype=np.float64), np.asarray(longitude, dtype=np.float64)
    if lat.shape != lon.shape or lat.ndim != 1:
        raise ValueError(
            f"{what} latitude and longitude need the same length, got {lat.shape} and {lon.shape}"
        )
    bad = ~((np.abs(lat) <= 90) & (np.abs(lon) <= 180))
    if unknown:
        bad &= ~(np.isnan(lat) | np.isnan(lon))
    if bad.any():
        row = int(np.argmax(bad))
        hint = " (latitude and longitude swapped?)" if abs(lat[row]) > 90 and abs(lon[row]) <= 90 else ""
        raise ValueError(
            f"{what} {row} is at latitude {lat[row]}, longitude {lon[row]}, which is no place{hint}"
        )
    return lat, lon


def _column(value: Any, count: int, name: str, least: float, most: float) -> Floats:
    column = np.asarray(value, dtype=np.float64)
    column = np.full(count, float(column)) if column.ndim == 0 else column
    if len(column) != count:
        raise ValueError(f"{name} has {len(column)} rows for {count} volunteers")
    bad = ~((column >= least) & (column <= most))
    if bad.any():
        row = int(np.argmax(bad))
        raise ValueError(
            f"{name} of volunteer {row} is {column[row]}; it must lie between {least:g} and {most:g}"
        )
    return column


def _times(value: Any, count: int, name: str) -> Longs:
    column = np.zeros(count) if value is None else np.asarray(value, dtype=np.float64)
    if len(column) != count:
        raise ValueError(f"{name} has {len(column)} rows for {count} places")
    if not np.isfinite(column).all():
        raise ValueError(f"{name} of place {int(np.argmin(np.isfinite(column)))} is not a time")
    return column.astype(np.int64)


def _same_length(value: Sequence[Any] | None, count: int, name: str) -> None:
    if value is not None and len(value) != count:
        raise ValueError(f"{name} have {len(value)} entries, {count} are needed")


def _keys(pairs: Any, places: int) -> Longs:
    rows = np.asarray([] if pairs is None else pairs, dtype=np.int64).reshape(-1, 2)
    return rows[:, 0] * max(places, 1) + rows[:, 1]


def _classes(values: Sequence[Any]) -> tuple[Ints, list[Any]]:
    """The class of each value and one value of each class, in order of first sight."""
    seen: dict[Any, int] = {}
    codes = np.fromiter((seen.setdefault(v, len(seen)) for v in values), np.int32, len(values))
    return codes, list(seen)


def _fits(
    have: Sequence[Collection[str]] | None,
    need: Sequence[Collection[str]] | None,
    n: int,
    m: int,
    volunteer: Ints,
    place: Ints,
    rule: Any,
) -> Bools:
    """Whether the volunteer has all (or any) of what the place needs; a place that needs nothing takes
    everybody."""
    if need is None:
        return np.ones(len(volunteer), dtype=bool)
    have_code, have_sets = _classes([frozenset(h) for h in have] if have is not None else [frozenset()] * n)
    need_code, need_sets = _classes([frozenset(s) for s in need] if m else [])
    table = np.array([[not s or rule(x in h for x in s) for s in need_sets] for h in have_sets], dtype=bool)
    table = table.reshape(len(have_sets), len(need_sets))
    return table[have_code[volunteer], need_code[place]]


def _free_then(
    available: Sequence[Sequence[Window] | None] | None, sites: _Sites, volunteer: Ints, place: Ints
) -> Bools:
    """Whether one of the volunteer's windows holds the whole shift."""
    if available is None:
        return np.ones(len(volunteer), dtype=bool)
    code, kinds = _classes([None if w is None else _joined(w) for w in available])
    shift, which = np.unique(np.column_stack([sites.starts_at, sites.ends_at]), axis=0, return_inverse=True)
    table = np.zeros((len(kinds), len(shift)), dtype=bool)
    for row, windows in enumerate(kinds):
        if windows is None:
            table[row] = True
        for begin, end in windows or ():
            table[row] |= (begin <= shift[:, 0]) & (shift[:, 1] <= end)
    if len(shift):
        table[:, shift[:, 0] >= shift[:, 1]] = True  # a place without a time asks for none
    return table[code[volunteer], which.reshape(-1)[place]]


def _joined(windows: Sequence[Window]) -> tuple[Window, ...]:
    joined: list[Window] = []
    for begin, end in sorted((float(b), float(e)) for b, e in windows):
        if not begin <= end:
            raise ValueError(f"a time of availability ends ({end:g}) before it starts ({begin:g})")
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return tuple(joined)


def _fixed(people: _People, sites: _Sites, used: Longs, groups: list[Any]) -> Ints:
    """Pairs fixed by hand that have no arc yet."""
    keys = np.unique(np.concatenate([_keys(g, sites.count) for g in groups]))
    pairs = np.column_stack(np.divmod(keys[~np.isin(keys, used)], max(sites.count, 1)))
    if len(pairs) and (pairs.min() < 0 or pairs[:, 0].max() >= people.count):
        raise ValueError("a pinned or kept pair names a row that is not there")
    return pairs.astype(np.int32)


def _kilometres(people: _People, sites: _Sites, pairs: Ints) -> Floats:
    """Great-circle km of given pairs; 0 where the home is not known."""
    v, p = pairs[:, 0], pairs[:, 1]
    km = great_circle_km(people.latitude[v], people.longitude[v], sites.latitude[p], sites.longitude[p])
    return np.nan_to_num(np.asarray(km, dtype=np.float64).reshape(-1))


def _reasons(
    people: _People, sites: _Sites, nearest: Floats, volunteer: Ints, stages: tuple[Bools, ...]
) -> dict[int, NoArcs]:
    """For each volunteer without a usable pair, the first test that nothing passed."""
    counts = [np.bincount(volunteer[stage], minlength=people.count) for stage in stages]
    in_reach = np.bincount(volunteer, minlength=people.count)
    _, free, skilled, spoken, allowed, used = counts
    reasons = {}
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
        reasons[v] = NoArcs(v, why, sentence, near, int(in_reach[v]), int(free[v]), int(skilled[v]))
    return reasons


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
        "skill_missing": f"Each of the {free} shifts {name} could reach in time asks for a skill {name} does not have.",
        "language_missing": f"Each shift that would suit {name} asks for a language {name} does not speak.",
        "only_never_pairs": f"Every shift that would suit {name} is marked as never for {name}.",
        "not_worth_the_way": f"At each of the shifts in reach the way would cost more than {name}'s hour brings.",
    }[why]
