"""Door reports: stored once, answered one by one, and counted."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from tests.browsing import FreshClient
from tests.canvass.counting import assert_recount_agrees, progress, stored
from tests.canvass.phone import Phone
from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.turf import services as turf_services
from volunteer_hub.turf.models import DoorStanding, Turf, TurfDoor


def test_a_door_report_sent_twice_counts_once(phone):
    report = phone.report(phone.doors[0])
    assert [phone.statuses(report), phone.statuses(report)] == [["stored"], ["known"]]
    assert stored() == 1
    assert progress() == {"attempts": 1, "doors_tried": 1}


def test_a_talk_counts_as_contact_with_its_support(phone):
    phone.send(
        phone.report(phone.doors[0], "canvassed", answers={"support": 1}),
        phone.report(phone.doors[1], "canvassed", answers={"support": 5}),
        phone.report(phone.doors[2], "canvassed", answers={"support": 3}),
        phone.report(phone.doors[3], "refused"),
    )
    assert progress() == {
        "attempts": 4, "contacts": 3, "supporters": 1, "opponents": 1, "undecided": 1,
        "doors_tried": 4, "doors_done": 4,
    }  # fmt: skip


def test_a_batch_with_one_bad_report_stores_the_good_ones(phone):
    good, bad = phone.report(phone.doors[0]), phone.report(phone.doors[1], "shouted_at")
    receipts = phone.send(bad, good)
    assert [(each["id"], each["status"]) for each in receipts] == [
        (bad["id"], "refused"),
        (good["id"], "stored"),
    ]
    assert "result" in receipts[0]["reason"]
    assert stored() == 1


def test_a_later_knock_at_the_same_door_moves_progress_only_by_the_change(phone, walk):
    phone.send(phone.report(phone.doors[0], minutes_ago=30))
    phone.send(phone.report(phone.doors[0], "canvassed", minutes_ago=5, answers={"support": 2}))
    assert progress() == {
        "attempts": 2, "contacts": 1, "supporters": 1, "doors_tried": 1, "doors_done": 1
    }  # fmt: skip
    assert db.session.get(Turf, walk.id).doors_done == 1
    assert_recount_agrees(walk.campaign_id)


def test_an_undo_takes_the_report_back_with_its_progress(phone, walk):
    wrong = phone.report(phone.doors[0], "canvassed", answers={"support": 1})
    phone.send(wrong)
    undo = phone.report(phone.doors[0], None, undoes=wrong["id"])
    assert phone.statuses(undo) == ["stored"]
    assert progress() == {}
    row = db.session.query(TurfDoor).filter_by(door_id=phone.doors[0]).one()
    assert (row.result, db.session.get(Turf, walk.id).doors_done) == (None, 0)
    assert_recount_agrees(walk.campaign_id)


def test_an_undo_that_arrives_before_its_report_works_too(phone, walk):
    wrong = phone.report(phone.doors[0], "canvassed")
    undo = phone.report(phone.doors[0], "not_home", undoes=wrong["id"], minutes_ago=9)
    assert phone.statuses(undo) == ["stored"]
    assert phone.statuses(wrong) == ["stored"]
    assert progress() == {"attempts": 1, "doors_tried": 1}
    assert_recount_agrees(walk.campaign_id)


def test_nobody_takes_back_what_somebody_else_reported(app, make, phone, walk):
    theirs = phone.report(phone.doors[0], "canvassed")
    phone.send(theirs)
    with transaction():
        turf_services.end_lease(walk.campaign_id, phone.lease.lease_id, now=clock.now())
    second = Phone(app, make.lease(walk, hours_ago=1).token, walk.id)
    undo = second.report(phone.doors[0], None, undoes=theirs["id"])
    assert second.statuses(undo) == ["stored"]
    assert progress()["contacts"] == 1


def test_doors_and_turfs_of_others_are_refused_with_a_reason(make, phone):
    other = make.turf(3)
    door = make.doors_of(other)[0]
    receipts = phone.send(
        phone.report(door), phone.report(10**12), phone.report(phone.doors[0], turf=other.id)
    )
    assert [each["status"] for each in receipts] == ["refused"] * 3
    there, nowhere, turf = (each["reason"] for each in receipts)
    assert there == nowhere, "the answer must not tell which doors exist"
    assert "for turf" in turf
    assert stored() == 0


@pytest.mark.parametrize("token", ["", "x", "not-a-token" * 5, "ä"])
def test_an_unknown_token_opens_nothing(app, phone, token):
    headers = {"Authorization": f"Bearer {token}".encode(), "Accept": "application/json"}
    answer = FreshClient(app, app.response_class).post(
        "/canvass/reports", json={"reports": [phone.report(phone.doors[0])]}, headers=headers
    )
    assert answer.status_code == 401
    assert answer.json["error"]


def test_times_outside_the_lease_are_refused(phone):
    early, future = (
        phone.report(phone.doors[0], minutes_ago=200),
        phone.report(phone.doors[1], minutes_ago=-30),
    )
    receipts = phone.send(early, future, phone.report(phone.doors[2], at="yesterday"))
    assert [each["status"] for each in receipts] == ["refused"] * 3
    assert ["before" in receipts[0]["reason"], "future" in receipts[1]["reason"]] == [True, True]


def test_work_done_before_the_end_is_accepted_for_a_week_after_it(app, make, walk):
    lease = make.lease(walk, hours_ago=30, hours_left=-26)
    phone = Phone(app, lease.token, walk.id)
    report = phone.report(make.doors_of(walk)[0], minutes_ago=27 * 60)
    assert phone.statuses(report) == ["stored"]
    after = phone.report(make.doors_of(walk)[1], minutes_ago=60)
    assert phone.statuses(after) == ["refused"]
    with clock.standing_at(clock.now() + timedelta(days=8)):
        again = phone.report(make.doors_of(walk)[2])
        again["at"] = report["at"]
        assert "week" in phone.send(again)[0]["reason"]


def test_late_reports_of_a_turf_that_went_to_somebody_else_are_kept_beside_theirs(app, make, phone, walk):
    late = phone.report(phone.doors[0], minutes_ago=20)
    with transaction():
        turf_services.end_lease(walk.campaign_id, phone.lease.lease_id, reason="taken_back", now=clock.now())
    other = make.person()
    second = Phone(app, make.lease(walk, other, hours_ago=0.1).token, walk.id)
    assert second.statuses(second.report(phone.doors[0], "canvassed", minutes_ago=1)) == ["stored"]
    assert phone.statuses(late) == ["stored"]
    who = {row.canvasser_id for row in db.session.query(DoorReport)}
    assert who == {phone.lease.person_id, other.id}
    assert db.session.get(DoorStanding, phone.doors[0]).result == "canvassed"
    assert_recount_agrees(walk.campaign_id)


def test_the_same_id_with_other_content_keeps_the_first(phone, caplog):
    first = phone.report(phone.doors[0])
    second = phone.report(phone.doors[1], "refused", id=first["id"])
    assert phone.statuses(first, second) == ["stored", "known"]
    assert phone.statuses(second) == ["known"]
    assert db.session.get(DoorReport, uuid.UUID(first["id"])).result == "not_home"
    assert "other content" in caplog.text


def test_a_field_lead_reports_for_doors_of_their_area_with_a_session(client, make, walk):
    lead = make.person(role="field_lead")
    client.sign_in(lead)
    report = {
        "id": str(uuid.uuid4()), "turf": walk.id, "door": walk.door_ids[0], "at": clock.now().isoformat(),
        "result": "not_home", "answers": {},
    }  # fmt: skip
    answer = client.post("/canvass/reports", json={"reports": [report]}, status=400)
    assert stored() == 0, answer.text
    headers = {"X-CSRFToken": client.token()}
    answer = client.post("/canvass/reports", json={"reports": [report]}, headers=headers, status=200)
    assert answer.json["receipts"][0]["status"] == "stored"


def test_a_field_lead_of_another_area_may_not(client, make, walk):
    elsewhere = make.area()
    client.sign_in(make.person(role="field_lead", area=elsewhere))
    report = {
        "id": str(uuid.uuid4()),
        "door": walk.door_ids[0],
        "at": clock.now().isoformat(),
        "result": "not_home",
    }
    headers = {"X-CSRFToken": client.token()}
    answer = client.post("/canvass/reports", json={"reports": [report]}, headers=headers, status=200)
    assert answer.json["receipts"][0]["status"] == "refused"
