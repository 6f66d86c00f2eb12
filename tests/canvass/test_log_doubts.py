"""A phone's log with an entry in doubt: others keep their time, its reason arrives, nobody waits for ever."""

from __future__ import annotations

import threading
import uuid
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text

from tests.canvass.counting import aside, assert_recount_agrees, progress
from tests.canvass.phone import Phone, log_of
from volunteer_hub.canvass import services
from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.supervise import processes
from volunteer_hub.turf import services as turf_services
from volunteer_hub.turf.models import Lease, TurfDoor


def times() -> dict[int, datetime]:
    db.session.rollback()
    return {row.seq: row.at for row in db.session.query(DoorReport)}


def hours_ago(hours: float) -> datetime:
    return clock.now() - timedelta(hours=hours)


def test_what_cannot_be_read_moves_no_other_entrys_time(phone, send):
    log = log_of(phone, "not_home")
    log.append({"id": "none", "door": "?", "at": "never"})
    log.append(phone.report(phone.doors[2], minutes_ago=9))
    send(log, log.batch(clock.now(), 2))
    send(log)
    assert abs(times()[3] - times()[1] - timedelta(minutes=1)) < timedelta(seconds=5)
    assert [each.seq for each in aside()] == [2]


def test_a_shift_sent_after_its_end_counts_though_one_entry_cannot_be_read(phone, send):
    with transaction():
        db.session.execute(
            Lease.__table__.update().values(
                leased_at=hours_ago(4), expires_at=hours_ago(1), latest_at=hours_ago(1)
            )
        )
    log = log_of(phone)
    log.append(phone.report(phone.doors[0], minutes_ago=120))
    log.append({"id": "none"})
    log.append(phone.report(phone.doors[1], minutes_ago=110))
    log.append(phone.report(phone.doors[2], minutes_ago=100))
    answer = send(log)
    assert [each["seq"] for each in answer["set_aside"]] == [2]
    assert sorted(times()) == [1, 3, 4]


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"])
@pytest.mark.parametrize("hours_ahead", [-1, 1])
def test_the_first_and_the_last_year_harm_nobody(phone, send, at, hours_ahead):
    log = log_of(phone, "not_home")
    log.append(phone.report(phone.doors[1]) | {"at": at})
    log.append(phone.report(phone.doors[2]))
    assert send(log, sent_at=(clock.now() + timedelta(hours=hours_ahead)).isoformat())["set_aside"] == []
    assert sorted(times()) == [1, 2, 3]


def test_what_is_set_aside_keeps_the_time_it_says(make, phone, send):
    log = log_of(phone, "not_home")
    log.append(phone.report(make.doors_of(make.turf(2))[0], minutes_ago=4))
    log.append({"id": "none", "at": (clock.now() - timedelta(minutes=3)).isoformat()})
    send(log)
    ago = [(clock.now() - each.at).total_seconds() / 60 for each in aside()]
    assert [round(each) for each in ago] == [4, 3]


def test_why_an_entry_was_set_aside_is_said_again_when_the_answer_was_lost(make, phone, send):
    other = make.doors_of(make.turf(2))
    log = log_of(phone, "not_home")
    log.append(phone.report(other[0]))
    log.append(phone.report(phone.doors[1]))
    first = send(log)["set_aside"]
    assert [each["seq"] for each in first] == [2]
    assert send(log)["set_aside"] == first
    log.append(phone.report(other[1]))
    again = send(log)["set_aside"]
    assert [each["seq"] for each in again] == [2, 4]
    assert again[0] == first[0]


def test_what_counts_is_not_set_aside_when_it_comes_again_in_another_log(phone, walk, send):
    log = log_of(phone, "not_home", "refused")
    found = {"kind": "addition", "id": str(uuid.uuid4()), "door": phone.doors[0], "what": "person"}
    log.append(found | {"name": "Ana", "at": clock.now().isoformat()})
    send(log)
    with transaction():
        turf_services.end_lease(
            walk.campaign_id, phone.lease.lease_id, reason="taken_back", now=hours_ago(1.5)
        )
    log.begin_anew()
    log.append(phone.report(phone.doors[3], minutes_ago=1))
    assert [each["seq"] for each in send(log)["set_aside"]] == [4]
    assert [each.seq for each in aside()] == [4]


def test_a_door_that_went_back_counts_until_then(phone, walk, send):
    with transaction():
        gone = db.session.get(TurfDoor, (walk.id, phone.doors[1]))
        gone.given_back_at, gone.is_open = hours_ago(2), False
        db.session.execute(Lease.__table__.update().values(leased_at=hours_ago(4)))
    log = log_of(phone)
    log.append(phone.report(phone.doors[1], minutes_ago=180))
    log.append(phone.report(phone.doors[1], minutes_ago=60))
    log.append(phone.report(phone.doors[2], minutes_ago=50))
    answer = send(log)
    assert [(each["seq"], "gone back" in each["reason"]) for each in answer["set_aside"]] == [(2, True)]
    assert sorted(times()) == [1, 3]


def test_two_phones_near_the_end_do_not_wait_for_each_other_in_a_circle(app, make, walk):
    token = make.lease(walk, hours_left=0.2).token
    phones = [Phone(app, token, walk.id) for _ in range(2)]
    for phone in phones:
        phone.doors = walk.door_ids
    met, answers = threading.Barrier(2), []

    def shift(phone: Phone) -> None:
        log = log_of(phone, "not_home", "canvassed", "refused")
        met.wait(10)
        for count in (1, 2, 3):
            answers.append(phone.deliver(log, log.batch(clock.now(), count))["head"])

    threads = [threading.Thread(target=shift, args=(phone,)) for phone in phones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(answers) == [1, 1, 2, 2, 3, 3]


def test_whoever_applies_locks_the_door_before_its_report(app, phone, walk, send):
    """As whoever decides about the report does; else an undo and a decision wait for each other for ever."""
    log = log_of(phone, "do_not_walk")
    send(log)
    progress()
    first = db.session.scalar(select(DoorReport.id))
    log.append(phone.report(phone.doors[0], None, undoes=str(first)))
    send(log)
    with db.engine.connect() as deciding:
        deciding.execute(
            text("SELECT 1 FROM door_standings WHERE door_id = :d FOR UPDATE"), {"d": phone.doors[0]}
        )
        applying = threading.Thread(target=_apply, args=(app,))
        applying.start()
        assert processes.wait_until(_does_somebody_wait, within_s=20)
        free = "SELECT 1 FROM door_reports WHERE id = :id FOR UPDATE NOWAIT"
        assert deciding.execute(text(free), {"id": first}).scalar() == 1
        deciding.rollback()
    applying.join(20)
    assert progress() == {}
    assert_recount_agrees(walk.campaign_id)


def _does_somebody_wait() -> bool:
    db.session.rollback()
    here = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    return db.session.scalar(text(here + " AND wait_event_type = 'Lock'")) > 0


def _apply(app) -> None:
    with app.app_context(), transaction():
        services.apply_pending(now=clock.now())
