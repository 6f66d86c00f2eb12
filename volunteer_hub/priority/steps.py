"""What priority adds to an organizer's start page."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _

from volunteer_hub.core import access
from volunteer_hub.core.access import Role
from volunteer_hub.districts.brought import brought
from volunteer_hub.people.identity import SignedIn
from volunteer_hub.people.start import NextStep
from volunteer_hub.priority import queries


def set_up_contest(viewer: SignedIn, now: datetime) -> list[NextStep]:
    """Results say nothing before somebody has said what to win. For whom may decide it."""
    del now
    if not access.everywhere(viewer, Role.ORGANIZER) or not brought(viewer.campaign_id).results:
        return []
    if queries.active_contest(viewer.campaign_id) is not None:
        return []
    text = _("Say who we are and what to win; then every district is scored by what an hour there is worth.")
    return [NextStep(_("Set up the contest"), text, url_for("priority.new_contest"), "target", order=22)]
