"""Pages of turf: precincts by urgency, a precinct's turfs on a map, one turf with its history."""

from __future__ import annotations

from typing import Any

import shapely
from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from volunteer_hub.core import access, audit, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import transaction
from volunteer_hub.core.paging import Page, page_of
from volunteer_hub.turf import queries, services, showing
from volunteer_hub.turf.blueprint import bp
from volunteer_hub.turf.drawing import drawing_of, stretches
from volunteer_hub.turf.forms import CutForm, CutManyForm
from volunteer_hub.turf.queries import PrecinctLine, TurfLine
from volunteer_hub.turf.running import cut_now

STATE_KINDS = {"open": "info", "leased": "warning", "done": "ok", "retired": "neutral"}
DOTS = {"open": "brand", "leased": "warning", "done": "ok"}


@bp.get("/turf")
@access.needs(Role.FIELD_LEAD)
def index() -> ResponseReturnValue:
    """Precincts of the viewer's areas, the most urgent first."""
    text = request.args.get("q", "").strip()[:100]
    found = page_of(
        queries.precincts_query(current_user.campaign_id, _paths(), text=text),
        request.args.get("page", 1, type=int),
    )
    page = Page([PrecinctLine(*row) for row in found.rows], found.number, found.per_page, found.total)
    return render_template(
        "turf/index.html",
        page=page,
        text=text,
        counts=queries.turf_counts(current_user.campaign_id, _paths()),
        out=queries.current_leases(current_user.campaign_id, clock.now(), _paths()),
        batches=[
            each
            for each in queries.batches(current_user.campaign_id, _paths())
            if each.left and not each.cancelled_at
        ],
        form=CutManyForm(),
        can_cut=_may_cut(),
    )


@bp.post("/turf/cut")
@access.needs(Role.ORGANIZER)
def cut_many() -> ResponseReturnValue:
    """Cut the precincts where an hour is worth most and nothing is open yet."""
    form = CutManyForm()
    if not form.validate_on_submit():
        flash(" ".join(str(each) for errors in form.errors.values() for each in errors), "error")
        return redirect(url_for("turf.index"))
    paths = access.paths(current_user, Role.ORGANIZER)
    rows = queries.without_open_turf(current_user.campaign_id, paths, most=form.count.data)
    if not rows:
        flash(_("Every precinct with doors has open turf already."), "info")
        return redirect(url_for("turf.index"))
    with transaction():
        batch = services.ask_batch(
            current_user.campaign_id,
            rows,
            title=ngettext("%(num)d most urgent precinct", "%(num)d most urgent precincts", len(rows)),
            minutes=form.minutes.data,
            params=form.params(),
            by=current_user.id,
            now=clock.now(),
        )
        batch_id = batch.id
    return redirect(url_for("turf.batch", batch_id=batch_id))


@bp.get("/turf/precincts/<int:precinct_id>")
@access.needs(Role.FIELD_LEAD)
def precinct(precinct_id: int) -> ResponseReturnValue:
    """The turfs of one precinct, on a map and in a list."""
    place = queries.precinct_within(current_user.campaign_id, precinct_id, _paths())
    cut = queries.cut_of(current_user.campaign_id, precinct_id)
    found = page_of(
        queries.turfs_query(current_user.campaign_id, _paths(), precinct_id=precinct_id),
        request.args.get("page", 1, type=int),
        100,
    )
    return render_template(
        "turf/precinct.html",
        place=place,
        page=Page([TurfLine(*row) for row in found.rows], found.number, found.per_page, found.total),
        cut=cut,
        cut_words=showing.lead_of(queries.turfs_of_cut(cut.id)) if cut else "",
        form=CutForm(),
        can_cut=_may_cut(),
        state_kinds=STATE_KINDS,
    )


@bp.post("/turf/precincts/<int:precinct_id>/cut")
@access.needs(Role.ORGANIZER)
def cut(precinct_id: int) -> ResponseReturnValue:
    """Cut one precinct, again if it was cut before."""
    queries.precinct_within(current_user.campaign_id, precinct_id, access.paths(current_user, Role.ORGANIZER))
    form = CutForm()
    if not form.validate_on_submit():
        flash(" ".join(str(each) for errors in form.errors.values() for each in errors), "error")
        return redirect(url_for("turf.precinct", precinct_id=precinct_id))
    with transaction():
        cut_id = services.ask_cut(
            current_user.campaign_id,
            precinct_id,
            minutes=form.minutes.data,
            params=form.params(),
            by=current_user.id,
            now=clock.now(),
        ).id
    cut_now(cut_id)
    return redirect(url_for("turf.edit_cut", cut_id=cut_id))


@bp.get("/turf/precincts/<int:precinct_id>/cut.json")
@access.needs(Role.FIELD_LEAD)
def cut_progress(precinct_id: int) -> ResponseReturnValue:
    """How far the newest cut is, for the page that waits for it."""
    queries.precinct_within(current_user.campaign_id, precinct_id, _paths())
    newest = queries.cut_of(current_user.campaign_id, precinct_id)
    state = newest.state if newest else "done"
    return jsonify(
        done=int(state == "running"),
        total=2,
        label=_("Waiting for a free worker") if state == "queued" else _("Finding routes and cutting"),
        seconds_left=None,
        finished=state not in ("queued", "running"),
        failed=state == "failed",
        message=newest.message if newest else "",
        url=url_for("turf.precinct", precinct_id=precinct_id),
    )


@bp.get("/turf/shapes.geojson")
@access.needs(Role.FIELD_LEAD)
def shapes() -> ResponseReturnValue:
    """The outlines of turfs, of one precinct, of one district or of all; with `open` those to hand out."""
    rows = queries.shapes(
        current_user.campaign_id,
        _paths(),
        request.args.get("precinct", type=int),
        district_id=request.args.get("district", type=int),
        states=("open",) if "open" in request.args else ("open", "leased", "done"),
    )
    return jsonify(type="FeatureCollection", features=[_feature(row) for row in rows if row.shape])


@bp.get("/turf/<int:turf_id>")
@access.needs(Role.FIELD_LEAD)
def turf(turf_id: int) -> ResponseReturnValue:
    """One turf: its doors in walking order, who had it and when."""
    line = queries.turf_within(current_user.campaign_id, turf_id, _paths())
    return render_template(
        "turf/turf.html",
        turf=line,
        doors=queries.walk_list(turf_id),
        leases=queries.leases_of_turf(turf_id),
        state_kinds=STATE_KINDS,
    )


@bp.get("/turf/<int:turf_id>/print")
@access.needs(Role.FIELD_LEAD)
def sheet(turf_id: int) -> ResponseReturnValue:
    """The walk list on paper, in the same order as on the phone."""
    line = queries.turf_within(current_user.campaign_id, turf_id, _paths())
    doors = queries.walk_list(turf_id)
    route = queries.line_of(turf_id)
    with transaction():
        audit.record(
            "print.walk_list",
            campaign_id=current_user.campaign_id,
            by=current_user.id,
            subject=f"turf:{turf_id}",
            doors=len(doors),
        )
    return render_template(
        "turf/sheet.html",
        turf=line,
        doors=doors,
        streets=stretches(doors),
        drawing=drawing_of(doors, route, width=660, height=420),
    )


def _paths() -> list[str]:
    return access.paths(current_user, Role.FIELD_LEAD)


def _may_cut() -> bool:
    return access.may(current_user, Role.ORGANIZER)


def _feature(row: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": shapely.geometry.mapping(shapely.from_wkb(row.shape)),
        "properties": {
            "id": row.id,
            "name": row.name,
            "state": row.state,
            "doors": row.doors,
            "doors_left": row.doors - row.doors_done,
            "holder": row.holder or "",
            "url": url_for("turf.turf", turf_id=row.id),
            "value": row.doors - row.doors_done,
        },
    }
