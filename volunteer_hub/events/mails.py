"""The emails of events: what became of a sign-up, with its calendar entry; and asks to fill a gap."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from volunteer_hub.core.display import in_language
from volunteer_hub.events import calendar, links
from volunteer_hub.events.models import SignUp
from volunteer_hub.events.queries.cards import ShiftCard
from volunteer_hub.events.wording import moment_text, span_text
from volunteer_hub.messaging.services import Draft
from volunteer_hub.people.models import Campaign, Person
from volunteer_hub.people.queries import recipient_by_email

JOIN_LINK_HOLDS = timedelta(hours=24)


def notice(sign_up: SignUp, card: ShiftCard, person: Person, campaign: Campaign) -> Draft:
    """The message that is due for a sign-up (`sign_up.notice`), in the person's language."""
    kind = _kind(sign_up)
    with in_language(person.language):
        values = _values(card, person, campaign) | {
            "link": links.absolute(links.sign_up_path(sign_up.id)),
            "confirm_by": (
                moment_text(sign_up.confirm_by, *_zones(card, person, campaign)) if sign_up.confirm_by else ""
            ),
            "is_own_doing": sign_up.cancelled_by == person.id,
            "was_shift_cancelled": card.is_cancelled,
        }
        subject = _subject(kind, card, person, campaign, sign_up)
        text = _text(f"messages/events/{kind}.txt", values)
    return Draft(
        key=_key(sign_up, card),
        kind=f"shift_{kind}",
        to=recipient_by_email(person, campaign),
        subject=subject,
        text=text,
        ics=_ics(sign_up, card, person, campaign) if kind != "waiting" else None,
        is_urgent=sign_up.source == "self" and kind in ("confirmation", "waiting"),
        expires_at=card.ends_at,
    )


def join(card: ShiftCard, person: Person, campaign: Campaign, *, now: datetime) -> Draft:
    """For somebody known whose address was given for a shift: one more tap, from their own mailbox."""
    until = min(now + JOIN_LINK_HOLDS, card.starts_at)
    with in_language(person.language):
        values = _values(card, person, campaign) | {
            "link": links.absolute(links.join_path(card.id, person.id, until)),
            "until": moment_text(until, *_zones(card, person, campaign)),
        }
        subject = _("One more tap: %(event)s", event=card.event_name)
        text = _text("messages/events/join.txt", values)
    return Draft(
        key=f"join-{card.id}-{person.id}-{now:%Y%m%d}",
        kind="shift_join",
        to=recipient_by_email(person, campaign),
        subject=subject,
        text=text,
        is_urgent=True,
        expires_at=until,
    )


def cover(ask_id: int, card: ShiftCard, person: Person, campaign: Campaign, asked_by: str) -> Draft:
    """Asks a volunteer to fill a gap, with a link that takes the place in one tap."""
    with in_language(person.language):
        values = _values(card, person, campaign) | {
            "link": links.absolute(links.join_path(card.id, person.id, card.starts_at)),
            "asked_by": asked_by or campaign.name,
            "places_left": card.places_left,
        }
        when = moment_text(card.starts_at, *_zones(card, person, campaign))
        subject = _("Can you help on %(when)s?", when=when)
        text = _text("messages/events/cover.txt", values)
    return Draft(
        key=f"cover-{ask_id}",
        kind="shift_cover",
        to=recipient_by_email(person, campaign),
        subject=subject,
        text=text,
        expires_at=card.starts_at,
    )


def entry(
    card: ShiftCard,
    person_id: int,
    *,
    changed_at: datetime,
    campaign: Campaign,
    link: str,
    email: str = "",
    is_cancelled: bool = False,
    is_tentative: bool = False,
) -> calendar.Entry:
    """The calendar entry of a person's shift, the same in mail, file and feed."""
    return calendar.Entry(
        uid=calendar.uid_of(card.id, person_id),
        summary=card.event_name,
        starts_at=card.starts_at,
        ends_at=card.ends_at,
        changed_at=changed_at,
        location=f"{card.location_name}, {card.address}",
        description="\n\n".join(filter(None, (card.description, card.notes, card.location_notes, link))),
        url=link,
        latitude=card.latitude,
        longitude=card.longitude,
        is_cancelled=is_cancelled,
        is_tentative=is_tentative,
        organizer=campaign.reply_to or "",
        organizer_name=campaign.name,
        attendee=email,
    )


def _ics(sign_up: SignUp, card: ShiftCard, person: Person, campaign: Campaign) -> str:
    is_cancelled = sign_up.state == "cancelled"
    one = entry(
        card,
        person.id,
        changed_at=sign_up.changed_at,
        campaign=campaign,
        link=links.absolute(links.sign_up_path(sign_up.id)),
        email=person.email if is_cancelled else "",
        is_cancelled=is_cancelled,
    )
    return calendar.calendar_file([one], method="CANCEL" if is_cancelled else "PUBLISH")


def _kind(sign_up: SignUp) -> str:
    if sign_up.notice == "confirmation" and sign_up.state == "waiting":
        return "waiting"
    return sign_up.notice or "confirmation"


def _key(sign_up: SignUp, card: ShiftCard) -> str:
    """One message of each kind for a sign-up; one more for each change of the shift."""
    if sign_up.notice == "change":
        return f"shift-{sign_up.id}-change-{card.sequence}"
    return f"shift-{sign_up.id}-{sign_up.notice}"


def _subject(kind: str, card: ShiftCard, person: Person, campaign: Campaign, sign_up: SignUp) -> str:
    when = moment_text(card.starts_at, *_zones(card, person, campaign))
    if kind == "confirmation" and sign_up.confirm_by:
        return _("Please confirm: %(event)s, %(when)s", event=card.event_name, when=when)
    subjects = {
        "confirmation": _("You are signed up: %(event)s, %(when)s", event=card.event_name, when=when),
        "waiting": _("You are on the waiting list: %(event)s, %(when)s", event=card.event_name, when=when),
        "promotion": _("You have a place now: %(event)s, %(when)s", event=card.event_name, when=when),
        "cancellation": _("Cancelled: %(event)s, %(when)s", event=card.event_name, when=when),
        "change": _("New time or place: %(event)s, %(when)s", event=card.event_name, when=when),
    }
    return subjects[kind]


def _zones(card: ShiftCard, person: Person, campaign: Campaign) -> tuple[str, str | None, str | None]:
    """The zone in which times are told, and those that may differ from it."""
    return campaign.time_zone, card.place_zone, person.time_zone


def _values(card: ShiftCard, person: Person, campaign: Campaign) -> dict[str, Any]:
    return {
        "name": person.name,
        "campaign": campaign.name,
        "card": card,
        "when": span_text(card.starts_at, card.ends_at, *_zones(card, person, campaign)),
        "map_url": links.map_url(card.latitude, card.longitude),
    }


def _text(template: str, values: dict[str, Any]) -> str:
    return current_app.jinja_env.get_template(template).render(**values).strip() + "\n"
