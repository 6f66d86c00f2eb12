"""From a proposal to a yes or a no, with the place kept all the way."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import select, update

from tests.statements import counted
from volunteer_hub.assignments import jobs, queries, services
from volunteer_hub.assignments.jobs import send_offers, sweep_assignments, sweep_reminders
from volunteer_hub.assignments.links import offer_path
from volunteer_hub.assignments.models import Assignment, State
from volunteer_hub.assignments.refusals import OfferGone
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.secrets import unseal
from volunteer_hub.events import services as events
from volunteer_hub.events.calendar import uid_of
from volunteer_hub.events.links import sign_up_path
from volunteer_hub.events.models import Shift, SignUp
from volunteer_hub.messaging.models import Message
from volunteer_hub.people.models import Person

NOON = datetime(2026, 10, 10, 16, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at_noon():
    with clock.standing_at(NOON):
        yield


def proposed(make, shift, people, **fields):
    with transaction():
        services.propose(
            shift.campaign_id,
            None,
            [
                services.Proposal(person.id, shift.id, 1.5, reason="An hour is worth 1.9 votes.", **fields)
                for person in people
            ],
            now=clock.now(),
        )
    return {row.person_id: row for row in db.session.scalars(select(Assignment))}


def approve(shift, rows):
    with transaction():
        return services.approve(shift.campaign_id, [row.id for row in rows], by=None, now=clock.now())


def act(service, row, moment=NOON):
    with transaction():
        return service(row.campaign_id, row.id, now=moment)


def meanwhile(app, service, row_id):
    """Another request does something to the same assignment, on a connection of its own."""

    def other_request():
        with app.app_context(), clock.standing_at(NOON):
            act(service, db.session.get(Assignment, row_id))

    with ThreadPoolExecutor(1) as pool:
        pool.submit(other_request).result()


def counts(shift):
    db.session.expire_all()
    return db.session.execute(select(Shift.going, Shift.held).where(Shift.id == shift.id)).one()


def offered_one(make, capacity=1):
    shift, person = make.shift(capacity=capacity), make.person()
    row = proposed(make, shift, [person])[person.id]
    approve(shift, [row])
    return shift, person, row


def test_approving_holds_a_place_and_writes_one_message(make, run_jobs):
    shift, _person, row = offered_one(make)
    assert counts(shift) == (0, 1)
    run_jobs()
    messages = db.session.scalars(select(Message).where(Message.kind == "offer")).all()
    assert [message.key for message in messages] == [f"offer-{row.id}"]


def test_the_offer_says_when_where_why_and_how_to_answer(make, run_jobs):
    _shift, _person, _row = offered_one(make)
    run_jobs()
    body = unseal(db.session.scalars(select(Message)).one().body_sealed)
    assert "An hour is worth 1.9 votes." in body
    assert "Main Street" in body
    assert "?do=accept" in body
    assert "BEGIN:VCALENDAR" in body


def test_more_proposals_than_places_leave_the_rest_proposed(make):
    shift = make.shift(capacity=2)
    rows = proposed(make, shift, [make.person() for _ in range(5)])
    done = approve(shift, rows.values())
    assert (len(done.offered), len(done.without_place)) == (2, 3)
    assert counts(shift) == (0, 2)


def test_a_yes_takes_the_held_place_and_saying_it_twice_changes_nothing(make):
    shift, person, row = offered_one(make)
    act(services.accept, row)
    act(services.accept, row)
    assert counts(shift) == (1, 0)
    assert db.session.scalars(select(SignUp.person_id)).all() == [person.id]


def test_opening_the_links_changes_nothing(make, client):
    shift, _person, row = offered_one(make)
    path = offer_path(row.id, row.nonce)
    for do in ("accept", "decline", "cancel"):
        client.get(f"{path}?do={do}")
    assert State(db.session.get(Assignment, row.id).state) is State.OFFERED
    assert counts(shift) == (0, 1)


def test_a_yes_through_the_link_needs_no_sign_in(make, client):
    shift, _person, row = offered_one(make)
    path = offer_path(row.id, row.nonce)
    assert client.http.post(path, data={"answer": "accept"}).status_code == 303
    assert counts(shift) == (1, 0)
    page = client.get(path).text
    assert re.search("Your place is safe", page)
    client.http.post(path, data={"answer": "cancel"})
    assert counts(shift) == (0, 0)


def test_page_messages_and_reminders_tell_one_time_the_campaigns(make, client, run_jobs):
    shift = make.shift(starts_at=NOON + timedelta(days=1))
    person = make.person(time_zone="America/Chicago")
    row = proposed(make, shift, [person])[person.id]
    approve(shift, [row])
    run_jobs()
    act(services.accept, row)
    db.session.execute(update(SignUp).values(created_at=NOON - timedelta(days=3), confirmed_at=None))
    db.session.commit()
    sweep_reminders()
    sealed = db.session.scalars(select(Message.body_sealed)).all()
    texts = [json.loads(unseal(each))["text"] for each in sealed if each]
    pages = [client.get(offer_path(row.id, row.nonce)).text]
    client.sign_in(person)
    pages.append(client.get("/my/offers").text)
    proposed(make, other := make.shift(starts_at=NOON + timedelta(days=2)), [person])
    approve(other, db.session.scalars(select(Assignment).where(Assignment.shift_id == other.id)))
    pages.append(client.get("/").text)
    assert len(texts) >= 2
    for words in (*texts, *pages):
        assert "12:00\u202fPM" in words


def test_a_wrong_signature_finds_nothing(make, client):
    _shift, _person, row = offered_one(make)
    client.get(offer_path(row.id, "other"), status=404)


def test_a_no_keeps_the_place_until_it_is_passed_on(make):
    shift, _person, row = offered_one(make)
    second = make.person()
    act(services.decline, row)
    assert counts(shift) == (0, 1)
    with transaction():
        (refused,) = services.places_to_pass_on(row.campaign_id)
        services.pass_on(refused, services.Proposal(second.id, shift.id, 1.0), now=NOON)
    assert counts(shift) == (0, 1)
    newer = db.session.scalars(select(Assignment).where(Assignment.person_id == second.id)).one()
    assert (newer.state, newer.in_place_of_id) == (State.OFFERED, row.id)
    assert services.places_to_pass_on(row.campaign_id) == []


def test_with_nobody_to_pass_to_the_place_is_free_again(make):
    shift, _person, row = offered_one(make)
    act(services.decline, row)
    with transaction():
        services.pass_on(services.places_to_pass_on(row.campaign_id)[0], None, now=NOON)
    assert counts(shift) == (0, 0)


def test_an_unanswered_offer_lapses_and_passes_on(make):
    _shift, _person, row = offered_one(make)
    with clock.standing_at(NOON + timedelta(hours=47)):
        sweep_assignments()
    db.session.expire_all()
    assert State(db.session.get(Assignment, row.id).state) is State.LAPSED
    assert queries.campaigns_with_places_to_pass_on() == [row.campaign_id]


def test_a_late_yes_counts_while_a_place_is_free(make):
    shift, _person, row = offered_one(make)
    act(services.decline, row)
    with transaction():
        services.pass_on(services.places_to_pass_on(row.campaign_id)[0], None, now=NOON)
    act(services.accept, row)
    assert counts(shift) == (1, 0)


def test_a_withdrawn_offer_frees_the_place_and_stops_its_message(make, run_jobs):
    shift, _person, row = offered_one(make)
    run_jobs()
    organizer = make.person(role="organizer")
    with transaction():
        services.withdraw(row.campaign_id, row.id, by=organizer.id, now=NOON)
    assert counts(shift) == (0, 0)
    assert db.session.scalars(select(Message.state)).all() == ["expired"]


def test_a_lost_queue_is_found_by_the_sweep(app, make, run_jobs):
    _shift, _person, row = offered_one(make)
    app.extensions["redis"].flushdb()
    sweep_assignments()
    run_jobs()
    assert db.session.scalars(select(Message.key)).all() == [f"offer-{row.id}"]


def test_who_stays_silent_is_asked_a_day_before_and_once_more_two_hours_before(make, run_jobs):
    shift, _person, row = offered_one(make)
    act(services.accept, row)
    db.session.execute(update(SignUp).values(confirmed_at=None))
    db.session.commit()
    start = db.session.get(Shift, shift.id).starts_at
    for hours in (25, 24.9, 2, 1.9):
        with clock.standing_at(start - timedelta(hours=hours)):
            sweep_reminders()
    kinds = db.session.scalars(select(Message.kind).where(Message.kind.like("reminder%"))).all()
    assert sorted(kinds) == ["reminder_day", "reminder_hours"]


def test_after_a_yes_of_the_last_days_nobody_asks_again_and_an_older_one_is_asked_once(make):
    shift, _person, row = offered_one(make)
    act(services.accept, row)
    start = db.session.get(Shift, shift.id).starts_at
    for hours in (25, 2):
        with clock.standing_at(start - timedelta(hours=hours)):
            assert sweep_reminders() == 0
    db.session.execute(update(SignUp).values(confirmed_at=start - timedelta(days=9)))
    db.session.commit()
    with clock.standing_at(start - timedelta(hours=25)):
        assert sweep_reminders() == 1
        with transaction():
            events.confirm(shift.campaign_id, db.session.scalars(select(SignUp.id)).one(), now=clock.now())
    with clock.standing_at(start - timedelta(hours=2)):
        assert sweep_reminders() == 0


def test_who_agreed_to_texts_is_asked_by_text_alone(make):
    shift = make.shift()
    make.sign_up(shift, make.person(phone="+13055550123", text_agreed_at=NOON), now=NOON - timedelta(days=3))
    make.sign_up(shift, make.person(), now=NOON - timedelta(days=3))
    with clock.standing_at(db.session.get(Shift, shift.id).starts_at - timedelta(hours=24)):
        assert sweep_reminders() == 2
    assert sorted(db.session.scalars(select(Message.kind).where(Message.kind.like("reminder%")))) == [
        "reminder_day",
        "reminder_day_text",
    ]


def test_many_reminders_are_written_by_several_turns_each_once(make, run_jobs, monkeypatch):
    monkeypatch.setattr(jobs, "SHIFTS_AT_ONCE", 2)
    monkeypatch.setattr(jobs, "BATCH", 3)
    start = NOON + timedelta(hours=20)
    people = [make.person(name=f"Person {number}") for number in range(14)]
    for number in range(7):
        shift = make.shift(starts_at=start)
        for person in people[number * 2 : number * 2 + 2]:
            make.sign_up(shift, person)
    db.session.execute(update(SignUp).values(created_at=NOON - timedelta(days=3)))
    db.session.commit()
    with clock.standing_at(NOON):
        assert sweep_reminders() == 0  # too many for the sweep: left to jobs
        run_jobs()
        assert sweep_reminders() == 0
    rows = db.session.scalars(select(Message).where(Message.kind == "reminder_day")).all()
    assert sorted(row.person_id for row in rows) == sorted(person.id for person in people)
    for row in rows:
        words = json.loads(unseal(row.body_sealed))["text"]
        own = db.session.scalars(select(SignUp).where(SignUp.person_id == row.person_id)).one()
        name = next(person.name for person in people if person.id == row.person_id)
        assert f"Hello {name},\n" in words
        assert sign_up_path(own.id) in words


def test_a_cancelled_sign_up_is_not_reminded(make):
    shift, person, row = offered_one(make)
    act(services.accept, row)
    with transaction():
        events.cancel_sign_up(
            shift.campaign_id, db.session.scalars(select(SignUp.id)).one(), by=person.id, now=NOON
        )
    with clock.standing_at(db.session.get(Shift, shift.id).starts_at - timedelta(hours=24)):
        assert sweep_reminders() == 0


def test_an_overlapping_yes_is_refused_and_the_hold_stays(make, client):
    shift, person, row = offered_one(make)
    start = db.session.get(Shift, shift.id).starts_at
    other = make.shift(starts_at=start + timedelta(hours=1))
    with transaction():
        events.sign_up(shift.campaign_id, person.id, other.id, by=person.id, now=NOON)
    path = offer_path(row.id, row.nonce)
    client.http.post(path, data={"answer": "accept"})
    assert counts(shift) == (0, 1)
    assert State(db.session.get(Assignment, row.id).state) is State.OFFERED


def test_the_email_tells_the_reason_in_the_volunteers_own_terms(make, run_jobs):
    shift, person = make.shift(), make.person(name="Ana Pérez")
    row = proposed(
        make,
        shift,
        [person],
        unit="supporters' votes",
        travel_km=3.21,
        next_best={"shift_id": 1, "less": 0.25},
    )[person.id]
    approve(shift, [row])
    run_jobs()
    text = json.loads(unseal(db.session.scalars(select(Message)).one().body_sealed))["text"]
    assert "Hello Ana Pérez," in text
    assert "about 1.5 supporters' votes" in text
    assert "0.25 more than at the next best place" in text
    assert "2 miles from your home" in text


def test_offers_rendered_together_keep_their_own_names_links_and_calendar_entries(make, run_jobs):
    shift = make.shift(capacity=3)
    odd = "\ue000link\ue001 {{ 7*7 }} %(name)s <b>"
    people = [make.person(name=name) for name in ("Ana Pérez", "Bo Li", odd)]
    rows = proposed(make, shift, people)
    approve(shift, rows.values())
    run_jobs()
    for message in db.session.scalars(select(Message).order_by(Message.key)):
        body = json.loads(unseal(message.body_sealed))
        row = rows[message.person_id]
        path = offer_path(row.id, row.nonce)
        assert f"Hello {db.session.get(Person, row.person_id).name}," in body["text"]
        assert f"{path}?do=accept" in body["text"]
        unfolded = body["ics"].replace("\r\n ", "")
        assert f"UID:{uid_of(shift.id, row.person_id)}@volunteer-hub\r\n" in unfolded
        assert f"{path}\r\n" in unfolded
        assert all(len(line.encode()) <= 75 for line in body["ics"].split("\r\n"))


def test_offers_are_written_in_a_fixed_number_of_statements(make):
    shift = make.shift(capacity=100)

    def cost(count):
        rows = proposed(make, shift, [make.person() for _ in range(count)])
        approve(shift, rows.values())
        with counted() as statements:
            send_offers(shift.campaign_id)
        return statements.total

    assert cost(2) == cost(40)


def test_a_signed_in_volunteer_answers_from_their_own_page(make, client):
    shift, person, row = offered_one(make, capacity=2)
    client.sign_in(person)
    assert "Can you come?" in client.get("/").text
    assert "We keep your place" in client.get("/my/offers").text
    client.post(f"/my/offers/{row.id}", {"answer": "accept"}, status=303)
    assert counts(shift) == (1, 0)
    assert "You said yes" in client.get("/my/offers").text
    client.post(f"/my/offers/{row.id}", {"answer": "decline"}, status=303)
    assert counts(shift) == (0, 0)


def test_nobody_answers_for_somebody_else(make, client):
    shift, _person, row = offered_one(make)
    client.sign_in(make.person())
    client.post(f"/my/offers/{row.id}", {"answer": "accept"}, status=404)
    assert counts(shift) == (0, 1)
    assert "No offer waits" in client.get("/my/offers").text


def test_a_yes_tapped_twice_at_the_same_moment_takes_one_place_only(app, make):
    shift, people = make.shift(capacity=2), [make.person(), make.person()]
    rows = proposed(make, shift, people)
    approve(shift, rows.values())
    row = rows[people[0].id]
    assert row.state == State.OFFERED  # the second tap has read the offer, and waits for its lock
    meanwhile(app, services.accept, row.id)
    act(services.accept, row)
    assert counts(shift) == (1, 1)  # the other's place is still held


def test_a_yes_that_meets_its_own_withdrawal_does_not_take_somebody_elses_place(app, make):
    shift, people = make.shift(capacity=2), [make.person(), make.person()]
    rows = proposed(make, shift, people)
    approve(shift, rows.values())
    row = rows[people[0].id]
    assert row.state == State.OFFERED
    meanwhile(app, lambda *row, now: services.withdraw(*row, by=None, now=now), row.id)
    with pytest.raises(OfferGone):
        act(services.accept, row)
    assert counts(shift) == (0, 1)


def test_offers_of_a_cancelled_shift_are_taken_back_with_their_messages(make, run_jobs):
    shift, _person, row = offered_one(make)
    send_offers(shift.campaign_id)
    with transaction():
        events.cancel_shift(shift.campaign_id, shift.id, now=clock.now())
    sweep_assignments()
    db.session.expire_all()
    assert (row.state, row.holds_place) == (State.WITHDRAWN, False)
    assert set(db.session.scalars(select(Message.state).where(Message.kind == "offer"))) == {"expired"}


@pytest.mark.parametrize(("what", "state"), [("sign_up", State.DECLINED), ("shift", State.WITHDRAWN)])
def test_a_yes_does_not_outlive_its_sign_up(make, client, what, state):
    shift, _person, row = offered_one(make)
    act(services.accept, row)
    with transaction():
        if what == "sign_up":
            events.cancel_sign_up(shift.campaign_id, row.sign_up_id, by=row.person_id, now=clock.now())
        else:
            events.cancel_shift(shift.campaign_id, shift.id, now=clock.now())
    sweep_assignments()
    db.session.expire_all()
    assert row.state == state
    assert "Your place is safe" not in client.get(offer_path(row.id, row.nonce)).text


@pytest.mark.parametrize("service", ["accept", "decline", "withdraw", "approve"])
def test_a_shift_is_locked_before_its_offers_as_everywhere(make, service):
    shift, _person, row = offered_one(make)
    if service == "approve":
        row = proposed(make, shift, [make.person()]).popitem()[1]
    with counted() as sent:
        if service == "approve":
            approve(shift, [row])
        elif service == "withdraw":
            act(partial(services.withdraw, by=row.person_id), row)
        else:
            act(getattr(services, service), row)
    locks = [each for each in sent if "FOR UPDATE" in each]
    assert "FROM shifts" in locks[0]
    assert any("FROM assignments" in each for each in locks[1:])


def test_a_place_that_was_accepted_while_the_next_best_was_sought_is_not_passed_on(make):
    _shift, _person, row = offered_one(make)
    act(services.decline, row)
    ids = [each.id for each in services.places_to_pass_on(row.campaign_id)]
    act(services.accept, row)
    with transaction(), counted() as sent:
        assert services.locked_to_pass_on(row.campaign_id, ids) == []
    assert "FROM shifts" in next(each for each in sent if "FOR UPDATE" in each)
