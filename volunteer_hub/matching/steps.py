"""What matching adds to an organizer's start page."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _

from volunteer_hub.assignments import lines
from volunteer_hub.core import access
from volunteer_hub.core.access import Role
from volunteer_hub.events import queries as events
from volunteer_hub.matching import queries
from volunteer_hub.people.identity import SignedIn
from volunteer_hub.people.start import NextStep
from volunteer_hub.priority import queries as priority


def waiting_proposals(viewer: SignedIn, now: datetime) -> list[NextStep]:
    """Proposals that nobody has offered yet and that can still be offered."""
    paths = access.paths(viewer, Role.ORGANIZER)
    count = lines.count_offerable(viewer.campaign_id, lines.Wanted(tuple(paths)), now) if paths else 0
    if not count:
        return []
    title = ngettext(
        "Offer one proposed place", "Offer %(count)s proposed places", count, count=format_decimal(count)
    )
    text = _("A plan is ready. Nobody hears of it before you offer it.")
    return [NextStep(title, text, url_for("matching.index"), "match", order=30)]


def plan_who_goes(viewer: SignedIn, now: datetime) -> list[NextStep]:
    """A contest says what an hour is worth, shifts are ahead, and nobody has planned yet."""
    paths = access.paths(viewer, Role.ORGANIZER)
    if not paths or priority.active_contest(viewer.campaign_id) is None:
        return []
    if not events.counts(viewer.campaign_id, now, area_paths=paths).shifts_ahead:
        return []
    if queries.runs(viewer.campaign_id, paths).total:
        return []
    text = _("Let the program propose who goes where; you look at it before anybody hears of it.")
    return [NextStep(_("Plan who goes"), text, url_for("matching.index"), "match", order=28)]
