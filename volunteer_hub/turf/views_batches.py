"""Many precincts cut one by one: how far it is, what is ready, and letting the rest go."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from volunteer_hub.core import access, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import transaction
from volunteer_hub.core.paging import Page, page_of
from volunteer_hub.turf import queries, services
from volunteer_hub.turf.blueprint import bp
from volunteer_hub.turf.models import CutBatch


@bp.get("/turf/batches/<int:batch_id>")
@access.needs(Role.ORGANIZER)
def batch(batch_id: int) -> ResponseReturnValue:
    """The parts of a batch, those that are ready first."""
    line = queries.batch_within(current_user.campaign_id, batch_id, _paths())
    left_s = line.seconds_left(clock.now())
    return render_template("turf/batch.html", batch=line, page=_parts(batch_id), seconds_left=left_s)


@bp.get("/turf/batches/<int:batch_id>/progress.json")
@access.needs(Role.ORGANIZER)
def batch_progress(batch_id: int) -> ResponseReturnValue:
    """How far it is, for the page that waits."""
    line = queries.batch_within(current_user.campaign_id, batch_id, _paths())
    return jsonify(
        done=line.parts - line.left,
        total=line.parts,
        label=_("Cutting turf"),
        seconds_left=line.seconds_left(clock.now()),
        finished=not line.left,
        failed=False,
        message="",
        url=url_for("turf.batch", batch_id=batch_id),
    )


@bp.get("/turf/batches/<int:batch_id>/parts.json")
@access.needs(Role.ORGANIZER)
def batch_parts(batch_id: int) -> ResponseReturnValue:
    """The parts as they are to be shown now, for the page that waits."""
    queries.batch_within(current_user.campaign_id, batch_id, _paths())
    return jsonify(parts={"parts": render_template("turf/_parts.html", page=_parts(batch_id))}, values={})


@bp.post("/turf/batches/<int:batch_id>/cancel")
@access.needs(Role.ORGANIZER)
def cancel_batch(batch_id: int) -> ResponseReturnValue:
    """Let the parts go that are not cut yet."""
    queries.batch_within(current_user.campaign_id, batch_id, _paths())
    with transaction():
        row = access.in_campaign(CutBatch, batch_id, current_user.campaign_id, lock=True)
        gone = services.cancel_batch(row, now=clock.now())
    words = ngettext("%(num)d precinct is left as it was.", "%(num)d precincts are left as they were.", gone)
    flash(words + " " + _("What is cut stays."), "ok")
    return redirect(url_for("turf.batch", batch_id=batch_id))


def _parts(batch_id: int) -> Page[Any]:
    return page_of(queries.parts_query(batch_id), request.args.get("page", 1, type=int), 100)


def _paths() -> list[str]:
    return access.paths(current_user, Role.ORGANIZER)
