"""What tasks add to a person's timeline."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select

from volunteer_hub.core.db import db
from volunteer_hub.people.timeline import Moment
from volunteer_hub.tasks.models import Task, TaskHelper


def moments(person_id: int, before: datetime, limit: int) -> list[Moment]:
    """Tasks taken, done and given back. One statement."""
    at = func.coalesce(TaskHelper.done_at, TaskHelper.taken_at)
    query = (
        select(at, Task.title, TaskHelper.state)
        .join(Task, Task.id == TaskHelper.task_id)
        .where(TaskHelper.person_id == person_id, at < before)
        .order_by(at.desc(), TaskHelper.id.desc())
        .limit(limit)
    )
    words = {"taken": _("took a task: %(task)s"), "done": _("did a task: %(task)s")}
    other = _("gave a task back: %(task)s")
    return [
        Moment(moment, words.get(state, other) % {"task": title}, "list")
        for moment, title, state in db.session.execute(query)
    ]
