"""Consent that follows messaging: a STOP or a START names the digest of an address, not a person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from volunteer_hub.core.db import db
from volunteer_hub.messaging import services as messaging
from volunteer_hub.messaging.models import Message
from volunteer_hub.people.models import Person


def withdraw(campaign_id: int, channel: str, to_digest: bytes) -> int:
    """Note that the people with this address agree no longer; returns how many they are."""
    column = "email_agreed_at" if channel == "email" else "text_agreed_at"
    return _put(_people(campaign_id, channel, to_digest), {column: None})


def renew(campaign_id: int, channel: str, to_digest: bytes, *, now: datetime) -> int:
    """Note that the people with this address agree again; returns how many they are."""
    column = "email_agreed_at" if channel == "email" else "text_agreed_at"
    return _put(_people(campaign_id, channel, to_digest), {column: now})


def _people(campaign_id: int, channel: str, to_digest: bytes) -> list[int]:
    """Whoever was written to at this address and still has it; without any such message, all are tried."""
    asked = select(Message.person_id).where(
        Message.campaign_id == campaign_id, Message.channel == channel, Message.to_digest == to_digest
    )
    written_to = {each for each in db.session.scalars(asked.distinct()) if each is not None}
    address = Person.email if channel == "email" else Person.phone
    query = select(Person.id, address.label("address")).where(
        Person.campaign_id == campaign_id, address.is_not(None), Person.erased_at.is_(None)
    )
    if written_to:
        query = query.where(Person.id.in_(written_to))
    rows = db.session.execute(query.execution_options(yield_per=5000))
    return [row.id for row in rows if messaging.digest_of(channel, row.address) == to_digest]


def _put(person_ids: list[int], values: dict[str, datetime | None]) -> int:
    if person_ids:
        db.session.execute(update(Person).where(Person.id.in_(person_ids)).values(**values))
    return len(person_ids)
