"""Cuts and batches: one by id, how far it is, and what stands in it for the page where it is edited."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from volunteer_hub.core import access
from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import NotFound
from volunteer_hub.districts.models import District, Door, Precinct
from volunteer_hub.people.models import Area, Person
from volunteer_hub.turf.models import Cut, CutBatch, CutPrecinct, Lease, Turf, TurfDoor, TurfEdit


def cut_within(campaign_id: int, cut_id: int, area_paths: Iterable[str]) -> Cut:
    """A cut of a district in these areas; raises NotFound."""
    cut = db.session.scalar(
        select(Cut)
        .join(District, District.id == Cut.district_id)
        .join(Area, Area.id == District.area_id)
        .where(Cut.id == cut_id, Cut.campaign_id == campaign_id, access.within(Area.path, area_paths))
    )
    if cut is None:
        raise NotFound()
    return cut


def cut_of(campaign_id: int, precinct_id: int) -> Cut | None:
    """The newest cut of a precinct, alone or with others."""
    return db.session.scalar(
        select(Cut)
        .join(CutPrecinct, CutPrecinct.cut_id == Cut.id)
        .where(
            Cut.campaign_id == campaign_id,
            CutPrecinct.precinct_id == precinct_id,
            Cut.state != "cancelled",
        )
        .order_by(Cut.id.desc())
        .limit(1)
    )


def precincts_of_cut(cut_id: int) -> list[Any]:
    """(id, code, name, district_id, district_name) of the precincts a cut takes doors from."""
    return list(
        db.session.execute(
            select(
                Precinct.id,
                Precinct.code,
                Precinct.name,
                Precinct.district_id,
                District.name.label("district_name"),
            )
            .join(CutPrecinct, CutPrecinct.precinct_id == Precinct.id)
            .join(District, District.id == Precinct.district_id)
            .where(CutPrecinct.cut_id == cut_id)
            .order_by(Precinct.code, Precinct.id)
        )
    )


def stuck_cuts(before: datetime) -> list[tuple[int, str]]:
    """(id, state) of cuts that were asked or begun before this and have not ended."""
    since = func.coalesce(Cut.started_at, Cut.created_at)
    rows = db.session.execute(
        select(Cut.id, Cut.state).where(Cut.state.in_(("queued", "running")), since < before).order_by(Cut.id)
    )
    return [(row.id, row.state) for row in rows]


def turfs_of_cut(cut_id: int) -> list[Any]:
    """The standing turfs of a cut with shape, line and holder, by name. One statement."""
    return list(
        db.session.execute(
            _standing_turfs().where(Turf.cut_id == cut_id).order_by(Turf.precinct_id, Turf.number)
        )
    )


def turfs_beside(cut_id: int) -> list[Any]:
    """Standing turfs of other cuts in the same precincts. One statement."""
    precincts = select(CutPrecinct.precinct_id).where(CutPrecinct.cut_id == cut_id)
    return list(
        db.session.execute(
            _standing_turfs()
            .where(Turf.precinct_id.in_(precincts), Turf.cut_id != cut_id)
            .order_by(Turf.precinct_id, Turf.number)
        )
    )


def _standing_turfs() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Turf.id, Turf.number, Turf.name, Turf.state, Turf.is_locked, Turf.colour, Turf.doors,
            Turf.doors_done, Turf.minutes, Turf.metres, Turf.start_latitude, Turf.start_longitude,
            Turf.shape, Turf.line, Person.name.label("holder"), Turf.cut_id,
        )
        .outerjoin(Lease, (Lease.turf_id == Turf.id) & Lease.returned_at.is_(None))
        .outerjoin(Person, Person.id == Lease.person_id)
        .where(Turf.state != "retired")
    )  # fmt: skip


def doors_of_turfs(turf_ids: Sequence[int]) -> list[Any]:
    """(id, turf_id, position, longitude, latitude, building_key, number, street, unit, result) of standing
    turfs, by turf and walking order. One statement."""
    return list(
        db.session.execute(
            select(
                Door.id, TurfDoor.turf_id, TurfDoor.position, Door.longitude, Door.latitude,
                Door.building_key, Door.number, Door.street, Door.unit, TurfDoor.result,
            )
            .join(TurfDoor, TurfDoor.door_id == Door.id)
            .where(TurfDoor.turf_id.in_(list(turf_ids)), TurfDoor.is_open)
            .order_by(TurfDoor.turf_id, TurfDoor.position)
        )
    )  # fmt: skip


def doors_by_id(campaign_id: int, door_ids: Sequence[int]) -> list[Any]:
    """(id, number, street, unit, city, turf_id, turf_name) of doors, by street and number. One statement."""
    return list(
        db.session.execute(
            select(
                Door.id, Door.number, Door.street, Door.unit, Door.city, Turf.id.label("turf_id"),
                Turf.name.label("turf_name"),
            )
            .outerjoin(TurfDoor, (TurfDoor.door_id == Door.id) & TurfDoor.is_open)
            .outerjoin(Turf, Turf.id == TurfDoor.turf_id)
            .where(Door.campaign_id == campaign_id, Door.id.in_(list(door_ids)))
            .order_by(Door.street, func.length(Door.number), Door.number, Door.unit, Door.id)
        )
    )  # fmt: skip


def last_edit(cut_id: int) -> str | None:
    """The kind of the edit that would be undone next."""
    return db.session.scalar(
        select(TurfEdit.kind).where(TurfEdit.cut_id == cut_id).order_by(TurfEdit.version.desc()).limit(1)
    )


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A batch with how far it is. `doors` and `turfs` of the parts that are done."""

    id: int
    title: str
    area_name: str
    created_at: datetime
    cancelled_at: datetime | None
    parts: int
    done: int
    failed: int
    cancelled: int
    first_started_at: datetime | None

    @property
    def left(self) -> int:
        return self.parts - self.done - self.failed - self.cancelled

    def seconds_left(self, now: datetime) -> float | None:
        """From the pace so far; not known before the first part is done."""
        if not self.done or not self.left or self.first_started_at is None:
            return None
        return (now - self.first_started_at).total_seconds() * self.left / self.done


def batches(campaign_id: int, area_paths: Iterable[str], *, batch_id: int | None = None) -> list[BatchLine]:
    """The newest batches of these areas, or one of them. One statement."""
    query = (
        select(
            CutBatch.id, CutBatch.title, Area.name, CutBatch.created_at, CutBatch.cancelled_at,
            func.count(Cut.id), _in_state("done", "retired"), _in_state("failed"), _in_state("cancelled"),
            func.min(Cut.started_at),
        )
        .join(Area, Area.id == CutBatch.area_id)
        .outerjoin(Cut, Cut.batch_id == CutBatch.id)
        .where(CutBatch.campaign_id == campaign_id, access.within(Area.path, area_paths))
        .group_by(CutBatch.id, Area.name)
        .order_by(CutBatch.id.desc())
        .limit(20)
    )  # fmt: skip
    if batch_id is not None:
        query = query.where(CutBatch.id == batch_id)
    return [BatchLine(*row) for row in db.session.execute(query)]


def batch_within(campaign_id: int, batch_id: int, area_paths: Iterable[str]) -> BatchLine:
    """One batch of these areas; raises NotFound."""
    found = batches(campaign_id, area_paths, batch_id=batch_id)
    if not found:
        raise NotFound()
    return found[0]


def parts_query(batch_id: int) -> Select[*tuple[Any, ...]]:
    """The parts of a batch with precinct, turfs and doors, the newest that are ready first."""
    counts = (
        select(Turf.cut_id, func.count().label("turfs"), func.sum(Turf.doors).label("doors"))
        .where(Turf.state != "retired")
        .group_by(Turf.cut_id)
        .subquery("counts")
    )
    names = (
        select(func.string_agg(Precinct.name, aggregate_order_by(literal(", "), Precinct.code)))
        .join(CutPrecinct, CutPrecinct.precinct_id == Precinct.id)
        .where(CutPrecinct.cut_id == Cut.id)
        .correlate(Cut)
        .scalar_subquery()
    )
    return (
        select(
            Cut.id, Cut.state, Cut.message, names.label("names"),
            District.name.label("district_name"), func.coalesce(counts.c.turfs, 0).label("turfs"),
            func.coalesce(counts.c.doors, 0).label("doors"),
        )
        .join(District, District.id == Cut.district_id)
        .outerjoin(counts, counts.c.cut_id == Cut.id)
        .where(Cut.batch_id == batch_id)
        .order_by(Cut.finished_at.desc().nulls_last(), Cut.id)
    )  # fmt: skip


def _in_state(*states: str) -> Any:
    return func.count(Cut.id).filter(Cut.state.in_(states))
