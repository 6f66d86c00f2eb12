"""The audit log, for its page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from volunteer_hub.core.audit import AuditEntry
from volunteer_hub.core.db import db
from volunteer_hub.core.paging import Page, page_of
from volunteer_hub.people.models import Person


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A line of the audit log, with the actor's name of today."""

    id: int
    at: datetime
    actor_id: int | None
    actor: str | None
    action: str
    subject: str
    details: dict[str, Any]


def audit_log(
    campaign_id: int,
    *,
    action: str = "",
    actor_id: int | None = None,
    from_at: datetime | None = None,
    until_at: datetime | None = None,
    number: int = 1,
) -> Page[AuditRow]:
    """One page of the log, newest first. Two statements."""
    query: Any = (
        select(AuditEntry, Person.name)
        .outerjoin(Person, Person.id == AuditEntry.actor_id)
        .where(AuditEntry.campaign_id == campaign_id)
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    )
    if action:
        query = query.where(AuditEntry.action == action)
    if actor_id is not None:
        query = query.where(AuditEntry.actor_id == actor_id)
    if from_at is not None:
        query = query.where(AuditEntry.at >= from_at)
    if until_at is not None:
        query = query.where(AuditEntry.at < until_at)
    page = page_of(query, number)
    rows = [AuditRow(e.id, e.at, e.actor_id, name, e.action, e.subject, e.details) for e, name in page.rows]
    return Page(rows, page.number, page.per_page, page.total)


def audit_actions(campaign_id: int) -> list[str]:
    """The kinds of deeds that the log of this campaign holds."""
    query = select(AuditEntry.action).where(AuditEntry.campaign_id == campaign_id).distinct()
    return sorted(db.session.scalars(query))
