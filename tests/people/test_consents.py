"""Consents: what was asked, in which words, and what became of it; the newest answer holds."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.messaging import services as messaging
from volunteer_hub.people import consent_words, services
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
