"""Assignments as lists: filtered, sorted and paged in SQL, in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from volunteer_hub.assignments import queries
from volunteer_hub.assignments.models import Assignment, State
from volunteer_hub.core import access
from volunteer_hub.core.db import db
from volunteer_hub.core.paging import Page, page_of
from volunteer_hub.events.models import Event, Shift, StagingLocation
from volunteer_hub.people import queries as people
from volunteer_hub.people.models import Area, Person

SORTS = {
    "value": Assignment.value,
    "km": Assignment.travel_km,
    "person": Person.name,
    "starts": Shift.starts_at,
    "state": Assignment.state,
}
DEFAULT_SORT = "value"
PER_PAGE = 25


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which assignments. area_paths: people at home there only; location and shift by id; text: in a name."""

    area_paths: tuple[str, ...]
    run_id: int | None = None
    state: str = ""
    location_id: int | None = None
    shift_id: int | None = None
    person_id: int | None = None
    text: str = ""
    sort: str = DEFAULT_SORT
    is_descending: bool = True


def lines(campaign_id: int, wanted: Wanted, page: int = 1) -> Page[Any]:
    """Assignments with names and places, a page at a time. What was taken back shows only when asked for."""
    column: Any = SORTS.get(wanted.sort, SORTS[DEFAULT_SORT])
    order = column.desc().nulls_last() if wanted.is_descending else column.asc().nulls_last()
    return page_of(_query(campaign_id, wanted).order_by(order, Assignment.id), page, PER_PAGE)


def all_lines(campaign_id: int, wanted: Wanted) -> list[Any]:
    """The same without pages, best first; for one person or one shift."""
    return list(
        db.session.execute(_query(campaign_id, wanted).order_by(Assignment.value.desc(), Assignment.id))
    )


def ids(campaign_id: int, wanted: Wanted) -> list[int]:
    """The ids of all that `lines` would show."""
    query = _filtered(select(Assignment.id), campaign_id, wanted)
    return list(db.session.scalars(query.order_by(Assignment.id)))


def ids_proposed(campaign_id: int, wanted: Wanted) -> list[int]:
    """The ids of the proposals among them."""
    return ids(campaign_id, replace(wanted, state=State.PROPOSED.value))


@dataclass(frozen=True, slots=True)
class Offerable:
    """What offering all of them would do: places offered, people who get an email, people who get a text."""

    places: int
    emails: int
    texts: int


def offerable(campaign_id: int, wanted: Wanted, now: datetime) -> Offerable:
    """What could be offered now. Two statements."""
    found = _offerable(campaign_id, wanted, now)
    reached = people.count_reached(select(found.c.person_id).where(found.c.turn <= found.c.places_left))
    return Offerable(count_offerable(campaign_id, wanted, now), *reached)


def count_offerable(campaign_id: int, wanted: Wanted, now: datetime) -> int:
    """How many of them could be offered now: there is time to answer, and a free place for each."""
    found = _offerable(campaign_id, wanted, now)
    return db.session.scalar(select(func.count()).where(found.c.turn <= found.c.places_left)) or 0


def _offerable(campaign_id: int, wanted: Wanted, now: datetime) -> Any:
    """Proposals with time to answer, each with its turn at its shift: in which order places are given."""
    turn = func.row_number().over(
        partition_by=Assignment.shift_id, order_by=(Assignment.value.desc(), Assignment.id)
    )
    columns = select(Assignment.person_id, turn.label("turn"), queries.PLACES_LEFT.label("places_left"))
    query = _filtered(columns, campaign_id, replace(wanted, state=State.PROPOSED.value))
    in_time = Shift.starts_at > now + queries.TOO_LATE_TO_OFFER
    return query.where(in_time, Shift.cancelled_at.is_(None), ~queries.goes_already()).subquery()


def counts_by_state(campaign_id: int, wanted: Wanted) -> dict[str, int]:
    """How many assignments are in each state, zeros too."""
    found = dict.fromkeys((state.value for state in State), 0)
    query = _filtered(select(Assignment.state, func.count()), campaign_id, wanted, with_withdrawn=True)
    for state, count in db.session.execute(query.group_by(Assignment.state)):
        found[State(state).value] = count
    return found


def _query(campaign_id: int, wanted: Wanted) -> Select[*tuple[Any, ...]]:
    columns = select(
        Assignment.id,
        Assignment.person_id,
        Person.name.label("person_name"),
        Assignment.shift_id,
        Shift.event_id,
        Event.name.label("event_name"),
        Shift.staging_location_id.label("location_id"),
        StagingLocation.name.label("location_name"),
        Shift.starts_at,
        Shift.ends_at,
        Assignment.run_id,
        Assignment.state,
        Assignment.is_pinned,
        Assignment.value,
        Assignment.unit,
        Assignment.travel_km,
        Assignment.reason,
        Assignment.next_best,
        Assignment.binding,
        Assignment.in_place_of_id,
        Assignment.offered_at,
        Assignment.answer_by,
        Assignment.answered_at,
        queries.PLACES_LEFT.label("places_left"),
    )
    return _filtered(columns, campaign_id, wanted)


def _filtered(
    columns: Select[*tuple[Any, ...]], campaign_id: int, wanted: Wanted, *, with_withdrawn: bool = False
) -> Select[*tuple[Any, ...]]:
    query = (
        columns.select_from(Assignment)
        .join(Person, Person.id == Assignment.person_id)
        .join(Area, Area.id == Person.area_id)
        .join(Shift, Shift.id == Assignment.shift_id)
        .join(Event, Event.id == Shift.event_id)
        .join(StagingLocation, StagingLocation.id == Shift.staging_location_id)
        .where(Assignment.campaign_id == campaign_id, access.within(Area.path, wanted.area_paths))
    )
    exact = {
        Assignment.run_id: wanted.run_id,
        Assignment.shift_id: wanted.shift_id,
        Assignment.person_id: wanted.person_id,
        Shift.staging_location_id: wanted.location_id,
        Assignment.state: wanted.state or None,
    }
    query = query.where(*(column == value for column, value in exact.items() if value is not None))
    if not wanted.state and not with_withdrawn:
        query = query.where(Assignment.state != State.WITHDRAWN)
    if wanted.text:
        query = query.where(Person.name.icontains(wanted.text, autoescape=True))
    return query


@dataclass(frozen=True, slots=True)
class MyOffer:
    """An offer as its volunteer sees it."""

    id: int
    shift_id: int
    nonce: str
    state: State
    answer_by: Any
    event_name: str
    location_name: str
    starts_at: Any
    ends_at: Any
    min_age: int | None
    papers: Sequence[str]


def offers_of(person_id: int, since: Any, states: Sequence[State] | None = None) -> list[MyOffer]:
    """What this person was offered for shifts that end after `since`, by their start. One statement."""
    query = (
        select(
            Assignment.id,
            Assignment.shift_id,
            Assignment.nonce,
            Assignment.state,
            Assignment.answer_by,
            Event.name.label("event_name"),
            StagingLocation.name.label("location_name"),
            Shift.starts_at,
            Shift.ends_at,
            Event.min_age,
            Event.papers,
        )
        .join(Shift, Shift.id == Assignment.shift_id)
        .join(Event, Event.id == Shift.event_id)
        .join(StagingLocation, StagingLocation.id == Shift.staging_location_id)
        .where(Assignment.person_id == person_id, Shift.ends_at > since, Shift.cancelled_at.is_(None))
        .where(Assignment.state.in_(states or _SEEN))
        .order_by(Shift.starts_at, Assignment.id)
    )
    return [MyOffer(**{**row._asdict(), "state": State(row.state)}) for row in db.session.execute(query)]


_SEEN = (State.OFFERED, State.ACCEPTED, State.DECLINED, State.LAPSED, State.DONE)
