"""Reading, in tests, what stands in the outbox."""

from __future__ import annotations

import json
import re

from sqlalchemy import select

from volunteer_hub.core import secrets
from volunteer_hub.core.db import db
from volunteer_hub.messaging.models import Message


def letters(address: str | None = None) -> list[dict]:
    """The messages in the outbox, oldest first: to, subject, text, kind."""
    rows = db.session.scalars(select(Message).order_by(Message.created_at)).all()
    found = [
        {
            "to": secrets.unseal(row.to_sealed),
            "subject": row.subject,
            "kind": row.kind,
            "text": json.loads(secrets.unseal(row.body_sealed))["text"],
        }
        for row in rows
        if row.to_sealed
    ]
    return [each for each in found if address in (None, each["to"])]


def links_in(text: str) -> list[str]:
    """The paths of the links in a letter."""
    return re.findall(r"https?://[^/\s]+(/\S+)", text)


def last_link(address: str) -> str:
    """The path of the newest link that was sent to an address."""
    return links_in(letters(address)[-1]["text"])[-1]
