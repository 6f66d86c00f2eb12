"""What organizers see: their events with how full they are, the shifts of an event, staging locations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select

from volunteer_hub.core import access
from volunteer_hub.core.db import db
from volunteer_hub.core.paging import PER_PAGE, Page, page_of
from volunteer_hub.core.refusals import NotFound
from volunteer_hub.districts.models import District
from volunteer_hub.events.models import Event, Shift, StagingLocation
from volunteer_hub.events.queries.cards import ShiftCard, card_of, cards_query
from volunteer_hub.people.models import Area, Person, RoleGrant

WHICH = ("upcoming", "draft", "past", "cancelled")


@dataclass(frozen=True, slots=True)
class EventRow:
    """A line of the organizer's list. Sums are over the shifts still ahead."""

    id: int
    name: str
    kind: str
    state: str
    is_public: bool
    area_id: int
    area_name: str
    area_path: str
    shifts: int
    shifts_ahead: int
    next_at: datetime | None
    last_at: datetime | None
    capacity: int
    going: int
    held: int
    waiting: int


def events(
    campaign_id: int, area_paths: Iterable[str], *, which: str, now: datetime, number: int, text: str = ""
) -> Page[EventRow]:
    """One page of the events at or below `area_paths`, next first. Two statements at any size."""
    is_ahead = Shift.ends_at > now
    sums = (
        select(
            Shift.event_id,
            func.count().label("shifts"),
            func.count().filter(is_ahead).label("shifts_ahead"),
            func.min(Shift.starts_at).filter(is_ahead).label("next_at"),
            func.max(Shift.ends_at).label("last_at"),
            *[
                func.coalesce(func.sum(column).filter(is_ahead), 0).label(column.key)
                for column in (Shift.capacity, Shift.going, Shift.held, Shift.waiting)
            ],
        )
        .where(Shift.campaign_id == campaign_id, Shift.cancelled_at.is_(None))
        .group_by(Shift.event_id)
        .subquery()
    )
    query: Any = (
        select(
            Event.id,
            Event.name,
            Event.kind,
            Event.state,
            Event.is_public,
            Event.area_id,
            Area.name.label("area_name"),
            Area.path.label("area_path"),
            func.coalesce(sums.c.shifts, 0),
            func.coalesce(sums.c.shifts_ahead, 0),
            sums.c.next_at,
            sums.c.last_at,
            *[func.coalesce(sums.c[name], 0) for name in ("capacity", "going", "held", "waiting")],
        )
        .join(Area, Area.id == Event.area_id)
        .outerjoin(sums, sums.c.event_id == Event.id)
        .where(Event.campaign_id == campaign_id, access.within(Area.path, area_paths))
    )
    if which == "upcoming":
        query = query.where(Event.state == "published", sums.c.next_at.is_not(None))
    elif which == "past":
        query = query.where(Event.state == "published", sums.c.next_at.is_(None))
    else:
        query = query.where(Event.state == which)
    if text:
        query = query.where(Event.name.icontains(text, autoescape=True))
    latest = which == "past"
    order = sums.c.last_at.desc().nulls_last() if latest else sums.c.next_at.nulls_last()
    page = page_of(query.order_by(order, Event.name, Event.id), number)
    return Page([EventRow(*row) for row in page.rows], page.number, page.per_page, page.total)


def event_within(campaign_id: int, event_id: int, area_paths: Iterable[str]) -> Event:
    """An event at or below these areas; raises NotFound for all others alike."""
    query = (
        select(Event)
        .join(Area, Area.id == Event.area_id)
        .where(Event.id == event_id, Event.campaign_id == campaign_id, access.within(Area.path, area_paths))
    )
    event: Event | None = db.session.scalar(query)
    if event is None:
        raise NotFound()
    return event


def shift_within(
    campaign_id: int, shift_id: int, area_paths: Iterable[str], *, person_id: int = 0
) -> ShiftCard:
    """A shift of an event at or below these areas, or one that this person leads; raises NotFound."""
    query = cards_query().where(
        Shift.id == shift_id,
        Shift.campaign_id == campaign_id,
        or_(access.within(Area.path, area_paths), Shift.lead_id == person_id),
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    return card_of(row)


def shifts_of_event(
    campaign_id: int, event_id: int, *, number: int = 1, per_page: int = PER_PAGE
) -> Page[ShiftCard]:
    """The shifts of an event by start, a page at a time. Two statements."""
    query = cards_query().where(Shift.campaign_id == campaign_id, Shift.event_id == event_id)
    page = page_of(query.order_by(Shift.starts_at, Shift.id), number, per_page)
    return Page([card_of(row) for row in page.rows], page.number, page.per_page, page.total)


def shifts_ahead(campaign_id: int, event_id: int, *, now: datetime, limit: int = 400) -> list[ShiftCard]:
    """The shifts of an event that have not begun and take place, by start. One statement."""
    query = cards_query().where(
        Shift.campaign_id == campaign_id,
        Shift.event_id == event_id,
        Shift.cancelled_at.is_(None),
        Shift.starts_at > now,
    )
    rows = db.session.execute(query.order_by(Shift.starts_at, Shift.id).limit(limit))
    return [card_of(row) for row in rows]


def shifts_to_run(
    campaign_id: int, area_paths: Iterable[str], *, person_id: int, from_at: datetime, until_at: datetime
) -> list[ShiftCard]:
    """The shifts a field lead may run that touch this time, by start. One statement."""
    query = cards_query().where(
        Shift.campaign_id == campaign_id,
        Shift.cancelled_at.is_(None),
        Event.state == "published",
        Shift.starts_at < until_at,
        Shift.ends_at > from_at,
        or_(access.within(Area.path, area_paths), Shift.lead_id == person_id),
    )
    return [card_of(row) for row in db.session.execute(query.order_by(Shift.starts_at, Shift.id).limit(200))]


def later_shifts(campaign_id: int, event_id: int, *, now: datetime, besides: int) -> list[ShiftCard]:
    """Other shifts of the same event with a free place, to move somebody to. One statement."""
    query = cards_query().where(
        Shift.campaign_id == campaign_id,
        Shift.event_id == event_id,
        Shift.id != besides,
        Shift.cancelled_at.is_(None),
        Shift.starts_at > now,
        Shift.going + Shift.held < Shift.capacity,
    )
    return [card_of(row) for row in db.session.execute(query.order_by(Shift.starts_at, Shift.id).limit(50))]


@dataclass(frozen=True, slots=True)
class LocationRow:
    """A staging location with its area, its district and how many shifts are ahead there."""

    id: int
    name: str
    address: str
    latitude: float
    longitude: float
    area_name: str
    district_name: str | None
    is_accessible: bool | None
    shifts_ahead: int


def locations(
    campaign_id: int, area_paths: Iterable[str], *, now: datetime, number: int
) -> Page[LocationRow]:
    """One page of staging locations by name. Two statements."""
    ahead = (
        select(Shift.staging_location_id, func.count().label("shifts"))
        .where(Shift.campaign_id == campaign_id, Shift.cancelled_at.is_(None), Shift.ends_at > now)
        .group_by(Shift.staging_location_id)
        .subquery()
    )
    query: Any = (
        select(
            StagingLocation.id,
            StagingLocation.name,
            StagingLocation.address,
            StagingLocation.latitude,
            StagingLocation.longitude,
            Area.name.label("area_name"),
            District.name.label("district_name"),
            StagingLocation.is_accessible,
            func.coalesce(ahead.c.shifts, 0),
        )
        .join(Area, Area.id == StagingLocation.area_id)
        .outerjoin(District, District.id == StagingLocation.district_id)
        .outerjoin(ahead, ahead.c.staging_location_id == StagingLocation.id)
        .where(StagingLocation.campaign_id == campaign_id, access.within(Area.path, area_paths))
        .order_by(func.lower(StagingLocation.name), StagingLocation.id)
    )
    page = page_of(query, number)
    return Page([LocationRow(*row) for row in page.rows], page.number, page.per_page, page.total)


def location_choices(campaign_id: int, area_paths: Iterable[str]) -> list[tuple[int, str]]:
    """(id, name) of the staging locations for a select. One statement."""
    query = (
        select(StagingLocation.id, StagingLocation.name)
        .join(Area, Area.id == StagingLocation.area_id)
        .where(StagingLocation.campaign_id == campaign_id, access.within(Area.path, area_paths))
        .order_by(func.lower(StagingLocation.name))
        .limit(1000)
    )
    return [(row.id, row.name) for row in db.session.execute(query)]


def location_within(campaign_id: int, location_id: int, area_paths: Iterable[str]) -> StagingLocation:
    """A staging location at or below these areas; raises NotFound."""
    query = (
        select(StagingLocation)
        .join(Area, Area.id == StagingLocation.area_id)
        .where(
            StagingLocation.id == location_id,
            StagingLocation.campaign_id == campaign_id,
            access.within(Area.path, area_paths),
        )
    )
    location: StagingLocation | None = db.session.scalar(query)
    if location is None:
        raise NotFound()
    return location


def lead_choices(campaign_id: int) -> list[tuple[int, str]]:
    """(id, name) of the people who may lead a shift: those with a role above volunteer. One statement."""
    query = (
        select(Person.id, Person.name)
        .where(
            Person.campaign_id == campaign_id,
            Person.is_active,
            Person.id.in_(select(RoleGrant.person_id).where(RoleGrant.campaign_id == campaign_id)),
        )
        .order_by(func.lower(Person.name), Person.id)
        .limit(500)
    )
    return [(row.id, row.name) for row in db.session.execute(query)]
