"""The desk during a shift: arrivals, suggestions, pairs, who is out, alarms, and all about a lease."""

from __future__ import annotations

import re
import time
import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.canvass.phone import Phone
from volunteer_hub.canvass.buddies import BuddyRules, why_not_alone
from volunteer_hub.canvass.daylight import is_dark, sunset
from volunteer_hub.canvass.jobs import sweep_safety
from volunteer_hub.canvass.models_safety import HelpCall, Outing
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events.models import SignUp
from volunteer_hub.people.models import Area, Campaign, Person
from volunteer_hub.turf.models import Lease, Turf


@pytest.fixture
def lead(client, make):
    client.person = make.person(role="field_lead", name="Lena Lead")
    return client.sign_in(client.person)


def desk(shift) -> str:
    return f"/organize/shifts/{shift.id}/turf"


def line_of(page, person) -> str:
    return page.partition(f'id="person-{person.id}"')[2].partition("</li>")[0]


def attendance(person) -> str | None:
    db.session.expire_all()
    return db.session.scalar(db.select(SignUp.attendance).where(SignUp.person_id == person.id))


def out() -> list[Outing]:
    db.session.expire_all()
    return list(db.session.scalars(db.select(Outing).order_by(Outing.id)))


def leases() -> list[Lease]:
    db.session.expire_all()
    return list(db.session.scalars(db.select(Lease).order_by(Lease.id)))


def test_one_tap_says_who_is_here_and_who_is_not(lead, shift, signed_up):
    ana = signed_up(shift, name="Ana Pineda")
    for mark, kept, words in (
        ("here", "attended", "Present"),
        ("absent", "no_show", "Absent"),
        ("clear", None, "Not checked in"),
    ):
        where = lead.post(f"{desk(shift)}/arrivals", {"person_id": ana.id, "mark": mark}).location
        assert where.endswith(f"#person-{ana.id}")
        assert attendance(ana) == kept
        assert words in line_of(lead.get(where).text, ana)


def test_somebody_without_a_sign_up_comes_in_by_name_and_phone(lead, shift, make):
    make.turf(3)
    where = lead.post(f"{desk(shift)}/walk-ins", {"name": "Walt Ingram", "phone": "305 555 0144"}).location
    walt = db.session.scalar(db.select(Person).where(Person.name == "Walt Ingram"))
    assert (walt.phone, attendance(walt)) == ("+13055550144", "attended")
    assert "Present" in line_of(lead.get(where).text, walt)
    assert "no-email.invalid" not in lead.get(f"/organize/shifts/{shift.id}").text
    lead.post(f"{desk(shift)}/walk-ins", {"name": "walt  ingram", "phone": "(305) 555-0144"})
    assert db.session.query(Person).filter(Person.phone == "+13055550144").count() == 1


def test_a_number_that_is_known_under_another_name_is_asked_about(lead, shift, make):
    luz = make.person(name="Luz Pineda", phone="+13055550123")
    typed = {"name": "Ana Pineda", "phone": "305 555 0123"}
    asked = lead.post(f"{desk(shift)}/walk-ins", typed, status=200).text
    assert "Yes: Luz Pineda, phone ending in 0123" in asked
    assert attendance(luz) is None
    lead.post(f"{desk(shift)}/walk-ins", typed | {"same": "new"})
    ana = db.session.scalar(db.select(Person).where(Person.name == "Ana Pineda"))
    assert (ana.phone, attendance(ana), attendance(luz)) == ("+13055550123", "attended", None)
    lead.post(f"{desk(shift)}/walk-ins", typed | {"person_id": luz.id})
    assert attendance(luz) == "attended"


def test_a_number_of_another_area_finds_and_checks_in_nobody_there(client, make):
    ours, theirs = make.area(), make.area()
    far = make.person(name="Ana Pineda", phone="+13055550123", area=theirs)
    shift = make.shift(event=make.event(area=ours), starts_at=clock.now() - timedelta(minutes=10))
    client.sign_in(make.person(role="field_lead", area=ours))
    client.post(f"{desk(shift)}/walk-ins", {"name": "Ana Pineda", "phone": "305 555 0123"})
    assert attendance(far) is None
    near = db.session.scalar(db.select(Person).where(Person.area_id == ours.id, Person.name == "Ana Pineda"))
    assert (near.phone, attendance(near)) == ("+13055550123", "attended")


def test_the_same_name_with_another_phone_is_asked_about(lead, shift, make):
    known = make.person(name="Ana Pineda", phone="+13055550123")
    typed = {"name": "ana pineda", "phone": "305 555 0199"}
    asked = lead.post(f"{desk(shift)}/walk-ins", typed, status=200).text
    assert "phone ending in 0123" in asked
    assert "+13055550123" not in asked
    lead.post(f"{desk(shift)}/walk-ins", typed | {"person_id": known.id})
    assert attendance(known) == "attended"
    lead.post(f"{desk(shift)}/walk-ins", typed | {"same": "new"})
    assert db.session.query(Person).filter(Person.phone == "+13055550199").count() == 1


def test_a_phone_that_cannot_be_read_is_asked_for_again_with_what_was_typed(lead, shift):
    page = lead.post(f"{desk(shift)}/walk-ins", {"name": "Walt", "phone": "12"}, status=422).text
    assert "Write the phone number with its area code" in page
    assert 'value="Walt"' in page


def test_everybody_is_suggested_another_turf_with_reasons(lead, make, shift, signed_up):
    turfs = [make.turf(4) for _ in range(3)]
    with transaction():
        for number, row in enumerate(db.session.query(Turf)):
            row.start_latitude = shift.staging_location.latitude + 0.001 * number
            row.start_longitude = shift.staging_location.longitude
    people = [signed_up(shift) for _ in range(3)]
    page = lead.get(desk(shift)).text
    why = [
        re.search(r"desk-give__why.*?<strong>(.*?)</strong>: (.*?)</p>", line_of(page, each), re.S)
        for each in people
    ]
    assert sorted(each[1] for each in why) == sorted(each.name for each in turfs)
    assert all("from the table" in each[2] for each in why)
    assert all("fits the time left" in each[2] for each in why)


def test_a_turf_beyond_somebodys_travel_is_not_suggested_to_them(lead, make, shift, signed_up):
    turf = make.turf(4)
    with transaction():
        row, table = db.session.get(Turf, turf.id), shift.staging_location
        row.start_latitude, row.start_longitude = table.latitude + 0.2, table.longitude
    near, far = signed_up(shift, max_travel_km=5.0), signed_up(shift, max_travel_km=400.0)
    page = lead.get(desk(shift)).text
    assert "Best open</p>" in line_of(page, near)
    assert f"<strong>{turf.name}</strong>" in line_of(page, far)


def test_handing_out_checks_in_and_starts_the_timer(lead, make, shift, signed_up):
    make.turf(4)
    ana = signed_up(shift, name="Ana Pineda")
    lead.post(desk(shift), {"person_id": ana.id})
    assert attendance(ana) == "attended"
    (outing,) = out()
    assert (outing.person_id, outing.lease_id) == (ana.id, leases()[0].id)
    assert outing.due_at == shift.ends_at + timedelta(minutes=15)
    page = lead.get(desk(shift)).text
    assert "no report yet" in page.partition(f'id="out-{ana.id}"')[2].partition("</li>")[0]


def test_a_pair_shares_one_turf_and_nobody_is_warned_about_it(lead, make, shift, signed_up):
    make.turf(4), make.turf(4)
    ana, ben, cy = (signed_up(shift, name=name) for name in ("Ana", "Ben", "Cy"))
    assert "Not alone: first time out" in line_of(lead.get(desk(shift)).text, ana)
    lead.post(desk(shift), {"person_id": ana.id, "partner_id": ben.id})
    assert len(leases()) == 1
    assert {(each.person_id, each.lease_id) for each in out()} == {
        (ana.id, leases()[0].id),
        (ben.id, leases()[0].id),
    }
    assert attendance(ben) == "attended"
    lead.post(desk(shift), {"person_id": cy.id})
    page = lead.get(desk(shift)).text

    def said(person):
        return page.partition(f'id="out-{person.id}"')[2].partition("</li>")[0]

    assert "with Ben" in said(ana)
    assert "with Ana" in said(ben)
    assert "Alone: first time out" in said(cy)
    assert "Alone:" not in said(ana) + said(ben)
    lead.post(desk(shift), {"person_id": cy.id, "partner_id": cy.id})
    assert len(leases()) == 2


def test_rules_about_pairs_are_the_campaigns(client, make):
    lead_of_team = make.person(role="organizer", area=make.area())
    client.sign_in(lead_of_team).post("/organize/turf/buddies", {"after_dark": "1"}, status=422)
    boss = client.sign_in(make.person(role="organizer"))
    assert "Who goes in a pair" in boss.get("/organize/turf").text
    boss.post("/organize/turf/buddies", {"after_dark": "1"})
    settings = db.session.get(Campaign, make.default_campaign.id, populate_existing=True).settings
    assert BuddyRules.of(settings) == BuddyRules(after_dark=True, first_timers=False)
    assert why_not_alone(BuddyRules.of(settings), is_dark=False, is_first_time=True) == []
    assert len(why_not_alone(BuddyRules(), is_dark=True, is_first_time=True)) == 2


def test_the_sun_sets_when_the_almanac_says(app):
    """NOAA's solar calculator: Miami 22:30 UTC on 22 November 2026, Seattle 04:11 UTC after 21 June 2026."""
    miami = sunset(25.77, -80.19, date(2026, 11, 22))
    seattle = sunset(47.61, -122.33, date(2026, 6, 21))
    assert abs(miami - datetime(2026, 11, 22, 22, 30, tzinfo=UTC)) < timedelta(minutes=4)
    assert abs(seattle - datetime(2026, 6, 22, 4, 11, tzinfo=UTC)) < timedelta(minutes=4)
    assert sunset(80.0, 0.0, date(2026, 6, 21)) is None
    assert not is_dark(25.77, -80.19, miami + timedelta(minutes=20), date(2026, 11, 22))
    assert is_dark(25.77, -80.19, miami + timedelta(minutes=40), date(2026, 11, 22))


@given(st.floats(-60, 60), st.floats(-180, 180), st.dates(date(2020, 1, 1), date(2035, 12, 31)))
def test_between_the_polar_circles_the_sun_sets_once_in_the_local_evening(latitude, longitude, on):
    local = sunset(latitude, longitude, on) + timedelta(hours=longitude / 15)
    assert on == local.date()
    assert 14 <= local.hour + local.minute / 60 <= 22


def test_the_desk_says_who_is_overdue_and_since_when_they_were_heard(app, lead, make, shift, signed_up):
    turf = make.turf(4)
    ana = signed_up(shift, name="Ana Pineda", phone="+13055550123")
    lead.post(desk(shift), {"person_id": ana.id, "turf_id": turf.id, "back_in": 60})
    with transaction():
        row = db.session.get(Outing, out()[0].id)
        row.out_at, row.due_at = clock.now() - timedelta(hours=1), clock.now() - timedelta(minutes=11)
    from volunteer_hub.turf.services import link_token

    phone = Phone(app, link_token(leases()[0]), turf.id)
    phone.send(phone.report(make.doors_of(turf)[0], minutes_ago=0))
    sweep_safety()
    page = lead.get(desk(shift)).text
    mine = page.partition(f'id="out-{ana.id}"')[2].partition("</li>")[0]
    assert "Overdue" in mine
    assert "was due at" in mine
    assert "last heard" in mine
    assert "Ana Pineda is not back" in page
    outing_id = out()[0].id
    lead.post(f"/organize/outings/{outing_id}/later")
    page = lead.get(desk(shift)).text
    assert "Ana Pineda is not back" not in page
    lead.post(f"/organize/outings/{outing_id}/back")
    assert out()[0].back_at is not None
    assert 'id="out-' not in lead.get(desk(shift)).text


def test_a_call_for_help_stands_on_the_desk_until_a_lead_has_it_in_hand(client, lead, make, shift, signed_up):
    turf, ana = make.turf(4), signed_up(shift, name="Ana Pineda")
    handed = make.lease(turf, ana, shift_id=shift.id)
    client.http.post(
        f"/walk/{handed.token}/help",
        json={"id": str(uuid.uuid4()), "at": clock.now().isoformat(), "latitude": 29.2, "longitude": -81.0},
    )
    live = lead.get(f"{desk(shift)}.json")
    assert "Ana Pineda calls for help" in live.json["parts"]["alarms"]
    assert "geo:29.20000,-81.00000" in live.json["parts"]["alarms"]
    time.sleep(1.1)  # a token tells the second in which it was made
    again = lead.http.get(f"{desk(shift)}.json", headers={"If-None-Match": live.headers["ETag"]})
    assert again.status_code == 304
    assert 'name="csrf_token" value=""' in live.json["parts"]["alarms"]
    help_id = db.session.scalar(db.select(HelpCall.id))
    lead.post(f"/organize/help/{help_id}/answer")
    page = lead.get(desk(shift)).text
    assert "calls for help" not in page
    assert "Lena Lead answered the call of Ana Pineda" in page


def test_what_is_asked_every_few_seconds_looks_for_no_turf(lead, make, shift, signed_up, monkeypatch):
    make.turf(4)
    signed_up(shift)

    def not_now(*_given, **_more):
        raise AssertionError("the live desk plans nothing")

    monkeypatch.setattr("volunteer_hub.canvass.suggesting.suggestions", not_now)
    monkeypatch.setattr("volunteer_hub.turf.queries.open_turfs", not_now)
    assert set(lead.get(f"{desk(shift)}.json").json["parts"]) == {"alarms", "counts", "out"}


def test_another_area_reads_no_alarm_and_answers_none(client, make, shift, signed_up):
    handed = make.lease(make.turf(3), signed_up(shift), shift_id=shift.id)
    client.http.post(f"/walk/{handed.token}/help", json={"id": str(uuid.uuid4())})
    client.sign_in(make.person(role="field_lead", area=make.area()))
    client.get(f"{desk(shift)}.json", status=404)
    client.post(f"/organize/help/{db.session.scalar(db.select(HelpCall.id))}/answer", status=404)


def test_several_turfs_side_by_side_and_one_code_for_all(lead, client, make, shift, signed_up):
    precinct = make.precinct(make.district())
    make.doors(90, precinct=precinct)
    turfs = make.turfs_of(make.cut(precinct, minutes=60))
    ana = signed_up(shift, name="Ana Pineda")
    lead.post(desk(shift), {"person_id": ana.id, "turf_id": turfs[0].id, "count": 2})
    assert len(leases()) == 2
    assert len(out()) == 1
    page = lead.post(f"/turf/leases/{leases()[0].id}/pass", status=200).text
    link = re.search(r'value="[^"]*(/w/[^"]+)"', page)[1]
    assert client.get(link).text.count('href="/walk/') == 2


def test_one_code_opens_no_turf_of_another_areas_lead(client, make):
    ours, theirs = (make.district(area=make.area()) for _ in range(2))
    ana = make.person(name="Ana Pineda")
    here, there = (make.lease(make.turf(2, precinct=make.precinct(each)), ana) for each in (ours, theirs))
    client.sign_in(make.person(role="field_lead", area=db.session.get(Area, ours.area_id)))
    page = client.post(f"/turf/leases/{here.lease_id}/pass", status=200).text
    assert there.turf_name not in page
    link = re.search(r'value="[^"]*(/w/[^"]+)"', page)[1]
    assert client.get(link, status=302).location == f"/walk/{here.token}"


def test_the_phone_of_a_lease_that_has_ended_can_still_be_wiped(lead, make):
    handed = make.lease()
    with transaction():
        row = db.session.get(Lease, handed.lease_id)
        row.leased_at, row.expires_at = row.leased_at - timedelta(days=1), clock.now() - timedelta(minutes=5)
    page = lead.get(f"/turf/leases/{handed.lease_id}").text
    assert "The phone is lost" in page
    lead.post(f"/turf/leases/{handed.lease_id}/back", {"wipe": "1"})
    assert leases()[0].end_reason == "wiped"
    page = lead.get(f"/turf/leases/{handed.lease_id}").text
    assert "wiped from the phone" in page
    assert "The phone is lost" not in page


def test_the_rest_goes_to_somebody_else_of_the_shift(lead, make, shift, signed_up):
    make.turf(4)
    ana, ben = signed_up(shift, name="Ana"), signed_up(shift, name="Ben")
    lead.post(desk(shift), {"person_id": ana.id})
    (first,) = leases()
    assert "Hand the rest over to" in lead.get(f"/turf/leases/{first.id}").text
    lead.post(f"/turf/leases/{first.id}/over", {"person_id": ben.id})
    old, new = leases()
    assert (old.end_reason, new.person_id, new.shift_id) == ("taken_over", ben.id, shift.id)
    lead.post(f"/turf/leases/{new.id}/over", {"person_id": lead.person.id})
    assert leases()[-1].person_id == lead.person.id
    assert {each.person_id for each in out()} == {ana.id, ben.id, lead.person.id}


def test_a_lead_takes_a_part_back_and_wipes_a_lost_phone(lead, make, shift, signed_up):
    turf = make.turf(5)
    doors = make.doors_of(turf)
    lead.post(desk(shift), {"person_id": signed_up(shift).id})
    (lease,) = leases()
    assert lead.get(f"/turf/leases/{lease.id}/part").text.count('type="checkbox"') == 5
    lead.post(f"/turf/leases/{lease.id}/part", {"doors": doors[3:]})
    assert "0/3" in lead.get(desk(shift)).text.replace(" ", "")
    lead.post(f"/turf/leases/{lease.id}/back", {"wipe": "1", "note": "left on the bus"})
    assert leases()[0].end_reason == "wiped"
    assert "wiped from the phone" in lead.get(f"/turf/leases/{lease.id}").text


def test_the_desk_speaks_spanish(client, make, shift, signed_up):
    make.turf(3)
    signed_up(shift, name="Ana Pineda")
    client.sign_in(make.person(role="field_lead", language="es"))
    client.http.set_cookie("language", "es")
    page = client.get(desk(shift)).text
    assert 'lang="es"' in page
    assert "En la mesa" in page
