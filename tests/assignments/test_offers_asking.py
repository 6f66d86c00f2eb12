"""An event that asks for an age or a paper asks before the yes to an offer, and never after it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from tests.statements import counted
from volunteer_hub.assignments import services
from volunteer_hub.assignments.links import offer_path
from volunteer_hub.assignments.models import Assignment, State
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events import services as events
from volunteer_hub.events.models import Event, Shift, SignUp
from volunteer_hub.events.refusals import NotFit
from volunteer_hub.people import services as people
from volunteer_hub.people.models import Paper, Person
from volunteer_hub.people.papers import Said

NOON = datetime(2026, 10, 10, 16, 0, tzinfo=UTC)
ADULT = "I am at least 18 years old"


@pytest.fixture(autouse=True)
def at_noon():
    with clock.standing_at(NOON):
        yield


def offered(make, person=None, *, asks=True, **fields):
    """An offer of a shift whose event asked for nothing then, and now for an age and a paper."""
    shift, person = make.shift(capacity=1, **fields), person or make.person()
    with transaction():
        proposal = services.Proposal(person.id, shift.id, 1.5)
        services.propose(shift.campaign_id, None, [proposal], now=NOON)
        row = db.session.scalars(select(Assignment).where(Assignment.shift_id == shift.id)).one()
        services.approve(shift.campaign_id, [row.id], by=None, now=NOON)
        if asks:
            event = db.session.get(Event, shift.event_id)
            event.min_age, event.papers = 18, ["driver"]
    return shift, person, row


def state(row) -> State:
    db.session.expire_all()
    return State(db.session.get(Assignment, row.id).state)


def counts(shift):
    db.session.expire_all()
    return db.session.execute(select(Shift.going, Shift.held).where(Shift.id == shift.id)).one()


def test_the_page_of_an_offer_asks_before_the_yes_and_keeps_what_was_said(make, client):
    shift, person, row = offered(make)
    path = offer_path(row.id, row.nonce)
    page = client.get(path).text
    assert ADULT in page
    assert "I have it: Driver" in page
    client.post(path, {"answer": "accept"}, status=303)
    assert (state(row), counts(shift)) == (State.OFFERED, (0, 1))
    assert "one has to be at least 18 years old" in client.get(path).text
    said = {"answer": "accept", "age": "18", "paper": "driver", "until-driver": "2027-01-31"}
    client.post(path, said, status=303)
    assert (state(row), counts(shift)) == (State.ACCEPTED, (1, 0))
    assert person.age_at_least == 18
    assert db.session.scalars(select(Paper.valid_until)).all() == [date(2027, 1, 31)]
    assert ADULT not in client.get(path).text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"age": "18"}, "needs: Driver"),
        ({"age": "18", "paper": "driver", "until-driver": "2026-10-11"}, "needs: Driver"),
        ({"age": "18", "paper": "driver", "until-driver": "soon"}, "Write the day until which"),
    ],
)
def test_half_an_answer_takes_nothing_and_loses_nothing(make, client, typed, sentence):
    shift, person, row = offered(make)
    page = client.post(offer_path(row.id, row.nonce), {"answer": "accept", **typed}, status=422).text
    assert sentence in page
    assert 'value="18" id="age-18" checked' in page
    assert (state(row), counts(shift)) == (State.OFFERED, (0, 1))
    assert person.age_at_least is None


def test_a_no_needs_nothing_said_and_a_yes_after_it_asks(make, client):
    shift, _person, row = offered(make)
    path = offer_path(row.id, row.nonce)
    client.post(path, {"answer": "decline"}, status=303)
    assert state(row) is State.DECLINED
    page = client.get(path).text
    assert ADULT in page
    client.post(path, {"answer": "accept"}, status=303)
    assert state(row) is State.DECLINED
    client.post(path, {"answer": "accept", "age": "18", "paper": "driver"}, status=303)
    assert (state(row), counts(shift)) == (State.ACCEPTED, (1, 0))


def test_a_late_yes_to_a_place_that_went_back_asks_too(make):
    shift, _person, row = offered(make)
    with transaction():
        services.decline(row.campaign_id, row.id, now=NOON)
    with transaction():
        services.pass_on(services.places_to_pass_on(row.campaign_id)[0], None, now=NOON)
    with pytest.raises(NotFit), transaction():
        services.accept(row.campaign_id, row.id, now=NOON)
    assert counts(shift) == (0, 0)
    with transaction():
        said = Said(18, {"driver": None})
        services.accept(row.campaign_id, row.id, now=NOON, said=said)
    assert counts(shift) == (1, 0)


def test_who_has_said_it_already_says_yes_in_one_tap(make, client):
    shift, _person, row = offered(make, make.person(age_at_least=18))
    with transaction():
        people.say(db.session.get(Person, row.person_id), Said(papers={"driver": None}), now=NOON)
    assert ADULT not in client.get(offer_path(row.id, row.nonce)).text
    client.post(offer_path(row.id, row.nonce), {"answer": "accept"}, status=303)
    assert counts(shift) == (1, 0)


def test_ones_own_list_leads_to_the_question_and_only_where_there_is_one(make, client):
    _shift, me, asking = offered(make)
    _other, _me, plain = offered(make, me, asks=False, starts_at=NOON + timedelta(days=3))
    client.sign_in(me)
    page = client.get("/my/offers").text
    assert page.count('value="accept"') == 1
    link = offer_path(asking.id, asking.nonce)
    assert page.count(link) == 3, "the title, the yes and the why"
    client.post(f"/my/offers/{asking.id}", {"answer": "accept"}, status=303)
    assert state(asking) is State.OFFERED
    client.post(f"/my/offers/{plain.id}", {"answer": "accept"}, status=303)
    assert state(plain) is State.ACCEPTED


def test_ones_own_list_takes_as_many_statements_however_many_ask(make, client):
    _shift, me, _row = offered(make)
    client.sign_in(me)
    client.get("/my/offers")
    with counted() as few:
        client.get("/my/offers")
    for days in (3, 4, 5):
        offered(make, me, starts_at=NOON + timedelta(days=days))
    with counted() as many:
        page = client.get("/my/offers").text
    assert page.count('class="card my-shift"') == 4
    assert len(many) == len(few)


def test_a_place_that_is_theirs_already_stays_so(make):
    """Somebody signed up before the event asked, and is offered the same shift: nobody asks at the door."""
    shift, person = make.shift(capacity=2), make.person()
    with transaction():
        services.propose(shift.campaign_id, None, [services.Proposal(person.id, shift.id, 1.0)], now=NOON)
        row = db.session.scalars(select(Assignment)).one()
        services.approve(shift.campaign_id, [row.id], by=None, now=NOON)
    make.sign_up(shift, person)
    with transaction():
        db.session.get(Event, shift.event_id).min_age = 18
    with transaction():
        services.accept(row.campaign_id, row.id, now=NOON)
    assert counts(shift) == (1, 0)


def test_an_organizer_who_gives_the_place_knows_what_they_do(make):
    shift, person, _row = offered(make)
    organizer = make.person(role="organizer")
    with transaction():
        events.take_held_place(shift.campaign_id, person.id, shift.id, now=NOON, by=organizer.id)
    assert db.session.scalars(select(SignUp.state)).all() == ["going"]
