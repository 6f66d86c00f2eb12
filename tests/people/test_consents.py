"""Consents: what was asked, in which words, and what became of it; the newest answer holds."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from tests.browsing import Browser
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.messaging import services as messaging
from volunteer_hub.people import consent_words, queries, services
from volunteer_hub.people.consent_words import WORDS
from volunteer_hub.people.models import Consent, Person
from volunteer_hub.people.services import consent


def kept(person, purpose=None):
    """(purpose, yes or no, via) of a person, the oldest first."""
    query = select(Consent.purpose, Consent.is_given, Consent.via).where(Consent.person_id == person.id)
    query = query.where(Consent.purpose == purpose) if purpose else query
    return [tuple(row) for row in db.session.execute(query.order_by(Consent.id))]


def say(person, purpose, is_given, via="profile"):
    with transaction():
        person = db.session.get_one(Person, person.id)
        return consent.record(person, purpose, is_given, via=via, language="en", now=clock.now())


@pytest.mark.parametrize("purpose", list(WORDS))
def test_every_purpose_is_kept_with_the_words_that_were_shown(make, purpose):
    person = make.person(email_agreed_at=None)
    assert say(person, purpose, True)
    row = db.session.scalars(select(Consent)).one()
    assert (row.purpose, row.is_given, row.version) == (purpose, True, WORDS[purpose].version)
    assert not say(person, purpose, True), "the same answer to the same words is kept once"
    assert say(person, purpose, False)
    assert kept(person) == [(purpose, True, "profile"), (purpose, False, "profile")]


def test_email_and_text_are_the_present_state_on_the_person(make):
    person = make.person(email_agreed_at=None, phone="+13055550100")
    say(person, "email", True), say(person, "text", True), say(person, "photo", True)
    db.session.expire_all()
    assert person.email_agreed_at
    assert person.text_agreed_at
    say(person, "text", False)
    db.session.expire_all()
    assert person.email_agreed_at is not None
    assert person.text_agreed_at is None


def test_new_words_are_answered_anew_where_they_were_shown_and_nowhere_else(make, monkeypatch):
    person = make.person(email_agreed_at=None)
    say(person, "photo", True)
    old = WORDS["photo"]
    newer = consent_words.Words("photo", "2027-01-01", old.label, old.sentence)
    monkeypatch.setitem(WORDS, "photo", newer)
    assert not say(person, "photo", True, via="staff"), "nobody was shown the new words"
    assert say(person, "photo", True)
    versions = db.session.scalars(select(Consent.version).order_by(Consent.id)).all()
    assert versions == [old.version, "2027-01-01"]


def test_a_no_of_somebody_who_was_not_asked_is_no_answer(make):
    person = make.person(email_agreed_at=None)
    assert not say(person, "email", False, via="staff")
    assert say(person, "email", False, via="form")
    assert kept(person) == [("email", False, "form")]


def test_stop_and_start_and_unsubscribe_are_kept_too(make, run_jobs):
    person = make.person(phone="+13055550100", text_agreed_at=clock.now())
    for channel, address in (("text", person.phone), ("email", person.email)):
        digest = messaging.digest_of(channel, address)
        with transaction():
            messaging.opt_out(person.campaign_id, channel, digest, reason="stop", now=clock.now())
        run_jobs()
        with transaction():
            messaging.opt_in(person.campaign_id, channel, digest)
        run_jobs()
    assert kept(person, "text") == [("text", False, "stop"), ("text", True, "start")]
    assert kept(person, "email") == [("email", False, "unsubscribe"), ("email", True, "profile")]


def test_each_way_of_coming_in_keeps_what_was_agreed(client, make):
    campaign, now = make.default_campaign, clock.now()
    client.post(
        "/join",
        {"name": "Ana", "email": "ana@example.org", "home_text": "33101", "email_agreed": "y"},
    )
    ana = db.session.scalars(select(Person).where(Person.email == "ana@example.org")).one()
    assert kept(ana) == [("email", True, "form"), ("text", False, "form")]

    new = services.NewPerson("bo@example.org", "Bo", phone="+13055550101", email_agreed=True)
    with transaction():
        added = services.add_many(campaign.id, ana.area_id, [new], by=None, now=now)
        walk_in = services.add_by_phone(
            campaign.id, ana.area_id, "Cy", "+13055550102", area_paths=["/"], texts=True, by=None, now=now
        )
    bo = db.session.get_one(Person, added.ids["bo@example.org"])
    assert kept(bo) == [("email", True, "file")]
    assert kept(walk_in) == [("text", True, "staff_in_person")]
    assert walk_in.text_agreed_at is not None


def test_another_number_takes_back_the_yes_to_the_old_one(client, make):
    person = make.person(phone="+13055550100", text_agreed_at=clock.now())
    with transaction():
        services.change_phone(
            db.session.get_one(Person, person.id), "+13055550199", by=person.id + 1, now=clock.now()
        )
    assert kept(person, "text") == [("text", False, "new_number")]


def test_the_page_asks_plainly_keeps_each_answer_and_can_be_taken_back(client, make):
    person = make.person(email_agreed_at=None)
    client.sign_in(person)
    assert "Photos of me from events may be shown" in client.get("/profile/messages").text
    client.post("/profile/messages", {"phone": "305 555 0142", "email": "y", "photo": "y"})
    assert kept(person) == [
        ("email", True, "profile"),
        ("photo", True, "profile"),
        ("data", False, "profile"),
    ]
    page = client.get("/profile/messages").text
    assert "You said yes on" in page
    assert "You said no on" in page
    client.post("/profile/messages", {"phone": "305 555 0142", "email": "y"})
    assert kept(person, "photo") == [("photo", True, "profile"), ("photo", False, "profile")]
    client.post("/profile/messages", {"phone": "", "text": "y"}, status=422)
    assert len(kept(person)) == 4


def boxes(page):
    """The purposes whose boxes are ticked on the page of consents."""
    inputs = re.findall(r"<input[^>]*>", page)
    ticked = [each for each in inputs if 'type="checkbox"' in each and " checked" in each]
    return [re.search(r'name="(\w+)"', each)[1] for each in ticked]


def send_as_shown(client, page, **changed):
    """Press Save as a browser does, with what the page shows; `changed`: a box to tick or (None) to empty."""
    shown = re.search(r'<input[^>]*name="shown"[^>]*value="([^"]*)"', page)
    form = dict.fromkeys(boxes(page), "y") | {"phone": "", "shown": shown[1]} | changed
    client.post("/profile/messages", {key: value for key, value in form.items() if value is not None})


def test_what_nobody_asked_and_nobody_touched_is_no_answer(client, make):
    person = make.person(email_agreed_at=clock.now())
    page = client.sign_in(person).get("/profile/messages").text
    send_as_shown(client, page, phone="305 555 0142")
    db.session.expire_all()
    assert kept(person) == []
    assert (person.phone, person.email_agreed_at is not None) == ("+13055550142", True)
    page = client.get("/profile/messages").text
    assert "You said no on" not in page
    assert page.count("You were not asked yet") == 3


def test_the_boxes_show_what_holds_also_who_is_in_plans(client, make):
    make.campaign()
    client.post("/join", {"name": "Jo", "email": "jo@example.org", "home_text": "33101"})
    with transaction():
        jo = db.session.scalars(select(Person).where(Person.email == "jo@example.org")).one()
        jo.awaits_confirmation = False
    page = client.sign_in(jo).get("/profile/messages").text
    assert [row.id for row in queries.volunteers_for_matching(jo.campaign_id)] == [jo.id]
    assert boxes(page) == ["data"]
    assert "plans count you until you take the tick away" in page
    send_as_shown(client, page, data=None)
    assert kept(jo, "data") == [("data", False, "profile")]
    assert queries.volunteers_for_matching(jo.campaign_id) == []
    page = client.get("/profile/messages").text
    assert boxes(page) == []
    assert "You said no on" in page


def test_a_stop_that_came_while_the_page_was_open_is_not_undone_by_its_old_tick(client, make, run_jobs):
    person = make.person(phone="+13055550142", text_agreed_at=clock.now())
    page = client.sign_in(person).get("/profile/messages").text
    stop(person, person.phone)
    run_jobs()
    send_as_shown(client, page, phone="305 555 0142", photo="y")
    assert kept(person, "text") == [("text", False, "stop")]


def test_a_tick_left_beside_another_number_is_a_yes_for_that_one(client, make):
    person = make.person(phone="+13055550142", text_agreed_at=clock.now())
    page = client.sign_in(person).get("/profile/messages").text
    send_as_shown(client, page, phone="305 555 0199")
    assert kept(person, "text") == [("text", False, "new_number"), ("text", True, "profile")]
    with transaction():
        services.change_phone(
            db.session.get_one(Person, person.id), "+13055550188", by=person.id + 1, now=clock.now()
        )
    assert "your yes was for the old one" in client.get("/profile/messages").text


def test_staff_see_not_asked_apart_from_no(client, make):
    person = make.person(email_agreed_at=None)
    client.sign_in(make.person(role="organizer"))
    assert "texts: not asked" in client.get(f"/people/{person.id}").text
    say(person, "text", True), say(person, "text", False)
    page = client.get(f"/people/{person.id}").text
    assert "texts: no" in page
    assert "texts: not asked" not in page
    assert "email: not asked" in page


def test_changed_words_ask_again_on_the_start_page_until_they_are_answered(client, make, monkeypatch):
    person = make.person(email_agreed_at=None)
    client.sign_in(person).post("/profile/messages", {"phone": "", "email": "y", "photo": "y", "data": "y"})
    asked = "The words of what you agreed to have changed"
    assert asked not in client.get("/").text
    old = WORDS["photo"]
    monkeypatch.setitem(WORDS, "photo", consent_words.Words("photo", "2027-01-01", old.label, old.sentence))
    assert asked in client.get("/").text
    assert "please answer again" in client.get("/profile/messages").text
    client.post("/profile/messages", {"phone": "", "email": "y", "photo": "y", "data": "y"})
    assert asked not in client.get("/").text


def test_who_says_no_to_planning_is_in_no_plan_and_can_still_choose(make):
    person, other = (
        make.person(home_text="33101", latitude=25.77, longitude=-80.19),
        make.person(latitude=25.77, longitude=-80.19),
    )
    say(person, "data", False)
    campaign_id = person.campaign_id
    assert [row.id for row in queries.volunteers_for_matching(campaign_id)] == [other.id]
    say(person, "data", True)
    assert len(queries.volunteers_for_matching(campaign_id)) == 2


def test_staff_say_yes_for_somebody_only_with_the_reason_and_the_person_sees_it(client, make):
    organizer = make.person(role="organizer")
    form = {
        "name": "Ana", "email": "ana@example.org", "phone": "", "home_text": "", "max_travel_miles": "10",
        "shifts_wanted": "1", "language": "en", "languages": ["en"], "area_id": str(organizer.area_id),
        "email_agreed": "y",
    }  # fmt: skip
    page = client.sign_in(organizer).post("/people/new", form, status=422).text
    assert "Say how they agreed" in page
    client.post("/people/new", form | {"agreed_via": "staff_paper"})
    ana = db.session.scalars(select(Person).where(Person.email == "ana@example.org")).one()
    assert kept(ana) == [("email", True, "staff_paper")]
    assert "entered by an organizer" in Browser(client.app).sign_in(ana).get("/profile/messages").text
    say(ana, "photo", False)
    assert "photos: no" in client.get(f"/people/{ana.id}").text


def stop(person, number, reason="stop"):
    digest = messaging.digest_of("text", number)
    with transaction():
        messaging.opt_out(person.campaign_id, "text", digest, reason=reason, now=clock.now())


def test_a_tick_lifts_no_stop_of_the_phone_and_the_page_says_what_does(client, make, run_jobs):
    ann, ben = (
        make.person(name=name, phone="+13055550142", text_agreed_at=clock.now()) for name in ("Ann", "Ben")
    )
    stop(ann, ann.phone)
    run_jobs()
    client.sign_in(ben)
    for ticked in ({}, {"text": "y"}):
        client.post("/profile/messages", {"phone": "305 555 0142"} | ticked)
    run_jobs()
    assert messaging.is_suppressed(ben.campaign_id, "text", ben.phone), "it may be Ann who said STOP"
    page = client.get("/profile/messages").text
    assert "Send START from this phone" in page
    with transaction():
        messaging.opt_in(ben.campaign_id, "text", messaging.digest_of("text", ben.phone))
    assert "Send START from this phone" not in client.get("/profile/messages").text


def test_the_number_to_send_start_to_is_named_where_there_is_one(client, make, app, config):
    app.extensions["vh_config"] = replace(config, twilio_from="+13055550100")
    person = make.person(phone="+13055550142")
    stop(person, person.phone)
    page = client.sign_in(person).get("/profile/messages").text
    assert "Send START from this phone to (305) 555-0100" in page


def test_what_was_unticked_is_lifted_by_a_tick_but_a_stop_since_is_not(client, make):
    person = make.person(phone="+13055550142", text_agreed_at=clock.now())
    client.sign_in(person)
    client.post("/profile/messages", {"phone": "305 555 0142"})
    assert messaging.is_suppressed(person.campaign_id, "text", person.phone)
    client.post("/profile/messages", {"phone": "305 555 0142", "text": "y"})
    assert not messaging.is_suppressed(person.campaign_id, "text", person.phone)
    client.post("/profile/messages", {"phone": "305 555 0142"})
    stop(person, person.phone)
    client.post("/profile/messages", {"phone": "305 555 0142", "text": "y"})
    assert messaging.is_suppressed(person.campaign_id, "text", person.phone)


def test_nothing_is_ticked_beforehand_when_one_joins(client, make):
    make.campaign()
    page = client.get("/join").text
    assert 'name="email_agreed"' in page
    assert not re.search(r'<input[^>]*type="checkbox"[^>]*\bchecked', page)
