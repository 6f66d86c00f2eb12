"""Certificates that work may ask for: their names, what they are, and what a person says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class PaperKind:
    """A kind of certificate: what it is called, and one sentence what it is."""

    label: Any
    what: Any


PAPERS: dict[str, PaperKind] = {
    "poll_watcher": PaperKind(
        _l("Poll watcher's paper"),
        _l("Names you as a watcher at a polling place; the party or the campaign appoints you."),
    ),
    "driver": PaperKind(_l("Driver's license"), _l("For giving rides, with a car that is insured.")),
    "background_check": PaperKind(
        _l("Background check"), _l("A record check that is passed, for work with children or with money.")
    ),
    "first_aid": PaperKind(_l("First aid course"), _l("A first aid certificate that has not run out.")),
    "notary": PaperKind(_l("Notary commission"), _l("You are a notary public of this state.")),
    "registrar": PaperKind(
        _l("Voter registrar's certificate"),
        _l("Lets you take in voter registrations, where the state asks for a certificate."),
    ),
}


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says of themselves at sign-up: an age reached, papers with their last day."""

    age_at_least: int | None = None
    papers: Mapping[str, date | None] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.age_at_least is not None or bool(self.papers)


@dataclass(frozen=True, slots=True)
class Missing:
    """What somebody would still have to say or get: an age in years, kinds of papers. Falsy when nothing."""

    age: int | None = None
    papers: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.age is not None or bool(self.papers)


def lacking(said: Said, *, min_age: int | None, papers: Sequence[str], on: date) -> Missing:
    """What somebody who says this would still need for work on that day."""
    held = {kind for kind, until in said.papers.items() if until is None or until >= on}
    is_old_enough = min_age is None or (said.age_at_least or 0) >= min_age
    return Missing(None if is_old_enough else min_age, tuple(kind for kind in papers if kind not in held))
