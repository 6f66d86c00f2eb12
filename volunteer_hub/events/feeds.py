"""Public shifts to follow: calendar files (RFC 5545) and news feeds (Atom, RFC 4287), without names.

The UID of a public shift is the same in every file and feed, for ever, and another one than in a volunteer's
own calendar: who signed up sees their own entry change, not this one. These files carry no METHOD: they are
published, not sent, so nobody is asked to answer them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from xml.etree import ElementTree as Xml

from flask import Response, url_for
from flask_babel import gettext as _

from volunteer_hub.core import clock
from volunteer_hub.core.exports import plain_name
from volunteer_hub.events import calendar
from volunteer_hub.events.links import absolute
from volunteer_hub.events.queries import ShiftCard
from volunteer_hub.events.structured import shift_url
from volunteer_hub.events.wording import span_text
from volunteer_hub.people.models import Campaign

ATOM = "http://www.w3.org/2005/Atom"
FEED_MAX_AGE_S = 900


def calendar_of(
    cards: Iterable[ShiftCard], campaign: Campaign, *, name: str, as_file: bool = False
) -> Response:
    """The shifts as a calendar; `as_file` for one to save, else to subscribe to."""
    text = calendar.calendar_file([_entry(card, campaign) for card in cards], method=None, name=name)
    response = _feed(text, "text/calendar; charset=utf-8")
    kind = "attachment" if as_file else "inline"
    response.headers["Content-Disposition"] = f'{kind}; filename="{plain_name(name)}.ics"'
    return response


def news_of(cards: Iterable[ShiftCard], campaign: Campaign, *, name: str, here: str) -> Response:
    """The shifts as an Atom feed at the address `here`, in the order given."""
    now = clock.now()
    Xml.register_namespace("", ATOM)
    feed = Xml.Element(f"{{{ATOM}}}feed")
    _add(feed, "id", here)
    _add(feed, "title", name)
    _add(feed, "updated", _stamp(now))
    _link(feed, here, "self")
    _link(feed, absolute(url_for("events.public_list", slug=campaign.slug)), "alternate")
    author = Xml.SubElement(feed, f"{{{ATOM}}}author")
    _add(author, "name", campaign.name)
    for card in cards:
        _add_news(feed, card, campaign, now)
    text = Xml.tostring(feed, encoding="unicode", xml_declaration=False)
    return _feed(f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n', "application/atom+xml; charset=utf-8")


def _entry(card: ShiftCard, campaign: Campaign) -> calendar.Entry:
    url = shift_url(campaign, card.id)
    return calendar.Entry(
        uid=calendar.public_uid_of(card.id),
        summary=card.event_name,
        starts_at=card.starts_at,
        ends_at=card.ends_at,
        changed_at=card.cancelled_at or clock.now(),
        sequence=card.sequence,
        location=f"{card.location_name}, {card.address}",
        description="\n\n".join(filter(None, (card.description, card.notes, url))),
        url=url,
        latitude=card.latitude,
        longitude=card.longitude,
        is_cancelled=card.is_cancelled,
    )


def _add_news(feed: Xml.Element, card: ShiftCard, campaign: Campaign, now: datetime) -> None:
    entry = Xml.SubElement(feed, f"{{{ATOM}}}entry")
    when = span_text(card.starts_at, card.ends_at, campaign.time_zone, card.place_zone)
    title = _("Cancelled: %(event)s", event=card.event_name) if card.is_cancelled else card.event_name
    _add(entry, "id", f"urn:uuid:{calendar.public_uid_of(card.id)}")
    _add(entry, "title", f"{title}, {when}")
    _add(entry, "updated", _stamp(card.cancelled_at or now))
    _link(entry, shift_url(campaign, card.id), "alternate")
    _add(entry, "summary", f"{when}. {card.location_name}, {card.address}. {card.description}".strip())


def _add(parent: Xml.Element, name: str, text: str) -> None:
    Xml.SubElement(parent, f"{{{ATOM}}}{name}").text = "".join(
        each for each in text if each >= " " or each == "\n"
    )


def _link(parent: Xml.Element, href: str, rel: str) -> None:
    Xml.SubElement(parent, f"{{{ATOM}}}link", {"href": href, "rel": rel})


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _feed(text: str, content_type: str) -> Response:
    response = Response(text, content_type=content_type)
    response.headers["Cache-Control"] = f"public, max-age={FEED_MAX_AGE_S}"
    return response
