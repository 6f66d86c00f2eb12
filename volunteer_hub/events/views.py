"""The page of a shift; the other pages of events are beside it."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from volunteer_hub.core import access
from volunteer_hub.events import (
    found_by,
    pages,
    views_calendar,
    views_calls,
    views_changes,
    views_changing,
    views_check_in,
    views_embed,
    views_fill,
    views_here,
    views_mine,
    views_near,
    views_needs,
    views_organize,
    views_papers,
    views_public,
    views_roster,
    views_several,
    views_showing,
    views_sign_up,
)
from volunteer_hub.events.blueprint import bp
from volunteer_hub.events.forms import GuestForm
from volunteer_hub.events.views_sign_up import shift_page, visible

__all__ = [
    "bp",
    "views_calendar",
    "views_calls",
    "views_changes",
    "views_changing",
    "views_check_in",
    "views_embed",
    "views_fill",
    "views_here",
    "views_mine",
    "views_near",
    "views_needs",
    "views_organize",
    "views_papers",
    "views_public",
    "views_roster",
    "views_several",
    "views_showing",
    "views_sign_up",
]


@bp.get("/c/<slug>/shifts/<int:shift_id>")
@access.public("one shift of a public event, without any names of people")
def shift(slug: str, shift_id: int) -> ResponseReturnValue:
    campaign = pages.seen_at(slug)
    found_by.note(campaign.id)
    return shift_page(campaign, visible(campaign, shift_id), GuestForm())
