"""Pages of events for everybody: the list of shifts, and a shift; the others are beside it."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from volunteer_hub.core import access, clock
from volunteer_hub.events import (
    pages,
    queries,
    views_check_in,
    views_mine,
    views_organize,
    views_papers,
    views_roster,
    views_sign_up,
)
from volunteer_hub.events.blueprint import bp
from volunteer_hub.events.forms import GuestForm, search_of
from volunteer_hub.events.views_sign_up import shift_page, visible
from volunteer_hub.events.vocabulary import DISTANCES_KM, KINDS
from volunteer_hub.people.forms import COMMON_LANGUAGES
from volunteer_hub.people.models import Campaign
from volunteer_hub.people.vocabulary import language_choices

__all__ = [
    "bp",
    "views_check_in",
    "views_mine",
    "views_organize",
    "views_papers",
    "views_roster",
    "views_sign_up",
]


@bp.get("/shifts")
@access.signed_in
def index() -> ResponseReturnValue:
    return _list(pages.own_campaign())


@bp.get("/c/<slug>/shifts")
@access.public("upcoming shifts of public events, without any names of volunteers")
def public_list(slug: str) -> ResponseReturnValue:
    return _list(pages.campaign_at(slug))


@bp.get("/c/<slug>/shifts/<int:shift_id>")
@access.public("one shift of a public event, without any names but its lead's")
def shift(slug: str, shift_id: int) -> ResponseReturnValue:
    campaign = pages.campaign_at(slug)
    return shift_page(campaign, visible(campaign, shift_id), GuestForm())


def _list(campaign: Campaign) -> ResponseReturnValue:
    """Six statements for a stranger and a few more for the signed-in, at any number of shifts."""
    is_member = pages.is_member(campaign)
    home = pages.own_home() if is_member else None
    wanted, sentence = search_of(request.args, home=home, today=pages.today(campaign))
    found = queries.upcoming_shifts(
        campaign.id,
        wanted,
        now=clock.now(),
        time_zone=campaign.time_zone,
        number=request.args.get("page", 1, type=int),
        members=is_member,
    )
    mine = queries.my_states(current_user.id, [card.id for card in found.rows]) if is_member else {}
    return pages.page(
        "events/list.html",
        campaign,
        shown=found.rows,
        found=found,
        wanted=wanted,
        sentence=sentence,
        mine=mine,
        has_home=home is not None,
        within_options=[(str(km), _("within %(km)s km", km=km)) for km in DISTANCES_KM],
        kind_options=list(KINDS.items()),
        languages=[each for each in language_choices() if each[0] in COMMON_LANGUAGES],
    )
