"""What a list of volunteers is narrowed to: read from an address, written into one, kept in a segment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from volunteer_hub.core.access import Role
from volunteer_hub.core.display import KM_PER_MILE
from volunteer_hub.people.vocabulary import LANGUAGES, SKILLS

STATES = ("active", "waiting", "inactive", "all")
PARTS_OF_DAY = ("morning", "afternoon", "evening")
CONSENT = ("email", "text", "any", "none")
SEEN = ("7", "30", "90", "-30", "-90", "-180", "never")
"""Days: seen within so many, or with a minus not for so long."""
MOST_WORDS = 100
"""Letters of the words searched for."""
LONGEST_TAG = 40
WIDEST_MILES = 300

Params = dict[str, Any]
"""Parameters of an address: a list of texts for each."""


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """What a list of people is narrowed to; an empty value leaves its part open, and all parts must hold.

    seen: one of SEEN; came: shifts attended, at least; show: of the shifts they were to come to, how many
    percent they came to, at least; near and miles: a ZIP or place, and how far around it.
    """

    text: str = ""
    area_id: int | None = None
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    role: Role | None = None
    state: str = "active"
    weekday: int | None = None
    part: str = ""
    seen: str = ""
    came: int | None = None
    show: int | None = None
    may: str = ""
    near: str = ""
    miles: int = 0

    @property
    def kinds(self) -> list[str]:
        """Which parts are narrowed, never to what: the words may be somebody's name."""
        plain = PeopleFilter()
        return [each.name for each in fields(self) if getattr(self, each.name) != getattr(plain, each.name)]


def read_filter(given: Mapping[str, Sequence[str]]) -> PeopleFilter:
    """The filter that an address asks for; what it does not know is left open."""
    near = _text(given, "near", 100)
    miles = _number(given, "miles", 1, WIDEST_MILES) or _old_miles(given) if near else None
    return PeopleFilter(
        text=_text(given, "q", MOST_WORDS),
        area_id=_number(given, "area", 1, 2**62),
        skills=_known(given, "skill", SKILLS),
        languages=_known(given, "language", LANGUAGES),
        tags=tuple(dict.fromkeys(name for each in _all(given, "tag")[:20] if (name := tag_name(each)))),
        role=Role(_first(given, "role")) if _first(given, "role") in list(Role) else None,
        state=_one_of(given, "state", STATES) or "active",
        weekday=_number(given, "day", 0, 6),
        part=_one_of(given, "part", PARTS_OF_DAY),
        seen=_one_of(given, "seen", SEEN),
        came=_number(given, "came", 1, 1000),
        show=_number(given, "show", 1, 100),
        may=_one_of(given, "may", CONSENT),
        near=near,
        miles=(miles or 10) if near else 0,
    )


def _old_miles(given: Mapping[str, Sequence[str]]) -> int | None:
    """Of addresses and segments that were kept while distances were in kilometres."""
    km = _number(given, "km", 1, WIDEST_MILES)
    return max(1, round(km / KM_PER_MILE)) if km else None


def params_of(wanted: PeopleFilter) -> Params:
    """The filter as parameters of an address, each a list of texts: `read_filter` reads it back."""
    pairs: dict[str, Any] = {
        "q": wanted.text,
        "area": wanted.area_id,
        "skill": wanted.skills,
        "language": wanted.languages,
        "tag": wanted.tags,
        "role": wanted.role.value if wanted.role else "",
        "state": wanted.state if wanted.state != "active" else "",
        "day": wanted.weekday,
        "part": wanted.part,
        "seen": wanted.seen,
        "came": wanted.came,
        "show": wanted.show,
        "may": wanted.may,
        "near": wanted.near,
        "miles": wanted.miles or None,
    }
    return {key: _texts(value) for key, value in pairs.items() if value not in (None, "", ())}


def without(params: Params, key: str, value: str) -> Params:
    """The same address without one of its parts: what a chip's cross leads to."""
    gone = {key, "miles"} if key == "near" else {key}
    return {
        name: kept
        for name, values in params.items()
        if (kept := [each for each in values if name not in gone or (name == key and each != value)])
    }


def tag_name(text: str) -> str:
    """A tag in its one form: small letters, single blanks, no comma; empty when nothing is left."""
    return " ".join(text.replace("\x00", "").replace(",", " ").casefold().split())[:LONGEST_TAG].strip()


def _texts(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, tuple) else [str(value)]


def _all(given: Mapping[str, Sequence[str]], key: str) -> list[str]:
    return [str(each) for each in given.get(key, ())]


def _first(given: Mapping[str, Sequence[str]], key: str) -> str:
    return next(iter(_all(given, key)), "")


def _text(given: Mapping[str, Sequence[str]], key: str, longest: int) -> str:
    return " ".join(_first(given, key).replace("\x00", "").split())[:longest]


def _one_of(given: Mapping[str, Sequence[str]], key: str, known: Sequence[str]) -> str:
    return _first(given, key) if _first(given, key) in known else ""


def _known(given: Mapping[str, Sequence[str]], key: str, known: Any) -> tuple[str, ...]:
    asked = set(_all(given, key))
    return tuple(each for each in known if each in asked)


def _number(given: Mapping[str, Sequence[str]], key: str, least: int, most: int) -> int | None:
    text = _first(given, key).strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
    return number if number is not None and least <= number <= most else None
