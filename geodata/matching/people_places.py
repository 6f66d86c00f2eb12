"""People and places as the database knows them, and the same as checked columns."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from geodata.matching.problem import Floats, Longs

Window = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Volunteers:
    """People, one row each. All but the location has a default.

    latitude, longitude  (n,) degrees; NaN where the home is not known (that volunteer gets a reason, not an
                         arc)
    shifts_wanted        (n,) int, default 1
    max_travel_km        (n,) or one number, one way, default 50
    show_chance          (n,) or one number, 0 to 1: the chance that they come; default 1
    skill_factor         (n,) or one number, >= 0: how much more or less an hour of theirs does; default 1
    skills, languages    per volunteer a collection of names; default none
    available            per volunteer windows (start, end) in epoch seconds, or None: free at any time;
                         a shift must lie within one window (windows that touch are joined)
    names                for sentences
    """

    latitude: Any
    longitude: Any
    shifts_wanted: Any = 1
    max_travel_km: Any = 50.0
    show_chance: Any = 1.0
    skill_factor: Any = 1.0
    skills: Sequence[Collection[str]] | None = None
    languages: Sequence[Collection[str]] | None = None
    available: Sequence[Sequence[Window] | None] | None = None
    names: Sequence[str] | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Places:
    """Shifts at staging locations, one row each.

    latitude, longitude  (m,) degrees
    segments             per place [(seats, value of a volunteer who surely comes), ...], value never rising;
                         the capacity of the place is the sum of its seats
    starts_at, ends_at   (m,) epoch seconds; default: no time, which asks for no availability and overlaps
                         nothing
    requires             per place skills, all of which are needed; default none
    languages            per place languages, one of which is needed; default none
    names                for sentences
    """

    latitude: Any
    longitude: Any
    segments: Sequence[Sequence[tuple[int, float]]]
    starts_at: Any = None
    ends_at: Any = None
    requires: Sequence[Collection[str]] | None = None
    languages: Sequence[Collection[str]] | None = None
    names: Sequence[str] | None = None


class PeopleColumns:
    """The volunteers' columns, checked."""

    def __init__(self, volunteers: Volunteers) -> None:
        self.latitude, self.longitude = _coordinates(
            volunteers.latitude, volunteers.longitude, "volunteer", True
        )
        self.count = len(self.latitude)
        self.wanted = _column(volunteers.shifts_wanted, self.count, "shifts_wanted", 0, 1e6).astype(np.int32)
        self.reach_km = _column(volunteers.max_travel_km, self.count, "max_travel_km", 0, np.inf)
        chance = _column(volunteers.show_chance, self.count, "show_chance", 0, 1)
        self.weight = chance * _column(volunteers.skill_factor, self.count, "skill_factor", 0, 1e6)
        for name in ("skills", "languages", "available", "names"):
            _same_length(getattr(volunteers, name), self.count, f"volunteers' {name}")
        self.names = volunteers.names


class PlaceColumns:
    """The places' columns, checked, with their segments laid end to end."""

    def __init__(self, places: Places) -> None:
        self.latitude, self.longitude = _coordinates(places.latitude, places.longitude, "place", False)
        self.count = len(self.latitude)
        self.starts_at = _times(places.starts_at, self.count, "starts_at")
        self.ends_at = _times(places.ends_at, self.count, "ends_at")
        for name in ("segments", "requires", "languages", "names"):
            _same_length(getattr(places, name), self.count, f"places' {name}")
        segments = [list(s) or [(0, 0.0)] for s in places.segments]
        sizes = [size for s in segments for size, _ in s]
        values = np.array([value for s in segments for _, value in s], dtype=float)
        if not np.isfinite(values).all():
            raise ValueError("a place's segment has a value that is not a number")
        self.segment_start = np.concatenate([[0], np.cumsum([len(s) for s in segments])]).astype(np.int64)
        self.segment_size = np.array(sizes, dtype=np.int64)
        self.first_value = values[self.segment_start[:-1]]
        self.segment_drop = np.repeat(self.first_value, np.diff(self.segment_start)) - values
        self.capacity = np.array([sum(size for size, _ in s) for s in segments], dtype=np.int64)
        if (self.segment_size < 0).any():
            raise ValueError("a place's segment has fewer than 0 seats")
        self.names = places.names


def _coordinates(latitude: Any, longitude: Any, what: str, unknown: bool) -> tuple[Floats, Floats]:
    lat, lon = np.asarray(latitude, dtype=np.float64), np.asarray(longitude, dtype=np.float64)
    if lat.shape != lon.shape or lat.ndim != 1:
        raise ValueError(
            f"{what} latitude and longitude need the same length, got {lat.shape} and {lon.shape}"
        )
    bad = ~((np.abs(lat) <= 90) & (np.abs(lon) <= 180))
    if unknown:
        bad &= ~(np.isnan(lat) | np.isnan(lon))
    if bad.any():
        row = int(np.argmax(bad))
        hint = " (latitude and longitude swapped?)" if abs(lat[row]) > 90 and abs(lon[row]) <= 90 else ""
        raise ValueError(
            f"{what} {row} is at latitude {lat[row]}, longitude {lon[row]}, which is no place{hint}"
        )
    return lat, lon


def _column(value: Any, count: int, name: str, least: float, most: float) -> Floats:
    column = np.asarray(value, dtype=np.float64)
    column = np.full(count, float(column)) if column.ndim == 0 else column
    if len(column) != count:
        raise ValueError(f"{name} has {len(column)} rows for {count} volunteers")
    bad = ~((column >= least) & (column <= most))
    if bad.any():
        row = int(np.argmax(bad))
        raise ValueError(
            f"{name} of volunteer {row} is {column[row]}; it must lie between {least:g} and {most:g}"
        )
    return column


def _times(value: Any, count: int, name: str) -> Longs:
    column = np.zeros(count) if value is None else np.asarray(value, dtype=np.float64)
    if len(column) != count:
        raise ValueError(f"{name} has {len(column)} rows for {count} places")
    if not np.isfinite(column).all():
        raise ValueError(f"{name} of place {int(np.argmin(np.isfinite(column)))} is not a time")
    return column.astype(np.int64)


def _same_length(value: Sequence[Any] | None, count: int, name: str) -> None:
    if value is not None and len(value) != count:
        raise ValueError(f"{name} have {len(value)} entries, {count} are needed")
