"""Jobs of matching: make a plan, and find the next best for a place that was refused."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import select

from geodata.matching import Infeasible, certify, explain, match
from volunteer_hub.assignments import services as assignments
from volunteer_hub.assignments.models import Assignment
from volunteer_hub.core import clock
from volunteer_hub.core.db import announce, db, let_go, transaction
from volunteer_hub.core.jobs import job
from volunteer_hub.events.models import Shift
from volunteer_hub.matching import problem, services
from volunteer_hub.matching.facts import RunWanted
from volunteer_hub.matching.models import Run
from volunteer_hub.people.models import Area, Campaign

log = logging.getLogger(__name__)
TIME_LIMIT_S = 120.0
GAP = 0.002
FORGOTTEN_AFTER = timedelta(minutes=2)
DEAD_AFTER = timedelta(minutes=20)


@job(queue="slow", timeout_s=1200)
def propose(run_id: int) -> None:
    """Make the plan of a run: read, let go of the database, solve, prove, explain, save."""
    with transaction():
        run = db.session.scalar(select(Run).where(Run.id == run_id).with_for_update(skip_locked=True))
        if run is None or run.state not in ("queued", "running"):
            return
        run.state, run.started_at = "running", clock.now()
        planned = _read(run)
    let_go()
    try:
        solved = solve(planned)
    except Infeasible as impossible:
        with transaction():
            services.fail(
                db.session.get_one(Run, run_id),
                f"{impossible} Change the pins and run again.",
                now=clock.now(),
            )
        return
    with transaction():
        run = db.session.scalars(select(Run).where(Run.id == run_id).with_for_update()).one()
        if run.state == "running":
            services.save(run, planned, solved, now=clock.now())


def solve(planned: problem.Planned) -> services.Solved:
    """Solve and check a problem. The proof comes from code of its own, so a wrong plan is never saved."""
    result = match(planned.arcs.problem, seed=0, time_limit_s=TIME_LIMIT_S, gap=GAP)
    proof = certify(planned.arcs.problem, result)
    if not proof.feasible:
        raise AssertionError(f"the plan breaks its limits: {'; '.join(list(proof.violations)[:5])}")
    return services.Solved(result, proof, explain(planned.arcs.problem, result, planned.arcs.without))


def _read(run: Run) -> problem.Planned:
    campaign = db.session.get_one(Campaign, run.campaign_id)
    area = db.session.get_one(Area, run.area_id)
    return problem.read(
        run.campaign_id,
        area_paths=[area.path],
        from_at=datetime.fromisoformat(run.params["from_at"]),
        until_at=datetime.fromisoformat(run.params["until_at"]),
        time_zone=campaign.time_zone,
    )


@job(queue="default", timeout_s=300)
def pass_on_place(assignment_id: int) -> None:
    """A place was refused: offer it to the best of those who could still come, or set it free."""
    with transaction():
        refused = assignments.place_to_pass_on(assignment_id)
        if refused is None:
            return
        assignments.pass_on(refused, _next_best(refused), now=clock.now())


def _next_best(refused: Assignment) -> assignments.Proposal | None:
    shift = db.session.get_one(Shift, refused.shift_id)
    campaign = db.session.get_one(Campaign, refused.campaign_id)
    planned = problem.read(
        refused.campaign_id,
        area_paths=None,
        from_at=shift.starts_at,
        until_at=shift.starts_at + timedelta(seconds=1),
        time_zone=campaign.time_zone,
        shift_ids=[shift.id],
        held_as_free=1,
    )
    if not planned.shifts:
        return None
    solved = solve(planned)
    best = max(solved.reasons.pairs, key=lambda reason: (reason.value, -reason.volunteer), default=None)
    return services.proposal_of(planned, best) if best else None


@job(queue="urgent", tries=1)
def sweep_runs() -> None:
    """Runs that were asked for and never began, and runs whose worker died."""
    now = clock.now()
    with transaction():
        forgotten = select(Run.id).where(Run.state == "queued", Run.created_at < now - FORGOTTEN_AFTER)
        dead = select(Run.id).where(Run.state == "running", Run.started_at < now - DEAD_AFTER)
        for run_id in [*db.session.scalars(forgotten), *db.session.scalars(dead)]:
            announce(RunWanted(run_id))
