"""Counting everything afresh from the reports, and mending what drifted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from volunteer_hub.canvass import queries
from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.canvass.services.applying import apply_pending
from volunteer_hub.canvass.services.refreshing import counted, refresh
from volunteer_hub.core.db import db
from volunteer_hub.districts.models import Door
from volunteer_hub.priority import services as priority
from volunteer_hub.priority.models import Progress
from volunteer_hub.priority.services import COUNTS, Increment
from volunteer_hub.turf.models import DoorStanding, Turf, TurfDoor
from volunteer_hub.turf.services import count_doors_done, doors_visited

DOORS_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Recount:
    """What was wrong and is mended: doors, visits in turfs, places. All zero: kept equals counted."""

    doors: int
    visits: int
    places: int

    @property
    def is_clean(self) -> bool:
        return not (self.doors or self.visits or self.places)


def recount(campaign_id: int, *, now: datetime) -> Recount:
    """Compare all that is kept with the reports themselves, and mend what differs."""
    while apply_pending(now=now, campaign_id=campaign_id):
        pass  # what merely waits has not drifted
    ids = _wrong_doors(campaign_id)
    for start in range(0, len(ids), DOORS_AT_ONCE):
        refresh(campaign_id, ids[start : start + DOORS_AT_ONCE], now=now)
    visits = _mend_visits(campaign_id, now=now)
    return Recount(len(ids), visits, _mend_places(campaign_id, now=now))


def _wrong_doors(campaign_id: int) -> list[int]:
    """The ids of doors whose kept standing is not what their reports say, or is filed under another place."""
    fresh = queries.summaries_query().where(DoorReport.campaign_id == campaign_id).subquery()
    kept = DoorStanding
    differs = or_(
        fresh.c.attempts.is_distinct_from(kept.attempts),
        fresh.c.contacts.is_distinct_from(kept.contacts),
        fresh.c.support.is_distinct_from(kept.support),
        fresh.c.result.is_distinct_from(kept.result),
        fresh.c.last_at.is_distinct_from(kept.last_at),
        fresh.c.is_finished.is_distinct_from(kept.is_finished),
    )
    is_empty = and_(fresh.c.door_id.is_(None), kept.attempts == 0, kept.is_finished.is_(False))
    moved = and_(
        kept.door_id.is_not(None),
        or_(kept.district_id != Door.district_id, kept.precinct_id.is_distinct_from(Door.precinct_id)),
    )
    rows = db.session.scalars(
        select(Door.id)
        .outerjoin(fresh, fresh.c.door_id == Door.id)
        .outerjoin(kept, kept.door_id == Door.id)
        .where(
            Door.campaign_id == campaign_id,
            or_(fresh.c.door_id.is_not(None), kept.door_id.is_not(None)),
            or_(moved, and_(differs, ~func.coalesce(is_empty, False))),
        )
    )
    return sorted(rows)


def _mend_visits(campaign_id: int, *, now: datetime) -> int:
    last = (
        select(DoorReport.turf_id, DoorReport.door_id, DoorReport.result, DoorReport.at)
        .where(DoorReport.campaign_id == campaign_id, DoorReport.turf_id.is_not(None), queries.stands())
        .ext(distinct_on(DoorReport.turf_id, DoorReport.door_id))
        .order_by(DoorReport.turf_id, DoorReport.door_id, DoorReport.at.desc(), DoorReport.id.desc())
        .subquery()
    )
    wrong = db.session.execute(
        select(TurfDoor.turf_id, TurfDoor.door_id)
        .outerjoin(last, and_(last.c.turf_id == TurfDoor.turf_id, last.c.door_id == TurfDoor.door_id))
        .where(
            TurfDoor.campaign_id == campaign_id,
            or_(
                last.c.result.is_distinct_from(TurfDoor.result),
                last.c.at.is_distinct_from(TurfDoor.visited_at),
            ),
        )
    ).all()
    if wrong:
        doors = sorted({row.door_id for row in wrong})
        refresh(campaign_id, doors, in_turfs=[(row.turf_id, row.door_id) for row in wrong], now=now)
    return len(wrong) + _mend_turf_counts(campaign_id)


def _mend_turf_counts(campaign_id: int) -> int:
    is_wrong = Turf.doors_done != doors_visited()
    wrong = list(db.session.scalars(select(Turf.id).where(Turf.campaign_id == campaign_id, is_wrong)))
    if wrong:
        count_doors_done(wrong)
    return len(wrong)


def _mend_places(campaign_id: int, *, now: datetime) -> int:
    """Progress must be the sum of its doors. Its rows are locked first, so that nobody changes a side."""
    db.session.execute(
        select(Progress.id).where(Progress.campaign_id == campaign_id).order_by(Progress.id).with_for_update()
    )
    sums = _sums(campaign_id).subquery()
    kept = select(Progress).where(Progress.campaign_id == campaign_id).subquery()
    same_place = and_(  # equalities only: a full join can be hashed by nothing else
        kept.c.district_id == sums.c.district_id,
        func.coalesce(kept.c.precinct_id, 0) == func.coalesce(sums.c.precinct_id, 0),
    )
    missing = [
        (func.coalesce(sums.c[name], 0) - func.coalesce(kept.c[name], 0)).label(name) for name in COUNTS
    ]
    rows = db.session.execute(
        select(
            func.coalesce(sums.c.district_id, kept.c.district_id).label("district_id"),
            func.coalesce(sums.c.precinct_id, kept.c.precinct_id).label("precinct_id"),
            *missing,
        ).select_from(sums.outerjoin(kept, same_place, full=True))
    ).all()
    increments = [_increment(row) for row in rows if any(getattr(row, name) for name in COUNTS)]
    if increments:
        priority.add_progress(campaign_id, increments, now=now)
    return len(increments)


def _increment(row: Any) -> Increment:
    return Increment(row.district_id, row.precinct_id, **{name: int(getattr(row, name)) for name in COUNTS})


def _sums(campaign_id: int) -> Any:
    """Progress as the doors have it."""
    kept = DoorStanding
    columns = {name: getattr(kept, name) for name in ("attempts", "contacts", "support", "is_finished")}
    return (
        select(
            kept.district_id,
            kept.precinct_id,
            *[func.sum(each).label(name) for name, each in zip(COUNTS, counted(columns), strict=True)],
        )
        .where(kept.campaign_id == campaign_id)
        .group_by(kept.district_id, kept.precinct_id)
    )
