"""The cases `vermont`, `counties` and `fine-counties`: which polygon each point lies in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geodata.boundaries import locate
from volunteer_hub.bench.engine.case import Figures, Task
from volunteer_hub.bench.engine.gauge import Gauge, seconds_of
from volunteer_hub.bench.instances.areas import invented, points_in

Areas = Callable[[], tuple[Any, str]]


def ours(areas: Areas, task: Task) -> Figures:
    """locate(): one polygon for each point by a rule, the index made within the time."""
    warm_up_s = seconds_of(lambda: locate([-99.0], [36.0], invented(4, vertices_a_side=4)))
    shapes, source = areas()
    x, y = points_in(shapes, task.n, task.seed)
    ids = [f"{row:05d}" for row in range(len(shapes))]
    with Gauge() as gauge:
        found = locate(x, y, shapes, ids=ids)
    figures = gauge.figures() | {"warm_up_s": warm_up_s, "areas": len(shapes), "source": source}
    figures |= {"vertices": int(shapely.get_num_coordinates(shapes).sum())}
    figures |= {"inside": found.inside, "shared": found.shared}
    return figures | ({"violations": _wrong(found.index, _bare(shapes, x, y))} if task.check else {})


def _wrong(index: Any, pairs: Any) -> int:
    """Points whose area is not the lowest of those that bare shapely finds (none: -1)."""
    area, point = pairs
    lowest = np.full(len(index), np.iinfo(np.int64).max)
    np.minimum.at(lowest, point, area)
    return int((index != np.where(lowest == np.iinfo(np.int64).max, -1, lowest)).sum())


def _bare(shapes: Any, x: Any, y: Any) -> Any:
    """(2, k) rows of area and point; each area is prepared once, which the other way round none is."""
    return shapely.STRtree(shapely.points(x, y)).query(shapes, predicate="intersects")


def peer(areas: Areas, task: Task) -> Figures:
    """Bare shapely: a tree of the points, asked once for all pairs that intersect, and nothing else."""
    seconds_of(lambda: _bare(invented(4, vertices_a_side=4), np.array([-99.0]), np.array([36.0])))
    shapes, _ = areas()
    x, y = points_in(shapes, task.n, task.seed)
    with Gauge() as gauge:
        pairs = _bare(shapes, x, y)
    return gauge.figures() | {"pairs": int(pairs.shape[1])}


def baseline(areas: Areas, task: Task) -> Figures:
    """The spatial join of geopandas, as one line of a notebook."""
    shapes, _ = areas()
    x, y = points_in(shapes, task.n, task.seed)
    frame = gpd.GeoDataFrame(geometry=shapes, crs=4326)
    with Gauge() as gauge:
        points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y), crs=4326)
        joined = gpd.sjoin(points, frame, how="left", predicate="intersects")
    return gauge.figures() | {"pairs": int(joined.index_right.notna().sum())}
