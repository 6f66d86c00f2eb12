"""Cutting a precinct into turfs: asked, begun, worked out without the database, saved in one go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from volunteer_hub.core.access import in_campaign
from volunteer_hub.core.db import announce, db
from volunteer_hub.core.geometry import shape_columns
from volunteer_hub.districts.models import Door, Precinct
from volunteer_hub.turf.facts import CutAsked, TurfCut
from volunteer_hub.turf.models import Cut, DoorStanding, Turf, TurfDoor
from volunteer_hub.turf.plan import CutPlan, DoorToCut, PlannedTurf
from volunteer_hub.turf.refusals import CutTooSmall

LEAST_MINUTES, MOST_MINUTES = 15, 480
ROWS_AT_ONCE = 2000


def ask_cut(
    campaign_id: int,
    precinct_id: int,
    *,
    minutes: float,
    by: int | None,
    now: datetime,
    params: dict[str, Any] | None = None,
) -> Cut:
    """Ask for a precinct to be cut into turfs of about `minutes`; a job does it. A cut that waits is reused.

    params: minutes_per_door, metres_per_minute, seed, where they differ from the usual.
    """
    if not LEAST_MINUTES <= minutes <= MOST_MINUTES:
        raise CutTooSmall(LEAST_MINUTES, MOST_MINUTES)
    in_campaign(Precinct, precinct_id, campaign_id)
    waiting = db.session.scalar(
        select(Cut)
        .where(Cut.campaign_id == campaign_id, Cut.precinct_id == precinct_id, Cut.state == "queued")
        .with_for_update()
    )
    if waiting is None:
        waiting = Cut(campaign_id=campaign_id, precinct_id=precinct_id, created_by=by, created_at=now)
        db.session.add(waiting)
    waiting.minutes, waiting.params = minutes, params or {}
    db.session.flush()
    announce(CutAsked(waiting.id))
    return waiting


def ask_cuts(
    campaign_id: int, precinct_ids: Iterable[int], *, minutes: float, by: int | None, now: datetime
) -> list[Cut]:
    """The same for many precincts, in the order given: the most urgent first."""
    return [
        ask_cut(campaign_id, precinct_id, minutes=minutes, by=by, now=now)
        for precinct_id in dict.fromkeys(precinct_ids)
    ]


def begin_cut(cut_id: int, *, now: datetime) -> tuple[Cut, list[DoorToCut]] | None:
    """Mark a cut as running and read its doors: those that want a visit and are in nobody's hands.

    None when the cut is not waiting (done, or begun by another worker).
    """
    cut = db.session.scalar(
        select(Cut).where(Cut.id == cut_id, Cut.state == "queued").with_for_update(skip_locked=True)
    )
    if cut is None:
        return None
    cut.state, cut.started_at = "running", now
    held = (
        select(TurfDoor.door_id)
        .join(Turf, Turf.id == TurfDoor.turf_id)
        .where(Turf.precinct_id == cut.precinct_id, Turf.state == "leased", TurfDoor.is_open)
    )
    rows = db.session.execute(
        select(Door.id, Door.latitude, Door.longitude, Door.building_key, Door.street, Door.number, Door.unit)
        .outerjoin(DoorStanding, DoorStanding.door_id == Door.id)
        .where(
            Door.campaign_id == cut.campaign_id,
            Door.precinct_id == cut.precinct_id,
            Door.is_do_not_walk.is_(False),
            func.coalesce(DoorStanding.is_finished, False).is_(False),
            Door.id.not_in(held),
        )
        .order_by(Door.id)
    )
    return cut, [DoorToCut(*row) for row in rows]


def save_cut(cut_id: int, plan: CutPlan, *, now: datetime) -> Cut | None:
    """Replace the precinct's turfs that nobody holds by the plan's. None when the cut is no longer running.

    A turf that was handed out while the plan was made stays; its doors leave the plan.
    """
    cut = db.session.scalar(select(Cut).where(Cut.id == cut_id, Cut.state == "running").with_for_update())
    if cut is None:
        return None
    precinct = _locked_precinct(cut.precinct_id)
    held = _retire_what_nobody_holds(cut)
    first = (
        1 + (db.session.scalar(select(func.max(Turf.number)).where(Turf.id.in_(held))) or 0) if held else 1
    )
    kept_doors = _doors_of(held)
    turfs = [left for turf in plan.turfs if (left := _without(turf, kept_doors))]
    for number, planned in enumerate(turfs, start=first):
        _add_turf(cut, precinct, number, planned)
    cut.state, cut.finished_at = "done", now
    cut.report = plan.report | {"turfs": len(turfs), "doors": sum(len(turf.doors) for turf in turfs)}
    cut.message = ""
    announce(TurfCut(cut.id))
    return cut


def fail_cut(cut_id: int, message: str, *, now: datetime) -> None:
    """Say why a cut did not work; the turfs that were there stay."""
    db.session.execute(
        update(Cut)
        .where(Cut.id == cut_id, Cut.state.in_(("queued", "running")))
        .values(state="failed", message=message[:500], finished_at=now)
    )


def _locked_precinct(precinct_id: int) -> Precinct:
    """One cut of a precinct is saved at a time."""
    precinct: Precinct = db.session.scalars(
        select(Precinct).where(Precinct.id == precinct_id).with_for_update(key_share=True)
    ).one()
    return precinct


def _retire_what_nobody_holds(cut: Cut) -> list[int]:
    """Retire open and finished turfs of the precinct, free their doors, and return the held turfs' ids."""
    rows = db.session.execute(
        select(Turf.id, Turf.state)
        .where(Turf.precinct_id == cut.precinct_id, Turf.state != "retired")
        .order_by(Turf.id)
        .with_for_update()
    ).all()
    gone = [row.id for row in rows if row.state != "leased"]
    if gone:
        db.session.execute(update(TurfDoor).where(TurfDoor.turf_id.in_(gone)).values(is_open=False))
        db.session.execute(update(Turf).where(Turf.id.in_(gone)).values(state="retired"))
    held = [row.id for row in rows if row.state == "leased"]
    alive = select(Turf.cut_id).where(Turf.id.in_(held))
    db.session.execute(
        update(Cut)
        .where(
            Cut.precinct_id == cut.precinct_id, Cut.state == "done", Cut.id != cut.id, Cut.id.not_in(alive)
        )
        .values(state="retired")
        .execution_options(synchronize_session=False)
    )
    return held


def _doors_of(turf_ids: Sequence[int]) -> set[int]:
    if not turf_ids:
        return set()
    query = select(TurfDoor.door_id).where(TurfDoor.turf_id.in_(turf_ids), TurfDoor.is_open)
    return set(db.session.scalars(query))


def _without(turf: PlannedTurf, taken: set[int]) -> PlannedTurf | None:
    doors = tuple(door for door in turf.doors if door not in taken)
    if len(doors) == len(turf.doors):
        return turf
    if not doors:
        return None
    share = len(doors) / len(turf.doors)
    return PlannedTurf(
        doors, turf.minutes * share, turf.metres, turf.start_latitude, turf.start_longitude, turf.shape
    )


def _add_turf(cut: Cut, precinct: Precinct, number: int, planned: PlannedTurf) -> None:
    turf_id = db.session.execute(
        insert(Turf)
        .values(
            campaign_id=cut.campaign_id,
            cut_id=cut.id,
            precinct_id=precinct.id,
            district_id=precinct.district_id,
            number=number,
            name=f"{precinct.code}-{number:02d}",
            state="open",
            doors=len(planned.doors),
            minutes=planned.minutes,
            metres=planned.metres,
            start_latitude=planned.start_latitude,
            start_longitude=planned.start_longitude,
            **shape_columns(planned.shape),
        )
        .returning(Turf.id)
    ).scalar_one()
    rows = [
        {"turf_id": turf_id, "door_id": door, "campaign_id": cut.campaign_id, "position": position}
        for position, door in enumerate(planned.doors, start=1)
    ]
    for start in range(0, len(rows), ROWS_AT_ONCE):
        db.session.execute(insert(TurfDoor), rows[start : start + ROWS_AT_ONCE])


def forget_cut(cut_id: int) -> None:
    """Take back a cut that still waits."""
    db.session.execute(delete(Cut).where(Cut.id == cut_id, Cut.state == "queued"))
