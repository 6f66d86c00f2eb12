"""Taking tasks, giving them back, doing them; and planning them. The task's row is locked meanwhile."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert

from volunteer_hub.core.access import in_campaign
from volunteer_hub.core.db import announce, db
from volunteer_hub.core.refusals import NotFound, Refusal
from volunteer_hub.districts.models import District
from volunteer_hub.people.models import Area, Person
from volunteer_hub.tasks import facts
from volunteer_hub.tasks.models import Task, TaskHelper
from volunteer_hub.tasks.refusals import NotYours, PlacesTooFew, TaskClosed, TaskFull


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """A task as an organizer wants it. `due_at` is an instant, None for no end."""

    area_id: int
    kind: str
    title: str
    description: str = ""
    places: int = 1
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    due_at: datetime | None = None
    district_id: int | None = None


def add_task(campaign_id: int, plan: TaskPlan, *, by: int | None, now: datetime) -> Task:
    """Add an open task."""
    fields = _fields(campaign_id, plan)
    if plan.due_at is not None and plan.due_at <= now:
        raise Refusal(_("The last day is over. Choose a later one, or none."), field="due_on")
    task = Task(campaign_id=campaign_id, created_by=by, created_at=now, **fields)
    db.session.add(task)
    db.session.flush()
    return task


def edit_task(campaign_id: int, task_id: int, plan: TaskPlan) -> Task:
    """Change a task. Raises PlacesTooFew when more people have it than it would need."""
    task = _locked(campaign_id, task_id)
    fields = _fields(campaign_id, plan)
    if plan.places < task.taken:
        raise PlacesTooFew(task.taken)
    for name, value in fields.items():
        setattr(task, name, value)
    return task


def close_task(campaign_id: int, task_id: int, state: str) -> Task:
    """Say that a task is done as a whole, cancelled, or open again."""
    if state not in ("open", "done", "cancelled"):
        raise Refusal(_("A task is open, done or cancelled."))
    task = _locked(campaign_id, task_id)
    task.state = state
    return task


def take(campaign_id: int, person_id: int, task_id: int, *, now: datetime) -> TaskHelper:
    """Take a task. Taken already: nothing changes. Raises TaskFull, TaskClosed."""
    task = _locked(campaign_id, task_id, for_person=person_id)
    standing = _standing(task, person_id)
    if standing is not None:
        return standing
    if task.state != "open" or (task.due_at is not None and task.due_at <= now):
        raise TaskClosed(task.title)
    if task.taken >= task.places:
        raise TaskFull(task.title)
    row = db.session.scalars(
        insert(TaskHelper)
        .values(
            campaign_id=campaign_id,
            task_id=task.id,
            person_id=person_id,
            state="taken",
            taken_at=now,
            note="",
        )
        .returning(TaskHelper)
    ).one()
    task.taken += 1
    announce(facts.TaskTaken(task.id, person_id))
    return row


def give_back(campaign_id: int, person_id: int, task_id: int) -> None:
    """Give a task back that one took and has not done. Raises NotYours."""
    task = _locked(campaign_id, task_id)
    standing = _standing(task, person_id)
    if standing is None or standing.state == "done":
        raise NotYours(task.title)
    standing.state = "given_back"
    task.taken -= 1
    announce(facts.TaskGivenBack(task.id, person_id))


def report_done(campaign_id: int, person_id: int, task_id: int, *, note: str, now: datetime) -> TaskHelper:
    """Say that one's part is done; when all places are done, so is the task. Raises NotYours."""
    task = _locked(campaign_id, task_id)
    standing = _standing(task, person_id)
    if standing is None:
        raise NotYours(task.title)
    standing.state, standing.done_at, standing.note = "done", standing.done_at or now, note[:2000]
    db.session.flush()
    open_parts = exists().where(TaskHelper.task_id == task.id, TaskHelper.state == "taken")
    if task.state == "open" and task.taken == task.places and not db.session.scalar(select(open_parts)):
        task.state = "done"
    announce(facts.TaskDone(task.id, person_id))
    return standing


def undo_done(campaign_id: int, person_id: int, task_id: int) -> TaskHelper:
    """Take the report back: the part is not done yet after all."""
    task = _locked(campaign_id, task_id)
    standing = _standing(task, person_id)
    if standing is None or standing.state != "done":
        raise NotYours(task.title)
    standing.state, standing.done_at = "taken", None
    if task.state == "done":
        task.state = "open"
    return standing


def _locked(campaign_id: int, task_id: int, *, for_person: int | None = None) -> Task:
    query = (
        select(Task)
        .where(Task.id == task_id, Task.campaign_id == campaign_id)
        .with_for_update(of=Task)
        .execution_options(populate_existing=True)
    )
    if for_person is not None:
        query = query.where(
            exists().where(Person.id == for_person, Person.campaign_id == campaign_id, Person.is_active)
        )
    task: Task | None = db.session.scalar(query)
    if task is None:
        raise NotFound()
    return task


def _standing(task: Task, person_id: int) -> TaskHelper | None:
    query = (
        select(TaskHelper)
        .where(
            TaskHelper.task_id == task.id,
            TaskHelper.person_id == person_id,
            TaskHelper.state != "given_back",
        )
        .execution_options(populate_existing=True)
    )
    found: TaskHelper | None = db.session.scalar(query)
    return found


def _fields(campaign_id: int, plan: TaskPlan) -> dict[str, Any]:
    in_campaign(Area, plan.area_id, campaign_id)
    if plan.district_id is not None:
        in_campaign(District, plan.district_id, campaign_id)
    if not 1 <= plan.places <= 10_000:
        raise Refusal(_("A task needs between 1 and 10,000 people."), field="places")
    fields = asdict(plan)
    fields["skills"], fields["languages"] = list(plan.skills), list(plan.languages)
    return fields
