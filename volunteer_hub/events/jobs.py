"""Jobs of events: post what sign-ups are due, and free places that nobody confirmed."""

from __future__ import annotations

from datetime import timedelta

from volunteer_hub.core import clock
from volunteer_hub.core.db import transaction
from volunteer_hub.core.jobs import job
from volunteer_hub.events import queries, services

BATCH = 200
FORGOTTEN_AFTER = timedelta(seconds=45)


@job(queue="mail", gathers_s=3.0)
def send_notices() -> int:
    """Post what sign-ups are due: a rush of a thousand makes a few runs of this. Returns how many."""
    return _post_all()


@job()
def send_notices_of_shift(shift_id: int) -> int:
    """Post what all sign-ups of a shift are due, a batch a transaction. Returns how many."""
    return _post_all(shift_id=shift_id)


@job()
def send_cover_asks(shift_id: int) -> int:
    """Post the asks to fill a gap in this shift."""
    return _post_asks(shift_id)


@job()
def sweep_notices() -> int:
    """Post what the queue forgot."""
    posted = _post_all(before=True)
    return posted + _post_asks(None)


@job()
def sweep_unconfirmed() -> int:
    """Free the places of strangers who never confirmed their address. Returns how many came free."""
    freed = 0
    for campaign_id, sign_up_id in queries.overdue_confirmations(clock.now()):
        with transaction():
            freed += services.lapse_unconfirmed(campaign_id, sign_up_id, now=clock.now())
    return freed


@job()
def free_places_of_person(person_id: int) -> int:
    """Somebody was erased: their places of coming shifts go to others. Returns how many."""
    freed = 0
    for campaign_id, sign_up_id in queries.standing_of_person(person_id, clock.now()):
        with transaction():
            services.cancel_sign_up(campaign_id, sign_up_id, by=None, now=clock.now(), tell=False)
        freed += 1
    return freed


def _post_all(*, shift_id: int | None = None, before: bool = False) -> int:
    posted = 0
    done: set[int] = set()
    while True:
        due_before = clock.now() - FORGOTTEN_AFTER if before else None
        with transaction():
            ids = queries.due_notices(shift_id=shift_id, due_before=due_before, limit=BATCH)
            posted += services.post_notices(ids)
        if len(ids) < BATCH or done.issuperset(ids):  # the rest is in another worker's hands
            return posted
        done.update(ids)


def _post_asks(shift_id: int | None) -> int:
    posted = 0
    while True:
        with transaction():
            looked_at = services.post_cover_asks(shift_id, now=clock.now())
        posted += looked_at
        if looked_at < BATCH:
            return posted
