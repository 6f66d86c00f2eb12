"""Erasing a person: they become an id that is nobody's, and what features keep of them goes with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import current_app
from sqlalchemy import Text, cast, delete, or_, select, update

from volunteer_hub.core import audit
from volunteer_hub.core.audit import AuditEntry
from volunteer_hub.core.db import announce, db
from volunteer_hub.core.erasing import Leaving, scrub
from volunteer_hub.people.facts import PersonErased
from volunteer_hub.people.models import (
    Area,
    Availability,
    Campaign,
    Consent,
    LikelyPair,
    Merge,
    NotTheSame,
    Paper,
    Passkey,
    Person,
    RecoveryCode,
    RoleGrant,
    Segment,
    SignInLink,
    WebSession,
)
from volunteer_hub.people.services import rights
from volunteer_hub.people.services.locking import lock_people
from volunteer_hub.people.services.words import forget_words_of

OWN_TABLES = (
    Availability, RoleGrant, WebSession, SignInLink, RecoveryCode, Consent, Paper, Passkey,
)  # fmt: skip

_BLANKED = (
    "phone", "home_text", "latitude", "longitude", "location_source", "location_accuracy_m", "time_zone",
    "show_chance", "email_agreed_at", "text_agreed_at", "password_hash", "totp_sealed",
    "totp_confirmed_at", "totp_last_step", "joined_via", "seen_at", "age_at_least", "merged_into_id",
)  # fmt: skip


def erase(person: Person, *, by: int | None, now: datetime) -> None:
    """Make a person anonymous: the id stays for counts, and nothing that says who it was.

    All that was merged into them goes, too. What other features keep is forgotten by the functions of
    ERASE_PARTS (app.py), in the same transaction; what cannot wait for it (places, turf) follows the fact.
    The last admin of a campaign cannot go (LastAdmin).
    """
    if rights.is_root_admin(person.id):
        rights.refuse_last_admin(person.campaign_id, person.id)
    rows = [*_merged_into(person), person]
    lock_people({row.id for row in rows})
    for row in rows:
        _erase_row(row, by, now)


def _merged_into(person: Person) -> list[Person]:
    query = select(Person).where(Person.merged_into_id == person.id, Person.erased_at.is_(None))
    return list(db.session.scalars(query.order_by(Person.id)))


def _erase_row(person: Person, by: int | None, now: datetime) -> None:
    who = Leaving(person.id, person.campaign_id, person.email, person.phone, person.name, person.home_text)
    _forget_rows(person.id)
    _blank(person, now)
    db.session.flush()
    parts: dict[str, Callable[..., None]] = current_app.extensions.get("erase_parts", {})
    for part in parts.values():
        part(who, now=now)
    _strike_out(who)
    audit.record("erase.person", campaign_id=person.campaign_id, by=by, subject=f"person:{person.id}")
    announce(PersonErased(person.id))


def _forget_rows(person_id: int) -> None:
    for table in OWN_TABLES:
        db.session.execute(delete(table).where(table.person_id == person_id))
    db.session.execute(
        update(Merge)
        .where(or_(Merge.kept_id == person_id, Merge.gone_id == person_id))
        .values(before_sealed=None)
    )
    for pair in (NotTheSame, LikelyPair):
        db.session.execute(delete(pair).where(or_(pair.one_id == person_id, pair.other_id == person_id)))


def _blank(person: Person, now: datetime) -> None:
    for name in _BLANKED:
        setattr(person, name, None)
    person.email = f"erased-{person.id}@erased.invalid"
    person.name = "–"
    person.note = ""
    person.skills, person.languages, person.tags, person.language = [], [], [], "en"
    person.max_travel_km, person.shifts_wanted = 25.0, 1
    person.is_active, person.awaits_confirmation, person.erased_at = False, False, now


def _strike_out(who: Leaving) -> None:
    """Words of others about the person: notes, saved searches, the log, files of volunteers."""
    forget_words_of(who.campaign_id, who.name, who.home)
    here = Person.campaign_id == who.campaign_id
    scrub(Person.note, pattern=who.anywhere, where=(here, Person.note != ""), needles=who.needles)
    for column in (Segment.name, Segment.wanted):
        db.session.execute(
            delete(Segment)
            .where(Segment.campaign_id == who.campaign_id, cast(column, Text).op("~*")(who.anywhere))
            .execution_options(synchronize_session=False)
        )
    scrub(
        AuditEntry.details,
        pattern=who.anywhere,
        where=(AuditEntry.campaign_id == who.campaign_id,),
        needles=who.needles,
    )
    scrub(Campaign.postal_address, pattern=who.anywhere, where=(Campaign.id == who.campaign_id,))
    db.session.execute(
        update(Campaign)
        .where(Campaign.id == who.campaign_id, Campaign.reply_to == who.email)
        .values(reply_to=None)
    )
    for area in db.session.scalars(select(Area).where(Area.campaign_id == who.campaign_id)):
        if (name := who.struck_out(area.name)) != area.name:
            area.name = f"{name} {area.id}"
