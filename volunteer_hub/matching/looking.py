"""Reading a run's problem again: for one volunteer, and for a change by hand."""

from __future__ import annotations

from datetime import datetime

from volunteer_hub.matching import hand, problem
from volunteer_hub.matching.models import Run
from volunteer_hub.matching.problem import Planned, Read
from volunteer_hub.people.models import Area


def span(run: Run, now: datetime) -> tuple[datetime, datetime]:
    """The time a run plans for, as far as it is ahead."""
    from_at = max(datetime.fromisoformat(run.params["from_at"]), now)
    return from_at, max(datetime.fromisoformat(run.params["until_at"]), from_at)


def for_person(run: Run, area: Area, person_id: int, time_zone: str, now: datetime) -> Read:
    """The problem of one volunteer alone, each shift with one place more than are open. A few statements."""
    from_at, until_at = span(run, now)
    return problem.read(
        run.campaign_id,
        area_paths=[area.path],
        from_at=from_at,
        until_at=until_at,
        time_zone=time_zone,
        person_ids=[person_id],
        one_seat_more=True,
    )


def for_change(run: Run, area: Area, time_zone: str, now: datetime) -> Planned:
    """The whole problem, for a change by hand."""
    from_at, until_at = span(run, now)
    return problem.read(
        run.campaign_id,
        area_paths=[area.path],
        from_at=from_at,
        until_at=until_at,
        time_zone=time_zone,
        stay_bonus_share=hand.STAY_SHARE,
    ).planned
