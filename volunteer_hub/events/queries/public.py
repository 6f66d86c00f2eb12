"""What is public of events beyond a search: one event with its shifts, and the list for search engines."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, select

from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import NotFound
from volunteer_hub.events.models import Event, Shift, SignUp
from volunteer_hub.events.queries.cards import ShiftCard, card_of, cards_query

MOST = 200
"""Shifts of an event on its public page and in its feed."""
STILL_TOLD = timedelta(days=14)
"""A cancelled shift stays in public feeds this long after its time, so that calendars take it out."""


def public_event(campaign_id: int, event_id: int, *, members: bool) -> Event:
    """An event that strangers (or members) may see; raises NotFound for all others alike."""
    query = select(Event).where(
        Event.id == event_id, Event.campaign_id == campaign_id, Event.state != "draft"
    )
    event: Event | None = db.session.scalar(query if members else query.where(Event.is_public))
    if event is None:
        raise NotFound()
    return event


def why_cancelled(shift_id: int, *, person_id: int | None) -> str:
    """The reason that the organizers gave to those on the shift, or nothing.

    person_id: who reads it, and gets nothing if they never had a sign-up for it; None: staff. One statement.
    """
    query = select(Shift.cancelled_why).where(Shift.id == shift_id)
    if person_id is not None:
        was_on_it = exists().where(SignUp.shift_id == Shift.id, SignUp.person_id == person_id)
        query = query.where(was_on_it)
    return db.session.scalar(query) or ""


def coming_shifts(campaign_id: int, event_id: int, *, now: datetime) -> list[ShiftCard]:
    """The shifts of an event that have not begun and stand, by start. One statement."""
    query = _of_event(campaign_id, event_id).where(Shift.starts_at > now, Shift.cancelled_at.is_(None))
    return _cards(query)


def shifts_for_feed(campaign_id: int, event_id: int, *, now: datetime) -> list[ShiftCard]:
    """The same with those that were cancelled or ended lately: a feed must still say what became of them."""
    return _cards(_of_event(campaign_id, event_id).where(Shift.ends_at > now - STILL_TOLD))


def public_event_ids(campaign_id: int, *, after: int, most: int, now: datetime) -> list[int]:
    """Public events with a shift ahead, by id from after this one: for search engines, a page at a time."""
    ahead = select(Shift.id).where(
        Shift.event_id == Event.id, Shift.starts_at > now, Shift.cancelled_at.is_(None)
    )
    query = select(Event.id).where(
        Event.campaign_id == campaign_id,
        Event.id > after,
        Event.state == "published",
        Event.is_public,
        ahead.exists(),
    )
    return list(db.session.scalars(query.order_by(Event.id).limit(most)))


def _of_event(campaign_id: int, event_id: int):  # type: ignore[no-untyped-def]  # as cards_query
    return cards_query().where(Shift.campaign_id == campaign_id, Shift.event_id == event_id)


def _cards(query) -> list[ShiftCard]:  # type: ignore[no-untyped-def]
    return [card_of(row) for row in db.session.execute(query.order_by(Shift.starts_at, Shift.id).limit(MOST))]
