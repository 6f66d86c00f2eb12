"""How full shifts were and are, week by week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from geodata.showing import ShowModel
from volunteer_hub.core.db import db
from volunteer_hub.events.models import Shift, SignUp
from volunteer_hub.events.queries.needs import Sums, Wanted, narrowed, sum_columns


@dataclass(frozen=True, slots=True)
class Week:
    """The shifts that begin in seven days from `on`: their sums, and how many were marked as having come."""

    on: date
    sums: Sums
    came: int


def weeks_filled(
    campaign_id: int, wanted: Wanted, model: ShowModel, *, first: date, weeks: int, zone: ZoneInfo
) -> list[Week]:
    """So many weeks from the day `first`, also those without a shift. Two statements."""
    week = ((func.date(func.timezone(str(zone), Shift.starts_at)) - first) // 7).label("week")
    counted = narrowed(
        select(week, *sum_columns(model)).select_from(Shift), campaign_id, wanted, model
    ).group_by(week)
    found = {number: Sums(*rest) for number, *rest in db.session.execute(counted)}
    marks = narrowed(
        select(week, func.count().label("came")).select_from(SignUp).join(Shift, Shift.id == SignUp.shift_id),
        campaign_id,
        wanted,
        model,
    )
    marks = marks.where(SignUp.campaign_id == campaign_id, SignUp.attendance == "attended").group_by(week)
    came = {row.week: row.came for row in db.session.execute(marks)}
    nothing = Sums(0, 0, 0, 0.0, 0, 0)
    return [
        Week(first + timedelta(days=7 * number), found.get(number, nothing), came.get(number, 0))
        for number in range(weeks)
    ]
