"""Invented volunteers at real Florida ZIPs: same seed, same people. Nobody here exists.

Names are drawn from two lists, emails end in example.org, phones lie in the range 555-0100 to 555-0199 that
is kept free for fiction.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd
import zipcodes

from volunteer_hub.demo import florida, words

Strings = np.ndarray[tuple[int], np.dtype[np.object_]]

SKILLS = {"canvass": 0.72, "phone": 0.45, "data_entry": 0.18, "host": 0.12, "drive": 0.30, "translate": 0.0,
          "train": 0.08}  # fmt: skip
"""The kinds of task, with the share of people who offer each; half of those with two languages translate."""

WINDOWS = (
    # weekday (0 is Monday), from, until, share of people free then
    (5, "09:00", "13:00", 0.62), (5, "13:00", "17:00", 0.55), (6, "13:00", "17:00", 0.48),
    (0, "17:00", "20:00", 0.16), (1, "17:00", "20:00", 0.18), (2, "17:00", "20:00", 0.18),
    (3, "17:00", "20:00", 0.17), (4, "16:00", "20:00", 0.12),
)  # fmt: skip

TRAVEL_KM = (8.0, 15.0, 25.0, 40.0, 60.0)
_TRAVEL_SHARES = (0.18, 0.30, 0.28, 0.16, 0.08)
_SPANISH_SHARE = 0.22
_SPANISH_HEAVY = {"12086": 0.62, "12097": 0.45, "12049": 0.38, "12051": 0.42, "12095": 0.32, "12057": 0.27}


def volunteers(count: int = 4_000, *, seed: int = 2000, home_geoid: str | None = None) -> pd.DataFrame:
    """Make volunteers, one row each, unique by email.

    They live where the votes of 2000 were cast, thinned a little in the large counties, at a real ZIP point
    of the county moved by up to about 1.5 km; with ``home_geoid`` one in eight lives in that county.

    Columns: name, given_name, family_name, email, phone (E.164, empty for one in five), language (en or es),
    languages ("en es"), zip, city, county, GEOID, latitude, longitude, skills ("canvass drive"), availability
    ("5 09:00-13:00; 6 13:00-17:00", weekday 0 is Monday; empty means any time), max_travel_km, shifts_wanted,
    show_chance (0 to 1, mean about 0.5), age, wants_texts. Raises ValueError for a negative count.
    """
    if count < 0:
        raise ValueError(f"the number of volunteers cannot be negative, got {count}")
    rng = np.random.default_rng(seed)
    frame = _homes(rng, count, home_geoid)
    _add_language(rng, frame)
    _add_name(rng, frame)
    frame["phone"] = _phones(rng, frame.pop("area_code").to_numpy(dtype=object))
    frame["skills"] = _skills(rng, frame)
    frame["availability"] = _availability(rng, count)
    frame["max_travel_km"] = rng.choice(TRAVEL_KM, count, p=_TRAVEL_SHARES)
    frame["shifts_wanted"] = rng.choice((1, 2, 3), count, p=(0.74, 0.20, 0.06))
    frame["show_chance"] = rng.beta(4.0, 4.0, count).clip(0.05, 0.95).round(3)
    frame["age"] = (16 + rng.beta(1.6, 2.4, count) * 68).astype(int)
    frame["wants_texts"] = (frame.phone != "") & (rng.random(count) < 0.6)
    first = ["name", "given_name", "family_name", "email", "phone", "language", "languages"]
    return frame[first + [c for c in frame.columns if c not in first]]


def _homes(rng: np.random.Generator, count: int, home_geoid: str | None) -> pd.DataFrame:
    points = florida.zip_points()
    weight_by_county = florida.votes().set_index("GEOID").total ** 0.85
    weight = points.GEOID.map(weight_by_county / points.groupby("GEOID").size()).to_numpy(dtype=float)
    weight = weight / weight.sum()
    if home_geoid is not None:
        at_home = points.GEOID.eq(home_geoid).to_numpy()
        if not at_home.any():
            raise ValueError(f"{home_geoid} is not the GEOID of a Florida county")
        weight = 0.875 * weight + 0.125 * at_home / at_home.sum()
    frame = points.iloc[rng.choice(len(points), count, p=weight)].reset_index(drop=True)
    angle, away_km = rng.uniform(0, 2 * np.pi, count), 1.5 * np.sqrt(rng.random(count))
    frame["latitude"] = (frame.latitude + away_km * np.sin(angle) / 110.6).round(5)
    east_km = 111.32 * np.cos(np.radians(frame.latitude))
    frame["longitude"] = (frame.longitude + away_km * np.cos(angle) / east_km).round(5)
    return frame


def _add_language(rng: np.random.Generator, frame: pd.DataFrame) -> None:
    share = frame.GEOID.map(_SPANISH_HEAVY).fillna(_SPANISH_SHARE * 0.6).to_numpy(dtype=float)
    is_speaker = rng.random(len(frame)) < share
    also_english = rng.random(len(frame)) < 0.8
    also_spanish = rng.random(len(frame)) < 0.06
    frame["language"] = np.where(is_speaker & (rng.random(len(frame)) < 0.55), "es", "en")
    both = np.where(frame.language == "es", "es en", "en es")
    alone = np.where(is_speaker & ~also_english, "es", "en")
    frame["languages"] = np.where((is_speaker & also_english) | (~is_speaker & also_spanish), both, alone)
    frame.loc[frame.languages == "es", "language"] = "es"


def _add_name(rng: np.random.Generator, frame: pd.DataFrame) -> None:
    is_spanish = frame.languages.str.startswith("es").to_numpy() | (rng.random(len(frame)) < 0.08)
    frame["given_name"], frame["family_name"] = names(rng, is_spanish)
    frame["name"] = frame.given_name + " " + frame.family_name
    stem = [plain(f"{g}.{f}") for g, f in zip(frame.given_name, frame.family_name, strict=True)]
    number = rng.permutation(len(frame)) + 1
    frame["email"] = [f"{s}.{n}@example.org" for s, n in zip(stem, number, strict=True)]


def names(rng: np.random.Generator, is_spanish: np.ndarray) -> tuple[Strings, Strings]:
    """Given and family names (object arrays of str), one per entry of a boolean array."""
    size = len(is_spanish)
    given = np.where(
        is_spanish, rng.choice(words.GIVEN_NAMES_ES, size), rng.choice(words.GIVEN_NAMES_EN, size)
    )
    family = np.where(
        is_spanish, rng.choice(words.FAMILY_NAMES_ES, size), rng.choice(words.FAMILY_NAMES_EN, size)
    )
    return given.astype(object), family.astype(object)


def plain(text: str) -> str:
    """Lower case ASCII: accents dropped, as in the local part of an email address."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()


def _phones(rng: np.random.Generator, area_code: np.ndarray) -> list[str]:
    """Unique fictional numbers, +1 AAA 555 01xx: the home area code while its hundred last, then another."""
    elsewhere = _all_area_codes()
    rng.shuffle(elsewhere)
    spare = iter([(code, line) for line in range(100) for code in elsewhere])
    used: set[tuple[str, int]] = set()
    has_phone = rng.random(len(area_code)) < 0.8
    line_at_home = rng.integers(0, 100, len(area_code))
    numbers = []
    for code, line, has in zip(area_code, line_at_home, has_phone, strict=True):
        number: tuple[str, int] | None = (code, int(line)) if has else None
        while number in used:
            number = next(spare, None)
        if number:
            used.add(number)
        numbers.append(f"+1{number[0]}55501{number[1]:02d}" if number else "")
    return numbers


def _all_area_codes() -> list[str]:
    everywhere = zipcodes.list_all()  # type: ignore[no-untyped-call]
    return sorted(
        {c for z in everywhere for c in z["area_codes"] or () if len(c) == 3 and c[0] in "23456789"}
    )


def _skills(rng: np.random.Generator, frame: pd.DataFrame) -> list[str]:
    shares = np.tile(list(SKILLS.values()), (len(frame), 1))
    shares[:, list(SKILLS).index("translate")] = np.where(frame.languages.str.contains(" "), 0.5, 0.0)
    offered = rng.random(shares.shape) < shares
    offered[~offered.any(axis=1), 0] = True  # everybody can do something: at least walk
    labels = np.array(list(SKILLS))
    return [" ".join(labels[row]) for row in offered]


def _availability(rng: np.random.Generator, count: int) -> list[str]:
    labels = np.array([f"{day} {start}-{end}" for day, start, end, _ in WINDOWS])
    free = rng.random((count, len(WINDOWS))) < [share for *_, share in WINDOWS]
    return ["; ".join(labels[row]) for row in free]


def windows(availability: str) -> list[tuple[int, str, str]]:
    """Read the availability column back: (weekday, from, until) each, weekday 0 is Monday."""
    found = []
    for part in filter(None, availability.split("; ")):
        day, span = part.split(" ")
        start, end = span.split("-")
        found.append((int(day), start, end))
    return found


def write_volunteers(frame: pd.DataFrame, folder: Path) -> Path:
    """Write the people as CSV (UTF-8) and return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "volunteers.csv"
    frame.to_csv(target, index=False, lineterminator="\n")
    return target
