"""Tables of sync: how far each phone's log has come, entries set aside, reports yet to take effect."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from volunteer_hub.core.db import InCampaign, db


class PhoneLog(db.Model):
    """One phone's log of one lease. The server holds its first `head` entries, known by `hash`."""

    __tablename__ = "phone_logs"
    __table_args__ = (CheckConstraint("head >= 0", name="head"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, comment="made on the phone")
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"), index=True)
    lease_id: Mapped[int] = mapped_column(ForeignKey("leases.id", ondelete="CASCADE"), index=True)
    head: Mapped[int] = mapped_column(default=0, comment="entries received, from 1 on without a gap")
    hash: Mapped[bytes] = mapped_column(comment="running SHA-256 after entry `head`")
    last_at: Mapped[datetime | None] = mapped_column(comment="corrected time of the last entry")
    ahead_s: Mapped[float] = mapped_column(default=0.0, comment="phone's clock minus ours, last measured")
    started_at: Mapped[datetime]
    heard_at: Mapped[datetime]


class SetAsideEntry(InCampaign, db.Model):
    """An entry of a phone's log that is kept as it came, and counts only if a field lead says so."""

    __tablename__ = "set_aside_entries"
    __table_args__ = (
        UniqueConstraint("log_id", "seq"),
        Index(
            "uq_set_aside_entries_entry_id",
            "campaign_id",
            "entry_id",
            unique=True,
            postgresql_where=text("entry_id IS NOT NULL"),
        ),
        Index("ix_set_aside_entries_open", "campaign_id", postgresql_where=text("decision IS NULL")),
        CheckConstraint("decision IN ('counted', 'dismissed')", name="decision"),
        CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided"),
    )

    log_id: Mapped[uuid.UUID]
    seq: Mapped[int]
    lease_id: Mapped[int] = mapped_column(ForeignKey("leases.id", ondelete="CASCADE"), index=True)
    entry_id: Mapped[uuid.UUID | None] = mapped_column(comment="null: it could not even be read")
    body: Mapped[bytes] = mapped_column(comment="byte for byte as the phone wrote it")
    reason: Mapped[str]
    at: Mapped[datetime] = mapped_column(comment="corrected for the phone's clock; receipt where unreadable")
    received_at: Mapped[datetime]
    decision: Mapped[str | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime | None]


class PendingReport(db.Model):
    """A stored report whose effects on doors, turfs and progress are still to come, in a moment."""

    __tablename__ = "pending_reports"

    report_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[datetime]
