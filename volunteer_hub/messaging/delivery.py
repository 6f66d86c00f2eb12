"""What the provider tells of a text after it took it: on its way, there, or not, and why."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from volunteer_hub.core.db import db
from volunteer_hub.messaging import services
from volunteer_hub.messaging.forgetting import GONE
from volunteer_hub.messaging.models import Message
from volunteer_hub.messaging.texts import Accepted, codes
from volunteer_hub.messaging.texts.twilio import DELIVERY

_RANK = {None: 0, "queued": 1, "sent": 2, "failed": 3, "undelivered": 3, "delivered": 4}


def note(
    provider_id: str, status: str, code: int | None, *, message_id: uuid.UUID | None, now: datetime
) -> bool:
    """Write down what became of a text; False where no such text is known.

    Callbacks come late, twice and in any order: what is known never goes backwards. `message_id`: the row
    named in the callback's own address, by which even a text whose acceptance we never heard of is
    recognised.
    """
    row = _row(provider_id, message_id)
    if row is None:
        return False
    if row.to_digest != GONE:  # of somebody who was erased, nothing that leads to them comes back
        row.provider_id = provider_id
    _settle(row, now)
    delivery = DELIVERY.get(status)
    if _RANK[delivery] > _RANK[row.delivery]:
        row.delivery = delivery
        row.delivered_at = now if delivery == "delivered" else None
        if delivery in ("failed", "undelivered") and code and row.to_digest != GONE:
            row.details = row.details | {"code": code}
            _learn(row, code, now)
    return True


def note_costs(found: Mapping[str, Accepted]) -> int:
    """What the provider says that texts cost, by its ids; those it names no price for yet are passed over.
    Returns how many prices are new."""
    priced = {sid: each for sid, each in found.items() if each.cost_micros is not None}
    query = select(Message).where(Message.provider_id.in_(list(priced)), Message.cost_micros.is_(None))
    rows = list(db.session.scalars(query.with_for_update()))
    for row in rows:
        told = priced[row.provider_id or ""]
        row.cost_micros, row.segments = told.cost_micros, told.segments or row.segments
    return len(rows)


def _row(provider_id: str, message_id: uuid.UUID | None) -> Message | None:
    by_name = select(Message).where(Message.provider_id == provider_id)
    found: Message | None = db.session.scalar(by_name.with_for_update())
    if found is not None or message_id is None:
        return found
    by_id = select(Message).where(
        Message.id == message_id, Message.channel == "text", Message.provider_id.is_(None)
    )
    return db.session.scalar(by_id.with_for_update())


def _settle(row: Message, now: datetime) -> None:
    """The provider has it. What waits to be asked for need not be; what a sender holds, the sender
    settles."""
    is_doubted = row.state in ("waiting", "failed") and "doubts" in row.details
    if is_doubted:
        row.state, row.sent_at, row.settled_at, row.last_error = "sent", now, now, ""
        row.to_sealed = row.body_sealed = None


def _learn(row: Any, code: int, now: datetime) -> None:
    if code in codes.UNSUBSCRIBED:
        services.opt_out(row.campaign_id, "text", row.to_digest, reason="stop", now=now)
    elif code in codes.UNREACHABLE:
        services.mark_unreachable(row.campaign_id, row.to_digest, now=now)
