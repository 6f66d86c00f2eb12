"""The content of a script as frozen data, and as the document that is kept, exported and imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

FORMAT, FORMAT_VERSION = "volunteer-hub-script", 1

Words = Mapping[str, str]
"""Language code to text; the script's first language is always there."""


class Kind(StrEnum):
    """How a question is answered."""

    SUPPORT = "support"
    SINGLE = "single"
    MULTIPLE = "multiple"
    SCALE = "scale"
    YES_NO = "yes_no"
    NUMBER = "number"
    TEXT = "text"


class Test(StrEnum):
    """What a rule asks of an answer."""

    __test__ = False  # its name makes pytest look

    IS = "is"
    IS_NOT = "is_not"
    INCLUDES = "includes"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    ANSWERED = "answered"


_CHOSEN = (Test.IS, Test.IS_NOT, Test.ANSWERED)
_COUNTED = (Test.IS, Test.IS_NOT, Test.AT_LEAST, Test.AT_MOST, Test.ANSWERED)
TESTS: dict[Kind, tuple[Test, ...]] = {
    Kind.SUPPORT: _COUNTED,
    Kind.SINGLE: _CHOSEN,
    Kind.MULTIPLE: (Test.INCLUDES, Test.ANSWERED),
    Kind.SCALE: _COUNTED,
    Kind.YES_NO: _CHOSEN,
    Kind.NUMBER: _COUNTED,
    Kind.TEXT: (Test.ANSWERED,),
}
"""Which tests make sense for which kind of question."""

ENDS = ("low", "high", "none")
"""Which end of a scale is support for us; "none" for a scale that does not measure support."""


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to choose."""

    key: str
    label: Words


@dataclass(frozen=True, slots=True)
class Rule:
    """A test of the answer to an earlier question. `value` is None for `answered` only."""

    question: str
    test: Test
    value: str | int | float | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """When a question is asked. match: "all" or "any" of the rules."""

    match: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One question. low and high bound a scale, support (always 1 to 5) and, where given, a number."""

    key: str
    kind: Kind
    wording: Words
    is_required: bool = False
    options: tuple[Option, ...] = ()
    low: int | float | None = None
    high: int | float | None = None
    low_label: Words = field(default_factory=dict)
    high_label: Words = field(default_factory=dict)
    our_end: str = "none"
    unit: Words = field(default_factory=dict)
    condition: Condition | None = None

    @property
    def steps(self) -> range:
        """The steps of a scale or of support; empty for other kinds."""
        if self.kind not in (Kind.SCALE, Kind.SUPPORT) or self.low is None or self.high is None:
            return range(0)
        return range(int(self.low), int(self.high) + 1)

    def is_ours(self, step: int) -> bool:
        """Does a step of a scale mean support for us? The middle of a scale means none."""
        if self.our_end == "none" or self.low is None or self.high is None:
            return False
        middle = (self.low + self.high) / 2
        return step < middle if self.our_end == "low" else step > middle


@dataclass(frozen=True, slots=True)
class Content:
    """All that a canvasser says and asks. The first language stands in where another has no text."""

    name: str
    languages: tuple[str, ...]
    opening: Words
    closing: Words
    questions: tuple[Question, ...]

    def question(self, key: str) -> Question | None:
        """The question of this key."""
        return next((each for each in self.questions if each.key == key), None)

    def say(self, words: Words, language: str | None = None) -> str:
        """A text in a language, or in the first where that one has none."""
        return words.get(language or self.languages[0]) or words.get(self.languages[0], "")


def as_document(content: Content) -> dict[str, Any]:
    """The document of a script, as docs/scripts.md describes it."""
    return {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "name": content.name,
        "languages": list(content.languages),
        "opening": dict(content.opening),
        "closing": dict(content.closing),
        "questions": [question_document(each) for each in content.questions],
    }


def question_document(each: Question) -> dict[str, Any]:
    """One question of the document; only the fields its kind has."""
    found: dict[str, Any] = {"key": each.key, "kind": each.kind.value, "wording": dict(each.wording)}
    if each.is_required:
        found["required"] = True
    if each.kind in (Kind.SINGLE, Kind.MULTIPLE):
        found["options"] = [{"key": one.key, "label": dict(one.label)} for one in each.options]
    if each.kind in (Kind.SCALE, Kind.SUPPORT):
        found |= {"low": each.low, "high": each.high, "our_end": each.our_end}
    if each.kind is Kind.SCALE:
        found |= {"low_label": dict(each.low_label), "high_label": dict(each.high_label)}
    if each.kind is Kind.NUMBER:
        found |= {"min": each.low, "max": each.high, "unit": dict(each.unit)}
    if each.condition:
        found["condition"] = {each.condition.match: [rule_document(one) for one in each.condition.rules]}
    return found


def rule_document(rule: Rule) -> dict[str, Any]:
    """One rule of a condition."""
    found: dict[str, Any] = {"question": rule.question, "test": rule.test.value}
    return found if rule.value is None else found | {"value": rule.value}
