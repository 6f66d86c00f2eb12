"""Looks at latitudes and longitudes before they are used: swapped, without their sign, or not degrees at
all.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from volunteer_hub.districts.column_profile import Profile

SWAPPED = "swapped"


def warnings(columns: Sequence[Profile], fields: dict[str, int]) -> list[str]:
    """Sentences about the two columns mapped as latitude and longitude; none when they look right."""
    if not {"latitude", "longitude"} <= set(fields):
        return []
    lats, lons = columns[fields["latitude"]].numbers(), columns[fields["longitude"]].numbers()
    if not lats or not lons:
        return ["Latitude or longitude holds no numbers."]
    return [sentence for sentence in (_verdict(median(lats), median(lons)),) if sentence]


def are_swapped(lat: float, lon: float) -> bool:
    """Would this pair make sense the other way round only? True for American places whose columns
    changed places.
    """
    return (abs(lat) > 90 and abs(lon) <= 90) or (-180 <= lat <= -60 and 15 <= lon <= 72)


def _verdict(lat: float, lon: float) -> str:
    if are_swapped(lat, lon):
        return (
            f"Latitude and longitude look swapped (latitude {lat:.3f}, longitude {lon:.3f}): "
            "choose each other's column."
        )
    if abs(lat) > 90 or abs(lon) > 180:
        return (
            f"These coordinates are not degrees ({lat:.0f}, {lon:.0f}). Export the file with latitude and "
            "longitude (EPSG:4326), or as GeoPackage, which says its own coordinate system."
        )
    if 15 <= lat <= 72 and 60 <= lon <= 180:
        return (
            f"Longitude {lon:.3f} lies in Asia; in the Americas longitudes are negative. "
            "If the minus sign was lost, add it and upload again."
        )
    if lat == 0 or lon == 0:
        return "Most coordinates are 0, which is in the Gulf of Guinea: the file has no places for them."
    return ""
