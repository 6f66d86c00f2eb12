"""The calendar address of a person: secret, and replaceable when it got into wrong hands."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert

from volunteer_hub.core import secrets
from volunteer_hub.core.db import db
from volunteer_hub.events.models import CalendarFeed


def new_feed(campaign_id: int, person_id: int, *, now: datetime) -> str:
    """Make (or replace) the calendar address; the token of the new one is returned, the old one is void."""
    nonce = secrets.new_token(12)
    statement = insert(CalendarFeed).values(
        campaign_id=campaign_id, person_id=person_id, nonce=nonce, created_at=now
    )
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["person_id"], set_={"nonce": nonce, "created_at": now}
        )
    )
    return feed_token(person_id, nonce)


def feed_token(person_id: int, nonce: str) -> str:
    """The secret part of the calendar address."""
    return f"{person_id}-{secrets.signature('calendar-feed', person_id, nonce)}"
