"""Files of door reports, kept no longer than the rule of retention says; by the table FORGETS of app.py."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from flask import current_app
from sqlalchemy import select

from volunteer_hub.canvass.models import ReportFile
from volunteer_hub.core.db import db

FORGOTTEN = "forgotten"
"""Stands among the counts of a file whose rows are kept no longer."""
AT_ONCE = 50


def forget_files(campaign_id: int, before: datetime, now: datetime) -> int:  # noqa: ARG001
    """Forget the file and the rejected rows of what was collected, or failed, before that day; counts stay.

    At most AT_ONCE in the caller's transaction; returns how many.
    """
    old = select(ReportFile).where(
        ReportFile.campaign_id == campaign_id,
        ReportFile.state.in_(("done", "failed")),
        ReportFile.finished_at < before,
        ~ReportFile.counts.has_key(FORGOTTEN),
    )
    query = old.order_by(ReportFile.id).limit(AT_ONCE).with_for_update(skip_locked=True)
    rows = db.session.scalars(query).all()
    uploads: Path = current_app.extensions["vh_config"].uploads_dir
    for row in rows:
        (uploads / row.stored_name).unlink(missing_ok=True)
        row.counts = {key: value for key, value in row.counts.items() if key != "rows"} | {FORGOTTEN: True}
    db.session.flush()
    return len(rows)
