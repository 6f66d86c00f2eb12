"""Coming shifts day by day, for calendars: a few of each day and how the whole day stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, column, func, select, true, values
from sqlalchemy.types import DateTime

from geodata.showing import ShowModel
from volunteer_hub.core.db import db
from volunteer_hub.events.models import Shift
from volunteer_hub.events.queries.needs import (
    Need,
    Sums,
    Wanted,
    Worth,
    is_everywhere,
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
    """These days with up to `most` shifts each. Two statements, whatever the number of days and shifts."""
    found = {on: _Found([], None) for on in days}
    is_all = is_everywhere(wanted.area_paths) and not (wanted.kind or wanted.district_id or wanted.only_short)
    ids = (
        _first_by_index(campaign_id, wanted, model, days, zone, most)
        if is_all
        else _first_by_number(campaign_id, wanted, model, zone, most)
    )
    shown = needs_query(campaign_id, wanted, worth, model).where(Shift.id.in_(ids))
    for row in db.session.execute(shown.order_by(Shift.starts_at, Shift.id)):
        need = Need(**row._mapping)
        found[need.starts_at.astimezone(zone).date()].shifts.append(need)
    local = _local_day(zone).label("on")
    counted = narrowed(select(local, *sum_columns(model)).select_from(Shift), campaign_id, wanted, model)
    for on, *numbers in db.session.execute(counted.group_by(local)):
        if on in found:
            found[on].sums = Sums(*numbers)
    return [Day(on, each.shifts, each.sums or Sums(0, 0, 0, 0.0, 0, 0)) for on, each in found.items()]


@dataclass(slots=True)
class _Found:
    shifts: list[Need]
    sums: Sums | None


def _first_by_index(
    campaign_id: int, wanted: Wanted, model: ShowModel, days: Sequence[date], zone: ZoneInfo, most: int
) -> Any:
    """The ids of the first shifts of each day where nearly every shift is wanted: each day reads its first
    from the index by start and stops, so that a full month of a nation costs what is shown."""
    instant = DateTime(timezone=True)
    each = values(column("begins", instant), column("ends", instant), name="each_day").data(
        [bounds(on, zone) for on in days]
    )
    first = (
        narrowed(select(Shift.id).select_from(Shift), campaign_id, wanted, model)
        .where(Shift.starts_at >= each.c.begins, Shift.starts_at < each.c.ends)
        .order_by(Shift.starts_at)
        .limit(most)
        .lateral("first")
    )
    return select(first.c.id).select_from(each.join(first, true()))


def _first_by_number(campaign_id: int, wanted: Wanted, model: ShowModel, zone: ZoneInfo, most: int) -> Any:
    """The same where few of all shifts are wanted: these are numbered day by day."""
    number = func.row_number().over(partition_by=_local_day(zone), order_by=(Shift.starts_at, Shift.id))
    numbered = narrowed(
        select(Shift.id, number.label("number")).select_from(Shift), campaign_id, wanted, model
    ).subquery()
    return select(numbered.c.id).where(numbered.c.number <= most)


def _local_day(zone: ZoneInfo) -> ColumnElement[date]:
    return func.date(func.timezone(str(zone), Shift.starts_at))
