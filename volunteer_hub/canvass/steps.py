"""What canvass adds to a person's start page and to their shifts: the walk lists in their hands."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from volunteer_hub.core.db import db
from volunteer_hub.events.wording import moment_text
from volunteer_hub.people.identity import SignedIn
from volunteer_hub.people.models import Campaign
from volunteer_hub.people.start import NextStep
from volunteer_hub.turf import queries as turf


def own_walk_lists(viewer: SignedIn, now: datetime) -> list[NextStep]:
    """The turf this person holds now, each with the way to its doors."""
    leases = turf.current_leases_of(viewer.campaign_id, viewer.id, now)
    if not leases:
        return []
    zone = db.session.get_one(Campaign, viewer.campaign_id).time_zone
    return [
        NextStep(
            _("Your walk list: turf %(name)s", name=each.turf_name),
            ngettext(
                "%(num)d door left, open until %(until)s.",
                "%(num)d doors left, open until %(until)s.",
                each.doors - each.doors_done,
                until=moment_text(each.expires_at, zone, viewer.time_zone),
            ),
            url_for("canvass.my_walk", lease_id=each.id),
            "walk",
            order=0,
        )
        for each in leases
    ]
