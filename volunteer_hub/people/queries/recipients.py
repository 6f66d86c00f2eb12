"""People as messaging needs them: how to reach them, by what they agreed to."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Select, func, select

from volunteer_hub.core.db import db
from volunteer_hub.messaging.recipient import Channel, Recipient
from volunteer_hub.people.models import Campaign, Person

_REACHABLE = Person.is_active, Person.awaits_confirmation.is_(False)


def recipient(person_id: int, channel: Channel | None = None) -> Recipient | None:
    """How to reach one person; see `recipients`."""
    return recipients([person_id], channel).get(person_id)


def recipients(person_ids: Iterable[int], channel: Channel | None = None) -> dict[int, Recipient]:
    """How to reach these people, by id; one who agreed to nothing of the kind is left out. One statement.

    Without `channel`: by email where they agreed to it, else by text where they agreed to that.
    """
    ids = list(set(person_ids))
    query = (
        select(Person, Campaign)
        .join(Campaign, Campaign.id == Person.campaign_id)
        .where(Person.id == func.any(ids), *_REACHABLE)
    )
    found = {}
    for person, campaign in db.session.execute(query) if ids else ():
        chosen = _channel(person, channel)
        if chosen:
            found[person.id] = _recipient(person, campaign, chosen)
    return found


def count_reached(person_ids: Select[tuple[int]]) -> tuple[int, int]:
    """How many of these people an email reaches, and how many a text. One statement."""
    by_email = func.count().filter(Person.email_agreed_at.is_not(None))
    by_text = func.count().filter(Person.text_agreed_at.is_not(None), Person.phone.is_not(None))
    query = select(by_email, by_text).where(Person.id.in_(person_ids), *_REACHABLE)
    emails, texts = db.session.execute(query).one()
    return emails, texts


def recipient_by_email(person: Person, campaign: Campaign) -> Recipient:
    """A person by email whatever they agreed to: for what they asked for themselves, as a sign-in link."""
    return _recipient(person, campaign, "email")


def _channel(person: Person, wanted: Channel | None) -> Channel | None:
    agreed: dict[Channel, bool] = {
        "email": person.email_agreed_at is not None,
        "text": person.text_agreed_at is not None and person.phone is not None,
    }
    order: tuple[Channel, ...] = (wanted,) if wanted else ("email", "text")
    return next((each for each in order if agreed[each]), None)


def _recipient(person: Person, campaign: Campaign, channel: Channel) -> Recipient:
    return Recipient(
        channel=channel,
        address=person.email if channel == "email" else person.phone or "",
        time_zone=person.time_zone or campaign.time_zone,
        language=person.language,
        name=person.name,
        person_id=person.id,
        quiet_from=campaign.quiet_from,
        quiet_until=campaign.quiet_until,
        sender_name=campaign.name,
        reply_to=campaign.reply_to,
        postal_address=campaign.postal_address,
    )
