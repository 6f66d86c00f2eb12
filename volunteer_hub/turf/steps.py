"""What turf adds to an organizer's start page."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _

from volunteer_hub.core import access
from volunteer_hub.core.access import Role
from volunteer_hub.districts.brought import brought
from volunteer_hub.people.identity import SignedIn
from volunteer_hub.people.start import NextStep
from volunteer_hub.turf import queries


def cut_turf(viewer: SignedIn, now: datetime) -> list[NextStep]:
    """Doors are there and no turf is: nobody can be sent out yet."""
    del now
    paths = access.paths(viewer, Role.ORGANIZER)
    if not paths or not brought(viewer.campaign_id).doors_to_cut:
        return []
    if queries.turf_counts(viewer.campaign_id, paths):
        return []
    text = _("Doors for one canvasser and one shift, cut along the streets.")
    return [NextStep(_("Cut turf"), text, url_for("turf.choose"), "scissors", order=24)]
