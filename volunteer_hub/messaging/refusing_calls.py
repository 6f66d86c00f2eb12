"""Who wants no calls: kept beside those who said STOP, as a keyed digest of the number."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert

from volunteer_hub.core.db import db
from volunteer_hub.messaging.models import Suppression
from volunteer_hub.messaging.services import digest_of

CHANNEL = "call"
"""Beside "email" and "text"; nothing is sent on it, so no consent is withdrawn and no message stopped."""


def refuse_calls(campaign_id: int, phone: str, *, now: datetime) -> None:
    """Never offer this number for a call again. `suppressed(campaign_id, CHANNEL, phones)` tells which."""
    values = {"campaign_id": campaign_id, "channel": CHANNEL, "reason": "stop", "at": now}
    db.session.execute(
        insert(Suppression).values(to_digest=digest_of(CHANNEL, phone), **values).on_conflict_do_nothing()
    )
