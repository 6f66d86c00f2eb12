"""Cutting precincts into turfs: asked, begun, worked out without the database, saved in one go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update

from volunteer_hub.core.access import in_campaign
from volunteer_hub.core.db import announce, db
from volunteer_hub.districts.models import Door, Precinct
from volunteer_hub.turf.facts import CutAsked, TurfCut
from volunteer_hub.turf.models import Cut, CutPrecinct, Turf, TurfDoor, TurfEdit
from volunteer_hub.turf.plan import CutPlan, DoorToCut, PlannedTurf, clipped
from volunteer_hub.turf.refusals import BadDoorLimits, CutTooSmall, SeveralDistricts
from volunteer_hub.turf.services.doors import doors_where
from volunteer_hub.turf.services.rows import (
    NewTurf,
    add_turfs,
    outlines_around,
    retire,
    walks_of,
)

LEAST_MINUTES, MOST_MINUTES = 15, 480


def ask_cut(
    campaign_id: int,
    precinct_id: int,
    *,
    minutes: float,
    by: int | None,
    now: datetime,
    params: dict[str, Any] | None = None,
    batch_id: int | None = None,
    runs_here: bool = False,
) -> Cut:
    """Ask for a precinct to be cut into turfs of about `minutes`; a job does it. A cut that waits is reused.

    params: fields of CutParams where they differ from the usual. runs_here: the caller cuts at once.
    """
    check_limits(minutes, params or {})
    precinct: Precinct = in_campaign(Precinct, precinct_id, campaign_id)
    alone = select(func.count()).where(CutPrecinct.cut_id == Cut.id).correlate(Cut).scalar_subquery()
    waiting = db.session.scalar(
        select(Cut)
        .join(CutPrecinct, CutPrecinct.cut_id == Cut.id)
        .where(
            Cut.campaign_id == campaign_id,
            CutPrecinct.precinct_id == precinct_id,
            Cut.state == "queued",
            Cut.area.is_(None),
            alone == 1,
        )
        .with_for_update(of=Cut)
    )
    cut = waiting or _new_cut(precinct.district_id, campaign_id, [precinct_id], by=by, now=now)
    cut.minutes, cut.params, cut.batch_id = minutes, params or {}, batch_id or cut.batch_id
    return _ask(cut, runs_here=runs_here)


def ask_cut_of(
    campaign_id: int,
    precinct_ids: Sequence[int],
    *,
    area: BaseGeometry | None = None,
    minutes: float,
    by: int | None,
    now: datetime,
    params: dict[str, Any] | None = None,
    runs_here: bool = False,
) -> Cut:
    """Ask for several precincts of one district to be cut together, or for what lies in a drawn area of them.

    area: a polygon in degrees; only doors inside are cut. Turfs may cross the lines of these precincts.
    """
    check_limits(minutes, params or {})
    ids = sorted(set(precinct_ids))
    districts = set(
        db.session.scalars(
            select(Precinct.district_id).where(Precinct.id.in_(ids), Precinct.campaign_id == campaign_id)
        )
    )
    if len(districts) != 1:
        raise SeveralDistricts()
    cut = _new_cut(districts.pop(), campaign_id, ids, by=by, now=now)
    cut.minutes, cut.params = minutes, params or {}
    cut.area = None if area is None else shapely.to_wkb(area)
    return _ask(cut, runs_here=runs_here)


def ask_cuts(
    campaign_id: int,
    precinct_ids: Iterable[int],
    *,
    minutes: float,
    by: int | None,
    now: datetime,
    params: dict[str, Any] | None = None,
    batch_id: int | None = None,
) -> list[Cut]:
    """A cut for each of many precincts, in the order given: the most urgent first."""
    return [
        ask_cut(campaign_id, precinct_id, minutes=minutes, by=by, now=now, params=params, batch_id=batch_id)
        for precinct_id in dict.fromkeys(precinct_ids)
    ]


def check_limits(minutes: float, params: dict[str, Any]) -> None:
    """Refuse minutes and doors that make no turf."""
    if not LEAST_MINUTES <= minutes <= MOST_MINUTES:
        raise CutTooSmall(LEAST_MINUTES, MOST_MINUTES)
    least, most = params.get("min_doors"), params.get("max_doors")
    if (least is not None and least < 1) or (most is not None and most < 1) or (least or 0) > (most or 10**9):
        raise BadDoorLimits()


def begin_cut(cut_id: int, *, now: datetime) -> tuple[Cut, list[DoorToCut]] | None:
    """Mark a cut as running and read its doors: those that want a visit and are neither in somebody's hands
    nor in a locked turf.

    None when the cut is not waiting (done, or begun by another worker).
    """
    cut = db.session.scalar(
        select(Cut).where(Cut.id == cut_id, Cut.state == "queued").with_for_update(skip_locked=True)
    )
    if cut is None:
        return None
    cut.state, cut.started_at, cut.heard_at = "running", now, now
    return cut, doors_of_cut(cut)


def doors_of_cut(cut: Cut) -> list[DoorToCut]:
    """The doors that cutting (again) would put into turfs."""
    precincts = _precincts(cut)
    held = (
        select(TurfDoor.door_id)
        .join(Turf, Turf.id == TurfDoor.turf_id)
        .join(Door, Door.id == TurfDoor.door_id)
        .where(Door.precinct_id.in_(precincts), TurfDoor.is_open, _stays())
    )
    doors = doors_where(
        Door.campaign_id == cut.campaign_id, Door.precinct_id.in_(precincts), Door.id.not_in(held)
    )
    return doors if cut.area is None else _inside(doors, shapely.from_wkb(cut.area))


def save_cut(cut_id: int, plan: CutPlan, *, now: datetime) -> Cut | None:
    """Put the plan's turfs in the place of those that held these doors. None when the cut no longer runs.

    A turf that was handed out or locked while the plan was made stays; its doors leave the plan. Of a turf
    that reaches beyond the cut's precincts or area, what lies outside stays as a turf of its own.
    """
    _lock_cuts_around(cut_id)
    cut = db.session.scalar(select(Cut).where(Cut.id == cut_id, Cut.state == "running").with_for_update())
    if cut is None:
        return None
    own = set(db.session.scalars(select(Turf.id).where(Turf.cut_id == cut.id, Turf.state != "retired")))
    gone, left_over = _retire_what_is_cut(cut, now=now)
    taken = _doors_that_stay(cut)
    turfs = [left for turf in plan.turfs if (left := _without(turf, taken, cut))]
    made = add_turfs(cut, [NewTurf(turf) for turf in _beside_what_stands(cut, turfs)])
    cut.state, cut.finished_at, cut.version, cut.message = "done", now, cut.version + 1, ""
    cut.report = plan.report | {"turfs": len(turfs), "doors": sum(len(turf.doors) for turf in turfs)}
    if own & set(gone):
        db.session.add(
            TurfEdit(
                campaign_id=cut.campaign_id, cut_id=cut.id, version=cut.version, kind="recut",
                retired=gone, made=[*made, *left_over], flags={}, made_by=cut.created_by, made_at=now,
            )
        )  # fmt: skip
    _retire_empty_cuts(cut)
    announce(TurfCut(cut.id))
    return cut


def fail_cut(cut_id: int, message: str, *, now: datetime) -> None:
    """Say why a cut did not work; the turfs that were there stay."""
    has_turfs = select(Turf.id).where(Turf.cut_id == cut_id, Turf.state != "retired").exists()
    is_used = db.session.scalar(select(has_turfs))
    db.session.execute(
        update(Cut)
        .where(Cut.id == cut_id, Cut.state.in_(("queued", "running")))
        .values(state="done" if is_used else "failed", message=message[:500], finished_at=now)
    )


def forget_cut(cut_id: int) -> None:
    """Take back a cut that still waits."""
    db.session.execute(delete(Cut).where(Cut.id == cut_id, Cut.state == "queued"))


def _new_cut(
    district_id: int, campaign_id: int, precinct_ids: Sequence[int], *, by: int | None, now: datetime
) -> Cut:
    cut = Cut(
        campaign_id=campaign_id, district_id=district_id, created_by=by, created_at=now, minutes=0, params={}
    )
    db.session.add(cut)
    db.session.flush()
    db.session.add_all(CutPrecinct(cut_id=cut.id, precinct_id=each) for each in precinct_ids)
    return cut


def _ask(cut: Cut, *, runs_here: bool) -> Cut:
    db.session.flush()
    if not runs_here:
        announce(CutAsked(cut.id))
    return cut


def _precincts(cut: Cut) -> list[int]:
    query = select(CutPrecinct.precinct_id).where(CutPrecinct.cut_id == cut.id)
    return list(db.session.scalars(query.order_by(CutPrecinct.precinct_id)))


def _stays() -> ColumnElement[bool]:
    """Turfs that cutting again leaves alone."""
    return or_(Turf.state == "leased", and_(Turf.is_locked, Turf.state != "retired"))


def _inside(doors: Sequence[DoorToCut], area: BaseGeometry) -> list[DoorToCut]:
    shapely.prepare(area)
    within = shapely.intersects_xy(area, [d.longitude for d in doors], [d.latitude for d in doors])
    return [door for door, is_in in zip(doors, within, strict=True) if is_in]


def _lock_cuts_around(cut_id: int) -> None:
    """All cuts that may lose turfs to this one, and the precincts, always in the order of their ids: nobody
    edits these turfs meanwhile, and one cut of a precinct is saved at a time."""
    precincts = select(CutPrecinct.precinct_id).where(CutPrecinct.cut_id == cut_id)
    touched = (
        select(Turf.cut_id)
        .join(TurfDoor, TurfDoor.turf_id == Turf.id)
        .join(Door, Door.id == TurfDoor.door_id)
        .where(Door.precinct_id.in_(precincts), TurfDoor.is_open)
    )
    cuts = select(Cut.id).where(or_(Cut.id == cut_id, Cut.id.in_(touched))).order_by(Cut.id)
    db.session.execute(cuts.with_for_update())
    db.session.execute(
        select(Precinct.id)
        .where(Precinct.id.in_(precincts))
        .order_by(Precinct.id)
        .with_for_update(key_share=True)
    )


def _retire_what_is_cut(cut: Cut, *, now: datetime) -> tuple[list[int], list[int]]:
    """Retire the turfs whose doors the cut takes; give the ids of the retired and of what is left of them."""
    precincts = _precincts(cut)
    touched = (
        select(TurfDoor.turf_id)
        .join(Door, Door.id == TurfDoor.door_id)
        .where(Door.precinct_id.in_(precincts), TurfDoor.is_open)
    )
    turfs = db.session.scalars(
        select(Turf)
        .where(Turf.id.in_(touched), Turf.state.in_(("open", "done")), Turf.is_locked.is_(False))
        .order_by(Turf.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    reached, outside = _reach(cut, [turf.id for turf in turfs])
    doomed = [turf for turf in turfs if turf.id in reached]
    retire([turf.id for turf in doomed], now=now)
    area = None if cut.area is None else shapely.from_wkb(cut.area)
    left_over = _leave_over(area, [turf for turf in doomed if outside[turf.id]], outside)
    others = {turf.cut_id for turf in doomed} - {cut.id}
    db.session.execute(update(Cut).where(Cut.id.in_(others)).values(version=Cut.version + 1))
    return [turf.id for turf in doomed], left_over


def _reach(cut: Cut, turf_ids: Sequence[int]) -> tuple[set[int], dict[int, list[int]]]:
    """The turfs that have doors in the cut, and of each turf its unvisited doors that the cut leaves out."""
    precincts, area = set(_precincts(cut)), None if cut.area is None else shapely.from_wkb(cut.area)
    rows = db.session.execute(
        select(TurfDoor.turf_id, TurfDoor.result, Door.id, Door.precinct_id, Door.longitude, Door.latitude)
        .join(Door, Door.id == TurfDoor.door_id)
        .where(TurfDoor.turf_id.in_(turf_ids), TurfDoor.is_open)
        .order_by(Door.id)
    ).all()
    reached: set[int] = set()
    outside: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        is_in = row.precinct_id in precincts and (
            area is None or shapely.intersects_xy(area, row.longitude, row.latitude)
        )
        if is_in:
            reached.add(row.turf_id)
        elif row.result is None:
            outside[row.turf_id].append(row.id)
    return reached, outside


def _leave_over(area: BaseGeometry | None, turfs: Sequence[Turf], outside: dict[int, list[int]]) -> list[int]:
    """A turf of what a cut leaves of each of these, under its name. Those of one cut are planned together, so
    that their outlines do not reach over each other."""
    made: list[int] = []
    found = {door.id: door for door in doors_where(Door.id.in_([d for t in turfs for d in outside[t.id]]))}
    left = {turf: [found[each] for each in outside[turf.id] if each in found] for turf in turfs}
    for cut_id in dict.fromkeys(turf.cut_id for turf in turfs):
        cut = db.session.get_one(Cut, cut_id)
        kept = {turf: doors for turf, doors in left.items() if doors and turf.cut_id == cut_id}
        planned = walks_of(cut, list(kept.values()))
        made += add_turfs(
            cut,
            [
                NewTurf(_beyond(area, turf, walk, doors), turf.number, turf.precinct_id, turf.colour)
                for (turf, doors), walk in zip(kept.items(), planned, strict=True)
            ],
        )
    return made


def _beyond(
    area: BaseGeometry | None, turf: Turf, walk: PlannedTurf, doors: Sequence[DoorToCut]
) -> PlannedTurf:
    """The walk, with what of the outline lies beyond a drawn area where that holds all of its doors."""
    if area is None or turf.geometry is None:
        return walk
    shape = shapely.difference(turf.geometry, area)
    spots = shapely.multipoints([(door.longitude, door.latitude) for door in doors])
    return replace(walk, shape=shape) if shape.covers(spots) else walk


def _doors_that_stay(cut: Cut) -> set[int]:
    """Doors of the cut's precincts that stand in turfs which stay."""
    query = (
        select(TurfDoor.door_id)
        .join(Door, Door.id == TurfDoor.door_id)
        .where(Door.precinct_id.in_(_precincts(cut)), TurfDoor.is_open)
    )
    return set(db.session.scalars(query))


def _without(turf: PlannedTurf, taken: set[int], cut: Cut) -> PlannedTurf | None:
    doors = [door for door in turf.doors if door not in taken]
    if len(doors) == len(turf.doors):
        return turf
    found = doors_where(Door.id.in_(doors))
    return walks_of(cut, [found])[0] if found else None


def _beside_what_stands(cut: Cut, turfs: Sequence[PlannedTurf]) -> list[PlannedTurf]:
    shapes = [turf.shape for turf in turfs if turf.shape is not None]
    if not shapes:
        return list(turfs)
    return clipped(turfs, outlines_around(cut, shapely.total_bounds(shapes).tolist()))


def _retire_empty_cuts(cut: Cut) -> None:
    """Cuts of these precincts that have no standing turf any more."""
    alive = select(Turf.cut_id).where(Turf.state != "retired", Turf.district_id == cut.district_id)
    shared = select(CutPrecinct.cut_id).where(CutPrecinct.precinct_id.in_(_precincts(cut)))
    db.session.execute(
        update(Cut)
        .where(Cut.id.in_(shared), Cut.state == "done", Cut.id != cut.id, Cut.id.not_in(alive))
        .values(state="retired")
        .execution_options(synchronize_session=False)
    )


__all__ = [
    "LEAST_MINUTES", "MOST_MINUTES", "ask_cut", "ask_cut_of", "ask_cuts", "begin_cut", "check_limits",
    "doors_of_cut", "fail_cut", "forget_cut", "save_cut",
]  # fmt: skip
