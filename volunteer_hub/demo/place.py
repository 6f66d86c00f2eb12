"""Where a generated town lies on the globe."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pyproj import Transformer


@dataclass(frozen=True, slots=True)
class Place:
    """A county, a real point in it, the room around that point in metres, and real ZIPs near it."""

    county_geoid: str
    county: str
    longitude: float
    latitude: float
    room_m: float
    zips: tuple[str, ...]

    def to_degrees(self, metres: np.ndarray) -> np.ndarray:
        """Turn (n, 2) metres east and north of the point into (n, 2) longitude and latitude (WGS 84).

        By an azimuthal equidistant projection about the point, so that distances in a town stay true.
        """
        local = f"+proj=aeqd +lat_0={self.latitude} +lon_0={self.longitude} +datum=WGS84 +units=m"
        longitude, latitude = Transformer.from_crs(local, "EPSG:4326", always_xy=True).transform(
            metres[:, 0], metres[:, 1]
        )
        return np.column_stack([longitude, latitude])


PASCO = Place("12101", "Pasco", -82.31967, 28.30313, 14_626.0, ("33545", "33576", "33543", "33544"))
"""The county among Florida's large ones where 2000 was closest: 982 votes of 142,731."""
