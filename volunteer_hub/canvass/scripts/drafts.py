"""A script while it is edited: from the editor's form to a document, and its buttons (add, remove, move).

A draft is a document that may be unfinished: every question has all fields, whatever its kind, so that a
change of kind loses nothing while the page is open. `document_of` leaves only what belongs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from volunteer_hub.canvass.scripts.checking import EVERY, MOST_LANGUAGES, MOST_OPTIONS, MOST_QUESTIONS, OWN
from volunteer_hub.canvass.scripts.conditions import MOST_RULES
from volunteer_hub.canvass.scripts.content import FORMAT, FORMAT_VERSION, Kind
from volunteer_hub.canvass.scripts.keys import with_keys
from volunteer_hub.people.vocabulary import LANGUAGES

Draft = dict[str, Any]
Form = Mapping[str, str]

_QUESTION = re.compile(r"q(\d{1,3})-kind")
_TEXTS = ("wording", "low_label", "high_label", "unit")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")


def draft_of(document: Mapping[str, Any]) -> Draft:
    """A document, opened for editing."""
    return dict(document) | {"questions": [_opened(each) for each in document["questions"]]}


def blank(kind: str = Kind.SINGLE) -> dict[str, Any]:
    """A new question."""
    options: list[Any] = [_no_option(), _no_option()]
    return _opened({"kind": kind, "options": options, "low": 1, "high": 5, "our_end": "none"})


def document_of(draft: Draft) -> dict[str, Any]:
    """What the draft says as a document: without empty answers and without fields of other kinds."""
    document = {"format": FORMAT, "version": FORMAT_VERSION}
    document |= {name: draft[name] for name in ("name", "languages", "opening", "closing")}
    return with_keys(document | {"questions": [_closed(each) for each in draft["questions"]]})


def draft_from(form: Form, languages: list[str]) -> Draft:
    """The draft in a form that was sent; languages are those whose fields it has."""
    numbers = sorted(int(found[1]) for name in form if (found := _QUESTION.fullmatch(name)))
    return {
        "name": form.get("name", "").strip(),
        "languages": languages,
        "opening": _words(form, "opening", languages),
        "closing": _words(form, "closing", languages),
        "questions": [_question(form, f"q{number}-", languages) for number in numbers[: MOST_QUESTIONS + 1]],
    }


def _question(form: Form, at: str, languages: list[str]) -> dict[str, Any]:
    words = {
        name: _words(form, at + name, languages) for name in ("wording", "low_label", "high_label", "unit")
    }
    numbers = {name: _number(form.get(at + name, "")) for name in ("low", "high", "min", "max")}
    return {
        "key": form.get(f"{at}key", ""),
        "kind": form.get(f"{at}kind", ""),
        "required": f"{at}required" in form,
        "our_end": form.get(f"{at}our_end", "none"),
        "options": [
            {"key": form.get(f"{each}-key", ""), "label": _words(form, f"{each}-label", languages)}
            for each in _rows(form, f"{at}o", "-key", MOST_OPTIONS)
        ],
        "match": "any" if form.get(f"{at}match") == "any" else "all",
        "rules": [_rule(form, each) for each in _rows(form, f"{at}r", "-question", MOST_RULES)],
        **words,
        **numbers,
    }


def _rule(form: Form, at: str) -> dict[str, Any]:
    value = form.get(f"{at}-value", "").strip()
    found = {"question": form.get(f"{at}-question", ""), "test": form.get(f"{at}-test", "")}
    return found | {"value": _number(value)}


def _rows(form: Form, at: str, end: str, most: int) -> list[str]:
    return [f"{at}{number}" for number in range(most + 1) if f"{at}{number}{end}" in form]


def _words(form: Form, at: str, languages: list[str]) -> dict[str, str]:
    return {code: form.get(f"{at}-{code}", "").replace("\r\n", "\n").strip() for code in languages}


def _number(text: str) -> Any:
    """A number where the text is one; the text itself otherwise, for the check to find; None for nothing."""
    text = text.strip()
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        return text
    return float(text) if "." in text else int(text)


def _opened(each: Mapping[str, Any]) -> dict[str, Any]:
    condition = each.get("condition") or {}
    ((match, rules),) = condition.items() if condition else (("all", []),)
    empty: dict[str, Any] = {name: {} for name in _TEXTS}
    numbers = dict.fromkeys(("low", "high", "min", "max"))
    fields = {"key": "", "required": False, "our_end": "none", "options": []}
    own = {name: value for name, value in each.items() if name != "condition"}
    return empty | numbers | fields | own | {"match": match, "rules": list(rules)}


def _closed(each: Mapping[str, Any]) -> dict[str, Any]:
    try:
        names = EVERY + OWN[Kind(each["kind"])]
    except ValueError:
        names = EVERY
    found = {name: each[name] for name in names if name in each and each[name] is not None}
    if each["kind"] == Kind.SUPPORT:
        found |= {"key": "support", "low": 1, "high": 5, "our_end": "low"}
    if "options" in found:
        found["options"] = [one for one in each["options"] if any(one["label"].values())]
    if each["rules"]:
        found["condition"] = {each["match"]: [_closed_rule(one) for one in each["rules"]]}
    return found


def _closed_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    found = {"question": rule["question"], "test": rule["test"]}
    if rule["test"] != "answered" and rule.get("value") is not None:
        found["value"] = rule["value"]
    return found


def _no_option() -> dict[str, Any]:
    return {"key": "", "label": {}}


def do(draft: Draft, deed: str, *, kind: str = "", language: str = "") -> tuple[Draft, str]:
    """The draft after a button was pressed, as "add-option:2", and the id of what to go on with.

    kind: of a new question; language: a code to add. An unknown or impossible deed changes nothing.
    """
    name, _sep, place = deed.partition(":")
    if name.endswith("-language"):
        return draft | {"languages": _spoken(draft["languages"], name, place or language)}, "languages"
    numbers = [int(each) for each in place.split(".") if each.isdigit()]
    draft = with_keys(draft)
    if name == "add-question":
        return _add_question(draft, kind)
    deeds: dict[str, Callable[[list[Any], list[int]], str]] = {
        "remove-question": _remove,
        "up-question": _up,
        "down-question": _down,
    }
    questions = draft["questions"]
    if name in deeds and len(numbers) == 1 and numbers[0] < len(questions):
        at = deeds[name](questions, numbers)
        return draft, f"question-{at}" if questions else "add-question"
    if numbers and numbers[0] < len(questions):
        return draft, _inside(questions[numbers[0]], name, numbers)
    return draft, ""


def _spoken(languages: list[str], name: str, code: str) -> list[str]:
    """The languages after one was added, removed, or put first; one always stays."""
    others = [each for each in languages if each != code]
    if name == "add-language" and code in LANGUAGES and len(others) < MOST_LANGUAGES:
        return [*others, code]
    if name == "first-language" and code in languages:
        return [code, *others]
    return others if name == "remove-language" and others else languages


def _add_question(draft: Draft, kind: str) -> tuple[Draft, str]:
    questions = draft["questions"]
    if len(questions) < MOST_QUESTIONS:
        questions.append(blank(kind if kind in list(Kind) else Kind.SINGLE))
    return draft, f"q{len(questions) - 1}-wording-{draft['languages'][0]}"


def _inside(question: dict[str, Any], name: str, numbers: list[int]) -> str:
    number = numbers[0]
    if name == "add-option" and len(question["options"]) < MOST_OPTIONS:
        question["options"].append(_no_option())
        return f"q{number}-o{len(question['options']) - 1}-label"
    if name == "add-rule" and len(question["rules"]) < MOST_RULES:
        question["rules"].append({"question": "", "test": "", "value": None})
        return f"q{number}-r{len(question['rules']) - 1}-question"
    lists = {"option": question["options"], "rule": question["rules"]}
    deed, _sep, kind = name.partition("-")
    if kind in lists and len(numbers) == 2 and numbers[1] < len(lists[kind]):
        steps = {"remove": _remove, "up": _up, "down": _down}
        if deed in steps:
            steps[deed](lists[kind], numbers[1:])
            return f"add-{kind}-{number}"
    return f"question-{number}"


def _remove(rows: list[Any], numbers: list[int]) -> str:
    del rows[numbers[0]]
    return str(max(0, min(numbers[0], len(rows) - 1)))


def _up(rows: list[Any], numbers: list[int]) -> str:
    return _swap(rows, numbers[0], max(0, numbers[0] - 1))


def _down(rows: list[Any], numbers: list[int]) -> str:
    return _swap(rows, numbers[0], min(len(rows) - 1, numbers[0] + 1))


def _swap(rows: list[Any], one: int, other: int) -> str:
    rows[one], rows[other] = rows[other], rows[one]
    return str(other)
