"""The way of a signed-in canvasser to the walk list in their hands, without its link or code."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from volunteer_hub.canvass.blueprint import bp
from volunteer_hub.core import access, clock
from volunteer_hub.core.db import db
from volunteer_hub.turf import queries as turf
from volunteer_hub.turf import services as turf_services
from volunteer_hub.turf.models import Lease
from volunteer_hub.turf.refusals import NoSuchTurf


@bp.get("/my/walks/<int:lease_id>")
@access.signed_in
def my_walk(lease_id: int) -> ResponseReturnValue:
    """Open one's own walk list: its holder alone, whatever role others have, and only while it runs."""
    held = turf.current_leases_of(current_user.campaign_id, current_user.id, clock.now())
    if lease_id not in {each.id for each in held}:
        raise NoSuchTurf()
    token = turf_services.link_token(db.session.get_one(Lease, lease_id))
    if token is None:
        raise NoSuchTurf()
    return redirect(url_for("canvass.walk", token=token))
