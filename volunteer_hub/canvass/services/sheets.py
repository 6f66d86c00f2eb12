"""Printed walk sheets: kept as they were printed, so that their codes are understood when they come back."""

from __future__ import annotations

import secrets as random
from collections.abc import Sequence
from datetime import datetime

from volunteer_hub.canvass.models_sheets import PaperSheet
from volunteer_hub.core.db import db


def add_sheet(
    campaign_id: int,
    turf_id: int,
    doors: Sequence[int],
    *,
    shift_id: int | None = None,
    walker_id: int | None = None,
    by: int | None,
    now: datetime,
) -> PaperSheet:
    """Keep a sheet of these doors, in their order, with a key of its own."""
    sheet = PaperSheet(
        campaign_id=campaign_id,
        turf_id=turf_id,
        shift_id=shift_id,
        walker_id=walker_id,
        code_key=random.token_urlsafe(12),
        doors=list(doors),
        printed_by=by,
        printed_at=now,
    )
    db.session.add(sheet)
    db.session.flush()
    return sheet
