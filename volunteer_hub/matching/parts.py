"""A large problem solved region by region: parts are rows, whichever worker takes one keeps its answer there.

The database is the truth: a part waits, is worked on (with a sign of life every few seconds) or is done. The
worker that finishes the last part, and no other, says so: it holds the lock of the run when it counts.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import undefer

from geodata.matching.reach import ReachProblem, ReachResult
from geodata.matching.reach.regions import Region, regions
from geodata.matching.reach.solve import join
from volunteer_hub.core import clock
from volunteer_hub.core.db import announce, db, transaction
from volunteer_hub.matching.facts import PartReady, PartsSolved
from volunteer_hub.matching.models import Run, RunPart
from volunteer_hub.matching.packing import packed, unpacked
from volunteer_hub.matching.problem import Planned
from volunteer_hub.matching.solving import gap_for

log = logging.getLogger(__name__)
LARGE = 20_000  # volunteers; below, or with one region only, a plan is made in one piece
BEAT_S = 10.0
SILENT_AFTER = timedelta(seconds=45)
FORGOTTEN_AFTER = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the parts of a run are, counted in parts and in volunteers."""

    done: int
    count: int
    volunteers_done: int
    volunteers: int
    begun_at: datetime | None


def worth_splitting(problem: ReachProblem) -> list[Region]:
    """The independent regions of a problem large enough to share out; none where one job does it all."""
    if problem.people.count < LARGE:
        return []
    found = regions(problem)
    return found if len(found) > 1 else []


def share_out(run: Run, planned: Planned, found: list[Region], *, now: datetime) -> None:
    """Keep the regions of a run, locked by the caller, and have them solved. Once is enough."""
    if run.state != "running" or exist(run.id):
        return
    gap = gap_for(planned.problem)
    run.packed, run.message = packed(planned), "solving"
    for number, region in enumerate(found):
        nameless = replace(region.problem, volunteer_names=None, place_names=None)
        part = RunPart(
            campaign_id=run.campaign_id,
            run_id=run.id,
            number=number,
            volunteers=len(region.volunteers),
            problem=packed((replace(region, problem=nameless), gap)),
            waiting_at=now,
        )
        db.session.add(part)
        db.session.flush()
        db.session.expunge(part)  # one region in memory at a time
        announce(PartReady(run.id, number))


def exist(run_id: int) -> bool:
    """Is this run solved in parts?"""
    return db.session.scalar(select(RunPart.id).where(RunPart.run_id == run_id).limit(1)) is not None


def take(run_id: int, number: int, *, now: datetime) -> tuple[Region, float] | None:
    """Begin a part: its region and gap. None where it is done, gone, or with a worker that is alive."""
    part = db.session.scalar(
        select(RunPart)
        .join(Run, Run.id == RunPart.run_id)
        .where(RunPart.run_id == run_id, RunPart.number == number, Run.state == "running")
        .where(or_(RunPart.state == "waiting", _silent(now)))
        .with_for_update(of=RunPart, skip_locked=True)
        .options(undefer(RunPart.problem))
    )
    if part is None:
        return None
    part.state, part.started_at, part.seen_at = "running", now, now
    found: tuple[Region, float] = unpacked(part.problem)
    return found


def finish(run_id: int, number: int, solved: Any, seconds: float) -> bool:
    """Keep the answer of a part; whoever finishes the last one announces it. False: it is wanted no more."""
    run = _locked(run_id)
    if run is None or run.state != "running":
        return False
    mine = RunPart.run_id == run_id, RunPart.number == number, RunPart.state != "done"
    kept = update(RunPart).where(*mine).values(state="done", result=packed(solved), seconds=seconds)
    if not db.session.execute(kept).rowcount:  # type: ignore[attr-defined]
        return False
    if not _count_open(run_id):
        announce(PartsSolved(run_id))
    return True


def whole(run_id: int) -> tuple[Planned, ReachResult] | None:
    """The problem of a run and the plan joined from its parts, as one process would have made it."""
    run = db.session.scalar(
        select(Run).where(Run.id == run_id, Run.state == "running").options(undefer(Run.packed))
    )
    if run is None or run.packed is None or _count_open(run_id):
        return None
    planned: Planned = unpacked(run.packed)
    found, solved, seconds = [], [], 0.0
    rows = select(RunPart.problem, RunPart.result, RunPart.seconds).where(RunPart.run_id == run_id)
    for problem, result, took_s in db.session.execute(rows.order_by(RunPart.number)):
        found.append(unpacked(problem)[0])
        solved.append(unpacked(result or b""))
        seconds += took_s or 0.0
    return planned, join(planned.problem, found, solved, seconds=seconds)


def clear(run: Run) -> None:
    """Forget the parts of a run that is over."""
    run.packed = None
    db.session.execute(delete(RunPart).where(RunPart.run_id == run.id))


def progress(run_id: int) -> Progress | None:
    """How far the parts are; None where the run has none. One statement."""
    is_done = RunPart.state == "done"
    row = db.session.execute(
        select(
            func.count().filter(is_done),
            func.count(),
            func.coalesce(func.sum(RunPart.volunteers).filter(is_done), 0),
            func.coalesce(func.sum(RunPart.volunteers), 0),
            func.min(RunPart.started_at),
        ).where(RunPart.run_id == run_id)
    ).one()
    return Progress(*row) if row[1] else None


def put_back(now: datetime) -> None:
    """For the sweep: parts whose worker fell silent wait again; what the queue forgot is announced again."""
    silent = update(RunPart).where(_silent(now)).values(state="waiting", waiting_at=now, started_at=None)
    for run_id, number in db.session.execute(silent.returning(RunPart.run_id, RunPart.number)).all():
        announce(PartReady(run_id, number))
    going_on = select(RunPart.run_id).where(RunPart.state == "running")
    lost = (
        select(RunPart.run_id, RunPart.number)
        .join(Run, Run.id == RunPart.run_id)
        .where(Run.state == "running", RunPart.state == "waiting")
        .where(RunPart.waiting_at < now - FORGOTTEN_AFTER, RunPart.run_id.not_in(going_on))
    )
    for run_id, number in db.session.execute(lost).all():
        announce(PartReady(run_id, number))
    solved = (
        select(RunPart.run_id)
        .join(Run, Run.id == RunPart.run_id)
        .where(Run.state == "running")
        .group_by(RunPart.run_id)
        .having(func.bool_and(RunPart.state == "done"), func.max(RunPart.seen_at) < now - FORGOTTEN_AFTER)
    )
    for run_id in db.session.scalars(solved).all():
        announce(PartsSolved(run_id))


@contextmanager
def beating(run_id: int, number: int) -> Iterator[None]:
    """Give signs of life for a part while the block works on it, from a thread and connection of its own."""
    stop = threading.Event()
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def beat() -> None:
        while not stop.wait(BEAT_S):
            try:
                with app.app_context(), transaction():
                    mine = RunPart.run_id == run_id, RunPart.number == number, RunPart.state == "running"
                    db.session.execute(update(RunPart).where(*mine).values(seen_at=clock.now()))
            except SQLAlchemyError as error:  # the work goes on; the next beat may be heard
                log.warning("no sign of life could be given", extra={"error": type(error).__name__})

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _silent(now: datetime) -> Any:
    return (RunPart.state == "running") & (RunPart.seen_at < now - SILENT_AFTER)


def _count_open(run_id: int) -> int:
    query = select(func.count()).where(RunPart.run_id == run_id, RunPart.state != "done")
    return db.session.scalar(query) or 0


def _locked(run_id: int) -> Run | None:
    return db.session.scalar(
        select(Run).where(Run.id == run_id).with_for_update().execution_options(populate_existing=True)
    )
