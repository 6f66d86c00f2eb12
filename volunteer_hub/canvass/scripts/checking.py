"""From a document (the editor's, a file's, a row's) to checked content; each fault names its place.

A place is a path as `questions[2].condition.all[0].question`, counted from 0 as JSON is. Everything wrong is
collected, so that the editor shows all of it; a file is refused by its first fault.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from volunteer_hub.canvass.scripts.conditions import read_condition, unreachable
from volunteer_hub.canvass.scripts.content import (
    ENDS,
    FORMAT,
    FORMAT_VERSION,
    Content,
    Kind,
    Option,
    Question,
)
from volunteer_hub.canvass.scripts.faults import Fault, InvalidScript, Reader
from volunteer_hub.canvass.scripts.keys import KEY, MOST_KEY, SUPPORT, with_keys
from volunteer_hub.people.vocabulary import LANGUAGES

MOST_QUESTIONS, MOST_OPTIONS, MOST_LANGUAGES = 30, 20, 6
MOST_NAME, MOST_OPENING, MOST_CLOSING, MOST_WORDING, MOST_LABEL = 200, 2000, 1000, 500, 100
LONGEST_SCALE = 11
LARGEST_NUMBER = 1_000_000

TOP = ("format", "version", "name", "languages", "opening", "closing", "questions")
EVERY = ("key", "kind", "wording", "required", "condition")
OWN: dict[Kind, tuple[str, ...]] = {
    Kind.SUPPORT: ("low", "high", "our_end"),
    Kind.SINGLE: ("options",),
    Kind.MULTIPLE: ("options",),
    Kind.SCALE: ("low", "high", "our_end", "low_label", "high_label"),
    Kind.YES_NO: (),
    Kind.NUMBER: ("min", "max", "unit"),
    Kind.TEXT: (),
}
"""The fields that only some kinds have."""


def read(document: Any) -> Content:
    """Checked content of a document. Raises InvalidScript with everything that is wrong."""
    content = load(document)
    faults = unreachable(content.questions)
    if faults:
        raise InvalidScript(faults)
    return content


def load(document: Any) -> Content:
    """The content of a document that was checked before it was kept. Raises InvalidScript."""
    if not isinstance(document, dict):
        raise InvalidScript([Fault("", _("A script must be an object with name, opening and questions."))])
    reader = Reader()
    content = _content(reader, with_keys(document))
    if reader.faults:
        raise InvalidScript(reader.faults)
    return content


def _content(reader: Reader, given: dict[str, Any]) -> Content:
    reader.known_fields("", given, TOP)
    _format(reader, given)
    name = reader.line("name", given.get("name"), MOST_NAME)
    reader.languages = _languages(reader, given.get("languages"))
    return Content(
        name,
        reader.languages,
        reader.words("opening", given.get("opening"), MOST_OPENING),
        reader.words("closing", given.get("closing"), MOST_CLOSING, is_needed=False),
        _questions(reader, given.get("questions")),
    )


def _format(reader: Reader, given: dict[str, Any]) -> None:
    if given.get("format") != FORMAT:
        reader.fault("format", _("This must be “%(name)s”.", name=FORMAT))
    if given.get("version") != FORMAT_VERSION:
        reader.fault(
            "version", _("This program reads version %(number)s of the format.", number=FORMAT_VERSION)
        )


def _languages(reader: Reader, given: Any) -> tuple[str, ...]:
    found: list[str] = []
    for number, code in enumerate(reader.listed("languages", given, 1, MOST_LANGUAGES)):
        if not isinstance(code, str) or code not in LANGUAGES:
            reader.fault(f"languages[{number}]", _("Write a code of a language, as en or es."))
        elif code in found:
            reader.fault(f"languages[{number}]", _("Name each language once."))
        else:
            found.append(code)
    return tuple(found) or ("en",)


def _questions(reader: Reader, given: Any) -> tuple[Question, ...]:
    entries = reader.listed("questions", given, 0, MOST_QUESTIONS)
    keys = [each.get("key") if isinstance(each, dict) else None for each in entries]
    found: list[Question] = []
    for number, each in enumerate(entries):
        place = f"questions[{number}]"
        if not isinstance(each, dict):
            reader.fault(place, _("A question must be an object with kind and wording."))
            continue
        later = {key for key in keys[number:] if isinstance(key, str)}
        question = _question(reader, place, each, found, later)
        if question:
            found.append(question)
    return tuple(found)


def _question(
    reader: Reader, place: str, given: dict[str, Any], earlier: Sequence[Question], later: set[str]
) -> Question | None:
    name = reader.one_of(f"{place}.kind", given.get("kind"), [each.value for each in Kind])
    if name is None:
        return None
    kind = Kind(name)
    reader.known_fields(place, given, EVERY + OWN[kind])
    wording = reader.words(f"{place}.wording", given.get("wording"), MOST_WORDING)
    key = _key(reader, place, given.get("key"), kind, [each.key for each in earlier])
    is_required = given.get("required", False)
    if not isinstance(is_required, bool):
        reader.fault(f"{place}.required", _("Write true or false."))
    read_own = _OWN_READERS.get(kind)
    own = read_own(reader, place, given) if read_own else {}
    condition = read_condition(reader, f"{place}.condition", given.get("condition"), earlier, later)
    return Question(key, kind, wording, is_required is True, condition=condition, **own)


def _key(reader: Reader, place: str, key: Any, kind: Kind, taken: Sequence[str]) -> str:
    if not isinstance(key, str) or not key:
        return ""  # made from the wording; without one that is the fault, and named already
    if not KEY.fullmatch(key):
        reader.fault(f"{place}.key", _("Use up to %(most)s of a-z, 0-9 and _.", most=MOST_KEY))
    if key in taken and kind is Kind.SUPPORT:
        reader.fault(f"{place}.kind", _("Ask for support once only."))
    elif key in taken:
        reader.fault(f"{place}.key", _("An earlier question has this key. Give each its own."))
    elif (key == SUPPORT) != (kind is Kind.SUPPORT):
        reader.fault(
            f"{place}.key", _("The key “support” belongs to the question of kind support, and only to it.")
        )
    return key


def _options(reader: Reader, place: str, given: dict[str, Any]) -> dict[str, Any]:
    found: list[Option] = []
    for number, each in enumerate(reader.listed(f"{place}.options", given.get("options"), 2, MOST_OPTIONS)):
        at = f"{place}.options[{number}]"
        if not isinstance(each, dict):
            reader.fault(at, _("An answer must be a text, or an object with key and label."))
            continue
        reader.known_fields(at, each, ("key", "label"))
        label = reader.words(f"{at}.label", each.get("label"), MOST_LABEL)
        key = each.get("key") or ""
        if label and (not isinstance(key, str) or not KEY.fullmatch(key)):
            reader.fault(f"{at}.key", _("Use up to %(most)s of a-z, 0-9 and _.", most=MOST_KEY))
        elif any(key == one.key for one in found):
            reader.fault(f"{at}.key", _("An earlier answer has this key. Give each its own."))
        found.append(Option(str(key), label))
    return {"options": tuple(found)}


def _scale(reader: Reader, place: str, given: dict[str, Any]) -> dict[str, Any]:
    low = reader.number(f"{place}.low", given.get("low"), 0, 99, is_whole=True)
    high = reader.number(f"{place}.high", given.get("high"), 1, 100, is_whole=True)
    if low is not None and high is not None and not 1 <= high - low < LONGEST_SCALE:
        reader.fault(
            f"{place}.high", _("A scale has 2 to %(most)s steps, from low up to high.", most=LONGEST_SCALE)
        )
    return {
        "low": low,
        "high": high,
        "our_end": reader.one_of(f"{place}.our_end", given.get("our_end"), ENDS) or "none",
        "low_label": reader.words(f"{place}.low_label", given.get("low_label"), MOST_LABEL),
        "high_label": reader.words(f"{place}.high_label", given.get("high_label"), MOST_LABEL),
    }


def _support(reader: Reader, place: str, given: dict[str, Any]) -> dict[str, Any]:
    own = {"low": 1, "high": 5, "our_end": "low"}
    for name, value in own.items():
        if given.get(name, value) != value:
            reader.fault(
                f"{place}.{name}",
                _(
                    "Support is always 1 (strong support) to 5 (strong oppose). Write %(value)s here.",
                    value=value,
                ),
            )
    return own


def _number(reader: Reader, place: str, given: dict[str, Any]) -> dict[str, Any]:
    bounds = {
        name: reader.number(f"{place}.{name}", given[name], -LARGEST_NUMBER, LARGEST_NUMBER, is_whole=False)
        for name in ("min", "max")
        if given.get(name) is not None
    }
    low, high = bounds.get("min"), bounds.get("max")
    if low is not None and high is not None and low >= high:
        reader.fault(f"{place}.max", _("The largest answer must be more than the smallest."))
    unit = reader.words(f"{place}.unit", given.get("unit"), MOST_LABEL, is_needed=False)
    return {"low": low, "high": high, "unit": unit}


_OWN_READERS = {
    Kind.SUPPORT: _support,
    Kind.SINGLE: _options,
    Kind.MULTIPLE: _options,
    Kind.SCALE: _scale,
    Kind.NUMBER: _number,
}
