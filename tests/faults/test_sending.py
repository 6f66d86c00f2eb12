"""Whatever is killed while messages are sent: each is sent, and once, but for the one in doubt."""

from __future__ import annotations

import os
import signal
import time

import pytest

from tests.faults import hurting, outbox
from tests.faults.conftest import environ_of
from tests.patience import WAIT_S
from volunteer_hub.core.db import db
from volunteer_hub.messaging import claims
from volunteer_hub.messaging.catcher import MailFolder
from volunteer_hub.supervise.site import running_site

pytestmark = pytest.mark.fault


ROUNDS = ("worker", "jobs", "valkey", "postgres", "jobs", "mail", "web", "worker")
IN_A_ROUND = 80


def test_killing_everything_in_turn_loses_nothing_and_repeats_only_what_was_in_doubt(site, hub, make):
    campaign_id = make.campaign().id
    count = outbox.Count(site, campaign_id, "kill")
    killed_jobs = 0
    for number, name in enumerate(ROUNDS):
        before = count.mail.count()
        outbox.post(campaign_id, "kill", range(number * IN_A_ROUND, (number + 1) * IN_A_ROUND))
        hurting.seconds_until(lambda: count.mail.count() > before + 3)  # noqa: B023 - called at once
        if name == "jobs":
            killed_jobs += hurting.kill_running_jobs(site)
        else:
            site.wait_until_restarted(name, site.kill(name), within_s=WAIT_S)
    hurting.seconds_until_ready(site)
    messages = len(ROUNDS) * IN_A_ROUND
    took = count.wait(messages, within_s=claims.IN_DOUBT_S + 3 * WAIT_S)
    print(
        f"all settled {took:.1f} s after the last kill; {killed_jobs} running jobs were killed by themselves"
    )
    # One message of each of two senders can be in doubt whenever they or the mail server die.
    count.check(messages, most_in_doubt=2 * len(ROUNDS))


def test_an_emptied_queue_is_made_good_by_the_sweeps(site, hub, make):
    campaign_id = make.campaign().id
    count = outbox.Count(site, campaign_id, "flush")
    with outbox.posting(hub, campaign_id, "flush", 300, over_s=6):
        for _ in range(12):
            time.sleep(0.5)
            hurting.flush_queue(site)
    hurting.flush_queue(site)
    count.wait(300)
    assert count.check(300, most_in_doubt=0) == (0, 0)
    print(f"the workers are on the list again {hurting.seconds_until_ready(site):.1f} s later")


def test_a_worker_asked_to_stop_leaves_nothing_in_doubt(site, hub, make):
    campaign_id = make.campaign().id
    count = outbox.Count(site, campaign_id, "term")
    with outbox.posting(hub, campaign_id, "term", 400, over_s=5):
        time.sleep(1.5)
        old = site.pid("worker")
        began = time.monotonic()
        os.kill(old, signal.SIGTERM)
        site.wait_until_restarted("worker", old, within_s=WAIT_S)
        print(f"stopped and started again {time.monotonic() - began:.1f} s after SIGTERM")
    count.wait(400)
    assert count.check(400, most_in_doubt=0) == (0, 0)


def test_ctrl_c_in_the_middle_and_a_new_start_send_the_rest(place):
    from tests.factories import Factory
    from volunteer_hub.bench.attached import attached

    environ = environ_of(place / "restarted")
    with running_site(environ) as site, attached(site) as app:
        family = [process for name in hurting.PARTS for process in hurting.family(site, name)]
        campaign_id = Factory().campaign().id
        with outbox.posting(app, campaign_id, "restart", 400, over_s=0.5):
            mail = MailFolder(site.mail_folder)
            hurting.seconds_until(lambda: mail.count() >= 20)
        db.session.remove()
        began = time.monotonic()
        site.process.send_signal(signal.SIGINT)
        assert site.process.wait(WAIT_S) == 0
        print(f"stopped {time.monotonic() - began:.1f} s after Ctrl-C, {mail.count()} of 400 sent")
        assert [process for process in family if process.is_running()] == []
    with running_site(environ) as site, attached(site):
        count = outbox.Count(site, campaign_id, "restart")
        count.wait(400)
        assert count.check(400, most_in_doubt=0) == (0, 0)
