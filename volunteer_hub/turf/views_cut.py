"""The page where a cut is edited: its turfs on a map and in a table, changed by a form or by its script."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from volunteer_hub.core import access, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.core.web import wants_json
from volunteer_hub.turf import queries, services, showing
from volunteer_hub.turf.blueprint import bp
from volunteer_hub.turf.forms import CutForm, point_of, polygon_of
from volunteer_hub.turf.models import Cut
from volunteer_hub.turf.refusals import NothingChanges
from volunteer_hub.turf.running import cut_now
from volunteer_hub.turf.services import Desk, Edited

MOST_DOORS = 5000


@bp.get("/turf/cuts/<int:cut_id>")
@access.needs(Role.ORGANIZER)
def edit_cut(cut_id: int) -> ResponseReturnValue:
    """The turfs of a cut, to be looked at and changed."""
    cut = _cut(cut_id)
    turfs = queries.turfs_of_cut(cut_id)
    chosen = request.args.get("turf", type=int)
    picked = next((turf for turf in turfs if turf.id == chosen), None)
    precincts = queries.precincts_of_cut(cut_id)
    return render_template(
        "turf/cut.html",
        cut=cut,
        title=showing.title_of(precincts, cut),
        lead=showing.lead_of(turfs),
        turfs=turfs,
        beside=queries.turfs_beside(cut_id),
        picked=picked,
        doors=queries.doors_of_turfs([picked.id]) if picked else [],
        precincts=precincts,
        undoable=showing.EDITS.get(queries.last_edit(cut_id) or ""),
        report=showing.report_of(cut, turfs),
        form=CutForm.like(cut.minutes, cut.params),
        words=showing.words(),
    )


@bp.get("/turf/cuts/<int:cut_id>/turfs.json")
@access.needs(Role.ORGANIZER)
def cut_state(cut_id: int) -> ResponseReturnValue:
    """Everything the map shows: turfs with shape and walk, doors in walking order, the version."""
    cut = _cut(cut_id)
    return jsonify(showing.state_of(cut, queries.last_edit(cut_id)))


@bp.get("/turf/cuts/<int:cut_id>/streets.json")
@access.needs(Role.ORGANIZER)
def cut_streets(cut_id: int) -> ResponseReturnValue:
    """The streets and barriers around the turfs of a cut, as GeoJSON."""
    cut = _cut(cut_id)
    boxes = [row.shape for row in queries.turfs_of_cut(cut_id) if row.shape is not None]
    return jsonify(showing.streets_of(cut.campaign_id, boxes))


@bp.get("/turf/cuts/<int:cut_id>/progress.json")
@access.needs(Role.ORGANIZER)
def cut_waiting(cut_id: int) -> ResponseReturnValue:
    """How far a cut is that a worker makes."""
    cut = _cut(cut_id)
    return jsonify(showing.progress_of(cut) | {"url": url_for("turf.edit_cut", cut_id=cut_id)})


@bp.post("/turf/cuts/<int:cut_id>/edit")
@access.needs(Role.ORGANIZER)
def change_cut(cut_id: int) -> ResponseReturnValue:
    """One edit: `action` says which, `version` what its author saw. A page, or JSON for the script."""
    _cut(cut_id)
    try:
        with transaction():
            desk = Desk(
                current_user.campaign_id, cut_id, request.form.get("version", -1, type=int),
                by=current_user.id, now=clock.now(),
            )  # fmt: skip
            edited = _act(desk, request.form.get("action", ""))
    except Refusal as refusal:
        if wants_json():
            raise
        flash(str(refusal.sentence), "error")
        return redirect(url_for("turf.edit_cut", cut_id=cut_id))
    if request.form.get("action") == "again":
        cut_now(cut_id)
    if wants_json():
        return jsonify(showing.answer_of(_cut(cut_id), edited, queries.last_edit(cut_id)))
    flash(edited.sentence, "ok")
    return redirect(url_for("turf.edit_cut", cut_id=cut_id, turf=edited.made[0] if edited.made else None))


@bp.get("/turf/cuts/<int:cut_id>/doubtful")
@access.needs(Role.ORGANIZER)
def doubtful_doors(cut_id: int) -> ResponseReturnValue:
    """Doors whose street is in doubt, and doors that no street reaches."""
    cut = _cut(cut_id)
    lists = {
        name: queries.doors_by_id(cut.campaign_id, cut.report.get(name) or [])
        for name in ("doubtful_ids", "off_network_ids")
    }
    return render_template(
        "turf/doubtful.html",
        cut=cut,
        title=showing.title_of(queries.precincts_of_cut(cut_id), cut),
        doubtful=lists["doubtful_ids"],
        off_network=lists["off_network_ids"],
    )


def _act(desk: Desk, action: str) -> Edited:
    turfs = request.form.getlist("turf", type=int)
    match action:
        case "move":
            doors = request.form.getlist("door", type=int)[:MOST_DOORS]
            return services.move_doors(desk, doors, _target())
        case "border":
            return services.move_border(
                desk, _one(turfs), polygon_of(request.form.get("swept", "")),
                grabbed=point_of(request.form.get("grabbed", "")),
                dropped=point_of(request.form.get("dropped", "")),
            )  # fmt: skip
        case "merge":
            return services.merge(desk, turfs)
        case "split":
            return services.split(desk, _one(turfs))
        case "lock" | "unlock":
            return services.set_locked(desk, turfs, action == "lock")
        case "undo":
            return services.undo(desk)
        case "again":
            return _again(desk)
    raise Refusal(_("Choose what to do with the turfs."))


def _again(desk: Desk) -> Edited:
    form = CutForm()
    if not form.validate():
        raise Refusal(" ".join(str(each) for errors in form.errors.values() for each in errors))
    return services.cut_rest_again(
        desk, minutes=float(form.minutes.data), params=form.params(), runs_here=False
    )


def _target() -> int | None:
    """The turf to move doors to; None for a new one."""
    said = request.form.get("to", "")
    if said == "new":
        return None
    if not said.isdecimal():
        raise NothingChanges(_("Choose the turf to move the doors to."))
    return int(said)


def _one(turfs: list[int]) -> int:
    if len(turfs) != 1:
        raise NothingChanges(_("Choose one turf."))
    return turfs[0]


def _cut(cut_id: int) -> Cut:
    db.session.expire_all()
    paths = access.paths(current_user, Role.ORGANIZER)
    return queries.cut_within(current_user.campaign_id, cut_id, paths)


__all__: list[Any] = ["change_cut", "cut_state", "cut_waiting", "doubtful_doors", "edit_cut"]
