"""A country in which every limit of the matching binds somewhere, in one problem."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np

from geodata.matching._reach import places_in_reach
from geodata.matching.problem import Floats, Ints, Longs
from geodata.matching.reach import People, ReachProblem, Sites
from geodata.matching.reach.leads import with_lead_seats
from volunteer_hub.bench.instances.country import KM_COST, Country, country

SKILLS = ("driver", "lead", "data", "phones")
SKILL_SHARE = (0.3, 0.15, 0.1, 0.5)  # of volunteers, each skill by itself
REQUIRED = ((), ("driver",), ("lead",), ("data",), ("phones",), ("driver", "phones"))
REQUIRED_SHARE = (0.7, 0.08, 0.06, 0.03, 0.08, 0.05)  # of places
SPOKEN = (("en",), ("en", "es"), ("es",), ("en", "zh"), ("en", "vi"))
SPOKEN_SHARE = (0.72, 0.15, 0.06, 0.04, 0.03)
ASKED = ((), ("es",), ("zh", "vi"), ("en",))  # one of these
ASKED_SHARE = (0.72, 0.12, 0.03, 0.13)
HOURS = ((9, 12), (10, 13), (13, 16), (15, 18), (17, 20))  # on each of two days; neighbours overlap
DAY_S = 86_400
PATTERNS = 32  # kinds of free time; the first is free always
UNTIMED_SHARE = 0.1  # places without a time
WANTED_SHARE = (0.6, 0.25, 0.15)  # volunteers who want 1, 2, 3 shifts
REACH_KM, REACH_SHARE = (10.0, 20.0, 40.0, 80.0), (0.15, 0.35, 0.35, 0.15)
FALLING = (1.0, 0.7, 0.45)  # worth of the first, second, third segment of seats
LEAD_SHARE = 0.15  # of volunteers, who may take a lead's seat; one is kept at every second place
GROUP_SHARE = 0.04  # of volunteers, who want to go with somebody who lives near
PINNED_SHARE, NEVER_SHARE, PREVIOUS_SHARE = 0.01, 0.03, 0.4  # of volunteers with such a pair
STAY_BONUS = 0.05
NEAREST = 10  # pairs by hand are among a volunteer's ten nearest places


def limits_problem(volunteers: int, places: int, seed: int) -> ReachProblem:
    """`country` with skills, languages, slots, several shifts, pins, never, previous, segments, reaches,
    leads and people who want to go together.

    Shares stand above. Seats are 80 % of the shifts wanted, dealt to one to three segments of falling worth.
    A slot is drawn for each place, ten of them over two days; a kind of free time (each slot free by half)
    for each volunteer. Pinned pairs never overfill a place, but may break skills, reach or free time, as
    pairs fixed by hand do.
    """
    rng = np.random.default_rng([seed, 1])
    wanted = rng.choice([1, 2, 3], volunteers, p=WANTED_SHARE).astype(np.int32)
    land = country(volunteers, places, seed, seats_a_volunteer=0.8 * float(wanted.mean()))
    pinned, never, previous = _by_hand(rng, land)
    people, sites = _people(rng, land, wanted), _sites(rng, land)
    sites, _ = with_lead_seats(sites, rng.integers(0, 2, places))
    return ReachProblem(
        people=replace(people, leads=rng.random(volunteers) < LEAD_SHARE),
        sites=sites,
        together=_groups(rng, people, pinned),
        km_cost=KM_COST,
        pinned=pinned,
        never=never,
        previous=previous,
        stay_bonus=STAY_BONUS,
    )


def _people(rng: np.random.Generator, land: Country, wanted: Ints) -> People:
    n = len(land.latitude)
    has = rng.random((n, len(SKILLS))) < SKILL_SHARE
    free = rng.random((PATTERNS, 2 * len(HOURS))) < 0.5
    free[0] = True
    return People(
        latitude=land.latitude,
        longitude=land.longitude,
        reach_km=rng.choice(REACH_KM, n, p=REACH_SHARE),
        weight=land.weight,
        wanted=wanted,
        skills=(has @ (1 << np.arange(len(SKILLS))), _subsets(SKILLS)),
        languages=_classes(rng, n, SPOKEN, SPOKEN_SHARE),
        free=(rng.integers(0, PATTERNS, n), free),
    )


def _sites(rng: np.random.Generator, land: Country) -> Sites:
    m = len(land.worth)
    start, size, worth = _segments(rng, land)
    slot = rng.integers(0, 2 * len(HOURS), m)
    slot[rng.random(m) < UNTIMED_SHARE] = -1
    return Sites(
        latitude=land.place_latitude,
        longitude=land.place_longitude,
        segment_start=start,
        segment_size=size,
        segment_worth=worth,
        slot=slot,
        slot_times=_slot_times(),
        requires=_classes(rng, m, REQUIRED, REQUIRED_SHARE),
        languages=_classes(rng, m, ASKED, ASKED_SHARE),
    )


def _slot_times() -> Longs:
    """(10, 2) epoch seconds."""
    return np.array([(day * DAY_S + a * 3600, day * DAY_S + b * 3600) for day in (0, 1) for a, b in HOURS])


def _classes(rng: np.random.Generator, rows: int, names: Any, share: Any) -> tuple[Longs, Any]:
    return rng.choice(len(names), rows, p=share), [frozenset[str](each) for each in names]


def _subsets(names: tuple[str, ...]) -> list[frozenset[str]]:
    """All subsets; the k-th bit of a subset's row says whether it holds the k-th name."""
    bits = itertools.product((False, True), repeat=len(names))
    return [frozenset(itertools.compress(names, reversed(each))) for each in bits]


def _segments(rng: np.random.Generator, land: Country) -> tuple[Longs, Ints, Floats]:
    """Start of each place's segments, seats and worth of each segment; a place's seats in equal parts."""
    count = rng.integers(1, len(FALLING) + 1, len(land.worth))
    start = np.concatenate([[0], np.cumsum(count)])
    place = np.repeat(np.arange(len(count)), count)
    rank = np.arange(len(place)) - start[place]
    size = land.capacity[place] // count[place] + (rank < land.capacity[place] % count[place])
    return start, size.astype(np.int32), land.worth[place] * np.array(FALLING)[rank]


def _by_hand(rng: np.random.Generator, land: Country) -> tuple[Ints, Ints, Ints]:
    """Pairs pinned, never and previous, (k, 2) each; no pair in two of them."""
    n, m = len(land.latitude), len(land.worth)
    pinned = _with_room(_near_pairs(rng, land, int(PINNED_SHARE * n)), land.capacity)
    never = _near_pairs(rng, land, int(NEVER_SHARE * n))
    previous = _near_pairs(rng, land, int(PREVIOUS_SHARE * n))
    never = never[~np.isin(_keys(never, m), _keys(pinned, m))]
    previous = previous[~np.isin(_keys(previous, m), np.concatenate([_keys(pinned, m), _keys(never, m)]))]
    return pinned, never, previous


def _near_pairs(rng: np.random.Generator, land: Country, count: int) -> Ints:
    """`count` volunteers drawn without repetition, each with one of their nearest places within 40 km."""
    who = np.sort(rng.choice(len(land.latitude), count, replace=False))
    start, place, _, _ = places_in_reach(
        land.latitude[who],
        land.longitude[who],
        np.full(count, 40.0),
        land.place_latitude,
        land.place_longitude,
    )
    number = np.minimum(np.diff(start), NEAREST)
    some = number > 0
    rank = (rng.random(count)[some] * number[some]).astype(np.int64)
    return np.column_stack([who[some], place[start[:-1][some] + rank]]).astype(np.int32)


def _with_room(found: Ints, capacity: Ints) -> Ints:
    """The pairs, in their order, as long as the place has a seat left."""
    order = np.argsort(found[:, 1], kind="stable")
    place = found[order, 1]
    rank = np.arange(len(place)) - np.searchsorted(place, place)
    return found[np.sort(order[rank < capacity[place]])]


def _groups(rng: np.random.Generator, people: People, pinned: Ints) -> Ints:
    """Pairs of volunteers who live next to each other (by latitude, then longitude), nobody in two."""
    free = np.setdiff1d(np.arange(people.count), pinned[:, 0])
    cell = np.floor(people.latitude[free] * 20), np.floor(people.longitude[free] * 20)
    near = free[np.lexsort((people.longitude[free], cell[1], cell[0]))]
    couples = near[: len(near) // 2 * 2].reshape(-1, 2)
    chosen = rng.choice(len(couples), int(GROUP_SHARE * people.count / 2), replace=False)
    return couples[np.sort(chosen)].astype(np.int32)


def _keys(found: Ints, places: int) -> Longs:
    return found[:, 0].astype(np.int64) * places + found[:, 1]
