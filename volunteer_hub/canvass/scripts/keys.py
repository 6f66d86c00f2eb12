"""Keys: the short plain names under which answers are kept, made from wordings where none was given."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

SUPPORT = "support"
MOST_KEY = 40
KEY = re.compile(rf"[a-z0-9][a-z0-9_]{{0,{MOST_KEY - 1}}}")


def with_keys(document: dict[str, Any]) -> dict[str, Any]:
    """The document with a key for each question and option that has a wording and no key yet."""
    questions = document.get("questions")
    if not isinstance(questions, list):
        return document
    taken = {SUPPORT, *_given(questions)}
    return document | {"questions": [_question(each, taken) for each in questions]}


def key_of(text: str) -> str:
    """A short plain key from a wording: "Best time to vote?" becomes best_time_to_vote."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[: MOST_KEY - 4].strip("_") or "answer"


def _question(given: Any, taken: set[str]) -> Any:
    if not isinstance(given, dict):
        return given
    found = given
    if given.get("kind") == SUPPORT and given.get("key") in (None, ""):
        found = given | {"key": SUPPORT}
    elif given.get("key") in (None, "") and (said := _first(given.get("wording"))):
        found = given | {"key": _free(key_of(said), taken)}
    if isinstance(found.get("options"), list):
        used = {*_given(found["options"])}
        found = found | {"options": [_option(each, used) for each in found["options"]]}
    return found


def _option(given: Any, taken: set[str]) -> Any:
    if isinstance(given, str):
        given = {"label": given}
    if not isinstance(given, dict) or given.get("key") not in (None, ""):
        return given
    said = _first(given.get("label"))
    return given | {"key": _free(key_of(said), taken)} if said else given


def _first(words: Any) -> str:
    """The first text there is."""
    texts: Iterable[Any] = words.values() if isinstance(words, dict) else [words]
    return next((each.strip() for each in texts if isinstance(each, str) and each.strip()), "")


def _given(entries: list[Any]) -> list[str]:
    return [each["key"] for each in entries if isinstance(each, dict) and isinstance(each.get("key"), str)]


def _free(key: str, taken: set[str]) -> str:
    numbered = (key if not number else f"{key}_{number + 1}" for number in range(len(taken) + 1))
    free = next(each for each in numbered if each not in taken)
    taken.add(free)
    return free
