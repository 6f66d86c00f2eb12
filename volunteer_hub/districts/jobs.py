"""Jobs of districts: run an import to its end, and find those that were forgotten."""

from __future__ import annotations

import logging
from pathlib import Path

from flask import current_app

from geodata.boundaries import BadBoundaries
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.jobs import job, start
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.districts import queries, services
from volunteer_hub.districts.importing import boundaries, doors, past_results, streets, voters
from volunteer_hub.districts.importing.run import Progress, Run, Tell

log = logging.getLogger(__name__)

LOADERS = {
    "districts": boundaries.load,
    "precincts": boundaries.load,
    "results": past_results.load,
    "doors": doors.load,
    "voters": voters.load,
    "streets": streets.load,
}
OUR_FAULT = (
    "Something went wrong on our side, and nothing of the file was imported. Try again; if it fails again, "
    "tell the people who run this installation the number of this import."
)


def uploads_folder() -> Path:
    """Where uploaded files lie."""
    folder: Path = current_app.extensions["vh_config"].uploads_dir
    return folder


@job(queue="slow", timeout_s=3600, tries=1)
def run_import(import_id: int) -> str:
    """Run a queued import. Looks first: one that is done, or runs elsewhere, is left alone."""
    return perform(import_id)


def perform(import_id: int, tell: Tell | None = None) -> str:
    """Run an import in this process; `tell` hears how far it is. Returns the state it ends in."""
    run = _begin(import_id, tell)
    if run is None:
        return "not due"
    try:
        with transaction():
            if not services.take_turn(run.id, run.campaign_id, run.now):
                return "not due"
            if not run.path.is_file():
                raise Refusal("The file is no longer there. Upload it again.")
            report = LOADERS[run.kind](run)
            services.finish(run.id, report, now=clock.now())
    except (Refusal, BadBoundaries) as refusal:
        return _fail(run, services.sentence_of(refusal, run.path.name, run.file_name))
    except Exception:
        _fail(run, OUR_FAULT)
        raise
    run.path.unlink(missing_ok=True)  # its rows are in; people's data are kept once
    with transaction():
        services.refresh_statistics(run.kind)
    return "done"


def _begin(import_id: int, tell: Tell | None) -> Run | None:
    now = clock.now()
    with transaction():
        row = queries.import_for_run(import_id)
        is_silent = (
            row is not None and row.state == "running" and (row.heard_at or now) < now - services.SILENT_AFTER
        )
        if row is None or not (row.state == "queued" or is_silent):
            return None
        services.begin(row, now=now)
        uploads = uploads_folder()
        return Run(
            row.id, row.campaign_id, row.kind, uploads / row.stored_name, row.file_name, dict(row.options),
            uploads / f"import-{row.id}", Progress(row.id, tell), now,
        )  # fmt: skip


def _fail(run: Run, message: str) -> str:
    log.info("import failed", extra={"import": run.id, "kind": run.kind})
    with transaction():
        services.fail(run.id, message, now=clock.now())
    return "failed"


@job(queue="urgent", tries=1)
def sweep_imports() -> None:
    """Imports that the queue forgot, or whose worker died in the middle."""
    waiting = queries.unfinished_imports(clock.now() - services.SILENT_AFTER)
    db.session.rollback()
    for import_id in waiting:
        start(run_import, import_id, unless_waiting=f"import-{import_id}")
