"""Safety in the field: calls for help, the return-by timer, and places shared only by consent."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from tests.browsing import FreshClient
from volunteer_hub.canvass.jobs import sweep_safety
from volunteer_hub.canvass.models_safety import HelpCall, Outing, SharedPosition
from volunteer_hub.canvass.services import outings
from volunteer_hub.core import clock, secrets
from volunteer_hub.core.db import db, transaction
from volunteer_hub.messaging.models import Message
from volunteer_hub.turf import services as turf_services
from volunteer_hub.turf.models import Lease

HERE = {"latitude": 29.2108, "longitude": -81.0228, "accuracy": 12}


@pytest.fixture
def shift(make):
    return make.shift(starts_at=clock.now() - timedelta(hours=3), hours=4)


@pytest.fixture
def lead(make):
    return make.person(role="field_lead", name="Lena Lead")


@pytest.fixture
def http(app):
    return FreshClient(app, app.response_class)


@pytest.fixture
def out(make, shift, lead):
    """Ana walks a turf of the shift, handed out by Lena; she is due back in an hour and a quarter."""
    ana, now = make.person(name="Ana Pineda", phone="+13055550123"), clock.now()
    handed = make.lease(person=ana, shift_id=shift.id)
    with transaction():
        due = outings.due_back(shift.ends_at, now=now)
        outing = outings.go_out(
            ana.campaign_id, ana.id, shift_id=shift.id, lease_id=handed.lease_id, due_at=due, by=lead.id,
            now=now,
        )  # fmt: skip
        outing_id = outing.id
    return handed, outing_id


def call(phone, token, call_id=None, status=200, **more):
    body = {"id": str(call_id or uuid.uuid4()), "at": clock.now().isoformat()} | more
    answer = phone.post(f"/walk/{token}/help", json=body)
    assert answer.status_code == status, answer.text
    return answer.json


def calls() -> list[HelpCall]:
    db.session.expire_all()
    return list(db.session.scalars(db.select(HelpCall).order_by(HelpCall.id)))


def alarms() -> list[Message]:
    db.session.expire_all()
    return list(db.session.scalars(db.select(Message).where(Message.kind == "alarm")))


def positions() -> int:
    db.session.rollback()
    kept = db.session.query(SharedPosition).count()
    return kept + db.session.query(HelpCall).filter(HelpCall.latitude.is_not(None)).count()


def leased_by(lead, handed):
    with transaction():
        db.session.get(Lease, handed.lease_id).leased_by = lead.id
    return handed


def end(handed, reason="returned"):
    with transaction():
        turf_services.end_lease(
            db.session.get(Outing, db.session.scalar(db.select(Outing.id))).campaign_id,
            handed.lease_id, reason=reason, now=clock.now(),
        )  # fmt: skip


def test_a_call_for_help_reaches_the_lead_once_however_often_it_is_tried(http, out, lead):
    handed, _outing = out
    call_id = uuid.uuid4()
    for _ in range(3):
        call(http, handed.token, call_id)
    (kept,) = calls()
    assert (kept.lease_id, kept.latitude, kept.answered_at) == (handed.lease_id, None, None)
    (message,) = alarms()
    assert (message.person_id, message.is_urgent) == (lead.id, True)
    assert "Ana Pineda calls for help" in message.subject
    body = secrets.unseal(message.body_sealed)
    assert "(305) 555-0123" in body


def test_the_place_comes_after_the_call_and_only_to_it(http, out):
    handed, _outing = out
    call_id = uuid.uuid4()
    call(http, handed.token, call_id)
    call(http, handed.token, call_id, **HERE)
    (kept,) = calls()
    assert (kept.latitude, kept.longitude, kept.accuracy_m) == (29.2108, -81.0228, 12)
    assert len(alarms()) == 1


def test_a_place_that_cannot_be_read_does_not_cost_the_call(http, out):
    handed, _outing = out
    answer = call(http, handed.token, latitude="north", longitude=7)
    assert "degrees" in answer["complaint"]
    assert len(calls()) == 1


def test_a_call_without_an_id_or_with_a_strange_token_is_refused(http, out):
    handed, _outing = out
    call(http, handed.token, "not-an-id", status=422)
    call(http, "nobody", status=404)
    assert calls() == []


def test_the_way_home_still_calls_for_help_and_a_week_later_does_not(http, out, make):
    handed, _outing = out
    end(handed)
    call(http, handed.token)
    old = make.lease(hours_ago=60, hours_left=-30)
    call(http, old.token, status=409)
    assert len(calls()) == 1


def test_the_form_works_without_a_script(client, out):
    handed, _outing = out
    page = client.get(f"/walk/{handed.token}").text
    assert "Your safety" in page
    assert f'action="/walk/{handed.token}/help"' in page
    client.post(f"/walk/{handed.token}/help", {"id": str(uuid.uuid4()), "place": "no"})
    assert len(calls()) == 1
    assert "has been told" in client.get(f"/walk/{handed.token}").text


def test_whoever_does_not_come_back_is_missed_once(out, lead):
    _handed, outing_id = out
    sweep_safety()
    assert alarms() == []
    due = db.session.get(Outing, outing_id).due_at
    for later in (timedelta(minutes=9), timedelta(minutes=11), timedelta(minutes=20)):
        with clock.standing_at(due + later):
            sweep_safety()
    (message,) = alarms()
    assert (message.person_id, message.is_urgent) == (lead.id, True)
    assert "Ana Pineda is not back" in message.subject
    assert "+1" not in message.subject


def test_back_safe_ends_the_timer(http, out):
    handed, outing_id = out
    answer = http.post(f"/walk/{handed.token}/safe", json={})
    assert answer.json == {"back": True}
    assert http.post(f"/walk/{handed.token}/safe", json={}).json == {"back": False}
    with clock.standing_at(db.session.get(Outing, outing_id).due_at + timedelta(hours=2)):
        sweep_safety()
    assert alarms() == []


def test_a_lead_without_a_shift_or_a_hand_out_is_found_by_area(make):
    ana, boss = make.person(name="Ana"), make.person(role="organizer")
    now = clock.now()
    with transaction():
        outings.go_out(
            ana.campaign_id, ana.id, shift_id=None, lease_id=None, due_at=now + timedelta(minutes=30),
            by=None, now=now,
        )  # fmt: skip
    with clock.standing_at(now + timedelta(hours=1)):
        sweep_safety()
    assert [each.person_id for each in alarms()] == [boss.id]


def test_a_lead_whom_no_message_reaches_does_not_keep_it_from_the_others(http, make, shift):
    ana, now = make.person(name="Ana Pineda"), clock.now()
    mute = make.person(role="field_lead", name="Mo Mute", email_agreed_at=None)
    boss = make.person(role="organizer")
    handed = leased_by(mute, make.lease(person=ana, shift_id=shift.id))
    assert call(http, handed.token)["told"] is True
    assert [each.person_id for each in alarms()] == [boss.id]
    with transaction():
        outings.go_out(
            ana.campaign_id, ana.id, shift_id=shift.id, lease_id=handed.lease_id,
            due_at=now + timedelta(minutes=30), by=mute.id, now=now,
        )  # fmt: skip
    with clock.standing_at(now + timedelta(hours=1)):
        sweep_safety()
    assert [each.person_id for each in alarms()] == [boss.id, boss.id]


def test_nobody_is_said_to_be_told_when_no_message_left(http, client, make, shift):
    ana, now = make.person(name="Ana Pineda"), clock.now()
    mute = make.person(role="field_lead", name="Mo Mute", phone="+13055550177", email_agreed_at=None)
    make.sign_up(shift, ana, now=shift.starts_at - timedelta(days=1))
    handed = leased_by(mute, make.lease(person=ana, shift_id=shift.id))
    answer = call(http, handed.token)
    assert (answer["received"], answer["told"]) == (True, False)
    assert "Call them: Mo Mute (305) 555-0177" in answer["words"]
    client.post(f"/walk/{handed.token}/help", {"id": str(uuid.uuid4()), "place": "no"})
    page = client.get(f"/walk/{handed.token}").text
    assert "Call them: Mo Mute" in page
    assert [each.told_at for each in calls()] == [None, None]
    with transaction():
        outings.go_out(
            ana.campaign_id, ana.id, shift_id=shift.id, lease_id=handed.lease_id,
            due_at=now + timedelta(minutes=30), by=mute.id, now=now,
        )  # fmt: skip
    with clock.standing_at(now + timedelta(hours=1)):
        sweep_safety()
        desk = client.sign_in(mute).get(f"/organize/shifts/{shift.id}/turf").text
    assert alarms() == []
    assert desk.count("No message went out") == 2 + 1


def test_no_place_is_taken_before_somebody_agrees(http, out):
    handed, _outing = out
    assert http.post(f"/walk/{handed.token}/position", json=HERE).status_code == 409
    assert positions() == 0


def test_only_the_last_place_is_kept_and_a_no_deletes_it(http, out):
    handed, _outing = out
    assert http.post(f"/walk/{handed.token}/sharing", json={"share": "1"}).json == {"shared": True}
    for latitude in (29.1, 29.2, 29.3):
        place = HERE | {"latitude": latitude}
        assert http.post(f"/walk/{handed.token}/position", json=place).json == {"kept": True}
    db.session.rollback()
    assert db.session.query(SharedPosition).one().latitude == 29.3
    nowhere = {"latitude": 91, "longitude": 0}
    assert http.post(f"/walk/{handed.token}/position", json=nowhere).status_code == 422
    assert http.post(f"/walk/{handed.token}/sharing", json={"share": "0"}).json == {"shared": False}
    assert positions() == 0
    assert http.post(f"/walk/{handed.token}/position", json=HERE).status_code == 409


@pytest.mark.parametrize("how", ["the fact", "the sweep", "expiry"])
def test_no_place_is_left_when_the_lease_ends(http, out, run_jobs, how):
    handed, _outing = out
    http.post(f"/walk/{handed.token}/sharing", json={"share": "1"})
    http.post(f"/walk/{handed.token}/position", json=HERE)
    call(http, handed.token, **HERE)
    with transaction():
        db.session.query(HelpCall).update({"answered_at": clock.now()})
    assert positions() == 2
    if how == "expiry":
        with clock.standing_at(handed.expires_at + timedelta(minutes=1)):
            sweep_safety()
    else:
        end(handed)
        run_jobs() if how == "the fact" else sweep_safety()
        assert http.post(f"/walk/{handed.token}/sharing", json={"share": "1"}).status_code == 409
    assert positions() == 0


def test_the_place_of_an_unanswered_call_stays_until_somebody_looked_or_half_a_day_is_over(http, out):
    handed, _outing = out
    call(http, handed.token, **HERE)
    end(handed)
    sweep_safety()
    assert positions() == 1
    with clock.standing_at(clock.now() + timedelta(hours=13)):
        sweep_safety()
    assert positions() == 0


def test_people_get_a_copy_of_what_is_kept_of_their_safety(http, out):
    from volunteer_hub.people.models import Person
    from volunteer_hub.people.services import own_data

    handed, outing_id = out
    call(http, handed.token, **HERE)
    person = db.session.get(Person, db.session.get(Outing, outing_id).person_id)
    copy = own_data(person, clock.now())["canvassing"]
    assert len(copy["outings"]) == 1
    assert [(each["latitude"], each["longitude"]) for each in copy["calls_for_help"]] == [(29.2108, -81.0228)]


def test_a_part_of_the_turf_is_given_back_from_the_phone(client, make):
    turf = make.turf(5)
    handed, doors = make.lease(turf), make.doors_of(turf)
    page = client.get(f"/walk/{handed.token}/part").text
    assert page.count('type="checkbox"') == 5
    client.post(f"/walk/{handed.token}/part", {"doors": [doors[3], doors[4]]})
    assert "Door 1 of 3" in client.get(f"/walk/{handed.token}").text
    client.post(f"/walk/{handed.token}/part", {"doors": doors[:3]})
    client.get(f"/walk/{handed.token}", status=410)
    client.get(f"/walk/{handed.token}/part", status=409)


def test_a_short_link_opens_one_list_or_names_several(client, make):
    person = make.person()
    held = [make.lease(make.turf(3), person).lease_id]

    def code_for(leases):
        with transaction():
            return turf_services.make_pass(person.campaign_id, person.id, leases, by=None, now=clock.now())

    first = code_for(held)
    assert client.get(f"/w/{first.lower()}", status=302).location.startswith("/walk/")
    held.append(make.lease(make.turf(2), person).lease_id)
    assert client.get(f"/w/{first}", status=302).location.startswith("/walk/")
    assert client.get(f"/w/{code_for(held)}").text.count('href="/walk/') == 2
    client.get("/w/AAAAAAAAAA", status=404)


def test_a_table_full_of_phones_behind_one_address_opens_its_links(http):
    from volunteer_hub.core.web import limiter

    limiter.enabled = True
    try:
        answers = {http.get("/w/AAAAAAAAAA").status_code for _phone in range(60)}
    finally:
        limiter.enabled = False
    assert answers == {404}
