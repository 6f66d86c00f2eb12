"""Many people: the list of volunteers, its filters, an export's rows, and counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_

from volunteer_hub.core import access, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db
from volunteer_hub.core.paging import MOST_COUNTED, PER_PAGE, Page, some_page_of
from volunteer_hub.people.filters import PeopleFilter
from volunteer_hub.people.models import Area, Person, RoleGrant
from volunteer_hub.people.queries.narrowing import conditions, few_with_traits
from volunteer_hub.people.queries.search import BY_NAME, holding, search, words_of

FOUND_PER_PAGE = 25
"""With words the best comes first: whoever is not among so few wants another word, not a longer page."""


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
    tags: tuple[str, ...]
    max_travel_km: float
    has_email: bool
    has_text: bool
    is_active: bool
    awaits_confirmation: bool
    role: Role
    came: int
    missed: int
    seen_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PeoplePage(Page[PersonRow]):
    """A page of the list. With words, the first `exact` of all rows hold them, the rest sound or look alike;
    `next_after` is the person after whom the list goes on beyond what was counted."""

    exact: int = 0
    next_after: int | None = None


def people(
    campaign_id: int,
    area_paths: Iterable[str],
    wanted: PeopleFilter,
    number: int = 1,
    *,
    after: int | None = None,
    now: datetime | None = None,
) -> PeoplePage:
    """One page of the people at or below `area_paths`: with words the best match first, else by name.

    `after`: the page that follows this person in the order of names, however deep. At most nine statements.
    """
    found_in = conditions(campaign_id, area_paths, wanted, now or clock.now())
    if wanted.text:
        return _searched(campaign_id, found_in, wanted.text, number)
    query = select(Person.id).where(*found_in, *few_with_traits(wanted)).order_by(BY_NAME, Person.id)
    if after is not None:
        return _after(query, after)
    page = some_page_of(query, number)
    ids = [row.id for row in page.rows]
    ends = page.more and page.number == page.pages
    return PeoplePage(
        rows_of(ids), page.number, page.per_page, page.total, page.more, page.total, ids[-1] if ends else None
    )


def all_people(
    campaign_id: int, area_paths: Iterable[str], wanted: PeopleFilter, *, now: datetime | None = None
) -> Iterable[PersonRow]:
    """All of them, streamed in chunks from one statement, for an export."""
    ids = ids_query(campaign_id, area_paths, wanted, now=now)
    query = _person_query().where(Person.id.in_(ids)).order_by(BY_NAME, Person.id)
    for row in db.session.execute(query.execution_options(yield_per=1000)):
        yield _person_row(row)


def ids_query(
    campaign_id: int, area_paths: Iterable[str], wanted: PeopleFilter, *, now: datetime | None = None
) -> Select[int]:
    """The ids of all of them, as a query to read or to build on; words as the list finds them."""
    found_in = conditions(campaign_id, area_paths, wanted, now or clock.now())
    if not wanted.text:
        return select(Person.id).where(*found_in)
    found = search(campaign_id, found_in, wanted.text)
    if found.more:
        return select(Person.id).where(*found_in, *holding(words_of(wanted.text)))
    return select(Person.id).where(Person.id.in_(found.ids))


def how_many(
    campaign_id: int, area_paths: Iterable[str], wanted: PeopleFilter, *, most: int = MOST_COUNTED
) -> tuple[int, bool]:
    """How many fit, counted up to `most`, and whether there are more."""
    query = ids_query(campaign_id, area_paths, wanted).limit(most + 1)
    count = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    return min(count, most), count > most


def rows_of(ids: Sequence[int]) -> list[PersonRow]:
    """The lines of these people, in this order. One statement."""
    if not ids:
        return []
    found = {
        row.id: _person_row(row) for row in db.session.execute(_person_query().where(Person.id.in_(ids)))
    }
    return [found[each] for each in ids if each in found]


def _searched(campaign_id: int, found_in: list[ColumnElement[bool]], words: str, number: int) -> PeoplePage:
    found = search(campaign_id, found_in, words)
    last = max(1, -(-len(found.ids) // FOUND_PER_PAGE))
    number = min(max(number, 1), last)
    ids = found.ids[(number - 1) * FOUND_PER_PAGE : number * FOUND_PER_PAGE]
    return PeoplePage(rows_of(ids), number, FOUND_PER_PAGE, len(found.ids), found.more, found.exact)


def _after(query: Select[int], after: int) -> PeoplePage:
    here = select(BY_NAME, Person.id).where(Person.id == after)
    last = db.session.execute(here).one_or_none()
    if last is not None:
        query = query.where(tuple_(BY_NAME, Person.id) > tuple_(literal(last[0]), literal(last[1])))
    ids: list[int] = list(db.session.scalars(query.limit(PER_PAGE + 1)))
    goes_on = len(ids) > PER_PAGE
    ids = ids[:PER_PAGE]
    return PeoplePage(rows_of(ids), 1, PER_PAGE, len(ids), goes_on, len(ids), ids[-1] if goes_on else None)


def _person_query() -> Select[*tuple[Any, ...]]:
    """The columns of a line alone: a person whole is twice as wide and costs three times as much to read."""
    return select(*_SHOWN, Area.name.label("area_name"), _strongest_role().label("role")).join(
        Area, Area.id == Person.area_id
    )


_SHOWN = (
    Person.id, Person.name, Person.email, Person.phone, Person.home_text, Person.area_id, Person.skills,
    Person.languages, Person.tags, Person.max_travel_km, Person.email_agreed_at, Person.text_agreed_at,
    Person.is_active, Person.awaits_confirmation, Person.came, Person.missed, Person.seen_at,
    Person.created_at,
)  # fmt: skip


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
    return PersonRow(
        id=row.id,
        name=row.name,
        email=row.email,
        phone=row.phone,
        home_text=row.home_text,
        area_id=row.area_id,
        area_name=row.area_name,
        skills=tuple(row.skills),
        languages=tuple(row.languages),
        tags=tuple(row.tags),
        max_travel_km=row.max_travel_km,
        has_email=row.email_agreed_at is not None,
        has_text=row.text_agreed_at is not None and row.phone is not None,
        is_active=row.is_active,
        awaits_confirmation=row.awaits_confirmation,
        role=Role(row.role),
        came=row.came,
        missed=row.missed,
        seen_at=row.seen_at,
        created_at=row.created_at,
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
