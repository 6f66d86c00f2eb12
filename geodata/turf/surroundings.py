"""The ground around doors, with the bays between them filled."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from geodata.routing.neighbours import Floats, Longs
from geodata.turf.shapes import Shapes, at_once, exactly, first_of, same_of

Bools = npt.NDArray[np.bool_]

AROUND_DOOR_M = 45.0
THINNED_M = 25.0  # one door of each square of that side stands for all in it
WIDEST_M = 75.0  # radius of the circle through three doors whose triangle is filled
JOINED_M = 120.0  # doors so near each other have ground between them


def surroundings(spots: Floats, owner: Longs, count: int) -> Shapes:
    """(count,) what lies within 45 m of each owner's spots (s, 2), or between those that are near each other.

    Joined triangles grown once take a tenth of the time that as many circles take.
    """
    square = np.floor(spots / THINNED_M).astype(np.int64)
    few = first_of(owner, *(square - square.min(axis=0)).T)
    of = owner[few]
    begin = np.searchsorted(of, np.arange(count + 1))
    parts = at_once(
        lambda some: _grown(spots[few[begin[some[0]] : begin[some[-1] + 1]]], of, begin, some), count
    )
    return np.concatenate(parts)


def _grown(xy: Floats, of: Longs, begin: Longs, some: Longs) -> Shapes:
    """The same for some successive owners, whose spots are xy."""
    own = of[begin[some[0]] : begin[some[-1] + 1]] - some[0]
    many = np.full(len(some), shapely.MultiPoint(), dtype=object)
    shapely.multipoints(xy, indices=own, out=many)
    triangles, owner = shapely.get_parts(shapely.delaunay_triangles(many), return_index=True)
    corners = shapely.get_coordinates(triangles).reshape(-1, 4, 2)
    length = np.hypot(*(corners[:, 1:] - corners[:, :3]).T).T
    is_filled = length.prod(axis=1) <= 4 * WIDEST_M * shapely.area(triangles)
    first = _alone(corners, owner, is_filled) & (length <= JOINED_M)
    steps = shapely.linestrings(np.stack([corners[:, :3][first], corners[:, 1:][first]], axis=1))
    kept = np.concatenate([triangles[is_filled], steps])
    owners = np.concatenate([owner[is_filled], np.repeat(owner, first.sum(axis=1))])
    return _around(kept, owners, shapely.points(xy), own, len(some))


def _alone(corners: Floats, owner: Longs, is_filled: Bools) -> Bools:
    """(t, 3) sides of triangles that no filled one of the same owner has; each once."""
    spot = same_of(*corners[:, :3].reshape(-1, 2).T).reshape(-1, 3)
    sides = np.sort(np.stack([spot, np.roll(spot, -1, axis=1)], axis=2), axis=2).reshape(-1, 2)
    side = same_of(np.repeat(owner, 3), *sides.T)
    alone = np.zeros(len(side), bool)
    alone[first_of(side)] = True
    filled = np.zeros(len(side), bool)
    filled[side[np.repeat(is_filled, 3)]] = True
    return (alone & ~filled[side]).reshape(-1, 3)


def _around(kept: Shapes, owners: Longs, points: Shapes, own: Longs, count: int) -> Shapes:
    """(count,) what lies around the shapes kept of each owner, and around its points apart from them."""
    order = np.argsort(owners, kind="stable")
    groups = np.split(kept[order], np.searchsorted(owners[order], np.arange(1, count)))
    bodies = np.array([_body(group) for group in groups], dtype=object)
    grown = shapely.buffer(bodies, AROUND_DOOR_M, quad_segs=4)
    shapely.prepare(grown)
    apart = np.flatnonzero(~shapely.covers(grown[own], points))
    for owner in np.unique(own[apart]):
        alone = shapely.multipoints(points[apart[own[apart] == owner]])
        around = shapely.buffer(alone, AROUND_DOOR_M, quad_segs=4)
        grown[owner] = exactly(shapely.union, grown[owner], around)
    return np.asarray(grown, dtype=object)


def _body(group: Shapes) -> object:
    """Triangles side by side as one shape, and lines, in one collection."""
    is_flat = shapely.get_dimensions(group) == 1
    joined = shapely.coverage_union_all(group[~is_flat])
    steps = shapely.line_merge(shapely.multilinestrings(group[is_flat]))
    return shapely.geometrycollections([*shapely.get_parts(joined), *shapely.get_parts(steps)])
