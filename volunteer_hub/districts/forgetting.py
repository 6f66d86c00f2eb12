"""Files of imports, kept no longer than the rule of retention says; called by the table FORGETS of app.py."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

from flask import current_app
from sqlalchemy import and_, or_, select

from volunteer_hub.core.db import db
from volunteer_hub.districts.models import Import

FORGOTTEN = "forgotten"
"""Stands in the report of an import whose rows and files are kept no longer; its counts stay."""
AT_ONCE = 50


def forget_imports(campaign_id: int, before: datetime, now: datetime) -> int:  # noqa: ARG001
    """Forget imports from before that day: one that never landed wholly, of one that landed all but counts.

    What waits or runs is left alone. At most AT_ONCE in the caller's transaction; returns how many.
    """
    is_left_over = Import.state.in_(("uploaded", "needs_answer", "failed"))
    is_told = and_(Import.state == "done", ~Import.report.has_key(FORGOTTEN))
    old = select(Import).where(
        Import.campaign_id == campaign_id,
        or_(and_(is_left_over, Import.created_at < before), and_(is_told, Import.finished_at < before)),
    )
    rows = db.session.scalars(old.order_by(Import.id).limit(AT_ONCE).with_for_update(skip_locked=True)).all()
    for row in rows:
        _forget(row)
    db.session.flush()
    return len(rows)


def _forget(row: Import) -> None:
    uploads: Path = current_app.extensions["vh_config"].uploads_dir
    (uploads / row.stored_name).unlink(missing_ok=True)
    shutil.rmtree(uploads / f"import-{row.id}", ignore_errors=True)
    if row.state != "done":
        db.session.delete(row)
        return
    row.report = row.report | {"rows": {}, "files": {}, FORGOTTEN: True}
    row.options = {key: value for key, value in row.options.items() if key != "seen"}
