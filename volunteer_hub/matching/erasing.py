"""What matching forgets of a person who is erased: wishes by hand, and plans that are being made."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, update

from volunteer_hub.core.db import db
from volunteer_hub.core.erasing import Leaving
from volunteer_hub.matching.models import Run, RunPart, Wish


def erase(who: Leaving, *, now: datetime) -> None:  # noqa: ARG001 (as all parts are called)
    """Proposals stay as counts. A plan in the making holds homes and names until it is done; one that ended
    needs them no longer, and one under way finds at its end that the person takes no part."""
    db.session.execute(delete(Wish).where(Wish.person_id == who.person_id))
    ended = (Run.campaign_id == who.campaign_id, Run.state.not_in(("queued", "running")))
    db.session.execute(update(Run).where(*ended, Run.packed.is_not(None)).values(packed=None))
    db.session.execute(
        delete(RunPart).where(RunPart.run_id == Run.id, *ended).execution_options(synchronize_session=False)
    )
