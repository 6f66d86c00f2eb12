"""The one clock. Instants are UTC; days are chosen in the campaign's zone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_shift: ContextVar[timedelta] = ContextVar("clock_shift", default=timedelta())


def now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC) + _shift.get()


@contextmanager
def standing_at(moment: datetime) -> Iterator[None]:
    """Let the clock run on from another moment, in tests and rehearsals."""
    token = _shift.set(moment - datetime.now(UTC))
    try:
        yield
    finally:
        _shift.reset(token)


def campaign_day(moment: datetime, zone: ZoneInfo) -> date:
    """The calendar day of an instant where the campaign is."""
    return moment.astimezone(zone).date()
