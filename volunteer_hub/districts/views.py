"""Pages of districts: the layers, their districts, and one district with its precincts and past results."""

from __future__ import annotations

import json
from itertools import groupby

import geopandas as gpd
import shapely
from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from geodata.boundaries import simplified
from volunteer_hub.core import access
from volunteer_hub.core.access import Role
from volunteer_hub.core.paging import page_of
from volunteer_hub.core.refusals import NotFound
from volunteer_hub.districts import queries, views_doubts, views_imports
from volunteer_hub.districts.blueprint import bp
from volunteer_hub.districts.models import District
from volunteer_hub.people.models import Area

__all__ = ["bp", "views_doubts", "views_imports"]
_COARSE_M, _FINE_M = 250.0, 15.0


@bp.get("/districts")
@access.needs(Role.ORGANIZER)
def index() -> ResponseReturnValue:
    """The districts of a layer, on a map and in a table."""
    layers = queries.layers(current_user.campaign_id)
    kind = request.args.get("kind") or next((layer.kind for layer in layers), "")
    if kind and kind not in [layer.kind for layer in layers]:
        raise NotFound()
    search = request.args.get("q", "").strip()
    query = queries.districts_query(current_user.campaign_id, kind, _paths(), search)
    page = page_of(query, request.args.get("page", 1, type=int))
    return render_template("districts/index.html", layers=layers, kind=kind, page=page, search=search)


def _paths() -> list[str]:
    return access.paths(current_user, Role.ORGANIZER)


def _district(district_id: int) -> District:
    district: District = access.in_campaign(District, district_id, current_user.campaign_id)
    area = access.in_campaign(Area, district.area_id, current_user.campaign_id)
    access.require(current_user, Role.ORGANIZER, area.path)
    return district


@bp.get("/districts/<int:district_id>")
@access.needs(Role.ORGANIZER)
def show(district_id: int) -> ResponseReturnValue:
    """One district: its precincts, doors and past results."""
    district = _district(district_id)
    precincts = queries.precincts_of(district.id)
    rows = queries.results_of(district.id)
    contests = [
        (key, list(lines))
        for key, lines in groupby(rows, key=lambda row: (row.held_on, row.election, row.office))
    ]
    return render_template(
        "districts/district.html", district=district, precincts=precincts, contests=contests
    )


@bp.get("/districts/shapes/<kind>.geojson")
@access.needs(Role.ORGANIZER)
def layer_shapes(kind: str) -> ResponseReturnValue:
    """A layer's districts for the map, drawn coarsely."""
    rows = queries.shapes(current_user.campaign_id, kind, _paths())
    return _geojson(rows, _COARSE_M, "districts.show")


@bp.get("/districts/<int:district_id>/precincts.geojson")
@access.needs(Role.ORGANIZER)
def precinct_shapes(district_id: int) -> ResponseReturnValue:
    """A district's precincts for the map."""
    return _geojson(queries.precinct_shapes(_district(district_id).id), _FINE_M, "")


def _geojson(rows: list[queries.ShapeRow], tolerance_m: float, endpoint: str) -> Response:
    rows = [row for row in rows if row.shape]
    shapes = [shapely.from_wkb(row.shape) for row in rows]
    if shapes:
        shapes = list(
            simplified(gpd.GeoDataFrame(geometry=shapes, crs=4326), tolerance_m=tolerance_m).geometry
        )
    features = [
        {
            "type": "Feature",
            "properties": {
                "id": row.id, "name": row.name, "code": row.code, "doors": row.doors,
                **({"url": url_for(endpoint, district_id=row.id)} if endpoint else {}),
            },
            "geometry": json.loads(shapely.to_geojson(shapely.set_precision(shape, 1e-6, mode="pointwise"))),
        }
        for row, shape in zip(rows, shapes, strict=True)
    ]  # fmt: skip
    return Response(
        json.dumps({"type": "FeatureCollection", "features": features}), mimetype="application/geo+json"
    )
