"""Places around each volunteer, for explanations: found by a grid of its own, whatever the solver does."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from geodata.compiled import kernel
from geodata.matching.problem import Floats, Longs
from geodata.matching.reach.pairs import REACH_SLACK, skilled_and_said, tables, times
from geodata.matching.reach.problem import ReachProblem

EARTH_RADIUS_KM = 6371.0088
MOST_CELLS_ALONG = 2000
TESTS = 6  # of a pair within reach, see sift()


class Around(NamedTuple):
    """The columns of a problem as the loops below see them. Places are rows of the problem."""

    order: Any  # (m,) int64: places sorted by grid cell
    first: Any  # (cells+1,) int64: where in `order` each cell begins
    rows: int
    columns: int
    south: float  # degrees of the grid's corner, and the width of a cell
    west: float
    cell: float
    place: Any  # (m, 2) float64: latitude, longitude in radians
    home: Any  # (n, 2) float64: likewise of volunteers; NaN: not known
    reach: Any  # (n,) float64: km, with a hair more for rounding
    weight: Any  # (n,) float64
    classes: Any  # (n, 3) int64: of free time, skills, languages
    asked: Any  # (m, 3) int64: slot, skills, languages
    free: Any  # (classes, classes) bool: the tests of one against the other
    skilled: Any
    said: Any
    spoken: Any
    never_start: Any  # (n+1,) int64
    never: Any  # int64: places that must not be, by volunteer
    segment_start: Any  # (m+1,) int64
    seats: Any  # (s,) int64
    worth: Any  # (s,) float64
    starts: Any  # (m,) int64 epoch seconds
    ends: Any
    km_cost: float


def around(problem: ReachProblem) -> Around:
    """The columns of a problem for the looks below."""
    people, sites = problem.people, problem.sites
    _both, spoken, free = tables(problem)
    skilled, said = skilled_and_said(problem)
    asked = np.column_stack([sites.slot, sites.requires[0], sites.languages[0]]).astype(np.int64)
    asked[:, 0] = np.where(asked[:, 0] < 0, free.shape[1] - 1, asked[:, 0])
    never = problem.never.reshape(-1, 2).astype(np.int64)
    never = never[np.argsort(never[:, 0], kind="stable")]
    at = times(problem).astype(np.int64)
    order, first, rows, columns, south, west, cell = _grid(sites.latitude, sites.longitude, people.reach_km)
    return Around(
        order=order, first=first, rows=rows, columns=columns, south=south, west=west, cell=cell,
        place=np.radians(np.column_stack([sites.latitude, sites.longitude])),
        home=np.radians(np.column_stack([people.latitude, people.longitude])),
        reach=np.asarray(people.reach_km, np.float64) * (1 + REACH_SLACK) + REACH_SLACK,
        weight=np.asarray(people.weight, np.float64),
        classes=np.column_stack([people.free[0], people.skills[0], people.languages[0]]).astype(np.int64),
        asked=asked, free=free, skilled=skilled, said=said, spoken=spoken,
        never_start=np.searchsorted(never[:, 0], np.arange(people.count + 1)).astype(np.int64),
        never=np.ascontiguousarray(never[:, 1]),
        segment_start=np.asarray(sites.segment_start, np.int64),
        # a lead's seat is no alternative for others, and leads have the ordinary ones too
        seats=np.where(sites.for_leads, 0, sites.segment_size).astype(np.int64),
        worth=np.asarray(sites.segment_worth, np.float64),
        starts=np.ascontiguousarray(at[:, 0]), ends=np.ascontiguousarray(at[:, 1]),
        km_cost=float(problem.km_cost),
    )  # fmt: skip


def _grid(
    latitude: Floats, longitude: Floats, reach_km: Floats
) -> tuple[Longs, Longs, int, int, float, float, float]:
    if not len(latitude):
        return np.zeros(0, np.int64), np.zeros(2, np.int64), 1, 1, 0.0, 0.0, 1.0
    known = reach_km[np.isfinite(reach_km) & (reach_km > 0)]
    typical = float(np.median(known)) if len(known) else 50.0
    south, west = float(latitude.min()), float(longitude.min())
    span = max(float(np.ptp(latitude)), float(np.ptp(longitude)))
    cell = max(np.degrees(typical / 4 / EARTH_RADIUS_KM), span / MOST_CELLS_ALONG, 1e-6)
    row = ((latitude - south) / cell).astype(np.int64)
    column = ((longitude - west) / cell).astype(np.int64)
    rows, columns = int(row.max()) + 1, int(column.max()) + 1
    key = row * columns + column
    order = np.argsort(key, kind="stable").astype(np.int64)
    first = np.searchsorted(key[order], np.arange(rows * columns + 1)).astype(np.int64)
    return order, first, rows, columns, south, west, float(cell)


@kernel
def within(a, v, places, km):  # type: ignore[no-untyped-def]
    """Write the places within reach of volunteer v and their kilometres; returns how many."""
    lat, lon, reach = a.home[v, 0], a.home[v, 1], a.reach[v]
    if not (lat == lat and lon == lon) or not reach >= 0 or len(a.order) == 0:
        return 0
    angle = min(reach / EARTH_RADIUS_KM, np.pi) + 1e-9
    half = 4.0  # radians: all around
    if abs(lat) + angle < np.pi / 2:
        half = np.arcsin(min(1.0, np.sin(angle) / np.cos(lat))) + 1e-9
    low = max(0, int(np.floor((np.degrees(lat - angle) - a.south) / a.cell)))
    high = min(a.rows - 1, int(np.floor((np.degrees(lat + angle) - a.south) / a.cell)))
    found = 0
    for turn in range(-1, 2):  # the date line
        middle = np.degrees(lon) + 360.0 * turn - a.west
        if half >= 4.0 and turn != 0:
            continue
        left, right = 0, a.columns - 1
        if half < 4.0:
            left = max(0, int(np.floor((middle - np.degrees(half)) / a.cell)))
            right = min(a.columns - 1, int(np.floor((middle + np.degrees(half)) / a.cell)))
        if right < left:
            continue
        for row in range(low, high + 1):
            for i in range(a.first[row * a.columns + left], a.first[row * a.columns + right + 1]):
                p = a.order[i]
                way = _km(lat, lon, a.place[p, 0], a.place[p, 1])
                if way <= reach:
                    places[found], km[found] = p, way
                    found += 1
    return found


@kernel
def _km(lat1, lon1, lat2, lon2):  # type: ignore[no-untyped-def]
    h = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(min(h, 1.0)))


@kernel
def sift(a, v, p, way):  # type: ignore[no-untyped-def]
    """How many of the six tests the pair passes before one fails: free then, skilled, said, spoken, not
    never, worth the way."""
    if not a.free[a.classes[v, 0], a.asked[p, 0]]:
        return 0
    if not a.skilled[a.classes[v, 1], a.asked[p, 1]]:
        return 1
    if not a.said[a.classes[v, 1], a.asked[p, 1]]:
        return 2
    if not a.spoken[a.classes[v, 2], a.asked[p, 2]]:
        return 3
    for i in range(a.never_start[v], a.never_start[v + 1]):
        if a.never[i] == p:
            return 4
    worth = a.weight[v] * a.worth[a.segment_start[p]] - a.km_cost * way
    return TESTS if worth > 0 else TESTS - 1


@kernel
def best_seat(a, price, v, p, way):  # type: ignore[no-untyped-def]
    """The segment that gains most at these prices, and what it gains; -1 where the place has no seat."""
    gain, segment = -np.inf, -1
    for s in range(a.segment_start[p], a.segment_start[p + 1]):
        if a.seats[s] > 0:
            there = a.weight[v] * a.worth[s] - a.km_cost * way - price[s]
            if there > gain:
                gain, segment = there, s
    return gain, segment


@kernel
def in_the_way(a, held_start, held, v, own, p):  # type: ignore[no-untyped-def]
    """Whether the volunteer has the place, or one besides `own` that it overlaps."""
    for h in range(held_start[v], held_start[v + 1]):
        q = held[h]
        if q == p:
            return True
        timed = a.starts[p] < a.ends[p] and a.starts[q] < a.ends[q]
        if q != own and timed and a.starts[p] < a.ends[q] and a.starts[q] < a.ends[p]:
            return True
    return False
