"""Planning events: editors, changes of places, messages of a lost queue, who may see what."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from sqlalchemy import select

from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events import jobs, mails, plans, queries, refusals, services
from volunteer_hub.events.models import Event, Shift, StagingLocation
from volunteer_hub.events.plans import ShiftPlan
from volunteer_hub.messaging.models import Message
from volunteer_hub.people.models import Campaign, Person

ZONE = "America/New_York"


def plan_of(shift, **changes) -> ShiftPlan:
    fields = {
        "staging_location_id": shift.staging_location_id,
        "starts_at": shift.starts_at,
        "ends_at": shift.ends_at,
        "capacity": shift.capacity,
    }
    return ShiftPlan(**fields | changes)


def edit(shift, **changes):
    with transaction():
        services.edit_shift(shift.campaign_id, shift.id, plan_of(shift, **changes), now=clock.now())


def test_capacity_cannot_go_below_those_who_are_going(make):
    shift = make.shift(capacity=5)
    make.sign_up(shift)
    make.sign_up(shift)
    with transaction():
        services.hold_place(shift.campaign_id, shift.id)
    with pytest.raises(refusals.CapacityTooLow, match=r"2 people are going and 1 places are held.*below 3"):
        edit(shift, capacity=2)
    edit(shift, capacity=3)
    assert shift.capacity == 3


def test_more_places_let_the_waiting_list_move_up(make):
    shift = make.shift(capacity=1)
    make.sign_up(shift)
    second, third = make.sign_up(shift), make.sign_up(shift)
    edit(shift, capacity=2)
    assert (second.state, third.state) == ("going", "waiting")


def test_a_message_of_a_lost_queue_is_posted_by_the_sweep_and_only_once(make, app):
    make.sign_up(make.shift())
    app.extensions["redis"].flushdb()
    jobs.sweep_notices()
    assert messages() == []  # young ones are left to their job
    with clock.standing_at(clock.now() + timedelta(minutes=2)):
        jobs.sweep_notices()
        jobs.sweep_notices()
    jobs.send_notices()
    assert messages() == ["shift_confirmation"]


def test_mails_carry_the_entry_of_the_calendar_in_the_readers_language(make):
    person = make.person(language="es")
    sign_up = make.sign_up(make.shift(), person)
    card = queries.shift_card(sign_up.campaign_id, sign_up.shift_id)
    campaign = db.session.get_one(Campaign, sign_up.campaign_id)
    draft = mails.notice(sign_up, card, person, campaign)
    (entry,) = Calendar.from_ical(draft.ics).walk("VEVENT")
    assert entry["dtstart"].dt == card.starts_at
    assert entry["status"] == "CONFIRMED"
    assert card.address in draft.text
    with transaction():
        services.cancel_sign_up(card.campaign_id, sign_up.id, by=None, now=clock.now())
    gone = mails.notice(sign_up, card, person, campaign)
    calendar = Calendar.from_ical(gone.ics)
    assert calendar["method"] == "CANCEL"
    assert calendar.walk("VEVENT")[0]["uid"] == entry["uid"]


def test_a_name_with_line_breaks_cannot_write_its_own_calendar_lines(make):
    event = make.event(name="Doors\r\nBEGIN:VEVENT\r\nSUMMARY:evil")
    sign_up = make.sign_up(make.shift(event=event))
    card = queries.shift_card(sign_up.campaign_id, sign_up.shift_id)
    person = db.session.get_one(Person, sign_up.person_id)
    campaign = db.session.get_one(Campaign, sign_up.campaign_id)
    draft = mails.notice(sign_up, card, person, campaign)
    assert len(Calendar.from_ical(draft.ics).walk("VEVENT")) == 1


def test_an_erased_person_frees_their_places(make):
    shift, person = make.shift(capacity=1), make.person()
    make.sign_up(shift, person)
    waits = make.sign_up(shift)
    jobs.free_places_of_person(person.id)
    assert waits.state == "going"


def test_unconfirmed_places_come_free_by_the_sweep(make):
    shift = make.shift(capacity=1)
    make.sign_up(shift, confirm_by=clock.now() + timedelta(hours=1))
    waits = make.sign_up(shift)
    jobs.sweep_unconfirmed()
    assert waits.state == "waiting"
    with clock.standing_at(clock.now() + timedelta(hours=2)):
        jobs.sweep_unconfirmed()
    db.session.expire_all()
    assert waits.state == "going"


def test_an_organizer_plans_an_event_from_place_to_published(make, client):
    organizer = make.person(role="organizer")
    browser = client.sign_in(organizer)
    area_id = organizer.area_id
    place = {"name": "Library", "address": "12 Main St, Miami, FL 33128", "area_id": area_id}
    browser.post("/organize/locations/new", place)
    location = db.session.query(StagingLocation).one()
    assert location.latitude == pytest.approx(25.77, abs=0.1)
    browser.post(
        "/organize/events/new", {"name": "Doors", "kind": "canvass", "area_id": area_id, "is_public": "yes"}
    )
    event = db.session.query(Event).one()
    saturday = _next_saturday()
    series = {
        "from_on": saturday.isoformat(),
        "until_on": (saturday + timedelta(days=8)).isoformat(),
        "weekdays": ["5", "6"],
        "times": "10:00-13:00\n2 pm - 5 pm",
        "staging_location_id": location.id,
        "capacity": 12,
        "lead_id": organizer.id,
        "languages": ["es"],
    }
    browser.post(f"/organize/events/{event.id}/shifts/new", series)
    shifts = db.session.query(Shift).order_by(Shift.starts_at).all()
    assert len(shifts) == 8
    assert {each.starts_at.astimezone(ZoneInfo(ZONE)).hour for each in shifts} == {10, 14}
    assert "Publish" in browser.get(f"/organize/events/{event.id}").text
    browser.post(f"/organize/events/{event.id}/publish")
    db.session.expire_all()
    assert event.state == "published"
    assert "Doors" in browser.get("/organize/events").text


def test_an_event_without_a_shift_is_not_published(make, client):
    event = make.event(state="draft")
    browser = client.sign_in(make.person(role="organizer"))
    browser.post(f"/organize/events/{event.id}/publish")
    assert "Add at least one shift" in browser.get(f"/organize/events/{event.id}").text


def test_an_organizer_of_another_area_finds_nothing_here(make, client):
    here, there = make.area(), make.area()
    event = make.event(area=here)
    shift = make.shift(event=event, location=make.location(area=here))
    sign_up = make.sign_up(shift)
    browser = client.sign_in(make.person(role="organizer", area=there))
    for path in (
        f"events/{event.id}",
        f"events/{event.id}/edit",
        f"shifts/{shift.id}",
        f"shifts/{shift.id}/edit",
    ):
        browser.get(f"/organize/{path}", status=404)
    browser.post(f"/organize/events/{event.id}/cancel", status=404)
    browser.post(f"/organize/sign-ups/{sign_up.id}/attendance", {"mark": "attended"}, status=404)
    browser.post(f"/organize/shifts/{shift.id}/roster.csv", status=404)
    assert event.name not in browser.get("/organize/events").text


def test_a_volunteer_sees_no_roster(make, client):
    shift = make.shift()
    browser = client.sign_in(make.person())
    browser.get(f"/organize/shifts/{shift.id}", status=403)
    browser.get("/organize/events", status=403)


def test_a_location_finds_its_district(make):
    from shapely.geometry import box

    from volunteer_hub.districts.models import District

    campaign = make.default_campaign
    area = make.root_of(campaign)
    with transaction():
        district = District(
            campaign_id=campaign.id, area_id=area.id, kind="county", code="12086", name="Miami-Dade",
            latitude=25.6, longitude=-80.4,
        )  # fmt: skip
        district.geometry = box(-80.9, 25.1, -80.1, 26.0)
        db.session.add(district)
    plan = plans.LocationPlan(area.id, "Library", "12 Main St", 25.77, -80.19)
    with transaction():
        location = services.add_location(campaign.id, plan)
    assert location.district_id == district.id


def messages() -> list[str]:
    db.session.expire_all()
    return sorted(db.session.scalars(select(Message.kind)))


def _next_saturday() -> date:
    today = datetime.now(ZoneInfo(ZONE)).date()
    return today + timedelta(days=(5 - today.weekday()) % 7 + 7)
