"""What canvass holds about a person, for the copy of their data: when they knocked and what came of it.

Whose door it was and what was answered is about voters, and theirs.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.core.db import db


def own_knocks(person_id: int) -> list[dict[str, Any]]:
    """Their knocks, the oldest first."""
    query = select(DoorReport.at, DoorReport.result, DoorReport.source)
    rows = db.session.execute(query.where(DoorReport.canvasser_id == person_id).order_by(DoorReport.at))
    return [{"at": row.at, "result": str(row.result or "undone"), "source": row.source} for row in rows]
