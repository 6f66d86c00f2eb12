"""Many people at once: a list that an organizer has, a file, the sample."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from volunteer_hub.core import audit
from volunteer_hub.core.db import announce, db
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.messaging import services as messaging
from volunteer_hub.people.consent_words import via_of_joining
from volunteer_hub.people.contact import normal_email, normal_phone
from volunteer_hub.people.facts import PeopleAdded
from volunteer_hub.people.models import Availability, Person
from volunteer_hub.people.places import home_of
from volunteer_hub.people.services import consent
from volunteer_hub.people.services.tags import remember
from volunteer_hub.people.vocabulary import LANGUAGES, PAGE_LANGUAGES, SKILLS
from volunteer_hub.people.windows import Window, joined

AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A row of a list. A home is a text (ZIP or address) or a point in degrees, or both; a point wins.

    With a point, `time_zone` may be given; without, the campaign's is used.
    """

    email: str
    name: str
    phone: str = ""
    home_text: str = ""
    latitude: float | None = None
    longitude: float | None = None
    time_zone: str | None = None
    language: str = "en"
    languages: tuple[str, ...] = ("en",)
    skills: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    max_travel_km: float = 25.0
    shifts_wanted: int = 1
    show_chance: float | None = None
    windows: tuple[Window, ...] = ()
    email_agreed: bool = False
    text_agreed: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a list: new ids by email, how many were known, and the refused with their reasons.

    refused: (row, sentence); rows count from 1.
    """

    ids: dict[str, int]
    known: int
    refused: list[tuple[int, str]]


def add_many(
    campaign_id: int,
    area_id: int,
    people: Iterable[NewPerson],
    *,
    by: int | None,
    now: datetime,
    via: str = "file",
) -> Added:
    """Add people of a list to an area, a thousand in a handful of statements.

    Somebody whose email is in the campaign already, or came earlier in the list, is left as they are and
    counted as known; a row that cannot be read is refused with a sentence, and the others go in. An address
    that said STOP before agrees to nothing, whatever the list says.
    """
    ids: dict[str, int] = {}
    refused: list[tuple[int, str]] = []
    tags: list[str] = []
    known = 0
    for rows in _chunks(enumerate(people, start=1)):
        checked, chunk_refused = _checked(rows)
        refused += chunk_refused
        taken = _taken(campaign_id, checked)
        fresh = {email: row for email, row in checked.items() if email not in taken and email not in ids}
        added = _insert(campaign_id, area_id, fresh, now, via)
        known += len(rows) - len(chunk_refused) - len(added)
        ids |= added
        tags += [tag for email in added for tag in fresh[email][0]["tags"]]
    if by is not None:
        audit.record("add.people", campaign_id=campaign_id, by=by, subject=f"area:{area_id}", added=len(ids))
    if tags:
        remember(campaign_id, tags)
    if ids:
        announce(PeopleAdded(campaign_id))
    return Added(ids, known, refused)


Row = tuple[dict[str, Any], tuple[Window, ...]]


def _checked(rows: list[tuple[int, NewPerson]]) -> tuple[dict[str, Row], list[tuple[int, str]]]:
    checked: dict[str, Row] = {}
    refused = []
    for number, each in rows:
        try:
            columns = _columns(each)
            checked.setdefault(columns["email"], (columns, tuple(joined(each.windows))))
        except Refusal as refusal:
            refused.append((number, str(refusal.sentence)))
    return checked, refused


def _columns(each: NewPerson) -> dict[str, Any]:
    name = " ".join(each.name.split())[:200]
    if not name:
        raise Refusal(_l("The name is missing."))
    if each.language not in PAGE_LANGUAGES:
        raise Refusal(_l("“%(code)s” is not a language of the pages.", code=each.language[:20]))
    if each.max_travel_km <= 0 or each.shifts_wanted < 1:
        raise Refusal(_l("The distance and the number of shifts must be above zero."))
    phone = normal_phone(each.phone)
    return {
        "email": normal_email(each.email),
        "name": name,
        "phone": phone,
        "language": each.language,
        "languages": [code for code in LANGUAGES if code in each.languages] or [each.language],
        "skills": [skill for skill in SKILLS if skill in each.skills],
        "tags": list(each.tags),
        "max_travel_km": each.max_travel_km,
        "shifts_wanted": each.shifts_wanted,
        "show_chance": each.show_chance,
        "has_email": each.email_agreed,
        "has_text": each.text_agreed and phone is not None,
        "note": each.note,
        **_home(each),
    }


def _home(each: NewPerson) -> dict[str, Any]:
    text = " ".join(each.home_text.split())[:200]
    if each.latitude is not None and each.longitude is not None:
        if not (-90 <= each.latitude <= 90 and -180 <= each.longitude <= 180):
            raise Refusal(_l("The point is not on the earth: latitude −90 to 90, longitude −180 to 180."))
        point: dict[str, Any] = {"latitude": each.latitude, "longitude": each.longitude}
        return point | _source(text or None, "file", None, each.time_zone)
    if not text:
        return {"latitude": None, "longitude": None} | _source(None, None, None, each.time_zone)
    home = home_of(text)
    point = {"latitude": home.latitude, "longitude": home.longitude}
    return point | _source(text, home.source, home.accuracy_m, home.time_zone)


def _source(
    text: str | None, source: str | None, accuracy_m: float | None, zone: str | None
) -> dict[str, Any]:
    return {
        "home_text": text,
        "location_source": source,
        "location_accuracy_m": accuracy_m,
        "time_zone": zone,
    }


def _taken(campaign_id: int, checked: dict[str, Row]) -> set[str]:
    query = select(func.lower(Person.email)).where(
        Person.campaign_id == campaign_id, Person.email.in_(list(checked))
    )
    return set(db.session.scalars(query)) if checked else set()


def _insert(campaign_id: int, area_id: int, fresh: dict[str, Row], now: datetime, via: str) -> dict[str, int]:
    if not fresh:
        return {}
    stopped = {
        channel: messaging.suppressed(campaign_id, channel, [columns[name] for columns, _w in fresh.values()])
        for channel, name in (("email", "email"), ("text", "phone"))
    }
    rows = [
        {key: value for key, value in columns.items() if not key.startswith("has_")}
        | {
            "campaign_id": campaign_id,
            "area_id": area_id,
            "created_at": now,
            "joined_via": via,
            "email_agreed_at": now
            if columns["has_email"] and columns["email"] not in stopped["email"]
            else None,
            "text_agreed_at": now
            if columns["has_text"] and columns["phone"] not in stopped["text"]
            else None,
        }
        for columns, _windows in fresh.values()
    ]
    query = insert_or_skip(Person).on_conflict_do_nothing(index_elements=["campaign_id", "email"])
    added = db.session.execute(query.returning(Person.id, Person.email), rows)
    ids = {str(row.email).lower(): row.id for row in added}
    agreed = [
        (ids[row["email"]], purpose, row["language"])
        for row in rows
        if row["email"] in ids
        for purpose, column in consent.COLUMNS.items()
        if row[column] is not None
    ]
    consent.record_first(campaign_id, agreed, via=via_of_joining(via), now=now)
    windows = [
        {
            "campaign_id": campaign_id,
            "person_id": ids[email],
            "weekday": each.weekday,
            "day_on": each.day_on,
            "from_time": each.from_time,
            "until_time": each.until_time,
            "is_away": each.is_away,
        }
        for email, (_columns_, all_windows) in fresh.items()
        if email in ids  # else somebody joined with this email a moment ago
        for each in all_windows
    ]
    if windows:
        db.session.execute(insert(Availability), windows)
    return ids


def _chunks(rows: Iterable[tuple[int, NewPerson]]) -> Iterator[list[tuple[int, NewPerson]]]:
    source = iter(rows)
    while chunk := list(islice(source, AT_ONCE)):
        yield chunk
