"""How one gets each kind of paper here: a line a kind, by the organizers, shown to whoever lacks one."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from volunteer_hub.core import access
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import transaction
from volunteer_hub.events import pages
from volunteer_hub.events.blueprint import bp
from volunteer_hub.events.forms import PlainForm
from volunteer_hub.people import services as people
from volunteer_hub.people.papers import PAPERS
from volunteer_hub.people.services.papers import LONGEST_LINE


@bp.route("/organize/papers", methods=["GET", "POST"])
@access.needs(Role.ORGANIZER)
def ways_to_papers() -> ResponseReturnValue:
    campaign = pages.own_campaign()
    form = PlainForm()
    if form.validate_on_submit():
        lines = {kind: request.form.get(kind, "").replace("\x00", "") for kind in PAPERS}
        with transaction():
            people.set_ways_to_papers(campaign, lines, by=current_user.id)
        flash(_("Saved."), "ok")
        return redirect(url_for("events.ways_to_papers"))
    ways = people.ways_to_papers(campaign)
    return pages.page("events/papers.html", campaign, ways=ways, papers=PAPERS, longest=LONGEST_LINE)
