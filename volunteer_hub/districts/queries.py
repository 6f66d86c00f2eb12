"""Reads of districts: imports, layers, districts and precincts with what is in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from volunteer_hub.core.access import within
from volunteer_hub.core.db import db
from volunteer_hub.districts.models import District, Door, Import, Precinct, RememberedMapping, Result, Voter
from volunteer_hub.people.models import Area


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of districts and how much is known in it."""

    kind: str
    districts: int
    precincts: int
    doors: int
    contests: int


def imports_query(campaign_id: int) -> Select[*tuple[Any, ...]]:
    """The campaign's imports, newest first."""
    return select(
        Import.id, Import.kind, Import.state, Import.file_name, Import.created_at, Import.finished_at,
        Import.message,
        Import.done_count, Import.total_count,
    ).where(Import.campaign_id == campaign_id).order_by(Import.id.desc())  # fmt: skip


def import_for_run(import_id: int) -> Import | None:
    """The import, locked, or None when it is gone."""
    return db.session.scalars(select(Import).where(Import.id == import_id).with_for_update()).one_or_none()


def unfinished_imports(silent_since: datetime) -> list[int]:
    """Imports that should run: queued long ago, or running without a sign of life."""
    heard = func.coalesce(Import.heard_at, Import.started_at, Import.created_at)
    query = select(Import.id).where(Import.state.in_(("queued", "running")), heard < silent_since)
    return list(db.session.scalars(query.order_by(Import.id)))


def remembered_mapping(campaign_id: int, kind: str, signature: str) -> dict[str, Any] | None:
    """What a person answered for a file of the same layout."""
    query = select(RememberedMapping.mapping).where(
        RememberedMapping.campaign_id == campaign_id,
        RememberedMapping.kind == kind,
        RememberedMapping.signature == signature,
    )
    return db.session.scalar(query)


def layers(campaign_id: int) -> list[Layer]:
    """Each layer of districts, in four statements at any size."""
    of = District.campaign_id == campaign_id
    districts = _by_kind(select(District.kind, func.count()).where(of))
    precincts = _by_kind(
        select(District.kind, func.count()).join(Precinct, Precinct.district_id == District.id).where(of)
    )
    doors = _by_kind(
        select(District.kind, func.count()).join(Door, Door.district_id == District.id).where(of)
    )
    contests = _by_kind(
        select(District.kind, func.count(func.distinct(Result.held_on.op("||")(Result.office))))
        .join(Result, Result.district_id == District.id)
        .where(of)
    )
    return [
        Layer(kind, count, precincts.get(kind, 0), doors.get(kind, 0), contests.get(kind, 0))
        for kind, count in sorted(districts.items())
    ]


def names_of_lone_districts(campaign_id: int) -> dict[str, str]:
    """Layer -> the name of its district, for the layers that have only one."""
    query = (
        select(District.kind, func.min(District.name).label("name"))
        .where(District.campaign_id == campaign_id)
        .group_by(District.kind)
        .having(func.count() == 1)
    )
    return {row.kind: row.name for row in db.session.execute(query)}


def _by_kind(query: Select[*tuple[Any, ...]]) -> dict[str, int]:
    return {row[0]: row[1] for row in db.session.execute(query.group_by(District.kind)).all()}


@dataclass(frozen=True, slots=True)
class VoterCounts:
    """Voters by how well their address was found among the doors."""

    matched: int
    doubtful: int
    unmatched: int

    @property
    def total(self) -> int:
        return self.matched + self.doubtful + self.unmatched


def voter_counts(campaign_id: int) -> VoterCounts:
    """How many voters there are, by match."""
    rows = db.session.execute(
        select(Voter.match, func.count()).where(Voter.campaign_id == campaign_id).group_by(Voter.match)
    )
    counts = {row[0]: row[1] for row in rows}
    return VoterCounts(counts.get("matched", 0), counts.get("doubtful", 0), counts.get("unmatched", 0))


def districts_query(
    campaign_id: int, kind: str, area_paths: Iterable[str], search: str = ""
) -> Select[*tuple[Any, ...]]:
    """The districts of a layer in these areas with their precincts, doors and people, for a page of a
    list.
    """
    precincts = (
        select(func.count()).where(Precinct.district_id == District.id).correlate(District).scalar_subquery()
    )
    doors = select(func.count()).where(Door.district_id == District.id).correlate(District).scalar_subquery()
    people = (
        select(func.coalesce(func.sum(Door.people), 0))
        .where(Door.district_id == District.id)
        .correlate(District)
        .scalar_subquery()
    )
    query = select(
        District.id, District.code, District.name, precincts.label("precincts"), doors.label("doors"),
        people.label("people"),
    ).join(Area, Area.id == District.area_id).where(
        District.campaign_id == campaign_id, District.kind == kind, within(Area.path, area_paths)
    )  # fmt: skip
    if search:
        like = f"%{search.replace('%', '').replace('_', ' ')}%"
        query = query.where(District.name.ilike(like) | District.code.ilike(like))
    return query.order_by(District.name, District.id)


def precincts_of(district_id: int) -> list[Any]:
    """The precincts of a district with their doors and people. One statement."""
    query = (
        select(
            Precinct.id, Precinct.code, Precinct.name, func.count(Door.id).label("doors"),
            func.coalesce(func.sum(Door.people), 0).label("people"),
        )
        .outerjoin(Door, Door.precinct_id == Precinct.id)
        .where(Precinct.district_id == district_id)
        .group_by(Precinct.id)
        .order_by(Precinct.name, Precinct.code)
    )  # fmt: skip
    return list(db.session.execute(query))


def results_of(district_id: int) -> list[Any]:
    """Past results of a district: the whole where it is known, else the sum of its precincts. One
    statement.
    """
    whole = aliased(Result)
    has_whole = (
        select(whole.id)
        .where(
            whole.district_id == district_id,
            whole.precinct_id.is_(None),
            whole.held_on == Result.held_on,
            whole.office == Result.office,
        )
        .exists()
    )
    query = (
        select(
            Result.held_on, Result.election, Result.office, Result.party, Result.candidate,
            func.sum(Result.votes).label("votes"),
        )
        .where(Result.district_id == district_id, Result.precinct_id.is_(None) | ~has_whole)
        .group_by(Result.held_on, Result.election, Result.office, Result.party, Result.candidate)
        .order_by(Result.held_on.desc(), Result.office, func.sum(Result.votes).desc())
        .limit(400)
    )  # fmt: skip
    return list(db.session.execute(query))


@dataclass(frozen=True, slots=True)
class ShapeRow:
    """A district or precinct to be drawn: WKB in degrees, and how many doors it has."""

    id: int
    code: str
    name: str
    shape: bytes | None
    doors: int


def shapes(campaign_id: int, kind: str, area_paths: Iterable[str]) -> list[ShapeRow]:
    """The districts of a layer in these areas. One statement."""
    doors = select(func.count()).where(Door.district_id == District.id).correlate(District).scalar_subquery()
    query = (
        select(District.id, District.code, District.name, District.shape, doors)
        .join(Area, Area.id == District.area_id)
        .where(District.campaign_id == campaign_id, District.kind == kind, within(Area.path, area_paths))
    )
    return [ShapeRow(*row) for row in db.session.execute(query)]


def precinct_shapes(district_id: int) -> list[ShapeRow]:
    """The precincts of a district. One statement."""
    doors = select(func.count()).where(Door.precinct_id == Precinct.id).correlate(Precinct).scalar_subquery()
    query = select(Precinct.id, Precinct.code, Precinct.name, Precinct.shape, doors)
    return [ShapeRow(*row) for row in db.session.execute(query.where(Precinct.district_id == district_id))]
