"""Where else somebody could go whose shift does not take place."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func

from volunteer_hub.core.db import db
from volunteer_hub.events.models import Event, Shift, StagingLocation
from volunteer_hub.events.queries.cards import ShiftCard, card_of, cards_query

BOX_DEGREES = 0.6
"""Looked at: about 65 km to the north and the south, less to the sides."""
WITHIN = timedelta(days=10)
DAY_DEGREES = 0.05
"""A day apart weighs as much as about 5 km."""


def open_near(card: ShiftCard, *, now: datetime, limit: int = 3) -> list[ShiftCard]:
    """Open shifts near a place and about its time: the nearest first, a day apart counting as 5 km.

    Only public events that ask for nothing, within ten days and a box around the place. One statement.
    """
    north = func.abs(StagingLocation.latitude - card.latitude)
    east = func.abs(StagingLocation.longitude - card.longitude) * func.cos(func.radians(card.latitude))
    days = func.abs(func.date_part("epoch", Shift.starts_at - card.starts_at)) / 86_400
    query = (
        cards_query()
        .where(
            Shift.campaign_id == card.campaign_id,
            StagingLocation.campaign_id == card.campaign_id,
            StagingLocation.latitude.between(card.latitude - BOX_DEGREES, card.latitude + BOX_DEGREES),
            StagingLocation.longitude.between(card.longitude - BOX_DEGREES, card.longitude + BOX_DEGREES),
            Shift.starts_at.between(
                max(now + timedelta(hours=2), card.starts_at - WITHIN), card.starts_at + WITHIN
            ),
            Shift.cancelled_at.is_(None),
            Shift.id != card.id,
            Shift.going + Shift.held < Shift.capacity,
            Event.state == "published",
            Event.is_public,
            Event.min_age.is_(None),
            func.cardinality(Event.papers) == 0,
        )
        .order_by(north + east + DAY_DEGREES * days, Shift.starts_at, Shift.id)
        .limit(limit)
    )
    return [card_of(row) for row in db.session.execute(query)]
