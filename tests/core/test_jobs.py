"""Jobs: queued once while they wait, never blocked by a job that is gone, quick when the queue is dead."""

from __future__ import annotations

import dataclasses
import time
from datetime import timedelta
from typing import ClassVar

import pytest
from rq import Queue
from rq.serializers import JSONSerializer

from volunteer_hub.canvass.jobs import recount_places
from volunteer_hub.core import clock, jobs
from volunteer_hub.core.jobs import QUEUES
from volunteer_hub.messaging.jobs import send_messages
from volunteer_hub.priority.jobs import places_imported


def waiting(app):
    return Queue("mail", connection=app.extensions["redis"], serializer=JSONSerializer)


def test_work_that_already_waits_is_not_queued_again(app):
    assert jobs.start(send_messages, unless_waiting="send")
    assert not jobs.start(send_messages, unless_waiting="send")
    assert waiting(app).count == 1


def test_work_that_waits_for_its_time_is_not_queued_again(app):
    assert jobs.start(send_messages, unless_waiting="send", delay_s=60)
    assert not jobs.start(send_messages, unless_waiting="send")


def test_two_jobs_of_one_fact_are_both_queued(app):
    @dataclasses.dataclass(frozen=True)
    class Happened:
        campaign_id: int
        start_options: ClassVar[dict[str, str]] = {"unless_waiting": "happened-1"}

    follow = jobs.follower({Happened: [places_imported, recount_places]})
    follow([Happened(1)])
    follow([Happened(1)])
    queues = [Queue(name, connection=app.extensions["redis"], serializer=JSONSerializer) for name in QUEUES]
    queued = [job.description.rpartition(".")[2] for queue in queues for job in queue.jobs]
    assert sorted(queued) == ["places_imported", "recount_places"]


@pytest.mark.parametrize("emptied", ["rq:queue:mail", None], ids=["by key", "by rq"])
def test_a_name_whose_job_was_thrown_away_blocks_nobody(app, emptied):
    jobs.start(send_messages, unless_waiting="send")
    app.extensions["redis"].delete(emptied) if emptied else waiting(app).empty()
    assert jobs.start(send_messages, unless_waiting="send")
    assert waiting(app).count == 1


def test_a_dead_queue_is_waited_for_once_and_then_known_to_be_dead(app, monkeypatch):
    monkeypatch.setattr(jobs, "_out_of_reach", jobs._OutOfReach())
    monkeypatch.setattr(jobs._OutOfReach, "FOR_S", 600.0)
    living = app.extensions["redis"]
    app.extensions["redis"] = jobs.connect("redis://127.0.0.1:1/0")
    assert not jobs.start(send_messages)
    app.extensions["redis"] = living
    assert not jobs.start(send_messages), "for a while it is not asked again"
    monkeypatch.setattr(jobs._out_of_reach, "_until_s", time.monotonic())
    assert jobs.start(send_messages)


def test_a_line_that_broke_since_its_last_use_costs_no_job(app):
    client = app.extensions["redis"]
    assert jobs.start(send_messages)
    client.client_kill_filter(_type="normal", skipme=False)
    assert jobs.start(send_messages)
    assert waiting(app).count == 2


def test_a_delayed_job_is_queued_once_when_its_time_has_come(app):
    jobs.start(send_messages, delay_s=1_000)
    jobs.start(send_messages, delay_s=10_000)
    assert (jobs.promote(), waiting(app).count) == (0, 0)
    with clock.standing_at(clock.now() + timedelta(seconds=2_000)):
        assert (jobs.promote(), waiting(app).count) == (1, 1)
        assert (jobs.promote(), waiting(app).count) == (0, 1)
    assert waiting(app).jobs[0].get_status() == "queued"


def test_a_promoted_job_runs(app, run_jobs):
    jobs.start(send_messages, delay_s=1_000)
    with clock.standing_at(clock.now() + timedelta(seconds=2_000)):
        jobs.promote()
    assert run_jobs() == 1
