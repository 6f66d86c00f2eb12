"""Whom to ring before a shift: people who have a place, gave a number and have not said whether they come."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from volunteer_hub.core.db import db
from volunteer_hub.events.loop import CONFIRMED_WITHIN
from volunteer_hub.events.models import ConfirmationCall, Shift, SignUp
from volunteer_hub.events.queries.showing import has_confirmed
from volunteer_hub.messaging import refusing_calls
from volunteer_hub.messaging import services as messaging
from volunteer_hub.people.models import Person

MOST_CALLS_A_DAY = 2
"""To one person, over all shifts and callers: more is a nuisance."""

_Other = aliased(SignUp)
_Its = aliased(SignUp)


@dataclass(frozen=True, slots=True)
class CallLine:
    """Somebody to ring. last_result, last_at: of the last call about this shift; today: calls at all.

    said_yes_at: their yes, if it was given so early that it is asked for again in the last days.
    """

    sign_up_id: int
    person_id: int
    name: str
    phone: str
    language: str
    last_result: str | None
    last_at: datetime | None
    today: int
    said_yes_at: datetime | None

    @property
    def may_ring(self) -> bool:
        return self.today < MOST_CALLS_A_DAY


@dataclass(frozen=True, slots=True)
class CallList:
    """Who can be rung, those not reached yet first; and how many unconfirmed ones have no number to ring."""

    lines: list[CallLine]
    without_phone: int


def call_list(campaign_id: int, shift_id: int, *, time_zone: str, now: datetime) -> CallList:
    """Who is to say whether they come (`loop.is_to_confirm`), those who never did first.

    A number that was found wrong, or whose owner wants no calls, is left out.

    Three statements.
    """
    query = _unconfirmed(campaign_id, shift_id, now).add_columns(_calls_today(now, time_zone).label("today"))
    rows = db.session.execute(query).all()
    refused = messaging.suppressed(campaign_id, refusing_calls.CHANNEL, {row.phone for row in rows})
    callable_rows = [row for row in rows if row.phone and not row.is_wrong and row.phone not in refused]
    last = _last_calls([row.id for row in callable_rows])
    lines = [
        CallLine(
            sign_up_id=row.id,
            person_id=row.person_id,
            name=row.name,
            phone=row.phone,
            language=row.language,
            last_result=last[row.id][0],
            last_at=last[row.id][1],
            today=row.today,
            said_yes_at=row.confirmed_at,
        )
        for row in callable_rows
    ]
    order = sorted(lines, key=_order)
    return CallList(order, len(rows) - len(callable_rows))


def _order(line: CallLine) -> tuple[bool, int, bool, str]:
    return not line.may_ring, line.today, line.said_yes_at is not None, line.name.casefold()


def calls_today(person_id: int, *, time_zone: str, now: datetime) -> int:
    """How often the person was rung today, about any shift."""
    query = select(_calls_today(now, time_zone)).select_from(Person).where(Person.id == person_id)
    return db.session.scalar(query) or 0


def _unconfirmed(campaign_id: int, shift_id: int, now: datetime) -> Select[*tuple[Any, ...]]:
    is_wrong = exists().where(
        ConfirmationCall.sign_up_id == _Its.id,
        _Its.person_id == Person.id,
        ConfirmationCall.result == "wrong_number",
    )
    query: Any = (
        select(
            SignUp.id,
            SignUp.person_id,
            Person.name,
            Person.phone,
            Person.language,
            SignUp.confirmed_at,
            is_wrong.label("is_wrong"),
        )
        .join(Shift, Shift.id == SignUp.shift_id)
        .join(Person, Person.id == SignUp.person_id)
        .where(
            SignUp.campaign_id == campaign_id,
            SignUp.shift_id == shift_id,
            SignUp.state == "going",
            SignUp.attendance.is_(None),
            _is_to_confirm(now),
            Person.is_active,
        )
        .order_by(SignUp.id)
    )
    return query  # the type of so many columns is long


def _is_to_confirm(now: datetime) -> ColumnElement[bool]:
    """The same as loop.is_to_confirm, so that who pressed yes is not rung before it is asked for again."""
    is_early = and_(Shift.starts_at <= now + CONFIRMED_WITHIN, ~has_confirmed())
    return or_(SignUp.confirmed_at.is_(None), is_early)


def _calls_today(now: datetime, time_zone: str) -> ColumnElement[int]:
    midnight = now.astimezone(ZoneInfo(time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (
        select(func.count())
        .select_from(ConfirmationCall)
        .join(_Other, _Other.id == ConfirmationCall.sign_up_id)
        .where(_Other.person_id == Person.id, ConfirmationCall.called_at >= midnight)
        .correlate(Person)
        .scalar_subquery()
    )


def _last_calls(sign_up_ids: list[int]) -> dict[int, tuple[str | None, datetime | None]]:
    query = (
        select(ConfirmationCall.sign_up_id, ConfirmationCall.result, ConfirmationCall.called_at)
        .where(ConfirmationCall.sign_up_id == func.any(sign_up_ids))
        .order_by(ConfirmationCall.called_at, ConfirmationCall.id)
    )
    found: dict[int, tuple[str | None, datetime | None]] = defaultdict(lambda: (None, None))
    for row in db.session.execute(query) if sign_up_ids else ():
        found[row.sign_up_id] = (row.result, row.called_at)
    return found
