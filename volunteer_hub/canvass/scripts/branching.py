"""Which questions are asked, given the answers so far; the same rules as static/behaviours/script-rules.mjs.

A question without an answer, declined, or with an answer that it cannot have counts as not answered, and no
test holds of it, not even `is_not`: so a question appears on the phone only once its reason is there. The
answer to a question that was not to be asked counts as none.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from volunteer_hub.canvass.scripts.content import Condition, Kind, Question, Rule, Test

DECLINED = "-"
"""Sent by the phone for “no answer”: it was asked, and the person did not say."""

Value = str | int | float | tuple[str, ...]

_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class Checked:
    """The answers of a report against its script, each named by question key.

    answers: normal answers of questions that were asked. unasked: answered though not to be asked.
    unknown: no such question, or no such answer. missing: required, asked, and neither answered nor declined
    (but support, of which a report is silent when it was declined).
    """

    answers: dict[str, Value]
    unasked: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def is_doubtful(self) -> bool:
        return bool(self.unasked or self.unknown or self.missing)


def normal(question: Question, value: Any) -> Value | None:
    """An answer in its one form; None for none, declined, or one that the question cannot have."""
    if value is None or value in ("", DECLINED):
        return None
    if question.kind is Kind.MULTIPLE:
        return _several(question, value)
    if question.kind is Kind.SINGLE:
        return value if any(value == each.key for each in question.options) else None
    if question.kind is Kind.YES_NO:
        return _yes_or_no(value)
    if question.kind is Kind.TEXT:
        return value.strip() or None if isinstance(value, str) else None
    return _number(question, value)


def asked(questions: Sequence[Question], answers: Mapping[str, Any]) -> list[str]:
    """The keys of the questions that are to be asked, in order."""
    known: dict[str, Value | None] = {}
    keys = []
    for each in questions:
        if each.condition is None or holds(each.condition, known):
            keys.append(each.key)
            known[each.key] = normal(each, answers.get(each.key))
        else:
            known[each.key] = None
    return keys


def missing(questions: Sequence[Question], answers: Mapping[str, Any], *, is_talk: bool = True) -> list[str]:
    """The required questions that still need an answer or a “no answer”; none unless people talked."""
    if not is_talk:
        return []
    wanted = set(asked(questions, answers))
    return [
        each.key
        for each in questions
        if each.is_required
        and each.key in wanted
        and not is_declined(each.key, answers)
        and normal(each, answers.get(each.key)) is None
    ]


def is_declined(key: str, answers: Mapping[str, Any]) -> bool:
    """Was the question put and not answered?"""
    return key in answers and answers[key] in (None, DECLINED)


def check(questions: Sequence[Question], answers: Mapping[str, Any], *, is_talk: bool = True) -> Checked:
    """Sort the answers of a report; nothing is refused."""
    by_key = {each.key: each for each in questions}
    wanted = set(asked(questions, answers))
    good: dict[str, Value] = {}
    unasked, unknown = [], []
    for key, value in answers.items():
        question = by_key.get(key)
        found = normal(question, value) if question else None
        if found is None:
            if value is not None and value not in ("", DECLINED, []):
                unknown.append(key)
        elif key in wanted:
            good[key] = found
        else:
            unasked.append(key)
    # a report says nothing where support was declined, so there "no answer" and a gap look the same
    left = [
        key for key in missing(questions, answers, is_talk=is_talk) if by_key[key].kind is not Kind.SUPPORT
    ]
    return Checked(good, tuple(unasked), tuple(unknown), tuple(left))


def holds(condition: Condition, known: Mapping[str, Value | None]) -> bool:
    """Does a condition hold, given normal answers?"""
    found = (_fits(rule, known.get(rule.question)) for rule in condition.rules)
    return all(found) if condition.match == "all" else any(found)


def _fits(rule: Rule, value: Value | None) -> bool:
    if value is None:
        return False
    match rule.test:
        case Test.ANSWERED:
            return True
        case Test.IS:
            return value == rule.value
        case Test.IS_NOT:
            return value != rule.value
        case Test.INCLUDES:
            return isinstance(value, tuple) and rule.value in value
        case Test.AT_LEAST | Test.AT_MOST:
            return _compare(rule, value)


def _compare(rule: Rule, value: Value) -> bool:
    if isinstance(value, (str, tuple)) or not isinstance(rule.value, (int, float)):
        return False
    return value >= rule.value if rule.test is Test.AT_LEAST else value <= rule.value


def _several(question: Question, value: Any) -> tuple[str, ...] | None:
    """The chosen options in the script's order, each once; from a list, or words with blanks or commas."""
    chosen: Iterable[Any] = re.split(r"[\s,]+", value) if isinstance(value, str) else value
    if not isinstance(chosen, (list, tuple)):
        return None
    known = tuple(each.key for each in question.options if each.key in chosen)
    return known or None


def _yes_or_no(value: Any) -> str | None:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if value in ("yes", "no") else None


def _number(question: Question, value: Any) -> int | float | None:
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    low = -math.inf if question.low is None else question.low
    high = math.inf if question.high is None else question.high
    if not low <= value <= high:
        return None
    if value == int(value):
        return int(value)
    return None if question.kind in (Kind.SCALE, Kind.SUPPORT) else value
