"""Tables of matching: runs with their certificate, parts and later changes, and the wishes fixed by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from volunteer_hub.core.db import InCampaign, db


class Run(InCampaign, db.Model):
    """One solve: what went in, what came out, how far from the best possible."""

    __tablename__ = "runs"
    __table_args__ = (
        CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'superseded', 'cancelled')", name="state"
        ),
    )

    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"), index=True)
    snapshot_id: Mapped[int | None] = mapped_column(ForeignKey("snapshots.id", ondelete="SET NULL"))
    state: Mapped[str] = mapped_column(default="queued")
    params: Mapped[dict[str, Any]] = mapped_column(default=dict, comment="from, until, km cost, over-booking")
    volunteers: Mapped[int] = mapped_column(default=0)
    places: Mapped[int] = mapped_column(default=0)
    proposed: Mapped[int] = mapped_column(default=0)
    objective: Mapped[float | None]
    bound: Mapped[float | None]
    gap: Mapped[float | None] = mapped_column(comment="(bound - objective) / bound, 0 is optimal")
    seconds: Mapped[float | None]
    certificate: Mapped[dict[str, Any]] = mapped_column(default=dict)
    prices: Mapped[dict[str, Any]] = mapped_column(
        default=dict, deferred=True, comment="shift id to the worth of one more place, filled and capacity"
    )
    unplaced: Mapped[list[Any]] = mapped_column(
        default=list, deferred=True, comment="person id and why they go nowhere; ids stand for names"
    )
    digest: Mapped[str | None] = mapped_column(
        comment="of people and shifts when it was last brought up to date"
    )
    packed: Mapped[bytes | None] = mapped_column(
        deferred=True, comment="the whole problem, while its regions are solved one by one"
    )
    message: Mapped[str] = mapped_column(default="", comment="while running its step, when failed the reason")
    created_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Replan(InCampaign, db.Model):
    """What had to change in a plan after it was made, and why."""

    __tablename__ = "replans"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), index=True)
    made_at: Mapped[datetime]
    changes: Mapped[list[Any]] = mapped_column(
        default=list, comment="person_id, is_new, lost: [shift id, code of why], gained: [shift id]"
    )
    message: Mapped[str] = mapped_column(default="", comment="why it was not possible; empty: it was")


class RunPart(InCampaign, db.Model):
    """One region of a large problem, solved by whichever worker takes it; gone once the plan is saved."""

    __tablename__ = "run_parts"
    __table_args__ = (
        UniqueConstraint("run_id", "number"),
        CheckConstraint("state IN ('waiting', 'running', 'done')", name="state"),
        CheckConstraint("(state = 'done') = (result IS NOT NULL)", name="result"),
        Index("ix_run_parts_open", "state", postgresql_where=text("state <> 'done'")),
    )

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(default="waiting")
    volunteers: Mapped[int]
    problem: Mapped[bytes] = mapped_column(deferred=True, comment="the region and its gap, packed")
    result: Mapped[bytes | None] = mapped_column(deferred=True, comment="its plan, packed")
    seconds: Mapped[float | None]
    waiting_at: Mapped[datetime] = mapped_column(comment="since when it waits")
    started_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None] = mapped_column(comment="last sign of life of the worker that has it")


class Wish(InCampaign, db.Model):
    """A pair fixed by hand: this person at this shift for certain (pin), or never."""

    __tablename__ = "wishes"
    __table_args__ = (
        UniqueConstraint("person_id", "shift_id"),
        CheckConstraint("kind IN ('pin', 'never')", name="kind"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    shift_id: Mapped[int] = mapped_column(ForeignKey("shifts.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
