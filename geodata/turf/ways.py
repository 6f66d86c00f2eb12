"""Where a walk begins and the line it takes."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from geodata.routing.neighbours import Longs
from geodata.streets import walk_line
from geodata.turf.ground import Ground, Streets


def start_of(ground: Ground, rows: Longs, network: Any) -> tuple[float, float]:
    """The corner nearest to the first door where streets are known, else the door itself."""
    first = int(rows[0])
    if isinstance(ground, Streets) and network is not None and ground.walk.corner[first, 0] >= 0:
        end = int(np.argmin(ground.walk.corner_m[first]))
        x, y = network.corners.xy_m[ground.walk.corner[first, end]]
        return float(x), float(y)
    return float(ground.xy_m[first, 0]), float(ground.xy_m[first, 1])


def line_of(ground: Ground, rows: Longs, network: Any) -> Any:
    """The walk as a line: along streets where they are known, else from door to door."""
    if isinstance(ground, Streets) and network is not None:
        return walk_line(network, ground.walk, ground.rows[rows])
    points = ground.xy_m[rows]
    return shapely.linestrings(np.vstack([points, points]) if len(points) == 1 else points)
