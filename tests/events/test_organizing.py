"""Planning events and running shifts: editors, series, changes that reach people, rosters, cover, export."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from sqlalchemy import select

from volunteer_hub.core import clock
from volunteer_hub.core.audit import AuditEntry
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.exports import safe_cell
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.events import jobs, mails, plans, queries, refusals, services
from volunteer_hub.events.forms import days_between, times_of
from volunteer_hub.events.models import CoverAsk, Event, Shift, SignUp, StagingLocation
from volunteer_hub.events.plans import ShiftPlan
from volunteer_hub.messaging.models import Message
from volunteer_hub.people.models import Availability, Campaign, Person

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


def messages() -> list[str]:
    db.session.expire_all()
    return sorted(db.session.scalars(select(Message.kind)))


def test_a_wall_clock_time_stays_the_same_when_the_clocks_change():
    days = [date(2027, 3, 13), date(2027, 3, 14)]
    first, second = plans.series(days, [(time(10), time(13))], ZONE)
    assert first[0].hour == 15
    assert second[0].hour == 14
    assert second[1] - second[0] == timedelta(hours=3)


def test_a_time_that_the_clocks_skip_is_refused():
    with pytest.raises(Refusal, match="does not exist"):
        plans.span(date(2027, 3, 14), time(2, 30), time(5), ZONE)


def test_a_shift_through_the_night_the_clocks_go_back_has_its_true_length():
    starts_at, ends_at = plans.span(date(2027, 11, 6), time(23), time(3), ZONE)
    assert ends_at - starts_at == timedelta(hours=5)


def test_an_end_long_before_the_start_is_no_shift():
    with pytest.raises(Refusal, match="at most 16 hours"):
        plans.span(date(2027, 5, 1), time(17), time(14), ZONE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10:00-13:00", [(time(10), time(13))]),
        ("9-12; 2 pm - 5 pm", [(time(9), time(12)), (time(14), time(17))]),
        ("5-8pm", [(time(17), time(20))]),
        ("12am-2am", [(time(0), time(2))]),
    ],
)
def test_times_are_read_as_people_write_them(text, expected):
    assert times_of(text) == expected


@pytest.mark.parametrize("text", ["noon", "25:00-26:00", "10:00", "10-", "13pm-14pm", "10:99-11:00"])
def test_a_time_that_cannot_be_read_is_named(text):
    with pytest.raises(Refusal, match="is no time"):
        times_of(text)


def test_a_series_takes_the_chosen_weekdays_only():
    days = days_between(date(2027, 5, 1), date(2027, 5, 16), {5, 6})
    assert [day.day for day in days] == [1, 2, 8, 9, 15, 16]
    with pytest.raises(Refusal, match="None of the chosen weekdays"):
        days_between(date(2027, 5, 3), date(2027, 5, 4), {6})


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


def test_a_new_time_moves_the_sign_ups_and_tells_everybody(make, run_jobs):
    shift = make.shift()
    sign_up = make.sign_up(shift)
    run_jobs()
    later = shift.starts_at + timedelta(days=1)
    edit(shift, starts_at=later, ends_at=later + timedelta(hours=2))
    assert sign_up.during.lower == later
    run_jobs()
    assert messages() == ["shift_change", "shift_confirmation"]


def test_a_new_time_that_sends_people_to_two_shifts_is_refused(make):
    shift, person = make.shift(), make.person()
    other = make.shift(starts_at=shift.starts_at + timedelta(hours=6))
    make.sign_up(shift, person)
    make.sign_up(other, person)
    with pytest.raises(refusals.StillGoing, match="1 person"):
        edit(shift, starts_at=other.starts_at, ends_at=other.ends_at)
    db.session.expire_all()
    assert shift.starts_at != other.starts_at


def test_a_changed_note_tells_nobody(make, run_jobs):
    shift = make.shift()
    make.sign_up(shift)
    run_jobs()
    edit(shift, notes="Bring water")
    run_jobs()
    assert messages() == ["shift_confirmation"]


def test_a_cancelled_event_cancels_its_shifts_and_tells_everybody_once(make, run_jobs):
    event = make.event()
    first, second = make.shift(event=event), make.shift(event=event)
    make.sign_up(first)
    make.sign_up(second)
    run_jobs()
    for _ in range(2):
        with transaction():
            services.cancel_event(event.campaign_id, event.id, now=clock.now())
    run_jobs()
    assert messages() == ["shift_cancellation"] * 2 + ["shift_confirmation"] * 2
    assert (first.going, second.going) == (0, 0)


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


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"capacity": "0"}, "between 1 and 10000"),
        ({"capacity": "99999999999999999999"}, "between 1 and 10000"),
        ({"times": "whenever"}, "is no time"),
        ({"until_on": "2020-01-01"}, "comes before the first"),
        ({"from_on": "2020-01-01", "until_on": "2020-01-02"}, "starts in the future"),
        ({"staging_location_id": "999999"}, "Not a valid choice"),
    ],
)
def test_a_mistake_in_a_series_adds_nothing(make, client, change, sentence):
    event, location = make.event(), make.location()
    form = {
        "from_on": _next_saturday().isoformat(),
        "times": "10-13",
        "staging_location_id": location.id,
        "capacity": 5,
        "lead_id": 0,
    }
    browser = client.sign_in(make.person(role="organizer"))
    page = browser.post(f"/organize/events/{event.id}/shifts/new", form | change, status=422).text
    assert sentence in page
    assert db.session.query(Shift).count() == 0


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


def test_a_field_lead_marks_present_absent_and_takes_it_back_in_one_tap(make, client):
    shift = make.shift(starts_at=clock.now() + timedelta(hours=1))
    sign_up = make.sign_up(shift)
    browser = client.sign_in(make.person(role="field_lead"))
    assert "Present" in browser.get(f"/organize/shifts/{shift.id}").text

    def mark(what: str) -> str | None:
        browser.post(f"/organize/sign-ups/{sign_up.id}/attendance", {"mark": what})
        db.session.expire_all()
        return sign_up.attendance

    assert mark("attended") == "attended"
    assert sign_up.checked_in_at is not None
    assert mark("no_show") == "no_show"
    assert mark("clear") is None
    assert sign_up.checked_in_at is None


def test_nobody_is_marked_days_before_the_shift(make, client):
    sign_up = make.sign_up(make.shift())
    browser = client.sign_in(make.person(role="field_lead"))
    browser.post(f"/organize/sign-ups/{sign_up.id}/attendance", {"mark": "attended"})
    assert "two hours before" in browser.get(f"/organize/shifts/{sign_up.shift_id}").text
    db.session.expire_all()
    assert sign_up.attendance is None


def test_staff_add_move_and_take_off_people(make, client):
    event = make.event()
    here, there = make.shift(event=event), make.shift(event=event, starts_at=clock.now() + timedelta(days=9))
    person = make.person(name="Waldo Walker")
    browser = client.sign_in(make.person(role="field_lead"))
    assert "Waldo Walker" in browser.get(f"/organize/shifts/{here.id}?q=waldo").text
    browser.post(f"/organize/shifts/{here.id}/add", {"person_id": person.id})
    sign_up = db.session.query(SignUp).one()
    assert (sign_up.source, sign_up.state) == ("staff", "going")
    browser.post(f"/organize/sign-ups/{sign_up.id}/move", {"to_shift_id": there.id})
    db.session.expire_all()
    assert (here.going, there.going) == (0, 1)
    moved = db.session.query(SignUp).filter_by(state="going").one()
    browser.post(f"/organize/sign-ups/{moved.id}/cancel")
    db.session.expire_all()
    assert there.going == 0


def test_the_export_is_safe_for_spreadsheets_and_audited(make, client):
    shift = make.shift()
    make.sign_up(shift, make.person(name='=cmd|"/c calc"!A0', email="evil@example.org", phone="+13055550123"))
    lead = make.person(role="field_lead")
    answer = client.sign_in(lead).post(f"/organize/shifts/{shift.id}/roster.csv", status=200)
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert rows[0]["name"] == '\'=cmd|"/c calc"!A0'
    entry = db.session.query(AuditEntry).filter_by(action="export.roster").one()
    assert (entry.actor_id, entry.subject, entry.details) == (lead.id, f"shift:{shift.id}", {"people": 1})


@pytest.mark.parametrize("text", ["=1+1", "+1-2", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\n=1", "＝1"])
def test_a_formula_in_a_cell_stays_text(text):
    assert safe_cell(text).startswith("'")


@pytest.mark.parametrize("text", ["-12.5", "+13055550123", "Ana", "", "1-2", "a=b"])
def test_harmless_cells_stay_as_they_are(text):
    assert safe_cell(text) == text


def near(make, name, **fields):
    return make.person(name=name, **{"latitude": 25.78, "longitude": -80.2} | fields)


def test_cover_is_sought_among_suitable_people_near_who_were_not_asked_lately(make):
    shift = make.shift(skills=["canvass"], languages=["es"])
    fit = {"skills": ["canvass"], "languages": ["es"]}
    good = near(make, "Good", **fit)
    near(make, "No skill", languages=["es"])
    near(make, "No Spanish", skills=["canvass"])
    near(make, "Far", **fit | {"latitude": 28.5, "longitude": -81.4})
    near(make, "Silent", **fit | {"email_agreed_at": None})
    near(make, "Gone", **fit | {"is_active": False})
    asked, busy, away = near(make, "Asked", **fit), near(make, "Busy", **fit), near(make, "Away", **fit)
    make.sign_up(make.shift(starts_at=shift.starts_at), busy)
    other = make.shift(starts_at=shift.starts_at + timedelta(days=3))
    weekday = (shift.starts_at.astimezone(ZoneInfo(ZONE)).weekday() + 1) % 7
    with transaction():
        db.session.add(
            CoverAsk(
                campaign_id=asked.campaign_id,
                shift_id=other.id,
                person_id=asked.id,
                asked_at=clock.now() - timedelta(days=6),
            )
        )
        db.session.add(
            Availability(
                campaign_id=away.campaign_id,
                person_id=away.id,
                weekday=weekday,
                from_time=time(0),
                until_time=time(23, 59),
            )
        )
    card = queries.shift_card(shift.campaign_id, shift.id)
    assert [each.person_id for each in queries.candidates(card, now=clock.now())] == [good.id]


def test_asking_for_cover_sends_one_mail_with_a_link_each(make, client, run_jobs):
    shift, person = make.shift(), near(make, "Good")
    stranger = make.person(campaign=make.campaign())
    browser = client.sign_in(make.person(role="organizer"))
    assert "Good" in browser.get(f"/organize/shifts/{shift.id}/cover").text
    for _ in range(2):
        browser.post(f"/organize/shifts/{shift.id}/cover", {"person_id": [person.id, stranger.id]})
    run_jobs()
    assert messages() == ["shift_cover"]


def test_numbers_for_matching_and_the_dashboard(make):
    now = clock.now()
    shift = make.shift(capacity=4)
    make.sign_up(shift)
    with transaction():
        services.hold_place(shift.campaign_id, shift.id)
    draft = make.shift(event=make.event(state="draft"))
    (found,) = queries.open_shifts(shift.campaign_id, from_at=now)
    assert (found.id, found.places_left, found.capacity) == (shift.id, 2, 4)
    assert len(queries.open_shifts(shift.campaign_id, from_at=now, published_only=False)) == 2
    counts = queries.counts(shift.campaign_id, now)
    assert (counts.shifts_ahead, counts.places_ahead, counts.going_ahead, counts.held_ahead) == (1, 4, 1, 1)
    assert queries.open_shifts(draft.campaign_id, from_at=now, area_paths=["/999999/"]) == []
    (busy,) = queries.standing_between(shift.campaign_id, shift.starts_at, shift.ends_at)
    assert busy.shift_id == shift.id


def test_who_is_out_now_counts_those_who_were_seen(make):
    shift = make.shift(starts_at=clock.now() + timedelta(minutes=20))
    seen = make.sign_up(shift)
    make.sign_up(shift)
    with transaction():
        services.check_in(shift.campaign_id, seen.id, by=None, now=clock.now())
    (out,) = queries.people_out_now(shift.campaign_id, clock.now())
    assert (out.going, out.checked_in) == (2, 1)


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


def _next_saturday() -> date:
    today = datetime.now(ZoneInfo(ZONE)).date()
    return today + timedelta(days=(5 - today.weekday()) % 7 + 7)
