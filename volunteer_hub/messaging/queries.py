"""Reads of messaging: how the sending goes, without an address in sight."""

from __future__ import annotations

import uuid
from collections.abc import Collection
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


def count_due_texts(campaigns: Collection[int], *, at_most: int, now: datetime) -> int:
    """How many texts of these campaigns are due; counted no further than `at_most`."""
    due = (
        select(Message.id)
        .where(
            Message.state == "waiting",
            Message.channel == "text",
            Message.not_before <= now,
            Message.campaign_id.in_(list(campaigns)),
        )
        .limit(at_most)
    )
    return db.session.scalar(select(func.count()).select_from(due.subquery())) or 0


def is_due(channel: str, now: datetime) -> bool:
    """Does a message of this channel wait that may leave?"""
    query = select(Message.id).where(
        Message.state == "waiting", Message.channel == channel, Message.not_before <= now
    )
    return db.session.scalar(query.limit(1)) is not None


def provider_ids(campaigns: Collection[int], to_digest: bytes, *, besides: uuid.UUID) -> set[str]:
    """What the provider calls the other texts to this number."""
    query = select(Message.provider_id).where(
        Message.campaign_id.in_(list(campaigns)),
        Message.channel == "text",
        Message.to_digest == to_digest,
        Message.provider_id.is_not(None),
        Message.id != besides,
    )
    return {each for each in db.session.scalars(query) if each}
