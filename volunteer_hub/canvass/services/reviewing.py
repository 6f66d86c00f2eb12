"""The second look at what changes more than one visit: another person confirms or dismisses it."""

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
from volunteer_hub.core.refusals import Conflict, Forbidden, NotFound, Refusal
from volunteer_hub.districts.models import District, Door
from volunteer_hub.people.models import Area
from volunteer_hub.turf import services as turf

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

    It takes a second person: who brought the report, or typed it, decides nothing about it. While it waits
    nothing is written to the door or its voters; nobody is sent there, and that is all. Confirmed,
    `do_not_walk` marks the door, and no cut includes it again. Dismissed, the report stays in the record as a
    knock but no longer finishes the door.
    """
    if decision not in DECISIONS:
        raise Refusal(_("Confirm the report, dismiss it, or take the decision back."))
    door = _door_of(campaign_id, report_id, area_paths)
    turf.lock_standings(campaign_id, [door.id])  # before the report, as everybody does
    report = db.session.get_one(DoorReport, report_id, populate_existing=True, with_for_update=True)
    _refuse(report, decision, by)
    report.review = decision
    report.reviewed_by, report.reviewed_at = (None, None) if decision == "pending" else (by, now)
    db.session.flush()
    mark_do_not_walk([door.id])
    refresh(campaign_id, [door.id], now=now)
    audit.record(
        "review.report", campaign_id=campaign_id, by=by, subject=f"report:{report_id}", decision=decision
    )
    return report


def _door_of(campaign_id: int, report_id: uuid.UUID, area_paths: Iterable[str]) -> Door:
    """The door of a report that wants a second look, in these areas. Raises NotFound."""
    door = db.session.scalar(
        select(Door)
        .join(DoorReport, DoorReport.door_id == Door.id)
        .join(District, District.id == Door.district_id)
        .join(Area, Area.id == District.area_id)
        .where(
            DoorReport.id == report_id,
            DoorReport.campaign_id == campaign_id,
            DoorReport.review.is_not(None),
            access.within(Area.path, area_paths),
        )
    )
    if door is None:
        raise NotFound()
    return door


def _refuse(report: DoorReport, decision: str, by: int) -> None:
    """Refuse what the same person, or a decision made meanwhile, stands against."""
    if by in (report.canvasser_id, report.entered_by):
        raise Forbidden(
            _("You brought this report yourself. Ask another organizer to decide: it takes two people.")
        )
    if report.undone_at is not None:
        raise Conflict(_("This report was taken back at the door. There is nothing left to decide."))
    if decision != "pending" and report.review not in ("pending", decision) and report.reviewed_by != by:
        raise Conflict(_("Somebody else decided meanwhile. Take that decision back first, then decide anew."))


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
