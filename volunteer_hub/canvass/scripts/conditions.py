"""Conditions of a document: read, and whether each question can be reached at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flask_babel import gettext as _

from volunteer_hub.canvass.scripts.branching import Value, holds, normal
from volunteer_hub.canvass.scripts.content import TESTS, Condition, Kind, Question, Rule, Test
from volunteer_hub.canvass.scripts.faults import Fault, Reader

MOST_RULES = 10
MOST_WAYS = 20_000
"""Ways through the earlier questions that are tried; beyond that a question counts as reachable."""


def read_condition(
    reader: Reader, place: str, given: Any, earlier: Sequence[Question], later: set[str]
) -> Condition | None:
    """The condition at a place; None for none. `later`: keys from this question on, for a better sentence."""
    if given is None:
        return None
    if not isinstance(given, dict):
        reader.fault(place, _("Write an object here: one rule, or a list of rules under “all” or “any”."))
        return None
    if "question" in given or "test" in given:
        rule = _rule(reader, place, given, earlier, later)
        return Condition("all", (rule,)) if rule else None
    if list(given) not in (["all"], ["any"]):
        reader.fault(place, _("Write either “all” or “any” here, with a list of rules."))
        return None
    ((match, entries),) = given.items()
    rules = [
        _rule(reader, f"{place}.{match}[{number}]", each, earlier, later)
        for number, each in enumerate(reader.listed(f"{place}.{match}", entries, 1, MOST_RULES))
    ]
    return Condition(match, tuple(each for each in rules if each))


def _rule(
    reader: Reader, place: str, given: Any, earlier: Sequence[Question], later: set[str]
) -> Rule | None:
    if not isinstance(given, dict):
        reader.fault(place, _("Write an object with question, test and value here."))
        return None
    reader.known_fields(place, given, ("question", "test", "value"))
    question = _earlier(reader, f"{place}.question", given.get("question"), earlier, later)
    if question is None:
        return None
    name = reader.one_of(f"{place}.test", given.get("test"), [each.value for each in TESTS[question.kind]])
    if name is None:
        return None
    test = Test(name)
    if test is Test.ANSWERED:
        if given.get("value") not in (None, ""):
            reader.fault(f"{place}.value", _("“answered” has no value. Leave it out."))
        return Rule(question.key, test)
    value = _value(question, given.get("value"))
    if value is None:
        reader.fault(f"{place}.value", _value_needed(question))
        return None
    return Rule(question.key, test, value)


def _earlier(
    reader: Reader, place: str, key: Any, earlier: Sequence[Question], later: set[str]
) -> Question | None:
    found = next((each for each in earlier if each.key == key), None)
    if found is not None:
        return found
    names = ", ".join(each.key for each in earlier)
    if not earlier:
        sentence = _("The first question cannot have a condition: no question comes before it.")
    elif key in later:
        sentence = _("“%(key)s” is asked later. Use an earlier question: %(names)s.", key=key, names=names)
    else:
        sentence = _("There is no such question. Use an earlier question: %(names)s.", names=names)
    reader.fault(place, sentence)
    return None


def _value(question: Question, given: Any) -> str | int | float | None:
    """A value that the question can have as its answer."""
    if question.kind is Kind.MULTIPLE:
        return given if any(given == each.key for each in question.options) else None
    found = normal(question, given)
    return None if isinstance(found, tuple) else found


def _value_needed(question: Question) -> str:
    if question.kind is Kind.YES_NO:
        return _("Use one of: %(names)s.", names="yes, no")
    if question.kind in (Kind.SINGLE, Kind.MULTIPLE):
        return _(
            "Use an answer of that question: %(names)s.", names=", ".join(o.key for o in question.options)
        )
    if question.low is not None and question.high is not None:
        return _("Use a number from %(low)s to %(high)s.", low=question.low, high=question.high)
    return _("Use a number that question can have as its answer.")


def unreachable(questions: Sequence[Question]) -> list[Fault]:
    """A fault for each question that no answers lead to."""
    return [
        Fault(
            f"questions[{number}].condition",
            _("No answers lead here, so this question would never be asked. Change or remove its condition."),
        )
        for number, each in enumerate(questions)
        if each.condition and not _is_reachable(number, questions)
    ]


def _is_reachable(number: int, questions: Sequence[Question]) -> bool:
    """Try the answers that matter to the questions on the way, in order."""
    wanted = questions[number].condition
    assert wanted is not None
    on_the_way = _ancestors(number, questions)
    ways = enumerate(_ways(on_the_way, _mentioned(questions)), start=1)
    return any(holds(wanted, known) or tried >= MOST_WAYS for tried, known in ways)


def _ancestors(number: int, questions: Sequence[Question]) -> list[Question]:
    """The questions that decide whether this one is asked, directly or by others, in the script's order."""
    wanted: set[str] = set()
    for each in (questions[place] for place in range(number, -1, -1)):
        if each.condition and (each.key == questions[number].key or each.key in wanted):
            wanted |= {rule.question for rule in each.condition.rules}
    return [each for each in questions[:number] if each.key in wanted]


def _ways(left: Sequence[Question], mentioned: dict[str, set[Any]]) -> Iterator[dict[str, Value | None]]:
    """All that may be known after these questions."""
    stack: list[tuple[int, dict[str, Value | None]]] = [(0, {})]
    while stack:
        place, known = stack.pop()
        if place == len(left):
            yield known
            continue
        question = left[place]
        is_asked = question.condition is None or holds(question.condition, known)
        values: list[Value | None] = [None]
        if is_asked:
            values += _values(question, mentioned.get(question.key, set()))
        stack += [(place + 1, known | {question.key: value}) for value in values]


def _mentioned(questions: Sequence[Question]) -> dict[str, set[Any]]:
    found: dict[str, set[Any]] = {}
    for each in questions:
        for rule in each.condition.rules if each.condition else ():
            found.setdefault(rule.question, set()).add(rule.value)
    return found


def _values(question: Question, mentioned: set[Any]) -> list[Value]:
    """Answers that differ for some rule: of a number those around each mentioned one are enough."""
    if question.kind is Kind.YES_NO:
        return ["yes", "no"]
    if question.kind is Kind.TEXT:
        return ["x"]
    if question.kind is Kind.SINGLE:
        return [each.key for each in question.options]
    if question.kind is Kind.MULTIPLE:
        return _subsets([each.key for each in question.options if each.key in mentioned], question)
    if question.steps:
        return list(question.steps)
    ends = [each for each in (question.low, question.high, 0) if each is not None]
    near = [value + step for value in mentioned if value is not None for step in (-1, -0.5, 0, 0.5, 1)]
    return [found for each in sorted({*near, *ends}) if (found := normal(question, each)) is not None]


def _subsets(keys: list[str], question: Question) -> list[Value]:
    found: list[tuple[str, ...]] = [()]
    for key in keys:
        found += [(*each, key) for each in found]
    others = tuple(each.key for each in question.options if each.key not in keys)[:1]
    return [each or others for each in found if each or others]
