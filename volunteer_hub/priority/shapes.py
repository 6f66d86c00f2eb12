"""Shapes for maps: light outlines of a layer, worked out once for each version of it."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

import geopandas as gpd
import shapely
from sqlalchemy import func, select

from geodata.boundaries import simplified
from volunteer_hub.core import access
from volunteer_hub.core.db import db
from volunteer_hub.core.kept import kept
from volunteer_hub.districts.models import District, Import, Precinct
from volunteer_hub.people.models import Area

KEPT_S = 7 * 24 * 3600
STEPS_ACROSS = 2500  # bends smaller than this part of the map are not drawn
DEGREE_M = 111_200.0


def version(campaign_id: int, kind: str, paths: list[str], district_id: int | None = None) -> str:
    """A short text that changes when the layer's shapes, or what the viewer may see of them, may have."""
    row = db.session.execute(
        select(func.count(District.id), func.max(District.id), _newest_import(campaign_id)).where(
            District.campaign_id == campaign_id, District.kind == kind
        )
    ).one()
    words = "|".join(str(each) for each in (campaign_id, kind, district_id, *row, *sorted(paths)))
    return hashlib.sha256(words.encode()).hexdigest()[:20]


def _newest_import(campaign_id: int) -> Any:
    return (
        select(func.max(Import.finished_at))
        .where(Import.campaign_id == campaign_id, Import.kind.in_(("districts", "precincts")))
        .scalar_subquery()
    )


def layer(campaign_id: int, kind: str, paths: list[str], version_text: str) -> str:
    """GeoJSON of the layer's districts at or below the areas: id, code, name and a light outline."""
    return str(
        kept(f"shapes:{version_text}", lambda: _geojson(_districts(campaign_id, kind, paths)), for_s=KEPT_S)
    )


def precincts(campaign_id: int, district_id: int, version_text: str) -> str:
    """GeoJSON of a district's precincts."""
    return str(
        kept(f"shapes:{version_text}", lambda: _geojson(_precincts(campaign_id, district_id)), for_s=KEPT_S)
    )


def _districts(campaign_id: int, kind: str, paths: list[str]) -> list[Any]:
    query = (
        select(District.id, District.code, District.name, District.shape)
        .join(Area, Area.id == District.area_id)
        .where(District.campaign_id == campaign_id, District.kind == kind, access.within(Area.path, paths))
    )
    return list(db.session.execute(query.order_by(District.id)))


def _precincts(campaign_id: int, district_id: int) -> list[Any]:
    query = select(Precinct.id, Precinct.code, Precinct.name, Precinct.shape).where(
        Precinct.campaign_id == campaign_id, Precinct.district_id == district_id
    )
    return list(db.session.execute(query.order_by(Precinct.id)))


def _geojson(rows: list[Any]) -> str:
    rows = [row for row in rows if row.shape]
    if not rows:
        return '{"type": "FeatureCollection", "features": []}'
    frame = gpd.GeoDataFrame(geometry=shapely.from_wkb([row.shape for row in rows]), crs=4326)
    west, south, east, north = frame.total_bounds
    width_m = max((east - west) * math.cos(math.radians((south + north) / 2)), north - south) * DEGREE_M
    step = width_m / STEPS_ACROSS
    light = simplified(frame, tolerance_m=step).geometry.to_numpy()
    grid = 10.0 ** math.floor(math.log10(max(step / DEGREE_M / 4, 1e-7)))
    outlines = shapely.to_geojson(shapely.set_precision(light, grid, mode="pointwise"))
    features = [
        f'{{"type":"Feature","properties":{_properties(row)},"geometry":{outline}}}'
        for row, outline in zip(rows, outlines, strict=True)
    ]
    return '{"type":"FeatureCollection","features":[' + ",".join(features) + "]}"


def _properties(row: Any) -> str:
    return json.dumps({"id": row.id, "name": row.name, "code": row.code}, separators=(",", ":"))
