"""A script as the phone shows it: every text in every language of the script, ready for the page.

All languages are on the page, so that the switch at the door needs no network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import force_locale, get_locale
from flask_babel import lazy_gettext as _l

from volunteer_hub.canvass.scripts.content import Content, Kind, Question, Words, question_document
from volunteer_hub.canvass.scripts.wording import condition_words
from volunteer_hub.canvass.vocabulary import SUPPORT
from volunteer_hub.people.vocabulary import PAGE_LANGUAGES

Said = tuple[tuple[str, str, str], ...]
"""(language, text, the language the text is in) for each language of the script."""

_YES, _NO, _NO_ANSWER = _l("Yes"), _l("No"), _l("No answer")
_NEEDED = _l("needed")
_RULE_FIELDS = ("key", "kind", "required", "low", "high", "min", "max", "condition")


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to tap: what is sent, and what it says. number: shown beside a step of a scale."""

    value: str
    label: Said
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A question on the phone. low, high: of a number. only_if: its condition in words, without scripts."""

    key: str
    kind: str
    wording: Said
    is_required: bool
    choices: tuple[Choice, ...]
    ends: tuple[Said, Said] | None
    unit: Said
    low: int | float | None
    high: int | float | None
    only_if: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole script on the phone. `shown` is the language it opens in."""

    languages: tuple[tuple[str, str], ...]
    shown: str
    opening: Said
    closing: Said
    questions: tuple[Shown, ...]
    rules: list[dict[str, Any]]
    no_answer: Said
    needed: Said

    @property
    def is_one_tap(self) -> bool:
        """Support comes last and nothing hangs on it: a tap on it saves and goes on to the next door."""
        last = self.questions[-1] if self.questions else None
        return last is not None and last.kind == Kind.SUPPORT and not last.only_if


def sheet_of(content: Content) -> Sheet:
    """A script for the page that is being made; it opens in the page's language where it has it."""
    return Sheet(
        languages=tuple((code, own_name(code)) for code in content.languages),
        shown=_shown(content.languages),
        opening=_said(content, content.opening),
        closing=_said(content, content.closing),
        questions=tuple(_question(content, each) for each in content.questions),
        rules=[_rules(each) for each in content.questions],
        no_answer=_ours(content, _NO_ANSWER),
        needed=_ours(content, _NEEDED),
    )


def own_name(code: str) -> str:
    """A language by its own name: Español."""
    if code in PAGE_LANGUAGES:
        return PAGE_LANGUAGES[code]
    try:
        with force_locale(code):
            locale = get_locale()
            name = str(locale.languages.get(code, code)) if locale else code
    except ValueError:  # babel knows no such locale, as of sign languages
        name = code
    return name[:1].upper() + name[1:]


def _shown(languages: tuple[str, ...]) -> str:
    locale = get_locale()
    own = locale.language if locale else ""
    return own if own in languages else languages[0]


def _question(content: Content, each: Question) -> Shown:
    is_scale = each.kind is Kind.SCALE
    return Shown(
        each.key,
        each.kind.value,
        _said(content, each.wording),
        each.is_required,
        tuple(_choices(content, each)),
        (_said(content, each.low_label), _said(content, each.high_label)) if is_scale else None,
        _said(content, each.unit),
        each.low,
        each.high,
        condition_words(content, each.condition) if each.condition else "",
    )


def _choices(content: Content, each: Question) -> list[Choice]:
    if each.kind is Kind.SUPPORT:
        return [Choice(str(step), _ours(content, SUPPORT[step]), step) for step in each.steps]
    if each.kind is Kind.SCALE:
        return [_step(content, each, step) for step in each.steps]
    if each.kind is Kind.YES_NO:
        return [Choice("yes", _ours(content, _YES)), Choice("no", _ours(content, _NO))]
    return [Choice(one.key, _said(content, one.label)) for one in each.options]


def _step(content: Content, each: Question, step: int) -> Choice:
    """The ends of a scale carry their words, for those who do not see the row."""
    words: Words = {}
    if step == each.low:
        words = each.low_label
    elif step == each.high:
        words = each.high_label
    return Choice(str(step), _said(content, words), step)


def _said(content: Content, words: Words) -> Said:
    if not words:
        return ()
    first = content.languages[0]
    return tuple(
        (code, content.say(words, code), code if words.get(code) else first) for code in content.languages
    )


def _ours(content: Content, text: Any) -> Said:
    """A text of the program in the script's languages; where it has none, in the page's own."""
    return tuple((code, *_in(code, text)) for code in content.languages)


def _in(code: str, text: Any) -> tuple[str, str]:
    if code not in PAGE_LANGUAGES:
        locale = get_locale()
        return str(text), locale.language if locale else "en"
    with force_locale(code):
        return str(text), code


def _rules(each: Question) -> dict[str, Any]:
    """What the phone's script needs of a question: no texts."""
    document = question_document(each)
    kept: dict[str, Any] = {name: document[name] for name in _RULE_FIELDS if name in document}
    if each.options:
        kept["options"] = [{"key": one.key} for one in each.options]
    return kept
