"""Scripts in words: kinds, tests, conditions and answers as people read them."""

from __future__ import annotations

from typing import Any

from flask_babel import format_decimal, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from volunteer_hub.canvass.scripts.branching import DECLINED, normal
from volunteer_hub.canvass.scripts.content import Condition, Content, Kind, Question, Rule, Test
from volunteer_hub.canvass.vocabulary import SUPPORT

KINDS: dict[Kind, Any] = {
    Kind.SUPPORT: _l("Support, 1 to 5"),
    Kind.SINGLE: _l("One of several answers"),
    Kind.MULTIPLE: _l("Any of several answers"),
    Kind.SCALE: _l("A scale"),
    Kind.YES_NO: _l("Yes or no"),
    Kind.NUMBER: _l("A number"),
    Kind.TEXT: _l("A few words"),
}

TEST_WORDS: dict[Test, Any] = {
    Test.IS: _l("is"),
    Test.IS_NOT: _l("is not"),
    Test.INCLUDES: _l("includes"),
    Test.AT_LEAST: _l("is at least"),
    Test.AT_MOST: _l("is at most"),
    Test.ANSWERED: _l("was answered"),
}


def reading_language(content: Content) -> str:
    """The reader's language if the script has it, else the script's first."""
    locale = get_locale()
    own = locale.language if locale else ""
    return own if own in content.languages else content.languages[0]


def condition_words(content: Content, condition: Condition) -> str:
    """“Support is at most 2, and Yard sign? is yes”."""
    rules = [rule_words(content, each) for each in condition.rules]
    return (_(", and ") if condition.match == "all" else _(", or ")).join(rules)


def rule_words(content: Content, rule: Rule) -> str:
    """One rule, with the question's wording."""
    question = content.question(rule.question)
    said = content.say(question.wording, reading_language(content)) if question else rule.question
    test = str(TEST_WORDS[rule.test])
    if rule.value is None:
        return _("“%(question)s” %(test)s", question=said, test=test)
    value = value_words(content, question, rule.value) if question else str(rule.value)
    return _("“%(question)s” %(test)s %(value)s", question=said, test=test, value=value)


def value_words(content: Content, question: Question, value: Any) -> str:
    """An answer as one reads it: labels for keys, units behind numbers, words for support."""
    if value is None or value == DECLINED:
        return _("no answer")
    if question.kind is Kind.MULTIPLE and isinstance(value, str) and question.options:
        value = value.split() if value not in {each.key for each in question.options} else [value]
    found = normal(question, value)
    if found is None:
        return str(value) if not isinstance(value, list) else ", ".join(map(str, value))
    if isinstance(found, tuple):
        return ", ".join(_option_words(content, question, key) for key in found)
    if question.kind is Kind.SUPPORT and isinstance(found, int):
        return f"{found} ({SUPPORT[found]})"
    if question.kind is Kind.YES_NO:
        return _("Yes") if found == "yes" else _("No")
    if isinstance(found, str):
        return _option_words(content, question, found) if question.kind is Kind.SINGLE else found
    unit = content.say(question.unit, reading_language(content)) if question.unit else ""
    return f"{format_decimal(found)} {unit}".strip()


def _option_words(content: Content, question: Question, key: str) -> str:
    label = next((each.label for each in question.options if each.key == key), None)
    return content.say(label, reading_language(content)) if label else key
