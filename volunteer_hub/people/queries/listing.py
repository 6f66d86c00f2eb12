"""Many people: the list of volunteers, its filters, an export's rows, and counts."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, func, or_, select, text

from volunteer_hub.core import access
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db
from volunteer_hub.core.paging import Page, page_of
from volunteer_hub.people.models import Area, Person, RoleGrant


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A line of the list of volunteers."""

    id: int
    name: str
    email: str
    phone: str | None
    home_text: str | None
    area_id: int
    area_name: str
    skills: tuple[str, ...]
    languages: tuple[str, ...]
    max_travel_km: float
    has_email: bool
    has_text: bool
    is_active: bool
    awaits_confirmation: bool
    role: Role
    seen_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """What a list of people is narrowed to; an empty value leaves its part open."""

    text: str = ""
    area_path: str | None = None
    skill: str = ""
    language: str = ""
    role: Role | None = None
    state: str = "active"


def people_query(
    campaign_id: int, area_paths: Iterable[str], wanted: PeopleFilter
) -> Select[*tuple[Any, ...]]:
    """The people at or below `area_paths` that the filter lets through, by name."""
    query = (
        select(Person, Area.name.label("area_name"), _strongest_role().label("role"))
        .join(Area, Area.id == Person.area_id)
        .where(Person.campaign_id == campaign_id, access.within(Area.path, area_paths), *_conditions(wanted))
    )
    return query.order_by(func.lower(Person.name), Person.id)


def people(campaign_id: int, area_paths: Iterable[str], wanted: PeopleFilter, number: int) -> Page[PersonRow]:
    """One page of that list. Two statements."""
    page = page_of(people_query(campaign_id, area_paths, wanted), number)
    return Page([_person_row(row) for row in page.rows], page.number, page.per_page, page.total)


def all_people(campaign_id: int, area_paths: Iterable[str], wanted: PeopleFilter) -> Iterable[PersonRow]:
    """All of them, streamed in chunks from one statement, for an export."""
    query = people_query(campaign_id, area_paths, wanted).execution_options(yield_per=1000)
    for row in db.session.execute(query):
        yield _person_row(row)


def _conditions(wanted: PeopleFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Person.erased_at.is_(None)]
    found += [_matches(word) for word in wanted.text.split()[:6]]
    if wanted.area_path is not None:
        found.append(access.within(Area.path, [wanted.area_path]))
    if wanted.skill:
        found.append(Person.skills.contains([wanted.skill]))
    if wanted.language:
        found.append(Person.languages.contains([wanted.language]))
    if wanted.role is not None:
        found.append(_strongest_role() == wanted.role.value)
    return found + _of_state(wanted.state)


def _of_state(state: str) -> list[ColumnElement[bool]]:
    if state == "waiting":
        return [Person.is_active.is_(True), Person.awaits_confirmation.is_(True)]
    if state == "inactive":
        return [Person.is_active.is_(False)]
    return [Person.is_active.is_(True)] if state == "active" else []


def _matches(word: str) -> ColumnElement[bool]:
    """A word in the name (accents do not matter), the email, the home, or (digits) the phone."""
    found: list[ColumnElement[bool]] = [
        _NAME_WITHOUT_ACCENTS.icontains(_without_accents(word), autoescape=True),
        Person.email.icontains(word, autoescape=True),
        Person.home_text.icontains(word, autoescape=True),
    ]
    digits = "".join(each for each in word if each.isdigit())
    if len(digits) >= 4:
        found.append(Person.phone.contains(digits))
    return or_(*found)


_NAME_WITHOUT_ACCENTS: Any = func.regexp_replace(
    func.normalize(Person.name, text("NFKD")), "[\u0300-\u036f]", "", "g", type_=Text()
)


def _without_accents(word: str) -> str:
    """“María” is “Maria”: the same in Python as _NAME_WITHOUT_ACCENTS in SQL."""
    return "".join(mark for mark in unicodedata.normalize("NFKD", word) if not unicodedata.combining(mark))


def _strongest_role() -> Any:
    """The highest role a person was given anywhere, 'volunteer' when none."""
    ranks = {role.value: role.rank for role in Role}
    return func.coalesce(
        select(RoleGrant.role)
        .where(RoleGrant.person_id == Person.id)
        .order_by(func.array_position(sorted(ranks, key=lambda name: -ranks[name]), RoleGrant.role))
        .limit(1)
        .correlate(Person)
        .scalar_subquery(),
        Role.VOLUNTEER.value,
    )


def _person_row(row: Any) -> PersonRow:
    person: Person = row[0]
    return PersonRow(
        id=person.id,
        name=person.name,
        email=person.email,
        phone=person.phone,
        home_text=person.home_text,
        area_id=person.area_id,
        area_name=row.area_name,
        skills=tuple(person.skills),
        languages=tuple(person.languages),
        max_travel_km=person.max_travel_km,
        has_email=person.email_agreed_at is not None,
        has_text=person.text_agreed_at is not None and person.phone is not None,
        is_active=person.is_active,
        awaits_confirmation=person.awaits_confirmation,
        role=Role(row.role),
        seen_at=person.seen_at,
        created_at=person.created_at,
    )


@dataclass(frozen=True, slots=True)
class PeopleCounts:
    """How many people are there, and how many of them can be matched at all."""

    active: int
    waiting: int
    with_home: int
    reachable: int


def counts(campaign_id: int, area_paths: Iterable[str]) -> PeopleCounts:
    """Counts of the people at or below these areas. One statement."""
    is_there = Person.is_active & Person.awaits_confirmation.is_(False)
    row = db.session.execute(
        select(
            func.count().filter(is_there),
            func.count().filter(Person.is_active & Person.awaits_confirmation),
            func.count().filter(is_there, Person.latitude.is_not(None)),
            func.count().filter(is_there, reachable()),
        )
        .select_from(Person)
        .join(Area, Area.id == Person.area_id)
        .where(Person.campaign_id == campaign_id, access.within(Area.path, area_paths))
    ).one()
    return PeopleCounts(*row)


def reachable() -> ColumnElement[bool]:
    """Has this person agreed to any message?"""
    return Person.email_agreed_at.is_not(None) | (
        Person.text_agreed_at.is_not(None) & Person.phone.is_not(None)
    )
