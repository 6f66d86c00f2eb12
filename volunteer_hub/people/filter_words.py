"""The filter of the list of volunteers in words: labels for choices, and chips that take a part away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from volunteer_hub.people.filters import Params, PeopleFilter, params_of, without
from volunteer_hub.people.vocabulary import ROLES, SKILLS, WEEKDAYS, language_name

STATE_WORDS = {
    "active": _l("Active"),
    "waiting": _l("Waiting to confirm"),
    "inactive": _l("Set aside for now"),
    "all": _l("All"),
}
PART_WORDS = {
    "morning": _l("in the morning"),
    "afternoon": _l("in the afternoon"),
    "evening": _l("in the evening"),
}
SEEN_WORDS = {
    "7": _l("seen in the last 7 days"),
    "30": _l("seen in the last 30 days"),
    "90": _l("seen in the last 90 days"),
    "-30": _l("not seen for 30 days"),
    "-90": _l("not seen for 90 days"),
    "-180": _l("not seen for half a year"),
    "never": _l("never seen here"),
}
MAY_WORDS = {
    "email": _l("may be emailed"),
    "text": _l("may be texted"),
    "any": _l("may be emailed or texted"),
    "none": _l("may not be written to"),
}


@dataclass(frozen=True, slots=True)
class Chip:
    """One part of the filter in words, and the address without it."""

    text: str
    params: Params


def chips(wanted: PeopleFilter, areas: Mapping[int, str]) -> list[Chip]:
    """What the list is narrowed to, part by part."""
    params = params_of(wanted)
    found = []
    for key, values in params.items():
        for value in values:
            text = _words(key, value, wanted, areas)
            if text:
                found.append(Chip(text, without(params, key, value)))
    return found


def sentence(wanted: PeopleFilter, areas: Mapping[int, str]) -> str:
    """The whole filter in one line."""
    return " · ".join(chip.text for chip in chips(wanted, areas)) or _("everybody who is active")


def numbered(texts: Sequence[Any]) -> list[tuple[int, Any]]:
    """Choices that are known by their places, from 0."""
    return list(enumerate(texts))


def at_least(chosen: int | None) -> list[tuple[int, str]]:
    """How often somebody came, for a select box; whatever the address asks for is among them."""
    return [(each, _("%(count)s times", count=each)) for each in _with((1, 2, 3, 5, 10), chosen)]


def shares(chosen: int | None) -> list[tuple[int, str]]:
    """Which share of their shifts they came to."""
    return [(each, _("%(share)s %% or more", share=each)) for each in _with((50, 75, 90), chosen)]


def distances(chosen: int) -> list[tuple[int, str]]:
    """How far around a place."""
    return [(each, _("%(miles)s miles", miles=each)) for each in _with((5, 10, 25, 50, 100), chosen or None)]


def _with(known: tuple[int, ...], chosen: int | None) -> list[int]:
    return sorted({*known, *([chosen] if chosen else [])})


def _words(key: str, value: str, wanted: PeopleFilter, areas: Mapping[int, str]) -> str:
    if key == "miles":
        return ""  # said with the place
    if key == "near":
        return _("within %(miles)s miles of %(place)s", miles=wanted.miles, place=value)
    if key == "came":
        return _("came at least %(count)s times", count=value)
    if key == "show":
        return _("came to %(share)s %% of their shifts or more", share=value)
    if key == "day":
        return _("free on %(day)s", day=WEEKDAYS[int(value)])
    if key == "part":
        return _("free %(part)s", part=PART_WORDS[value])
    plain: dict[str, Any] = {
        "q": f"“{value}”",
        "area": areas.get(int(value), "").lstrip("– ") if key == "area" else "",
        "skill": SKILLS.get(value, value),
        "language": language_name(value),
        "tag": f"#{value}",
        "role": ROLES.get(wanted.role, "") if wanted.role else "",
        "state": STATE_WORDS.get(value, ""),
        "seen": SEEN_WORDS.get(value, ""),
        "may": MAY_WORDS.get(value, ""),
    }
    return str(plain[key])
