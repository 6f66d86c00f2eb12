"""Answers as people read them: of a report, and of all reports together, question by question.

Each report is read with the version of the script it was made with. What does not fit is not lost: answers
to questions that were not to be asked, or that no version knows, are shown as such and not counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from volunteer_hub.canvass import script_queries as queries
from volunteer_hub.canvass.models import Outcome
from volunteer_hub.canvass.queries import ReportLine
from volunteer_hub.canvass.script_queries import ScriptCard
from volunteer_hub.canvass.scripts.branching import Checked, asked, check, is_declined, normal
from volunteer_hub.canvass.scripts.content import Content, Kind, Question
from volunteer_hub.canvass.scripts.wording import reading_language, value_words
from volunteer_hub.canvass.services.scripts import script_of, starting_script


@dataclass(frozen=True, slots=True)
class Said:
    """One answer of a report in words. doubt: "unasked", "unknown", "missing" or "" for none."""

    question: str
    answer: str
    doubt: str = ""


def answers_in_words(campaign_id: int, lines: Sequence[ReportLine]) -> dict[Any, list[Said]]:
    """The answers of each report but support, which has a place of its own; by the report's id."""
    cards = queries.scripts_by_id({each.script_id for each in lines if each.script_id})
    first = starting_script(campaign_id) if any(not each.script_id for each in lines) else None
    return {
        line.id: _said(card.content, line)
        for line in lines
        if (card := cards.get(line.script_id or 0, first)) is not None and line.result
    }


def _said(content: Content, line: ReportLine) -> list[Said]:
    checked = check(content.questions, line.answers, is_talk=line.result == Outcome.CANVASSED)
    found = []
    for key, value in line.answers.items():
        if key == Kind.SUPPORT and key in checked.answers:
            continue
        question = content.question(key)
        words = value_words(content, question, value) if question else _plain(value)
        found.append(Said(_wording(content, key), words, _doubt(checked, key)))
    return found + [Said(_wording(content, key), "", "missing") for key in checked.missing]


def _doubt(checked: Checked, key: str) -> str:
    return "unasked" if key in checked.unasked else "unknown" if key in checked.unknown else ""


def _wording(content: Content, key: str) -> str:
    question = content.question(key)
    return content.say(question.wording, reading_language(content)) if question else key


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


@dataclass(frozen=True, slots=True)
class Bar:
    """How often one answer was given. share: of those who answered, 0 to 1."""

    label: str
    count: int
    share: float
    is_ours: bool = False


@dataclass(slots=True)
class Tally:
    """One question over all talks. asked: talks in which it was to be asked; values: how often each answer.

    declined: put, and not answered; of support every talk without it. missing: needed, and nothing came.
    A talk with several answers to a question of that kind counts once in `answered` and once for each in
    `values`.
    """

    content: Content
    question: Question
    is_current: bool
    asked: int = 0
    answered: int = 0
    declined: int = 0
    missing: int = 0
    values: Counter[Any] = field(default_factory=Counter)

    @property
    def wording(self) -> str:
        return self.content.say(self.question.wording, reading_language(self.content))

    @property
    def mean(self) -> float | None:
        """The mean of a scale's or number's answers; None without any."""
        if self.question.kind not in (Kind.SUPPORT, Kind.SCALE, Kind.NUMBER) or not self.answered:
            return None
        return float(sum(value * count for value, count in self.values.items()) / self.answered)

    @property
    def ours(self) -> float | None:
        """The share of a scale's answers on our side of its middle; None where it has no direction."""
        if self.question.our_end == "none" or not self.answered:
            return None
        return sum(n for step, n in self.values.items() if self.question.is_ours(step)) / self.answered

    @property
    def bars(self) -> list[Bar]:
        """A bar for each answer there is to choose; of numbers for those given; none for texts."""
        return [
            Bar(
                value_words(self.content, self.question, value),
                self.values[value],
                self.values[value] / self.answered if self.answered else 0.0,
                isinstance(value, int) and self.question.is_ours(value),
            )
            for value in self._choices()
        ]

    def _choices(self) -> list[Any]:
        question = self.question
        if question.steps:
            return list(question.steps)
        if question.kind is Kind.YES_NO:
            return ["yes", "no"]
        if question.options:
            return [each.key for each in question.options]
        return sorted(self.values)[:12] if question.kind is Kind.NUMBER else []


def tallies(campaign_id: int, area_paths: Iterable[str]) -> list[Tally]:
    """Every question with what was answered: those of the script in use first, then older ones with answers.

    A question is the same while its key and kind stay; it is shown as its newest version words it.
    """
    current = script_of(campaign_id)
    cards = [current, *queries.all_versions(campaign_id), starting_script(campaign_id)]
    by_id = {card.id: card for card in cards}
    found = _blank(cards, current)
    for script_id, answers, count in queries.answer_groups(campaign_id, area_paths, text_keys(cards)):
        _count(found, by_id[script_id].content, answers, count)
    return [each for each in found.values() if each.is_current or each.answered]


def text_keys(cards: Iterable[ScriptCard]) -> list[str]:
    """Keys that only ever asked for words: what was said is not read for the counts."""
    kinds: dict[str, set[Kind]] = {}
    for card in cards:
        for each in card.content.questions:
            kinds.setdefault(each.key, set()).add(each.kind)
    return sorted(key for key, found in kinds.items() if found == {Kind.TEXT})


def _blank(cards: Sequence[ScriptCard], current: ScriptCard) -> dict[tuple[str, Kind], Tally]:
    found: dict[tuple[str, Kind], Tally] = {}
    for card in cards:
        for each in card.content.questions:
            found.setdefault((each.key, each.kind), Tally(card.content, each, card is current))
    return found


def _count(
    found: dict[tuple[str, Kind], Tally], content: Content, answers: dict[str, Any], count: int
) -> None:
    wanted = set(asked(content.questions, answers))
    for each in content.questions:
        if each.key not in wanted:
            continue
        tally, value = found[each.key, each.kind], normal(each, answers.get(each.key))
        tally.asked += count
        if value is not None:
            tally.answered += count
            for one in value if isinstance(value, tuple) else (value,):
                tally.values[one] += count
        elif is_declined(each.key, answers) or each.kind is Kind.SUPPORT:
            tally.declined += count
        elif each.is_required:
            tally.missing += count
