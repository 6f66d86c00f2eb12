"""Places within reach of each volunteer, by a grid over latitude and longitude (never the full matrix)."""

from __future__ import annotations

import numpy as np

from geodata.compiled import kernel
from geodata.matching.problem import Floats, Ints, Longs

EARTH_RADIUS_KM = 6371.0088
KM_PER_DEGREE = EARTH_RADIUS_KM * np.pi / 180
MOST_CELLS_ACROSS = 1024


def places_in_reach(
    latitude: Floats, longitude: Floats, reach_km: Floats, place_latitude: Floats, place_longitude: Floats
) -> tuple[Longs, Ints, Floats, Floats]:
    """Great-circle neighbours: (start (n+1,), place, km, nearest_km (n,)) with volunteer i's places at
    start[i] to start[i+1], nearest first. nearest_km is over all places, infinite when there are none;
    a position that is not a number reaches nothing.
    """
    cell, across, first, members = _grid(place_latitude, place_longitude, reach_km)
    arguments = (
        np.radians(latitude), np.radians(longitude), reach_km,
        np.radians(place_latitude), np.radians(place_longitude), cell, across, first, members,
    )  # fmt: skip
    count = np.zeros(len(latitude), np.int64)
    _walk(*arguments, count, np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(0))
    start = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    place, km = np.empty(start[-1], np.int32), np.empty(start[-1])
    _walk(*arguments, count, start, place, km)
    nearest = np.full(len(latitude), np.inf)
    some = np.flatnonzero(count)
    nearest[some] = km[start[some]]
    none = np.flatnonzero((count == 0) & np.isfinite(latitude) & np.isfinite(longitude))
    nearest[none] = _nearest_km(*(np.radians(a) for a in (latitude[none], longitude[none])), *arguments[3:5])
    return start, place, km, nearest


def _grid(latitude: Floats, longitude: Floats, reach_km: Floats) -> tuple[float, int, Longs, Longs]:
    """Cell size in radians, cells across a parallel, and the places of each cell (row by row from the south
    pole).
    """
    finite = reach_km[np.isfinite(reach_km)]
    typical = float(np.median(finite)) if len(finite) else 50.0
    across = int(np.clip(360 * KM_PER_DEGREE / max(typical / 2, 1e-9), 2, MOST_CELLS_ACROSS))
    cell = 2 * np.pi / across
    rows = int(np.ceil(np.pi / cell))
    row = np.minimum((np.radians(latitude + 90) / cell).astype(np.int64), rows - 1)
    column = (np.radians(longitude + 180) / cell).astype(np.int64) % across
    key = row * across + column
    members = np.argsort(key, kind="stable").astype(np.int64)
    first = np.searchsorted(key[members], np.arange(rows * across + 1)).astype(np.int64)
    return cell, across, first, members


@kernel
def _km(lat1, lon1, lat2, lon2):  # type: ignore[no-untyped-def]
    a = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(min(1.0, np.sqrt(a)))


@kernel
def _walk(  # type: ignore[no-untyped-def]
    latitude, longitude, reach, place_latitude, place_longitude, cell, across, first, members,
    count, start, place, km,
):  # fmt: skip
    """Count the places in reach when `start` is empty, else write them down, nearest first."""
    writing = len(start) > 0
    rows = (len(first) - 1) // across
    for i in range(len(latitude)):
        lat, lon, radius = latitude[i], longitude[i], reach[i]
        if np.isnan(lat) or np.isnan(lon) or not radius >= 0 or len(members) == 0:
            continue
        # a hair more than the angle, so that a place exactly at the limit is looked at
        angle = radius / EARTH_RADIUS_KM * (1 + 1e-9) + 1e-12
        south = max(0, int((lat - angle + np.pi / 2) / cell)) if lat - angle > -np.pi / 2 else 0
        north = min(rows - 1, int((lat + angle + np.pi / 2) / cell)) if lat + angle < np.pi / 2 else rows - 1
        west, width = 0, across
        if abs(lat) + angle < np.pi / 2:
            half = np.arcsin(min(1.0, np.sin(min(angle, np.pi / 2)) / np.cos(lat)))
            west = int(np.floor((lon + np.pi - half) / cell))
            width = min(across, int(np.floor((lon + np.pi + half) / cell)) - west + 1)
        found = 0
        for r in range(south, north + 1):
            for c in range(west, west + width):
                key = r * across + c % across
                for m in range(first[key], first[key + 1]):
                    p = members[m]
                    distance = _km(lat, lon, place_latitude[p], place_longitude[p])
                    if distance <= radius:
                        if writing:
                            place[start[i] + found], km[start[i] + found] = p, distance
                        found += 1
        if writing:
            here = slice(start[i], start[i] + found)
            order = np.argsort(km[here])
            place[here], km[here] = place[here][order], km[here][order]
        count[i] = found


@kernel
def _nearest_km(latitude, longitude, place_latitude, place_longitude):  # type: ignore[no-untyped-def]
    nearest = np.full(len(latitude), np.inf)
    for i in range(len(latitude)):
        for p in range(len(place_latitude)):
            nearest[i] = min(
                nearest[i], _km(latitude[i], longitude[i], place_latitude[p], place_longitude[p])
            )
    return nearest
