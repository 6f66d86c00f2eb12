"""One way to write an address, however a file writes it, so that two files' spellings of a door meet.

An address is its house number, the number's suffix, the street (direction, name, type, direction), the unit
and the ZIP code. `parse` reads a line, `from_parts` the columns of a file that splits them. Abbreviations
follow USPS Publication 28. Pure text: no coordinates, no tables.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from geodata.addresses import NO_BOX, ORDINAL, street_of, words_of
from geodata.addresses.words import (
    COMMON_TYPES,
    DIRECTIONS,
    STATES,
    TYPES,
    UNIT_KINDS,
    UNIT_NAMES,
)


@dataclass(frozen=True, slots=True)
class Address:
    """A normalised address: capitals, standard abbreviations, no punctuation. Empty text where unknown."""

    number: str = ""
    suffix: str = ""
    pre: str = ""
    name: str = ""
    type: str = ""
    post: str = ""
    unit: str = ""
    zip: str = ""
    city: str = ""

    @property
    def full_number(self) -> str:
        """Number and suffix, as 12, 12A, 12 1/2."""
        return f"{self.number}{' ' if self.suffix[:1].isdigit() else ''}{self.suffix}"

    @property
    def street(self) -> str:
        """Direction, name, type and direction, as on a sign."""
        return " ".join(part for part in (self.pre, self.name, self.type, self.post) if part)

    @property
    def line(self) -> str:
        """The whole on one line; parsing it gives the same address."""
        unit = f"# {self.unit}" if self.unit else ""
        return " ".join(part for part in (self.full_number, self.street, unit, self.zip) if part)

    @property
    def place(self) -> str:
        """What tells one town's Main Street from another's: the ZIP code, or the town where there is none."""
        return self.zip or self.city

    @property
    def building_key(self) -> str:
        """Number, street and place: the same for all units of a building."""
        parts = (self.number, self.suffix, self.pre, self.name, self.type, self.post, self.place)
        return "|".join(parts)

    @property
    def key(self) -> str:
        """Building and unit: one door."""
        return f"{self.building_key}|{self.unit}"

    @classmethod
    def from_key(cls, key: str, city: str = "") -> Address:
        """The address behind a stored key; what follows @ tells buildings of one address apart and is no
        part of it.
        """
        number, suffix, pre, name, type_, post, place, unit = key.split("|")
        is_zip = place.isdigit() and len(place) == 5
        town = _town(city) if is_zip else place
        return cls(
            number, suffix, pre, name, type_, post, unit.partition("@")[0], place if is_zip else "", town
        )

    @property
    def is_box(self) -> bool:
        return self.name == NO_BOX


def parse(line: str, *, unit: str = "", city: str = "", zip_code: str = "") -> Address:
    """Read one line such as "12 1/2 N. Main Street, Apt. 3-B, Barre VT 05641".

    unit, city and zip_code come from columns of their own and win over what the line says. Whatever cannot
    be read as a number stays in the name; a line without a house number gives an Address without one.
    """
    street, line_unit, line_city, line_zip = _split_line(line)
    number, suffix, rest = _take_number(street)
    rest, found_unit = _take_unit(rest)
    pre, name, type_, post, box = street_of(" ".join(rest))
    if box:
        number, suffix = number or box, suffix if number else ""
    units = unit_of(unit) or unit_of(line_unit) or found_unit
    return Address(
        number, suffix, pre, name, type_, post, units, zip5(zip_code) or line_zip, _town(city) or line_city
    )


def from_parts(
    *,
    number: str = "",
    half: str = "",
    pre: str = "",
    street: str = "",
    type_: str = "",
    post: str = "",
    unit_type: str = "",
    unit: str = "",
    city: str = "",
    zip_code: str = "",
) -> Address:
    """Read an address that a file keeps in several columns; any of them may be empty."""
    head, suffix, rest = _take_number([*words_of(number), *words_of(half)])
    if rest and not suffix:
        suffix = "".join(rest)
    words, found_unit = _take_unit(words_of(street))
    if not head:
        head, suffix, words = _take_number(words)
    tokens = [*words_of(pre), *words, *words_of(type_), *words_of(post)]
    own = street_of(" ".join(tokens))
    kind, label = unit.strip(), unit_type.strip()
    if kind.upper().strip(".") in UNIT_KINDS and label.upper().strip(".") not in UNIT_KINDS:
        kind, label = label, kind  # some files swap the two
    box = own[4]
    return Address(
        head or box, suffix, *own[:4], unit_of(f"{label} {kind}") or found_unit, zip5(zip_code), _town(city)
    )


_FRACTION = re.compile(r"^[1-9]/[2-9]$")
_NUMBER = re.compile(r"^(\d+)(?:-(\d+))?-?([A-Z]?)$")
_STUCK = re.compile(r"^(\d+|[NSEW]\d+(?:[NSEW]\d+)?)-([A-Z]{2}[A-Z0-9-]*)$")  # "12-MAIN ST"
_GRID = re.compile(r"^([NSEW])(\d+)(?:([NSEW])(\d+))?$")
_ZIP = re.compile(r"^(\d{5})(?:-?(\d{4}))?$")


def zip5(text: str) -> str:
    """The five digits of a ZIP code, leading zeros that a spreadsheet ate put back; "" if it is none."""
    digits = text.strip().removesuffix(".0")
    match = _ZIP.match(digits)
    if match:
        return match[1]
    return digits.zfill(5) if digits.isdigit() and 3 <= len(digits) <= 4 and int(digits) else ""


@lru_cache(maxsize=1 << 16)
def unit_of(text: str) -> str:
    """One way to write a unit: 3B for Apt 3B, #3B, Unit 3-B and 3 b; BLDG2 and FL3 keep what they are."""
    words = words_of(text)
    kind = ""
    parts: list[str] = []
    for word in words:
        if word in UNIT_KINDS and (len(words) > 1 or not parts):
            kind = UNIT_KINDS[word]
            floor = parts and kind == "FL" and ORDINAL.match(parts[-1])
            if floor:
                parts[-1] = f"FL{floor[1]}"
            continue
        word = UNIT_NAMES.get(word, word)
        parts.append(kind + _unpadded(word) if kind else word)
        kind = ""
    joined = re.sub(r"[^A-Z0-9]", "", "".join(_unpadded(part) for part in parts))
    return "" if joined in ("NONE", "NA") else joined


def _unpadded(word: str) -> str:
    return word.lstrip("0") or word[:1]


@lru_cache(maxsize=1 << 14)
def _town(text: str) -> str:
    """A town's name: SAINT for St., no punctuation."""
    words = [w for part in words_of(text) for w in part.split("-")]
    return " ".join("SAINT" if word in ("ST", "STE", "SAINTE") else word for word in words)


def _split_line(line: str) -> tuple[list[str], str, str, str]:
    """The street's words, and unit, town and ZIP where the line goes on to name them."""
    pieces = [piece for piece in (p.strip() for p in line.split(",")) if piece]
    if not pieces:
        return [], "", "", ""
    street, unit, zip_code = words_of(pieces[0]), "", ""
    town: list[str] = []
    tail = [words_of(piece) for piece in pieces[1:]]
    if tail:
        for words in tail:
            if words and words[0] in ("BOX", "BX") and not town:
                street += words
            elif words and (words[0] in UNIT_KINDS or words[0] in UNIT_NAMES) and not town:
                unit = " ".join(words)
            else:
                town += words
        town, zip_code = _drop_state(town)
    else:
        street, zip_code, ended = _end_of(street)
        if ended:
            street, town = _cut_at_type(street)
    return street, unit, _town(" ".join(town)), zip_code


def _drop_state(words: list[str]) -> tuple[list[str], str]:
    words, zip_code, _ = _end_of(words)
    state = _state_words(words)
    return words[: len(words) - state], zip_code


def _end_of(words: list[str]) -> tuple[list[str], str, bool]:
    """Take a ZIP code, and a state before it, off the end. The last value says that a state was there."""
    if len(words) > 2 and (match := _ZIP.match(words[-1])):
        rest = words[:-1]
        state = _state_words(rest)
        if state and len(rest) > state + 1:
            return rest[:-state], match[1], True
        # "100 HIGHWAY 12345" keeps its number; "12 MAIN ST 05641" gives its ZIP
        return (words, "", False) if TYPES.get(rest[-1]) in ("HWY", "RTE") else (rest, match[1], False)
    return words, "", False


_STATE_NAMES = {tuple(name.split("-")) for name in STATES.values()}


def _state_words(words: list[str]) -> int:
    """How many words at the end name a state. "OAK CT" is a court, "OAK ST HARTFORD CT" is in Connecticut."""
    if words and words[-1] in STATES:
        is_type = words[-1] in TYPES and not any(TYPES.get(word) in COMMON_TYPES for word in words[1:-1])
        return 0 if is_type else 1
    return next((n for n in (1, 2, 3) if tuple(words[-n:]) in _STATE_NAMES), 0)


def _cut_at_type(words: list[str]) -> tuple[list[str], list[str]]:
    """Street and town of "12 MAIN ST BARRE": cut after the last common type that a name stands before."""
    for at in range(len(words) - 2, 1, -1):
        is_saint = words[at] == "ST" and TYPES.get(words[at - 1]) in COMMON_TYPES
        if TYPES.get(words[at]) in COMMON_TYPES and not is_saint:
            end = at + 1
            while end < len(words) and (words[end] in DIRECTIONS and len(words[end]) <= 2):
                end += 1
            while end + 1 < len(words) and (words[end] in UNIT_KINDS or words[end - 1] in UNIT_KINDS):
                end += 1
            return words[:end], words[end:]
    return words, []


def _take_number(words: list[str] | tuple[str, ...]) -> tuple[str, str, list[str]]:
    """House number, its suffix and the rest: 12, 12A, 12-34, 12 1/2, N6W23001."""
    if not words:
        return "", "", list(words)
    first, rest = words[0], list(words[1:])
    if stuck := _STUCK.match(first):
        first, rest = stuck[1], [stuck[2], *rest]
    if _GRID.match(first):
        return first, "", rest
    match = _NUMBER.match(first)
    if not match or ORDINAL.match(first):
        return "", "", list(words)
    number = match[1].lstrip("0") or "0"
    if match[2]:
        number += f"-{match[2].lstrip('0') or '0'}"
    suffix = match[3]
    if rest and _FRACTION.match(rest[0]):
        return number, f"{suffix} {rest[0]}".strip(), rest[1:]
    if not suffix and len(rest) >= 3 and len(rest[0]) == 1 and rest[0].isalpha() and _is_suffix(rest):
        return number, rest[0], rest[1:]
    return number, suffix, rest


def _is_suffix(rest: list[str]) -> bool:
    """In "12 B MAIN ST" the B belongs to the number; in "12 N MAIN ST" the N is a direction."""
    is_street = TYPES.get(rest[1]) in COMMON_TYPES and TYPES.get(rest[2]) not in COMMON_TYPES
    return rest[0] not in DIRECTIONS and rest[0] != "#" and not is_street


_SURE_UNITS = UNIT_KINDS.keys() - {"NO", "NUM", "SPACE", "PH", "LOT", "OFFICE", "ROOM", "FL"}


def _take_unit(words: list[str] | tuple[str, ...]) -> tuple[list[str], str]:
    """Cut "APT 3B", "# 4", "REAR", "2ND FLOOR" off the end of a street."""
    words = list(words)
    for at in range(1, len(words)):
        if words[at] in _SURE_UNITS:
            if words[at] in ("FLOOR", "FLR") and at > 1 and ORDINAL.match(words[at - 1]):
                at -= 1
            if words[at] == "#" or at + 1 < len(words):
                return words[:at], unit_of(" ".join(words[at:]))
    if len(words) > 2 and words[-2] in UNIT_KINDS and any(c.isdigit() for c in words[-1]):
        return words[:-2], unit_of(" ".join(words[-2:]))
    if len(words) > 2 and words[-1] in UNIT_NAMES and words[-2] in TYPES:
        return words[:-1], UNIT_NAMES[words[-1]]
    return words, ""
