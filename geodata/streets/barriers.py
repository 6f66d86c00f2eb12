"""Lines and areas that no straight way may cross; a street that crosses one does so by a real crossing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geodata.streets.noding import Floats

_SHY_M = 0.05  # ways end that much before the street, which may itself run on the barrier


def crossed_by(barriers: Sequence[Any], from_xy: Floats, to_xy: Floats) -> npt.NDArray[np.bool_]:
    """(k,) whether the straight way from (k, 2) to (k, 2) crosses the line, or the outline of the area."""
    hit = np.zeros(len(from_xy), dtype=bool)
    shapes = np.asarray(barriers, dtype=object)
    if not len(shapes) or not len(from_xy):
        return hit
    flat = shapely.get_parts(shapes)
    flat = np.where(shapely.get_dimensions(flat) == 2, shapely.boundary(flat), flat)
    way = to_xy - from_xy
    length = np.hypot(way[:, 0], way[:, 1])[:, None]
    ends = to_xy - way * np.divide(_SHY_M, length, out=np.ones_like(length), where=length > _SHY_M)
    ways = shapely.linestrings(np.stack([from_xy, ends], axis=1))
    hit[np.unique(shapely.STRtree(flat).query(ways, predicate="intersects")[0])] = True
    return hit


def listed(barriers: Any) -> list[Any]:
    """Barriers as a list of shapely geometries, whether none, one or many are given."""
    return list(np.atleast_1d(np.asarray(barriers if barriers is not None else [], dtype=object)))
