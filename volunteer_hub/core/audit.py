"""The audit log: every bulk read of personal data and every change of rights, kept with who and when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from volunteer_hub.core import clock
from volunteer_hub.core.db import InCampaign, db


class AuditEntry(InCampaign, db.Model):
    """One line of the log. Details carry ids and counts, never names or addresses."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_campaign_id_at", "campaign_id", "at"),)

    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(
        BigInteger, comment="people.id, or null for a command or the program"
    )
    action: Mapped[str] = mapped_column(comment="verb.noun, as export.volunteers or grant.role")
    subject: Mapped[str] = mapped_column(comment="what it was done to, as person:12")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)


def record(action: str, *, campaign_id: int, by: int | None, subject: str = "", **details: Any) -> None:
    """Add a line inside the present transaction: it stands if and only if the deed does."""
    db.session.add(
        AuditEntry(
            campaign_id=campaign_id,
            at=clock.now(),
            actor_id=by,
            action=action,
            subject=subject,
            details=details,
        )
    )
