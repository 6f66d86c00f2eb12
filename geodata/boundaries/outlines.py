"""Lighter outlines for display, with the edges that neighbours share still shared."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from geopandas import GeoDataFrame
from pyproj import CRS

from geodata.boundaries.rings import mend
from geodata.crs import EQUAL_AREA, TooWide, local_metric_crs


def simplified(frame: GeoDataFrame, tolerance_m: float) -> GeoDataFrame:
    """The frame with lighter outlines: bends smaller than about tolerance_m x tolerance_m are dropped.

    Edges shared by neighbours stay shared (shapely.coverage_simplify), so no slivers appear on the map.
    No boundary vanishes: one too small for the tolerance becomes a triangle. For display only, never
    to locate.
    Returns the same CRS, rows and columns; raises ValueError for a negative tolerance or a frame without CRS.
    """
    if tolerance_m < 0:
        raise ValueError(f"the tolerance must be 0 m or more, got {tolerance_m}")
    if frame.crs is None:
        raise ValueError("the frame has no CRS; read boundaries with read_boundaries")
    if not len(frame):
        return frame.copy()
    flat = frame.geometry.to_crs(_display_crs(frame))
    shapes = mend(np.asarray(flat.array, dtype=object))[0]
    lighter = gpd.GeoSeries(shapely.coverage_simplify(shapes, tolerance_m), index=frame.index, crs=flat.crs)
    return frame.set_geometry(gpd.GeoSeries(lighter.to_crs(frame.crs), index=frame.index, crs=frame.crs))


def _display_crs(frame: GeoDataFrame) -> CRS:
    # Over a whole country metres are only roughly right anyway, and an equal-area map has no seam to trip on.
    try:
        return local_metric_crs(frame)
    except TooWide:
        return EQUAL_AREA
