"""What can be cut: precincts with their shapes and doors, and the doors in a drawn area."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, func, select

from volunteer_hub.core import access
from volunteer_hub.core.db import db
from volunteer_hub.districts.models import District, Door, Precinct
from volunteer_hub.people.models import Area
from volunteer_hub.turf.models import DoorStanding, Turf, TurfDoor


@dataclass(frozen=True, slots=True)
class Chosen:
    """Doors that would be cut: how many, in which precincts of which district."""

    district_id: int
    precinct_ids: tuple[int, ...]
    doors: int


def districts_with_doors(campaign_id: int, area_paths: Iterable[str]) -> list[Any]:
    """(id, name, kind, precincts, doors) of districts in these areas that hold doors in precincts."""
    return list(
        db.session.execute(
            select(
                District.id, District.name, District.kind,
                func.count(func.distinct(Door.precinct_id)).label("precincts"),
                func.count(Door.id).label("doors"),
            )
            .join(Area, Area.id == District.area_id)
            .join(Door, Door.district_id == District.id)
            .where(
                District.campaign_id == campaign_id, Door.precinct_id.is_not(None),
                access.within(Area.path, area_paths),
            )
            .group_by(District.id)
            .order_by(District.name, District.id)
        )
    )  # fmt: skip


def precincts_to_choose(campaign_id: int, district_id: int, area_paths: Iterable[str]) -> list[Any]:
    """(id, code, name, shape WKB, doors to visit, turfs) of a district's precincts with doors, by code."""
    turfs = (
        select(func.count())
        .where(Turf.precinct_id == Precinct.id, Turf.state.in_(("open", "leased")))
        .correlate(Precinct)
        .scalar_subquery()
    )
    return list(
        db.session.execute(
            select(
                Precinct.id, Precinct.code, Precinct.name, Precinct.shape, func.count(Door.id).label("doors"),
                turfs.label("turfs"),
            )
            .join(District, District.id == Precinct.district_id)
            .join(Area, Area.id == District.area_id)
            .join(Door, Door.precinct_id == Precinct.id)
            .outerjoin(DoorStanding, DoorStanding.door_id == Door.id)
            .where(
                Precinct.campaign_id == campaign_id, Precinct.district_id == district_id, _wants_visit(),
                access.within(Area.path, area_paths),
            )
            .group_by(Precinct.id)
            .order_by(Precinct.code, Precinct.id)
        )
    )  # fmt: skip


def precincts_below(
    campaign_id: int, area_paths: Iterable[str], *, district_id: int | None = None
) -> list[int]:
    """Precincts with doors to visit in these areas, or in one district of them; by district and code."""
    query = (
        select(Precinct.id)
        .join(District, District.id == Precinct.district_id)
        .join(Area, Area.id == District.area_id)
        .join(Door, Door.precinct_id == Precinct.id)
        .outerjoin(DoorStanding, DoorStanding.door_id == Door.id)
        .where(Precinct.campaign_id == campaign_id, _wants_visit(), access.within(Area.path, area_paths))
        .group_by(Precinct.id, District.name)
        .order_by(District.name, Precinct.code, Precinct.id)
    )
    if district_id is not None:
        query = query.where(Precinct.district_id == district_id)
    return list(db.session.scalars(query))


def chosen_doors(
    campaign_id: int,
    area_paths: Iterable[str],
    *,
    precinct_ids: Sequence[int] = (),
    area: BaseGeometry | None = None,
) -> list[Chosen]:
    """What these precincts, or this drawn area, hold to be cut, by district. Two statements."""
    held = (
        select(TurfDoor.door_id)
        .join(Turf, Turf.id == TurfDoor.turf_id)
        .where(TurfDoor.door_id == Door.id, TurfDoor.is_open, (Turf.state == "leased") | Turf.is_locked)
        .exists()
    )
    query = (
        select(Door.district_id, Door.precinct_id, Door.longitude, Door.latitude)
        .join(District, District.id == Door.district_id)
        .join(Area, Area.id == District.area_id)
        .outerjoin(DoorStanding, DoorStanding.door_id == Door.id)
        .where(
            Door.campaign_id == campaign_id, Door.precinct_id.is_not(None), _wants_visit(), ~held,
            access.within(Area.path, area_paths),
        )
    )  # fmt: skip
    if area is not None:
        west, south, east, north = area.bounds
        query = query.where(Door.longitude.between(west, east), Door.latitude.between(south, north))
    else:
        query = query.where(Door.precinct_id.in_(list(precinct_ids)))
    rows = db.session.execute(query).all()
    if area is not None and rows:
        shapely.prepare(area)
        is_in = shapely.intersects_xy(area, [r.longitude for r in rows], [r.latitude for r in rows])
        rows = [row for row, inside in zip(rows, is_in, strict=True) if inside]
    return [_chosen(district, rows) for district in sorted({row.district_id for row in rows})]


def door_dots(
    campaign_id: int, district_id: int, area_paths: Iterable[str], *, most: int = 30_000
) -> list[tuple[float, float]]:
    """(longitude, latitude) of a district's doors to visit; of more than `most`, every second or so."""
    query = (
        select(Door.longitude, Door.latitude)
        .join(District, District.id == Door.district_id)
        .join(Area, Area.id == District.area_id)
        .outerjoin(DoorStanding, DoorStanding.door_id == Door.id)
        .where(
            Door.campaign_id == campaign_id, Door.district_id == district_id, Door.precinct_id.is_not(None),
            _wants_visit(), access.within(Area.path, area_paths),
        )
        .order_by(Door.id)
    )  # fmt: skip
    rows = db.session.execute(query).all()
    step = -(-len(rows) // most) or 1
    return [(round(row.longitude, 6), round(row.latitude, 6)) for row in rows[::step]]


def _chosen(district_id: int, rows: Sequence[Any]) -> Chosen:
    own = [row.precinct_id for row in rows if row.district_id == district_id]
    return Chosen(district_id, tuple(sorted(set(own))), len(own))


def _wants_visit() -> ColumnElement[bool]:
    return Door.is_do_not_walk.is_(False) & func.coalesce(DoorStanding.is_finished, False).is_(False)
