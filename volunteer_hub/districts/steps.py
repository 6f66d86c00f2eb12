"""What districts add to an organizer's start page."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _

from volunteer_hub.core import access
from volunteer_hub.core.access import Role
from volunteer_hub.districts import queries
from volunteer_hub.people.identity import SignedIn
from volunteer_hub.people.start import NextStep


def bring_districts(viewer: SignedIn, now: datetime) -> list[NextStep]:
    """A campaign without a map cannot begin: the first thing its admin is told."""
    del now
    if not access.paths(viewer, Role.ORGANIZER) or queries.layers(viewer.campaign_id):
        return []
    text = _(
        "Begin with the districts: a map of counties, wards or precincts. Then past results, doors, and "
        "voters."
    )
    return [
        NextStep(
            _("Bring the districts"), text, url_for("districts.upload", kind="districts"), "upload", order=7
        )
    ]
