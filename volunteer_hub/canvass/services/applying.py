"""Letting received reports take effect, many at once: the log is the truth, the rest follows from it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import datetime

from sqlalchemy import delete, select

from volunteer_hub.canvass.models_log import PendingReport
from volunteer_hub.canvass.services.effects import take_effect
from volunteer_hub.core.db import db

AT_ONCE = 4000


def apply_pending(*, now: datetime, campaign_id: int | None = None, most: int = AT_ONCE) -> int:
    """Apply up to `most` reports that wait, of one campaign or of all; returns how many. Any number of
    processes may do it at once: each takes reports that no other has.
    """
    claimed = _claim(campaign_id, most)
    for campaign in sorted(claimed):
        take_effect(campaign, claimed[campaign], now=now)
    return sum(map(len, claimed.values()))


def is_anything_pending(before: datetime) -> bool:
    """Does a report received before that moment still wait?"""
    return (
        db.session.scalar(select(PendingReport.report_id).where(PendingReport.received_at < before).limit(1))
        is not None
    )


def _claim(campaign_id: int | None, most: int) -> dict[int, list[uuid.UUID]]:
    """The ids of reports that nobody else applies now, by campaign."""
    waiting = select(PendingReport.report_id).limit(most).with_for_update(skip_locked=True)
    if campaign_id is not None:
        waiting = waiting.where(PendingReport.campaign_id == campaign_id)
    rows = db.session.execute(
        delete(PendingReport)
        .where(PendingReport.report_id.in_(waiting))
        .returning(PendingReport.campaign_id, PendingReport.report_id),
        execution_options={"synchronize_session": False},
    )
    found: dict[int, list[uuid.UUID]] = defaultdict(list)
    for campaign, report in rows:
        found[campaign].append(report)
    return found
