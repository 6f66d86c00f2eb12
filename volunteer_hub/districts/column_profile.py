"""What a column holds, told from its values alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from geodata.addresses.words import DIRECTIONS, STATES, TYPES, UNIT_KINDS
from volunteer_hub.districts import column_words as words

_DATE = re.compile(
    r"^(?:\d{1,2}[/-]\d{1,2}[/-](?:\d{4}|\d{2})|\d{4}[/-]\d{1,2}[/-]\d{1,2}|(?:19|"
    r"20)\d{2}[01]\d[0-3]\d)(?:[ T].*)?$"
)
_YEAR = re.compile(r"^(?:18[89]\d|19\d\d|20[0-4]\d)$")
_ADDRESS = re.compile(r"^\d+[A-Z]?(?:-\d+)?(?: \d/\d)? +\S*[A-Z]\S*(?: +\S+)*$")
_UNIT = re.compile(
    r"^#?(?:[A-Z]?-?\d{1,5}[A-Z]?|[A-Z]{1,2}|\d+-[A-Z]|GRD|PH|REAR|FRONT|FRNT|BSMT|UPPR|LOWR)$"
)
_ALPHA = re.compile(r"^[A-Z][A-Z .'’`-]*$")
_NUMBER = re.compile(r"^-?\d+(?:\.\d+)?$")
_COUNT = re.compile(r"^\d{1,3}(?:,\d{3})+$|^\d+(?:\.0+)?$")


def _plain(value: str) -> str:
    return value.strip(" .").upper()


def _has_type(value: str) -> bool:
    parts = value.split()
    return (
        len(parts) > 1 and not value[0].isdigit() and (parts[-1] in TYPES or parts[-1].rstrip("S") in TYPES)
    )


def _has_unit_word(value: str) -> bool:
    parts = value.replace(".", " ").replace("#", "# ").split()
    return len(parts) > 1 and parts[0] in UNIT_KINDS


def _between(low: float, high: float) -> Callable[[str], bool]:
    def test(value: str) -> bool:
        return bool(_NUMBER.match(value)) and "." in value and low <= float(value) <= high

    return test


_TESTS: dict[str, Callable[[str], bool]] = {
    "digits": str.isdigit,
    "count": lambda v: bool(_COUNT.match(v)),
    "number": lambda v: bool(_NUMBER.match(v)),
    "zip": lambda v: bool(re.match(r"^\d{5}(?:-?\d{4})?$", v)),
    "date": lambda v: bool(_DATE.match(v)),
    "year": lambda v: bool(_YEAR.match(v)),
    "direction": lambda v: v in DIRECTIONS,
    "type": lambda v: v in TYPES,
    "half": lambda v: bool(re.match(r"^\d/\d$|^[A-Z]$|^½$", v)),
    "fraction": lambda v: bool(re.match(r"^\d/\d$|^½$", v)),
    "address": lambda v: bool(_ADDRESS.match(v)),
    "street": _has_type,
    "unit_word": _has_unit_word,
    "unit_kind": lambda v: v in UNIT_KINDS,
    "unit": lambda v: _has_unit_word(v) or bool(_UNIT.match(v)),
    "alpha": lambda v: bool(_ALPHA.match(v)),
    "one_word": lambda v: " " not in v and bool(_ALPHA.match(v)),
    "given": lambda v: v.split(" ")[0] in words.GIVEN_NAMES,
    "family": lambda v: v.split(" ")[-1] in words.FAMILY_NAMES,
    "suffix": lambda v: v.replace(".", "") in words.NAME_SUFFIXES,
    "title": lambda v: v in words.TITLES,
    "party": lambda v: v in words.PARTIES or v.removesuffix(" PARTY") in words.PARTIES,
    "status": lambda v: v in words.STATUSES,
    "state": lambda v: v in STATES,
    "yes_no": lambda v: v in ("Y", "N", "YES", "NO", "T", "F", "TRUE", "FALSE"),
    "gender": lambda v: v in ("M", "F", "U", "MALE", "FEMALE", "UNKNOWN"),
    "latitude": _between(-90, 90),
    "longitude": _between(-180, 180),
    "email": lambda v: "@" in v,
    "whole_name": lambda v: len(v.split()) >= 2 and bool(re.match(r"^[A-Z][A-Z .,'-]+$", v)),
}


@dataclass(frozen=True)
class Profile:
    """A column of a sample: how full it is, how many different values, and the share (of the filled) by
    kind.
    """

    index: int
    fill: float
    distinct: float
    variety: int
    longest: int
    shares: dict[str, float] = field(repr=False)
    values: tuple[str, ...] = field(repr=False, default=())  # in capitals
    shown: tuple[str, ...] = field(repr=False, default=())  # some, as in the file

    def __getitem__(self, kind: str) -> float:
        return self.shares[kind]

    @property
    def is_empty(self) -> bool:
        return not self.values

    def numbers(self) -> list[float]:
        """The values that are numbers."""
        return [float(value) for value in self.values if _NUMBER.match(value)]

    def years(self) -> list[int]:
        """The year of every date among the values."""
        found = (re.search(r"(?:18|19|20)\d\d", value) for value in self.values if _DATE.match(value))
        return [int(match[0]) for match in found if match]


def profile(index: int, values: Sequence[str]) -> Profile:
    """Profile one column; values as in the file."""
    filled = tuple(value for value in (_plain(v[:300]) for v in values) if value)
    count = len(filled) or 1
    shares = {name: sum(map(test, filled)) / count for name, test in _TESTS.items()}
    return Profile(
        index=index,
        fill=len(filled) / (len(values) or 1),
        distinct=len(set(filled)) / count,
        variety=len(set(filled)),
        longest=max(map(len, filled), default=0),
        shares=shares,
        values=filled,
        shown=tuple(value.strip()[:80] for value in values[:50] if value.strip()),
    )


def profiles(rows: Sequence[Sequence[str]], width: int) -> list[Profile]:
    """Profile every column of a sample."""
    return [profile(at, [row[at] if at < len(row) else "" for row in rows]) for at in range(width)]
