"""An area to draw for each turf."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from geodata.routing.neighbours import Floats

AROUND_DOOR_M = 12.0
ROUNDING_M = 30.0
SIMPLER_BY_M = 2.0


def outline(xy_m: Floats) -> Any:
    """A polygon around one turf's doors, 12 m beyond them: concave where the doors leave a bay, without
    holes.

    Contains every door given; neighbouring turfs' outlines may overlap a little. Empty for no doors.
    """
    if not len(xy_m):
        return shapely.Polygon()
    points = shapely.multipoints(np.unique(xy_m, axis=0))
    hull = shapely.concave_hull(points, ratio=0.4) if len(points.geoms) > 3 else shapely.convex_hull(points)
    grown = shapely.buffer(hull, AROUND_DOOR_M + ROUNDING_M, quad_segs=4)
    whole = shapely.simplify(shapely.buffer(grown, -ROUNDING_M, quad_segs=4), SIMPLER_BY_M)
    largest = max(shapely.get_parts(whole), key=lambda p: p.area)
    filled = shapely.Polygon(largest.exterior)
    return (
        filled
        if shapely.covers(filled, points)
        else shapely.convex_hull(shapely.buffer(points, AROUND_DOOR_M))
    )
