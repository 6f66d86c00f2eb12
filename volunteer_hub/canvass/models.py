"""Tables of canvass: versions of the script, door reports, and files of reports."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from volunteer_hub.core.db import InCampaign, db


class Outcome(StrEnum):
    """The result of a knock."""

    CANVASSED = "canvassed"
    NOT_HOME = "not_home"
    REFUSED = "refused"
    MOVED = "moved"
    DECEASED = "deceased"
    INACCESSIBLE = "inaccessible"
    LANGUAGE_BARRIER = "language_barrier"
    LEFT_LITERATURE = "left_literature"
    DO_NOT_WALK = "do_not_walk"


ALWAYS_OFFERED = (Outcome.CANVASSED, Outcome.NOT_HOME)


class Script(InCampaign, db.Model):
    """One version of the campaign's script: what a canvasser says and asks. Never changed, only followed."""

    __tablename__ = "scripts"
    __table_args__ = (
        UniqueConstraint("campaign_id", "number"),  # two who save at once cannot both be next
        CheckConstraint("number > 0", name="number"),
    )

    contest_id: Mapped[int | None] = mapped_column(ForeignKey("contests.id", ondelete="SET NULL"))
    number: Mapped[int] = mapped_column(comment="counts a campaign's versions; the highest is in use")
    name: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(
        comment="the document of docs/scripts.md, checked when saved"
    )
    restores: Mapped[int | None] = mapped_column(comment="the number of the version this one brought back")
    created_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(comment="turf handed out from now on gets this version")


class ResultOff(InCampaign, db.Model):
    """A result that a campaign does not offer on the phone. Reports that bring it are stored all the same."""

    __tablename__ = "results_off"
    __table_args__ = (
        UniqueConstraint("campaign_id", "result"),
        CheckConstraint(
            f"result IN {tuple(o.value for o in Outcome if o not in ALWAYS_OFFERED)}", name="result"
        ),
    )

    result: Mapped[Outcome] = mapped_column(Text())


class DoorReport(db.Model):
    """One report of one knock. The id is made on the phone: the same id is the same report for ever."""

    __tablename__ = "door_reports"
    __table_args__ = (
        CheckConstraint(f"result IN {tuple(o.value for o in Outcome)}", name="result"),
        CheckConstraint("result IS NOT NULL OR undoes_id IS NOT NULL", name="result_or_undo"),
        CheckConstraint("support BETWEEN 1 AND 5", name="support"),
        CheckConstraint("review IN ('pending', 'confirmed', 'dismissed')", name="review"),
        CheckConstraint("source IN ('phone', 'file', 'lead', 'paper')", name="source"),
        CheckConstraint("(log_id IS NULL) = (seq IS NULL)", name="log_and_seq"),
        Index(
            "uq_door_reports_log",
            "log_id",
            "seq",
            unique=True,
            postgresql_where=text("log_id IS NOT NULL"),
        ),
        Index("ix_door_reports_voter_id", "voter_id", postgresql_where=text("voter_id IS NOT NULL")),
        Index("ix_door_reports_undoes_id", "undoes_id", postgresql_where=text("undoes_id IS NOT NULL")),
        Index(
            "ix_door_reports_pending",
            "campaign_id",
            "received_at",
            postgresql_where=text("review = 'pending' AND undone_at IS NULL"),
        ),
        Index("ix_door_reports_door_id_at", "door_id", "at"),
        Index("ix_door_reports_campaign_id_received_at", "campaign_id", "received_at"),
        Index("ix_door_reports_turf_id", "turf_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    turf_id: Mapped[int | None] = mapped_column(ForeignKey("turfs.id", ondelete="SET NULL"))
    lease_id: Mapped[int | None] = mapped_column(ForeignKey("leases.id", ondelete="SET NULL"))
    door_id: Mapped[int] = mapped_column(ForeignKey("doors.id", ondelete="CASCADE"))
    canvasser_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"), index=True)
    at: Mapped[datetime] = mapped_column(comment="corrected for the phone's clock, bounded at receipt")
    made_at: Mapped[datetime | None] = mapped_column(comment="by the phone's clock, as it said")
    received_at: Mapped[datetime]
    result: Mapped[Outcome | None] = mapped_column(Text(), comment="null: this report only takes one back")
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    support: Mapped[int | None] = mapped_column(
        comment="from the answers: 1 strong support to 5 strong oppose"
    )
    note: Mapped[str] = mapped_column(default="", server_default="")
    source: Mapped[str] = mapped_column(
        default="phone", server_default="phone", comment="phone, file, lead or paper"
    )
    entered_by: Mapped[int | None] = mapped_column(
        ForeignKey("people.id", ondelete="SET NULL"), comment="who typed it from paper"
    )
    log_id: Mapped[uuid.UUID | None] = mapped_column(comment="the phone's log it came in")
    seq: Mapped[int | None] = mapped_column(comment="its place in that log, from 1")
    voter_id: Mapped[int | None] = mapped_column(
        ForeignKey("voters.id", ondelete="SET NULL"), comment="with whom one talked, where several live"
    )
    same_knock: Mapped[bool] = mapped_column(
        default=False, server_default=text("false"), comment="one more person at the door of the knock before"
    )
    undoes_id: Mapped[uuid.UUID | None] = mapped_column(comment="the report this one takes back")
    undone_at: Mapped[datetime | None] = mapped_column(comment="taken back by a later report")
    review: Mapped[str | None] = mapped_column(
        comment="deceased, moved and do_not_walk wait for a second look: pending, confirmed or dismissed"
    )
    reviewed_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    reviewed_at: Mapped[datetime | None]


class ReportFile(InCampaign, db.Model):
    """A CSV of reports, collected by a job."""

    __tablename__ = "report_files"
    __table_args__ = (CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name="state"),)

    file_name: Mapped[str]
    stored_name: Mapped[str]
    state: Mapped[str] = mapped_column(default="queued")
    message: Mapped[str] = mapped_column(default="")
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
