"""A country of towns: where volunteers live, where places are, and what an hour there is worth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from geodata.matching._reach import places_in_reach
from geodata.matching.problem import Floats, Ints, Longs
from geodata.matching.reach import People, ReachProblem, Sites

KM_PER_DEGREE = 111.0
KM_COST = 0.01  # net votes lost per km of way
VOLUNTEERS_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Country:
    """n volunteers and m places by column; see `country` for how they are drawn.

    latitude, longitude (n,) and place_latitude, place_longitude (m,) degrees; weight (n,) show chance;
    capacity (m,) seats; worth (m,) net votes of an hour of weight 1.
    """

    latitude: Floats
    longitude: Floats
    weight: Floats
    place_latitude: Floats
    place_longitude: Floats
    capacity: Ints
    worth: Floats


def country(volunteers: int, places: int, seed: int, *, seats_a_volunteer: float = 0.8) -> Country:
    """A clustered country: one town for 40 places (40 towns at least), of very unequal sizes.

    Town centres lie uniformly in 26-48 degrees north, 68-123 west; a town's share of people and of places is
    log-normal (0, 1.3). Around its centre distance is exponential (mean 8 km), direction uniform. Seats are
    Poisson with mean seats_a_volunteer x volunteers / places. An hour is worth log-normal (0, 0.7) by town
    times log-normal (0, 0.5) by place; the show chance is uniform in 0.3-0.9.
    """
    rng = np.random.default_rng(seed)
    towns = max(40, places // 40)
    centre = rng.uniform(26, 48, towns), rng.uniform(-123, -68, towns)
    share = rng.lognormal(0, 1.3, towns)
    share /= share.sum()
    latitude, longitude, _ = _around(rng, centre, share, volunteers)
    place_latitude, place_longitude, town = _around(rng, centre, share, places)
    return Country(
        latitude=latitude,
        longitude=longitude,
        weight=rng.uniform(0.3, 0.9, volunteers),
        place_latitude=place_latitude,
        place_longitude=place_longitude,
        capacity=rng.poisson(seats_a_volunteer * volunteers / places, places).astype(np.int32),
        worth=rng.lognormal(0, 0.7, towns)[town] * rng.lognormal(0, 0.5, places),
    )


def _around(
    rng: np.random.Generator, centre: tuple[Floats, Floats], share: Floats, count: int
) -> tuple[Floats, Floats, Longs]:
    """Latitude, longitude and town of `count` points."""
    town = rng.choice(len(share), count, p=share)
    km, angle = rng.exponential(8, count), rng.uniform(0, 2 * np.pi, count)
    latitude = centre[0][town] + km * np.sin(angle) / KM_PER_DEGREE
    around = KM_PER_DEGREE * np.cos(np.radians(centre[0][town]))
    return latitude, centre[1][town] + km * np.cos(angle) / around, town


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """Places within reach of the volunteers first to first + len(start) - 1, nearest first.

    start (k+1,): those of the i-th are place[start[i]:start[i+1]], at km.
    """

    first: int
    start: Longs
    place: Ints
    km: Floats


def near(land: Country, reach_km: float) -> Iterator[Near]:
    """Every volunteer's places within reach, some thousand volunteers at a time."""
    for first in range(0, len(land.latitude), VOLUNTEERS_AT_ONCE):
        rows = slice(first, first + VOLUNTEERS_AT_ONCE)
        latitude = land.latitude[rows]
        start, place, km, _ = places_in_reach(
            latitude,
            land.longitude[rows],
            np.full(len(latitude), reach_km),
            land.place_latitude,
            land.place_longitude,
        )
        yield Near(first, start, place, km)


def pairs(land: Country, *, reach_km: float, most: int | None) -> dict[str, Any]:
    """Columns of a MatchProblem: the `most` nearest places of each volunteer within reach (None: all).

    arc_volunteer, arc_place (a,) int32; arc_value (a,) = weight x worth - KM_COST x km; arc_km (a,);
    shifts_wanted (n,) of 1; capacity (m,).
    """
    volunteer, place, km = [], [], []
    for some in near(land, reach_km):
        count = np.diff(some.start)
        taken = count if most is None else np.minimum(count, most)
        row = np.repeat(np.arange(len(count)), taken)
        rank = np.arange(len(row)) - np.repeat(np.cumsum(taken) - taken, taken)
        at = some.start[row] + rank
        volunteer.append((some.first + row).astype(np.int32))
        place.append(some.place[at])
        km.append(some.km[at])
    who, where, way = np.concatenate(volunteer), np.concatenate(place), np.concatenate(km)
    return {
        "shifts_wanted": np.ones(len(land.latitude), np.int32),
        "capacity": land.capacity,
        "arc_volunteer": who,
        "arc_place": where,
        "arc_value": land.weight[who] * land.worth[where] - KM_COST * way,
        "arc_km": way,
    }


def whole_problem(land: Country, reach_km: float) -> ReachProblem:
    """Every place within `reach_km` a possible pair, one shift each, no other limit."""
    n, m = len(land.latitude), len(land.worth)
    anything = [frozenset[str]()]
    people = People(
        latitude=land.latitude,
        longitude=land.longitude,
        reach_km=np.full(n, reach_km),
        weight=land.weight,
        wanted=np.ones(n, np.int32),
        skills=(np.zeros(n, np.int64), anything),
        languages=(np.zeros(n, np.int64), anything),
        free=(np.zeros(n, np.int64), np.ones((1, 0), dtype=bool)),
    )
    sites = Sites(
        latitude=land.place_latitude,
        longitude=land.place_longitude,
        segment_start=np.arange(m + 1),
        segment_size=land.capacity,
        segment_worth=land.worth,
        slot=np.full(m, -1),
        slot_times=np.empty((0, 2), np.int64),
        requires=(np.zeros(m, np.int64), anything),
        languages=(np.zeros(m, np.int64), anything),
    )
    return ReachProblem(people=people, sites=sites, km_cost=KM_COST)
