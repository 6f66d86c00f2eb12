"""What is asked of people before they get a place, for the page; and what their form says to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from volunteer_hub.core import clock
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.events.queries.cards import ShiftCard
from volunteer_hub.events.services import MOST_FRIENDS, Friend
from volunteer_hub.people import queries as people
from volunteer_hub.people.models import Campaign
from volunteer_hub.people.papers import PAPERS, Said
from volunteer_hub.people.services import ways_to_papers


@dataclass(frozen=True, slots=True)
class AskedPaper:
    """A paper to tick: its kind, what it is, and how one gets it here."""

    kind: str
    label: str
    what: str
    way: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Ages (years) and papers that the person has not said yet. Falsy when there is nothing to ask."""

    ages: tuple[int, ...] = ()
    papers: tuple[AskedPaper, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.ages or self.papers)


def ask_of(campaign: Campaign, cards: Iterable[ShiftCard], person_id: int | None = None) -> Ask:
    """What the events of these shifts ask of this person, or of a stranger. No statement where nothing is."""
    cards = [card for card in cards if card.min_age or card.papers]
    ages = {card.min_age for card in cards if card.min_age}
    kinds = [kind for kind in PAPERS if any(kind in card.papers for card in cards)]
    if not cards:
        return Ask()
    if person_id is not None:
        last = max(card.starts_at for card in cards)
        on = clock.campaign_day(last, ZoneInfo(campaign.time_zone))
        missing = people.missing(person_id, min_age=max(ages, default=None), papers=kinds, on=on)
        kinds = list(missing.papers)
        ages = ages if missing.age else set()
    ways = ways_to_papers(campaign)
    papers = (_asked(kind, ways.get(kind, "")) for kind in kinds)
    return Ask(tuple(sorted(ages)), tuple(papers))


def said_of(form: MultiDict[str, Any]) -> Said:
    """What a form ticks. Raises Refusal for a day that is none."""
    ages = [int(each) for each in form.getlist("age") if each.isascii() and each.isdigit() and len(each) < 3]
    kinds = [kind for kind in form.getlist("paper") if kind in PAPERS]
    return Said(max(ages, default=None), {kind: _day(form.get(f"until-{kind}", "")) for kind in kinds})


def friends_of(form: MultiDict[str, Any]) -> list[Friend]:
    """The friends a form names; empty lines are left out."""
    pairs = zip(form.getlist("friend_name"), form.getlist("friend_email"), strict=False)
    named = (Friend(name.replace("\x00", "").strip()[:200], email.replace("\x00", "").strip()[:254])
             for name, email in pairs)  # fmt: skip
    return [each for each in named if each.name or each.email][: MOST_FRIENDS + 1]


def _asked(kind: str, way: str) -> AskedPaper:
    return AskedPaper(kind, str(PAPERS[kind].label), str(PAPERS[kind].what), way)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise Refusal(_("Write the day until which the paper holds as 2026-11-03.")) from None
