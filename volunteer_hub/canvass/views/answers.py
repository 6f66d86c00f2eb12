"""What was answered, question by question; and which results the phone offers."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from volunteer_hub.canvass import services
from volunteer_hub.canvass.blueprint import bp
from volunteer_hub.canvass.models import ALWAYS_OFFERED
from volunteer_hub.canvass.vocabulary import FINISHED, RESULTS, SENSITIVE
from volunteer_hub.core import access
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import transaction
from volunteer_hub.core.refusals import Forbidden


@bp.get("/canvass/answers")
@access.needs(Role.ORGANIZER)
def answers() -> ResponseReturnValue:
    """Counts and shares of the answers from the viewer's areas."""
    paths = access.paths(current_user, Role.ORGANIZER)
    return render_template(
        "canvass/script_answers.html", tallies=services.tallies(current_user.campaign_id, paths)
    )


@bp.get("/canvass/results")
@access.needs(Role.ORGANIZER)
def results() -> ResponseReturnValue:
    """The results with their meaning, and which of them the phone offers."""
    return render_template(
        "canvass/results.html",
        results=RESULTS,
        offered=services.results_of(current_user.campaign_id),
        always=ALWAYS_OFFERED,
        finished=FINISHED,
        sensitive=SENSITIVE,
        may_change=access.everywhere(current_user, Role.ORGANIZER),
    )


@bp.post("/canvass/results")
@access.needs(Role.ORGANIZER)
def offer_results() -> ResponseReturnValue:
    """Choose the results that the phone offers."""
    if not access.everywhere(current_user, Role.ORGANIZER):
        raise Forbidden(
            _("Results are the whole campaign's. Ask an organizer of the whole campaign to choose.")
        )
    with transaction():
        services.offer_results(current_user.campaign_id, request.form.getlist("results"), by=current_user.id)
    flash(_("Saved. Walk lists opened from now on offer these results."), "ok")
    return redirect(url_for("canvass.results"))
