"""Plans for the tests of matching: ask for one, have it made, see what it proposes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from volunteer_hub.assignments.models import Assignment, State
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.matching import services
from volunteer_hub.matching.models import Run

NOON = datetime(2026, 10, 10, 16, 0, tzinfo=UTC)
MIAMI = {"latitude": 25.7743, "longitude": -80.1937}


def want(make, area=None) -> Run:
    """A plan of seven days that waits for its turn."""
    area = area or make.root_of(make.default_campaign)
    with transaction():
        return services.want_run(
            area.campaign_id,
            area.id,
            from_at=NOON,
            until_at=NOON + timedelta(days=7),
            by=None,
            now=clock.now(),
        )


def plan(make, run_jobs, area=None) -> Run:
    """The same, made."""
    run_id = want(make, area).id
    run_jobs()
    db.session.expire_all()
    run = db.session.get(Run, run_id)
    assert run.state == "done", run.message
    return run


def pairs(state=State.PROPOSED) -> set[tuple[int, int]]:
    """(person, shift) ids of what stands in this state."""
    db.session.expire_all()
    rows = db.session.scalars(select(Assignment).where(Assignment.state == state))
    return {(row.person_id, row.shift_id) for row in rows}
