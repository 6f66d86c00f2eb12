"""A phone's log on the server: always its first entries, each kept once, whatever the network does."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import pytest

from tests.browsing import Browser
from tests.canvass.counting import aside, assert_recount_agrees, progress, stored
from tests.canvass.phone import Phone, log_of
from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.canvass.models_additions import Addition
from volunteer_hub.canvass.models_log import PendingReport
from volunteer_hub.canvass.models_log import PhoneLog as Kept
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.demo.phone_log import PhoneLog
from volunteer_hub.districts.models import District, Door
from volunteer_hub.turf import services as turf_services
from volunteer_hub.turf.models import Lease


def test_the_servers_copy_grows_with_the_log_and_says_how_far(phone, send):
    log = log_of(phone, "not_home", "canvassed", "refused")
    answer = send(log)
    assert (answer["head"], answer["hash"]) == (3, log.hashes[-1])
    log.settle(answer)
    log.append(phone.report(phone.doors[3]))
    answer = send(log)
    assert (answer["head"], stored()) == (4, 4)
    assert progress()["attempts"] == 4


def test_a_batch_that_comes_again_changes_nothing(phone, send):
    log = log_of(phone, "not_home", "canvassed")
    first = log.batch(clock.now())
    answers = [send(log, first), send(log, first)]
    assert [each["head"] for each in answers] == [2, 2]
    assert stored() == 2


def test_batches_that_overlap_are_taken_from_where_the_copy_ends(phone, send):
    log = log_of(phone, "not_home", "canvassed", "refused", "not_home")
    send(log, log.batch(clock.now(), 2))
    assert send(log, log.batch(clock.now(), 4))["head"] == 4
    assert stored() == 4


def test_a_batch_after_a_gap_is_not_taken_and_the_answer_says_where_to_go_on(phone, send):
    log = log_of(phone, "not_home", "canvassed", "refused")
    log.received = 2  # as a server that was restored from an older backup sees it
    answer = send(log)
    assert (answer["head"], stored()) == (0, 0)
    log.settle(answer)
    assert send(log)["head"] == 3
    assert stored() == 3


def test_a_log_with_another_past_is_refused_and_goes_on_under_a_new_id(phone, send):
    log = log_of(phone, "not_home", "canvassed")
    log.settle(send(log))
    twin = log_of(phone, "refused", "refused", "not_home")
    twin.id = log.id
    texts, twin.texts, twin.hashes = twin.texts, [], []
    for text in texts:
        twin.append(json.loads(text))
    twin.received = 2
    answer = send(twin, status=409)
    twin.settle(answer)
    assert (twin.received, twin.id != log.id) == (0, True)
    assert send(twin)["head"] == 3
    assert stored() == 5


def test_the_same_entries_in_a_new_log_count_once(phone, send):
    log = log_of(phone, "not_home", "canvassed")
    send(log)
    log.begin_anew()
    assert send(log)["head"] == 2
    assert stored() == 2
    assert progress()["attempts"] == 2


def test_a_log_belongs_to_one_lease(app, make, phone, send):
    log = log_of(phone, "not_home")
    send(log)
    other = make.turf(3)
    phone.token = make.lease(other).token
    answer = send(log, status=409)
    assert answer["head"] == 0


def test_an_entry_nobody_can_read_holds_up_no_other_and_is_kept(phone, send):
    log = PhoneLog()
    log.append(phone.report(phone.doors[0]))
    log.append({"what": "is this"})
    log.append(phone.report(phone.doors[1], "shouted_at"))
    log.append(phone.report(phone.doors[2]))
    answer = send(log)
    assert answer["head"] == 4
    assert [each["seq"] for each in answer["set_aside"]] == [2, 3]
    assert stored() == 2
    assert [each.body.decode() for each in aside()] == log.texts[1:3]


def test_a_door_of_another_list_is_set_aside_with_a_reason(make, phone, send):
    log = PhoneLog()
    log.append(phone.report(make.doors_of(make.turf(3))[0]))
    answer = send(log)
    assert "walk list" in answer["set_aside"][0]["reason"]
    assert (stored(), aside()[0].reason) == (0, "other_door")


def test_work_of_a_turf_that_was_taken_back_counts_and_work_after_it_is_set_aside(phone, walk, send):
    log = PhoneLog()
    log.append(phone.report(phone.doors[0], minutes_ago=50))
    log.append(phone.report(phone.doors[1], minutes_ago=1))
    with transaction():
        ended = clock.now() - timedelta(minutes=40)
        turf_services.end_lease(walk.campaign_id, phone.lease.lease_id, reason="taken_back", now=ended)
    answer = send(log)
    assert answer["over"] is True
    assert [each["seq"] for each in answer["set_aside"]] == [2]
    assert (stored(), [each.reason for each in aside()]) == (1, ["after_end"])


@pytest.mark.parametrize("ahead", [timedelta(hours=3), timedelta(hours=-30), timedelta(days=400)])
def test_a_phone_with_a_wrong_clock_reports_at_the_right_time(phone, send, ahead):
    now = clock.now()
    log = PhoneLog()
    log.append(phone.report(phone.doors[0], at=(now - timedelta(minutes=10) + ahead).isoformat()))
    send(log, sent_at=(now + ahead).isoformat())
    row = db.session.query(DoorReport).one()
    assert abs(row.at - (now - timedelta(minutes=10))) < timedelta(seconds=5)
    assert row.made_at - row.at == pytest.approx(ahead, abs=timedelta(seconds=5))
    assert db.session.query(Kept).one().ahead_s == pytest.approx(ahead.total_seconds(), abs=5)


def test_a_clock_that_jumps_back_in_the_middle_keeps_the_order_of_the_log(phone, send):
    log = PhoneLog()
    log.append(phone.report(phone.doors[0], "not_home", minutes_ago=10))
    log.append(phone.report(phone.doors[0], "canvassed", at="1970-01-01T00:00:00+00:00"))
    send(log)
    db.session.rollback()
    first, second = db.session.query(DoorReport).order_by(DoorReport.seq)
    assert first.at <= second.at


LOG = "6b0c0f0e-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        f'{{"log":"x","first":1,"before":"{"0" * 64}","entries":["{{}}"]}}'.encode(),
        f'{{"log":"{LOG}","first":1,"before":"00","entries":["{{}}"]}}'.encode(),
        f'{{"log":"{LOG}","first":0,"before":"{"0" * 64}","entries":["{{}}"]}}'.encode(),
        f'{{"log":"{LOG}","first":1,"before":"{"0" * 64}","entries":[1]}}'.encode(),
        f'{{"log":"{LOG}","first":1,"before":"{"0" * 64}","entries":[]}}'.encode(),
    ],
)
def test_what_no_phone_sends_is_refused_with_a_sentence(phone, body):
    headers = {"Authorization": f"Bearer {phone.token}", "Content-Type": "application/json"}
    answer = phone.http.post("/canvass/log", data=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.json["error"].endswith(".")


def test_a_first_hash_that_is_not_the_logs_is_a_fork(phone, send):
    log = log_of(phone, "not_home")
    batch = log.batch(clock.now()) | {"before": "0" * 64}
    assert send(log, batch, status=409)["head"] == 0


def test_what_is_received_takes_effect_by_a_job_even_when_the_queue_forgot_it(phone, send, run_jobs):
    log = log_of(phone, "not_home", "canvassed")
    headers = {"Authorization": f"Bearer {phone.token}", "Accept": "application/json"}
    phone.http.post("/canvass/log", json=log.batch(clock.now()), headers=headers)
    db.session.rollback()
    assert db.session.query(PendingReport).count() == 2
    run_jobs()
    db.session.rollback()
    assert db.session.query(PendingReport).count() == 0
    assert progress()["attempts"] == 2


def test_hostile_text_is_kept_without_harm(phone, send, walk):
    log = PhoneLog()
    log.append(phone.report(phone.doors[0], note="\x00\ud800 <script>'); DROP TABLE doors;--"))
    batch = log.batch(clock.now()) | {"entries": [log.texts[0], '{"id": "\\ud800"}', "\x00", "[" * 5000]}
    answer = send(log, batch)
    assert answer["head"] == 4
    assert len(aside()) == 3
    assert_recount_agrees(walk.campaign_id)


def test_one_answer_for_each_person_at_a_door_is_one_knock(make, phone, send, walk):
    here, there = (db.session.get(Door, door) for door in phone.doors[:2])
    first, second, stranger = make.voter(here), make.voter(here), make.voter(there)
    log = PhoneLog()
    log.append(phone.report(phone.doors[0], "canvassed", voter=first.id, answers={"support": 1}))
    log.append(
        phone.report(phone.doors[0], "canvassed", voter=second.id, same_knock=True, answers={"support": 5})
    )
    log.append(phone.report(phone.doors[0], "canvassed", voter=stranger.id, id=str(uuid.uuid4())))
    send(log)
    assert progress()["attempts"] == 2
    assert progress()["contacts"] == 2
    rows = db.session.query(DoorReport).order_by(DoorReport.seq)
    assert [row.voter_id for row in rows] == [first.id, second.id, None]
    assert_recount_agrees(walk.campaign_id)


def test_working_near_the_end_prolongs_the_lease(make, walk, app):
    lease = make.lease(walk, hours_left=0.2)
    phone = Phone(app, lease.token, walk.id)
    log = PhoneLog()
    log.append(phone.report(walk.door_ids[0]))
    headers = {"Authorization": f"Bearer {phone.token}", "Accept": "application/json"}
    assert phone.http.post("/canvass/log", json=log.batch(clock.now()), headers=headers).status_code == 200
    row = db.session.get(Lease, lease.lease_id, populate_existing=True)
    assert row.expires_at > clock.now() + timedelta(minutes=30)


def test_a_person_or_door_that_no_file_has_comes_with_the_log(phone, send):
    log = PhoneLog()
    base = phone.report(phone.doors[0], "canvassed") | {"kind": "addition"}
    log.append(base | {"what": "person", "name": "Ana Gómez"})
    log.append(base | {"id": str(uuid.uuid4()), "what": "door"})
    log.append(phone.report(phone.doors[1]))
    answer = send(log)
    assert (answer["head"], [each["seq"] for each in answer["set_aside"]]) == (3, [2])
    assert [row.name for row in db.session.query(Addition)] == ["Ana Gómez"]
    assert stored() == 1


def let_count(client, make, entry, role="field_lead", **fields):
    browser = Browser(client.app).sign_in(make.person(role=role, **fields))
    browser.post(f"/organize/aside/{entry.id}", {"decision": "counted"})
    db.session.rollback()
    return browser


def test_an_addition_that_is_let_count_stays_an_addition(client, make, phone, walk, send):
    log = PhoneLog()
    base = phone.report(make.doors_of(make.turf(3))[0], "canvassed") | {"kind": "addition", "what": "person"}
    log.append(base | {"name": "Ana Gómez"})
    send(log)
    (entry,) = aside()
    browser = let_count(client, make, entry)
    assert "Ana Gómez" in browser.get("/organize/aside").text
    row = db.session.query(Addition).one()
    assert (row.name, row.result, row.review, row.door_id) == (
        "Ana Gómez",
        "canvassed",
        "pending",
        base["door"],
    )
    assert (stored(), row.at) == (0, aside()[0].at)
    assert aside()[0].decision == "counted"


def test_an_addition_of_a_door_in_another_area_is_not_let_count(client, make, phone, walk, send):
    ours = make.area()
    with transaction():
        db.session.get(District, walk.district_id).area_id = ours.id
    log = PhoneLog()
    base = phone.report(make.doors_of(make.turf(3))[0]) | {
        "kind": "addition",
        "what": "person",
        "name": "Ana",
    }
    log.append(base)
    send(log)
    let_count(client, make, aside()[0], area=ours)
    assert (db.session.query(Addition).count(), aside()[0].decision) == (0, None)


def test_with_whom_one_talked_is_kept_of_what_is_let_count(client, make, phone, send):
    other = make.turf(3)
    door = db.session.get(Door, make.doors_of(other)[0])
    ana, stranger = make.voter(door), make.voter(db.session.get(Door, phone.doors[0]))
    log = PhoneLog()
    for voter in (ana, stranger):
        log.append(phone.report(door.id, "canvassed", voter=voter.id))
    send(log)
    for entry in aside():
        let_count(client, make, entry)
    rows = db.session.query(DoorReport).order_by(DoorReport.voter_id)
    assert [row.voter_id for row in rows] == [ana.id, None]


def test_with_whom_one_talked_is_kept_of_a_form(client, make, phone):
    here, there = (make.voter(db.session.get(Door, door)) for door in phone.doors[:2])
    for voter in (here, there):
        form = {"id": str(uuid.uuid4()), "door": phone.doors[0], "result": "canvassed", "voter": voter.id}
        client.post(f"/walk/{phone.token}/report", form)
    db.session.rollback()
    rows = db.session.query(DoorReport).order_by(DoorReport.voter_id)
    assert [row.voter_id for row in rows] == [here.id, None]
