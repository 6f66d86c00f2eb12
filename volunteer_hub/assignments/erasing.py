"""What assignments forget of a person who is erased: how far they live, and the sentence that said why."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from volunteer_hub.assignments.models import Assignment
from volunteer_hub.core.db import db
from volunteer_hub.core.erasing import Leaving


def erase(who: Leaving, *, now: datetime) -> None:  # noqa: ARG001 (as all parts are called)
    """What was offered and answered stays as counts; distances to several places would tell a home."""
    db.session.execute(
        update(Assignment)
        .where(Assignment.person_id == who.person_id)
        .values(travel_km=None, reason="", next_best={}, binding="")
    )
