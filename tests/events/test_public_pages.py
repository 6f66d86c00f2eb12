"""What volunteers and strangers see and do: the list, a shift, signing up, their shifts, links of mails."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from sqlalchemy import insert, select

from tests.statements import counted
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events import links, mails, queries, services
from volunteer_hub.events.models import Shift, SignUp
from volunteer_hub.messaging.models import Message
from volunteer_hub.people.models import Person

SCRIPT = "<script>alert(1)</script>"


def slug(make) -> str:
    return make.default_campaign.slug


def page_of(shift, make) -> str:
    return f"/c/{slug(make)}/shifts/{shift.id}"


def sign_ups() -> list[SignUp]:
    db.session.expire_all()
    return list(db.session.scalars(select(SignUp).order_by(SignUp.id)))


def test_anybody_can_browse_public_shifts(make, client):
    make.shift(event=make.event(name="Canvass in Oakwood"))
    make.shift(event=make.event(name="Staff meeting", is_public=False))
    make.shift(event=make.event(name="Not ready", state="draft"))
    page = client.get(f"/c/{slug(make)}/shifts").text
    assert "Canvass in Oakwood" in page
    assert "Staff meeting" not in page
    assert "Not ready" not in page


def test_a_signed_in_volunteer_sees_more_but_no_drafts(make, client):
    make.shift(event=make.event(name="Staff meeting", is_public=False))
    draft = make.shift(event=make.event(name="Not ready", state="draft"))
    browser = client.sign_in(make.person())
    page = browser.get("/shifts").text
    assert "Staff meeting" in page
    assert "Not ready" not in page
    browser.get(page_of(draft, make), status=404)


def test_a_stranger_cannot_open_a_shift_for_volunteers(make, client):
    hidden = make.shift(event=make.event(is_public=False))
    client.get(page_of(hidden, make), status=404)


def test_shifts_of_another_campaign_are_not_found_here(make, client):
    other = make.campaign()
    area = make.root_of(other)
    shift = make.shift(event=make.event(area=area), location=make.location(area=area))
    client.get(page_of(shift, make), status=404)
    client.get("/c/no-such-campaign/shifts", status=404)


def test_the_list_is_narrowed_by_distance_kind_day_language_and_places(make, client):
    near = make.location(latitude=25.7743, longitude=-80.1937)
    far = make.location(latitude=28.5383, longitude=-81.3792)
    tomorrow = clock.now() + timedelta(days=1)
    make.shift(event=make.event(name="Near phones", kind="phone_bank"), location=near, starts_at=tomorrow)
    make.shift(event=make.event(name="Far doors"), location=far, starts_at=tomorrow)
    make.shift(event=make.event(name="Near in French"), location=near, languages=["fr"])
    full = make.shift(event=make.event(name="Near but full"), location=near, capacity=1)
    make.sign_up(full)

    def found(query: str) -> set[str]:
        page = client.get(f"/c/{slug(make)}/shifts?{query}").text
        names = ("Near phones", "Far doors", "Near in French", "Near but full")
        return {name for name in names if name in page}

    assert found("near=33128&within=25") == {"Near phones", "Near in French", "Near but full"}
    assert found("kind=phone_bank") == {"Near phones"}
    assert found("language=es") == {"Near phones", "Far doors", "Near but full"}
    assert found("free=1") == {"Near phones", "Far doors", "Near in French"}
    local = tomorrow.astimezone(ZoneInfo("America/New_York")).date()
    assert found(f"days={local}") == {"Near phones", "Far doors"}


def test_the_nearest_comes_first_when_asked(make, client):
    make.shift(
        event=make.event(name="Far away"), location=make.location(latitude=28.5383, longitude=-81.3792)
    )
    make.shift(
        event=make.event(name="Close by"), location=make.location(latitude=25.7743, longitude=-80.1937)
    )
    page = client.get(f"/c/{slug(make)}/shifts?near=33128&within=any&sort=nearest").text
    assert page.index("Close by") < page.index("Far away")


@pytest.mark.parametrize(
    "query",
    ["near=99999", f"near={SCRIPT}", "within=-1&days=never&kind=x&language=x&sort=x&page=-5",
     "page=99999999999999999999", "near=" + "9" * 5000],
)  # fmt: skip
def test_nonsense_in_the_address_is_answered_by_a_page(make, client, query):
    make.shift(event=make.event(name="Canvass in Oakwood"))
    page = client.get(f"/c/{slug(make)}/shifts?{query}").text
    assert SCRIPT not in page
    assert "Canvass in Oakwood" in page


def test_a_nul_in_the_address_is_refused_with_a_page(make, client):
    make.shift()
    client.get(f"/c/{slug(make)}/shifts?near=%00", status=400)


def test_an_unknown_zip_is_told_how_to_write_one(make, client):
    assert "ZIP code of five digits" in client.get(f"/c/{slug(make)}/shifts?near=99999").text


def test_a_list_page_costs_the_same_statements_at_five_thousand_shifts(make, client):
    event, location = make.event(), make.location()
    make.shift(event=event, location=location)
    browser = client.sign_in(make.person(latitude=25.77, longitude=-80.19))
    path = "/shifts?within=50&sort=needed"
    browser.get(path)
    with counted() as few:
        browser.get(path)
    start = clock.now() + timedelta(days=1)
    rows = [
        {
            "campaign_id": event.campaign_id,
            "event_id": event.id,
            "staging_location_id": location.id,
            "starts_at": start + timedelta(minutes=number),
            "ends_at": start + timedelta(minutes=number + 180),
            "capacity": 20,
        }
        for number in range(5000)
    ]
    with transaction():
        db.session.execute(insert(Shift), rows)
    with counted() as many:
        page = browser.get(path).text
    assert "More times" in page
    assert many.total == few.total
    assert many.total <= 9


def test_a_volunteer_signs_up_with_one_button(make, client, run_jobs):
    shift, person = make.shift(), make.person()
    browser = client.sign_in(person)
    assert "Sign me up" in browser.get(page_of(shift, make)).text
    browser.post(f"{page_of(shift, make)}/sign-up")
    assert [(row.person_id, row.state) for row in sign_ups()] == [(person.id, "going")]
    assert "You are going" in browser.get(page_of(shift, make)).text
    assert "Canvass" in browser.get("/my/shifts").text


def test_a_full_shift_offers_the_waiting_list(make, client):
    shift = make.shift(capacity=1)
    make.sign_up(shift)
    browser = client.sign_in(make.person())
    assert "Join the waiting list" in browser.get(page_of(shift, make)).text
    browser.post(f"{page_of(shift, make)}/sign-up")
    page = browser.get(page_of(shift, make)).text
    assert "You are on the waiting list" in page
    assert "Your place on the list: 1" in page


def test_an_overlap_is_told_with_the_name_of_the_other_shift(make, client):
    person = make.person()
    other = make.shift(event=make.event(name=f"Phones {SCRIPT}"))
    make.sign_up(other, person)
    shift = make.shift(starts_at=other.starts_at)
    browser = client.sign_in(person)
    browser.post(f"{page_of(shift, make)}/sign-up")
    page = browser.get(page_of(shift, make)).text
    assert "overlaps with “Phones &lt;script&gt;" in page
    assert len(sign_ups()) == 1


def test_a_past_shift_is_refused_with_a_sentence(make, client):
    shift = make.shift(starts_at=clock.now() - timedelta(hours=1))
    browser = client.sign_in(make.person())
    browser.post(f"{page_of(shift, make)}/sign-up")
    assert "has already begun" in browser.get(page_of(shift, make)).text


GUEST = {"name": "Gina Guest", "email": "Gina@Example.org", "home_text": "33128"}


def test_a_stranger_signs_up_in_one_form_and_confirms_by_mail(make, client, run_jobs):
    shift = make.shift()
    assert "No password" in client.get(page_of(shift, make)).text
    answer = client.post(f"{page_of(shift, make)}/sign-up", GUEST)
    client.get(answer.location)
    (row,) = sign_ups()
    person = db.session.get_one(Person, row.person_id)
    assert (person.email, person.awaits_confirmation, row.state) == ("gina@example.org", True, "going")
    assert person.latitude == pytest.approx(25.77, abs=0.1)
    assert row.confirm_by is not None
    run_jobs()
    assert db.session.scalars(select(Message.kind)).all() == ["shift_confirmation"]
    path = links.sign_up_path(row.id)
    assert "Please confirm" in client.get(path).text
    assert sign_ups()[0].confirm_by is not None  # looking changed nothing
    client.post(f"{path}/confirm")
    assert sign_ups()[0].confirm_by is None
    assert not db.session.get_one(Person, row.person_id).awaits_confirmation


def test_a_known_address_gets_the_same_answer_and_a_link_that_takes_the_place(make, client, run_jobs):
    shift, known = make.shift(), make.person(email="known@example.org")
    stranger = client.post(f"{page_of(shift, make)}/sign-up", GUEST)
    answer = client.post(f"{page_of(shift, make)}/sign-up", GUEST | {"email": "KNOWN@example.org"})
    assert (answer.status_code, answer.location) == (stranger.status_code, stranger.location)
    assert [row.person_id for row in sign_ups()] != [known.id]
    run_jobs()
    kinds = set(db.session.scalars(select(Message.kind)))
    assert kinds == {"shift_confirmation", "shift_join"}
    path = links.join_path(shift.id, known.id, shift.starts_at)
    client.get(path)
    assert known.id not in [row.person_id for row in sign_ups()]
    client.post(path)
    assert known.id in [row.person_id for row in sign_ups()]


def test_a_stranger_on_the_waiting_list_is_asked_to_confirm_too(make, client):
    shift = make.shift(capacity=1)
    make.sign_up(shift)
    client.post(f"{page_of(shift, make)}/sign-up", GUEST)
    row = sign_ups()[-1]
    campaign, person = make.default_campaign, db.session.get_one(Person, row.person_id)
    draft = mails.notice(row, queries.shift_card(campaign.id, shift.id), person, campaign)
    assert "confirm your address by" in draft.text
    assert draft.ics is None
    path = links.sign_up_path(row.id)
    assert "to stay on the list" in client.get(path).text
    client.post(f"{path}/confirm")
    assert (sign_ups()[-1].state, sign_ups()[-1].confirm_by) == ("waiting", None)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"email": "not an address"}, "name@example.org"),
        ({"name": ""}, "This is needed"),
        ({"home_text": "99999"}, "ZIP code of five digits"),
        ({"name": "x" * 201}, "At most 200 characters"),
        ({"name": "x" * 100_000}, "At most 200 characters"),
    ],
)
def test_a_mistake_in_the_form_is_shown_beside_its_field(make, client, change, sentence):
    shift = make.shift()
    page = client.post(f"{page_of(shift, make)}/sign-up", GUEST | change, status=422).text
    assert sentence in page
    assert sign_ups() == []


def test_script_in_a_name_stays_text_everywhere(make, client):
    event = make.event(name=SCRIPT, description=SCRIPT)
    location = make.location(name=SCRIPT, address=SCRIPT, notes=SCRIPT)
    lead = make.person(name=SCRIPT, role="organizer")
    shift = make.shift(event=event, location=location, notes=SCRIPT, lead_id=lead.id)
    sign_up = make.sign_up(shift, lead)
    browser = client.sign_in(lead)
    for path in (
        "/shifts",
        page_of(shift, make),
        "/my/shifts",
        links.sign_up_path(sign_up.id),
        "/organize/events",
        f"/organize/events/{event.id}",
        f"/organize/events/{event.id}/edit",
        f"/organize/shifts/{shift.id}",
        f"/organize/shifts/{shift.id}/edit",
        f"/organize/shifts/{shift.id}/cover",
        "/organize/shifts",
        "/organize/locations",
        f"/organize/locations/{location.id}/edit",
    ):
        page = browser.get(path).text
        assert SCRIPT not in page, path
        assert "alert(1)" in page, path


def test_times_are_the_campaigns_also_for_a_traveller(make, client):
    starts_at = datetime(2027, 3, 14, 18, 0, tzinfo=UTC)  # 2 PM in Miami, the clocks went forward at night
    shift = make.shift(starts_at=starts_at)
    assert "2:00" in client.get(page_of(shift, make)).text
    browser = client.sign_in(make.person(time_zone="America/Los_Angeles"))
    assert "2:00" in browser.get(page_of(shift, make)).text


def test_cancelling_on_ones_own_page_frees_the_place(make, client):
    shift, person = make.shift(capacity=1), make.person()
    mine, waits = make.sign_up(shift, person), make.sign_up(shift)
    browser = client.sign_in(person)
    browser.post(f"/my/shifts/{mine.id}/cancel")
    assert [row.state for row in sign_ups()] == ["cancelled", "going"]
    assert waits.state == "going"


def test_nobody_cancels_the_sign_up_of_somebody_else(make, client):
    sign_up = make.sign_up(make.shift())
    browser = client.sign_in(make.person())
    browser.post(f"/my/shifts/{sign_up.id}/cancel", status=404)
    browser.get(f"/my/shifts/{sign_up.id}/shift.ics", status=404)
    assert sign_ups()[0].state == "going"


def test_a_link_without_its_signature_opens_nothing(make, client):
    sign_up, person = make.sign_up(make.shift()), make.person()
    client.get(f"/s/{sign_up.id}/wrong", status=404)
    client.post(f"/s/{sign_up.id}/wrong/cancel", status=404)
    good = links.join_path(sign_up.shift_id, person.id, clock.now() + timedelta(hours=1))
    client.get(re.sub(rf"/{person.id}/", f"/{sign_up.person_id}/", good), status=404)
    old = links.join_path(sign_up.shift_id, person.id, clock.now() - timedelta(minutes=1))
    assert "too old" in client.get(old, status=404).text


def test_a_person_cancels_by_the_link_of_a_mail(make, client):
    sign_up = make.sign_up(make.shift())
    path = links.sign_up_path(sign_up.id)
    client.get(path)
    client.post(f"{path}/cancel")
    assert sign_ups()[0].state == "cancelled"
    assert "cancelled" in client.get(path).text


def entries(text: str):
    return list(Calendar.from_ical(text).walk("VEVENT"))


def test_file_and_feed_carry_the_same_uid_and_a_growing_sequence(make, client):
    shift, person = make.shift(), make.person()
    sign_up = make.sign_up(shift, person)
    browser = client.sign_in(person)
    (in_file,) = entries(browser.get(f"/my/shifts/{sign_up.id}/shift.ics").text)
    with transaction():
        token = services.new_feed(person.campaign_id, person.id, now=clock.now())
    (in_feed,) = entries(client.get(f"/calendar/{token}.ics").text)
    assert in_feed["uid"] == in_file["uid"]
    assert in_feed["dtstart"].dt == shift.starts_at
    with transaction():
        services.cancel_sign_up(
            shift.campaign_id, sign_up.id, by=person.id, now=clock.now() + timedelta(seconds=5)
        )
    (cancelled,) = entries(client.get(f"/calendar/{token}.ics").text)
    assert cancelled["uid"] == in_file["uid"]
    assert cancelled["status"] == "CANCELLED"
    assert cancelled["sequence"] > in_file["sequence"]


def test_a_new_calendar_address_makes_the_old_one_void(make, client):
    person = make.person()
    browser = client.sign_in(person)
    browser.post("/my/shifts/feed")
    first = re.search(r"/calendar/([^\"]+)\.ics", browser.get("/my/shifts").text).group(1)
    browser.get(f"/calendar/{first}.ics")
    browser.post("/my/shifts/feed")
    browser.get(f"/calendar/{first}.ics", status=404)
    browser.get(f"/calendar/{person.id}-guess.ics", status=404)
