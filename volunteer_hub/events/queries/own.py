"""A person's own view of shifts: where they stand, what clashes, other times, what they gave up or did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import exists, func, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import aliased

from volunteer_hub.core.db import db
from volunteer_hub.events.models import Event, Shift, SignUp
from volunteer_hub.events.queries.cards import ShiftCard, card_of, cards_query
from volunteer_hub.events.queries.sign_ups import place_on_list


class Mine(NamedTuple):
    """A person's standing sign-up for a shift. `position`: on the waiting list, from 1.

    confirm_by: the place is only kept until then, and waits for a yes.
    """

    sign_up_id: int
    state: str
    position: int | None
    confirm_by: datetime | None


@dataclass(frozen=True, slots=True)
class Clash:
    """The shift somebody goes to at that time."""

    sign_up_id: int
    shift_id: int
    event_name: str
    starts_at: datetime
    ends_at: datetime


def standing_and_clash(person_id: int, card: ShiftCard) -> tuple[Mine | None, Clash | None]:
    """The person's sign-up for this shift, and where else they go at its time. One statement."""
    query = (
        select(
            SignUp.id,
            SignUp.shift_id,
            SignUp.state,
            place_on_list(),
            SignUp.confirm_by,
            Event.name,
            Shift.starts_at,
            Shift.ends_at,
        )
        .join(Shift, Shift.id == SignUp.shift_id)
        .join(Event, Event.id == Shift.event_id)
        .where(
            SignUp.person_id == person_id,
            ((SignUp.shift_id == card.id) & (SignUp.state != "cancelled"))
            | ((SignUp.state == "going") & SignUp.during.overlaps(Range(card.starts_at, card.ends_at))),
        )
        .order_by(Shift.starts_at)
    )
    mine, clash = None, None
    for row in db.session.execute(query):
        if row.shift_id == card.id:
            mine = Mine(row[0], row.state, int(row[3]) if row.state == "waiting" else None, row.confirm_by)
        else:
            clash = clash or Clash(row[0], row.shift_id, row.name, row.starts_at, row.ends_at)
    return mine, clash


def other_times(
    card: ShiftCard, person_id: int, *, now: datetime, members: bool, limit: int = 24
) -> list[ShiftCard]:
    """Shifts with a free place that this one could be changed for: of the same event first, then by time.

    Those at a time when the person goes elsewhere are left out (this shift itself is no hindrance).
    members: also shifts that only the signed-in see. One statement.
    """
    busy = exists().where(
        SignUp.person_id == person_id,
        SignUp.state == "going",
        SignUp.shift_id != card.id,
        SignUp.during.overlaps(func.tstzrange(Shift.starts_at, Shift.ends_at)),
    )
    query = cards_query().where(
        Shift.campaign_id == card.campaign_id,
        Shift.id != card.id,
        Shift.cancelled_at.is_(None),
        Shift.starts_at > now,
        Shift.going + Shift.held < Shift.capacity,
        Event.state == "published",
        ~busy,
    )
    if not members:
        query = query.where(Event.is_public)
    query = query.order_by(Shift.event_id != card.event_id, Shift.starts_at, Shift.id).limit(limit)
    return [card_of(row) for row in db.session.execute(query)]


def open_times(
    campaign_id: int,
    *,
    now: datetime,
    members: bool,
    event_id: int | None = None,
    shift_ids: list[int] | None = None,
    limit: int = 60,
) -> list[ShiftCard]:
    """Shifts to sign up for, full ones too, of an event or of these ids, by time. One statement."""
    query = cards_query().where(
        Shift.campaign_id == campaign_id,
        Shift.cancelled_at.is_(None),
        Shift.starts_at > now,
        Event.state == "published",
    )
    if event_id is not None:
        query = query.where(Shift.event_id == event_id)
    if shift_ids is not None:
        query = query.where(Shift.id == func.any(shift_ids))
    if not members:
        query = query.where(Event.is_public)
    query = query.order_by(Shift.starts_at, Shift.id).limit(limit)
    return [card_of(row) for row in db.session.execute(query)]


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A sign-up that its person cancelled a moment ago, and whose place is still free."""

    sign_up_id: int
    card: ShiftCard


def given_up(person_id: int, *, now: datetime, within: timedelta) -> list[GivenUp]:
    """What this person cancelled lately and can still take back. One statement.

    A place that was changed for another time, or passed on, was not given up: the sign-up that took its
    place was made at the same instant.
    """
    instead = aliased(SignUp)
    was_exchanged = exists().where(
        instead.created_at == SignUp.cancelled_at,
        (instead.person_id == SignUp.person_id)
        | ((instead.shift_id == SignUp.shift_id) & (instead.source == "passed_on")),
    )
    standing = select(SignUp.shift_id).where(SignUp.person_id == person_id, SignUp.state != "cancelled")
    query = (
        cards_query()
        .join(SignUp, SignUp.shift_id == Shift.id)
        .add_columns(SignUp.id.label("sign_up_id"))
        .where(
            SignUp.person_id == person_id,
            SignUp.cancelled_by == person_id,
            SignUp.cancelled_at >= now - within,
            Shift.cancelled_at.is_(None),
            Shift.starts_at > now,
            Shift.going + Shift.held < Shift.capacity,
            Event.state == "published",
            Shift.id.not_in(standing),
            ~was_exchanged,
        )
        .order_by(SignUp.id)
    )
    return list({row.id: GivenUp(row.sign_up_id, card_of(row)) for row in db.session.execute(query)}.values())


@dataclass(frozen=True, slots=True)
class WorkDone:
    """The shifts a person came to, and their hours."""

    shifts: int
    hours: float


def work_done(person_id: int) -> WorkDone:
    """What this person did so far, by the attendance that was marked. One statement."""
    length = func.extract("epoch", Shift.ends_at - Shift.starts_at) / 3600
    query = (
        select(func.count(), func.coalesce(func.sum(length), 0))
        .select_from(SignUp)
        .join(Shift, Shift.id == SignUp.shift_id)
        .where(SignUp.person_id == person_id, SignUp.attendance == "attended")
    )
    shifts, hours = db.session.execute(query).one()
    return WorkDone(shifts, float(hours))
