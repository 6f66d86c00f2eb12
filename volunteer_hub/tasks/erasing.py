"""What tasks forget of a person who is erased."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from volunteer_hub.core.db import db
from volunteer_hub.core.erasing import Leaving, scrub
from volunteer_hub.tasks.models import Task, TaskHelper


def erase(who: Leaving, *, now: datetime) -> None:  # noqa: ARG001 (as all parts are called)
    """Tasks in their hands go back; what they did stays counted, without what was noted about it."""
    mine = TaskHelper.person_id == who.person_id
    db.session.execute(update(TaskHelper).where(mine, TaskHelper.state == "taken").values(state="given_back"))
    db.session.execute(update(TaskHelper).where(mine).values(note=""))
    here = (Task.campaign_id == who.campaign_id,)
    scrub(Task.title, Task.description, pattern=who.anywhere, where=here)
