"""An area to draw for each turf: no two overlap, and each holds just its own doors.

Every place of doors owns the ground that is nearest to it (its Voronoi cell); the cells of a turf are joined,
the borders straightened on both sides alike, and what lies far from all doors is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geodata.routing.neighbours import Floats, Longs

AROUND_DOOR_M = 45.0  # that far from a turf's doors, with bays between them filled
FILLING_M = 30.0
THINNED_M = 25.0  # one door of each square of that side stands for all in it
SIMPLER_BY_M = 9.0
HELD_M = 3.0  # around a door that straightening would give to a neighbour
WHOLE_M = 1024.0
SECTOR_M = 25.0  # of a spot that several turfs share
ONE_SPOT_M = 0.01  # doors so near each other share a spot: float noise, not ground between them
GRID_M = 0.001  # of shapes that cannot be joined exactly

Shapes = npt.NDArray[np.object_]


def areas(xy_m: Floats, turfs: list[Longs]) -> list[Any]:
    """A Polygon or MultiPolygon for each turf (rows of doors), in the doors' CRS; empty for no doors.

    Where several turfs share one spot, as in a tower, the first has the ground around it and each of the
    others a sector that begins there.
    """
    rows = np.concatenate([*turfs, np.empty(0, np.int64)])
    if not len(rows):
        return [shapely.Polygon() for _ in turfs]
    owner = np.repeat(np.arange(len(turfs)), [len(each) for each in turfs])
    spots, which = _spots(xy_m[rows])
    middle = np.round(spots.mean(axis=0) / WHOLE_M) * WHOLE_M
    spots = spots - middle  # small numbers keep their decimals, and whole powers of two take none away
    pairs = np.unique(np.column_stack([which, owner]), axis=0)
    is_first = np.append(True, pairs[1:, 0] != pairs[:-1, 0])
    owners = pairs[is_first, 1]
    cells = _cells(spots)
    is_shared = np.bincount(pairs[:, 0]) > 1
    shapes = _straightened(_joined(cells, owners, len(turfs)), spots, owners, cells, is_shared)
    shapes = _exactly(shapely.intersection, shapes, _surroundings(spots, owners, len(turfs)))
    if not is_first.all():
        _carve(shapes, spots, pairs[~is_first], owners, cells)
    moved = shapely.transform(shapes, lambda xy: xy + middle)
    return [_areal(shape) for shape in moved]


def _spots(xy_m: Floats) -> tuple[Floats, Longs]:
    """Distinct places (s, 2), none within a centimetre of another, and for each door which it is at."""
    spots, which = np.unique(xy_m, axis=0, return_inverse=True)
    points = shapely.points(spots)
    a, b = shapely.STRtree(points).query(points, predicate="dwithin", distance=ONE_SPOT_M)
    label = np.arange(len(spots))
    while (label[a] != label[b]).any():
        np.minimum.at(label, a, label[b])
    kept, place = np.unique(label, return_inverse=True)
    return spots[kept], place.reshape(-1)[which.reshape(-1)]


def _exactly(operation: Callable[..., Any], *shapes: Any) -> Any:
    """An operation of shapely on these shapes; where no exact result is found, one to the millimetre."""
    try:
        return operation(*shapes)
    except shapely.errors.GEOSException:  # borders that all but touch
        return operation(*(shapely.make_valid(each) for each in shapes), grid_size=GRID_M)


def _joined(cells: Shapes, owners: Longs, count: int) -> Shapes:
    """(turfs,) the cells of each as one shape."""
    order = np.argsort(owners, kind="stable")
    groups = np.split(cells[order], np.searchsorted(owners[order], np.arange(1, count)))
    whole = np.empty(count, dtype=object)
    for turf, group in enumerate(groups):
        if not len(group):
            whole[turf] = shapely.Polygon()
            continue
        try:
            whole[turf] = shapely.coverage_union_all(group)
        except shapely.errors.GEOSException:  # spots so near each other that their cells do not fit exactly
            whole[turf] = _exactly(shapely.union_all, group)
    return whole


def _cells(spots: Floats) -> Shapes:
    """(n,) the ground nearest to each of n distinct spots."""
    low, high = spots.min(axis=0) - 4 * AROUND_DOOR_M, spots.max(axis=0) + 4 * AROUND_DOOR_M
    frame = shapely.box(*low, *high)
    if len(spots) == 1:
        return np.array([frame], dtype=object)
    found = shapely.voronoi_polygons(shapely.multipoints(spots), extend_to=frame, ordered=True)
    return np.array(shapely.get_parts(found), dtype=object)


def _straightened(
    shapes: Shapes, spots: Floats, owners: Longs, cells: Shapes, is_shared: npt.NDArray[np.bool_]
) -> Shapes:
    """The shapes with simpler borders, the same on both sides, each still holding its spots, and around those
    that are shared some ground to share.
    """
    simpler = shapes.copy()
    some = ~shapely.is_empty(shapes)
    simpler[some] = shapely.coverage_simplify(shapes[some], SIMPLER_BY_M)
    points = shapely.points(spots)
    lost = np.flatnonzero(is_shared | ~shapely.covers(simpler[owners], points))
    if not len(lost):
        return simpler
    held = _exactly(shapely.intersection, shapely.buffer(points[lost], HELD_M, quad_segs=4), cells[lost])
    without = _exactly(shapely.difference, simpler, _exactly(shapely.union_all, held))
    simpler = np.asarray(without, dtype=object)
    for turf in np.unique(owners[lost]):
        own = [simpler[turf], *held[owners[lost] == turf]]
        simpler[turf] = _exactly(shapely.union_all, np.array(own, dtype=object))
    return simpler


def _carve(shapes: Shapes, spots: Floats, pairs: Longs, owners: Longs, cells: Shapes) -> None:
    """Give each further turf of a spot, by pairs of spot and turf, a sector of the ground around it."""
    for spot in np.unique(pairs[:, 0]):
        turfs, owner = pairs[pairs[:, 0] == spot, 1], owners[spot]
        ground = _areal(_exactly(shapely.intersection, shapes[owner], cells[spot]))
        room = shapely.distance(shapely.Point(spots[spot]), shapely.boundary(ground))
        radius = min(SECTOR_M, 0.9 * room)
        width = 2 * np.pi / (len(turfs) + 1)
        for at, turf in enumerate(turfs):
            turn = at * width + np.linspace(0, width, max(3, 24 // len(turfs)))
            rim = spots[spot] + radius * np.column_stack([np.cos(turn), np.sin(turn)])
            sector = shapely.Polygon([spots[spot], *rim])
            shapes[turf] = _exactly(shapely.union, shapes[turf], sector)
            shapes[owner] = _exactly(shapely.difference, shapes[owner], sector)


def _surroundings(spots: Floats, owners: Longs, count: int) -> Shapes:
    """(turfs,) the ground around each turf's spots."""
    square = np.floor(spots / THINNED_M)
    _, few = np.unique(np.column_stack([owners, square]), axis=0, return_index=True)
    many = np.full(count, shapely.MultiPoint(), dtype=object)
    shapely.multipoints(spots[few], indices=owners[few], out=many)
    wide = shapely.buffer(many, AROUND_DOOR_M + FILLING_M, quad_segs=4)
    return np.asarray(shapely.buffer(wide, -FILLING_M, quad_segs=4), dtype=object)


def _areal(shape: Any) -> Any:
    """The parts of a shape that have an area."""
    if not shape.is_valid:
        shape = shapely.make_valid(shape)
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    parts = shapely.get_parts(shape)
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])
