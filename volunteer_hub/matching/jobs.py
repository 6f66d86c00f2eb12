"""Jobs of matching: make a plan, and find the next best for a place that was refused."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from volunteer_hub.assignments import services as assignments
from volunteer_hub.assignments.models import Assignment
from volunteer_hub.core import clock
from volunteer_hub.core.db import announce, db, transaction
from volunteer_hub.core.jobs import job, start
from volunteer_hub.events.models import Shift
from volunteer_hub.matching import keeping, making, parts, problem, replanning, solving
from volunteer_hub.matching.facts import RunWanted
from volunteer_hub.matching.models import Run, RunPart
from volunteer_hub.people.models import Campaign

FORGOTTEN_AFTER = timedelta(minutes=2)
REPLAN_AFTER_S = 20.0
DEAD_AFTER = timedelta(minutes=11)  # a little more than the job may take


@job(queue="slow", timeout_s=600)
def propose(run_id: int) -> None:
    """Make the plan of a run, or share its regions out."""
    making.make(run_id)


@job(queue="slow", timeout_s=600)
def solve_part(run_id: int, number: int) -> None:
    """Solve one region of a large run."""
    making.solve_part(run_id, number)


@job(queue="slow", timeout_s=600)
def join_parts(run_id: int) -> None:
    """All regions of a large run are solved: put the plan together, prove and save it."""
    making.join_parts(run_id)


@job(queue="slow", timeout_s=600, gathers_s=REPLAN_AFTER_S)
def replan() -> None:
    """People or shifts changed: bring the plans that hold up to date. Many changes at once start it once."""
    if not replanning.bring_up_to_date(clock.now()):
        start(replan, delay_s=REPLAN_AFTER_S, unless_waiting="gathered")


@job(queue="urgent", tries=1)
def sweep_replans() -> None:
    """Changes of which the queue lost the news: a plan that needs nothing is only looked at."""
    start(replan, unless_waiting="gathered")


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
        proposals, ids = _next_best(campaign_id, refused), [each.id for each in refused]
    with transaction():  # no shift is locked while the plan is made
        still = assignments.locked_to_pass_on(campaign_id, ids)
        passed = [assignments.pass_on(each, proposals.get(each.id), now=clock.now()) for each in still]
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
    """Runs that were asked for and never began, runs and parts of runs whose worker died."""
    now = clock.now()
    in_parts = select(RunPart.run_id)
    with transaction():
        forgotten = select(Run.id).where(Run.state == "queued", Run.created_at < now - FORGOTTEN_AFTER)
        dead = select(Run.id).where(
            Run.state == "running", Run.started_at < now - DEAD_AFTER, Run.id.not_in(in_parts)
        )
        for run_id in [*db.session.scalars(forgotten), *db.session.scalars(dead)]:
            announce(RunWanted(run_id))
        parts.put_back(now)
