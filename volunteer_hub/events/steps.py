"""What events add to a person's start page: their own shifts, and shifts still to be planned."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import url_for
from flask_babel import gettext as _

from volunteer_hub.core import access, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db
from volunteer_hub.districts.brought import brought
from volunteer_hub.events import queries
from volunteer_hub.events.queries import MyShift
from volunteer_hub.events.wording import span_text
from volunteer_hub.people.identity import SignedIn
from volunteer_hub.people.models import Campaign
from volunteer_hub.people.start import NextStep


def own_shifts(viewer: SignedIn, now: datetime) -> list[NextStep]:
    """The shifts of today where the campaign is, or the next one there is."""
    campaign = db.session.get_one(Campaign, viewer.campaign_id)
    zone = ZoneInfo(campaign.time_zone)
    ahead = [
        each
        for each in queries.my_shifts(viewer.campaign_id, viewer.id, since=now)
        if each.state == "going" and not each.card.is_cancelled
    ]
    day = clock.campaign_day(now, zone)
    today = [each for each in ahead if clock.campaign_day(each.card.starts_at, zone) <= day]
    if today:
        return [_step(_("Your shift today: %(event)s", event=each.card.event_name), each, campaign, viewer)
                for each in today]  # fmt: skip
    return [
        _step(_("Your next shift: %(event)s", event=each.card.event_name), each, campaign, viewer)
        for each in ahead[:1]
    ]


def _step(title: str, mine: MyShift, campaign: Campaign, viewer: SignedIn) -> NextStep:
    card = mine.card
    when = span_text(card.starts_at, card.ends_at, campaign.time_zone, viewer.time_zone, card.place_zone)
    url = url_for("events.mine") + f"#sign-up-{mine.sign_up_id}"
    return NextStep(title, f"{when} · {card.location_name}", url, "calendar", order=2)


def plan_shifts(viewer: SignedIn, now: datetime) -> list[NextStep]:
    """A campaign with a map and no shift ahead has nothing to offer to anybody."""
    paths = access.paths(viewer, Role.ORGANIZER)
    if not paths or not brought(viewer.campaign_id).districts:
        return []
    if queries.counts(viewer.campaign_id, now, area_paths=paths).shifts_ahead:
        return []
    text = _("An event with its shifts: when and where people meet, and how many are wanted.")
    return [NextStep(_("Plan shifts"), text, url_for("events.manage"), "calendar", order=26)]
