"""Coming shifts day by day, for calendars: a few of each day and how the whole day stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import column, func, select, true, values
from sqlalchemy.types import DateTime

from geodata.showing import ShowModel
from volunteer_hub.core.db import db
from volunteer_hub.events.models import Shift
from volunteer_hub.events.queries.needs import (
    Need,
    Sums,
    Wanted,
    Worth,
    narrowed,
    needs_query,
    sum_columns,
)


@dataclass(frozen=True, slots=True)
class Day:
    """A day where the campaign is, with its first shifts by start and the sums over all of them."""

    on: date
    shifts: list[Need]
    sums: Sums

    @property
    def more(self) -> int:
        """How many are not among `shifts`."""
        return self.sums.shifts - len(self.shifts)


def month_days(year: int, month: int, first_weekday: int = 6) -> list[date]:
    """The days of a month in whole weeks, from `first_weekday` (0 is Monday, 6 Sunday)."""
    first = date(year, month, 1)
    start = first - timedelta(days=(first.weekday() - first_weekday) % 7)
    next_month = date(year + month // 12, month % 12 + 1, 1)
    weeks = -(-(next_month - start).days // 7)
    return [start + timedelta(days=n) for n in range(7 * weeks)]


def week_days(on: date, first_weekday: int = 6) -> list[date]:
    """The seven days around a day, from `first_weekday`."""
    start = on - timedelta(days=(on.weekday() - first_weekday) % 7)
    return [start + timedelta(days=n) for n in range(7)]


def bounds(on: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants at which a local day begins and ends: 23 or 25 hours apart when the clocks change."""
    return (
        datetime.combine(on, time(), zone).astimezone(UTC),
        datetime.combine(on + timedelta(days=1), time(), zone).astimezone(UTC),
    )


def shifts_by_day(
    campaign_id: int,
    wanted: Wanted,
    worth: Worth,
    model: ShowModel,
    *,
    days: Sequence[date],
    zone: ZoneInfo,
    most: int,
) -> list[Day]:
    """These days with up to `most` shifts each. Two statements, whatever the number of days and shifts.

    Each day's first shifts are read from the index by start, so that a full month costs what is shown.
    """
    found = {on: _Found([], None) for on in days}
    each = _each_day(days, zone)
    first = (
        needs_query(campaign_id, wanted, worth, model)
        .where(Shift.starts_at >= each.c.begins, Shift.starts_at < each.c.ends)
        .order_by(Shift.starts_at, Shift.id)
        .limit(most)
        .lateral("first")
    )
    names = Need.__dataclass_fields__.keys() - {"low", "high"}
    shown = select(*[first.c[name] for name in names]).select_from(each.join(first, true()))
    for row in db.session.execute(shown.order_by(first.c.starts_at, first.c.id)):
        need = Need(**row._mapping)
        found[need.starts_at.astimezone(zone).date()].shifts.append(need)
    local = func.date(func.timezone(str(zone), Shift.starts_at)).label("on")
    counted = narrowed(select(local, *sum_columns(model)).select_from(Shift), campaign_id, wanted, model)
    for on, *numbers in db.session.execute(counted.group_by(local)):
        if on in found:
            found[on].sums = Sums(*numbers)
    return [Day(on, each.shifts, each.sums or Sums(0, 0, 0, 0.0, 0, 0)) for on, each in found.items()]


@dataclass(slots=True)
class _Found:
    shifts: list[Need]
    sums: Sums | None


def _each_day(days: Sequence[date], zone: ZoneInfo):  # type: ignore[no-untyped-def]
    instant = DateTime(timezone=True)
    rows = values(column("begins", instant), column("ends", instant), name="each_day")
    return rows.data([bounds(on, zone) for on in days])
