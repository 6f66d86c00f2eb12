"""What is held about a person, shown to them as a whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import select

from volunteer_hub.core.audit import AuditEntry
from volunteer_hub.core.db import db
from volunteer_hub.messaging.models import Message
from volunteer_hub.people import queries
from volunteer_hub.people.models import Campaign, Person

_OWN_WORDS = (
    "email", "name", "phone", "language", "time_zone", "home_text", "latitude", "longitude",
    "location_source", "location_accuracy_m", "max_travel_km", "shifts_wanted", "skills", "languages",
    "show_chance", "email_agreed_at", "text_agreed_at", "is_active", "joined_via", "note",
    "created_at", "seen_at",
)  # fmt: skip


def own_data(person: Person, now: datetime) -> dict[str, Any]:
    """Everything held about a person, ready for JSON; other features add theirs by OWN_DATA of app.py."""
    campaign = db.session.get_one(Campaign, person.campaign_id)
    parts: dict[str, Callable[[int], Any]] = current_app.extensions.get("own_data", {})
    return {
        "campaign": campaign.name,
        "person": {name: getattr(person, name) for name in _OWN_WORDS},
        "availability": [
            {
                "weekday": row.window.weekday,
                "day": row.window.day_on,
                "from": row.window.from_time,
                "until": row.window.until_time,
            }
            for row in queries.availability(person.id)
        ],
        "roles": [
            {"role": row.role, "area": row.area_name, "granted_at": row.granted_at}
            for row in queries.grants(person.campaign_id, person_id=person.id)
        ],
        "sessions": [
            {"browser": row.browser, "since": row.created_at, "seen_at": row.seen_at, "way_in": row.way_in}
            for row in queries.sessions(person.id, now)
        ],
        "messages": _messages(person.id),
        "log": _log_about(person),
    } | {name: part(person.id) for name, part in parts.items()}


def _messages(person_id: int) -> list[dict[str, Any]]:
    query = select(
        Message.kind, Message.channel, Message.subject, Message.state, Message.created_at, Message.sent_at
    )
    rows = db.session.execute(query.where(Message.person_id == person_id).order_by(Message.created_at))
    return [dict(row._mapping) for row in rows]


def _log_about(person: Person) -> list[dict[str, Any]]:
    query = select(AuditEntry.at, AuditEntry.action, AuditEntry.details).where(
        AuditEntry.campaign_id == person.campaign_id,
        (AuditEntry.subject == f"person:{person.id}") | (AuditEntry.actor_id == person.id),
    )
    return [dict(row._mapping) for row in db.session.execute(query.order_by(AuditEntry.at))]
