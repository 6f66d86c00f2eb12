"""How a plan is made: read, solved in one piece or region by region, proved, saved if it is still wanted."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from geodata.matching.problem import Infeasible
from geodata.matching.reach import ReachResult
from geodata.matching.reach.solve import solve_region
from volunteer_hub.assignments.queries import TOO_LATE_TO_OFFER
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, let_go, transaction
from volunteer_hub.matching import parts, problem, services, solving
from volunteer_hub.matching.models import Run
from volunteer_hub.people.models import Area, Campaign

log = logging.getLogger(__name__)
FAULT = (
    "The plan could not be made because of a fault in the program; it is in the log of the worker. "
    "What stood before stands. Make the plan again, and tell your admin if it fails again."
)


def make(run_id: int) -> None:
    """Make a plan that waits, or share its regions out; a run that is over or in parts is left alone."""
    if not _begin(run_id):
        return
    with failing(run_id):
        with transaction():
            not_before = clock.now() + TOO_LATE_TO_OFFER
            planned = read(db.session.get_one(Run, run_id), not_before=not_before).planned
        _say(run_id, "solving")
        let_go()
        solving.refuse_overfull(planned.problem)
        found = parts.worth_splitting(planned.problem)
        if not found:
            _save(run_id, planned, solving.solve(planned.problem))
            return
        with transaction():
            parts.share_out(_locked(run_id), planned, found, now=clock.now())


def solve_part(run_id: int, number: int) -> None:
    """Solve one region of a run and keep its answer."""
    with failing(run_id):
        with transaction():
            taken = parts.take(run_id, number, now=clock.now())
        let_go()
        if taken is None:
            return
        region, gap = taken
        begun = time.perf_counter()
        with parts.beating(run_id, number):
            solved = solve_region(region, gap=gap, until=begun + solving.TIME_LIMIT_S)
        with transaction():
            parts.finish(run_id, number, solved, time.perf_counter() - begun)


def join_parts(run_id: int) -> None:
    """Put the plan of a run together from its regions, prove it, save it."""
    with failing(run_id):
        with transaction():
            whole = parts.whole(run_id)
        if whole is not None:
            _save(run_id, *whole)


def _save(run_id: int, planned: problem.Planned, result: ReachResult) -> None:
    _say(run_id, "proving")
    let_go()
    solved = solving.proved(planned.problem, result)
    _say(run_id, "saving")
    with transaction():
        run = _locked(run_id)
        if run.state == "running":
            services.save(run, planned, solved, now=clock.now())


@contextmanager
def failing(run_id: int) -> Iterator[None]:
    """A plan that cannot be made says why; with a database that is away, queue or sweep try again."""
    try:
        yield
    except Infeasible as impossible:
        _fail(run_id, f"{impossible} Change the pins or never-pairs and make the plan again.")
    except (OperationalError, PoolTimeout):
        raise
    except Exception:
        log.exception("plan failed", extra={"run": run_id})
        _fail(run_id, FAULT)
        raise


def _begin(run_id: int) -> bool:
    with transaction():
        run = db.session.scalar(select(Run).where(Run.id == run_id).with_for_update(skip_locked=True))
        if run is None or run.state not in ("queued", "running") or parts.exist(run_id):
            return False
        run.state, run.message, run.started_at = "running", "reading", clock.now()
    return True


def _say(run_id: int, step: str) -> None:
    """Note how far it is, for the page that waits."""
    with transaction():
        db.session.execute(update(Run).where(Run.id == run_id, Run.state == "running").values(message=step))


def _fail(run_id: int, sentence: str) -> None:
    db.session.rollback()
    with transaction():
        run = _locked(run_id)
        if run.state in ("queued", "running"):
            services.fail(run, sentence, now=clock.now())


def _locked(run_id: int) -> Run:
    query = select(Run).where(Run.id == run_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def read(run: Run, *, not_before: datetime | None = None) -> problem.Read:
    """The problem of a run as things are, if asked for only with the shifts that start later."""
    campaign = db.session.get_one(Campaign, run.campaign_id)
    area = db.session.get_one(Area, run.area_id)
    return problem.read(
        run.campaign_id,
        area_paths=[area.path],
        from_at=datetime.fromisoformat(run.params["from_at"]),
        until_at=datetime.fromisoformat(run.params["until_at"]),
        time_zone=campaign.time_zone,
        not_before=not_before,
    )
