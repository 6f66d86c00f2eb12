"""An area to draw for each turf: no two overlap, each holds just its own doors, none lies over a barrier.

Every place of doors owns the ground that is nearest to it (its Voronoi cell) among those of its district on
its side of the barriers; the cells of a turf are joined, the borders straightened on both sides alike, what
lies far from all doors is left out, and so is what lies behind a barrier or a district line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geodata.routing.neighbours import Floats, Longs
from geodata.turf.barriers import Lines
from geodata.turf.enclosed import Walls, enclosed
from geodata.turf.shapes import Shapes, all_areal, areal, at_once, exactly, first_of, grouped, same_of
from geodata.turf.surroundings import AROUND_DOOR_M, surroundings

SIMPLER_BY_M = 9.0
HELD_M = 3.0  # around a door that straightening would give to a neighbour
LEAST_M = 0.5  # around a door that stands on a barrier or a district line, or beyond that line
WHOLE_M = 1024.0
SECTOR_M = 25.0  # of a spot that several turfs share
ONE_SPOT_M = 0.01  # doors so near each other share a spot: float noise, not ground between them


def areas(
    xy_m: Floats,
    turfs: list[Longs],
    *,
    barriers: Lines | None = None,
    grounds: Sequence[Any] | None = None,
) -> list[Any]:
    """A Polygon or MultiPolygon for each turf (rows of doors), in the doors' CRS in metres; empty for none.

    barriers: no shape lies over one; a turf whose walk crosses one has a part on each side, half a metre from
    it. grounds: for each turf the polygon that its shape stays within (its district), or None; the same
    object for turfs of one district. A door that stands within half a metre of a barrier or of its district's
    line, or beyond that line, still has up to half a metre of ground around it.

    No two shapes overlap, and each holds its doors and no other's, to a centimetre: doors nearer to each
    other than that count as one place, where the first of them is. Where several turfs share a place, as in a
    tower, the first has the ground around it and each of the others a sector that begins there.
    """
    rows = np.concatenate([*turfs, np.empty(0, np.int64)])
    if not len(rows):
        return [shapely.Polygon() for _ in turfs]
    turf = np.repeat(np.arange(len(turfs)), [len(each) for each in turfs])
    spots, which = _spots(xy_m[rows])
    pairs = np.column_stack([which, turf])[first_of(which, turf)]
    is_first = np.append(True, pairs[1:, 0] != pairs[:-1, 0])
    owner = pairs[is_first, 1]
    middle = np.round(spots.mean(axis=0) / WHOLE_M) * WHOLE_M  # small numbers keep their decimals
    walls = Walls(barriers or Lines(None), grounds or [None] * len(turfs), owner, spots, middle)
    spots = spots - middle
    piece = same_of(walls.part, owner)
    pieces = np.column_stack([walls.part, owner])[first_of(piece)]
    shapes = _owned(spots, walls.part, piece, pieces[:, 0])
    points = shapely.points(spots)
    shapes = enclosed(shapes, points, piece, walls, pieces)
    shapes = _held(shapes, points, piece, pieces[:, 1], np.bincount(pairs[:, 0]) > 1, walls)
    whole = grouped(shapes, pieces[:, 1], len(turfs), _united)
    if not is_first.all():
        _carve(whole, spots, pairs[~is_first], owner)
    return [areal(shape) for shape in shapely.transform(whole, lambda xy: xy + middle)]


def _spots(xy_m: Floats) -> tuple[Floats, Longs]:
    """Distinct places (s, 2), none within a centimetre of another, and for each door which it is at."""
    spots, which = xy_m[first_of(*xy_m.T)], same_of(*xy_m.T)
    points = shapely.points(spots)
    tree = shapely.STRtree(points)

    def near(some: Longs) -> Longs:
        found: Longs = tree.query(points[some], predicate="dwithin", distance=ONE_SPOT_M)
        return np.vstack([some[found[0]], found[1]])

    a, b = np.hstack(at_once(near, len(spots)))
    label = np.arange(len(spots))
    while (label[a] != label[b]).any():
        np.minimum.at(label, a, label[b])
    kept, place = np.unique(label, return_inverse=True)
    return spots[kept], place.reshape(-1)[which]


def _owned(spots: Floats, part: Longs, piece: Longs, part_of: Longs) -> Shapes:
    """(p,) the ground of each piece: its spots' cells among those of its part, straightened, near doors."""
    of_part = np.split(np.argsort(part, kind="stable"), np.cumsum(np.bincount(part))[:-1])
    cells = np.empty(len(spots), dtype=object)

    def fill(parts: Longs) -> None:
        for each in parts:
            cells[of_part[each]] = _cells(spots[of_part[each]])

    at_once(fill, len(of_part))
    whole = grouped(cells, piece, len(part_of), _joined)
    simpler = grouped(whole, part_of, len(of_part), _straightened)
    around = surroundings(spots, piece, len(part_of))
    shapes = np.concatenate(list(simpler))  # pieces come in the order of their parts
    near = at_once(lambda some: exactly(shapely.intersection, shapes[some], around[some]), len(shapes))
    return all_areal(np.concatenate(near))


def _cells(spots: Floats) -> Shapes:
    """(n,) the ground nearest to each of n distinct spots."""
    low, high = spots.min(axis=0) - 4 * AROUND_DOOR_M, spots.max(axis=0) + 4 * AROUND_DOOR_M
    frame = shapely.box(*low, *high)
    if len(spots) == 1:
        return np.array([frame], dtype=object)
    found = shapely.voronoi_polygons(shapely.multipoints(spots), extend_to=frame, ordered=True)
    return np.array(shapely.get_parts(found), dtype=object)


def _united(parts: Shapes) -> Any:
    return parts[0] if len(parts) == 1 else exactly(shapely.union_all, parts)


def _joined(cells: Shapes) -> Any:
    try:
        return shapely.coverage_union_all(cells)
    except shapely.errors.GEOSException:  # spots so near each other that their cells do not fit exactly
        return exactly(shapely.union_all, cells)


def _straightened(shapes: Shapes) -> Shapes:
    """Shapes side by side with simpler borders, the same on both sides."""
    return np.atleast_1d(shapely.coverage_simplify(shapes, SIMPLER_BY_M))


def _held(
    shapes: Shapes,
    points: Shapes,
    piece: Longs,
    turf_of: Longs,
    is_shared: npt.NDArray[np.bool_],
    walls: Walls,
) -> Shapes:
    """The shapes, with a small disc around each spot that its own has lost, or that several turfs share."""
    shapely.prepare(shapes)  # prepared shapes are not for several threads
    lost = np.flatnonzero(is_shared | ~shapely.covers(shapes[piece], points))
    if not len(lost):
        return shapes
    held = shapely.buffer(points[lost], _radius(points, lost, turf_of[piece], walls), quad_segs=4)
    disc, other = shapely.STRtree(shapes).query(held, predicate="intersects")
    foreign = turf_of[piece[lost[disc]]] != turf_of[other]
    mended = shapes.copy()
    for at, discs in _by(other[foreign], held[disc[foreign]]):
        mended[at] = exactly(shapely.difference, mended[at], _united(discs))
    for at, discs in _by(piece[lost], held):
        mended[at] = exactly(shapely.union_all, np.append(discs, mended[at]))
    return mended


def _radius(points: Shapes, some: Longs, turf: Longs, walls: Walls) -> Floats:
    """(k,) metres around some of the spots that are nearer to no other turf's and reach over no wall."""
    a, b = shapely.STRtree(points).query(points[some], predicate="dwithin", distance=2 * HELD_M)
    foreign = turf[some[a]] != turf[b]
    radius = np.full(len(some), HELD_M)
    half_m = shapely.distance(points[some[a[foreign]]], points[b[foreign]]) / 2
    np.minimum.at(radius, a[foreign], half_m)
    return np.minimum(radius, np.maximum(LEAST_M, walls.room(points, some, HELD_M)))


def _carve(shapes: Shapes, spots: Floats, pairs: Longs, owner: Longs) -> None:
    """Give each further turf of a spot, by pairs of spot and turf, a sector of the ground around it."""
    tree = shapely.STRtree(shapely.points(spots))
    for spot, turfs in _by(pairs[:, 0], pairs[:, 1]):
        point = shapely.Point(spots[spot])
        ground = areal(shapes[owner[spot]])
        radius = min(SECTOR_M, 0.9 * shapely.distance(point, shapely.boundary(ground)))
        near = tree.query(point, predicate="dwithin", distance=2 * SECTOR_M)
        others = near[near != spot]
        if len(others):
            radius = min(radius, float(np.hypot(*(spots[others] - spots[spot]).T).min()) / 2)
        width = 2 * np.pi / (len(turfs) + 1)
        for at, turf in enumerate(turfs):
            turn = at * width + np.linspace(0, width, max(3, 24 // len(turfs)))
            rim = spots[spot] + radius * np.column_stack([np.cos(turn), np.sin(turn)])
            sector = shapely.Polygon([spots[spot], *rim])
            shapes[turf] = exactly(shapely.union, shapes[turf], sector)
            shapes[owner[spot]] = exactly(shapely.difference, shapes[owner[spot]], sector)


def _by(keys: Longs, values: Any) -> list[tuple[int, Any]]:
    """Each distinct key with its values."""
    order = np.argsort(keys, kind="stable")
    distinct, begin = np.unique(keys[order], return_index=True)
    return list(zip(distinct.tolist(), np.split(values[order], begin[1:]), strict=False))
