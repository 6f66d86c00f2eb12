"""A list of volunteers on its way through its states: asked, checking, checked, adding, done or failed."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import or_, select

from volunteer_hub.core import audit
from volunteer_hub.core.db import announce, db
from volunteer_hub.core.refusals import Conflict
from volunteer_hub.people.facts import ListQueued
from volunteer_hub.people.models import VolunteerList

SILENT_AFTER = timedelta(minutes=3)
AT_WORK = ("checking", "adding")


def add_list(
    campaign_id: int,
    area_id: int,
    *,
    file_name: str,
    stored_name: str,
    seen: dict[str, Any],
    by: int,
    now: datetime,
) -> VolunteerList:
    """Note a file on its way in, with the first look at it. It waits for a person's answers."""
    row = VolunteerList(
        campaign_id=campaign_id, area_id=area_id, file_name=Path(file_name).name[:200] or "file",
        stored_name=stored_name, options={"seen": seen}, created_by=by, created_at=now,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    audit.record("upload.people", campaign_id=campaign_id, by=by, subject=f"list:{row.id}")
    return row


def answer(row: VolunteerList, options: dict[str, Any]) -> None:
    """Keep a person's answers; what was checked before by other answers no longer counts."""
    if row.state not in ("asked", "checked", "failed"):
        raise _moved_on(row)
    row.options = {**row.options, **options}
    row.state, row.message, row.report = "asked", "", {}


def want_check(row: VolunteerList, *, runs_here: bool) -> None:
    """All is answered: the dry run can begin, in a worker or (`runs_here`) in this process."""
    if row.state != "asked":
        raise _moved_on(row)
    _begin("checking", row, runs_here)


def want_people(
    row: VolunteerList, *, take_doubtful: bool, all_agreed_to_email: bool, by: int, runs_here: bool
) -> None:
    """The organizer has seen the dry run and asserts what the page says: add the people."""
    if row.state != "checked":
        raise _moved_on(row)
    row.options = {
        **row.options,
        "take_doubtful": take_doubtful,
        "all_agreed_to_email": all_agreed_to_email,
        "asserted_by": by,
    }
    audit.record(
        "assert.consent",
        campaign_id=row.campaign_id,
        by=by,
        subject=f"list:{row.id}",
        everybody_email=all_agreed_to_email,
    )
    _begin("adding", row, runs_here)


def _begin(state: str, row: VolunteerList, runs_here: bool) -> None:
    row.state, row.done_count, row.message = state, 0, ""
    row.started_at = row.heard_at = row.finished_at = None
    if not runs_here:
        announce(ListQueued(row.id))


def take_turn(list_id: int, *, now: datetime) -> VolunteerList | None:
    """The list if it waits for work or its worker fell silent, now taken; None otherwise."""
    query = select(VolunteerList).where(VolunteerList.id == list_id, VolunteerList.state.in_(AT_WORK))
    row = db.session.scalar(query.with_for_update())
    if row is None or (row.started_at and (row.heard_at or row.started_at) > now - SILENT_AFTER):
        return None
    row.started_at = row.heard_at = now
    return row


def still_mine(list_id: int, started_at: datetime) -> VolunteerList | None:
    """The list, unless it is done or somebody else has taken it over meanwhile. Not locked: how far it is
    is written beside the transaction.
    """
    query = select(VolunteerList).where(
        VolunteerList.id == list_id,
        VolunteerList.state.in_(AT_WORK),
        VolunteerList.started_at == started_at,
    )
    return db.session.scalar(query.execution_options(populate_existing=True))


def finish(row: VolunteerList, report: dict[str, Any], *, now: datetime) -> None:
    """The dry run or the adding is done, in the transaction that is open."""
    db.session.refresh(row, with_for_update=True)
    if row.state not in AT_WORK:
        raise _moved_on(row)
    row.state = "checked" if row.state == "checking" else "done"
    row.report, row.finished_at = report, now


def fail(list_id: int, message: str, *, now: datetime) -> None:
    """Nobody of the list was added; say why."""
    row = db.session.get(VolunteerList, list_id, populate_existing=True)
    if row is not None and row.state in AT_WORK:
        row.state, row.message, row.finished_at = "failed", message[:2000], now


def withdraw(row: VolunteerList, *, by: int) -> None:
    """Take a list back that has not been added; the caller removes its files."""
    if row.state in ("adding", "done"):
        raise _moved_on(row)
    audit.record("withdraw.people", campaign_id=row.campaign_id, by=by, subject=f"list:{row.id}")
    db.session.delete(row)


def unfinished(now: datetime) -> list[int]:
    """Lists at work that nobody works on."""
    query = select(VolunteerList.id).where(
        VolunteerList.state.in_(AT_WORK),
        or_(VolunteerList.heard_at.is_(None), VolunteerList.heard_at < now - SILENT_AFTER),
    )
    return list(db.session.scalars(query))


def _moved_on(row: VolunteerList) -> Conflict:
    if row.state == "done":
        return Conflict(_("The people of this list are added already."))
    if row.state in AT_WORK:
        return Conflict(_("This list is being worked on already. Wait until it is done."))
    return Conflict(_("Check this list first; its answers have changed."))
