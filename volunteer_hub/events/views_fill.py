"""How full shifts were in the last weeks and are in the next, of an area or of one event."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from volunteer_hub.core import access
from volunteer_hub.core.access import Role
from volunteer_hub.core.charts import columns
from volunteer_hub.events import pages, queries, wanting
from volunteer_hub.events.blueprint import bp
from volunteer_hub.events.queries.days import week_days
from volunteer_hub.events.queries.filling import weeks_filled
from volunteer_hub.events.views_needs import page

WEEKS_BACK, WEEKS = 8, 12


@bp.get("/organize/events/fill")
@access.needs(Role.ORGANIZER)
def fill() -> ResponseReturnValue:
    """Going against places, expected against needed and who came, a line and a bar a week."""
    campaign, filters = pages.own_campaign(), wanting.chosen()
    event_id = request.args.get("event", type=int)
    event = (
        queries.event_within(current_user.campaign_id, event_id, pages.organizer_paths())
        if event_id
        else None
    )
    first = week_days(pages.today(campaign))[0] - timedelta(days=7 * WEEKS_BACK)
    last = first + timedelta(days=7 * WEEKS - 1)
    wanted = wanting.wanted(filters, campaign, days=(first, last))
    weeks = weeks_filled(
        campaign.id,
        replace(wanted, event_id=event_id),
        queries.show_model(campaign.id),
        first=first,
        weeks=WEEKS,
        zone=ZoneInfo(campaign.time_zone),
    )
    return page(
        "events/fill.html",
        campaign,
        filters,
        "fill",
        event=event,
        weeks=weeks,
        chart=columns([100 * week.sums.filled for week in weeks]),
        has_shifts=any(week.sums.shifts for week in weeks),
        this_week=weeks[WEEKS_BACK].on,
    )
