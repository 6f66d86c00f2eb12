"""The volunteers of the nation as columns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
import zipcodes

from volunteer_hub.bench.nation.names import people_names
from volunteer_hub.demo.people import plain

SKILLS = ("canvass", "phone", "data_entry", "host", "drive", "translate", "train")
_SKILL_SHARES = (0.70, 0.45, 0.18, 0.12, 0.30, 0.10, 0.08)
TAGS = ("2024", "student", "union", "lawyer", "nurse", "teacher")
_CITIES = 150
_IN_CITIES = 0.6
_SIGMA_KM = 18.0


def homes(rng: np.random.Generator, count: int) -> pd.DataFrame:
    """Where people live: zip, state, latitude, longitude.

    Six in ten within some 40 km of one of 150 cities (the k-th city's share falls as 1/(k+5)), the others
    at any ZIP of the contiguous states; each at the point of the nearest drawn ZIP, moved by up to 2 km.
    """
    places = _zip_points()
    centres = places.sample(_CITIES, random_state=int(rng.integers(1 << 31)))
    weight = 1.0 / (np.arange(_CITIES) + 5.0)
    city = rng.choice(_CITIES, count, p=weight / weight.sum())
    north_km, east_km = rng.normal(0, _SIGMA_KM, count), rng.normal(0, _SIGMA_KM, count)
    latitude = centres.latitude.to_numpy()[city] + north_km / 110.6
    longitude = centres.longitude.to_numpy()[city] + east_km / (111.32 * np.cos(np.radians(latitude)))
    anywhere = rng.random(count) > _IN_CITIES
    drawn = rng.integers(0, len(places), count)
    row = np.where(anywhere, drawn, _nearest(places, latitude, longitude))
    frame = places.iloc[row].reset_index(drop=True)
    frame["latitude"] = (frame.latitude + rng.uniform(-0.018, 0.018, count)).round(5)
    frame["longitude"] = (frame.longitude + rng.uniform(-0.022, 0.022, count)).round(5)
    return frame


def volunteers(rng: np.random.Generator, count: int) -> pd.DataFrame:
    """One row a volunteer, columns named as those of the table `people` where they are the same."""
    frame = homes(rng, count)
    given, family = people_names(rng, count)
    number = np.arange(1, count + 1)
    frame["name"] = given + " " + family
    stem = {name: plain(name).replace(" ", "") for name in {*given, *family}}
    frame["email"] = [
        f"{stem[g]}.{stem[f]}.{n}@example.org" for g, f, n in zip(given, family, number, strict=True)
    ]
    area_code, rest = rng.integers(201, 989, count), rng.integers(0, 1_000_000, count)
    has_phone = rng.random(count) < 0.8
    frame["phone"] = None
    frame.loc[has_phone, "phone"] = [
        f"+1{area}1{last:06d}" for area, last in zip(area_code[has_phone], rest[has_phone], strict=True)
    ]
    frame["language"] = np.where(rng.random(count) < 0.12, "es", "en")
    frame["languages"] = np.where(frame.language == "es", "{es,en}", "{en}")
    frame["skills"] = _lists(rng, SKILLS, _SKILL_SHARES, count)
    frame["tags"] = _lists(rng, TAGS, (0.03, 0.05, 0.04, 0.01, 0.02, 0.02), count)
    frame["came"], frame["missed"] = rng.poisson(0.8, count), rng.poisson(0.7, count)
    frame["max_travel_km"] = rng.choice((8.0, 15.0, 25.0, 40.0), count)
    return frame


def _lists(
    rng: np.random.Generator, words: tuple[str, ...], shares: tuple[float, ...], count: int
) -> np.ndarray:
    """PostgreSQL array texts: each word with its share of the people."""
    has = rng.random((count, len(words))) < np.array(shares)
    code = has @ (1 << np.arange(len(words)))
    texts = [
        "{" + ",".join(word for bit, word in enumerate(words) if number >> bit & 1) + "}"
        for number in range(1 << len(words))
    ]
    return np.array(texts, dtype=object)[code]


def states() -> set[str]:
    """The states that people live in."""
    return set(_zip_points().state)


def _zip_points() -> pd.DataFrame:
    """The ZIP points of the contiguous states: zip, city, state, latitude, longitude."""
    rows = [
        (each["zip_code"], each["city"], each["state"], float(each["lat"]), float(each["long"]))
        for each in zipcodes.list_all()  # type: ignore[no-untyped-call]
        if each["lat"] and 24 < float(each["lat"]) < 50 and -125 < float(each["long"]) < -66
    ]
    return pd.DataFrame(rows, columns=["zip", "city", "state", "latitude", "longitude"])


def _nearest(places: pd.DataFrame, latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """The row of the ZIP point nearest to each point, degrees of longitude shortened as in the middle."""
    tree = shapely.STRtree(shapely.points(places.latitude, places.longitude * 0.78))
    row: np.ndarray = tree.nearest(shapely.points(latitude, longitude * 0.78))
    return row
