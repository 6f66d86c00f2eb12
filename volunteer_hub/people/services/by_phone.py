"""People who stand at the table with a name and a phone number, and no email to give."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from volunteer_hub.core import access, audit
from volunteer_hub.core.db import announce, db
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.people.contact import normal_phone
from volunteer_hub.people.facts import PersonJoined
from volunteer_hub.people.models import Area, Campaign, Person
from volunteer_hub.people.services import consent

NOWHERE = "@no-email.invalid"
"""No mail server can ever have this name (RFC 2606); nothing is sent there, for nobody agreed to email."""


def add_by_phone(
    campaign_id: int,
    area_id: int,
    name: str,
    phone: str,
    *,
    area_paths: Sequence[str],
    texts: bool,
    by: int | None,
    now: datetime,
) -> Person:
    """Add somebody by name and phone. Whoever of these areas has both already is returned as they are.

    A number alone is nobody: a family shares one, and of whoever has it in another area nothing is said.
    texts: they agreed to be sent texts. Raises Refusal for a name or number that cannot be read.
    """
    number, name = normal_phone(phone), " ".join(name.split())[:200]
    if not name:
        raise Refusal(_l("Write a name."), field="name")
    if number is None:
        raise Refusal(_l("Write a phone number: the walk list goes there."), field="phone")
    having = people_with_phone(campaign_id, number, area_paths)
    known = next((each for each in having if is_same_name(each.name, name)), None)
    return known or _add(campaign_id, area_id, name, number, texts=texts, by=by, now=now)


def people_with_phone(campaign_id: int, phone: str, area_paths: Sequence[str]) -> list[Person]:
    """The people of these areas who have this number (E.164), the one who came first at the head."""
    query = (
        select(Person)
        .join(Area, Area.id == Person.area_id)
        .where(
            Person.campaign_id == campaign_id,
            Person.phone == phone,
            Person.is_active,
            access.within(Area.path, area_paths),
        )
        .order_by(Person.id)
    )
    return list(db.session.scalars(query))


def is_same_name(one: str, other: str) -> bool:
    """Are these one name? Accents, case and spaces do not make another."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", " ".join(name.split()))
    return "".join(each for each in letters if not unicodedata.combining(each)).casefold()


def is_placeholder(email: str) -> bool:
    """Does this person have no email?"""
    return email.endswith(NOWHERE)


def _add(
    campaign_id: int, area_id: int, name: str, number: str, *, texts: bool, by: int | None, now: datetime
) -> Person:
    person = Person(
        campaign_id=campaign_id,
        area_id=area_id,
        email=f"{uuid.uuid4().hex}{NOWHERE}",
        name=name,
        phone=number,
        language=db.session.get_one(Campaign, campaign_id).language,
        joined_via="walk_in",
        created_at=now,
    )
    db.session.add(person)
    db.session.flush()
    consent.record(person, "text", texts, via="staff_in_person", language=person.language, now=now)
    audit.record("add.person", campaign_id=campaign_id, by=by, subject=f"person:{person.id}")
    announce(PersonJoined(person.id))
    return person
