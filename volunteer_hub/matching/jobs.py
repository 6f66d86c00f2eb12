"""Jobs of matching: make a plan, and find the next best for a place that was refused."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from geodata.matching.problem import Infeasible
from volunteer_hub.assignments import services as assignments
from volunteer_hub.assignments.models import Assignment
from volunteer_hub.core import clock
from volunteer_hub.core.db import announce, db, let_go, transaction
from volunteer_hub.core.jobs import job
from volunteer_hub.events.models import Shift
from volunteer_hub.matching import keeping, problem, services, solving
from volunteer_hub.matching.facts import RunWanted
from volunteer_hub.matching.models import Run
from volunteer_hub.people.models import Area, Campaign

log = logging.getLogger(__name__)
FORGOTTEN_AFTER = timedelta(minutes=2)
DEAD_AFTER = timedelta(minutes=11)  # a little more than the job may take
FAULT = (
    "The plan could not be made because of a fault in the program; it is in the log of the worker. "
    "What stood before stands. Make the plan again, and tell your admin if it fails again."
)


@job(queue="slow", timeout_s=600)
def propose(run_id: int) -> None:
    """Make the plan of a run: read, let go of the database, solve, prove, explain, save."""
    if not _begin(run_id):
        return
    try:
        _make(run_id)
    except Infeasible as impossible:
        _fail(run_id, f"{impossible} Change the pins or never-pairs and make the plan again.")
    except (OperationalError, PoolTimeout):
        raise  # the database is away: the queue tries again, and the sweep after it
    except Exception:
        log.exception("plan failed", extra={"run": run_id})
        _fail(run_id, FAULT)
        raise


def _begin(run_id: int) -> bool:
    with transaction():
        run = db.session.scalar(select(Run).where(Run.id == run_id).with_for_update(skip_locked=True))
        if run is None or run.state not in ("queued", "running"):
            return False
        run.state, run.message, run.started_at = "running", "reading", clock.now()
    return True


def _make(run_id: int) -> None:
    with transaction():
        planned = _read(db.session.get_one(Run, run_id)).planned
    _say(run_id, "solving")
    let_go()
    result = solving.solve(planned.problem)
    _say(run_id, "proving")
    let_go()
    solved = solving.proved(planned.problem, result)
    _say(run_id, "saving")
    with transaction():
        run = db.session.scalars(select(Run).where(Run.id == run_id).with_for_update()).one()
        if run.state == "running":
            services.save(run, planned, solved, now=clock.now())


def _say(run_id: int, step: str) -> None:
    """Note how far it is, for the page that waits."""
    with transaction():
        db.session.execute(update(Run).where(Run.id == run_id, Run.state == "running").values(message=step))


def _fail(run_id: int, sentence: str) -> None:
    db.session.rollback()
    with transaction():
        services.fail(db.session.get_one(Run, run_id), sentence, now=clock.now())


def _read(run: Run) -> problem.Read:
    campaign = db.session.get_one(Campaign, run.campaign_id)
    area = db.session.get_one(Area, run.area_id)
    return problem.read(
        run.campaign_id,
        area_paths=[area.path],
        from_at=datetime.fromisoformat(run.params["from_at"]),
        until_at=datetime.fromisoformat(run.params["until_at"]),
        time_zone=campaign.time_zone,
    )


@job(queue="default", timeout_s=600)
def pass_on_places(campaign_id: int) -> int:
    """Places were refused: offer each to the best of those who could still come, or set it free.

    All places of the campaign go into one plan, so that many refusals at once find the best answer together.
    Returns how many were offered again.
    """
    with transaction():
        refused = assignments.places_to_pass_on(campaign_id)
        if not refused:
            return 0
        proposals = _next_best(campaign_id, refused)
        passed = [assignments.pass_on(each, proposals.get(each.id), now=clock.now()) for each in refused]
    return sum(each is not None for each in passed)


def _next_best(campaign_id: int, refused: Sequence[Assignment]) -> dict[int, assignments.Proposal]:
    """Of each refused offer the proposal that takes its place, as far as there is somebody."""
    shift_ids = Counter(each.shift_id for each in refused)
    starts = db.session.scalars(select(Shift.starts_at).where(Shift.id.in_(list(shift_ids)))).all()
    campaign = db.session.get_one(Campaign, campaign_id)
    planned = problem.read(
        campaign_id,
        area_paths=None,
        from_at=min(starts),
        until_at=max(starts) + timedelta(seconds=1),
        time_zone=campaign.time_zone,
        only_held=shift_ids,
    ).planned
    if not len(planned.shift_ids):
        return {}
    takers: dict[int, list[assignments.Proposal]] = defaultdict(list)
    solved = solving.proved(planned.problem, solving.solve(planned.problem))
    for proposal in keeping.proposals(planned, solved):
        takers[proposal.shift_id].append(proposal)
    for proposals in takers.values():
        proposals.sort(key=lambda each: each.value)
    return {each.id: takers[each.shift_id].pop() for each in refused if takers[each.shift_id]}


@job(queue="urgent", tries=1)
def sweep_runs() -> None:
    """Runs that were asked for and never began, and runs whose worker died."""
    now = clock.now()
    with transaction():
        forgotten = select(Run.id).where(Run.state == "queued", Run.created_at < now - FORGOTTEN_AFTER)
        dead = select(Run.id).where(Run.state == "running", Run.started_at < now - DEAD_AFTER)
        for run_id in [*db.session.scalars(forgotten), *db.session.scalars(dead)]:
            announce(RunWanted(run_id))
