"""What search engines, chats and calendars read of a public page: schema.org's Event and the words of a card.

Shapes follow https://schema.org/Event and what Google's event results ask for: name, startDate and location
are required; endDate, eventStatus, eventAttendanceMode, organizer, offers, description and image recommended.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for

from volunteer_hub.core.assets import asset_url
from volunteer_hub.events.links import absolute
from volunteer_hub.events.queries import ShiftCard
from volunteer_hub.people.models import Campaign

SCHEMA = "https://schema.org"
PICTURE = "icons/card.png"
_ADDRESS = re.compile(
    r"^(?P<street>.+?),\s*(?P<city>[^,]+),\s*(?P<state>[A-Z]{2})\s+(?P<zip>\d{5}(?:-\d{4})?)$"
)


@dataclass(frozen=True, slots=True)
class About:
    """The head of a public page. `data`: schema.org, or nothing; `is_listed`: may search engines list it?"""

    title: str
    description: str
    url: str
    picture: str
    data: dict[str, Any] | None = None
    is_listed: bool = True


def picture() -> str:
    """The picture of a shared link, 1200 by 630 pixels."""
    return absolute(asset_url(PICTURE))


def shift_url(campaign: Campaign, shift_id: int) -> str:
    return absolute(url_for("events.shift", slug=campaign.slug, shift_id=shift_id))


def event_url(campaign: Campaign, event_id: int) -> str:
    return absolute(url_for("events.public_event", slug=campaign.slug, event_id=event_id))


def event_data(card: ShiftCard, campaign: Campaign) -> dict[str, Any]:
    """A shift as schema.org's Event. Places are told as capacity and what is left, the price as none."""
    url = shift_url(campaign, card.id)
    data: dict[str, Any] = {
        "@type": "Event",
        "@id": url,
        "url": url,
        "name": card.event_name,
        "description": card.description or card.event_name,
        "image": [picture()],
        "startDate": _local(card.starts_at, campaign),
        "endDate": _local(card.ends_at, campaign),
        "eventStatus": f"{SCHEMA}/{'EventCancelled' if card.is_cancelled else 'EventScheduled'}",
        "eventAttendanceMode": f"{SCHEMA}/OfflineEventAttendanceMode",
        "location": _place(card),
        "organizer": _organizer(campaign),
        "isAccessibleForFree": True,
        "maximumAttendeeCapacity": card.capacity,
        "remainingAttendeeCapacity": max(0, card.places_left),
        "offers": _offer(card, url),
    }
    if card.languages:
        data["inLanguage"] = list(card.languages)
    if card.min_age:
        data["typicalAgeRange"] = f"{card.min_age}-"
    return data


def graph(*things: dict[str, Any]) -> dict[str, Any]:
    """Several things on one page."""
    return {"@context": SCHEMA, "@graph": list(things)}


def alone(thing: dict[str, Any]) -> dict[str, Any]:
    """The one thing a page is about."""
    return {"@context": SCHEMA, **thing}


def address_of(text: str) -> dict[str, str]:
    """“12 Main St, Miami, FL 33128” in its parts; what is written otherwise stays one line.

    >>> address_of("12 Main St, Miami, FL 33128")["postalCode"]
    '33128'
    """
    found = _ADDRESS.match(" ".join(text.split()))
    parts = {"@type": "PostalAddress", "addressCountry": "US"}
    if not found:
        return parts | {"streetAddress": text}
    return parts | {
        "streetAddress": found["street"],
        "addressLocality": found["city"],
        "addressRegion": found["state"],
        "postalCode": found["zip"],
    }


def _place(card: ShiftCard) -> dict[str, Any]:
    return {
        "@type": "Place",
        "name": card.location_name,
        "address": address_of(card.address),
        "geo": {"@type": "GeoCoordinates", "latitude": card.latitude, "longitude": card.longitude},
    }


def _organizer(campaign: Campaign) -> dict[str, Any]:
    url = absolute(url_for("events.public_list", slug=campaign.slug))
    return {"@type": "Organization", "name": campaign.name, "url": url}


def _offer(card: ShiftCard, url: str) -> dict[str, Any]:
    return {
        "@type": "Offer",
        "url": url,
        "price": 0,
        "priceCurrency": "USD",
        "availability": f"{SCHEMA}/{'InStock' if card.places_left > 0 else 'SoldOut'}",
    }


def _local(moment: datetime, campaign: Campaign) -> str:
    """With the offset from UTC that holds there on that day."""
    return moment.astimezone(ZoneInfo(campaign.time_zone)).isoformat(timespec="seconds")
