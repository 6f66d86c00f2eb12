"""A written checker of schema.org's Event: what must be there, what should be, and of what type.

After https://schema.org/Event (types and expected values) and the required and recommended properties that
Google's documentation of event results lists.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

REQUIRED = {"@type", "name", "startDate", "location"}
RECOMMENDED = {
    "endDate", "eventStatus", "eventAttendanceMode", "description", "image", "offers", "organizer", "url",
}  # fmt: skip
KNOWN = REQUIRED | RECOMMENDED | {
    "@context", "@id", "isAccessibleForFree", "maximumAttendeeCapacity", "remainingAttendeeCapacity",
    "inLanguage", "typicalAgeRange",
}  # fmt: skip
STATES = {"EventScheduled", "EventCancelled", "EventRescheduled", "EventPostponed", "EventMovedOnline"}
MODES = {"OfflineEventAttendanceMode", "OnlineEventAttendanceMode", "MixedEventAttendanceMode"}
AVAILABLE = {"InStock", "SoldOut", "PreOrder"}


class _Scripts(HTMLParser):
    """The content of <script type="application/ld+json">, as a browser finds it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside = False

    def handle_starttag(self, tag, attrs):
        self.inside = tag == "script" and dict(attrs).get("type") == "application/ld+json"
        if self.inside:
            self.found.append("")

    def handle_endtag(self, tag):
        if tag == "script":
            self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.found[-1] += data


def events_in(page: str) -> list[dict[str, Any]]:
    """The Events of a page's JSON-LD."""
    scripts = _Scripts()
    scripts.feed(page)
    found = []
    for text in scripts.found:
        data = json.loads(text)
        assert data["@context"] == "https://schema.org"
        found += data.get("@graph", [data])
    return found


def faults(event: dict[str, Any]) -> list[str]:
    """What a validator would say; nothing for a good Event."""
    wrong = [f"{name} is missing" for name in sorted((REQUIRED | RECOMMENDED) - set(event))]
    wrong += [f"{name} is no property of Event" for name in sorted(set(event) - KNOWN)]
    if wrong:
        return wrong
    wrong += _times(event) + _place(event["location"]) + _offer(event["offers"])
    if event["@type"] != "Event":
        wrong.append(f"type {event['@type']}")
    wrong += _enumeration("eventStatus", event["eventStatus"], STATES)
    wrong += _enumeration("eventAttendanceMode", event["eventAttendanceMode"], MODES)
    wrong += [f"{name} is no text" for name in ("name", "description") if not _is_text(event[name])]
    wrong += [f"no address: {url}" for url in (event["url"], *event["image"]) if not _is_url(url)]
    if event["organizer"].get("@type") not in ("Organization", "Person") or not event["organizer"].get(
        "name"
    ):
        wrong.append("organizer without type or name")
    for name in ("maximumAttendeeCapacity", "remainingAttendeeCapacity"):
        if name in event and not (type(event[name]) is int and event[name] >= 0):
            wrong.append(f"{name} is no count: {event[name]!r}")
    return wrong


def _times(event: dict[str, Any]) -> list[str]:
    wrong = []
    moments = []
    for name in ("startDate", "endDate"):
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", str(event[name])):
            wrong.append(f"{name} is no time with an offset: {event[name]!r}")
        else:
            moments.append(datetime.fromisoformat(event[name]))
    if len(moments) == 2 and moments[0] >= moments[1]:
        wrong.append("ends before it starts")
    return wrong


def _place(place: dict[str, Any]) -> list[str]:
    wrong = []
    if place.get("@type") != "Place" or not _is_text(place.get("name")):
        wrong.append("location is no named Place")
    address = place.get("address", {})
    if address.get("@type") != "PostalAddress" or not _is_text(address.get("streetAddress")):
        wrong.append("location has no PostalAddress with a street")
    geo = place.get("geo", {})
    if geo.get("@type") != "GeoCoordinates" or not (
        -90 <= geo.get("latitude", 99) <= 90 and -180 <= geo.get("longitude", 999) <= 180
    ):
        wrong.append("location has no GeoCoordinates")
    return wrong


def _offer(offer: dict[str, Any]) -> list[str]:
    wrong = _enumeration("availability", offer.get("availability", ""), AVAILABLE)
    if offer.get("@type") != "Offer" or not _is_url(offer.get("url", "")):
        wrong.append("offers is no Offer with an address")
    if not isinstance(offer.get("price"), (int, float)) or not re.fullmatch(
        "[A-Z]{3}", offer["priceCurrency"]
    ):
        wrong.append("offer without a price and its currency")
    return wrong


def _enumeration(name: str, value: str, members: set[str]) -> list[str]:
    return [] if value.removeprefix("https://schema.org/") in members else [f"{name}: {value!r}"]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_url(value: Any) -> bool:
    parts = urlsplit(str(value))
    return parts.scheme in ("http", "https") and bool(parts.netloc)
