"""Coordinate systems that measure true metres, and distances on the globe.

Degrees are not distances and web mercator is metric in name only, so whatever measures asks
:func:`require_metric` first or projects with :func:`local_metric_crs`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from geopandas import GeoDataFrame, GeoSeries
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS

EARTH_RADIUS_KM = 6371.0088  # mean radius R1 of the GRS80 ellipsoid
EQUAL_AREA = CRS.from_epsg(6933)  # cylindrical equal-area on WGS84, metres, valid everywhere
WIDEST_DEG = 30.0  # at this angle from its centre an azimuthal equidistant map stretches by 4.7 %
_UTM_HALF_WIDTH_DEG = 3.6  # a zone and a little: scale stays within 0.15 %
_WEB_MERCATOR = 3857

Bounds = tuple[float, float, float, float]


class TooWide(ValueError):
    """No single metric CRS keeps distances over this extent; its sentence says what to do."""


def require_metric(frame: GeoDataFrame | GeoSeries) -> None:
    """Raise ValueError unless `frame` is in a local projected CRS in metres (not degrees, feet or 3857)."""
    crs = frame.crs
    local = crs is not None and crs.is_projected and crs.to_epsg() != _WEB_MERCATOR
    if not (local and all(axis.unit_name == "metre" for axis in crs.axis_info[:2])):
        name = "none" if crs is None else crs.name
        raise ValueError(f"distances need a local CRS in metres, got {name}; project with local_metric_crs")


def local_metric_crs(frame_or_bounds: GeoDataFrame | GeoSeries | Bounds) -> CRS:
    """A CRS in metres whose distances are good over the whole extent.

    Takes a frame or series with a CRS, or bounds (west, south, east, north) in degrees of longitude and
    latitude, where west > east means that the box crosses the antimeridian (as in RFC 7946).
    A frame on both sides of the antimeridian is seen as the narrow region it is, not as the whole globe.
    Returns the UTM zone where one covers the extent (error of distances under 0.2 %), else an azimuthal
    equidistant CRS around the middle (about 0.5 % at 10 degrees from it, 4.7 % at 30).
    Raises TooWide beyond 30 degrees from the middle, ValueError for no CRS or an empty extent.
    """
    west, width, south, north = _extent(frame_or_bounds)
    middle_lon = _wrapped(west + width / 2)
    zone = min(int((middle_lon + 180) // 6) + 1, 60)
    off_centre = abs(middle_lon - (zone * 6 - 183)) + width / 2
    if off_centre <= _UTM_HALF_WIDTH_DEG and south >= -80 and north <= 84:
        return CRS.from_epsg((32600 if south + north >= 0 else 32700) + zone)
    return _azimuthal(middle_lon, (south + north) / 2, width, south, north)


def great_circle_km(
    lat1: ArrayLike, lon1: ArrayLike, lat2: ArrayLike, lon2: ArrayLike
) -> NDArray[np.float64]:
    """Great-circle distance in km (haversine, R = 6371.0088), vectorised with numpy's broadcasting.

    Degrees in; the antimeridian and the poles need no care. NaN in gives NaN out.
    """
    lat1, lon1, lat2, lon2 = (np.radians(np.asarray(x, dtype=np.float64)) for x in (lat1, lon1, lat2, lon2))
    half = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))))


def areas_m2(geometries: Any, crs: Any = 4326) -> NDArray[np.float64]:
    """True areas in m2, (n,) float64, of geometries given in `crs`, by an equal-area projection."""
    series = geometries if isinstance(geometries, GeoSeries) else GeoSeries(geometries, crs=crs)
    return np.asarray(series.to_crs(EQUAL_AREA).area, dtype=np.float64)


def _extent(frame_or_bounds: Any) -> tuple[float, float, float, float]:
    """(west, width, south, north) in degrees; width runs eastwards from west, 0 to 360."""
    if isinstance(frame_or_bounds, tuple | list | np.ndarray):
        west, south, east, north = (float(x) for x in frame_or_bounds)
        if not np.isfinite([west, south, east, north]).all() or south > north:
            raise ValueError(f"bounds must be west, south, east, north in degrees, got {frame_or_bounds}")
        return west, (east - west) % 360 if west > east else east - west, south, north
    if frame_or_bounds.crs is None:
        raise ValueError("the frame has no CRS; set it with set_crs before measuring")
    boxes = shapely.bounds(np.asarray(frame_or_bounds.geometry.to_crs(4326).array))
    boxes = boxes[np.isfinite(boxes).all(axis=1)]
    if not len(boxes):
        raise ValueError("no CRS can be chosen for an empty frame")
    west, width = _narrowest_arc(boxes[:, 0], boxes[:, 2])
    return west, width, float(boxes[:, 1].min()), float(boxes[:, 3].max())


def _narrowest_arc(west: NDArray[np.float64], east: NDArray[np.float64]) -> tuple[float, float]:
    """The shortest eastward arc (start, width) that holds every interval: 360 less the widest free arc."""
    order = np.argsort(west)
    starts, reach = west[order], np.maximum.accumulate(east[order])
    free = np.append(starts[1:], starts[0] + 360) - reach
    widest = int(np.argmax(free))
    if widest == len(starts) - 1:
        return float(starts[0]), float(reach[-1] - starts[0])
    return float(starts[widest + 1]), float(360 - free[widest])


def _azimuthal(lon: float, lat: float, width: float, south: float, north: float) -> CRS:
    lats, lons = [south, south, north, north, lat], [width / 2, 0.0, width / 2, 0.0, width / 2]
    corners = great_circle_km(lat, 0.0, lats, lons)
    far_deg = float(np.degrees(corners.max() / EARTH_RADIUS_KM))
    if far_deg > WIDEST_DEG or width > 180:
        raise TooWide(
            f"the extent reaches {far_deg:.0f} degrees from its middle; no metric CRS keeps distances beyond "
            f"{WIDEST_DEG:.0f}. Work on parts of it, or use great_circle_km"
        )
    return CRS.from_proj4(f"+proj=aeqd +lat_0={lat:.6f} +lon_0={lon:.6f} +datum=WGS84 +units=m +no_defs")


def _wrapped(lon: float) -> float:
    return (lon + 180) % 360 - 180
