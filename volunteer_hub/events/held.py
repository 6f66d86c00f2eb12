"""What events hold about a person, for the copy of their data: their shifts, by name and time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from volunteer_hub.core.db import db
from volunteer_hub.events.models import Event, Shift, SignUp


def own_data(person_id: int) -> list[dict[str, Any]]:
    """Every shift they signed up for, and whether they came."""
    query = (
        select(
            Event.name.label("event"),
            Shift.starts_at,
            SignUp.state,
            SignUp.attendance,
            SignUp.created_at.label("signed_up_at"),
            SignUp.confirmed_at,
            SignUp.cancelled_at,
        )
        .join(Shift, Shift.id == SignUp.shift_id)
        .join(Event, Event.id == Shift.event_id)
        .where(SignUp.person_id == person_id)
        .order_by(Shift.starts_at, SignUp.id)
    )
    return [dict(row._mapping) for row in db.session.execute(query)]
