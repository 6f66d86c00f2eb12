"""Letting received reports take effect, many at once: the log is the truth, the rest follows from it."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import delete, select

from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.canvass.models_log import PendingReport
from volunteer_hub.canvass.services.effects import NewReport, take_effect
from volunteer_hub.core import arrays
from volunteer_hub.core.db import db
from volunteer_hub.districts.models import Door

AT_ONCE = 4000


def apply_pending(*, now: datetime, campaign_id: int | None = None, most: int = AT_ONCE) -> int:
    """Apply up to `most` reports that wait, of one campaign or of all; returns how many. Any number of
    processes may do it at once: each takes reports that no other has.
    """
    claimed = _claim(campaign_id, most)
    if not claimed:
        return 0
    rows = db.session.execute(
        select(
            DoorReport.campaign_id,
            DoorReport.id,
            DoorReport.door_id,
            DoorReport.turf_id,
            DoorReport.undoes_id,
            Door.district_id,
            Door.precinct_id,
        )
        .join(Door, Door.id == DoorReport.door_id)
        .where(arrays.is_one_of(DoorReport.id, claimed))
        .order_by(DoorReport.campaign_id)
    ).all()
    for campaign, group in groupby(rows, key=lambda row: row.campaign_id):
        found = list(group)
        new = [NewReport(row.id, row.door_id, row.turf_id, row.undoes_id) for row in found]
        places = {row.door_id: (row.district_id, row.precinct_id) for row in found}
        take_effect(campaign, new, places, now=now)
    return len(claimed)


def is_anything_pending(before: datetime) -> bool:
    """Does a report received before that moment still wait?"""
    return (
        db.session.scalar(select(PendingReport.report_id).where(PendingReport.received_at < before).limit(1))
        is not None
    )


def _claim(campaign_id: int | None, most: int) -> list[Any]:
    waiting = select(PendingReport.report_id).limit(most).with_for_update(skip_locked=True)
    if campaign_id is not None:
        waiting = waiting.where(PendingReport.campaign_id == campaign_id)
    return list(
        db.session.scalars(
            delete(PendingReport)
            .where(PendingReport.report_id.in_(waiting))
            .returning(PendingReport.report_id),
            execution_options={"synchronize_session": False},
        )
    )
