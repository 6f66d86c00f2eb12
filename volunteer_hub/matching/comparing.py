"""Two plans side by side: what each shift gets and costs in both, and where each plan sends people.

All of it as the plans were made: what was offered or signed up since then counts in neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Float, Text, case, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB

from volunteer_hub.assignments.models import Assignment, State
from volunteer_hub.core import access
from volunteer_hub.core.db import db
from volunteer_hub.core.paging import Page, page_of
from volunteer_hub.events.models import Event, Shift, StagingLocation
from volunteer_hub.matching import queries
from volunteer_hub.matching.models import Run
from volunteer_hub.people.models import Area, Person

MADE = ("done", "superseded")
MOST_CHOICES = 50
SAME = 1e-9


def choices(run: Run) -> list[Run]:
    """The other plans of the same area, the newest first."""
    query = select(Run).where(
        Run.campaign_id == run.campaign_id, Run.area_id == run.area_id, Run.id != run.id, Run.state.in_(MADE)
    )
    return list(db.session.scalars(query.order_by(Run.id.desc()).limit(MOST_CHOICES)))


def _by_shift(run: Run, name: str) -> Any:
    """Of each shift of a run what it took, had and cost."""
    kept = select(Run.prices).where(Run.id == run.id).scalar_subquery()
    each = func.jsonb_each(kept).table_valued("key", "value", name=f"each_{name}")
    value = cast(each.c.value, JSONB)
    return (
        select(
            cast(each.c.key, BigInteger).label("shift_id"),
            cast(value["filled"].astext, BigInteger).label("filled"),
            cast(value["capacity"].astext, BigInteger).label("seats"),
            cast(value["price"].astext, Float).label("price"),
        )
        .select_from(each)
        .subquery(name)
    )


@dataclass(frozen=True, slots=True)
class Total:
    """Shifts whose number of people differs, whose price alone differs, and that are the same."""

    people: int
    price: int
    same: int


def _pairs(before: Run, after: Run) -> tuple[Any, Any, Any, Any]:
    then, now = _by_shift(before, "before"), _by_shift(after, "after")
    more = func.coalesce(now.c.filled, 0) - func.coalesce(then.c.filled, 0)
    dearer = func.coalesce(now.c.price, 0.0) - func.coalesce(then.c.price, 0.0)
    return then, now, more, dearer


def shifts(before: Run, after: Run, page: int = 1) -> Page[Any]:
    """Each shift of either plan, those that differ most first: people, places and price in both. None: the
    shift had no free place in that plan, or was none of its shifts. Two statements."""
    then, now, more, dearer = _pairs(before, after)
    query = (
        select(
            Shift.id,
            Event.name.label("event_name"),
            StagingLocation.name.label("location_name"),
            Shift.starts_at,
            Shift.ends_at,
            Shift.cancelled_at,
            then.c.filled.label("filled_then"),
            then.c.seats.label("seats_then"),
            then.c.price.label("price_then"),
            now.c.filled.label("filled_now"),
            now.c.seats.label("seats_now"),
            now.c.price.label("price_now"),
            more.label("more"),
            dearer.label("dearer"),
        )
        .select_from(now.join(then, now.c.shift_id == then.c.shift_id, full=True))
        .join(Shift, Shift.id == func.coalesce(now.c.shift_id, then.c.shift_id))
        .join(Event, Event.id == Shift.event_id)
        .join(StagingLocation, StagingLocation.id == Shift.staging_location_id)
        .where(Shift.campaign_id == after.campaign_id)
        .order_by(func.abs(more).desc(), func.abs(dearer).desc(), Shift.starts_at, Shift.id)
    )
    return page_of(query, page, 20)


def total(before: Run, after: Run) -> Total:
    """How many shifts differ, and in what. One statement."""
    then, now, more, dearer = _pairs(before, after)
    is_dearer = func.abs(dearer) > SAME
    row = db.session.execute(
        select(
            func.count().filter(more != 0),
            func.count().filter(more == 0, is_dearer),
            func.count().filter(more == 0, ~is_dearer),
        ).select_from(now.join(then, now.c.shift_id == then.c.shift_id, full=True))
    ).one()
    return Total(*row)


def locations(run: Run) -> list[Any]:
    """The staging locations of a plan with the people it sent there, as it was made. One statement."""
    each = _by_shift(run, "made")
    query = (
        select(
            StagingLocation.id,
            StagingLocation.name,
            func.min(StagingLocation.latitude).label("latitude"),
            func.min(StagingLocation.longitude).label("longitude"),
            func.count().label("shifts"),
            func.sum(each.c.seats).label("capacity"),
            func.sum(each.c.filled).label("taken"),
            func.max(each.c.price).label("price"),
        )
        .select_from(each)
        .join(Shift, Shift.id == each.c.shift_id)
        .join(StagingLocation, StagingLocation.id == Shift.staging_location_id)
        .where(Shift.campaign_id == run.campaign_id)
        .group_by(StagingLocation.id, StagingLocation.name)
        .order_by(StagingLocation.name, StagingLocation.id)
    )
    return list(db.session.execute(query))


def ways(run: Run, area_paths: Sequence[str]) -> list[Any]:
    """From where to which location a plan sent people as it was made."""
    not_changed = Assignment.changed_by.is_(None) | (Assignment.state != State.WITHDRAWN)
    return queries.ways_of(run, area_paths, Assignment.in_place_of_id.is_(None), not_changed)


# -- who is treated otherwise ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """How many people a plan treats how, against the plan before it.

    same: sent to the same shifts; moved: elsewhere; new; gone: no longer in the plan; kept: the plan before
    had offered them a place, which stands.
    """

    same: int
    moved: int
    new: int
    gone: int
    kept: int


def _by_person(run_id: int, *, with_standing: bool) -> Any:
    """For each person of a run where it sent them: shift ids in order."""
    query = (
        select(
            Assignment.person_id,
            func.array_agg(Assignment.shift_id.op("ORDER BY")(Assignment.shift_id)).label("shifts"),
            func.bool_or(Assignment.state.in_([State.OFFERED, State.ACCEPTED, State.DONE])).label("stands"),
        )
        .where(Assignment.run_id == run_id, Assignment.in_place_of_id.is_(None))
        .group_by(Assignment.person_id)
    )
    if not with_standing:
        query = query.where(Assignment.changed_by.is_(None) | (Assignment.state != State.WITHDRAWN))
    return query.subquery()


def _changes(run: Run, before: Run) -> tuple[Any, Any, Any]:
    now, then = _by_person(run.id, with_standing=False), _by_person(before.id, with_standing=True)
    kind = case(
        (now.c.person_id.is_(None) & then.c.stands, "kept"),
        (now.c.person_id.is_(None), "gone"),
        (then.c.person_id.is_(None), "new"),
        (now.c.shifts == then.c.shifts, "same"),
        else_="moved",
    ).label("kind")
    return now, then, kind


def difference(run: Run, before: Run) -> Difference:
    """How many people the new plan treats how. One statement."""
    now, then, kind = _changes(run, before)
    pairs = (
        select(kind).select_from(now.join(then, now.c.person_id == then.c.person_id, full=True)).subquery()
    )
    counts: dict[str, int] = dict(
        db.session.execute(select(pairs.c.kind, func.count()).group_by(pairs.c.kind)).all()
    )
    return Difference(**{name: counts.get(name, 0) for name in ("same", "moved", "new", "gone", "kept")})


def changed_people(
    run: Run, before: Run, area_paths: Sequence[str], *, kind: str = "", page: int = 1
) -> Page[Any]:
    """People whom the new plan treats differently, with the ids of their shifts then and now, by name."""
    now, then, what = _changes(run, before)
    query = (
        select(Person.id, Person.name, what, then.c.shifts.label("then"), now.c.shifts.label("now"))
        .select_from(now.join(then, now.c.person_id == then.c.person_id, full=True))
        .join(Person, Person.id == func.coalesce(now.c.person_id, then.c.person_id))
        .join(Area, Area.id == Person.area_id)
        .where(access.within(Area.path, area_paths), Person.campaign_id == run.campaign_id)
    )
    query = query.where(what == kind) if kind else query.where(what.in_(["moved", "new", "gone"]))
    return page_of(query.order_by(cast(what, Text), Person.name, Person.id), page)
