"""Jobs that wait for their time are not forgotten when the workers die."""

from __future__ import annotations

import pytest

from tests.faults import hurting, outbox
from tests.patience import WAIT_S
from volunteer_hub.core import jobs
from volunteer_hub.messaging.jobs import send_messages

pytestmark = pytest.mark.fault
NAME = f"vh:waiting:{jobs.path_of(send_messages)}:delayed-test"


def test_a_delayed_job_starts_on_time_after_every_worker_was_killed(site, hub, make):
    jobs.start(send_messages, delay_s=8, unless_waiting="delayed-test")
    assert hub.extensions["redis"].exists(NAME)
    site.wait_until_restarted("worker", site.kill("worker"), within_s=WAIT_S)
    took = hurting.seconds_until(lambda: not hub.extensions["redis"].exists(NAME))
    print(f"the delayed job had started {took:.1f} s after the kill")


def test_a_message_posted_after_the_death_of_the_workers_leaves_soon(site, hub, make):
    campaign_id = make.campaign().id
    site.wait_until_restarted("worker", site.kill("worker"), within_s=WAIT_S)
    hurting.seconds_until_ready(site)
    outbox.post(campaign_id, "soon", range(1))
    took = outbox.Count(site, campaign_id, "soon").wait(1)
    print(f"sent after {took:.1f} s")
