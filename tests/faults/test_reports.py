"""Whatever is killed while phones send: every report is stored once, and what is counted from them agrees."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.faults import hurting
from tests.patience import WAIT_S
from volunteer_hub.canvass import services as canvass
from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.demo import phones

pytestmark = pytest.mark.fault

HABITS = phones.Habits(lost_answer=0.3, twice=0.3, late=0.4, skipped_doors=0, give_up_s=3 * WAIT_S)
KILLS = ("web", "postgres", "valkey", "worker", "web", "postgres")


@contextmanager
def walking(walks, base_url):
    """Phones walk in threads of their own while the block runs; the list holds what came of it."""
    walked = []

    def walk():
        starts_at = clock.now() - timedelta(hours=4)
        walked.extend(phones.walk_all(walks, base_url, starts_at=starts_at, habits=HABITS, at_once=4))

    thread = threading.Thread(target=walk, daemon=True)
    thread.start()
    yield walked
    thread.join(4 * WAIT_S)
    assert not thread.is_alive()


def stored(campaign_id):
    db.session.rollback()
    query = select(DoorReport.id).where(DoorReport.campaign_id == campaign_id)
    return [str(each) for each in db.session.scalars(query)]


def test_reports_survive_the_death_of_everything(site, make):
    walks = []
    for _ in range(8):
        turf = make.turf(doors=60)
        handed = make.lease(turf, hours_ago=5)
        walks.append(phones.WalkList(turf.id, make.doors_of(turf), handed.token))
    campaign_id = make.default_campaign.id
    db.session.remove()
    with walking(walks, site.base_url) as walked:
        for name in KILLS:
            time.sleep(0.7)
            site.wait_until_restarted(name, site.kill(name), within_s=WAIT_S)
    hurting.seconds_until_ready(site)
    tally = phones.total(walked)
    made = {report["id"] for each in walked for report in each.reports}
    kept = stored(campaign_id)
    print(f"{tally.made} reports in {tally.requests} requests, {tally.errors} of them without a receipt, "
          f"{tally.answers_lost} answers lost on purpose; {len(kept)} stored")  # fmt: skip
    assert tally.unreceipted == 0
    assert tally.refused == 0
    assert sorted(kept) == sorted(made)
    with transaction():
        assert canvass.recount(campaign_id, now=clock.now()).is_clean
