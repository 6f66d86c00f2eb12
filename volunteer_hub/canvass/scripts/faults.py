"""What is wrong with a document, named by its place; and the small checks that find it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from volunteer_hub.canvass.scripts.content import Words


@dataclass(frozen=True, slots=True)
class Fault:
    """A place in a document and a sentence that says how to mend it."""

    place: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}" if self.place else self.sentence


class InvalidScript(ValueError):
    """A document that is no script; `faults` are in the document's order, never empty."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = list(faults)
        super().__init__(str(self.faults[0]))


@dataclass(slots=True)
class Reader:
    """Reads pieces of a document and keeps what is wrong with them. languages: of its texts, first first."""

    languages: tuple[str, ...] = ("en",)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, place: str, sentence: str) -> None:
        self.faults.append(Fault(place, sentence))

    def known_fields(self, place: str, given: Mapping[str, Any], names: Iterable[str]) -> None:
        """A misspelt field would otherwise be left out silently."""
        names = list(names)
        for name in given:
            if name not in names:
                self.fault(
                    _join(place, str(name)[:60]),
                    _("There is no such field here. Use one of: %(names)s.", names=", ".join(names)),
                )

    def line(self, place: str, value: Any, most: int) -> str:
        """A text in one language, as a name: needed."""
        if not isinstance(value, str) or not value.strip():
            self.fault(place, _("Write a text here."))
            return ""
        return self._short(place, clean(value), most)

    def words(self, place: str, value: Any, most: int, *, is_needed: bool = True) -> Words:
        """A text in the script's languages: an object by language, or a string in the first."""
        if value is None:
            value = {}
        if isinstance(value, str):
            value = {self.languages[0]: value}
        if not isinstance(value, dict):
            self.fault(place, _("Write a text, or an object with a text for each language."))
            return {}
        found = {code: self._said(f"{place}.{code}", code, text, most) for code, text in value.items()}
        found = {code: text for code, text in found.items() if text}
        if is_needed and not found.get(self.languages[0]):
            self.fault(
                f"{place}.{self.languages[0]}",
                _("Write a text here: the script's first language is read where another has none."),
            )
        return found

    def _said(self, place: str, code: Any, text: Any, most: int) -> str:
        if code not in self.languages:
            self.fault(
                place,
                _("The script has no such language. Add it to languages, or use one of: %(codes)s.",
                  codes=", ".join(self.languages)),
            )  # fmt: skip
            return ""
        if text is None:
            return ""
        if not isinstance(text, str):
            self.fault(place, _("Write a text here."))
            return ""
        return self._short(place, clean(text), most)

    def _short(self, place: str, text: str, most: int) -> str:
        if len(text) > most:
            self.fault(place, _("Use at most %(most)s characters.", most=most))
        return text[:most]

    def number(
        self, place: str, value: Any, low: float, high: float, *, is_whole: bool
    ) -> int | float | None:
        """A number within bounds; None and a fault for anything else."""
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        if not is_number or not low <= value <= high or (is_whole and value != int(value)):
            kind = _("a whole number") if is_whole else _("a number")
            self.fault(
                place,
                _("Write %(kind)s from %(low)s to %(high)s.", kind=kind, low=f"{low:g}", high=f"{high:g}"),
            )
            return None
        return int(value) if value == int(value) else float(value)

    def one_of(self, place: str, value: Any, names: Iterable[str]) -> str | None:
        """One of some words; None and a fault for anything else."""
        names = list(names)
        if isinstance(value, str) and value in names:
            return value
        self.fault(place, _("Use one of: %(names)s.", names=", ".join(names)))
        return None

    def listed(self, place: str, value: Any, least: int, most: int) -> list[Any]:
        """A list of a bounded length; a fault and what there is of it otherwise."""
        if not isinstance(value, list):
            self.fault(place, _("Write a list here."))
            return []
        if not least <= len(value) <= most:
            self.fault(place, _("Write %(least)s to %(most)s entries here.", least=least, most=most))
        return value[:most]


def clean(text: str) -> str:
    """A text that PostgreSQL can store, without blanks around it."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8").strip()


def _join(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
