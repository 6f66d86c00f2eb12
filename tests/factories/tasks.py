"""Factories for tasks."""

from __future__ import annotations

import itertools

from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.tasks.models import Task

_numbers = itertools.count(1)


class TaskFactory:
    """make.task."""

    def task(self, *, area=None, campaign=None, **fields) -> Task:
        area = area or self.root_of(campaign or self.default_campaign)
        with transaction():
            task = Task(
                **{
                    "campaign_id": area.campaign_id,
                    "area_id": area.id,
                    "kind": "other",
                    "title": f"Task {next(_numbers)}",
                    "created_at": clock.now(),
                }
                | fields
            )
            db.session.add(task)
        return task
