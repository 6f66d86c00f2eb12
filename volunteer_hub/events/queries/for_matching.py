"""Events as matching and the dashboard see them: open shifts, busy people, who is out, how full it gets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from volunteer_hub.core import access
from volunteer_hub.core.db import db
from volunteer_hub.events.models import Event, Shift, SignUp, StagingLocation
from volunteer_hub.people.models import Area

OUT_BEFORE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class OpenShift:
    """A shift somebody could be sent to. `places_left` leaves out sign-ups and places held by offers."""

    id: int
    event_id: int
    event_name: str
    kind: str
    area_path: str
    staging_location_id: int
    location_name: str
    district_id: int | None
    latitude: float
    longitude: float
    starts_at: datetime
    ends_at: datetime
    capacity: int
    places_left: int
    skills: tuple[str, ...]
    languages: tuple[str, ...]
    min_age: int | None
    papers: tuple[str, ...]


def open_shifts(
    campaign_id: int,
    *,
    from_at: datetime,
    until_at: datetime | None = None,
    area_paths: Iterable[str] | None = None,
    published_only: bool = True,
) -> list[OpenShift]:
    """The shifts that start in [from_at, until_at), by start; full ones too, with 0 places. One statement."""
    query = (
        select(
            Shift.id,
            Shift.event_id,
            Event.name.label("event_name"),
            Event.kind,
            Area.path.label("area_path"),
            Shift.staging_location_id,
            StagingLocation.name.label("location_name"),
            StagingLocation.district_id,
            StagingLocation.latitude,
            StagingLocation.longitude,
            Shift.starts_at,
            Shift.ends_at,
            Shift.capacity,
            (Shift.capacity - Shift.going - Shift.held).label("places_left"),
            Shift.skills,
            Shift.languages,
            Event.min_age,
            Event.papers,
        )
        .join(Event, Event.id == Shift.event_id)
        .join(StagingLocation, StagingLocation.id == Shift.staging_location_id)
        .join(Area, Area.id == Event.area_id)
        .where(Shift.campaign_id == campaign_id, Shift.cancelled_at.is_(None), Shift.starts_at >= from_at)
        .where(Event.state.in_(["published"] if published_only else ["published", "draft"]))
        .order_by(Shift.starts_at, Shift.id)
    )
    if until_at is not None:
        query = query.where(Shift.starts_at < until_at)
    if area_paths is not None:
        query = query.where(access.within(Area.path, area_paths))
    return [_open_shift(row._asdict()) for row in db.session.execute(query)]


def _open_shift(fields: dict[str, Any]) -> OpenShift:
    lists = {name: tuple(fields[name]) for name in ("skills", "languages", "papers")}
    return OpenShift(**(fields | lists))


@dataclass(frozen=True, slots=True)
class Busy:
    """A person goes to a shift at this time."""

    person_id: int
    shift_id: int
    starts_at: datetime
    ends_at: datetime


def standing_between(
    campaign_id: int, from_at: datetime, until_at: datetime, *, person_ids: Sequence[int] | None = None
) -> list[Busy]:
    """Who goes where in that time: what matching must not plan over. One statement."""
    query = (
        select(SignUp.person_id, SignUp.shift_id, Shift.starts_at, Shift.ends_at)
        .join(Shift, Shift.id == SignUp.shift_id)
        .where(
            SignUp.campaign_id == campaign_id,
            SignUp.state == "going",
            Shift.starts_at < until_at,
            Shift.ends_at > from_at,
        )
        .order_by(SignUp.person_id, Shift.starts_at)
    )
    if person_ids is not None:
        query = query.where(SignUp.person_id == func.any(list(person_ids)))
    return [Busy(*row) for row in db.session.execute(query)]


@dataclass(frozen=True, slots=True)
class OutNow:
    """A shift that runs now, and how many of its people were seen."""

    shift_id: int
    event_name: str
    location_name: str
    starts_at: datetime
    ends_at: datetime
    going: int
    checked_in: int


def people_out_now(
    campaign_id: int, now: datetime, *, area_paths: Iterable[str] | None = None
) -> list[OutNow]:
    """The shifts that run now or start within half an hour. One statement."""
    checked_in = func.count(SignUp.id).filter(SignUp.attendance == "attended")
    query = (
        select(
            Shift.id,
            Event.name,
            StagingLocation.name,
            Shift.starts_at,
            Shift.ends_at,
            Shift.going,
            checked_in,
        )
        .join(Event, Event.id == Shift.event_id)
        .join(StagingLocation, StagingLocation.id == Shift.staging_location_id)
        .join(Area, Area.id == Event.area_id)
        .outerjoin(SignUp, (SignUp.shift_id == Shift.id) & (SignUp.state == "going"))
        .where(
            Shift.campaign_id == campaign_id,
            Shift.cancelled_at.is_(None),
            Event.state == "published",
            Shift.starts_at <= now + OUT_BEFORE,
            Shift.ends_at > now,
        )
        .group_by(Shift.id, Event.name, StagingLocation.name)
        .order_by(Shift.starts_at, Shift.id)
    )
    if area_paths is not None:
        query = query.where(access.within(Area.path, area_paths))
    return [OutNow(*row) for row in db.session.execute(query)]


@dataclass(frozen=True, slots=True)
class EventCounts:
    """Numbers for the dashboard: the shifts ahead, and who came in the last seven days."""

    shifts_ahead: int
    places_ahead: int
    going_ahead: int
    held_ahead: int
    waiting_ahead: int
    attended_7d: int
    no_show_7d: int


def counts(campaign_id: int, now: datetime, *, area_paths: Iterable[str] | None = None) -> EventCounts:
    """Those numbers for the events at or below `area_paths` (default: all). Two statements."""
    ahead = (
        select(
            func.count(),
            func.coalesce(func.sum(Shift.capacity), 0),
            func.coalesce(func.sum(Shift.going), 0),
            func.coalesce(func.sum(Shift.held), 0),
            func.coalesce(func.sum(Shift.waiting), 0),
        )
        .select_from(Shift)
        .join(Event, Event.id == Shift.event_id)
        .where(
            Shift.campaign_id == campaign_id,
            Shift.cancelled_at.is_(None),
            Event.state == "published",
            Shift.starts_at > now,
        )
    )
    came = (
        select(
            func.count().filter(SignUp.attendance == "attended"),
            func.count().filter(SignUp.attendance == "no_show"),
        )
        .select_from(SignUp)
        .join(Shift, Shift.id == SignUp.shift_id)
        .join(Event, Event.id == Shift.event_id)
        .where(
            Shift.campaign_id == campaign_id,
            Shift.starts_at > now - timedelta(days=7),
            Shift.starts_at <= now,
        )
    )
    if area_paths is not None:
        paths = list(area_paths)
        ahead = ahead.join(Area, Area.id == Event.area_id).where(access.within(Area.path, paths))
        came = came.join(Area, Area.id == Event.area_id).where(access.within(Area.path, paths))
    return EventCounts(*map(int, (*db.session.execute(ahead).one(), *db.session.execute(came).one())))
