"""Reads of messaging: how the sending goes, without an address in sight."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from volunteer_hub.core.db import db
from volunteer_hub.core.paging import Page, page_of
from volunteer_hub.messaging.models import Message


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One message as an organizer sees it."""

    kind: str
    channel: str
    state: str
    attempts: int
    last_error: str
    created_at: datetime
    not_before: datetime
    settled_at: datetime | None


def counts(campaign_id: int) -> dict[str, dict[str, int]]:
    """Messages by kind and state: {"offer": {"sent": 12, "waiting": 3}}."""
    rows = db.session.execute(
        select(Message.kind, Message.state, func.count())
        .where(Message.campaign_id == campaign_id)
        .group_by(Message.kind, Message.state)
        .order_by(Message.kind)
    )
    found: dict[str, dict[str, int]] = {}
    for kind, state, number in rows:
        found.setdefault(kind, {})[state] = number
    return found


def message_lines(campaign_id: int, *, state: str | None, page: int) -> Page[Any]:
    """The newest messages, filtered by state, a page at a time."""
    query = (
        select(
            Message.kind,
            Message.channel,
            Message.state,
            Message.attempts,
            Message.last_error,
            Message.created_at,
            Message.not_before,
            Message.settled_at,
        )
        .where(Message.campaign_id == campaign_id)
        .order_by(Message.created_at.desc(), Message.id)
    )
    return page_of(query.where(Message.state == state) if state else query, page)
