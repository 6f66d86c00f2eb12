"""Small cuts are made while the person waits, large ones by a worker."""

from __future__ import annotations

from volunteer_hub.core.db import db
from volunteer_hub.turf import jobs, services
from volunteer_hub.turf.models import Cut

AT_ONCE_DOORS = 2500


def is_small(doors: int) -> bool:
    """Is a cut of so many doors done within a few seconds?"""
    return doors <= AT_ONCE_DOORS


def cut_now(cut_id: int) -> bool:
    """Cut at once if it is small; else a worker does it. A job that waits for it finds nothing left to do."""
    cut = db.session.get(Cut, cut_id)
    if cut is None or cut.state != "queued" or not is_small(len(services.doors_of_cut(cut))):
        return False
    db.session.rollback()
    jobs.cut_precinct(cut_id)
    return True
