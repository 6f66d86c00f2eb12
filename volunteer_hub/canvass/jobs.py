"""Jobs of canvass: collect files of reports, find those the queue forgot."""

from __future__ import annotations

import logging
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select, update

from volunteer_hub.canvass import services
from volunteer_hub.canvass.models import ReportFile
from volunteer_hub.canvass.services import outings, sharing
from volunteer_hub.core import clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.jobs import job, start
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.core.textfile import Rejected, TextTable, sniff
from volunteer_hub.people.identity import grants_of
from volunteer_hub.people.models import Area, Campaign, Person

log = logging.getLogger(__name__)

ROWS_AT_ONCE = 200
FORGOTTEN_AFTER = timedelta(seconds=60)
FORGOTTEN_REPORT_AFTER = timedelta(seconds=3)
STUCK_AFTER = timedelta(minutes=20)
OUR_FAULT = (
    "Something went wrong on our side while this file was collected. Upload it again: what was collected "
    "already counts once. If it fails again, tell the people who run this installation."
)


@job(queue="field", timeout_s=120, tries=1, settles_s=0.25)
def apply_reports() -> int:
    """Let what phones delivered take effect, thousands at once, until nothing waits. Returns how many."""
    done = 0
    while True:
        with transaction():
            part = services.apply_pending(now=clock.now())
        done += part
        if not part:
            return done


@job(queue="urgent", tries=1)
def sweep_pending() -> None:
    """Reports that the queue forgot take effect all the same."""
    if services.is_anything_pending(clock.now() - FORGOTTEN_REPORT_AFTER):
        start(apply_reports, unless_waiting="pending")


@job(queue="slow", timeout_s=900, tries=1)
def collect_reports(report_file_id: int) -> dict[str, int]:
    """Collect a file of reports, some hundred rows a transaction; begun twice it counts once."""
    with transaction():
        row = db.session.scalar(
            select(ReportFile)
            .where(ReportFile.id == report_file_id, ReportFile.state == "queued")
            .with_for_update(skip_locked=True)
        )
        if row is None:
            return {}
        row.state, row.started_at = "running", clock.now()
        campaign_id, day = row.campaign_id, row.counts.get("day_on")
        paths, zone = _rights(row), db.session.get_one(Campaign, row.campaign_id).time_zone
        path = Path(current_app.extensions["vh_config"].uploads_dir) / row.stored_name
    try:
        done = _collect(campaign_id, path, zone, date.fromisoformat(day) if day else None, paths)
    except Refusal as refusal:
        _finish(report_file_id, "failed", str(refusal.sentence), {"day_on": day})
        return {}
    except Exception:
        _finish(report_file_id, "failed", OUR_FAULT, {"day_on": day})
        raise
    counts = {"stored": done.stored, "known": done.known, "rejected": done.rejected}
    _finish(report_file_id, "done", "", counts | {"day_on": day, "rows": done.rows})
    path.unlink(missing_ok=True)  # its reports are in; people's data are kept once
    return counts


def _collect(
    campaign_id: int, path: Path, zone: str, day_on: date | None, paths: list[str]
) -> services.Collected:
    table = TextTable(path, sniff(path))
    lines = table.rows()
    total = services.Collected()
    header = next((each for each in lines if not isinstance(each, Rejected)), None)
    if header is None:
        raise Refusal("The file is empty. Export it again from the program it came from.")
    how = services.reading_of(header[1], zone, day_on)
    while chunk := list(islice(lines, ROWS_AT_ONCE)):
        rows = []
        for each in chunk:
            if isinstance(each, Rejected):
                total.reject(each.line, each.reason, each.text)
            else:
                rows.append(each)
        with transaction():
            part = services.collect(campaign_id, rows, how, area_paths=paths, now=clock.now())
        total.stored, total.known = total.stored + part.stored, total.known + part.known
        for line, reason, text in part.rows:
            total.reject(line, reason, text)
    return total


def _rights(row: ReportFile) -> list[str]:
    """The areas of whoever uploaded it, as their rights are now."""
    person = db.session.get(Person, row.created_by) if row.created_by else None
    if person is None or not person.is_active:
        return []
    area = db.session.get_one(Area, person.area_id)

    grants = grants_of(person, area.path)
    return [grant.area_path for grant in grants if grant.role.rank >= Role.ORGANIZER.rank]


def _finish(report_file_id: int, state: str, message: str, counts: dict[str, Any]) -> None:
    with transaction():
        row = db.session.get_one(ReportFile, report_file_id)
        row.state, row.message, row.counts, row.finished_at = state, message, counts, clock.now()


@job(queue="urgent", tries=1)
def sweep_report_files() -> None:
    """Files that the queue forgot are collected; those whose worker died wait again (rows count once)."""
    now = clock.now()
    with transaction():
        db.session.execute(
            update(ReportFile)
            .where(ReportFile.state == "running", ReportFile.started_at < now - STUCK_AFTER)
            .values(state="queued", started_at=None)
        )
    waiting = select(ReportFile.id).where(
        ReportFile.state == "queued", ReportFile.created_at < now - FORGOTTEN_AFTER
    )
    for report_file_id in db.session.scalars(waiting).all():
        start(collect_reports, report_file_id, unless_waiting=f"report-file-{report_file_id}")


@job(queue="slow", timeout_s=1800)
def recount_places(campaign_id: int) -> None:
    """Places came in, and doors may lie elsewhere now: what is kept of them moves along."""
    with transaction():
        services.recount(campaign_id, now=clock.now())


@job(queue="slow", timeout_s=1800, tries=1)
def sweep_drift() -> None:
    """Compare progress with the reports, campaign by campaign, and mend what drifted."""
    for campaign_id in db.session.scalars(select(Campaign.id).order_by(Campaign.id)).all():
        with transaction():
            found = services.recount(campaign_id, now=clock.now())
        if not found.is_clean:
            log.error(
                "progress had drifted and is mended", extra={"campaign": campaign_id, "found": str(found)}
            )


@job(queue="urgent", tries=1)
def sweep_safety() -> None:
    """Call the leads about who is not back, and forget where people were once their turf is back."""
    with transaction():
        outings.raise_missed(now=clock.now())
    with transaction():
        sharing.forget_positions(now=clock.now())


@job(queue="urgent")
def forget_positions(lease_id: int) -> int:
    """A lease ended: nobody needs to know any more where its holder was."""
    with transaction():
        return sharing.forget_positions(now=clock.now(), lease_id=lease_id)
