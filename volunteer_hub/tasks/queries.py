"""Reads of tasks: what is open and suits somebody, one's own, an organizer's list, who helps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from volunteer_hub.core import access
from volunteer_hub.core.db import db
from volunteer_hub.core.paging import Page, page_of
from volunteer_hub.core.refusals import NotFound
from volunteer_hub.people.models import Area, Person
from volunteer_hub.tasks.models import Task, TaskHelper
from volunteer_hub.tasks.vocabulary import SKILLED_KINDS

_Helper = aliased(TaskHelper)


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task as a list shows it. `mine`: taken, done, or None for who does not have it."""

    id: int
    area_id: int
    area_path: str
    area_name: str
    kind: str
    title: str
    description: str
    state: str
    places: int
    taken: int
    skills: tuple[str, ...]
    languages: tuple[str, ...]
    due_at: datetime | None
    mine: str | None

    @property
    def places_left(self) -> int:
        return self.places - self.taken

    @property
    def last_at(self) -> datetime | None:
        """The last second that counts: the day people read is the day it falls on, not the midnight after."""
        return self.due_at - timedelta(seconds=1) if self.due_at else None


@dataclass(frozen=True, slots=True)
class TaskSearch:
    """What a list is narrowed to. `for_me`: only what suits the person's skills and languages."""

    kind: str = ""
    language: str = ""
    for_me: bool = False


def open_tasks(
    campaign_id: int, person_id: int, wanted: TaskSearch, *, now: datetime, number: int
) -> Page[TaskRow]:
    """Open tasks with a free place, or one's own, the most urgent first. Three statements at any size."""
    query = _rows(person_id).where(
        Task.campaign_id == campaign_id,
        Task.state == "open",
        or_(Task.due_at.is_(None), Task.due_at > now),
        or_(Task.taken < Task.places, _Helper.state.is_not(None)),
    )
    if wanted.kind:
        query = query.where(Task.kind == wanted.kind)
    if wanted.language:
        query = query.where(or_(Task.languages == [], Task.languages.contains([wanted.language])))
    if wanted.for_me:
        query = query.join(Person, Person.id == person_id).where(*_suits())
    page = page_of(query.order_by(Task.due_at.nulls_last(), Task.id), number)
    return Page([_row(row) for row in page.rows], page.number, page.per_page, page.total)


def my_tasks(campaign_id: int, person_id: int, *, limit: int = 100) -> list[TaskRow]:
    """What a person took, open parts first. One statement."""
    query = (
        _rows(person_id)
        .where(Task.campaign_id == campaign_id, _Helper.state.is_not(None))
        .order_by(case((_Helper.state == "taken", 0), else_=1), Task.due_at.nulls_last(), Task.id.desc())
        .limit(limit)
    )
    return [_row(row) for row in db.session.execute(query)]


def tasks(
    campaign_id: int, area_paths: Iterable[str], *, state: str, number: int, text: str = ""
) -> Page[TaskRow]:
    """An organizer's tasks in one state. Two statements."""
    query = _rows(0).where(
        Task.campaign_id == campaign_id, Task.state == state, access.within(Area.path, area_paths)
    )
    if text:
        query = query.where(Task.title.icontains(text, autoescape=True))
    page = page_of(query.order_by(Task.due_at.nulls_last(), Task.id), number)
    return Page([_row(row) for row in page.rows], page.number, page.per_page, page.total)


def task(campaign_id: int, task_id: int, person_id: int) -> TaskRow:
    """One task; raises NotFound."""
    query = _rows(person_id).where(Task.id == task_id, Task.campaign_id == campaign_id)
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    return _row(row)


def task_within(campaign_id: int, task_id: int, area_paths: Iterable[str]) -> TaskRow:
    """One task at or below these areas; raises NotFound."""
    query = _rows(0).where(
        Task.id == task_id, Task.campaign_id == campaign_id, access.within(Area.path, area_paths)
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    return _row(row)


@dataclass(frozen=True, slots=True)
class HelperRow:
    """A person who took a task."""

    person_id: int
    name: str
    email: str
    phone: str | None
    state: str
    taken_at: datetime
    done_at: datetime | None
    note: str


def helpers(campaign_id: int, task_id: int) -> list[HelperRow]:
    """Who has a task or did it, by name. One statement."""
    query = (
        select(
            Person.id,
            Person.name,
            Person.email,
            Person.phone,
            TaskHelper.state,
            TaskHelper.taken_at,
            TaskHelper.done_at,
            TaskHelper.note,
        )
        .join(Person, Person.id == TaskHelper.person_id)
        .where(
            TaskHelper.campaign_id == campaign_id,
            TaskHelper.task_id == task_id,
            TaskHelper.state != "given_back",
        )
        .order_by(func.lower(Person.name), Person.id)
    )
    return [HelperRow(*row) for row in db.session.execute(query)]


@dataclass(frozen=True, slots=True)
class TaskCounts:
    """Numbers for the dashboard."""

    open: int
    places_left: int
    done: int


def counts(campaign_id: int, *, area_paths: Iterable[str] | None = None) -> TaskCounts:
    """Open tasks, their free places, and tasks done. One statement."""
    query = select(
        func.count().filter(Task.state == "open"),
        func.coalesce(func.sum(Task.places - Task.taken).filter(Task.state == "open"), 0),
        func.count().filter(Task.state == "done"),
    ).where(Task.campaign_id == campaign_id)
    if area_paths is not None:
        query = query.join(Area, Area.id == Task.area_id).where(access.within(Area.path, area_paths))
    return TaskCounts(*map(int, db.session.execute(query).one()))


def _rows(person_id: int) -> Any:
    return (
        select(
            Task.id,
            Task.area_id,
            Area.path.label("area_path"),
            Area.name.label("area_name"),
            Task.kind,
            Task.title,
            Task.description,
            Task.state,
            Task.places,
            Task.taken,
            Task.skills,
            Task.languages,
            Task.due_at,
            _Helper.state.label("mine"),
        )
        .join(Area, Area.id == Task.area_id)
        .outerjoin(
            _Helper,
            and_(_Helper.task_id == Task.id, _Helper.person_id == person_id, _Helper.state != "given_back"),
        )
    )


def _row(row: Row[Any]) -> TaskRow:
    fields = row._asdict()
    fields["skills"], fields["languages"] = tuple(fields["skills"]), tuple(fields["languages"])
    return TaskRow(**fields)


def _suits() -> list[Any]:
    """The joined person has the skills asked for and that of the kind, and speaks one of the languages."""
    return [
        Task.skills.contained_by(Person.skills),
        or_(Task.kind.not_in(SKILLED_KINDS), Task.kind == func.any(Person.skills)),
        or_(Task.languages == [], Task.languages.overlap(Person.languages)),
    ]
