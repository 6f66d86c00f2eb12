"""Giving back a part of a leased turf: chosen doors leave the walk list and are open turf again.

What was visited stays with the lease, and so does the order of the doors that are left. The rows of the doors
that went stay in the turf's record, marked: a phone that was at one of them before it heard of this is still
believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import shapely
from sqlalchemy import func, select, update

from volunteer_hub.core.access import in_campaign
from volunteer_hub.core.db import db
from volunteer_hub.districts.models import Door
from volunteer_hub.turf.models import Cut, Lease, Turf, TurfDoor
from volunteer_hub.turf.plan import PlannedTurf
from volunteer_hub.turf.refusals import LeaseOver, NoDoorsChosen
from volunteer_hub.turf.services.doors import doors_as_they_are, doors_where
from volunteer_hub.turf.services.leases import end_lease
from volunteer_hub.turf.services.rows import NewTurf, add_turfs, walks_of

ASIDE = 1_000_000
"""Beyond all positions of a walk, where those of doors that went lie: (turf, position) stays unique."""


@dataclass(frozen=True, slots=True)
class GivenBack:
    """What came of it. made: the new open turf; None when its doors want no visit, or the lease is over."""

    doors: int
    made: int | None
    is_over: bool


def give_back(
    campaign_id: int,
    lease_id: int,
    door_ids: Iterable[int],
    *,
    reason: str = "returned",
    note: str = "",
    now: datetime,
) -> GivenBack:
    """Give back these unvisited doors of a standing lease; all that are left ends it with `reason`.

    The new turf is routed anew for whoever walks it next; the doors that stay keep their order. The cut is
    locked before the turf, as by those who edit cuts. Raises LeaseOver, NoDoorsChosen.
    """
    lease: Lease = in_campaign(Lease, lease_id, campaign_id)
    cut_id = db.session.scalars(select(Turf.cut_id).where(Turf.id == lease.turf_id)).one()
    cut: Cut = in_campaign(Cut, cut_id, campaign_id, lock=True)
    turf: Turf = in_campaign(Turf, lease.turf_id, campaign_id, lock=True)
    db.session.refresh(lease)
    if lease.returned_at is not None or lease.expires_at <= now:
        raise LeaseOver()
    order = _order(turf.id)
    going = [door for door, result in order if door in set(door_ids) and result is None]
    if not going:
        raise NoDoorsChosen()
    staying = [door for door, _result in order if door not in set(going)]
    if not any(result is None for door, result in order if door in set(staying)):
        end_lease(campaign_id, lease_id, reason=reason, note=note, now=now)
        return GivenBack(len(going), None, True)
    return GivenBack(len(going), _part(cut, turf, staying, going, now=now), False)


def _order(turf_id: int) -> list[tuple[int, str | None]]:
    """(door, result) on the walk list, in walking order."""
    rows = db.session.execute(
        select(TurfDoor.door_id, TurfDoor.result)
        .where(TurfDoor.turf_id == turf_id, TurfDoor.given_back_at.is_(None))
        .order_by(TurfDoor.position)
    )
    return [(row.door_id, row.result) for row in rows]


def _part(cut: Cut, turf: Turf, staying: Sequence[int], going: Sequence[int], *, now: datetime) -> int | None:
    """Take the doors out of the turf and make one of those that want a visit. Returns its id."""
    _mark(turf.id, going, now=now)
    _renumber(turf.id, staying)
    turf.shape = None  # its old outline lies over both parts
    db.session.flush()
    wanted = doors_where(Door.id.in_(going))
    groups = [doors_as_they_are(staying), *([wanted] if wanted else [])]
    planned = walks_of(cut, groups, again_soon=True)
    _narrow(turf, staying, planned[0])
    made = add_turfs(cut, [NewTurf(planned[1])]) if wanted else []
    cut.version += 1  # whoever has this cut open is told to look again
    db.session.flush()
    return made[0] if made else None


def _mark(turf_id: int, door_ids: Sequence[int], *, now: datetime) -> None:
    gone_before = select(func.count()).where(TurfDoor.turf_id == turf_id, TurfDoor.given_back_at.is_not(None))
    aside = ASIDE * (1 + (db.session.scalar(gone_before) or 0))
    db.session.execute(
        update(TurfDoor)
        .where(TurfDoor.turf_id == turf_id, TurfDoor.door_id.in_(door_ids))
        .values(given_back_at=now, is_open=False, position=TurfDoor.position + aside)
        .execution_options(synchronize_session=False)
    )


def _renumber(turf_id: int, door_ids: Sequence[int]) -> None:
    """Count the doors that stay from 1; upwards, so that no two ever share a number."""
    for position, door_id in enumerate(door_ids, start=1):
        db.session.execute(
            update(TurfDoor)
            .where(TurfDoor.turf_id == turf_id, TurfDoor.door_id == door_id, TurfDoor.position != position)
            .values(position=position)
            .execution_options(synchronize_session=False)
        )


def _narrow(turf: Turf, door_ids: Sequence[int], planned: PlannedTurf) -> None:
    """The turf is what is left of it. Its line is kept only where the walk in the kept order is known."""
    turf.doors, turf.minutes, turf.metres = len(door_ids), planned.minutes, planned.metres
    is_same_walk = tuple(planned.doors) == tuple(door_ids)
    turf.line = shapely.to_wkb(planned.line) if is_same_walk and planned.line is not None else None
    turf.geometry = planned.shape
