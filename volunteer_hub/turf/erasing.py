"""What turf forgets of a person who is erased: the ways to their walk lists, and words about them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete

from volunteer_hub.core.db import db
from volunteer_hub.core.erasing import Leaving, scrub
from volunteer_hub.turf.models import CutBatch, Lease, Turf, WalkPass


def erase(who: Leaving, *, now: datetime) -> None:  # noqa: ARG001 (as all parts are called)
    """Leases stay for the reports made under them; the turf itself is taken back by the job that follows."""
    db.session.execute(delete(WalkPass).where(WalkPass.person_id == who.person_id))
    scrub(Lease.return_note, pattern=who.in_own_rows, where=(Lease.person_id == who.person_id,))
    scrub(
        Lease.return_note,
        pattern=who.anywhere,
        where=(Lease.campaign_id == who.campaign_id, Lease.return_note != ""),
    )
    scrub(CutBatch.title, pattern=who.anywhere, where=(CutBatch.campaign_id == who.campaign_id,))
    scrub(Turf.name, pattern=who.anywhere, where=(Turf.campaign_id == who.campaign_id,))
