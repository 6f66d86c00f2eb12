"""Who goes nowhere in a plan, and why: what the plan keeps of them, less those who have a place by now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Select, cast, func, select, union
from sqlalchemy.dialects.postgresql import JSONB

from volunteer_hub.assignments.models import Assignment, State
from volunteer_hub.assignments.queries import STANDING
from volunteer_hub.core import access
from volunteer_hub.core.db import db
from volunteer_hub.core.paging import Page, page_of
from volunteer_hub.events.models import Shift, SignUp
from volunteer_hub.matching.models import Run
from volunteer_hub.people.models import Area, Person


def people_with_places(run: Run) -> set[int]:
    """Ids of those who go somewhere in the days of a run: by sign-up, or as any plan offers or proposes."""
    return set(db.session.scalars(_with_places(run)))


def has_place(run: Run, person_id: int) -> bool:
    """Does this person go somewhere in the days of a run?"""
    found = _with_places(run).subquery()
    return db.session.scalar(select(found.c.person_id).where(found.c.person_id == person_id)) is not None


def lines(
    run: Run, area_paths: Sequence[str], *, binds: str = "", words: str = "", page: int = 1
) -> Page[Any]:
    """Who goes nowhere, with what the plan says of them (`line`), by name. Two statements."""
    value, person_id, source = _kept(run)
    binds_as = value["binds"].astext
    columns = select(Person.id, Person.name, binds_as.label("binds"), value.label("line"))
    query = (
        _without_place(run, columns.select_from(source), person_id)
        .join(Person, Person.id == person_id)
        .join(Area, Area.id == Person.area_id)
        .where(Person.campaign_id == run.campaign_id, access.within(Area.path, area_paths))
        .where(Person.erased_at.is_(None))
    )
    if binds:
        query = query.where(binds_as == binds)
    if words:
        query = query.where(Person.name.icontains(words, autoescape=True))
    return page_of(query.order_by(Person.name, Person.id), page)


def counts(run: Run) -> list[tuple[str, int]]:
    """How many people go nowhere for which reason, the most common first. One statement."""
    value, person_id, source = _kept(run)
    binds = value["binds"].astext
    query = _without_place(run, select(binds, func.count()).select_from(source), person_id)
    query = query.group_by(binds).order_by(func.count().desc(), binds)
    return [(name, count) for name, count in db.session.execute(query)]


def count(run: Run) -> int:
    """How many people go nowhere: as the plan was left, less those who found a place since. One statement.

    A plan of very many keeps the reasons of a part of them only, so the list is no measure of their number.
    """
    whole = int(run.certificate.get("unplaced") or 0)
    if run.state != "done" or not whole:
        return whole
    _value, person_id, source = _kept(run)
    placed = select(func.count()).select_from(source).where(person_id.in_(_with_places(run)))
    return whole - (db.session.scalar(placed) or 0)


def reason(run: Run, wanted_id: int) -> dict[str, Any] | None:
    """What the run says about one person who goes nowhere."""
    value, person_id, source = _kept(run)
    query = select(value.label("line")).select_from(source).where(person_id == wanted_id)
    found = db.session.scalar(_without_place(run, query, person_id).limit(1))
    return dict(found) if found else None


def _kept(run: Run) -> tuple[Any, Any, Any]:
    """What a run keeps of each who was not placed, their id, and the rows both come from."""
    listed = func.jsonb_array_elements(select(Run.unplaced).where(Run.id == run.id).scalar_subquery())
    source = listed.table_valued("value")
    value = cast(source.c.value, JSONB)
    return value, cast(value["person_id"].astext, BigInteger), source


def _without_place(run: Run, query: Select[*tuple[Any, ...]], person_id: Any) -> Select[*tuple[Any, ...]]:
    """Of a plan that holds; one that was replaced is shown as it was left."""
    return query.where(person_id.not_in(_with_places(run))) if run.state == "done" else query


def _with_places(run: Run) -> Any:
    goes = (*STANDING, State.DONE)
    sent = select(Assignment.person_id).join(Shift, Shift.id == Assignment.shift_id)
    signed_up = select(SignUp.person_id).join(Shift, Shift.id == SignUp.shift_id)
    within = (
        Shift.campaign_id == run.campaign_id,
        Shift.cancelled_at.is_(None),
        Shift.starts_at >= datetime.fromisoformat(run.params["from_at"]),
        Shift.starts_at < datetime.fromisoformat(run.params["until_at"]),
    )
    return union(
        sent.where(Assignment.state.in_(goes), *within), signed_up.where(SignUp.state == "going", *within)
    )
