"""The second look at what changes more than one visit: confirm it, or let the door be visited again."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select, update

from volunteer_hub.canvass.models import DoorReport, Outcome
from volunteer_hub.canvass.queries import stands
from volunteer_hub.canvass.services.refreshing import refresh
from volunteer_hub.core import access, audit
from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import NotFound, Refusal
from volunteer_hub.districts.models import District, Door
from volunteer_hub.people.models import Area

DECISIONS = ("confirmed", "dismissed", "pending")


def review(
    campaign_id: int,
    report_id: uuid.UUID,
    decision: str,
    *,
    area_paths: Iterable[str],
    by: int,
    now: datetime,
) -> DoorReport:
    """Confirm or dismiss a sensitive report, or take such a decision back (`pending`).

    Confirmed, `do_not_walk` marks the door, and no cut includes it again. Dismissed, the report stays in the
    record as a knock but no longer finishes the door.
    """
    if decision not in DECISIONS:
        raise Refusal(_("Confirm the report, dismiss it, or take the decision back."))
    row = db.session.execute(
        select(DoorReport, Door)
        .join(Door, Door.id == DoorReport.door_id)
        .join(District, District.id == Door.district_id)
        .join(Area, Area.id == District.area_id)
        .where(
            DoorReport.id == report_id,
            DoorReport.campaign_id == campaign_id,
            DoorReport.review.is_not(None),
            access.within(Area.path, area_paths),
        )
    ).one_or_none()
    if row is None:
        raise NotFound()
    report, door = row
    report.review = decision
    report.reviewed_by, report.reviewed_at = (None, None) if decision == "pending" else (by, now)
    db.session.flush()
    mark_do_not_walk([door.id])
    refresh(campaign_id, {door.id: (door.district_id, door.precinct_id)}, now=now)
    audit.record(
        "review.report", campaign_id=campaign_id, by=by, subject=f"report:{report_id}", decision=decision
    )
    return report


def mark_do_not_walk(door_ids: Iterable[int]) -> None:
    """A door is marked exactly while a confirmed report that nobody took back asks for it."""
    asked = (
        select(func.count())
        .where(
            DoorReport.door_id == Door.id,
            DoorReport.result == Outcome.DO_NOT_WALK,
            DoorReport.review == "confirmed",
            stands(),
        )
        .correlate(Door)
        .scalar_subquery()
    )
    db.session.execute(
        update(Door).where(Door.id.in_(list(door_ids))).values(is_do_not_walk=asked > 0),
        execution_options={"synchronize_session": False},
    )
