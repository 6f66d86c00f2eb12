"""Tables of tasks: work for people, and who took it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from volunteer_hub.core.db import InCampaign, db
from volunteer_hub.people.models import STRINGS

KINDS = ("canvass", "phone", "data_entry", "host", "drive", "translate", "train", "other")


class Task(InCampaign, db.Model):
    """Work for some people until a day."""

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint("state IN ('open', 'done', 'cancelled')", name="state"),
        CheckConstraint("places > 0", name="places"),
        CheckConstraint("taken >= 0 AND taken <= places", name="taken"),
    )

    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"), index=True)
    district_id: Mapped[int | None] = mapped_column(ForeignKey("districts.id", ondelete="SET NULL"))
    kind: Mapped[str]
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="open")
    places: Mapped[int] = mapped_column(default=1)
    taken: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    skills: Mapped[list[str]] = mapped_column(STRINGS, default=list, server_default=text("'{}'"))
    languages: Mapped[list[str]] = mapped_column(STRINGS, default=list, server_default=text("'{}'"))
    due_at: Mapped[datetime | None]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]


class TaskHelper(InCampaign, db.Model):
    """A person who took a task."""

    __tablename__ = "task_helpers"
    __table_args__ = (
        CheckConstraint("state IN ('taken', 'done', 'given_back')", name="state"),
        Index(
            "uq_task_helpers_standing",
            "task_id",
            "person_id",
            unique=True,
            postgresql_where=text("state <> 'given_back'"),
        ),
    )

    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(default="taken")
    taken_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(default="")
