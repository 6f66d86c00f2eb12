"""How well two spellings of a street's name agree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from geodata.addresses import street_of, words_of
from geodata.addresses.words import TYPE_WORDS
from geodata.streets.noding import Longs

SAME, ALIKE, OTHER, UNSAID = 0, 1, 2, 3  # as good as this, in order; UNSAID: one of the two has no name
_SHORT, _LONG = 5, 9  # letters from which one, and two, may differ
_ORDINAL_ENDS = ("ST", "ND", "RD", "TH")
_ROAD_WORDS = frozenset(
    ["STATE", "RTE", "ROUTE", "HWY", "HIGHWAY", "ROAD", "RD", "CO", "COUNTY", "TWP", "TOWN", "US"]
)
_NUMBERED = ("STATE", "RTE", "US")  # a state's route is called by each of these


@lru_cache(maxsize=1 << 17)
def key_of(text: str) -> tuple[str, str, str, str]:
    """Direction, name, type and direction after it of a street, in standard words."""
    pre, name, type_, post, _ = street_of(" ".join(words_of(text)))
    kind, _, number = name.partition(" ")
    if kind in _NUMBERED and number[:1].isdigit():
        return pre, f"RTE {number}", "", post
    return pre, name, type_, post


@lru_cache(maxsize=1 << 17)
def agreement(one: str, other: str) -> int:
    """SAME for one street written in two ways, ALIKE where only direction, type or a letter differ."""
    a, b = key_of(one), key_of(other)
    if a == b:
        return SAME
    if a[1] == b[1] or "".join(a).replace(" ", "") == "".join(b).replace(" ", ""):
        return ALIKE
    if (_numbered(a) and _numbered(a) == _numbered(b)) or _spelt(a) in (_spelt(b), b[1]) or _spelt(b) == a[1]:
        return ALIKE
    if a[1].startswith("RTE ") or b[1].startswith("RTE "):
        return OTHER
    return ALIKE if _nearly(a[1], b[1]) else OTHER


def agreements(door: Longs, edge: Longs, doors: Sequence[str], edges: Sequence[Iterable[str]]) -> Longs:
    """(k,) how the door name of row door[i] (-1: none) agrees with the best of the edge's names."""
    out = np.full(len(door), UNSAID, dtype=np.int64)
    said = np.flatnonzero(door >= 0)
    if not len(said):
        return out
    width = max(len(edges), 1)
    pair, back = np.unique(door[said] * width + edge[said], return_inverse=True)
    best = np.array([_best(doors[p // width], edges[p % width]) for p in pair.tolist()], dtype=np.int64)
    out[said] = best[back]
    return out


def codes_of(names: Any, count: int) -> tuple[Longs, list[str]]:
    """A number for every different name (-1: none), and the names."""
    number: dict[str, int] = {}
    codes = np.full(count, -1, dtype=np.int64)
    for row, text in enumerate(names if names is not None else ()):
        if isinstance(text, str) and text.strip():
            codes[row] = number.setdefault(text.strip(), len(number))
    return codes, list(number)


def _best(door: str, names: Iterable[str]) -> int:
    return min((agreement(door, name) for name in names), default=UNSAID)


def _spelt(key: tuple[str, str, str, str]) -> str:
    """Name with its type as a word: CLAY HL and CLAY HILL RD are both called CLAY HILL."""
    return f"{key[1]} {TYPE_WORDS.get(key[2], key[2])}".strip()


def _numbered(key: tuple[str, str, str, str]) -> frozenset[str]:
    """What tells a road with a number from others: OLD ROUTE 15 is OLD STATE RTE 15; empty for all others."""
    words = frozenset(f"{key[1]} {key[2]}".split())
    if not any(word[:1].isdigit() and not word.endswith(_ORDINAL_ENDS) for word in words):
        return frozenset()
    return words - _ROAD_WORDS


def _nearly(one: str, other: str) -> bool:
    """One letter off from five on, two from nine on, never in a digit."""
    short = min(len(one), len(other))
    allowed = 2 if short >= _LONG else 1 if short >= _SHORT else 0
    if not allowed or abs(len(one) - len(other)) > allowed:
        return False
    if [c for c in one if c.isdigit()] != [c for c in other if c.isdigit()]:
        return False
    return _edits(one, other) <= allowed


def _edits(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
    return row[-1]
