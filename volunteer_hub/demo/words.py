"""Words that invented people and streets are named from; the lists stand in ``data/words.txt``."""

from __future__ import annotations

from pathlib import Path

_FILE = Path(__file__).parent / "data" / "words.txt"


def _lists() -> dict[str, tuple[str, ...]]:
    """Read the file: a name in brackets opens a list, words are split at blanks, _ stands for a blank."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            name = line.strip("[]")
        elif line and not line.startswith("#"):
            found.setdefault(name, []).extend(word.replace("_", " ") for word in line.split())
    return {name: tuple(words) for name, words in found.items()}


_LISTS = _lists()
GIVEN_NAMES_EN = _LISTS["given_names_en"]
GIVEN_NAMES_ES = _LISTS["given_names_es"]
FAMILY_NAMES_EN = _LISTS["family_names_en"]
FAMILY_NAMES_ES = _LISTS["family_names_es"]
AVENUES = _LISTS["avenues"]
FIRST_WORDS = _LISTS["first_words"]
SECOND_WORDS = _LISTS["second_words"]
