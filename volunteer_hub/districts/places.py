"""Which district or precinct a row of results, or a column of a voter file, means.

Files name one precinct as "101 - DENBIGH", "Denbigh", "0101" or "51700-101". A place is looked for by
GEOID, by
code, by name, and by code and name together; where code and name point to two places it is left to a person.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

_NOWHERE = re.compile(
    r"\b(?:ABSENTEE|PROVISIONALS?|EARLY VOTING|EARLY VOTE|MAIL ?IN|VOTE BY MAIL|FEDERAL ONLY|OVERSEAS|UOCAVA|"
    r"COUNTY ?WIDE|STATE ?WIDE|AT LARGE ABSENTEE|ELECTION DAY OTHER)\b"
)
_LEAD = re.compile(r"^\W*#*([A-Z]{0,3}\d[\w.-]*)\s*(?:[-–—:.]+\s*|\s)(?=\D)(.+)$")
_FILLER = re.compile(r"\b(?:PRECINCT|PCT|VOTING DISTRICT|VOTING|VTD|ELECTION DISTRICT|NO|NUMBER)\b")
_SHORTEST_ENDING = 3


@dataclass(frozen=True, slots=True)
class Place:
    """A district or precinct to be found: the caller's id, its code, name, and other names it goes by."""

    id: int
    code: str
    name: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """The place, or None with the reason. `note` says when the match should be looked at."""

    place: int | None
    note: str = ""
    is_nowhere: bool = False


@dataclass
class PlaceIndex:
    """Places by every way of writing them. A name that two places share finds neither.

    Where all codes begin alike (7000101, 7000102: the county, then the number), what follows is a number too.
    """

    places: Iterable[Place]
    _codes: dict[str, set[int]] = field(default_factory=dict)
    _endings: dict[str, set[int]] = field(default_factory=dict)
    _names: dict[str, set[int]] = field(default_factory=dict)
    _shown: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for place in self.places:
            self._shown[place.id] = place.name or place.code
            for code in {place.code.strip().upper(), code_of(place.code)}:
                self._codes.setdefault(code, set()).add(place.id)
            for name in {place.name, *place.others}:
                self._add_name(name, place.id)
        self._add_endings({place.id: place.code.strip().upper() for place in self.places})

    def _add_endings(self, codes: dict[int, str]) -> None:
        prefix = _common(list(codes.values())) if len(codes) > 1 else ""
        for place, code in codes.items():
            for ending in _endings(code, prefix):
                self._endings.setdefault(ending, set()).add(place)

    def _with_code(self, code: str) -> set[int]:
        """The places of this code, or else those whose code ends with it."""
        plain = code_of(code)
        return self._codes.get(plain) or self._endings.get(plain, set())

    def _add_name(self, name: str, place: int) -> None:
        code, rest = split_code(name)
        for form in {name_of(name), name_of(rest)} - {""}:
            self._names.setdefault(form, set()).add(place)
        if code:
            self._codes.setdefault(code_of(code), set()).add(place)

    def find(
        self, *, geoid: str = "", code: str = "", county: str = "", town: str = "", precinct: str = ""
    ) -> Found:
        """Look for a place by what a row says of it; what it does not say stays empty."""
        last = precinct.strip() or town.strip() or county.strip()
        if _NOWHERE.search(last.upper().replace("-", " ")):
            return Found(None, "votes without a place (absentee, provisional or early)", is_nowhere=True)
        for exact in (geoid, code):
            hits = self._codes.get(exact.strip().upper()) or self._with_code(exact)
            if exact.strip() and len(hits) == 1:
                return Found(next(iter(hits)))
        if not last:
            return Found(None, "the row names no place" if not geoid + code else "no place has this code")
        return (
            self._by_names(precinct, town) if precinct.strip() or town.strip() else self._by_one_name(county)
        )

    def _by_names(self, precinct: str, town: str) -> Found:
        if not precinct.strip():
            return self._by_one_name(town)
        together = self._names.get(name_of(f"{town} {precinct}"), set()) if town.strip() else set()
        if len(together) == 1:
            return Found(next(iter(together)))
        narrow, wide = self._hits(precinct), self._names.get(name_of(town), set())
        if narrow and wide and not narrow & wide:
            return Found(None, f"the precinct is {self._list(narrow)}, the town {self._list(wide)}")
        if narrow and wide:
            return self._one(narrow & wide, "")
        return self._by_one_name(precinct) if narrow or not wide else self._one(wide, "")

    def _hits(self, name: str) -> set[int]:
        lead, rest = split_code(name)
        return (
            self._names.get(name_of(name)) or self._names.get(name_of(rest)) or self._with_code(lead or name)
        )

    def _by_one_name(self, name: str) -> Found:
        whole = self._names.get(name_of(name), set())
        if len(whole) == 1:
            return Found(next(iter(whole)))
        lead, rest = split_code(name)
        by_code = self._with_code(lead or name)
        by_name = self._names.get(name_of(rest), set()) if lead else whole
        if lead and by_code and by_name and not by_code & by_name:
            return Found(
                None, f"the number is that of {self._list(by_code)}, the name that of {self._list(by_name)}"
            )
        if by_code & by_name:
            return self._one(by_code & by_name, "")
        if by_code:
            known = f"matched by number alone; its name here is {self._list(by_code)}"
            return self._one(by_code, known if lead else "")
        return self._one(by_name, "matched by name alone; its number has changed" if lead else "")

    def _one(self, hits: set[int], note: str) -> Found:
        if len(hits) == 1:
            return Found(next(iter(hits)), note)
        return Found(
            None, f"{len(hits)} places go by this name" if hits else "no place of this name or number"
        )

    def _list(self, places: set[int]) -> str:
        return " or ".join(sorted(self._shown[place] for place in places)[:3])


def _common(codes: list[str]) -> str:
    """The beginning that all codes share."""
    least, most = min(codes), max(codes)
    same = (at for at, (one, other) in enumerate(zip(least, most, strict=False)) if one != other)
    return least[: next(same, min(len(least), len(most)))]


def _endings(code: str, prefix: str) -> set[str]:
    """What the code may mean as a number behind the prefix that all codes share.

    It begins after the prefix's last dash; without one, after a zero or before the digits that all numbers
    share (70001 of 7000101 to 7000113). Three letters or more: of 101 to 109, a 1 means none.
    """
    dash = max((at for at, letter in enumerate(prefix, start=1) if not letter.isalnum()), default=0)
    if dash:
        return {code_of(code[dash:])} - {""}
    cuts = [at for at, letter in enumerate(prefix, start=1) if letter == "0"]
    cuts.append(len(prefix.rstrip("123456789")))
    return {code_of(code[cut:]) for cut in cuts if len(code) - cut >= _SHORTEST_ENDING}


def split_code(name: str) -> tuple[str, str]:
    """("101", "DENBIGH") of "101 - DENBIGH"; ("", name) when it does not begin with a number."""
    match = _LEAD.match(name.strip().upper())
    return (match[1], match[2]) if match else ("", name)


def code_of(code: str) -> str:
    """A code without leading zeros, spaces and punctuation: 0101 and 101 are one."""
    plain = re.sub(r"[^A-Z0-9]", "", _FILLER.sub("", code.upper()))
    return plain.lstrip("0") or plain[:1]


def name_of(name: str) -> str:
    """A name in capitals, without accents, punctuation, "Precinct" and the like; St. and Saint are one."""
    text = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().upper().replace("'", "")
    text = _FILLER.sub(" ", re.sub(r"[^A-Z0-9]+", " ", text))
    return " ".join("SAINT" if w in ("ST", "STE") else w.lstrip("0") or "0" for w in text.split())
