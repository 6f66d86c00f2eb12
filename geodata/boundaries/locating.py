"""Which boundary is this point in: exactly one, and always the same one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geodata.crs import Bounds, great_circle_km, local_metric_crs

NOWHERE = -1
_CELL_DEG = 2.0  # points to be snapped are measured in cells this wide, each in its own UTM zone
_KM_PER_DEGREE = 111.0


@dataclass(frozen=True)
class Located:
    """Where points lie: `index` (n,) int64 is the row of the polygon, or -1 for none.

    inside + snapped + nowhere = n; shared counts points inside more than one polygon (on an edge or in an
    overlap), which went to the one with the lowest id; `distance_m` (n,) is 0 inside, the way to the polygon
    where snapped, NaN elsewhere.
    """

    index: NDArray[np.int64]
    inside: int
    snapped: int
    nowhere: int
    shared: int
    distance_m: NDArray[np.float64]


def locate(
    lon: ArrayLike,
    lat: ArrayLike,
    polygons: ArrayLike,
    *,
    ids: Sequence[str] | None = None,
    snap_m: float = 0.0,
) -> Located:
    """The polygon of every point, by one rule that never depends on the order of points or polygons.

    lon, lat: (n,) degrees; polygons: (m,) valid polygonal geometries in EPSG:4326. A point in several of them
    (on a shared edge, or where they overlap) belongs to the one with the lowest of `ids` (text order;
    without ids, the lowest row). A point in none goes to the nearest polygon within `snap_m` metres, ties
    to the lowest id, and else to none (-1). Empty and missing polygons hold nothing. The antimeridian is not
    crossed when snapping. Raises ValueError naming the first point that is not on the globe. 1,000,000 points
    over 3,233 counties take about a third of the time of the bare spatial join of shapely.
    """
    x, y = _checked(lon, lat)
    shapes = np.array(polygons, dtype=object)
    rank = _ranks(len(shapes), ids)
    index, shared = _containing(x, y, shapes, rank)
    distance_m = np.where(index >= 0, 0.0, np.nan)
    inside = int((index >= 0).sum())
    if snap_m > 0 and inside < len(x) and len(shapes):
        _snap(x, y, shapes, rank, float(snap_m), index, distance_m)
    found = int((index >= 0).sum())
    return Located(index, inside, found - inside, len(x) - found, shared, distance_m)


def _checked(lon: ArrayLike, lat: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x, y = np.ascontiguousarray(lon, dtype=np.float64), np.ascontiguousarray(lat, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape:
        raise ValueError(f"lon and lat must be two rows of equal length, got {x.shape} and {y.shape}")
    bad = ~(np.isfinite(x) & np.isfinite(y) & (np.abs(y) <= 90) & (np.abs(x) <= 360))
    if bad.any():
        first = int(np.argmax(bad))
        swapped = np.isfinite(x[first]) and np.isfinite(y[first]) and abs(x[first]) <= 90 < abs(y[first])
        hint = "; longitude and latitude look swapped" if swapped else ""
        raise ValueError(
            f"point {first + 1} is not on the globe: longitude {x[first]}, latitude {y[first]} "
            f"({int(bad.sum()):,} of {len(x):,} points){hint}"
        )
    return x, y


def _ranks(n: int, ids: Sequence[str] | None) -> NDArray[np.int64]:
    """Place of each polygon when sorted by id: the smaller, the sooner it wins."""
    if ids is None:
        return np.arange(n, dtype=np.int64)
    if len(ids) != n:
        raise ValueError(f"{len(ids)} ids for {n} polygons")
    order = sorted(range(n), key=lambda i: (str(ids[i]), i))
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(n)
    return rank


def _containing(
    x: NDArray[np.float64], y: NDArray[np.float64], shapes: NDArray[np.object_], rank: NDArray[np.int64]
) -> tuple[NDArray[np.int64], int]:
    """The polygon of lowest rank that holds each point, and how many points lie in several."""
    index = np.full(len(x), NOWHERE, dtype=np.int64)
    if not len(x) or not len(shapes):
        return index, 0
    shapely.prepare(shapes)
    strips = _Strips(x, y, shapes)
    found, times = index.copy(), np.zeros(len(x), dtype=np.int32)
    for row in strips.beside_points(np.argsort(-rank)):  # the last one written is the lowest
        inside = strips.inside(row)
        found[inside] = row
        times[inside] += 1
    index[strips.order] = found
    return index, int((times > 1).sum())


class _Strips:
    """Points by latitude: the few in a polygon's box are found by halving, then asked on bare coordinates.

    Neither a geometry per point nor a tree of them is made, which took three quarters of the time. order (n,)
    is the row of each point as they lie here.
    """

    def __init__(self, x: NDArray[np.float64], y: NDArray[np.float64], shapes: NDArray[np.object_]) -> None:
        self.order = np.argsort(y)
        self._x, self._y, self._shapes = x[self.order], y[self.order], shapes
        box = shapely.bounds(shapes)  # NaN where empty: sorted behind every point, so nothing is in it
        self._west, self._east = box[:, 0], box[:, 2]
        self._first = np.searchsorted(self._y, box[:, 1], side="left")
        self._last = np.searchsorted(self._y, box[:, 3], side="right")

    def beside_points(self, rows: NDArray[np.intp]) -> list[int]:
        """Those of the polygons that have points at their latitudes."""
        some: list[int] = rows[self._first[rows] < self._last[rows]].tolist()
        return some

    def inside(self, row: int) -> NDArray[np.intp]:
        """Places in `order` of the points inside or on the edge of polygon `row`."""
        first, last = self._first[row], self._last[row]
        x = self._x[first:last]
        near = first + np.flatnonzero((x >= self._west[row]) & (x <= self._east[row]))
        if not len(near):
            return near
        return near[shapely.intersects_xy(self._shapes[row], self._x[near], self._y[near])]


def _snap(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    shapes: NDArray[np.object_],
    rank: NDArray[np.int64],
    snap_m: float,
    index: NDArray[np.int64],
    distance_m: NDArray[np.float64],
) -> None:
    """Fill index and distance_m of points outside with the nearest polygon within snap_m."""
    tree = shapely.STRtree(shapes)
    outside = np.flatnonzero(index < 0)
    cell = np.floor(x[outside] / _CELL_DEG) * 1_000 + np.floor(y[outside] / _CELL_DEG)
    for key in np.unique(cell):
        rows = outside[cell == key]
        _snap_cell(x, y, rows, tree, shapes, rank, snap_m, index, distance_m)


def _snap_cell(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    rows: NDArray[np.intp],
    tree: shapely.STRtree,
    shapes: NDArray[np.object_],
    rank: NDArray[np.int64],
    snap_m: float,
    index: NDArray[np.int64],
    distance_m: NDArray[np.float64],
) -> None:
    box = _around(x[rows], y[rows], snap_m)
    near = np.sort(tree.query(shapely.box(*box)))
    if not len(near):
        return
    crs = local_metric_crs(box)
    # Far parts of a large polygon do not matter here and may not even exist in this CRS: cut them off.
    cut = gpd.GeoSeries(shapely.clip_by_rect(shapes[near], *box), crs=4326).to_crs(crs)
    points = gpd.GeoSeries(shapely.points(x[rows], y[rows]), crs=4326).to_crs(crs)
    (point, found), metres = shapely.STRtree(np.asarray(cut.array)).query_nearest(
        np.asarray(points.array), max_distance=snap_m, return_distance=True, all_matches=True
    )
    order = np.argsort(-rank[near[found]], kind="stable")
    index[rows[point[order]]] = near[found[order]]
    distance_m[rows[point[order]]] = metres[order]


def _around(x: NDArray[np.float64], y: NDArray[np.float64], snap_m: float) -> Bounds:
    """West, south, east, north of the points, widened by more than snap_m on each side."""
    north_deg = 1.1 * snap_m / 1000 / _KM_PER_DEGREE + 1e-6
    steepest = min(float(np.abs(y).max()) + north_deg, 89.0)
    per_degree = float(great_circle_km(steepest, 0.0, steepest, 1.0))
    east_deg = 1.1 * snap_m / 1000 / per_degree + 1e-6
    west, south, east, north = (float(v) for v in (x.min(), y.min(), x.max(), y.max()))
    return west - east_deg, south - north_deg, east + east_deg, north + north_deg
