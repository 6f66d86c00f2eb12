"""Coming and past shifts as a calendar: a month or a week, in days of the campaign's zone."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from volunteer_hub.core import access, clock
from volunteer_hub.core.access import Role
from volunteer_hub.events import pages, queries, wanting
from volunteer_hub.events.blueprint import bp
from volunteer_hub.events.queries import days as by_day
from volunteer_hub.events.queries import needs as needing
from volunteer_hub.events.views_needs import page

MOST_A_DAY = {"month": 3, "week": 14}


@bp.get("/organize/events/calendar")
@access.needs(Role.ORGANIZER)
def calendar() -> ResponseReturnValue:
    """Every day shows the shifts that need somebody most, how many more there are, and how many are short."""
    campaign, filters = pages.own_campaign(), wanting.chosen()
    span = "week" if request.args.get("span") == "week" else "month"
    on = filters.on or pages.today(campaign)
    days = by_day.week_days(on) if span == "week" else by_day.month_days(on.year, on.month)
    found = by_day.shifts_by_day(
        campaign.id,
        wanting.wanted(filters, campaign, days=(days[0], days[-1])),
        needing.worth_now(campaign.id),
        queries.show_model(campaign.id),
        days=days,
        zone=ZoneInfo(campaign.time_zone),
        now=clock.now(),
        most=MOST_A_DAY[span],
    )
    return page(
        "events/calendar.html",
        campaign,
        filters,
        "calendar",
        span=span,
        on=on,
        weeks=[found[start : start + 7] for start in range(0, len(found), 7)],
        today=pages.today(campaign),
        month=format_skeleton("yMMMM", on, locale=get_locale()),
        earlier=_moved(on, span, -1),
        later=_moved(on, span, 1),
    )


def _moved(on: date, span: str, by: int) -> date:
    """The same day a week away, or the first of a month away."""
    if span == "week":
        return on + timedelta(days=7 * by)
    months = on.year * 12 + on.month - 1 + by
    return date(months // 12, months % 12 + 1, 1)
