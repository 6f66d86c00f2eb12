"""From the columns of the problem to those of the compiled loops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from geodata.matching.problem import Bools, Floats, Longs
from geodata.matching.reach._columns import Bidders, Ground, Held, Lists, Seats
from geodata.matching.reach._pins import checked_pins
from geodata.matching.reach._scan import EARTH_RADIUS_KM
from geodata.matching.reach.problem import People, ReachProblem, Sites

MOST_ACROSS = 4096
PLACES_IN_A_CELL = 8


class Prepared:
    """Ground and bidders, with the way back to rows: `order` of places, `volunteer` of bidders."""

    def __init__(self, problem: ReachProblem) -> None:
        people, sites = problem.people, problem.sites
        self.problem = problem
        kind_of_person, kind_of_place, fits = _kinds(people, sites)
        self.order, self.rank, self.segment_row, self.ground = _ground(sites, people, kind_of_place)
        self.bidders, self.volunteer = _bidders(problem, self.rank, kind_of_person, fits)
        self.slot_start, self.slot_end = _slots(sites)

    def people_by_cell(self) -> tuple[Longs, Longs, float]:
        """Volunteers by grid cell (cells+1 starts, bidders), and the greatest squared chord."""
        b, ground = self.bidders, self.ground
        free = np.flatnonzero((b.only < 0) & (b.chord2 >= 0) & (b.demand > 0))
        lat, lon = np.arcsin(np.clip(b.z[free], -1, 1)), np.arctan2(b.y[free], b.x[free])
        rows = (len(ground.first) - 1) // ground.across
        row = np.clip(((lat + np.pi / 2) / ground.cell).astype(np.int64), 0, rows - 1)
        key = row * ground.across + ((lon + np.pi) / ground.cell).astype(np.int64) % ground.across
        order = np.argsort(key, kind="stable")
        first = np.searchsorted(key[order], np.arange(rows * ground.across + 1)).astype(np.int64)
        return first, free[order], float(b.chord2.max(initial=0.0))

    def lists(self, length: int) -> Lists:
        """Empty lists that must be renewed before the first bid."""
        n = len(self.volunteer)
        return Lists(
            np.full((n, length), -1, np.int64),
            np.zeros((n, length)),
            np.zeros(n, np.int64),
            np.full(n, np.inf),
        )

    def seats(self, price: Floats) -> Seats:
        """All seats empty."""
        room = self.ground.room
        start = np.concatenate([[0], np.cumsum(room)]).astype(np.int64)
        return Seats(
            start,
            np.empty(start[-1]),
            np.empty(start[-1], np.int64),
            np.zeros(len(room), np.int64),
            price.copy(),
        )

    def held(self) -> Held:
        """Nobody holds anything."""
        start = np.concatenate([[0], np.cumsum(self.bidders.demand)]).astype(np.int64)
        return Held(start, np.empty(start[-1], np.int64), np.zeros(len(self.volunteer), np.int64))


def _unit(latitude: Floats, longitude: Floats) -> tuple[Floats, Floats, Floats]:
    lat, lon = np.radians(latitude), np.radians(longitude)
    return np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)


def _combined(*codes: Any) -> tuple[Longs, Longs]:
    """One class per combination: (rows,) class, (classes, k) the codes of each."""
    table = np.column_stack([np.asarray(code, np.int64) for code in codes])
    sizes = [int(column.max(initial=0)) + 1 for column in table.T]
    key = np.ravel_multi_index(tuple(table.T), tuple(sizes))
    distinct, row = np.unique(key, return_inverse=True)
    return row.reshape(-1).astype(np.int64), np.column_stack(np.unravel_index(distinct, tuple(sizes)))


def _kinds(people: People, sites: Sites) -> tuple[Longs, Longs, Bools]:
    """Class of every person and place, and which suit each other."""
    of_person, person = _combined(people.skills[0], people.languages[0], people.free[0])
    of_place, place = _combined(sites.requires[0], sites.languages[0], sites.slot + 1)
    skilled = _covers(people.skills[1], sites.requires[1], all)
    spoken = _covers(people.languages[1], sites.languages[1], any)
    free = np.asarray(people.free[1], dtype=bool).reshape(len(people.free[1]), -1)
    free = np.column_stack([np.ones(len(free), bool), free])
    fits = skilled[person[:, 0][:, None], place[:, 0]] & spoken[person[:, 1][:, None], place[:, 1]]
    return of_person, of_place, fits & free[person[:, 2][:, None], place[:, 2]]


def _covers(have: Sequence[frozenset[str]], need: Sequence[frozenset[str]], rule: Any) -> Bools:
    rows = [[not wanted or rule(each in has for each in wanted) for wanted in need] for has in have]
    return np.array(rows, dtype=bool).reshape(len(have), len(need))


def _ground(sites: Sites, people: People, kind: Longs) -> tuple[Longs, Longs, Longs, Ground]:
    across = _across(people)
    cell = 2 * np.pi / across
    rows = int(np.ceil(np.pi / cell))
    row = np.clip((np.radians(sites.latitude + 90) / cell).astype(np.int64), 0, rows - 1)
    column = (np.radians(sites.longitude + 180) / cell).astype(np.int64) % across
    key = row * across + column
    order = np.argsort(key, kind="stable").astype(np.int64)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    count = np.diff(sites.segment_start)[order]
    start = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    offset = np.arange(start[-1]) - np.repeat(start[:-1], count)
    segment_row = np.repeat(sites.segment_start[:-1][order], count) + offset
    slot = sites.slot[order]
    times = np.vstack([sites.slot_times.reshape(-1, 2), [[0, 0]]]).astype(np.int64)
    x, y, z = _unit(sites.latitude[order], sites.longitude[order])
    slot_rank = np.full(len(times), -1, np.int64)
    slot_rank[np.argsort(times[:-1, 1], kind="stable")] = np.arange(len(times) - 1)
    ground = Ground(
        x=x, y=y, z=z, kind=kind[order], slot=slot_rank[slot], starts=times[slot, 0], ends=times[slot, 1],
        segment_start=start, place_of=np.repeat(np.arange(len(order)), count),
        worth=np.ascontiguousarray(sites.segment_worth[segment_row], np.float64),
        room=_room(sites, people)[segment_row],
        first=np.searchsorted(key[order], np.arange(rows * across + 1)).astype(np.int64),
        cell=float(cell), across=across,
    )  # fmt: skip
    return order, rank, segment_row, ground


def _across(people: People) -> int:
    """Grid cells around the globe: a quarter of the usual reach wide."""
    reach = people.reach_km[np.isfinite(people.reach_km) & (people.reach_km > 0)]
    typical = float(np.median(reach)) if len(reach) else 50.0
    return int(np.clip(2 * np.pi * EARTH_RADIUS_KM / max(typical / 4, 1e-9), 2, MOST_ACROSS))


def _room(sites: Sites, people: People) -> Longs:
    """Seats per segment, but never more than all people want together."""
    return np.minimum(sites.segment_size, max(int(people.wanted.sum(dtype=np.int64)), 1)).astype(np.int64)


def _bidders(problem: ReachProblem, rank: Longs, kind: Longs, fits: Bools) -> tuple[Bidders, Longs]:
    people = problem.people
    pinned = checked_pins(problem)
    left = people.wanted.astype(np.int64) - np.bincount(pinned[:, 0], minlength=people.count)
    volunteer = np.concatenate([pinned[:, 0], np.arange(people.count)]).astype(np.int64)
    k = len(pinned)
    x, y, z = _unit(people.latitude[volunteer], people.longitude[volunteer])
    known = np.isfinite(people.latitude) & np.isfinite(people.longitude) & (people.reach_km >= 0)
    half = np.minimum(people.reach_km / EARTH_RADIUS_KM, np.pi) / 2
    # a hair more than the chord, so that a place exactly at the limit is in reach
    chord2 = np.where(known, (2 * np.sin(half)) ** 2 * (1 + 1e-12), -1.0)
    start, place, bonus = _specials(problem, rank)
    fixed_start = np.searchsorted(pinned[:, 0], np.arange(people.count + 1)).astype(np.int64)
    bidders = Bidders(
        x=x, y=y, z=z, chord2=chord2[volunteer],
        weight=np.ascontiguousarray(people.weight[volunteer], np.float64), kind=kind[volunteer],
        demand=np.concatenate([np.ones(k, np.int64), left]),
        only=np.concatenate([rank[pinned[:, 1]], np.full(people.count, -1, np.int64)]),
        fits=fits, special_start=np.concatenate([np.zeros(k, np.int64), start]), special_place=place,
        special_bonus=bonus,
        fixed_start=np.concatenate([np.zeros(k, np.int64), fixed_start]), fixed_place=rank[pinned[:, 1]],
        km_cost=float(problem.km_cost),
    )  # fmt: skip
    return bidders, volunteer


def _specials(problem: ReachProblem, rank: Longs) -> tuple[Longs, Longs, Floats]:
    pairs = np.vstack([problem.never.reshape(-1, 2), problem.previous.reshape(-1, 2)]).astype(np.int64)
    bonus = np.concatenate(
        [np.full(len(problem.never), -np.inf), np.full(len(problem.previous), problem.stay_bonus)]
    )
    order = np.argsort(pairs[:, 0], kind="stable")
    start = np.searchsorted(pairs[order, 0], np.arange(problem.people.count + 1)).astype(np.int64)
    return start, rank[pairs[order, 1]], bonus[order].astype(np.float64)


def _slots(sites: Sites) -> tuple[Longs, Longs]:
    """Start and end of each slot, by their ends."""
    times = sites.slot_times.reshape(-1, 2).astype(np.int64)
    order = np.argsort(times[:, 1], kind="stable")
    return np.ascontiguousarray(times[order, 0]), np.ascontiguousarray(times[order, 1])
