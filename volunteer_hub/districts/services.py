"""Writes of districts: an import on its way through its states, and the mappings people confirmed."""

from __future__ import annotations

import re
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from volunteer_hub.core import audit
from volunteer_hub.core.db import announce, db
from volunteer_hub.core.refusals import Conflict, Refusal
from volunteer_hub.districts.facts import ImportQueued, PlacesImported
from volunteer_hub.districts.importing.run import Report
from volunteer_hub.districts.models import Import, RememberedMapping

KINDS = ("districts", "precincts", "results", "doors", "voters", "streets")
TABLES = {
    "districts": ("districts",),
    "precincts": ("precincts", "doors"),
    "results": ("results",),
    "doors": ("doors",),
    "voters": ("voters", "doors"),
    "streets": ("streets",),
}
SILENT_AFTER = timedelta(minutes=3)
_SQL = re.compile(r" \((?:sqlite3_|SQL |database disk|SELECT ).*\)(?=\.)", re.DOTALL)
_IMPORTS_LOCK = 7301  # first key of the advisory lock; the second is the campaign


def add_import(
    campaign_id: int,
    kind: str,
    *,
    file_name: str,
    stored_name: str,
    options: dict[str, Any],
    by: int | None,
    now: datetime,
) -> Import:
    """Note a file on its way in. It waits for a person's answers."""
    if kind not in KINDS:
        raise Refusal(
            "Files of districts, precincts, results, doors, voters and streets can be imported, "
            f"not of {kind}."
        )
    row = Import(
        campaign_id=campaign_id, kind=kind, state="needs_answer",
        file_name=Path(file_name).name[:200] or "file",
        stored_name=stored_name, options=options, created_by=by, created_at=now,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    audit.record("start.import", campaign_id=campaign_id, by=by, subject=f"import:{row.id}", kind=kind)
    return row


def answer(row: Import, options: dict[str, Any]) -> None:
    """Keep a person's answers: mapping, layer, coordinate system and so on."""
    if row.state not in ("uploaded", "needs_answer", "failed"):
        raise Conflict("This import has been started already.")
    row.options = {**row.options, **options}


def queue(row: Import, *, runs_here: bool = False) -> None:
    """All is answered: the import can run, in a worker or (`runs_here`) in this process."""
    if row.state in ("queued", "running"):
        raise Conflict("This import is running already.")
    if row.state == "done":
        raise Conflict("This import is done. To import the file again, upload it again.")
    row.state, row.message, row.step, row.done_count, row.total_count = "queued", "", "", 0, None
    row.started_at = row.finished_at = row.heard_at = None
    if not runs_here:
        announce(ImportQueued(row.id))


def begin(row: Import, *, now: datetime) -> None:
    """The import starts to run, or starts again after its worker died."""
    row.state, row.started_at, row.heard_at, row.finished_at = "running", now, now, None


def take_turn(import_id: int, campaign_id: int, started_at: datetime) -> bool:
    """Wait until no other import of the campaign is at work.

    False when this one was done, or taken over, by somebody else meanwhile.
    """
    db.session.execute(select(func.pg_advisory_xact_lock(_IMPORTS_LOCK, campaign_id % 2**31)))
    row = db.session.get(Import, import_id, populate_existing=True)
    return row is not None and row.state == "running" and row.started_at == started_at


def finish(import_id: int, report: Report, *, now: datetime) -> None:
    """The import has landed, in the transaction that is open."""
    row = db.session.scalars(select(Import).where(Import.id == import_id).with_for_update()).one()
    row.state, row.finished_at, row.report, row.step = "done", now, report.to_dict(), ""
    row.message = ""
    announce(PlacesImported(row.campaign_id))


def refresh_statistics(kind: str) -> None:
    """Tell the database what came in: until its planner knows, a count over new doors takes half a minute."""
    for table in TABLES[kind]:
        db.session.execute(text(f"ANALYZE {table}"))


def fail(import_id: int, message: str, *, now: datetime) -> None:
    """Nothing of the file has landed; say why."""
    row = db.session.get(Import, import_id)
    if row is not None:
        row.state, row.finished_at, row.message, row.step = "failed", now, message[:2000], ""


def sentence_of(refusal: Exception, stored_name: str, file_name: str) -> str:
    """What a reader of files said, with the name people know instead of the one it is stored under.

    A broken GeoPackage makes the database inside it complain in SQL, which tells nobody anything.
    """
    said = _SQL.sub(": it is damaged or was cut off", str(refusal))
    return said.replace(stored_name, f"“{file_name}”")


def withdraw(row: Import, uploads: Path) -> None:
    """Take back an import that has not landed, with its file."""
    if row.state in ("running", "queued", "done"):
        raise Conflict("An import that runs or has landed cannot be taken back here.")
    (uploads / row.stored_name).unlink(missing_ok=True)
    shutil.rmtree(uploads / f"import-{row.id}", ignore_errors=True)
    db.session.execute(delete(Import).where(Import.id == row.id))


def remember(campaign_id: int, kind: str, signature: str, mapping: dict[str, Any], *, now: datetime) -> None:
    """Keep a confirmed mapping for the next file of the same layout."""
    query = insert(RememberedMapping).values(
        campaign_id=campaign_id, kind=kind, signature=signature, mapping=mapping, used_at=now
    )
    db.session.execute(
        query.on_conflict_do_update(
            index_elements=["campaign_id", "kind", "signature"], set_={"mapping": mapping, "used_at": now}
        )
    )
