"""Changes that reach people: once, a few minutes later, as things are then, and not at all if undone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import select

from volunteer_hub.core import clock, secrets
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events import jobs, refusals, services
from volunteer_hub.events.plans import ShiftPlan
from volunteer_hub.events.services.cancelling import TooLateToUndo
from volunteer_hub.events.services.telling import SETTLES_IN
from volunteer_hub.messaging.models import Message

LATER = SETTLES_IN + timedelta(minutes=8)


def edit(shift, **changes):
    fields = {
        "staging_location_id": shift.staging_location_id,
        "starts_at": shift.starts_at,
        "ends_at": shift.ends_at,
        "capacity": shift.capacity,
    }
    with transaction():
        plan = ShiftPlan(**fields | changes)
        services.edit_shift(shift.campaign_id, shift.id, plan, now=clock.now())


def later_by(shift, **of) -> dict:
    return {"starts_at": shift.starts_at + timedelta(**of), "ends_at": shift.ends_at + timedelta(**of)}


def cancel(shift, why=""):
    with transaction():
        services.cancel_shift(shift.campaign_id, shift.id, now=clock.now(), why=why)


def undo(shift, held=0) -> int:
    with transaction():
        return services.undo_cancel_shift(
            shift.campaign_id, shift.id, held_by=lambda _id: held, now=clock.now()
        )


@dataclass(frozen=True)
class Told:
    kind: str
    subject: str
    body: str
    ics: str | None


def read(message: Message) -> Told:
    held = json.loads(secrets.unseal(message.body_sealed))
    return Told(message.kind, message.subject, held["text"], held.get("ics"))


@pytest.fixture
def told(run_jobs):
    """The messages about changes once the time for corrections is over."""

    def _told() -> list[Told]:
        run_jobs()
        with clock.standing_at(clock.now() + LATER):
            jobs.sweep_notices()
            jobs.sweep_notices()
        db.session.expire_all()
        kinds = ("shift_change", "shift_cancellation")
        found = select(Message).where(Message.kind.in_(kinds)).order_by(Message.created_at, Message.key)
        return [read(each) for each in db.session.scalars(found)]

    return _told


@pytest.fixture
def shift(make, run_jobs):
    """A shift with one person whose confirmation has left."""
    shift = make.shift()
    shift.ana = make.sign_up(shift, make.person(name="Ana"))
    run_jobs()
    return shift


def test_a_new_time_moves_the_sign_ups_and_tells_everybody_with_what_it_was_before(shift, told):
    edit(shift, **later_by(shift, days=1))
    assert shift.ana.during.lower == shift.starts_at
    (message,) = told()
    assert message.kind == "shift_change"
    assert "Before: " in message.body
    with clock.standing_at(clock.now() + LATER):
        jobs.sweep_notices()
    assert db.session.query(Message).filter_by(kind="shift_change").count() == 1


def test_nobody_is_told_while_it_can_be_corrected(shift, run_jobs):
    edit(shift, **later_by(shift, hours=1))
    run_jobs()
    with clock.standing_at(clock.now() + SETTLES_IN - timedelta(minutes=1)):
        jobs.sweep_notices()
    db.session.expire_all()
    assert shift.ana.notice == "change"


def test_a_change_that_is_corrected_is_told_once_as_it_is_in_the_end(shift, make, told):
    edit(shift, **later_by(shift, hours=1))
    edit(shift, staging_location_id=make.location(name="The right hall").id)
    (message,) = told()
    assert "The right hall" in message.body
    assert message.body.count("Before: ") == 2


def test_a_change_that_is_taken_back_is_told_to_nobody(shift, told):
    edit(shift, **later_by(shift, hours=1))
    edit(shift, **later_by(shift, hours=-1))
    assert told() == []
    assert shift.ana.known is None


def test_who_signed_up_in_between_is_told_what_is_new_to_them(shift, make, run_jobs, told):
    edit(shift, **later_by(shift, hours=1))
    make.sign_up(shift, make.person(name="Ben"))
    run_jobs()
    edit(shift, **later_by(shift, hours=-1))
    (message,) = told()
    assert "Ben" in message.body


def test_whose_confirmation_has_not_left_yet_gets_that_alone(make, told):
    shift = make.shift()
    make.sign_up(shift)
    edit(shift, **later_by(shift, hours=1))
    assert told() == []
    (message,) = db.session.scalars(select(Message)).all()
    assert message.kind == "shift_confirmation"


def test_several_shifts_of_one_person_are_one_message_with_one_calendar_file(make, run_jobs, told):
    person = make.person()
    first, second, third = (make.shift(starts_at=clock.now() + timedelta(days=day)) for day in (2, 3, 4))
    for each in (first, second, third):
        make.sign_up(each, person)
    run_jobs()
    edit(first, **later_by(first, hours=1))
    with clock.standing_at(clock.now() + timedelta(minutes=2)):
        edit(second, **later_by(second, hours=1))
        cancel(third, why="The hall is flooded")
    (message,) = told()
    assert "Changes to 3 of your shifts" in message.subject
    assert "The hall is flooded" in message.body
    entries = Calendar.from_ical(message.ics).walk("VEVENT")
    assert sorted(str(each["status"]) for each in entries) == ["CANCELLED", "CONFIRMED", "CONFIRMED"]


def test_a_shift_that_begins_soon_does_not_wait(make, run_jobs):
    shift = make.shift(starts_at=clock.now() + timedelta(hours=2))
    make.sign_up(shift)
    run_jobs()
    edit(shift, **later_by(shift, minutes=30))
    run_jobs()
    assert db.session.scalar(select(Message.id).where(Message.kind == "shift_change"))


def test_those_who_wait_are_told_too(make, run_jobs, told):
    shift = make.shift(capacity=1)
    make.sign_up(shift, make.person(name="Ana"))
    make.sign_up(shift, make.person(name="Wanda"))
    run_jobs()
    edit(shift, **later_by(shift, hours=1))
    going, waiting = told()
    assert "waiting list" in waiting.body
    assert "waiting list" not in going.body


def test_a_changed_note_tells_nobody(shift, told):
    edit(shift, notes="Bring water")
    assert told() == []


def test_a_new_name_of_the_place_is_told_and_the_old_one_with_it(shift, told):
    from volunteer_hub.events.plans import LocationPlan

    place = shift.staging_location
    old = place.name
    with transaction():
        plan = LocationPlan(place.area_id, "Union hall", place.address, place.latitude, place.longitude)
        services.edit_location(shift.campaign_id, place.id, plan, now=clock.now())
    (message,) = told()
    assert "Union hall" in message.body
    assert f"Before: {old}" in message.body


def test_a_cancelled_shift_says_why_and_what_is_open_near_it(shift, make, told):
    near = make.shift(event=make.event(name="Canvass next door"))
    make.shift(event=make.event(name="Too far"), location=make.location(latitude=30.4, longitude=-84.2))
    make.shift(event=make.event(name="Full"), capacity=1, going=1)
    cancel(shift, why="A storm is coming")
    (message,) = told()
    assert message.kind == "shift_cancellation"
    assert "A storm is coming" in message.body
    assert f"/j/{near.id}/" in message.body
    assert "Too far" not in message.body
    assert "Full" not in message.body
    entry = Calendar.from_ical(message.ics)
    assert entry["method"] == "CANCEL"
    assert str(entry.walk("VEVENT")[0]["organizer"]).startswith("mailto:")  # as RFC 5546 asks


def test_a_cancellation_that_is_undone_leaves_everything_as_it_was(make, run_jobs, told):
    shift = make.shift(capacity=1)
    going, waits = make.sign_up(shift), make.sign_up(shift)
    run_jobs()
    cancel(shift)
    assert (going.state, waits.state, shift.going) == ("cancelled", "cancelled", 0)
    assert undo(shift) == 0
    assert (going.state, waits.state) == ("going", "waiting")
    assert (shift.going, shift.waiting, shift.cancelled_at) == (1, 1, None)
    assert told() == []


def test_places_of_standing_offers_are_held_again(make):
    shift = make.shift(capacity=3)
    with transaction():
        services.hold_place(shift.campaign_id, shift.id)
    cancel(shift)
    undo(shift, held=1)
    assert shift.held == 1


def test_who_went_elsewhere_meanwhile_stays_cancelled_and_is_told(make, run_jobs, told):
    shift, person = make.shift(), make.person()
    make.sign_up(shift, person)
    run_jobs()
    cancel(shift)
    make.sign_up(make.shift(starts_at=shift.starts_at), person)
    assert undo(shift) == 1
    (message,) = told()
    assert message.kind == "shift_cancellation"
    assert shift.going == 0


def test_it_cannot_be_undone_once_somebody_was_told(shift, told):
    cancel(shift)
    told()
    with pytest.raises(TooLateToUndo):
        undo(shift)
    with clock.standing_at(clock.now() + LATER), pytest.raises(TooLateToUndo):
        undo(shift)


def test_a_shift_moved_and_then_cancelled_is_told_as_people_knew_it(shift, told):
    before = shift.starts_at
    edit(shift, **later_by(shift, days=3))
    cancel(shift)
    assert shift.ana.known["starts_at"] == before.isoformat()
    (message,) = told()
    assert message.kind == "shift_cancellation"


def test_a_cancelled_event_cancels_its_shifts_and_tells_everybody_once(make, run_jobs, told):
    event, person = make.event(), make.person()
    first = make.shift(event=event)
    second = make.shift(event=event, starts_at=first.starts_at + timedelta(days=1))
    make.sign_up(first)
    for each in (first, second):
        make.sign_up(each, person)
    run_jobs()
    for _ in range(2):
        with transaction():
            services.cancel_event(event.campaign_id, event.id, now=clock.now())
    assert len(told()) == 2
    assert (first.going, second.going) == (0, 0)


def test_a_cancelled_event_can_be_undone_with_all_its_shifts(make, run_jobs, told):
    event = make.event()
    first, second = make.shift(event=event), make.shift(event=event)
    early = make.shift(event=event)
    make.sign_up(first)
    run_jobs()
    cancel(early)
    with transaction():
        services.cancel_event(event.campaign_id, event.id, now=clock.now())
    with transaction():
        services.undo_cancel_event(event.campaign_id, event.id, held_by=lambda _id: 0, now=clock.now())
    db.session.expire_all()
    assert (event.state, first.going, second.cancelled_at) == ("published", 1, None)
    assert early.cancelled_at is not None
    assert told() == []


def test_a_new_time_that_sends_people_to_two_shifts_is_refused(make):
    shift, person = make.shift(), make.person()
    other = make.shift(starts_at=shift.starts_at + timedelta(hours=6))
    make.sign_up(shift, person)
    make.sign_up(other, person)
    with pytest.raises(refusals.StillGoing, match="1 person"):
        edit(shift, starts_at=other.starts_at, ends_at=other.ends_at)
    db.session.expire_all()
    assert shift.starts_at != other.starts_at
