"""Consents: every yes and no is kept with the words that were shown; the newest of a purpose holds.

Person.email_agreed_at and text_agreed_at are the present state of two of them, for quick questions.
A STOP or a START of messaging names the digest of an address, not a person.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from volunteer_hub.core.db import db
from volunteer_hub.messaging import services as messaging
from volunteer_hub.messaging.models import Message
from volunteer_hub.people.consent_words import ASKED, WORDS
from volunteer_hub.people.models import Consent, Person

COLUMNS = {"email": "email_agreed_at", "text": "text_agreed_at"}


def record(person: Person, purpose: str, is_given: bool, *, via: str, language: str, now: datetime) -> bool:
    """Keep a yes or a no to one use of a person's data; returns whether anything changed.

    purpose: email, text, photo or data; via: a key of consent_words.VIA; language: of the words shown.
    The same answer again is not kept twice, unless the words have changed and the person was shown the
    new ones. A no of somebody who never said yes counts only where they were asked themselves.
    The person must have an id (flush before).
    """
    words = WORDS[purpose]
    if not _is_news(person, purpose, is_given, words.version, was_asked=via in ASKED):
        return False
    if purpose in COLUMNS:
        column = COLUMNS[purpose]
        setattr(person, column, (getattr(person, column) or now) if is_given else None)
    keep(person, purpose, is_given, via=via, language=language, now=now)
    return True


def keep(person: Person, purpose: str, is_given: bool, *, via: str, language: str, now: datetime) -> int:
    """Write an answer down, whatever was answered before; returns its id. The person's row is not touched."""
    row = Consent(
        campaign_id=person.campaign_id,
        person_id=person.id,
        purpose=purpose,
        is_given=is_given,
        version=WORDS[purpose].version,
        language=language,
        via=via,
        at=now,
    )
    db.session.add(row)
    db.session.flush()
    return row.id


def record_first(campaign_id: int, rows: Iterable[tuple[int, str, str]], *, via: str, now: datetime) -> None:
    """Keep the yes of many who were added just now, in one statement: (person id, purpose, language)."""
    values: list[dict[str, Any]] = [
        {
            "campaign_id": campaign_id,
            "person_id": person_id,
            "purpose": purpose,
            "is_given": True,
            "version": WORDS[purpose].version,
            "language": language,
            "via": via,
            "at": now,
        }
        for person_id, purpose, language in rows
    ]
    if values:
        db.session.execute(insert(Consent), values)


def withdraw(campaign_id: int, channel: str, to_digest: bytes, *, now: datetime) -> int:
    """Note that the people with this address agree no longer; returns how many they are."""
    via = "stop" if channel == "text" else "unsubscribe"
    return _put(_people(campaign_id, channel, to_digest), channel, False, via=via, now=now)


def renew(campaign_id: int, channel: str, to_digest: bytes, *, now: datetime) -> int:
    """Note that those with this address who took their yes back by a STOP agree again; returns how many.

    Others who have the same number or address said nothing: theirs stays as it was.
    """
    via, no = ("start", "stop") if channel == "text" else ("profile", "unsubscribe")
    people = [each for each in _people(campaign_id, channel, to_digest) if _last_no(each, channel) == no]
    return _put(people, channel, True, via=via, now=now)


def _last_no(person_id: int, purpose: str) -> str | None:
    """How they said no, if that was their last word."""
    row = db.session.execute(
        select(Consent.is_given, Consent.via)
        .where(Consent.person_id == person_id, Consent.purpose == purpose)
        .order_by(Consent.id.desc())
        .limit(1)
    ).one_or_none()
    return row.via if row and not row.is_given else None


def _is_news(person: Person, purpose: str, is_given: bool, version: str, *, was_asked: bool) -> bool:
    last = db.session.execute(
        select(Consent.is_given, Consent.version)
        .where(Consent.person_id == person.id, Consent.purpose == purpose)
        .order_by(Consent.id.desc())
        .limit(1)
    ).one_or_none()
    holds = (
        getattr(person, COLUMNS[purpose]) is not None if purpose in COLUMNS else bool(last and last.is_given)
    )
    if holds != is_given:
        return True
    return was_asked and (last is None or last.version != version or last.is_given != is_given)


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


def _put(person_ids: list[int], channel: str, is_given: bool, *, via: str, now: datetime) -> int:
    """Rows are locked in the order of their ids: a STOP and a save of the page may meet here."""
    people = select(Person).where(Person.id.in_(person_ids)).order_by(Person.id).with_for_update()
    for person in db.session.scalars(people) if person_ids else ():
        record(person, channel, is_given, via=via, language=person.language, now=now)
    return len(person_ids)
