"""The field lead's desk: handing turf to the people of a shift."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest

from tests.statements import counted
from volunteer_hub.core import clock
from volunteer_hub.core.db import db
from volunteer_hub.districts.models import Door
from volunteer_hub.messaging.models import Message
from volunteer_hub.turf.models import Lease


@pytest.fixture
def lead(client, make):
    client.sign_in(make.person(role="field_lead"))
    return client


def test_one_tap_hands_the_best_turf_to_a_person_and_sends_the_link(lead, make, shift, signed_up):
    turf = make.turf(4)
    person = signed_up(shift, name="Ana Pineda")
    page = lead.get(f"/organize/shifts/{shift.id}/turf").text
    assert "Ana Pineda" in page
    assert turf.name in page
    lead.post(f"/organize/shifts/{shift.id}/turf", {"person_id": person.id})
    lease = db.session.query(Lease).one()
    assert (lease.turf_id, lease.person_id, lease.shift_id) == (turf.id, person.id, shift.id)
    assert lease.expires_at == shift.ends_at + timedelta(hours=1)
    message = db.session.query(Message).filter_by(kind="walk_list").one()
    assert message.person_id == person.id
    page = lead.get(f"/turf/leases/{lease.id}").text
    assert "data:image/svg+xml" in page
    assert "/walk/" in page


def test_the_chosen_turf_is_handed_out_and_a_taken_one_refused(lead, make, shift, signed_up):
    first, second = make.turf(3), make.turf(3)
    ana, ben = signed_up(shift), signed_up(shift)
    lead.post(f"/organize/shifts/{shift.id}/turf", {"person_id": ana.id, "turf_id": second.id})
    answer = lead.post(f"/organize/shifts/{shift.id}/turf", {"person_id": ben.id, "turf_id": second.id})
    assert "somebody else" in lead.get(answer.location).text
    assert db.session.query(Lease).one().turf_id == second.id
    assert first.name in lead.get(f"/organize/shifts/{shift.id}/turf").text


def test_the_line_of_the_person_says_what_was_handed_out(lead, make, shift, signed_up):
    """The page opens at that line, so a message at its top would be out of sight."""
    turf = make.turf(4)
    ana, ben = signed_up(shift), signed_up(shift)
    where = lead.post(f"/organize/shifts/{shift.id}/turf", {"person_id": ben.id}).location
    assert where.endswith(f"#person-{ben.id}")
    page = lead.get(where).text
    line = page.partition(f'id="person-{ben.id}"')[2].partition("</li>")[0]
    assert 'role="status"' in line
    assert f"Turf {turf.name} is handed out." in line
    assert page.count("is handed out.") == 1
    assert "is handed out." not in lead.get(f"/organize/shifts/{shift.id}/turf").text
    assert ana.name in page


def test_a_lead_sees_of_each_open_turf_where_it_starts_and_how_long_it_takes(lead, make, shift, signed_up):
    turf = make.turf(8)
    signed_up(shift)
    first = db.session.get(Door, make.doors_of(turf)[0])
    page = lead.get(f"/organize/shifts/{shift.id}/turf").text
    start = f"{first.number} {first.street}"
    assert f"{turf.name} · 8 doors, 24 min · {start}" in page
    listed = page.partition('data-map="open-turfs"')[2].partition("</table>")[0]
    assert all(words in listed for words in (f"/turf/{turf.id}", start, ">8<", ">24<"))
    assert start in lead.get(f"/turf/{turf.id}").text


def test_the_map_of_the_desk_shows_open_turf_of_the_place_alone(lead, make, signed_up):
    here, elsewhere = make.district(), make.district()
    open_, out = (make.turf(3, precinct=make.precinct(here)) for _ in range(2))
    make.turf(3, precinct=make.precinct(elsewhere))
    make.lease(out)
    shift = make.shift(starts_at=clock.now(), location=make.location(district_id=here.id))
    signed_up(shift)
    page = lead.get(f"/organize/shifts/{shift.id}/turf").text
    source = unescape(page.partition('id="open-turfs"')[2].partition('data-src="')[2].partition('"')[0])
    names = [each["properties"]["name"] for each in lead.get(source).json["features"]]
    assert names == [open_.name]


def test_the_desk_lists_the_shifts_of_today(lead, shift):
    assert f"/organize/shifts/{shift.id}/turf" in lead.get("/organize/turf").text


def test_only_people_of_the_shift_get_turf(lead, make, shift):
    make.turf(3)
    answer = lead.post(f"/organize/shifts/{shift.id}/turf", {"person_id": make.person().id})
    assert "not on the shift" in lead.get(answer.location).text
    assert db.session.query(Lease).count() == 0


def test_a_lease_is_extended_taken_back_and_its_link_sent_again(lead, make, shift, signed_up):
    make.turf(3)
    lead.post(f"/organize/shifts/{shift.id}/turf", {"person_id": signed_up(shift).id})
    lease = db.session.query(Lease).one()
    before = lease.expires_at
    lead.post(f"/turf/leases/{lease.id}/extend")
    assert db.session.get(Lease, lease.id, populate_existing=True).expires_at == before + timedelta(hours=1)
    lead.post(f"/turf/leases/{lease.id}/send")
    assert db.session.query(Message).filter_by(kind="walk_list").count() == 2
    lead.post(f"/turf/leases/{lease.id}/back", {"note": "went home"})
    assert "has ended" in lead.get(f"/turf/leases/{lease.id}").text


def test_another_area_sees_neither_shift_nor_lease(client, make, shift):
    handed = make.lease()
    client.sign_in(make.person(role="field_lead", area=make.area()))
    client.get(f"/organize/shifts/{shift.id}/turf", status=404)
    client.get(f"/turf/leases/{handed.lease_id}", status=404)
    client.post(f"/turf/leases/{handed.lease_id}/back", status=404)


def test_the_desk_costs_the_same_for_two_people_and_for_twenty(lead, make, shift, signed_up):
    make.turf(3)
    signed_up(shift)
    lead.get(f"/organize/shifts/{shift.id}/turf")  # the first look of a minute is noted in the audit log
    with counted() as few:
        lead.get(f"/organize/shifts/{shift.id}/turf")
    for _ in range(6):
        make.lease(make.turf(2), signed_up(shift), shift_id=shift.id)
    with counted() as many:
        lead.get(f"/organize/shifts/{shift.id}/turf")
    assert many.total == few.total


def test_the_desk_tells_the_time_of_the_campaign(client, make):
    starts_at = clock.now().replace(microsecond=0) + timedelta(minutes=20)
    shift = make.shift(starts_at=starts_at)
    client.sign_in(make.person(role="organizer", time_zone="America/Los_Angeles"))
    told = f"{starts_at.astimezone(ZoneInfo(make.default_campaign.time_zone)):%-I:%M}\u202f"
    for path in ("/organize/shifts", "/organize/turf", f"/organize/shifts/{shift.id}/turf"):
        assert told in client.get(path).text, path
