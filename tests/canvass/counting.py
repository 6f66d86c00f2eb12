"""What is kept, for comparing with what the reports say."""

from __future__ import annotations

from volunteer_hub.canvass import services
from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.canvass.models_log import SetAsideEntry
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.priority.models import Progress
from volunteer_hub.priority.services import COUNTS


def stored() -> int:
    db.session.rollback()
    return db.session.query(DoorReport).count()


def progress() -> dict[str, int]:
    """The sums of all kept progress, zeros left out, once what was received has taken effect."""
    db.session.rollback()
    with transaction():
        services.apply_pending(now=clock.now())
    rows = db.session.query(Progress).all()
    sums = {name: sum(getattr(row, name) for row in rows) for name in COUNTS}
    return {name: count for name, count in sums.items() if count}


def assert_recount_agrees(campaign_id: int) -> None:
    """Counted afresh, everything is as it is kept."""
    db.session.rollback()
    with transaction():
        found = services.recount(campaign_id, now=clock.now())
    assert found.is_clean, found


def aside() -> list[SetAsideEntry]:
    """What waits for a field lead, or waited."""
    db.session.rollback()
    return db.session.query(SetAsideEntry).order_by(SetAsideEntry.seq).all()
