"""Jobs of turf: cut what was asked for, end what has run out."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import Engine, delete, func, select, update

from volunteer_hub.core import clock
from volunteer_hub.core.db import db, let_go, transaction
from volunteer_hub.core.jobs import job, start
from volunteer_hub.turf import queries, services
from volunteer_hub.turf.models import Cut, Lease, Turf, TurfDoor, TurfEdit
from volunteer_hub.turf.plan import CutParams, plan_cut

FORGOTTEN_AFTER = timedelta(seconds=45)
SILENT_AFTER = timedelta(minutes=2)
EDITS_KEPT = timedelta(days=7)
BEAT_S = 10.0


@job(queue="slow", timeout_s=900)
def cut_precinct(cut_id: int) -> int:
    """Cut what a cut asks for; the database rests while geodata thinks. Returns the number of turfs."""
    with transaction():
        begun = services.begin_cut(cut_id, now=clock.now())
        if begun is None:
            return 0
        cut, doors = begun
        minutes, params = cut.minutes, CutParams.of(cut.params)
        streets = services.streets_of(cut.campaign_id, doors)
    let_go()
    try:
        with _beating(cut_id):
            plan = plan_cut(doors, minutes=minutes, params=params, streets=streets)
    except (ValueError, TypeError) as error:
        with transaction():
            services.fail_cut(cut_id, f"These doors could not be cut: {error}", now=clock.now())
        return 0
    with transaction():
        saved = services.save_cut(cut_id, plan, now=clock.now())
        return int(saved.report["turfs"]) if saved else 0


@contextmanager
def _beating(cut_id: int) -> Iterator[None]:
    """Give a sign of life while the work goes on, so that the sweep leaves it alone."""
    over = threading.Event()
    beat = threading.Thread(target=_beat, args=(db.engine, cut_id, over), daemon=True)
    beat.start()
    try:
        yield
    finally:
        over.set()
        beat.join()


def _beat(engine: Engine, cut_id: int, over: threading.Event) -> None:
    while not over.wait(BEAT_S):
        with engine.begin() as connection:
            connection.execute(update(Cut).where(Cut.id == cut_id).values(heard_at=clock.now()))


@job(queue="urgent")
def take_back_turf(person_id: int) -> int:
    """Somebody was erased or set aside: what is left of their turf can go to others. Returns how many."""
    with transaction():
        return services.end_leases_of_absent(person_id=person_id, now=clock.now())


@job(queue="urgent", tries=1)
def sweep_leases() -> int:
    """End the leases whose time is over, and those of people who take no part any more."""
    with transaction():
        services.forget_passes(now=clock.now())
        return services.end_expired(now=clock.now()) + services.end_leases_of_absent(now=clock.now())


@job(queue="urgent", tries=1)
def sweep_cuts() -> None:
    """Cuts that the queue forgot are started; cuts whose worker died wait again and are started, too."""
    now = clock.now()
    with transaction():
        heard = func.coalesce(Cut.heard_at, Cut.started_at)
        db.session.execute(
            update(Cut)
            .where(Cut.state == "running", heard < now - SILENT_AFTER)
            .values(state="queued", started_at=None, heard_at=None)
        )
    for cut_id, state in queries.stuck_cuts(now - FORGOTTEN_AFTER):
        if state == "queued":
            start(cut_precinct, cut_id, unless_waiting=f"cut-{cut_id}")


@job(queue="slow", tries=1)
def forget_old_edits() -> int:
    """After a week nobody undoes an edit: forget it, with turfs that it retired and nobody ever held."""
    before = clock.now() - EDITS_KEPT
    with transaction():
        db.session.execute(delete(TurfEdit).where(TurfEdit.made_at < before))
        visited = select(TurfDoor.turf_id).where(TurfDoor.result.is_not(None))
        gone = db.session.execute(
            delete(Turf).where(
                Turf.state == "retired",
                Turf.retired_at < before,
                Turf.id.not_in(select(Lease.turf_id)),
                Turf.id.not_in(visited),
            )
        )
        return int(gone.rowcount)  # type: ignore[attr-defined]
