"""What new reports change: reports they take back, doors, visits of turfs, progress."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, update
from sqlalchemy.orm import aliased

from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.canvass.services.refreshing import Place, refresh
from volunteer_hub.canvass.services.reviewing import mark_do_not_walk
from volunteer_hub.core import arrays
from volunteer_hub.core.db import db


@dataclass(frozen=True, slots=True)
class NewReport:
    """A report that was stored and has had no effect yet."""

    id: uuid.UUID
    door_id: int
    turf_id: int | None
    undoes_id: uuid.UUID | None


def take_effect(
    campaign_id: int, new: Sequence[NewReport], places: Mapping[int, Place], *, now: datetime
) -> None:
    """Let stored reports of one campaign take effect. places: (district id, precinct id) of their doors.

    Whoever calls holds the doors' locks, or inserted the reports in a transaction before this one: either
    way an undo and the report it takes back see each other.
    """
    pairs = {(each.turf_id, each.door_id) for each in new if each.turf_id}
    pairs |= _take_back(new, now)
    undoing = [each.door_id for each in new if each.undoes_id]
    if undoing:
        mark_do_not_walk(undoing)
    doors = {each.door_id: places[each.door_id] for each in new}
    refresh(campaign_id, doors, in_turfs=sorted(pairs), now=now)


def _take_back(new: Sequence[NewReport], now: datetime) -> set[tuple[int, int]]:
    """Mark what is taken back by the new reports, and new reports whose undo arrived before them.

    A report takes back one of its own door only, and only of the same lease or the same person, unless staff
    does it. Returns the (turf, door) pairs whose visit may have changed.
    """
    ids = {each.id for each in new} | {each.undoes_id for each in new if each.undoes_id}
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
