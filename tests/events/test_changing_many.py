"""Changing many shifts at once, copying them, merging and cancelling, with a look before it is done."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.refusals import NotFound, Refusal
from volunteer_hub.events import plans, services
from volunteer_hub.events.models import Event, Shift, SignUp
from volunteer_hub.events.refusals import ShiftGone, ShiftOver

ZONE = "America/New_York"
LOCAL = ZoneInfo(ZONE)


@pytest.fixture
def organizer(make, client):
    """A signed-in organizer of the whole campaign."""
    return client.sign_in(make.person(role="organizer"))


@pytest.fixture
def two(make, run_jobs):
    """Two shifts of an event, one after the other, and one person who goes to both."""
    event, person = make.event(), make.person(name="Ana")
    start = (clock.now() + timedelta(days=3)).replace(hour=15, minute=0, second=0, microsecond=0)
    first = make.shift(event=event, starts_at=start)
    second = make.shift(event=event, starts_at=start + timedelta(hours=3))
    for each in (first, second):
        make.sign_up(each, person)
    run_jobs()
    return first, second


def form(*shifts, **fields):
    usual = {"staging_location_id": 0, "lead_id": -1, "shift": [shift.id for shift in shifts]}
    return usual | fields


def reread() -> None:
    db.session.expire_all()


def test_a_look_says_how_many_are_told_and_changes_nothing(two, organizer):
    first, second = two
    before = first.starts_at
    path = f"/organize/events/{first.event_id}/change"
    page = organizer.post(path, form(first, second, minutes=30, do="look"), status=200).text
    assert "1 person will be told, once." in page
    assert "2 shifts change" in page
    reread()
    assert first.starts_at == before
    assert db.session.query(SignUp).filter(SignUp.notice.is_not(None)).count() == 0


def test_shifts_that_follow_one_another_move_together(two, organizer):
    first, second = two
    starts = [shift.starts_at for shift in two]
    organizer.post(f"/organize/events/{first.event_id}/change", form(first, second, minutes=60, do="save"))
    reread()
    assert [shift.starts_at for shift in two] == [each + timedelta(hours=1) for each in starts]
    organizer.post(f"/organize/events/{first.event_id}/change", form(first, second, minutes=-60, do="save"))
    reread()
    assert [shift.starts_at for shift in two] == starts
    assert db.session.query(SignUp).filter(SignUp.notice.is_not(None)).count() == 0


def test_place_lead_number_and_note_change_together_and_the_rest_stays(two, organizer, make):
    first, second = two
    place, lead = make.location(name="New hall"), make.person(role="field_lead")
    fields = {
        "staging_location_id": place.id, "lead_id": lead.id, "capacity": 7, "sets_notes": "y",
        "notes": "Rain coat", "do": "save",
    }  # fmt: skip
    organizer.post(f"/organize/events/{first.event_id}/change", form(second, **fields))
    reread()
    assert (second.staging_location_id, second.lead_id, second.capacity) == (place.id, lead.id, 7)
    assert second.notes == "Rain coat"
    assert (first.capacity, first.notes) == (10, "")
    assert "1 person will be told of your changes" in organizer.get(f"/organize/events/{first.event_id}").text


def test_one_that_cannot_be_changed_stops_all_and_is_named(two, organizer, make):
    first, second = two
    for _ in range(3):
        make.sign_up(second, make.person(name="Late Comer"))
    page = organizer.post(
        f"/organize/events/{first.event_id}/change", form(first, second, capacity=2, do="look"), status=422
    ).text
    assert "4 people are going" in page
    assert "Last to sign up: Late Comer" in page
    reread()
    assert first.capacity == 10


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Say what is to change"),
        ({"days": -30}, "starts in the future"),
        ({"minutes": "x"}, "Not a valid integer"),
        ({"days": 1, "shift": []}, "Choose at least one shift"),
    ],
)
def test_a_change_that_makes_no_sense_gets_a_sentence_and_keeps_what_was_typed(
    two, organizer, fields, sentence
):
    path = f"/organize/events/{two[0].event_id}/change"
    page = organizer.post(path, form(two[0], **{"capacity": "", "do": "look"} | fields), status=422).text
    assert sentence in page


def test_a_lead_at_two_shifts_at_once_is_said_before_and_after(two, organizer, make):
    first, _second = two
    lead = make.person(role="field_lead", name="Lou Lead")
    make.shift(event=make.event(name="Other doors"), starts_at=first.starts_at, lead_id=lead.id)
    path = f"/organize/events/{first.event_id}/change"
    page = organizer.post(path, form(first, lead_id=lead.id, do="look"), status=200).text
    assert "Lou Lead also leads “Other doors” at that time" in page


def test_a_place_far_away_is_pointed_out(two, organizer, make):
    far = make.location(name="Tallahassee office", latitude=30.44, longitude=-84.28)
    path = f"/organize/events/{two[0].event_id}/change"
    page = organizer.post(path, form(*two, staging_location_id=far.id, do="look"), status=200).text
    assert "Tallahassee office is" in page
    assert "1 person wanted to come" in page


def test_shifts_of_another_event_are_not_touched(two, organizer, make):
    other = make.shift()
    page = organizer.post(
        f"/organize/events/{two[0].event_id}/change", form(other, days=1, do="save"), status=422
    ).text
    assert "Choose at least one shift" in page


def test_a_weekend_is_copied_to_the_next_with_its_times_by_the_clock(make, organizer):
    event = make.event(name="Weekend", min_age=16)
    saturday = date(2027, 3, 13)
    for day, hour in ((0, 10), (1, 14)):
        starts, ends = plans.span(saturday + timedelta(days=day), time(hour), time(hour + 3), ZONE)
        make.shift(event=event, starts_at=starts, hours=(ends - starts).total_seconds() / 3600, notes="Hat")
    shifts = db.session.query(Shift).order_by(Shift.starts_at).all()
    data = {
        "first_on": "2027-03-06", "into": "new", "name": "Weekend before", "area_id": event.area_id,
        "staging_location_id": 0, "shift": [shift.id for shift in shifts],
    }  # fmt: skip
    organizer.post(f"/organize/events/{event.id}/copy", data)
    copy = db.session.query(Event).filter_by(name="Weekend before").one()
    assert (copy.state, copy.min_age) == ("draft", 16)
    found = db.session.query(Shift).filter_by(event_id=copy.id).order_by(Shift.starts_at).all()
    assert [shift.starts_at.astimezone(LOCAL).strftime("%m-%d %H") for shift in found] == [
        "03-06 10", "03-07 14",
    ]  # fmt: skip
    assert {shift.notes for shift in found} == {"Hat"}
    assert {shift.going for shift in found} == {0}


def test_chosen_shifts_are_copied_to_another_place_in_the_same_event(two, organizer, make):
    first, second = two
    place = make.location(name="North office")
    day = first.starts_at.astimezone(LOCAL).date()
    data = {
        "first_on": day.isoformat(), "into": "same", "area_id": first.event.area_id,
        "staging_location_id": place.id, "shift": [second.id],
    }  # fmt: skip
    organizer.post(f"/organize/events/{first.event_id}/copy", data)
    (copy,) = db.session.query(Shift).filter_by(staging_location_id=place.id).all()
    assert copy.event_id == first.event_id
    assert copy.starts_at.astimezone(LOCAL).time() == second.starts_at.astimezone(LOCAL).time()


def test_a_copy_onto_itself_or_into_the_past_is_refused(two, organizer):
    first, _second = two
    day = first.starts_at.astimezone(LOCAL).date()
    data = {"into": "same", "area_id": first.event.area_id, "staging_location_id": 0, "shift": [first.id]}
    path = f"/organize/events/{first.event_id}/copy"
    assert "same shifts again" in organizer.post(path, data | {"first_on": day.isoformat()}, status=422).text
    assert "in the future" in organizer.post(path, data | {"first_on": "2020-01-01"}, status=422).text
    assert db.session.query(Shift).count() == 2


def test_a_shift_is_copied_to_other_days_once(two, organizer):
    first, _second = two
    day = first.starts_at.astimezone(LOCAL).date()
    data = {"from_on": day.isoformat(), "until_on": (day + timedelta(days=3)).isoformat()}
    organizer.post(f"/organize/shifts/{first.id}/copy", data)
    assert db.session.query(Shift).count() == 5
    page = organizer.post(f"/organize/shifts/{first.id}/copy", data, status=422).text
    assert "takes place on these days already" in page


def test_people_are_put_onto_another_shift_and_the_first_is_cancelled(make, organizer):
    start = clock.now() + timedelta(days=3)
    shift, other = make.shift(starts_at=start), make.shift(starts_at=start + timedelta(hours=5))
    ana, ben = make.person(), make.person()
    make.sign_up(shift, ana)
    make.sign_up(shift, ben)
    make.sign_up(make.shift(starts_at=other.starts_at), ben)
    page = organizer.get(f"/organize/shifts/{shift.id}/call-off").text
    assert f'value="{other.id}"' in page
    organizer.post(f"/organize/shifts/{shift.id}/call-off", {"to_shift_id": other.id, "why": "Too few"})
    reread()
    assert (shift.going, other.going, shift.cancelled_why) == (0, 1, "Too few")
    assert "1 person goes elsewhere" in organizer.get(f"/organize/events/{shift.event_id}").text


def test_a_shift_is_not_merged_into_one_without_room(make, organizer):
    start = clock.now() + timedelta(days=3)
    shift = make.shift(starts_at=start)
    small = make.shift(starts_at=start + timedelta(hours=5), capacity=1)
    make.sign_up(shift)
    make.sign_up(shift)
    page = organizer.post(f"/organize/shifts/{shift.id}/call-off", {"to_shift_id": small.id}, status=422).text
    assert "only 1 places left" in page
    reread()
    assert shift.going == 2


def test_no_place_of_a_shift_that_is_called_off_is_offered_to_who_waits(make):
    shift = make.shift(capacity=1)
    other = make.shift(starts_at=shift.starts_at + timedelta(hours=5))
    make.sign_up(shift)
    waits = make.sign_up(shift, make.person(email="waits@example.org"))
    with transaction():
        services.merge_shift(shift.campaign_id, shift.id, other.id, by=None, now=clock.now())
    reread()
    assert (other.going, waits.state, waits.source) == (1, "cancelled", "self")


def test_people_are_put_onto_a_shift_ahead_alone(make):
    shift, over = make.shift(), make.shift(starts_at=clock.now() - timedelta(hours=1))
    make.sign_up(shift)
    gone = make.shift(cancelled_at=clock.now())
    for other, refusal in ((over, ShiftOver), (gone, ShiftGone), (shift, NotFound)):
        with pytest.raises(refusal), transaction():
            services.merge_shift(shift.campaign_id, shift.id, other.id, by=None, now=clock.now())
    reread()
    assert (shift.going, shift.cancelled_at) == (1, None)


def test_who_lacks_what_the_other_event_asks_for_is_left(make):
    shift = make.shift()
    other = make.shift(event=make.event(min_age=21), starts_at=shift.starts_at + timedelta(hours=5))
    make.sign_up(shift), make.sign_up(shift, make.person(age_at_least=21))
    with transaction():
        found = services.merge_shift(shift.campaign_id, shift.id, other.id, by=None, now=clock.now())
    assert found == (1, 1)


def test_a_cancelled_shift_can_be_undone_on_its_events_page(two, organizer):
    first, _second = two
    organizer.post(f"/organize/shifts/{first.id}/call-off", {"to_shift_id": 0, "why": "Storm"})
    page = organizer.get(f"/organize/events/{first.event_id}").text
    assert f"/organize/shifts/{first.id}/undo" in page
    organizer.post(f"/organize/shifts/{first.id}/undo")
    reread()
    assert (first.cancelled_at, first.going) == (None, 1)


def test_a_cancelled_event_can_be_undone_on_its_page(two, organizer):
    event_id = two[0].event_id
    organizer.post(f"/organize/events/{event_id}/cancel", {"why": "No permit"})
    assert f"/organize/events/{event_id}/undo" in organizer.get(f"/organize/events/{event_id}").text
    organizer.post(f"/organize/events/{event_id}/undo")
    reread()
    assert two[0].going == 1
    assert db.session.get(Event, event_id).state == "published"


MINUTES_OF_FIVE_YEARS = st.integers(0, 5 * 365 * 1440)


@given(MINUTES_OF_FIVE_YEARS, st.integers(30, 600), st.integers(-60, 60), st.integers(-720, 720))
def test_a_moved_shift_keeps_to_the_clock_on_the_wall(minute, length, days, minutes):
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    end = start + timedelta(minutes=length)
    try:
        new_start, new_end = plans.moved(start, end, ZONE, days=days, minutes=minutes)
    except Refusal:
        assume(False)
    by = timedelta(days=days, minutes=minutes)
    for old, new in ((start, new_start), (end, new_end)):
        wall = old.astimezone(LOCAL).replace(tzinfo=None) + by
        assert new.astimezone(LOCAL).replace(tzinfo=None) == wall
