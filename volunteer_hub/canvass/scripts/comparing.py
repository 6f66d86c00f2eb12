"""What differs between two versions of a script, in words."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from volunteer_hub.canvass.scripts.content import Content, Question, Words
from volunteer_hub.canvass.scripts.on_phone import own_name
from volunteer_hub.canvass.scripts.wording import KINDS, condition_words, reading_language


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs. kind: "added", "removed" or "changed"; before and after are texts to read."""

    kind: str
    what: str
    before: str = ""
    after: str = ""


def changes(before: Content, after: Content) -> list[Change]:
    """From one version to another: the frame first, then question by question in the later order."""
    found = _texts(_("Name"), {"": before.name}, {"": after.name})
    spoken = [", ".join(map(own_name, each.languages)) for each in (before, after)]
    found += _plain(_("Languages"), *spoken)
    found += _texts(_("Say first"), before.opening, after.opening)
    found += _texts(_("Say at the end"), before.closing, after.closing)
    found += _gone(before, after)
    for each in after.questions:
        old = before.question(each.key)
        if old is None:
            found.append(Change("added", title(after, each), "", _outline(after, each)))
        else:
            found += _question(before, after, old, each)
    return found + _order(before, after)


def title(content: Content, question: Question) -> str:
    """“Will you vote early?” as a heading."""
    return f"“{content.say(question.wording, reading_language(content))}”"


def _gone(before: Content, after: Content) -> list[Change]:
    return [
        Change("removed", title(before, each), _outline(before, each))
        for each in before.questions
        if after.question(each.key) is None
    ]


def _question(before: Content, after: Content, old: Question, new: Question) -> list[Change]:
    name = title(after, new)
    wording = _("wording")
    found = _texts(f"{name}: {wording}", old.wording, new.wording)
    pairs = [(label, *(_fields(content, each)[label] for content, each in ((before, old), (after, new))))
             for label in _fields(after, new)]  # fmt: skip
    for label, was, now in pairs:
        found += _plain(f"{name}: {label}", was, now)
    return found


def _fields(content: Content, each: Question) -> dict[str, str]:
    """Everything about a question but its wording, as texts to compare."""
    bounds = [f"{value:g}" if value is not None else "–" for value in (each.low, each.high)]
    ends = {"low": _("the low end is for us"), "high": _("the high end is for us")}
    return {
        _("kind of answer"): str(KINDS[each.kind]),
        _("needed"): _("yes") if each.is_required else _("no"),
        _("answers"): "; ".join(_all(option.label) for option in each.options),
        _("range"): " … ".join(bounds) if bounds != ["–", "–"] else "",
        _("direction"): ends.get(each.our_end, ""),
        _("words of the ends"): "; ".join(filter(None, (_all(each.low_label), _all(each.high_label)))),
        _("unit"): _all(each.unit),
        _("condition"): condition_words(content, each.condition) if each.condition else "",
    }


def _outline(content: Content, each: Question) -> str:
    return "; ".join(f"{label}: {text}" for label, text in _fields(content, each).items() if text)


def _order(before: Content, after: Content) -> list[Change]:
    both = {each.key for each in before.questions} & {each.key for each in after.questions}
    orders = [[each for each in content.questions if each.key in both] for content in (before, after)]
    if [each.key for each in orders[0]] == [each.key for each in orders[1]]:
        return []
    said = [", ".join(title(content, each) for each in order)
            for content, order in zip((before, after), orders, strict=True)]  # fmt: skip
    return [Change("changed", _("Order of the questions"), *said)]


def _texts(what: str, before: Words, after: Words) -> list[Change]:
    found: list[Change] = []
    for code in dict.fromkeys([*before, *after]):
        label = f"{what} ({own_name(code)})" if code else what
        found += _plain(label, before.get(code, ""), after.get(code, ""))
    return found


def _plain(what: str, before: str, after: str) -> list[Change]:
    if before == after:
        return []
    kind = "added" if not before else "removed" if not after else "changed"
    return [Change(kind, what, before, after)]


def _all(words: Words) -> str:
    return " / ".join(filter(None, words.values()))
