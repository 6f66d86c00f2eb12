"""Jobs of turf: cut what was asked for, end what has run out."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from volunteer_hub.core import clock
from volunteer_hub.core.db import db, let_go, transaction
from volunteer_hub.core.jobs import job, start
from volunteer_hub.turf import queries, services
from volunteer_hub.turf.models import Cut
from volunteer_hub.turf.plan import plan_cut

FORGOTTEN_AFTER = timedelta(seconds=45)
STUCK_AFTER = timedelta(minutes=15)


@job(queue="slow", timeout_s=600)
def cut_precinct(cut_id: int) -> int:
    """Cut a precinct; the database rests while geodata thinks. Returns the number of turfs."""
    with transaction():
        begun = services.begin_cut(cut_id, now=clock.now())
        if begun is None:
            return 0
        cut, doors = begun
        minutes, params = cut.minutes, dict(cut.params)
    let_go()
    try:
        plan = plan_cut(doors, minutes=minutes, **params)
    except (ValueError, TypeError) as error:
        with transaction():
            services.fail_cut(cut_id, f"These doors could not be cut: {error}", now=clock.now())
        return 0
    with transaction():
        saved = services.save_cut(cut_id, plan, now=clock.now())
        return int(saved.report["turfs"]) if saved else 0


@job(queue="urgent")
def take_back_turf(person_id: int) -> int:
    """Somebody was erased or set aside: what is left of their turf can go to others. Returns how many."""
    with transaction():
        return services.end_leases_of_absent(person_id=person_id, now=clock.now())


@job(queue="urgent", tries=1)
def sweep_leases() -> int:
    """End the leases whose time is over, and those of people who take no part any more."""
    with transaction():
        return services.end_expired(now=clock.now()) + services.end_leases_of_absent(now=clock.now())


@job(queue="urgent", tries=1)
def sweep_cuts() -> None:
    """Cuts that the queue forgot are started; cuts whose worker died wait again."""
    now = clock.now()
    with transaction():
        db.session.execute(
            update(Cut)
            .where(Cut.state == "running", Cut.started_at < now - STUCK_AFTER)
            .values(state="queued", started_at=None)
        )
    for cut_id, state in queries.stuck_cuts(now - FORGOTTEN_AFTER):
        if state == "queued":
            start(cut_precinct, cut_id, unless_waiting=f"cut-{cut_id}")
