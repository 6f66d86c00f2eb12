"""Near in numbers: distances, the time to drive there, and positions too coarse to tell a home.

Travel times are estimates for choosing, and pages say “about”. Assumptions: the road is 1.3 times as long as
the line (DETOUR; measured detours of US cities lie between 1.2 and 1.4), the first and last 8 km together are
driven at 35 km/h (streets, lights), the rest at 75 km/h, and three minutes go into getting out and parking.
Nothing is asked of a routing service; traffic, water and mountains are not known.
"""

from __future__ import annotations

import math

EARTH_KM = 6371.0088
KM_PER_DEGREE = 111.0
DETOUR = 1.3
SLOW_KM, SLOW_KM_H, FAST_KM_H = 8.0, 35.0, 75.0
PARKING_MIN = 3.0

Point = tuple[float, float]
"""Latitude and longitude in degrees, WGS 84."""


def distance_km(here: Point, there: Point) -> float:
    """Great-circle distance by the haversine formula on a sphere of the mean radius."""
    north = math.radians(there[0] - here[0]) / 2
    east = math.radians(there[1] - here[1]) / 2
    chord = (
        math.sin(north) ** 2
        + math.cos(math.radians(here[0])) * math.cos(math.radians(there[0])) * math.sin(east) ** 2
    )
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, chord)))


def drive_min(km: float) -> int:
    """About how many minutes by car, for a distance in a straight line: in steps of 5, from an hour of 15."""
    road_km = max(0.0, km) * DETOUR
    slow = min(road_km, SLOW_KM)
    minutes = PARKING_MIN + slow / SLOW_KM_H * 60 + (road_km - slow) / FAST_KM_H * 60
    step = 5 if minutes < 60 else 15
    return max(5, step * round(minutes / step))


def coarse(latitude: float, longitude: float) -> Point:
    """The point rounded to hundredths of a degree, about a kilometre: enough to search, no home."""
    return round(latitude, 2), round(longitude, 2)


def point_of(text: str) -> Point | None:
    """A point written “25.77,-80.19”, made coarse; None where the text is none.

    >>> point_of("25.774321,-80.193712")
    (25.77, -80.19)
    """
    parts = text.split(",")
    try:
        latitude, longitude = (float(part) for part in parts) if len(text) < 60 else (math.nan, math.nan)
    except ValueError:
        return None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    return coarse(latitude, longitude)
