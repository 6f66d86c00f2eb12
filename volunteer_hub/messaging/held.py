"""What messaging holds about a person, for the copy of their data."""

from __future__ import annotations

from typing import Any

from cryptography.fernet import InvalidToken
from sqlalchemy import select

from volunteer_hub.core import secrets
from volunteer_hub.core.db import db
from volunteer_hub.messaging.models import IncomingText, Message


def messages_to(person_id: int) -> list[dict[str, Any]]:
    """What was written to them; the words of a message are kept only until it has left."""
    query = select(
        Message.kind, Message.channel, Message.subject, Message.state, Message.created_at, Message.sent_at
    )
    rows = db.session.execute(query.where(Message.person_id == person_id).order_by(Message.created_at))
    return [dict(row._mapping) for row in rows]


def texts_from(person_id: int) -> list[dict[str, Any]]:
    """What they wrote to us, opened."""
    query = select(IncomingText).where(IncomingText.person_id == person_id).order_by(IncomingText.id)
    return [
        {"at": row.at, "taken_as": row.meant, "text": _opened(row.body_sealed)}
        for row in db.session.scalars(query)
    ]


def _opened(sealed: bytes | None) -> str | None:
    try:
        return secrets.unseal(sealed) if sealed else None
    except InvalidToken:
        return None
