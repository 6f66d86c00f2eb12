"""Guesses which columns hold the code and the name of a boundary, and turns codes into text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pandas as pd

# Best first; digits of a census year at the end are ignored (GEOID20, NAME10).
ID_NAMES = [
    "geoid",
    "geoidfq",
    "fips",
    "countyfips",
    "stcofips",
    "fipscode",
    "fips8",
    "fips6",
    "combinedfips",
    "uniqueid",
    "precinctid",
    "districtid",
    "districtcode",
    "precinctcode",
    "vtdst",
    "vtdid",
    "vtd",
    "pctkey",
    "joinid",
    "code",
    "districtno",
    "districtnumber",
    "precinctnumber",
    "precinctno",
    "precinct",
    "district",
    "ward",
    "id",
    "objectid",
    "fid",
]
NAME_NAMES = [
    "namelsad",
    "name",
    "fullname",
    "precinctname",
    "districtname",
    "countyname",
    "townname",
    "townnamemc",
    "prename",
    "municipality",
    "county",
    "town",
    "label",
    "precinct",
    "district",
    "ward",
    "description",
]


def guess_id_column(frame: pd.DataFrame) -> str | None:
    """The column most likely to hold each boundary's code (GEOID, FIPS, CODE, PRECINCT, ...), or None.

    A known name counts only if its values are all there and all different; without one, the first text or
    whole-number column with that property is taken.
    """
    for column in [*_known(frame, ID_NAMES), *_columns(frame)]:
        values = frame[column]
        whole = not pd.api.types.is_float_dtype(values) or bool((values.dropna() % 1 == 0).all())
        filled = values.notna().all() and values.astype(str).str.strip().ne("").all()
        if whole and filled and values.is_unique:
            return column
    return None


def guess_name_column(frame: pd.DataFrame) -> str | None:
    """The column most likely to hold each boundary's name for people, or None; names may repeat."""
    for column in _known(frame, NAME_NAMES):
        if not pd.api.types.is_numeric_dtype(frame[column]) and frame[column].notna().any():
            return column
    return None


@dataclass(frozen=True, slots=True)
class TextIds:
    """Codes as text: `ids` has None where one is missing; `warnings` are sentences for the organizer."""

    ids: list[str | None]
    warnings: list[str]
    suggested_width: int | None = None


def text_ids(values: pd.Series, *, width: int | None = None) -> TextIds:
    """Codes as text, leading zeros kept; `width` pads with zeros on the left (5 for county FIPS).

    A numeric column has lost its leading zeros: 1001.0 becomes "1001", and when codes then differ in length
    the warning suggests the width that would put them back. Blank text and NaN become None.
    """
    numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    ids = [_text(value) for value in values.tolist()]
    widths = sorted({len(i) for i in ids if i is not None})
    suggestion = widths[-1] if numeric and len(widths) == 2 and widths[1] == widths[0] + 1 else None
    if width is not None:
        return TextIds([None if i is None else i.zfill(width) for i in ids], [])
    warnings = []
    if numeric and len(widths) > 1:
        warnings.append(_lost_zeros(str(values.name), ids, widths, suggestion))
    return TextIds(ids, warnings, suggestion)


def _lost_zeros(column: str, ids: list[str | None], widths: list[int], suggestion: int | None) -> str:
    short = next(i for i in ids if i is not None and len(i) == widths[0])
    hint = (
        f"; pad to {suggestion} digits if {short} should be {short.zfill(suggestion)}" if suggestion else ""
    )
    return (
        f"“{column}” is stored as numbers of {widths[0]} to {widths[-1]} digits, "
        f"so leading zeros may be lost{hint}."
    )


def _text(value: Any) -> str | None:
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() or None


def _known(frame: pd.DataFrame, names: list[str]) -> list[str]:
    plain: dict[str, str] = {}
    for column in _columns(frame):
        lowered = re.sub(r"[^a-z0-9]", "", column.lower())
        plain.setdefault(lowered, column)
        plain.setdefault(re.sub(r"(19|20)?\d\d$", "", lowered), column)
    return [plain[name] for name in names if name in plain]


def _columns(frame: pd.DataFrame) -> list[str]:
    geometry = getattr(frame, "_geometry_column_name", None)
    return [c for c in frame.columns if isinstance(c, str) and c != geometry and frame[c].dtype != "geometry"]
