"""Finds where neighbouring boundaries overlap or leave gaps.

Topology is looked at in the coordinates the boundaries share (degrees), where edges drawn from the same
points match exactly; areas and widths are then measured in an equal-area CRS.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from geopandas import GeoSeries
from numpy.typing import NDArray

from geodata.boundaries.rings import mend, polygonal
from geodata.crs import EQUAL_AREA


@dataclass(frozen=True, slots=True)
class Overlap:
    """Ground that two boundaries both claim; geometry in EPSG:4326."""

    first: str
    second: str
    area_m2: float
    geometry: shapely.Geometry


@dataclass(frozen=True, slots=True)
class Gap:
    """Ground enclosed by boundaries that belongs to none; `beside` are the ids around it."""

    beside: tuple[str, ...]
    area_m2: float
    geometry: shapely.Geometry


@dataclass(frozen=True, slots=True)
class Slivers:
    """Seams too small to matter: how many were counted apart and their area together."""

    count: int
    area_m2: float


def overlaps(
    shapes: NDArray[np.object_], ids: list[str], *, sliver_m2: float, sliver_width_m: float
) -> tuple[list[Overlap], Slivers]:
    """Every pair of valid polygonal `shapes` with common ground, largest first, and the slivers."""
    first, second = _suspect_pairs(shapes)
    common = polygonal(shapely.intersection(shapes[first], shapes[second]))
    some = shapely.area(common) > 0
    first, second, common = first[some], second[some], common[some]
    area, thin = _sizes(common, sliver_m2, sliver_width_m)
    large = np.flatnonzero(~thin)
    large = large[np.argsort(-area[large])]
    found = [Overlap(ids[first[k]], ids[second[k]], float(area[k]), common[k]) for k in large]
    return found, Slivers(int(thin.sum()), float(area[thin].sum()))


def gaps(
    shapes: NDArray[np.object_], ids: list[str], *, sliver_m2: float, sliver_width_m: float
) -> tuple[list[Gap], Slivers]:
    """Every hole that valid polygonal `shapes` enclose together, largest first, and the slivers.

    A hole may be right (a lake, a neighbour's enclave): its size and neighbours are for a person to judge.
    Bays open to the outside are no gaps.
    """
    holes = _holes(shapes)
    area, thin = _sizes(holes, sliver_m2, sliver_width_m)
    large = np.flatnonzero(~thin)
    large = large[np.argsort(-area[large])]
    beside = _neighbours(holes[large], shapes, ids)
    found = [Gap(names, float(area[k]), holes[k]) for k, names in zip(large, beside, strict=True)]
    return found, Slivers(int(thin.sum()), float(area[thin].sum()))


def clean_union(shapes: NDArray[np.object_]) -> shapely.Geometry:
    """The union of areas as one valid Polygon or MultiPolygon, broken rings mended first; empty for none.

    Holes stay: whether a hole is a lake or a mistake is not decided here.
    """
    mended = mend(np.asarray(shapes, dtype=object))[0]
    mended = mended[~shapely.is_empty(mended)]
    if not len(mended):
        return shapely.Polygon()
    return polygonal(np.array([_union(mended)], dtype=object))[0]


def _suspect_pairs(shapes: NDArray[np.object_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs (i < j) that meet and of which one has an edge that does not match: in a true coverage, none."""
    filled = ~shapely.is_empty(shapes)
    suspects = np.flatnonzero(filled & ~shapely.is_empty(shapely.coverage_invalid_edges(shapes)))
    if not len(suspects):
        return suspects, suspects
    shapely.prepare(shapes)
    left, right = shapely.STRtree(shapes).query(shapes[suspects], predicate="intersects")
    pairs = np.sort(np.column_stack([suspects[left], right]), axis=1)
    pairs = np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)
    return pairs[:, 0], pairs[:, 1]


def _union(shapes: NDArray[np.object_]) -> shapely.Geometry:
    if len(shapes) > 1 and shapely.coverage_is_valid(shapes):
        try:
            return shapely.coverage_union_all(shapes)
        except shapely.errors.GEOSException:  # a ring that a hair parts from itself
            pass
    return shapely.union_all(shapes)


def _holes(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    filled = shapes[~shapely.is_empty(shapes)]
    if not len(filled):
        return np.empty(0, dtype=object)
    outline = shapely.get_parts(_union(filled))
    rings = shapely.get_rings(outline, return_index=True)
    inner = np.ones(len(rings[1]), dtype=bool)
    inner[np.unique(rings[1], return_index=True)[1]] = False  # the first ring of each polygon is its outside
    return _without_islands(np.asarray(shapely.polygons(rings[0][inner]), dtype=object), outline)


def _without_islands(holes: NDArray[np.object_], parts: NDArray[np.object_]) -> NDArray[np.object_]:
    """Holes less whatever part of the outline lies inside them (a county inside a lake)."""
    hole, part = shapely.STRtree(parts).query(holes, predicate="contains")
    for h in np.unique(hole):
        holes[h] = shapely.difference(holes[h], shapely.union_all(parts[part[hole == h]]))
    return holes


def _neighbours(
    holes: NDArray[np.object_], shapes: NDArray[np.object_], ids: list[str]
) -> list[tuple[str, ...]]:
    hole, shape = shapely.STRtree(shapes).query(holes, predicate="intersects")
    names: list[list[str]] = [[] for _ in holes]
    for h, s in zip(hole, shape, strict=True):
        names[h].append(ids[s])
    return [tuple(sorted(n)) for n in names]


def _sizes(
    areas: NDArray[np.object_], sliver_m2: float, sliver_width_m: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(area in m2, is it a sliver): smaller than sliver_m2, or on average narrower than sliver_width_m."""
    flat = GeoSeries(areas, crs=4326).to_crs(EQUAL_AREA)
    area, around = np.asarray(flat.area), np.asarray(flat.length)
    width = 2 * area / np.maximum(around, 1e-9)
    return area, (area < sliver_m2) | (width < sliver_width_m)
