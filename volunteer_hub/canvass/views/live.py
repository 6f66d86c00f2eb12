"""Live progress of the day, the shifts that run and the precincts being walked, for leads and organizers."""

from __future__ import annotations

from flask import g, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from flask_login import current_user

from volunteer_hub.canvass import tally
from volunteer_hub.canvass.blueprint import bp
from volunteer_hub.core import access, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db
from volunteer_hub.core.shared import shared
from volunteer_hub.core.web import limiter
from volunteer_hub.people.models import Campaign

EVERY_S = 0.5
"""The database is asked at most this often, however many people watch."""


def _who_asks() -> str:
    """Limits are counted by person: a whole office watches from one address."""
    return f"live-{getattr(current_user, 'id', None) or get_remote_address()}"


def _tally() -> tally.Tally:
    campaign_id, now = current_user.campaign_id, clock.now()

    def make() -> object:
        return tally.count(campaign_id, db.session.get_one(Campaign, campaign_id).time_zone, now)

    counted = shared(f"tally-{campaign_id}", make, every_s=EVERY_S)
    return tally.seen_by(counted, list(access.paths(current_user, Role.FIELD_LEAD)))


@bp.get("/organize/live")
@access.needs(Role.FIELD_LEAD)
def live() -> ResponseReturnValue:
    """The page; its numbers keep themselves up to date."""
    g.time_zone = db.session.get_one(Campaign, current_user.campaign_id).time_zone
    return render_template("canvass/live.html", tally=_tally())


@bp.get("/organize/live.json")
@limiter.limit("240/minute", key_func=_who_asks)
@access.needs(Role.FIELD_LEAD)
def live_figures() -> ResponseReturnValue:
    """The same numbers as data."""
    return jsonify(figures=_tally().figures())
