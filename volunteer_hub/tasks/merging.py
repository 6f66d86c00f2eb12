"""What merging two people moves of tasks."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select

from volunteer_hub.core.db import db
from volunteer_hub.people.moving import move_back, move_rows
from volunteer_hub.people.services.locking import Rows
from volunteer_hub.tasks.models import TaskHelper


def hangs_on(person_ids: Collection[int]) -> list[Rows]:
    """What is locked before these people: their tasks in their hands."""
    query = select(TaskHelper.id).where(TaskHelper.person_id.in_(person_ids))
    return [(TaskHelper, list(db.session.scalars(query)))]


def merge(kept_id: int, gone_id: int) -> dict[str, Any]:
    """Their tasks become the kept person's; one that both have stays the kept one's."""
    return {
        "standing": move_rows(
            TaskHelper.person_id, kept_id, gone_id,
            unless_same=[TaskHelper.task_id], where=[TaskHelper.state != "given_back"],
        )
    }  # fmt: skip


def undo(kept_id: int, gone_id: int, moved: dict[str, Any]) -> None:
    """Give them back."""
    move_back(TaskHelper.person_id, kept_id, gone_id, moved["standing"])
