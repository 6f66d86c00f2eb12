"""The words of offers and reminders, as drafts for the outbox."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import escape

from volunteer_hub.assignments.amounts import SAME, amount, number
from volunteer_hub.assignments.links import offer_path
from volunteer_hub.assignments.queries import DueReminder, UnpostedOffer
from volunteer_hub.core import display
from volunteer_hub.events import links
from volunteer_hub.events.calendar import Entry, calendar_file, uid_of
from volunteer_hub.events.queries import ShiftCard
from volunteer_hub.events.wording import moment_text, span_text
from volunteer_hub.messaging.recipient import Recipient
from volunteer_hub.messaging.rendering import Rendered, link, render
from volunteer_hub.messaging.services import Draft

Ahead = Literal["day", "hours"]


class Wording:
    """Writes the messages of a batch. What many share (a shift's words in a language, its calendar entry) is
    rendered once with places for the rest, and filled in for each."""

    def __init__(self, now: datetime, time_zone: str) -> None:
        """time_zone: the campaign's, in which its shifts are told everywhere, whoever reads."""
        self._now, self._zone = now, time_zone
        self._sheets: dict[Any, Rendered] = {}
        self._entries: dict[Any, CalendarSheet] = {}
        self._moments: dict[Any, str] = {}
        self._reasons: dict[Any, str] = {}

    def offer(self, offer: UnpostedOffer, card: ShiftCard, to: Recipient) -> Draft:
        """The email or text that asks a volunteer to come: when, where, why there, yes or no."""
        url = link(offer_path(offer.id, offer.nonce))
        with_reason = bool(offer.reason or offer.unit)
        sheet = self._sheet(card, to, with_reason)
        words = _filled(
            sheet,
            name=to.name,
            link=url,
            reason=self._why(offer, to.language),
            answer_by=self._moment(offer.answer_by, card, to),
        )
        is_email = to.channel == "email"
        return Draft(
            key=f"offer-{offer.id}" if is_email else f"offer-text-{offer.id}",
            kind="offer" if is_email else "offer_text",
            to=to,
            subject=words.subject,
            text=words.text,
            html=words.html,
            ics=self._calendar(card).text_for(uid_of(card.id, offer.person_id), url) if is_email else None,
            expires_at=offer.answer_by,
        )

    def reminder(self, reminder: DueReminder, ahead: Ahead, card: ShiftCard, to: Recipient) -> Draft:
        """Confirm or cancel, a day or two hours before. Worthless once the shift has begun."""
        key = (ahead, *_shared(card, to))
        if key not in self._sheets:
            blank = replace(to, name=_place("name"), address="", person_id=None)
            self._sheets[key] = _words("reminder", card, blank, self._zone, _place("link"), {"ahead": ahead})
        words = _filled(self._sheets[key], name=to.name, link=link(links.sign_up_path(reminder.sign_up_id)))
        suffix = "" if to.channel == "email" else "-text"
        return Draft(
            key=f"reminder-{ahead}-{reminder.sign_up_id}-{card.sequence}{suffix}",
            kind=f"reminder_{ahead}" + suffix.replace("-", "_"),
            to=to,
            subject=words.subject,
            text=words.text,
            html=words.html,
            expires_at=card.starts_at,
        )

    def _sheet(self, card: ShiftCard, to: Recipient, with_reason: bool) -> Rendered:
        """The offer of one shift for all who share language, time zone and sender."""
        key = (with_reason, *_shared(card, to))
        if key not in self._sheets:
            blank = replace(to, name=_place("name"), address="", person_id=None)
            more = {"reason": _place("reason") if with_reason else "", "answer_by": _place("answer_by")}
            self._sheets[key] = _words("offer", card, blank, self._zone, _place("link"), more)
        return self._sheets[key]

    def _why(self, offer: UnpostedOffer, language: str) -> str:
        less, km = (offer.next_best or {}).get("less") or 0, offer.travel_km
        figures = f"{offer.value:.3g}", f"{less:.3g}", km if km is None else round(km, 1)
        key = (language, offer.unit, offer.is_pinned, figures, offer.unit or offer.reason)
        if key not in self._reasons:
            with in_language(language):
                self._reasons[key] = why_text(offer)
        return self._reasons[key]

    def _moment(self, moment: datetime, card: ShiftCard, to: Recipient) -> str:
        key = (moment, to.language, to.time_zone, card.address)
        if key not in self._moments:
            with in_language(to.language):
                self._moments[key] = moment_text(moment, self._zone, card.place_zone, to.time_zone)
        return self._moments[key]

    def _calendar(self, card: ShiftCard) -> CalendarSheet:
        key = card.id, card.sequence
        if key not in self._entries:
            self._entries[key] = CalendarSheet(_tentative(card, self._now))
        return self._entries[key]


def _shared(card: ShiftCard, to: Recipient) -> tuple[Any, ...]:
    """What the readers of one sheet have in common."""
    whose = (to.channel, to.language, to.time_zone, to.sender_name, to.postal_address)
    return (card.id, card.sequence, *whose)


def why_text(offer: Any) -> str:
    """Why there, as the volunteer reads it: what their time does, against the next best, and the way.

    `offer` has value, unit, travel_km, is_pinned, next_best and reason, as an assignment has.
    """
    if not offer.unit:
        return str(offer.reason)
    if offer.is_pinned:
        sentences = [_("The organizers ask for you here in particular.")]
    else:
        sentences = [_worth_text(offer)]
        if (less := float((offer.next_best or {}).get("less") or 0)) > SAME:
            more = _("That is %(more)s more than at the next best place you could go to.", more=number(less))
            sentences.append(more)
    if offer.travel_km is not None:
        sentences.append(_("It is %(way)s from your home.", way=display.miles_text(offer.travel_km)))
    return " ".join(sentences)


def _worth_text(offer: Any) -> str:
    if offer.unit == "average hours":
        worth = number(offer.value)
        return _("Your time there should do as much as %(worth)s hours at an average place.", worth=worth)
    return _("Your time there should bring about %(worth)s.", worth=amount(offer.value, offer.unit))


_PLACES = re.compile("\ue000([a-z_]+)\ue001")


def _place(name: str) -> str:
    """Stands in a sheet for what differs from reader to reader; made of characters no text has."""
    return f"\ue000{name}\ue001"


def _filled(sheet: Rendered, **values: str) -> Rendered:
    """The sheet with each place filled once: what is filled in is not looked at again."""

    def plain(text: str) -> str:
        return _PLACES.sub(lambda found: values[found[1]], text)

    html = (
        None if sheet.html is None else _PLACES.sub(lambda found: str(escape(values[found[1]])), sheet.html)
    )
    return Rendered(" ".join(plain(sheet.subject).split()), plain(sheet.text), html)


class CalendarSheet:
    """A shift's calendar entry, into which each person's own identity and link are written."""

    def __init__(self, entry: Entry) -> None:
        text = calendar_file([entry])
        before, _uid, rest = text.partition(f"UID:{entry.uid}@volunteer-hub\r\n")
        between, _url, after = rest.partition(f"URL:{entry.url}\r\n")
        if not (_uid and _url):
            raise ValueError("a calendar entry without its UID or URL line")
        self._parts = before, between, after

    def text_for(self, uid: UUID, url: str) -> str:
        """The entry of one person."""
        before, between, after = self._parts
        return f"{before}UID:{uid}@volunteer-hub\r\n{between}{_folded(f'URL:{url}')}{after}"


def _folded(line: str) -> str:
    """A line of ASCII as RFC 5545 wants it: at most 75 octets, continued behind a blank."""
    pieces = [line[:75], *(line[start : start + 74] for start in range(75, len(line), 74))]
    return "\r\n ".join(pieces) + "\r\n"


@contextmanager
def in_language(language: str) -> Iterator[None]:
    """Words in this language, inside; without the cost of a change where it is the present one already."""
    if str(get_locale() or "en") == display.locale_of(language):
        yield
    else:
        with display.in_language(language):
            yield


def map_link(latitude: float, longitude: float) -> str:
    """A map of the place, for the reader's own browser; nothing is loaded from there by us."""
    place = f"{latitude:.5f}/{longitude:.5f}"
    return f"https://www.openstreetmap.org/?mlat={latitude:.5f}&mlon={longitude:.5f}#map=17/{place}"


def _words(
    name: str, card: ShiftCard, to: Recipient, time_zone: str, path: str, more: Mapping[str, Any]
) -> Rendered:
    with in_language(to.language):
        when = span_text(card.starts_at, card.ends_at, time_zone, card.place_zone, to.time_zone)
    return render(
        f"assignments/{name}" if to.channel == "email" else f"assignments/{name}_text",
        to.language,
        to=to,
        card=card,
        when=when,
        link=path if path.startswith("\ue000") else link(path),
        map_link=map_link(card.latitude, card.longitude),
        **more,
    )


def _tentative(card: ShiftCard, now: datetime) -> Entry:
    """A shift one may go to, with a stand-in for the person."""
    return Entry(
        uid=UUID(int=0),
        summary=card.event_name,
        starts_at=card.starts_at,
        ends_at=card.ends_at,
        changed_at=now,
        location=f"{card.location_name}, {card.address}",
        url="http://link.invalid/",
        latitude=card.latitude,
        longitude=card.longitude,
        is_tentative=True,
    )
