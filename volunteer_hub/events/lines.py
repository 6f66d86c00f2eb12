"""Events in a list as the words that are read: made here once each, so that the page is quick to write.

A list shows some forty times; the words of an hour, a number of places or a language are worked out once for
all of them that are alike.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache

from flask import g, url_for
from flask_babel import get_locale, get_timezone, ngettext
from flask_babel import gettext as _

from volunteer_hub.core import clock, display
from volunteer_hub.events.near import drive_min
from volunteer_hub.events.queries import ShiftCard
from volunteer_hub.events.queries.listing import EventLine
from volunteer_hub.events.vocabulary import KINDS
from volunteer_hub.people.models import Campaign
from volunteer_hub.people.vocabulary import language_name

MOST_KEPT = 20_000
FARTHEST_KM = 300
"""Beyond it no time by car is told: nobody drives so far for a shift."""


@dataclass(frozen=True, slots=True)
class TimeChip:
    """One time of an event, to tap."""

    url: str
    starts_iso: str
    day: str
    hours: str
    state: str


@dataclass(frozen=True, slots=True)
class LineShown:
    """An event with its times, in words. `way`: how far, empty where nobody knows from where."""

    title: str
    url: str
    place: str
    way: str
    kind: str
    languages: tuple[str, ...]
    is_accessible: bool
    why: str
    times: tuple[TimeChip, ...]
    more: str


def shown(
    lines: Iterable[EventLine],
    campaign: Campaign,
    *,
    mine: Mapping[int, str],
    why: Callable[[EventLine], str],
    suffix: str = "",
) -> list[LineShown]:
    """The lines in the reader's words, in the zone that the page has settled on.

    `mine`: the reader's own states by shift; `suffix`: of all addresses.
    """
    words = _Words(url_for("events.public_list", slug=campaign.slug), suffix, mine)
    return [words.line(line, why(line)) for line in lines]


class _Words:
    """What the lines of one page share."""

    def __init__(self, list_url: str, suffix: str, mine: Mapping[int, str]) -> None:
        self.suffix = suffix
        self.shifts = f"{list_url}/"
        self.events = f"{list_url.removesuffix('/shifts')}/events/"
        self.mine = mine
        self.told = (str(get_locale()), str(get_timezone()), bool(g.get("names_zone")), clock.now().year)
        self.kind: Callable[[str], str] = cache(lambda kind: str(KINDS[kind]))
        self.language: Callable[[str], str] = cache(lambda code: str(language_name(code)))
        self.free: Callable[[int], str] = cache(_free)

    def line(self, line: EventLine, why: str) -> LineShown:
        card = line.first
        is_one_place = all(each.location_id == card.location_id for each in line.cards)
        away = [each.distance_km for each in line.cards if each.distance_km is not None]
        return LineShown(
            title=card.event_name,
            url=f"{self.events}{card.event_id}{self.suffix}",
            place=card.location_name if is_one_place else _("At several places"),
            way=way_text(min(away)) if away else "",
            kind=self.kind(card.kind),
            languages=tuple(self.language(code) for code in card.languages),
            is_accessible=bool(card.is_accessible),
            why=why,
            times=tuple(self.time(each, with_place=not is_one_place) for each in line.cards),
            more=_("More times") if line.more else "",
        )

    def time(self, card: ShiftCard, *, with_place: bool) -> TimeChip:
        state = self.state(card)
        return TimeChip(
            url=f"{self.shifts}{card.id}{self.suffix}",
            starts_iso=card.starts_at.isoformat(),
            day=_day(card.starts_at, *self.told),
            hours=_hours(card.starts_at, card.ends_at, *self.told),
            state=f"{state} · {card.location_name}" if with_place else state,
        )

    def state(self, card: ShiftCard) -> str:
        own = self.mine.get(card.id)
        if own:
            return _("You are going") if own == "going" else _("You are waiting")
        return self.free(max(0, card.places_left))


@lru_cache(maxsize=MOST_KEPT)
def _day(moment: datetime, *_told: Hashable) -> str:
    """“Sat, Nov 28”. What it is told in (locale, zone, year) is part of what is kept."""
    return display.day_text(moment)


@lru_cache(maxsize=MOST_KEPT)
def _hours(starts_at: datetime, ends_at: datetime, *_told: Hashable) -> str:
    """“10:00 AM – 1:00 PM”; the end names its day where that is another one."""
    return f"{display.time_text(starts_at)} – {display.end_text(ends_at, starts_at)}"


def way_text(km: float) -> str:
    """“7.5 miles away, about 20 min by car”: an estimate, see near.py."""
    away = _("%(way)s away", way=display.miles_text(km))
    if km > FARTHEST_KM:
        return away
    hours, minutes = divmod(drive_min(km), 60)
    if not hours:
        drive = _("about %(num)s min by car", num=minutes)
    elif not minutes:
        drive = _("about %(hours)s h by car", hours=hours)
    else:
        drive = _("about %(hours)s h %(num)s min by car", hours=hours, num=minutes)
    return f"{away}, {drive}"


def _free(places: int) -> str:
    if places < 1:
        return _("Full, with a waiting list")
    return ngettext("%(num)d place left", "%(num)d places left", places)
