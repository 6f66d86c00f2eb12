"""Coming shifts day by day, for calendars: a few of each day and how the whole day stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, BigInteger, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

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
    urgency,
    with_scores,
)

NOTHING = Sums(0, 0, 0, 0.0, 0, 0)


@dataclass(frozen=True, slots=True)
class Day:
    """A day where the campaign is, with the shifts that need somebody most and the sums over all of them."""

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
    now: datetime,
    most: int,
) -> list[Day]:
    """These days with up to `most` shifts each, those that need somebody most, by their start.

    Two statements, whatever the number of days and shifts: the first adds up each day where the rows are and
    says which of it to show, so that a row a day comes back; the second reads the shown.
    """
    sums = _sums_by_day(campaign_id, wanted, worth, model, zone=zone, now=now, most=most)
    shown: dict[date, list[Need]] = {on: [] for on in days}
    ids = [each for on in days if on in sums for each in sums[on][1]]
    query = needs_query(campaign_id, wanted, worth, model).where(Shift.id == func.any(ids))
    for row in db.session.execute(query.order_by(Shift.starts_at, Shift.id)):
        need = Need(**row._mapping)
        shown[need.starts_at.astimezone(zone).date()].append(need)
    return [Day(on, shown[on], sums[on][0] if on in sums else NOTHING) for on in days]


def _sums_by_day(
    campaign_id: int,
    wanted: Wanted,
    worth: Worth,
    model: ShowModel,
    *,
    zone: ZoneInfo,
    now: datetime,
    most: int,
) -> dict[date, tuple[Sums, list[int]]]:
    """{day: (its sums, the ids of the `most` that need somebody most)} of the days that have any."""
    local = func.date(func.timezone(str(zone), Shift.starts_at)).label("on")
    order = aggregate_order_by(Shift.id, urgency(worth, model, now).desc(), Shift.starts_at, Shift.id)
    first = func.array_agg(order, type_=ARRAY(BigInteger))[1:most]
    query = select(local, first, *sum_columns(model)).select_from(Shift)
    query = narrowed(query, campaign_id, wanted, model, places=worth.mean > 0)
    if worth.mean > 0:
        query = with_scores(query, worth)
    rows = db.session.execute(query.group_by(local))
    return {on: (Sums(*numbers), ids) for on, ids, *numbers in rows}
