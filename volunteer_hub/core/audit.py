"""The audit log: every bulk read of personal data and every change of rights, kept with who and when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import Response, request
from sqlalchemy import BigInteger, Index, select
from sqlalchemy.orm import Mapped, mapped_column

from volunteer_hub.core import clock
from volunteer_hub.core.db import InCampaign, db, transaction

GATHERED_FOR = timedelta(minutes=1)
"""Within this time the same viewer of the same subject writes one line, also while paging."""


class AuditEntry(InCampaign, db.Model):
    """One line of the log. Details carry ids and counts, never names or addresses."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_campaign_id_at", "campaign_id", "at"),
        Index("ix_audit_entries_campaign_id_subject_at", "campaign_id", "subject", "at"),
    )

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


def record_view(
    action: str, *, campaign_id: int, by: int, subject: str = "", count: int | None = None, **details: Any
) -> bool:
    """Note that somebody saw personal data of several people; at most once a minute for the same subject.

    count: how many people, where it is known. Returns whether a line was added to the present transaction.
    """
    lately = select(AuditEntry.id).where(
        AuditEntry.campaign_id == campaign_id,
        AuditEntry.at > clock.now() - GATHERED_FOR,
        AuditEntry.actor_id == by,
        AuditEntry.action == action,
        AuditEntry.subject == subject,
    )
    if db.session.scalar(lately.limit(1)) is not None:
        return False
    more = details if count is None else details | {"rows": count}
    record(action, campaign_id=campaign_id, by=by, subject=subject, **more)
    return True


def note_view(response: Response, viewer: Any, views: Mapping[str, str]) -> Response:
    """After a request: a page that shows people to staff, by the table BULK_VIEWS of app.py, leaves its line.

    views: endpoint -> what was seen, as rosters; the subject is the row that the address names.
    """
    what = views.get(request.endpoint or "")
    seen = request.method == "GET" and response.status_code == 200
    if what is None or not seen or not getattr(viewer, "is_authenticated", False):
        return response
    named = [f"{name.removesuffix('_id')}:{value}" for name, value in (request.view_args or {}).items()]
    db.forget()
    with transaction():
        subject = " ".join(named)[:200]
        record_view(f"view.{what}", campaign_id=viewer.campaign_id, by=viewer.id, subject=subject)
    return response
