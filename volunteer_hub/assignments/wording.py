"""The words of offers and reminders, as drafts for the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from flask_babel import force_locale

from volunteer_hub.assignments.links import offer_path
from volunteer_hub.assignments.queries import DueReminder, UnpostedOffer
from volunteer_hub.events import links
from volunteer_hub.events.calendar import Entry, calendar_file, uid_of
from volunteer_hub.events.queries import ShiftCard
from volunteer_hub.events.wording import moment_text, span_text
from volunteer_hub.messaging.recipient import Recipient
from volunteer_hub.messaging.rendering import Rendered, link, render
from volunteer_hub.messaging.services import Draft

Ahead = Literal["day", "hours"]


def offer_draft(offer: UnpostedOffer, card: ShiftCard, to: Recipient, *, now: datetime) -> Draft:
    """The email or text that asks a volunteer to come: when, where, why there, yes or no."""
    path = offer_path(offer.id, offer.nonce)
    with force_locale(to.language):
        answer_by = moment_text(offer.answer_by, to.time_zone)
    words = _words("offer", card, to, path, {"reason": offer.reason, "answer_by": answer_by})
    is_email = to.channel == "email"
    return Draft(
        key=f"offer-{offer.id}" if is_email else f"offer-text-{offer.id}",
        kind="offer" if is_email else "offer_text",
        to=to,
        subject=words.subject,
        text=words.text,
        html=words.html,
        ics=_tentative(card, offer.person_id, link(path), now) if is_email else None,
        expires_at=offer.answer_by,
    )


def reminder_draft(reminder: DueReminder, ahead: Ahead, card: ShiftCard, to: Recipient) -> Draft:
    """Asks once more, a day or two hours before: confirm or cancel. Worthless once the shift has begun."""
    path = links.sign_up_path(reminder.sign_up_id)
    words = _words("reminder", card, to, path, {"ahead": ahead})
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


def map_link(latitude: float, longitude: float) -> str:
    """A map of the place, for the reader's own browser; nothing is loaded from there by us."""
    place = f"{latitude:.5f}/{longitude:.5f}"
    return f"https://www.openstreetmap.org/?mlat={latitude:.5f}&mlon={longitude:.5f}#map=17/{place}"


def _words(name: str, card: ShiftCard, to: Recipient, path: str, more: Mapping[str, Any]) -> Rendered:
    with force_locale(to.language):
        when = span_text(card.starts_at, card.ends_at, to.time_zone)
    return render(
        f"assignments/{name}" if to.channel == "email" else f"assignments/{name}_text",
        to.language,
        to=to,
        card=card,
        when=when,
        link=link(path),
        map_link=map_link(card.latitude, card.longitude),
        **more,
    )


def _tentative(card: ShiftCard, person_id: int, url: str, now: datetime) -> str:
    entry = Entry(
        uid=uid_of(card.id, person_id),
        summary=card.event_name,
        starts_at=card.starts_at,
        ends_at=card.ends_at,
        changed_at=now,
        location=f"{card.location_name}, {card.address}",
        url=url,
        latitude=card.latitude,
        longitude=card.longitude,
        is_tentative=True,
    )
    return calendar_file([entry])
