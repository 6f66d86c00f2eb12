"""Rows of a file read through a mapping: addresses, points and plain values by field name."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from volunteer_hub.core.refusals import Refusal
from volunteer_hub.districts import columns
from volunteer_hub.districts.addresses import Address, from_parts, parse
from volunteer_hub.districts.column_words import FIELDS

LONGEST = 300


class Values(dict[str, str]):
    """One row's mapped values by field name, without blanks around them; what is not mapped is empty."""

    def __missing__(self, name: str) -> str:
        return ""

    def address(self) -> Address:
        """The normalised address, from split columns where they are filled, else from the whole one."""
        unit = self["unit"] or self["address2"]
        if self["street"] and (self["number"] or not self["address"]):
            return from_parts(
                number=self["number"], half=self["half"], pre=self["pre"], street=self["street"],
                type_=self["type"],
                post=self["post"], unit_type=self["unit_type"], unit=unit, city=self["city"],
                zip_code=self["zip"],
            )  # fmt: skip
        return parse(self["address"], unit=unit, city=self["city"], zip_code=self["zip"])

    def address_text(self) -> str:
        """The address as the file has it, on one line."""
        names = ("number", "half", "pre", "street", "type", "post") if self["street"] else ("address",)
        parts = [self[name] for name in (*names, "unit_type", "unit", "address2", "city", "zip")]
        return " ".join(part for part in parts if part)[:LONGEST]

    def street_shown(self, address: Address) -> str:
        """The street as people read it: as in the file where it has small letters, else capitalised."""
        if self["number"] and self["street"] and not self["street"].isupper():
            parts = (self["pre"], self["street"], self["type"], self["post"])
            return " ".join(part for part in parts if part)[:LONGEST]
        return shown(address.street)

    def point(self) -> tuple[float, float] | None:
        """(longitude, latitude) in degrees, or None where it is missing or off the globe."""
        try:
            lon, lat = float(self["longitude"]), float(self["latitude"])
        except ValueError:
            return None
        is_on_globe = abs(lat) <= 90 and abs(lon) <= 180 and math.isfinite(lat) and math.isfinite(lon)
        return (lon, lat) if is_on_globe and (lon, lat) != (0.0, 0.0) else None

    def whole_number(self, name: str, default: int, most: int) -> int:
        """A whole number between 0 and `most`; the default where there is none."""
        text = self[name]
        if not text.isdigit():
            text = text.replace(",", "").split(".")[0]
        return min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 10 else default

    def share(self, name: str) -> float | None:
        """A share from 0 to 1; scores of 0 to 100 are taken as per cent."""
        try:
            value = float(self[name])
        except ValueError:
            return None
        value = value / 100 if 1 < value <= 100 else value
        return value if 0 <= value <= 1 else None


@dataclass(frozen=True)
class Mapped:
    """Reads rows by field name."""

    fields: dict[str, int]

    def read(self, row: Sequence[str]) -> Values:
        """The mapped values of a row, each cut to what a column may hold."""
        values = Values()
        for name, at in self.fields.items():
            if at < len(row) and (value := row[at]):
                values[name] = value.strip()[:LONGEST]
        return values

    def swapped(self) -> Mapped:
        """The same with latitude and longitude changing places."""
        fields = self.fields
        return Mapped(fields | {"latitude": fields["longitude"], "longitude": fields["latitude"]})


def mapped(kind: str, options: dict[str, Any], width: int) -> Mapped:
    """The mapping of an import's options, checked against the file. Refuses what does not fit."""
    given = (options.get("mapping") or {}).get("fields") or {}
    fields = {name: at for name, at in given.items() if name in FIELDS[kind] and isinstance(at, int)}
    outside = [name for name, at in fields.items() if not 0 <= at < width]
    if outside:
        raise Refusal(
            f"The file has {width} columns; the mapping of {', '.join(outside)} points beyond them."
        )
    lacks = columns.missing(kind, set(fields), bool((options.get("mapping") or {}).get("wide")))
    if lacks:
        raise Refusal(f"Say which column holds {'; and '.join(lacks)}.")
    return Mapped(fields)


@lru_cache(maxsize=1 << 15)
def shown(street: str) -> str:
    """A normalised street in ordinary letters: "N MAIN ST" as N Main St, "1ST AVE" as 1st Ave."""
    return " ".join(_word(word) for word in street.split())


def _word(word: str) -> str:
    if re.match(r"^\d", word):
        return word.lower()
    return (
        word
        if len(word) <= 2 and word in ("N", "S", "E", "W", "NE", "NW", "SE", "SW", "US", "FM", "I")
        else (word.capitalize())
    )
