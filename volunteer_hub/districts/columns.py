"""Which column is what: a guess from headers and from content, for a person to confirm.

Works on files with a header, without one, and with headers never seen: content alone is enough to find
addresses, names, ids, dates and coordinates. A confirmed answer is remembered under the file's `signature`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from volunteer_hub.districts import coordinates, headerless, layouts
from volunteer_hub.districts.column_profile import Profile, profiles
from volunteer_hub.districts.column_words import (
    ADDRESS_FIELDS,
    DISTRICT,
    ELSEWHERE,
    FIELDS,
    HISTORY,
    PATTERNS,
)
from volunteer_hub.districts.wide_results import WideColumn, wide_columns

# Under a header that nobody knows, only what content tells for certain is guessed.
_TOLD_BY_CONTENT = frozenset(
    (
        "address",
        "number",
        "street",
        "zip",
        "latitude",
        "longitude",
        "given_name",
        "family_name",
        "full_name",
        "voter_id",
    )
)
_PLACES = frozenset(("geoid", "county", "town", "precinct", "precinct_code"))
# What a field's values should look like: shares of which at least one should be high. Others are free text.
_CONTENT = {
    "number": ("digits", "count", "number", "address"), "half": ("half", "unit"),
    "pre": ("direction",), "post": ("direction",),
    "type": ("type",), "zip": ("zip", "digits"), "latitude": ("number",), "longitude": ("number",),
    "birth_date": ("date",), "birth_year": ("year",), "votes": ("count",), "registered": ("count",),
    "people": ("count",), "name_suffix": ("suffix",), "date": ("date",), "geoid": ("digits",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """A field's column: its place in the file, its name, how sure the guess is (0 to 1), why, and
    examples.
    """

    index: int
    name: str
    confidence: float
    why: str
    samples: tuple[str, ...] = ()


@dataclass
class Guess:
    """The whole guess. `history` are columns of past elections; `wide` those that hold one candidate's
    votes each.
    """

    kind: str
    columns: list[str]
    fields: dict[str, Column] = field(default_factory=dict)
    history: list[int] = field(default_factory=list)
    wide: list[WideColumn] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def mapping(self) -> dict[str, Any]:
        """The part that is saved: field -> column number, and the wide columns."""
        found: dict[str, Any] = {name: column.index for name, column in self.fields.items()}
        return {"fields": found, "wide": [asdict(column) for column in self.wide]}

    @property
    def missing(self) -> list[str]:
        """What is needed and was not found, in words."""
        return missing(self.kind, set(self.fields), bool(self.wide))


def guess(
    kind: str, names: Sequence[str], rows: Sequence[Sequence[str]], *, has_header: bool = True
) -> Guess:
    """Guess which column is what in a sample of a table. kind: doors, voters or results."""
    found = Guess(kind, list(names))
    seen = profiles(rows, len(names))
    if has_header:
        _by_header(found, seen)
    else:
        _by_layout(found, seen)
    if kind == "results" and has_header:
        _by_district(found, seen)
    if kind != "results":
        _by_content(found, seen, has_header)
    if kind == "results" and not (
        {"votes"} <= found.fields.keys() and found.fields.keys() & {"candidate", "party"}
    ):
        found.wide = wide_columns(names, seen, {c.index for k, c in found.fields.items() if k != "votes"})
        if found.wide:
            found.fields.pop("votes", None)
    found.warnings += coordinates.warnings(seen, {k: c.index for k, c in found.fields.items()})
    return found


def missing(kind: str, fields: set[str], has_wide: bool) -> list[str]:
    """What a mapping still lacks before a file of this kind can be imported."""
    lacks = []
    has_address = "address" in fields or {"number", "street"} <= fields
    if kind in ("doors", "voters") and not has_address:
        lacks.append("the address: either one column with the whole address, or house number and street name")
    if kind == "doors" and not {"latitude", "longitude"} <= fields:
        lacks.append("latitude and longitude")
    if kind == "voters" and "voter_id" not in fields:
        lacks.append("the voter id")
    if kind == "results" and not has_wide and "votes" not in fields:
        lacks.append("the votes")
    if kind == "results" and not has_wide and not fields & {"candidate", "party"}:
        lacks.append("the candidate or the party")
    if kind == "results" and not fields & _PLACES:
        lacks.append("the place: a GEOID, precinct, town, county or district")
    return lacks


def signature(names: Sequence[str], has_header: bool) -> str:
    """The same for files of the same layout: their headers, or the number of columns where there are none."""
    told = "|".join(normal(name) for name in names) if has_header else f"no header, {len(names)} columns"
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def normal(name: str) -> str:
    """A header in lower case words: "StreetNum", "STREET_NUM" and "street num." are one."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return " ".join(re.sub(r"[^a-z0-9/]+", " ", name.lower()).split())


def unique_names(header: Sequence[str]) -> list[str]:
    """Header cells as names that are never empty and never twice."""
    seen: dict[str, int] = {}
    names = []
    for at, cell in enumerate(header, start=1):
        name = " ".join(cell.split())[:100] or f"column {at}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Is the first row a header? Known words speak for it, values like those below it against."""
    if len(rows) < 2:
        return len(rows) == 1 and sum(_is_known(cell) for cell in rows[0]) >= 1
    first, below = rows[0], rows[1:200]
    known = sum(_is_known(cell) for cell in first)
    if known >= 3 or (known and known >= len(first) / 2):
        return True
    votes = 0
    for at, cell in enumerate(first):
        values = [row[at].strip() for row in below if at < len(row) and row[at].strip()]
        if values:
            votes += _speaks_for_header(cell.strip(), values)
    return votes > 0


def _speaks_for_header(cell: str, values: list[str]) -> int:
    if not cell or cell in values:
        return -1
    numeric = sum(value.replace(".", "").replace(",", "").replace("-", "").isdigit() for value in values)
    if numeric > 0.8 * len(values) and any(c.isalpha() for c in cell):
        return 1
    has_digit = sum(any(c.isdigit() for c in value) for value in values) / len(values)
    if any(c.isdigit() for c in cell):
        return -1 if has_digit > 0.5 else 0
    return 1 if has_digit > 0.8 else 0


def _is_known(cell: str) -> bool:
    name = normal(cell)
    if len(name) < 3 or name.isdigit():
        return name in ("id", "zip", "lat", "lon")
    return any(p.fullmatch(name) for kind in PATTERNS.values() for found in kind.values() for p, _ in found)


def _by_header(found: Guess, seen: list[Profile]) -> None:
    scored = []
    for at, name in enumerate(found.columns):
        header = normal(name)
        if HISTORY.match(header) and found.kind == "voters":
            found.history.append(at)
            continue
        for wanted, patterns in PATTERNS[found.kind].items():
            weight = next((w for pattern, w in patterns if pattern.fullmatch(header)), 0.0)
            if wanted in ADDRESS_FIELDS and ELSEWHERE.match(header):
                weight = 0.0
            if weight:
                scored.append((weight * _fits(wanted, seen[at]), -at, wanted))
    for score, at, wanted in sorted(scored, reverse=True):
        taken = {column.index for column in found.fields.values()}
        if wanted not in found.fields and -at not in taken and score >= 0.25:
            _take(found, wanted, seen[-at], score, f"the header says “{found.columns[-at]}”")


def _by_district(found: Guess, seen: list[Profile]) -> None:
    """A column called “district” is the seat of an office, or the place where no other column names one."""
    if _PLACES & found.fields.keys():
        return
    taken = {column.index for name, column in found.fields.items() if name != "seat"}
    for at, name in enumerate(found.columns):
        if at not in taken and DISTRICT.fullmatch(normal(name)):
            if found.fields.get("seat") and found.fields["seat"].index == at:
                del found.fields["seat"]
            why = f"the header says “{name}”, and no other column names the place"
            _take(found, "county", seen[at], 0.8, why)
            return


def _fits(wanted: str, column: Profile) -> float:
    """How well a column's values suit the field its header names: 1 or less, low when they contradict it."""
    kinds = _CONTENT.get(wanted)
    if column.is_empty:
        return 0.7
    if wanted == "type" and column["type"] < 0.3:
        return 0.2
    if wanted == "precinct" and sum(
        "." in value and value.replace(".", "").isdigit() for value in column.values
    ) > (len(column.values) / 2):
        return 0.0  # "pct" was a percentage
    return 1.0 if kinds is None else 0.3 + 0.7 * min(1.0, max(column[kind] for kind in kinds) * 1.25)


def _by_layout(found: Guess, seen: list[Profile]) -> None:
    """The files of states that publish without a header, known by their width and content."""
    for layout in layouts.fitting(found.kind, seen):
        for wanted, at in layout.fields.items():
            _take(found, wanted, seen[at], 0.9, f"the file is laid out as {layout.name}")


def _by_content(found: Guess, seen: list[Profile], has_header: bool) -> None:
    taken = {column.index for column in found.fields.values()}
    known = {name: column.index for name, column in found.fields.items()}
    free = [p for p in seen if p.index not in taken and not _is_elsewhere(found, p.index, has_header)]
    for wanted, (at, confidence, why) in headerless.find(found.kind, free, known, len(seen)).items():
        if wanted in found.fields or (has_header and wanted not in _TOLD_BY_CONTENT):
            continue
        taken = {column.index for column in found.fields.values()}
        if at not in taken and wanted in FIELDS[found.kind]:
            _take(found, wanted, seen[at], confidence * (0.8 if has_header else 1.0), why)


def _is_elsewhere(found: Guess, at: int, has_header: bool) -> bool:
    return has_header and (at in found.history or bool(ELSEWHERE.match(normal(found.columns[at]))))


def _take(found: Guess, wanted: str, column: Profile, confidence: float, why: str) -> None:
    samples = tuple(dict.fromkeys(column.shown))[:4]
    name = found.columns[column.index]
    found.fields[wanted] = Column(column.index, name, round(min(confidence, 1.0), 2), why, samples)
