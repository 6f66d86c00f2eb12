"""What a phone could not send is taken in by a lead; what does not count by itself is decided by one."""

from __future__ import annotations

import base64
import json
import zlib
from datetime import timedelta

import pytest

from tests.canvass.counting import assert_recount_agrees, progress, stored
from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.canvass.models_log import SetAsideEntry
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.demo.phone_log import PhoneLog
from volunteer_hub.turf import services as turf_services


@pytest.fixture
def lead(client, make):
    client.sign_in(make.person(role="field_lead"))
    return client


def log_of(phone, *results, **more):
    log = PhoneLog()
    for door, result in zip(phone.doors, results, strict=False):
        log.append(phone.report(door, result, **more))
    return log


def document(phone, log):
    part = {"token": phone.token} | (log.batch(clock.now(), 10_000) or {})
    return json.dumps({"kind": "volunteer-hub-walk-log", "version": 1, "logs": [part]})


def code(text):
    squeeze = zlib.compressobj(wbits=-15)
    packed = squeeze.compress(text.encode()) + squeeze.flush()
    return "VH1." + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def post_log(phone, log):
    headers = {"Authorization": f"Bearer {phone.token}", "Accept": "application/json"}
    answer = phone.http.post("/canvass/log", json=log.batch(clock.now()), headers=headers)
    log.settle(answer.json)
    return answer


def bring(lead, text, status=200):
    lead.get("/organize/bring")
    return lead.post("/organize/bring", data={"text": text}, status=status)


def test_a_saved_file_counts_once_also_when_the_phone_sends_it_later(lead, phone):
    log = log_of(phone, "not_home", "canvassed", "refused")
    page = bring(lead, document(phone, log))
    assert "3 new, 0 known" in page.text
    assert "0 new, 3 known" in bring(lead, document(phone, log)).text
    assert post_log(phone, log).json["head"] == 3
    assert (stored(), progress()["attempts"]) == (3, 3)


def test_more_than_a_batch_comes_in_whole(lead, phone):
    log = PhoneLog()
    for number in range(230):
        log.append(phone.report(phone.doors[number % 8], minutes_ago=100 - number / 3))
    assert "230 new" in bring(lead, document(phone, log)).text
    assert stored() == 230


def test_codes_are_taken_in_one_by_one_and_out_of_order_says_so(lead, phone):
    log = log_of(phone, "not_home", "canvassed", "refused", "not_home")
    first = {"token": phone.token} | log.batch(clock.now(), 2)
    log.received = 2
    second = {"token": phone.token} | log.batch(clock.now(), 2)
    codes = [
        code(json.dumps({"kind": "volunteer-hub-walk-log", "version": 1, "logs": [part]}))
        for part in (first, second)
    ]
    assert "earlier entries of this phone are missing" in bring(lead, codes[1]).text
    assert stored() == 0
    bring(lead, codes[0])
    bring(lead, codes[1])
    assert stored() == 4


@pytest.mark.parametrize(
    "text",
    ["", "{}", "hello", "VH1.zzzz", '{"kind":"volunteer-hub-walk-log","version":1,"logs":[{}]}', "[" * 9000],
)
def test_what_is_no_log_is_refused_with_a_sentence(lead, phone, text):
    page = bring(lead, text, status=422)
    assert "notice" in page.text


def test_a_lead_of_another_area_takes_nothing_in(client, make, phone):
    client.sign_in(make.person(role="field_lead", area=make.area()))
    bring(client, document(phone, log_of(phone, "not_home")), status=422)
    assert stored() == 0


def test_a_token_of_no_lease_is_refused(lead, phone):
    log = log_of(phone, "not_home")
    phone.token = "x" * 32
    assert "not of this campaign" in bring(lead, document(phone, log), status=422).text


@pytest.fixture
def entry(phone, walk):
    """A knock made after the turf was taken back."""
    log = log_of(phone, "canvassed", minutes_ago=1)
    with transaction():
        ended = clock.now() - timedelta(minutes=40)
        turf_services.end_lease(walk.campaign_id, phone.lease.lease_id, reason="taken_back", now=ended)
    post_log(phone, log)
    assert stored() == 0
    return db.session.query(SetAsideEntry).one().id


def decide(lead, entry_id, decision, status=302):
    lead.get("/organize/aside")
    return lead.post(f"/organize/aside/{entry_id}", data={"decision": decision}, status=status)


def test_a_lead_sees_what_was_set_aside_with_its_reason_and_lets_it_count(lead, phone, walk, entry):
    page = lead.get("/organize/aside").text
    assert "no longer yours" in page
    decide(lead, entry, "counted")
    row = db.session.query(DoorReport).one()
    assert (row.canvasser_id, row.entered_by is not None) == (phone.lease.person_id, True)
    assert progress()["contacts"] == 1
    decide(lead, entry, "counted")
    assert stored() == 1
    assert_recount_agrees(walk.campaign_id)


def test_dismissing_is_reversible_and_nothing_is_deleted(lead, phone, entry):
    decide(lead, entry, "dismissed")
    assert "Decided lately" in lead.get("/organize/aside").text
    decide(lead, entry, "open")
    assert db.session.get(SetAsideEntry, entry, populate_existing=True).decision is None
    assert stored() == 0


def test_a_lead_of_another_area_neither_sees_nor_decides(client, make, phone, entry):
    client.sign_in(make.person(role="field_lead", area=make.area()))
    assert "Nothing is set aside" in client.get("/organize/aside").text
    decide(client, entry, "counted", status=404)
    assert stored() == 0


def test_late_work_is_shown_to_the_lead_under_its_maker(lead, phone, walk):
    log = log_of(phone, "not_home", minutes_ago=60)
    with transaction():
        ended = clock.now() - timedelta(minutes=40)
        turf_services.end_lease(walk.campaign_id, phone.lease.lease_id, reason="taken_back", now=ended)
    post_log(phone, log)
    assert stored() == 1
    assert "Late work" in lead.get("/organize/aside").text
