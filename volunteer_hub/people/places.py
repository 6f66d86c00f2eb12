"""From a ZIP or an address to a point, without asking anybody: the ZIP points of the `zipcodes` package.

A ZIP gives its own point. An address gives the point of its ZIP or, without one, of its city. How far
off that may be is kept with it: distances of matching are not better than the homes they start from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import zipcodes
from flask_babel import lazy_gettext as _l

from volunteer_hub.core.refusals import Refusal

EARTH_M = 6_371_008.8
_ZIP_AT_END = re.compile(r"(?<!\d)(\d{5})(?:-?\d{4})?\s*(?:,?\s*(?:USA|US|United States))?\s*$", re.I)
_CITY_STATE = re.compile(r"(?:^|,)\s*([^,\d][^,]*?)\s*,?\s+([A-Za-z]{2})\s*(?:,?\s*(?:USA|US))?\s*$", re.I)


@dataclass(frozen=True, slots=True)
class Home:
    """Where a person lives, as far as we know. `accuracy_m`: the home is likely within this distance."""

    text: str
    latitude: float
    longitude: float
    source: str
    accuracy_m: float
    time_zone: str | None
    place: str


class UnknownPlace(Refusal):
    """The text names no ZIP or city that we know."""

    def __init__(self, text: str) -> None:
        super().__init__(
            _l(
                "We cannot place “%(text)s”. Write a ZIP code of five digits, or an address ending in one.",
                text=text[:60],
            ),
            field="home_text",
        )


def home_of(text: str) -> Home:
    """The point of a ZIP ("33101", "33101-1234") or an address ("12 Main St, Miami, FL 33101").

    source "zip": accuracy is the mean distance to the three nearest other ZIP points.
    source "city": the mean point of the city's ZIPs; four in five of these lie within the accuracy.
    Raises UnknownPlace.
    """
    text = " ".join(text.split())
    if found := _ZIP_AT_END.search(text):
        return _of_zip(found.group(1), text)
    if found := _CITY_STATE.search(text):
        return _of_city(found.group(1), found.group(2), text)
    raise UnknownPlace(text)


def zone_at(address: str) -> str | None:
    """The time zone of an address, by its ZIP or city; None where we cannot place it."""
    if found := _ZIP_AT_END.search(address):  # the usual case, asked for each shift on a page
        place = _zip(found.group(1))
        return (place["timezone"] or None) if place else None
    try:
        return home_of(address).time_zone
    except UnknownPlace:
        return None


def _of_zip(code: str, text: str) -> Home:
    place = _zip(code)
    if place is None:
        raise UnknownPlace(text)
    latitude, longitude = float(place["lat"]), float(place["long"])
    return Home(
        text=text,
        latitude=latitude,
        longitude=longitude,
        source="zip",
        accuracy_m=zip_accuracy_m(code),
        time_zone=place["timezone"] or None,
        place=f"{place['city']}, {place['state']} {code}",
    )


def _zip(code: str) -> dict[str, Any] | None:
    """What the package knows of a ZIP."""
    return _every_zip().get(code)


@lru_cache(maxsize=1)
def _every_zip() -> dict[str, dict[str, Any]]:
    """By code: the package itself looks through all of them each time, which a page feels."""
    everywhere = zipcodes.list_all()  # type: ignore[no-untyped-call]
    return {each["zip_code"]: each for each in reversed(everywhere)}


@lru_cache(maxsize=20_000)
def _zips_of(city: str, state: str) -> list[dict[str, Any]]:
    """Likewise of a city."""
    return list(zipcodes.filter_by(city=city, state=state))  # type: ignore[no-untyped-call]


def _of_city(city: str, state: str, text: str) -> Home:
    city = re.sub(r"^st\.?\s", "Saint ", city, flags=re.I).title()
    found = _zips_of(city, state.upper())
    if not found:
        raise UnknownPlace(text)
    latitudes = np.array([float(each["lat"]) for each in found])
    longitudes = np.array([float(each["long"]) for each in found])
    latitude, longitude = float(latitudes.mean()), float(longitudes.mean())
    far = float(np.quantile(_distances_m(latitude, longitude, latitudes, longitudes), 0.8))
    return Home(
        text=text,
        latitude=round(latitude, 6),
        longitude=round(longitude, 6),
        source="city",
        accuracy_m=max(3_000.0, round(far, -2)),
        time_zone=found[0]["timezone"] or None,
        place=f"{found[0]['city']}, {found[0]['state']}",
    )


@lru_cache(maxsize=50_000)
def zip_accuracy_m(code: str) -> float:
    """How far from a ZIP's point its people may live: about the distance to the neighbouring ZIPs' points."""
    place = _every_zip()[code]
    latitudes, longitudes = _all_points()
    latitude, longitude = float(place["lat"]), float(place["long"])
    near = np.abs(latitudes - latitude) < 1.0
    away = _distances_m(latitude, longitude, latitudes[near], longitudes[near])
    others = np.sort(away[away > 1.0])[:3]
    return round(float(others.mean()), -2) if len(others) else 20_000.0


@lru_cache(maxsize=1)
def _all_points() -> tuple[np.ndarray, np.ndarray]:
    everywhere = zipcodes.list_all()  # type: ignore[no-untyped-call]
    points = {(float(each["lat"]), float(each["long"])) for each in everywhere if each["lat"]}
    table = np.array(sorted(points))
    return table[:, 0], table[:, 1]


def _distances_m(
    latitude: float, longitude: float, latitudes: np.ndarray, longitudes: np.ndarray
) -> np.ndarray:
    """Great-circle distances by the haversine formula on a sphere of the mean radius."""
    here, there = np.radians(latitude), np.radians(latitudes)
    half_north = (there - here) / 2
    half_east = np.radians(longitudes - longitude) / 2
    chord = np.sin(half_north) ** 2 + np.cos(here) * np.cos(there) * np.sin(half_east) ** 2
    return 2 * EARTH_M * np.arcsin(np.sqrt(chord))
