"""Lines that no walk may cross: what they part, and which steps they forbid."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geodata.routing.neighbours import Floats, Longs

MARGIN_M = 1_000.0
_MANY = 4  # shapely's number of the first kind of shapes that are several, collections among them


class Lines:
    """Barriers in the doors' CRS (metres), given as shapely lines or polygons (whose outline counts)."""

    def __init__(self, barriers: Any) -> None:
        shapes = np.atleast_1d(np.asarray(barriers if barriers is not None else [], dtype=object))
        if len(shapes) and not shapely.is_geometry(shapes).all():
            raise ValueError("barriers must be shapely geometries in the doors' CRS")
        flat = shapes[~shapely.is_empty(shapes)] if len(shapes) else shapes
        while len(flat) and (shapely.get_type_id(flat) >= _MANY).any():
            flat = shapely.get_parts(flat)
        if len(flat) and (shapely.get_dimensions(flat) == 0).any():
            raise ValueError("a barrier must be a line or an area, not a point")
        areas = shapely.get_dimensions(flat) == 2 if len(flat) else np.zeros(0, bool)
        self.lines = np.concatenate([flat[~areas], shapely.boundary(flat[areas])]) if len(flat) else flat
        self._tree = shapely.STRtree(self.lines)
        self._segments = _segments(self.lines)

    def __bool__(self) -> bool:
        return len(self.lines) > 0

    def crossed(self, from_xy: Floats, to_xy: Floats) -> npt.NDArray[np.bool_]:
        """(k,) whether the straight step from (k, 2) to (k, 2) touches a barrier; nobody walks
        from a place to itself.
        """
        hit = np.zeros(len(from_xy), dtype=bool)
        if len(from_xy) and self:
            steps = shapely.linestrings(np.stack([from_xy, to_xy], axis=1))
            hit[np.unique(self._tree.query(steps, predicate="intersects")[0])] = True
            hit &= (from_xy != to_xy).any(axis=1)
        return hit

    def near(self, xy_m: Floats) -> Floats:
        """(q, 4) pieces of barriers, from x, y to x, y, that may lie between any two of these points."""
        if not len(self._segments) or not len(xy_m):
            return self._segments[:0]
        low, high = xy_m.min(axis=0), xy_m.max(axis=0)
        ends = self._segments.reshape(-1, 2, 2)
        meets = (ends.max(axis=1) >= low).all(axis=1) & (ends.min(axis=1) <= high).all(axis=1)
        return self._segments[meets]

    def sides(self, xy_m: Floats) -> Longs:
        """(n,) number of the area, closed off by barriers, that each point lies in (on a line: the first
        one).
        """
        side = np.zeros(len(xy_m), np.int64)
        if not self or not len(xy_m):
            return side
        low, high = xy_m.min(axis=0) - MARGIN_M, xy_m.max(axis=0) + MARGIN_M
        frame = shapely.box(*low, *high)
        inside = shapely.intersection(self.lines, frame)
        noded = shapely.union_all(np.append(inside, frame.exterior))
        faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
        point, face = shapely.STRtree(faces).query(shapely.points(xy_m), predicate="intersects")
        side[:] = -1
        side[point[::-1]] = face[::-1]
        return side


def _segments(lines: Any) -> Floats:
    """(q, 4) the straight pieces of all lines."""
    if not len(lines):
        return np.empty((0, 4))
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    same = owner[1:] == owner[:-1]
    return np.ascontiguousarray(np.hstack([xy[:-1], xy[1:]])[same])
