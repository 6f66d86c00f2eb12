"""Jobs of events: post what sign-ups are due, and free places that nobody confirmed."""

from __future__ import annotations

from collections.abc import Iterable
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
    """Post what all sign-ups of a shift are due now, a batch a transaction; what may still be corrected is
    left to the sweep. Returns how many."""
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
    return _free(queries.standing_of_person(person_id, clock.now()))


@job()
def sweep_erased() -> int:
    """Free what the queue forgot, or what somebody signed up for at the very moment they were erased."""
    return _free(queries.standing_of_erased(clock.now()))


def _free(sign_ups: Iterable[tuple[int, int]]) -> int:
    """A transaction each; returns how many."""
    freed = 0
    for campaign_id, sign_up_id in sign_ups:
        with transaction():
            services.cancel_sign_up(campaign_id, sign_up_id, by=None, now=clock.now(), tell=False)
        freed += 1
    return freed


@job(queue="slow", timeout_s=1800, tries=1)
def sweep_showing() -> int:
    """Reckon who will come where it is not up to date, let places follow. Returns how many shifts."""
    return _reckon_stale()


@job(queue="slow", timeout_s=1800, tries=1)
def sweep_learning() -> int:
    """Learn from new attendance, and reckon anew with it. Returns how many campaigns; reads all marks."""
    campaign_ids = queries.campaigns_to_learn(clock.now())
    for campaign_id in campaign_ids:
        with transaction():
            model = services.learn_showing(campaign_id, now=clock.now())
        ids = queries.coming_shift_ids(campaign_id, clock.now())
        for start in range(0, len(ids), BATCH):
            with transaction():
                services.reckon(campaign_id, ids[start : start + BATCH], model, now=clock.now())
    return len(campaign_ids)


@job(queue="mail", timeout_s=600, tries=1)
def sweep_after() -> int:
    """Thank who came and write once to who was missed, within a day of the shift. Returns how many people."""
    written = 0
    while True:
        with transaction():
            count = services.post_words(now=clock.now(), limit=BATCH)
        written += count
        if count < BATCH:
            return written


def _reckon_stale() -> int:
    reckoned, last = 0, 0
    while True:
        batch = queries.shifts_to_reckon(clock.now(), limit=BATCH, after=last)
        for campaign_id in sorted({campaign_id for campaign_id, _ in batch}):
            _reckon(campaign_id, [shift_id for own, shift_id in batch if own == campaign_id])
        reckoned += len(batch)
        if len(batch) < BATCH:
            return reckoned
        last = batch[-1][1]


def _reckon(campaign_id: int, shift_ids: list[int]) -> None:
    """A transaction for the chances, then one a shift that over-books: its lock is not held for long."""
    model = queries.show_model(campaign_id)
    with transaction():
        services.reckon(campaign_id, shift_ids, model, now=clock.now())
    for shift_id in queries.over_booked(shift_ids):
        with transaction():
            services.adjust_places(campaign_id, shift_id, model, now=clock.now())


def _post_all(*, shift_id: int | None = None, before: bool = False) -> int:
    posted = 0
    done: set[int] = set()
    while True:
        due_before = clock.now() - (FORGOTTEN_AFTER if before else timedelta())
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
