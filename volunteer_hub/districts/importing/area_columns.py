"""Which columns of a file of areas tell them apart, and which is their name: a guess to be confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd

from geodata.boundaries import guess_id_column, guess_name_column
from volunteer_hub.districts.columns import normal

_PLACE_WORDS = frozenset(
    ["precinct", "ward", "district", "code", "geoid", "fips", "vtd", "pct", "town", "county"]
)
_ID_WORDS = frozenset(["id", "uniqueid", "joinid", "pctkey", "key"])


def guess_code(frame: gpd.GeoDataFrame) -> list[str]:
    """The column whose values tell the areas apart, or two that do so together; none if nothing does."""
    first = guess_id_column(frame)
    if first is None:
        return []
    telling = _telling(frame)
    if _is_unique(frame, [first]):
        is_known = _says_place(str(first)) or (_words(str(first)) & _ID_WORDS and not _counts(frame, first))
        return [str(first)] if is_known or not telling else telling[:1]
    others = [str(name) for name in frame.columns if name not in (first, frame.geometry.name)]
    with_more = [name for name in others if _is_text_like(frame, name)]
    pairs = ([name, str(first)] for name in with_more if _is_unique(frame, [name, str(first)]))
    alone = ([name] for name in with_more if _is_unique(frame, [name]))
    return next(pairs, next(alone, [str(first)]))


def guess_name(frame: gpd.GeoDataFrame) -> list[str]:
    """The column to call the areas by; none if nothing looks like a name.

    Precincts 1, 2, 3 of each ward say less than a column WardPrecinct, whose values are all different.
    """
    known = guess_name_column(frame)
    if known is None:
        return [str(name) for name in frame.columns if "name" in str(name).lower()][:1]
    if _is_unique(frame, [str(known)]):
        return [str(known)]
    words = _words(str(known))
    return next(([name] for name in _telling(frame) if words <= _words(name)), [str(known)])


def _telling(frame: gpd.GeoDataFrame) -> list[str]:
    """Columns whose header says what they are of and whose values, as text, are all there and different."""
    names = [str(name) for name in frame.columns if name != frame.geometry.name and _says_place(str(name))]
    return [name for name in names if _is_text_like(frame, name) and _is_unique(frame, [name])]


def _counts(frame: gpd.GeoDataFrame, name: str) -> bool:
    """Do the values only number the rows, from 0 or 1?"""
    values = {text_of(value) for value in frame[name]}
    return any(values == {str(n + first) for n in range(len(frame))} for first in (0, 1))


def _says_place(header: str) -> bool:
    return bool(_words(header) & _PLACE_WORDS)


def _words(header: str) -> set[str]:
    return {word.rstrip("0123456789") for word in normal(header).split()}


def _is_text_like(frame: gpd.GeoDataFrame, name: str) -> bool:
    return frame[name].notna().all() and not str(frame[name].dtype).startswith("float")


def _is_unique(frame: gpd.GeoDataFrame, names: list[str]) -> bool:
    values = joined(frame, names, "\0")
    return len(set(values)) == len(frame) and all(value.strip("\0") for value in values)


def joined(frame: gpd.GeoDataFrame, names: Sequence[str], by: str) -> list[str]:
    """The values of several columns as one text for each area, empty ones left out."""
    parts = [[text_of(value) for value in frame[name]] for name in names]
    return [by.join(part for part in row if part) for row in zip(*parts, strict=True)]


def text_of(value: Any) -> str:
    """A value as text: whole numbers without ".0", missing ones empty, spaces tidied."""
    if value is None or value != value:  # NaN
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return " ".join(str(value).replace("\0", "").split())[:200]
