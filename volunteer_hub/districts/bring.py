"""Bring a file in without a browser: for commands, the demo and tests. The same way as an upload goes."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path
from typing import Any

from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.districts import jobs, looking, services
from volunteer_hub.districts.importing.run import Tell
from volunteer_hub.districts.models import Import


def bring(
    campaign_id: int,
    kind: str,
    path: Path,
    *,
    by: int | None = None,
    tell: Tell | None = None,
    **options: Any,
) -> Import:
    """Import a file now, in this process, and give the finished import with its report.

    kind: districts, precincts, results, doors or voters. options: as in docs/imports.md (mapping,
    district_kind,
    id_columns, ...); a mapping that is not given is the remembered one, else the guess. Raises Refusal,
    with the
    sentence, when the import failed: then nothing of the file is in the database.
    """
    if not path.is_file():
        raise Refusal(f"There is no file {path.name}. Check its name and folder.")
    uploads = jobs.uploads_folder()
    uploads.mkdir(parents=True, exist_ok=True)
    stored_name = uuid.uuid4().hex
    shutil.copyfile(path, uploads / stored_name)
    options = {name: value for name, value in options.items() if value not in (None, "", ())}
    if kind in ("results", "doors", "voters") and "mapping" not in options:
        options |= _guessed(campaign_id, kind, uploads / stored_name, options, path.name)
    with transaction():
        row = services.add_import(
            campaign_id,
            kind,
            file_name=path.name,
            stored_name=stored_name,
            options=options,
            by=by,
            now=clock.now(),
        )
        services.queue(row, runs_here=True)
        import_id = row.id
    jobs.perform(import_id, tell)
    done = db.session.get(Import, import_id, populate_existing=True)
    if done is None or done.state != "done":
        raise Refusal(done.message if done else "The import was taken back while it ran.")
    return done


def _guessed(campaign_id: int, kind: str, path: Path, options: dict[str, Any], name: str) -> dict[str, Any]:
    seen = looking.look(kind, path, options, name=name)
    mapping, _ = looking.mapping_for(campaign_id, kind, seen)
    db.session.rollback()
    return {"mapping": mapping, "has_header": seen["has_header"]}
