"""Volunteers' homes, and which districts are nearest to each: for the plan “everybody goes nearby”."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from geodata.priority.contest import Floats

HOMES_EACH = 4
NEAREST = 12
_AT_ONCE = 1000
_TRIES = 60


def nearest_districts(ids: Sequence[str], shapes: Mapping[str, Any], seed: int) -> list[np.ndarray]:
    """Per district (h, k) rows of `ids`: the k districts nearest to each of h homes drawn inside it.

    shapes: polygons in longitude and latitude by code. Nearest is by great circle to the middle of a district
    (its centroid). A district without a shape is its own nearest, and nobody else's.
    """
    known = [row for row, code in enumerate(ids) if code in shapes]
    found = [np.array([[row]]) for row in range(len(ids))]
    if not known:
        return found
    polygons = np.array([shapes[ids[row]] for row in known], dtype=object)
    centres = _on_the_globe(shapely.get_coordinates(shapely.centroid(polygons)))
    homes = _on_the_globe(_inside(polygons, np.random.default_rng(seed)).reshape(-1, 2))
    nearest = _nearest(homes, centres).reshape(len(known), HOMES_EACH, -1)
    rows = np.asarray(known)
    for at, row in enumerate(known):
        found[row] = rows[nearest[at]]
    return found


def _inside(polygons: np.ndarray, rng: np.random.Generator) -> Floats:
    """(n, h, 2) points inside each polygon, evenly; its surest inner point where chance finds none."""
    low, high = np.split(shapely.bounds(polygons), 2, axis=1)
    surest = shapely.get_coordinates(shapely.point_on_surface(polygons))
    points = np.repeat(surest[:, None], HOMES_EACH, axis=1)
    is_open = np.ones(points.shape[:2], dtype=bool)
    shapely.prepare(polygons)
    for _ in range(_TRIES):
        drawn = low[:, None] + rng.random(points.shape) * (high - low)[:, None]
        hit = is_open & shapely.contains_xy(polygons[:, None], drawn[..., 0], drawn[..., 1])
        points[hit], is_open = drawn[hit], is_open & ~hit
        if not is_open.any():
            break
    return np.asarray(points)


def _on_the_globe(points: Floats) -> Floats:
    """(n, 3) unit vectors of longitude and latitude (n, 2)."""
    lon, lat = np.radians(points).T
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def _nearest(homes: Floats, centres: Floats) -> np.ndarray:
    """(h, k) rows of the nearest centres, nearest first."""
    k = min(NEAREST, len(centres))
    parts = []
    for at in range(0, len(homes), _AT_ONCE):
        near = homes[at : at + _AT_ONCE] @ centres.T
        best = np.argpartition(-near, k - 1, axis=1)[:, :k]
        order = np.argsort(-np.take_along_axis(near, best, axis=1), axis=1, kind="stable")
        parts.append(np.take_along_axis(best, order, axis=1))
    return np.concatenate(parts)
