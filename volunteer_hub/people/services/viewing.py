"""Who looked at many people at once: a line of the audit log for each view, one a minute in paging."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from volunteer_hub.core import audit
from volunteer_hub.core.audit import AuditEntry
from volunteer_hub.core.db import db
from volunteer_hub.people.filters import PeopleFilter

GATHERED_FOR = timedelta(minutes=1)


def note_view(
    action: str, campaign_id: int, by: int, *, rows: int, wanted: PeopleFilter, now: datetime, **more: Any
) -> None:
    """Say that `by` saw so many rows of a list; which parts were narrowed, never to what.

    Within a minute views of the same kind are added up in one line (views, rows), so that leafing through
    pages writes no line for each.
    """
    same = {"filter": wanted.kinds, "area": wanted.area_id} | more
    last = db.session.scalar(
        select(AuditEntry)
        .where(
            AuditEntry.campaign_id == campaign_id,
            AuditEntry.at > now - GATHERED_FOR,
            AuditEntry.actor_id == by,
            AuditEntry.action == action,
        )
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(1)
        .with_for_update()
    )
    if last is not None and all(last.details.get(key) == value for key, value in same.items()):
        seen = last.details
        last.details = seen | {"views": seen.get("views", 1) + 1, "rows": seen.get("rows", 0) + rows}
        return
    audit.record(action, campaign_id=campaign_id, by=by, subject="people", rows=rows, views=1, **same)
