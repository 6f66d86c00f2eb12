"""What matching adds to an organizer's start page."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from volunteer_hub.core import access
from volunteer_hub.core.access import Role
from volunteer_hub.matching import queries
from volunteer_hub.people.identity import SignedIn
from volunteer_hub.people.start import NextStep


def waiting_proposals(viewer: SignedIn, now: datetime) -> list[NextStep]:
    """Proposals that nobody has offered yet."""
    paths = access.paths(viewer, Role.ORGANIZER)
    count = queries.waiting_for_approval(viewer.campaign_id, paths, now) if paths else 0
    if not count:
        return []
    title = ngettext("Offer one proposed place", "Offer %(num)s proposed places", count)
    text = _("A plan is ready. Nobody hears of it before you offer it.")
    return [NextStep(title, text, url_for("matching.index"), "match", order=30)]
