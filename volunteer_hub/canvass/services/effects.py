"""What new reports change: reports they take back, doors, visits of turfs, progress."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import aliased

from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.canvass.services.refreshing import derive
from volunteer_hub.canvass.services.reviewing import mark_do_not_walk
from volunteer_hub.core import arrays
from volunteer_hub.core.db import db
from volunteer_hub.turf import services as turf


def take_effect(campaign_id: int, ids: Collection[uuid.UUID], *, now: datetime) -> None:
    """Let stored reports of one campaign take effect. Locks the standings of their doors first, as everybody
    does; so an undo and the report it takes back see each other, whichever came first.
    """
    columns = (DoorReport.door_id, DoorReport.turf_id, DoorReport.undoes_id)
    new = db.session.execute(select(*columns).where(arrays.is_one_of(DoorReport.id, ids))).all()
    doors = sorted({row.door_id for row in new})
    turf.lock_standings(campaign_id, doors)
    pairs = {(row.turf_id, row.door_id) for row in new if row.turf_id is not None}
    pairs |= _take_back({*ids, *(row.undoes_id for row in new if row.undoes_id is not None)}, now)
    undoing = {row.door_id for row in new if row.undoes_id is not None}
    if undoing:
        mark_do_not_walk(undoing)
    derive(campaign_id, doors, in_turfs=sorted(pairs), now=now)


def _take_back(ids: Collection[uuid.UUID], now: datetime) -> set[tuple[int, int]]:
    """Mark those of these reports that another takes back: new ones whose undo arrived before them, and those
    that new ones name. By their ids alone, so that it costs the same however many were ever taken back.

    A report takes back one of its own door only, and only of the same lease or the same person, unless staff
    does it. Returns the (turf, door) pairs whose visit may have changed.
    """
    undo = aliased(DoorReport)
    same_hand = or_(
        undo.lease_id == DoorReport.lease_id,
        undo.canvasser_id == DoorReport.canvasser_id,
        undo.source.in_(("lead", "paper")),
    )
    rows = db.session.execute(
        update(DoorReport)
        .where(
            arrays.is_one_of(DoorReport.id, ids),
            DoorReport.undone_at.is_(None),
            undo.undoes_id == DoorReport.id,
            undo.id != DoorReport.id,
            undo.door_id == DoorReport.door_id,
            undo.campaign_id == DoorReport.campaign_id,
            same_hand,
        )
        .values(undone_at=now)
        .returning(DoorReport.turf_id, DoorReport.door_id),
        execution_options={"synchronize_session": False},
    )
    return {(row.turf_id, row.door_id) for row in rows if row.turf_id is not None}
