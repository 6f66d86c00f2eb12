"""What parts the ground of turfs, barriers and the lines of districts, and shapes that stay within it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from geodata.routing.neighbours import Floats, Longs
from geodata.turf.barriers import Lines
from geodata.turf.shapes import Shapes, all_areal, areal, at_once, exactly, finely, first_of, same_of

SLIT_M = 0.5  # to either side of a barrier
NONE_M2 = 1e-4  # two districts that share a line share no more than that of a turf's ground


class Walls:
    """Barriers and districts around spots (s, 2) in the doors' CRS, owned by turfs; all lengths in metres.

    part (s,): spots of different parts are kept apart by a district or by closed barriers. grounds (parts,):
    the district's polygon of each part, or None. Like the spots later on, both shifted by -middle.
    """

    def __init__(
        self, barriers: Lines, grounds: Sequence[Any], owner: Longs, spots: Floats, middle: Floats
    ) -> None:
        known = {id(ground): ground for ground in grounds}
        numbers = {key: number for number, key in enumerate(known)}
        district = np.array([numbers[id(ground)] for ground in grounds])[owner]
        self.part = same_of(district, barriers.sides(spots))
        shifted = [each and shapely.transform(each, lambda xy: xy - middle) for each in known.values()]
        self.grounds = np.array([None, *shifted], dtype=object)[1:][district[first_of(self.part)]]
        self.has_grounds = any(each is not None for each in shifted)
        self.segments = shapely.transform(_segments(barriers.lines), lambda xy: xy - middle)
        self.tree = shapely.STRtree(self.segments)

    def room(self, points: Shapes, some: Longs, most_m: float) -> Floats:
        """(k,) metres from some of the points to the nearest wall, up to most_m; 0 outside its district."""
        room = np.full(len(some), most_m)
        if len(self.segments):
            (at, _), metres = self.tree.query_nearest(
                points[some], max_distance=most_m, return_distance=True, all_matches=False
            )
            room[at] = metres
        ground = self.grounds[self.part[some]]
        known = ground != None  # noqa: E711 - of each element
        line_m = shapely.distance(shapely.boundary(ground[known]), points[some[known]])
        inside = shapely.covers(ground[known], points[some[known]])
        room[known] = np.minimum(room[known], np.where(inside, line_m, 0.0))
        return room


def enclosed(shapes: Shapes, points: Shapes, piece: Longs, walls: Walls, pieces: Longs) -> Shapes:
    """The shapes of pieces (p, 2: part and turf) without what lies outside their district, over or behind a
    barrier, or in another district's shape; points (s,) are the spots, of pieces `piece` (s,).
    """
    made = shapes.copy()
    if walls.has_grounds:
        _clip(made, walls.grounds[pieces[:, 0]])
        _part(made, pieces[:, 0])
    if len(walls.segments):
        _slit(made, walls)
    return _with_doors(made, points, piece)


def _clip(shapes: Shapes, grounds: Shapes) -> None:
    known = np.flatnonzero(grounds != None)  # noqa: E711 - of each element
    shapely.prepare(grounds[known])  # prepared shapes are not for several threads
    over = known[~shapely.contains_properly(grounds[known], shapes[known])]

    def clip(some: Longs) -> None:
        own = over[some]
        shapes[own] = all_areal(finely(shapely.intersection, shapes[own], grounds[own]))

    at_once(clip, len(over))


def _part(shapes: Shapes, part: Longs) -> None:
    """Take from each shape what one of another part before it has too: districts that overlap."""
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    other = (a < b) & (part[a] != part[b])
    a, b = a[other], b[other]
    both = np.concatenate(
        at_once(
            lambda some: shapely.area(finely(shapely.intersection, shapes[a[some]], shapes[b[some]])), len(a)
        )
    )
    for i, j in zip(a[both > NONE_M2], b[both > NONE_M2], strict=True):
        shapes[j] = areal(finely(shapely.difference, shapes[j], shapes[i]))


def _slit(shapes: Shapes, walls: Walls) -> None:
    """Take a narrow strip along each barrier from the shapes."""
    at, segment = walls.tree.query(shapes, predicate="dwithin", distance=SLIT_M)
    order = np.argsort(at, kind="stable")
    touched, begin = np.unique(at[order], return_index=True)
    along = np.split(walls.segments[segment[order]], begin[1:])

    def cut(some: Longs) -> None:
        for each in some:
            strip = shapely.buffer(shapely.multilinestrings(along[each]), SLIT_M, quad_segs=2)
            shapes[touched[each]] = exactly(shapely.difference, shapes[touched[each]], strip)

    at_once(cut, len(touched))


def _with_doors(shapes: Shapes, points: Shapes, piece: Longs) -> Shapes:
    """The parts of the shapes that hold a spot of their own."""
    in_parts = shapely.get_num_geometries(shapes) > 1
    rows = np.flatnonzero(in_parts)
    parts, of = shapely.get_parts(shapes[rows], return_index=True)
    own = np.flatnonzero(in_parts[piece])
    spot, at = shapely.STRtree(parts).query(points[own], predicate="covered_by")
    has = np.zeros(len(parts), bool)
    has[at[piece[own[spot]] == rows[of[at]]]] = True
    held, row = parts[has], rows[of[has]]
    made = shapes.copy()
    made[rows] = shapely.MultiPolygon()
    shapely.multipolygons(held, indices=row, out=made)
    one = rows[shapely.get_num_geometries(made[rows]) == 1]
    made[one] = shapely.get_geometry(made[one], 0)
    return made


def _segments(lines: Shapes) -> Shapes:
    """The straight pieces of all lines."""
    if not len(lines):
        return np.empty(0, dtype=object)
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    same = owner[1:] == owner[:-1]
    return np.asarray(shapely.linestrings(np.stack([xy[:-1][same], xy[1:][same]], axis=1)), dtype=object)
