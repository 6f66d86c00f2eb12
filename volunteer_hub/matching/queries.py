"""Reads of matching: runs, their places, what changed, wishes; paged in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, DateTime, Float, Select, cast, func, select, text
from sqlalchemy.dialects.postgresql import JSONB

from volunteer_hub.assignments.models import Assignment, State
from volunteer_hub.assignments.queries import STANDING
from volunteer_hub.core import access
from volunteer_hub.core.db import db
from volunteer_hub.core.paging import Page, page_of
from volunteer_hub.core.refusals import NotFound
from volunteer_hub.events.models import Event, Shift, StagingLocation
from volunteer_hub.matching.models import Replan, Run, Wish
from volunteer_hub.people.models import Area, Person

COARSE_DEGREES = 0.05
"""Homes are drawn on a grid of about five kilometres, so that a map never shows where somebody lives."""
MOST_LINES = 1500
GOING_ON = ("queued", "running")


def runs(campaign_id: int, area_paths: Sequence[str], page: int = 1) -> Page[Any]:
    """Runs of these areas, newest first, with the area's name and who asked."""
    query: Select[*tuple[Any, ...]] = (
        select(Run, Area.name.label("area_name"), Person.name.label("asked_by"))
        .join(Area, Area.id == Run.area_id)
        .outerjoin(Person, Person.id == Run.created_by)
        .where(Run.campaign_id == campaign_id, access.within(Area.path, area_paths))
        .order_by(Run.id.desc())
    )
    return page_of(query, page, 20)


def run_within(
    campaign_id: int, run_id: int, area_paths: Sequence[str], *, lock: bool = False
) -> tuple[Run, Area]:
    """A run of one of these areas, with its area; raises NotFound for all others alike."""
    query = (
        select(Run, Area)
        .join(Area, Area.id == Run.area_id)
        .where(Run.id == run_id, Run.campaign_id == campaign_id, access.within(Area.path, area_paths))
    )
    if lock:
        query = query.with_for_update(of=Run).execution_options(populate_existing=True)
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise NotFound()
    return found[0], found[1]


def run_going_on(campaign_id: int, area_id: int) -> Run | None:
    """A run of this area that waits or is being made."""
    query = select(Run).where(Run.campaign_id == campaign_id, Run.area_id == area_id, Run.state.in_(GOING_ON))
    return db.session.scalar(query.order_by(Run.id.desc()).limit(1))


def locked_run(run_id: int) -> Run:
    """A run, locked and read anew."""
    query = select(Run).where(Run.id == run_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def current_runs(now: datetime) -> list[Run]:
    """The plans that hold: the newest of each area, as long as its time is not over."""
    until_at = cast(Run.params["until_at"].astext, DateTime(timezone=True))
    return list(db.session.scalars(select(Run).where(Run.state == "done", until_at > now).order_by(Run.id)))


def newer_run(run: Run) -> Run | None:
    """The newest plan of the same area that came after this one."""
    query = select(Run).where(
        Run.campaign_id == run.campaign_id, Run.area_id == run.area_id, Run.id > run.id, Run.state == "done"
    )
    return db.session.scalar(query.order_by(Run.id.desc()).limit(1))


def run_before(run: Run) -> Run | None:
    """The plan of the same area that this one replaced."""
    query = select(Run).where(
        Run.campaign_id == run.campaign_id,
        Run.area_id == run.area_id,
        Run.id < run.id,
        Run.state.in_(["done", "superseded"]),
    )
    return db.session.scalar(query.order_by(Run.id.desc()).limit(1))


# -- places ------------------------------------------------------------------------------------------

PLACE_SORTS = ("price", "share", "starts", "location")


def _proposed(run_id: int) -> Any:
    return (
        select(Assignment.shift_id, func.count().label("proposed"))
        .where(Assignment.run_id == run_id, Assignment.state == State.PROPOSED)
        .group_by(Assignment.shift_id)
        .subquery()
    )


def _places(run: Run) -> Select[*tuple[Any, ...]]:
    each = func.jsonb_each(select(Run.prices).where(Run.id == run.id).scalar_subquery()).table_valued(
        "key", "value"
    )
    proposed = _proposed(run.id)
    value = cast(each.c.value, JSONB)
    taken = Shift.going + Shift.held + func.coalesce(proposed.c.proposed, 0)
    return (
        select(
            Shift.id,
            Shift.event_id,
            Event.name.label("event_name"),
            StagingLocation.id.label("location_id"),
            StagingLocation.name.label("location_name"),
            StagingLocation.latitude,
            StagingLocation.longitude,
            Shift.starts_at,
            Shift.ends_at,
            Shift.capacity,
            Shift.going,
            Shift.held,
            Shift.cancelled_at,
            func.coalesce(proposed.c.proposed, 0).label("proposed"),
            (cast(taken, Float) / Shift.capacity).label("share"),
            cast(value["price"].astext, Float).label("price"),
            cast(value["filled"].astext, BigInteger).label("filled_then"),
            cast(value["capacity"].astext, BigInteger).label("free_then"),
        )
        .select_from(each)
        .join(Shift, Shift.id == cast(each.c.key, BigInteger))
        .join(Event, Event.id == Shift.event_id)
        .join(StagingLocation, StagingLocation.id == Shift.staging_location_id)
        .outerjoin(proposed, proposed.c.shift_id == Shift.id)
        .where(Shift.campaign_id == run.campaign_id)
    )


def places(run: Run, *, sort: str = "price", is_descending: bool = True, page: int = 1) -> Page[Any]:
    """The shifts of a run: how full they are now, and what one more place was worth. Two statements."""
    query = _places(run)
    by = sort if sort in PLACE_SORTS else "price"
    column: Any = {"starts": Shift.starts_at, "location": StagingLocation.name}.get(by, text(by))
    order = text(f"{by} {'DESC' if is_descending else 'ASC'}") if by in ("price", "share") else (
        column.desc() if is_descending else column.asc()
    )  # fmt: skip
    return page_of(query.order_by(order, Shift.starts_at, Shift.id), page)


def locations(run: Run) -> list[Any]:
    """The staging locations of a run with their places and people, for map and filter. One statement."""
    shift = _places(run).subquery()
    query = (
        select(
            shift.c.location_id.label("id"),
            shift.c.location_name.label("name"),
            func.min(shift.c.latitude).label("latitude"),
            func.min(shift.c.longitude).label("longitude"),
            func.count().label("shifts"),
            func.sum(shift.c.capacity).label("capacity"),
            func.sum(shift.c.going + shift.c.held + shift.c.proposed).label("taken"),
            func.sum(shift.c.proposed).label("proposed"),
            func.max(shift.c.price).label("price"),
        )
        .group_by(shift.c.location_id, shift.c.location_name)
        .order_by(shift.c.location_name, shift.c.location_id)
    )
    return list(db.session.execute(query))


def ways(run: Run, area_paths: Sequence[str]) -> list[Any]:
    """From where to which location people go, as things are."""
    return ways_of(run, area_paths, Assignment.state.in_(STANDING))


def ways_of(run: Run, area_paths: Sequence[str], *which: ColumnElement[bool]) -> list[Any]:
    """From where to which location those assignments of the run lead: homes on a coarse grid, with how many.

    The most used first.
    """
    grid = [
        (func.round(column / COARSE_DEGREES) * COARSE_DEGREES).label(name)
        for column, name in ((Person.latitude, "latitude"), (Person.longitude, "longitude"))
    ]
    query = (
        select(
            *grid,
            StagingLocation.id.label("location_id"),
            func.min(StagingLocation.latitude).label("to_latitude"),
            func.min(StagingLocation.longitude).label("to_longitude"),
            func.count().label("people"),
        )
        .select_from(Assignment)
        .join(Person, Person.id == Assignment.person_id)
        .join(Area, Area.id == Person.area_id)
        .join(Shift, Shift.id == Assignment.shift_id)
        .join(StagingLocation, StagingLocation.id == Shift.staging_location_id)
        .where(
            Assignment.run_id == run.id,
            Assignment.campaign_id == run.campaign_id,
            *which,
            Person.latitude.is_not(None),
            access.within(Area.path, area_paths),
        )
        .group_by(grid[0], grid[1], StagingLocation.id)
        .order_by(func.count().desc(), StagingLocation.id)
        .limit(MOST_LINES)
    )
    return list(db.session.execute(query))


# -- what changed since a plan was made ---------------------------------------------------------------


def replans(run: Run) -> list[Replan]:
    """What had to change in a plan after it was made, the newest first."""
    query = select(Replan).where(Replan.run_id == run.id).order_by(Replan.id.desc())
    return list(db.session.scalars(query))


def proposed_at(campaign_id: int, shift_ids: Sequence[int]) -> frozenset[tuple[int, int]]:
    """(person, shift) ids of all that is proposed at these shifts."""
    query = select(Assignment.person_id, Assignment.shift_id).where(
        Assignment.campaign_id == campaign_id,
        Assignment.state == State.PROPOSED,
        Assignment.shift_id == func.any(list(shift_ids)),
    )
    return frozenset((person_id, shift_id) for person_id, shift_id in db.session.execute(query))


def cancelled_under(run: Run) -> list[tuple[int, int]]:
    """(person, shift) ids that a run proposed and that fell away with their shift."""
    query = (
        select(Assignment.person_id, Assignment.shift_id)
        .join(Shift, Shift.id == Assignment.shift_id)
        .where(
            Assignment.run_id == run.id,
            Assignment.state.in_([State.PROPOSED, State.WITHDRAWN]),
            Assignment.changed_by.is_(None),
            Assignment.offered_at.is_(None),
            Shift.cancelled_at.is_not(None),
        )
    )
    return sorted((person_id, shift_id) for person_id, shift_id in db.session.execute(query))


def taken_out(run: Run) -> set[tuple[int, int]]:
    """(person, shift) ids of what somebody took out of a plan by hand, or took back after it was offered."""
    query = select(Assignment.person_id, Assignment.shift_id).where(
        Assignment.run_id == run.id,
        Assignment.state == State.WITHDRAWN,
        Assignment.changed_by.is_not(None),
    )
    return {(person_id, shift_id) for person_id, shift_id in db.session.execute(query)}


def joined_since(campaign_id: int, person_ids: Sequence[int], since: datetime) -> set[int]:
    """Who of these came in later than this."""
    query = select(Person.id).where(
        Person.campaign_id == campaign_id, Person.id == func.any(list(person_ids)), Person.created_at > since
    )
    return set(db.session.scalars(query))


# -- wishes ------------------------------------------------------------------------------------------


def _wishes(campaign_id: int, area_paths: Sequence[str]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Wish.id,
            Wish.kind,
            Wish.created_at,
            Wish.person_id,
            Person.name.label("person_name"),
            Wish.shift_id,
            Event.name.label("event_name"),
            StagingLocation.name.label("location_name"),
            Shift.starts_at,
            Shift.ends_at,
        )
        .join(Person, Person.id == Wish.person_id)
        .join(Area, Area.id == Person.area_id)
        .join(Shift, Shift.id == Wish.shift_id)
        .join(Event, Event.id == Shift.event_id)
        .join(StagingLocation, StagingLocation.id == Shift.staging_location_id)
        .where(Wish.campaign_id == campaign_id, access.within(Area.path, area_paths))
    )


def pinned_places(campaign_id: int, *, but: int) -> dict[int, int]:
    """By shift how many places are fixed by hand for people `but` one, who were not offered them yet."""
    settled = select(Assignment.id).where(
        Assignment.person_id == Wish.person_id,
        Assignment.shift_id == Wish.shift_id,
        Assignment.state.in_([State.OFFERED, State.ACCEPTED, State.DONE]),
    )
    query = (
        select(Wish.shift_id, func.count())
        .where(Wish.campaign_id == campaign_id, Wish.kind == "pin", Wish.person_id != but, ~settled.exists())
        .group_by(Wish.shift_id)
    )
    found: dict[int, int] = dict(db.session.execute(query).all())
    return found


def wishes(campaign_id: int, area_paths: Sequence[str], now: datetime, page: int = 1) -> Page[Any]:
    """What was fixed by hand for shifts ahead, by start and name."""
    query = _wishes(campaign_id, area_paths).where(Shift.starts_at > now)
    return page_of(query.order_by(Shift.starts_at, Person.name, Wish.id), page)


def wish_within(campaign_id: int, wish_id: int, area_paths: Sequence[str]) -> Any:
    """One wish of a person at home in these areas; raises NotFound."""
    found = db.session.execute(_wishes(campaign_id, area_paths).where(Wish.id == wish_id)).one_or_none()
    if found is None:
        raise NotFound()
    return found
