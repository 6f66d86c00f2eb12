"""Sign-ups: the roster of a shift, a person's own shifts, and which notices are due."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, ScalarSelect, Select, func, select
from sqlalchemy.orm import aliased

from volunteer_hub.core import secrets
from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import NotFound
from volunteer_hub.events.loop import is_to_confirm
from volunteer_hub.events.models import CalendarFeed, Shift, SignUp
from volunteer_hub.events.place_codes import is_open
from volunteer_hub.events.queries.cards import CARD_COLUMNS, ShiftCard, card_of, cards_query, shift_card
from volunteer_hub.people import queries as people
from volunteer_hub.people.models import Campaign, Person
from volunteer_hub.people.services import is_placeholder

_Other = aliased(SignUp)


@dataclass(frozen=True, slots=True)
class RosterLine:
    """A person on a shift. `position` counts from 1 on the waiting list, and is None for who has a place."""

    sign_up_id: int
    person_id: int
    name: str
    email: str
    phone: str | None
    language: str
    state: str
    attendance: str | None
    checked_in_at: datetime | None
    confirmed_at: datetime | None
    confirm_by: datetime | None
    source: str
    position: int | None
    marked_by: int | None = None

    @property
    def checked_in_alone(self) -> bool:
        """By the code at the place, not by staff."""
        return self.attendance == "attended" and self.marked_by is None

    @property
    def says_here(self) -> bool:
        """Marked absent, and at the place by their own words, with its code."""
        return self.attendance == "no_show" and self.checked_in_at is not None

    def is_to_confirm(self, starts_at: datetime, now: datetime) -> bool:
        """Is a yes still wanted, none given yet or too early?"""
        return is_to_confirm(self.confirmed_at, starts_at, now)

    @property
    def has_email(self) -> bool:
        """Came by phone alone? Then there is no address to show."""
        return not is_placeholder(self.email)


def roster(campaign_id: int, shift_id: int) -> list[RosterLine]:
    """Who comes, by name, then who waits, in order. One statement."""
    position = func.row_number().over(partition_by=SignUp.state, order_by=SignUp.id)
    query = (
        select(SignUp, Person.name, Person.email, Person.phone, Person.language, position)
        .join(Person, Person.id == SignUp.person_id)
        .where(SignUp.campaign_id == campaign_id, SignUp.shift_id == shift_id, SignUp.state != "cancelled")
    )
    lines = [
        RosterLine(
            sign_up_id=row.id,
            person_id=row.person_id,
            name=name,
            email=email,
            phone=phone,
            language=language,
            state=row.state,
            attendance=row.attendance,
            checked_in_at=row.checked_in_at,
            confirmed_at=row.confirmed_at,
            confirm_by=row.confirm_by,
            source=row.source,
            position=int(place) if row.state == "waiting" else None,
            marked_by=row.marked_by,
        )
        for row, name, email, phone, language, place in db.session.execute(query)
    ]
    return sorted(lines, key=lambda line: (line.position or 0, line.name.casefold(), line.sign_up_id))


@dataclass(frozen=True, slots=True)
class MyShift:
    """A person's sign-up with the card of its shift. `position`: place on the waiting list, from 1."""

    sign_up_id: int
    person_id: int
    state: str
    attendance: str | None
    confirmed_at: datetime | None
    confirm_by: datetime | None
    changed_at: datetime
    position: int | None
    source: str
    brought_by: int | None
    cancelled_at: datetime | None
    cancelled_by: int | None
    card: ShiftCard

    def is_to_confirm(self, now: datetime) -> bool:
        """Should their page ask whether they come?"""
        return is_to_confirm(self.confirmed_at, self.card.starts_at, now)

    def can_check_in(self, now: datetime) -> bool:
        """Is it time to say "I am here" with the code at the place?"""
        is_ahead = self.state == "going" and self.attendance != "attended" and not self.card.is_cancelled
        return is_ahead and is_open(self.card.starts_at, now)


def my_shifts(
    campaign_id: int, person_id: int, *, since: datetime, with_cancelled: bool = False
) -> list[MyShift]:
    """A person's shifts that end after `since`, by start. One statement.

    `with_cancelled`: also the last cancelled sign-up of each shift, as a calendar feed needs it.
    """
    query = _mine().where(
        SignUp.campaign_id == campaign_id, SignUp.person_id == person_id, Shift.ends_at > since
    )
    if not with_cancelled:
        query = query.where(SignUp.state != "cancelled")
    rows = db.session.execute(query.order_by(Shift.starts_at, SignUp.id)).all()
    latest = {row[CARD_COLUMNS].shift_id: row for row in rows}  # the last sign-up of a shift counts
    return [_my_shift(row) for row in latest.values()]


def my_sign_up(campaign_id: int, sign_up_id: int) -> MyShift:
    """One sign-up with its card; raises NotFound."""
    row = db.session.execute(
        _mine().where(SignUp.campaign_id == campaign_id, SignUp.id == sign_up_id)
    ).one_or_none()
    if row is None:
        raise NotFound()
    return _my_shift(row)


def my_states(person_id: int, shift_ids: Iterable[int]) -> dict[int, str]:
    """Which of these shifts the person is on, as {shift id: going or waiting}. One statement."""
    query = select(SignUp.shift_id, SignUp.state).where(
        SignUp.person_id == person_id,
        SignUp.shift_id == func.any(list(shift_ids)),
        SignUp.state != "cancelled",
    )
    return {row.shift_id: row.state for row in db.session.execute(query)}


def my_state(person_id: int, shift_id: int) -> tuple[int, str, int | None] | None:
    """The person's standing sign-up for one shift: its id, state, and place on the waiting list."""
    query = select(SignUp.id, SignUp.state, place_on_list()).where(
        SignUp.person_id == person_id, SignUp.shift_id == shift_id, SignUp.state != "cancelled"
    )
    row = db.session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1], int(row[2]) if row[1] == "waiting" else None)


def campaign_and_card(shift_id: int, person_id: int) -> tuple[Campaign, ShiftCard]:
    """The campaign and the shift that a signed link names together with a person; raises NotFound, Erased."""
    campaign = db.session.scalar(
        select(Campaign)
        .join(Person, Person.campaign_id == Campaign.id)
        .where(Person.id == person_id, Person.is_active)
    )
    if campaign is None:
        people.require_not_erased(person_id)
        raise NotFound()
    return campaign, shift_card(campaign.id, shift_id)


def campaign_of(sign_up_id: int) -> int:
    """The campaign of a sign-up that a signed link names; raises NotFound."""
    campaign_id = db.session.scalar(select(SignUp.campaign_id).where(SignUp.id == sign_up_id))
    if campaign_id is None:
        raise NotFound()
    return campaign_id


def feed_of(person_id: int) -> CalendarFeed | None:
    """The person's calendar address, if they made one."""
    return db.session.scalar(select(CalendarFeed).where(CalendarFeed.person_id == person_id))


def feed_behind(token: str) -> CalendarFeed:
    """The feed whose secret token this is; raises NotFound."""
    person_id, _, signature = token.partition("-")
    is_number = person_id.isascii() and person_id.isdigit() and len(person_id) < 19
    feed = feed_of(int(person_id)) if is_number else None
    if feed is None or not secrets.signature_holds(signature, "calendar-feed", feed.person_id, feed.nonce):
        raise NotFound()
    return feed


def due_notices(
    *, shift_id: int | None = None, due_before: datetime | None = None, limit: int = 500
) -> list[int]:
    """Ids of sign-ups with a notice that is due and was not posted yet, oldest first."""
    query = (
        select(SignUp.id)
        .where(SignUp.notice.is_not(None), SignUp.notice_at.is_not(None))
        .order_by(SignUp.notice_at, SignUp.id)
    )
    if shift_id is not None:
        query = query.where(SignUp.shift_id == shift_id)
    if due_before is not None:
        query = query.where(SignUp.notice_at <= due_before)
    return list(db.session.scalars(query.limit(limit)))


def overdue_confirmations(now: datetime, *, limit: int = 500) -> list[tuple[int, int]]:
    """(campaign id, sign-up id) of places kept for addresses that nobody confirmed in time."""
    query = (
        select(SignUp.campaign_id, SignUp.id)
        .where(
            SignUp.confirm_by <= now,
            SignUp.state != "cancelled",
        )
        .order_by(SignUp.confirm_by)
        .limit(limit)
    )
    return [(row.campaign_id, row.id) for row in db.session.execute(query)]


def standing_of_person(person_id: int, now: datetime) -> list[tuple[int, int]]:
    """(campaign id, sign-up id) of a person's sign-ups for shifts that have not begun."""
    query = _standing(now).where(SignUp.person_id == person_id)
    return [(row.campaign_id, row.id) for row in db.session.execute(query)]


def standing_of_erased(now: datetime) -> list[tuple[int, int]]:
    """The same of everybody who was erased. Reads all people: for a sweep now and then."""
    query = _standing(now).join(Person, Person.id == SignUp.person_id).where(Person.erased_at.is_not(None))
    return [(row.campaign_id, row.id) for row in db.session.execute(query)]


def _standing(now: datetime) -> Select[int, int]:
    return (
        select(SignUp.campaign_id, SignUp.id)
        .join(Shift, Shift.id == SignUp.shift_id)
        .where(SignUp.state != "cancelled", Shift.starts_at > now)
        .order_by(SignUp.id)
    )


def _mine() -> Select[*tuple[Any, ...]]:
    return (
        cards_query()
        .join(SignUp, SignUp.shift_id == Shift.id)
        .add_columns(SignUp, place_on_list().label("place"))
    )


def place_on_list() -> ScalarSelect[int]:
    """Place on the waiting list, from 1: how many waited no later. Means nothing for who does not wait."""
    return (
        select(func.count())
        .select_from(_Other)
        .where(_Other.shift_id == SignUp.shift_id, _Other.state == "waiting", _Other.id <= SignUp.id)
        .correlate(SignUp)
        .scalar_subquery()
    )


def _my_shift(row: Row[Any]) -> MyShift:
    sign_up: SignUp = row[CARD_COLUMNS]
    return MyShift(
        sign_up_id=sign_up.id,
        person_id=sign_up.person_id,
        state=sign_up.state,
        attendance=sign_up.attendance,
        confirmed_at=sign_up.confirmed_at,
        confirm_by=sign_up.confirm_by,
        changed_at=sign_up.changed_at,
        position=int(row.place) if sign_up.state == "waiting" else None,
        source=sign_up.source,
        brought_by=sign_up.brought_by,
        cancelled_at=sign_up.cancelled_at,
        cancelled_by=sign_up.cancelled_by,
        card=card_of(row),
    )
