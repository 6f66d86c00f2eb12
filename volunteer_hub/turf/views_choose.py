"""What to cut: precincts from a list or the map, a drawn area, or all precincts of a district or area."""

from __future__ import annotations

from typing import Any

import shapely
from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from shapely.geometry.base import BaseGeometry

from volunteer_hub.core import access, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import transaction
from volunteer_hub.core.refusals import NotFound, Refusal
from volunteer_hub.people import queries as people
from volunteer_hub.turf import queries, services
from volunteer_hub.turf.blueprint import bp
from volunteer_hub.turf.forms import CutAllForm, CutNewForm
from volunteer_hub.turf.queries import Chosen
from volunteer_hub.turf.refusals import NothingToCut
from volunteer_hub.turf.running import cut_now

SHAPE_DETAIL = 0.00005  # degrees, about five metres: enough to choose a precinct by


@bp.route("/turf/new", methods=["GET", "POST"])
@access.needs(Role.ORGANIZER)
def choose() -> ResponseReturnValue:
    """Choose precincts, or draw an area, and cut."""
    districts = queries.districts_with_doors(current_user.campaign_id, _paths())
    district = _district(districts, request.values.get("district", type=int))
    form = CutNewForm()
    precincts = (
        queries.precincts_to_choose(current_user.campaign_id, district.id, _paths()) if district else []
    )
    form.precincts.choices = [(row.id, row.code) for row in precincts]
    if form.validate_on_submit():
        try:
            return _cut(form)
        except Refusal as refusal:
            form.refuse(refusal)
    elif request.method == "GET":
        form.precincts.data = request.args.getlist("precinct", type=int)
    return render_template(
        "turf/choose.html",
        districts=districts,
        district=district,
        precincts=precincts,
        form=form,
        all_form=_all_form(districts, district),
    )


@bp.post("/turf/new/count")
@access.needs(Role.ORGANIZER)
def count_doors() -> ResponseReturnValue:
    """How many doors the choice holds, for the page while people choose."""
    form = CutNewForm()
    found = _chosen(form, form.drawn())
    doors = sum(each.doors for each in found)
    return jsonify(
        doors=doors,
        precincts=sum(len(each.precinct_ids) for each in found),
        districts=len(found),
    )


@bp.post("/turf/new/all")
@access.needs(Role.ORGANIZER)
def cut_all() -> ResponseReturnValue:
    """Cut all precincts of a district or of an area, each by a job of its own."""
    districts = queries.districts_with_doors(current_user.campaign_id, _paths())
    form = _all_form(districts, None)
    if not form.validate_on_submit():
        flash(" ".join(str(each) for errors in form.errors.values() for each in errors), "error")
        return redirect(url_for("turf.choose"))
    title, precincts = _scope(form.scope.data, districts)
    with transaction():
        batch_id = services.ask_batch(
            current_user.campaign_id, precincts, title=title, minutes=form.minutes.data,
            params=form.params(), by=current_user.id, now=clock.now(),
        ).id  # fmt: skip
    return redirect(url_for("turf.batch", batch_id=batch_id))


@bp.get("/turf/new/doors.json")
@access.needs(Role.ORGANIZER)
def door_dots() -> ResponseReturnValue:
    """Where the doors of a district are: [longitude, latitude] of each, or of some thousands of them."""
    district = request.args.get("district", 0, type=int)
    return jsonify(queries.door_dots(current_user.campaign_id, district, _paths()))


@bp.get("/turf/new/precincts.geojson")
@access.needs(Role.ORGANIZER)
def precinct_shapes() -> ResponseReturnValue:
    """The precincts of a district, to be chosen on the map."""
    rows = queries.precincts_to_choose(
        current_user.campaign_id, request.args.get("district", 0, type=int), _paths()
    )
    return jsonify(type="FeatureCollection", features=[_feature(row) for row in rows if row.shape])


def _cut(form: CutNewForm) -> ResponseReturnValue:
    area = form.drawn()
    found = _chosen(form, area)
    if not found:
        raise NothingToCut()
    precincts = [each for one in found for each in one.precinct_ids]
    if area is None and not form.together.data and len(precincts) > 1:
        return _cut_apart(form, precincts)
    with transaction():
        ids = [
            services.ask_cut_of(
                current_user.campaign_id, each.precinct_ids, area=area, minutes=form.minutes.data,
                params=form.params(), by=current_user.id, now=clock.now(),
            ).id
            for each in found
        ]  # fmt: skip
    for cut_id in ids:
        cut_now(cut_id)
    if len(ids) > 1:
        flash(_("The area lies in several districts, so it became a cut in each of them."), "info")
    return redirect(url_for("turf.edit_cut", cut_id=ids[0]))


def _cut_apart(form: CutNewForm, precincts: list[int]) -> ResponseReturnValue:
    with transaction():
        batch_id = services.ask_batch(
            current_user.campaign_id, precincts, title=_("Chosen precincts"), minutes=form.minutes.data,
            params=form.params(), by=current_user.id, now=clock.now(),
        ).id  # fmt: skip
    return redirect(url_for("turf.batch", batch_id=batch_id))


def _chosen(form: CutNewForm, area: BaseGeometry | None) -> list[Chosen]:
    return queries.chosen_doors(
        current_user.campaign_id, _paths(), precinct_ids=form.precincts.data or [], area=area
    )


def _scope(said: str, districts: list[Any]) -> tuple[str, list[int]]:
    """The title of a district or area, and its precincts; `said` as "district-7" or "area-3"."""
    kind, _dash, number = said.partition("-")
    campaign_id = current_user.campaign_id
    if kind == "district":
        district = _district(districts, int(number))
        return district.name, queries.precincts_below(campaign_id, _paths(), district_id=district.id)
    area = next(each for each in people.areas(campaign_id, _paths()) if each.id == int(number))
    return area.name, queries.precincts_below(campaign_id, [area.path])


def _all_form(districts: list[Any], district: Any) -> CutAllForm:
    form = CutAllForm(prefix="all-")
    areas = people.areas(current_user.campaign_id, _paths())
    form.scope.choices = [
        *[(f"district-{each.id}", _("%(name)s (district)", name=each.name)) for each in districts],
        *[(f"area-{each.id}", _("%(name)s (area)", name=each.name)) for each in areas],
    ]
    if district is not None and not form.is_submitted():
        form.scope.data = f"district-{district.id}"
    return form


def _district(districts: list[Any], wanted: int | None) -> Any:
    if wanted is None:
        return districts[0] if districts else None
    found = next((each for each in districts if each.id == wanted), None)
    if found is None:
        raise NotFound()
    return found


def _paths() -> list[str]:
    return access.paths(current_user, Role.ORGANIZER)


def _feature(row: Any) -> dict[str, Any]:
    shape = shapely.simplify(shapely.from_wkb(row.shape), SHAPE_DETAIL)
    return {
        "type": "Feature",
        "geometry": shapely.geometry.mapping(shape),
        "properties": {"id": row.id, "code": row.code, "name": row.name, "doors": row.doors},
    }
