"""At the table: check-in by a code, and people who come without having signed up."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events import links, queries, services
from volunteer_hub.events.models import Shift, SignUp
from volunteer_hub.events.refusals import NotPublished, ShiftGone, ShiftOver, TooEarlyToMark
from volunteer_hub.people import services as people_services


@pytest.fixture
def shift(make):
    return make.shift(starts_at=clock.now() - timedelta(minutes=10), capacity=2)


@pytest.fixture
def lead(client, make):
    return client.sign_in(make.person(role="field_lead"))


def signed_up(make, shift, **fields):
    person = make.person(**fields)
    return person, make.sign_up(shift, person, now=shift.starts_at - timedelta(days=1))


def put_on(shift, person, now=None):
    with transaction():
        return services.put_on_shift(
            shift.campaign_id, person.id, shift.id, by=None, now=now or clock.now()
        ).id


def counts(shift) -> tuple[int, int, int]:
    row = db.session.get(Shift, shift.id, populate_existing=True)
    return row.going, row.waiting, row.capacity


def test_a_scanned_code_opens_one_button_that_checks_in(lead, make, shift):
    person, sign_up = signed_up(make, shift, name="Ana Pineda")
    path = links.check_in_path(sign_up.id)
    page = lead.get(path).text
    assert "Check in Ana Pineda" in page
    assert db.session.get(SignUp, sign_up.id, populate_existing=True).attendance is None, (
        "looking is not enough"
    )
    where = lead.post(path).location
    assert where.endswith(f"/organize/shifts/{shift.id}/turf#person-{person.id}")
    assert db.session.get(SignUp, sign_up.id, populate_existing=True).attendance == "attended"
    assert "checked in already" in lead.get(path).text


def test_a_code_is_worth_nothing_to_others_nor_when_made_up(client, make, shift):
    _person, sign_up = signed_up(make, shift)
    path = links.check_in_path(sign_up.id)
    client.get(path, status=302)
    client.sign_in(make.person()).get(path, status=403)
    client.sign_in(make.person(role="field_lead", area=make.area())).get(path, status=404)
    client.sign_in(make.person(role="field_lead")).get(
        links.check_in_path(sign_up.id + 1)[:-3] + "AAA", status=404
    )


def test_people_find_their_code_on_their_own_pages_on_the_day(client, make, shift):
    person, sign_up = signed_up(make, shift)
    later = make.sign_up(make.shift(starts_at=clock.now() + timedelta(days=9)), person)
    assert "My code for the table" in client.get(links.sign_up_path(sign_up.id)).text
    assert "My code for the table" not in client.get(links.sign_up_path(later.id)).text
    page = client.sign_in(person).get("/my/shifts").text
    assert len(re.findall("Code that checks you in", page)) == 1


def test_somebody_who_was_not_on_the_list_is_on_the_shift_and_present(make, shift):
    person = make.person()
    row = db.session.get(SignUp, put_on(shift, person))
    assert (row.state, row.attendance, row.source) == ("going", "attended", "walk_in")
    assert row.notice is None, "nobody is written to who stands there"
    assert put_on(shift, person) == row.id
    assert counts(shift) == (1, 0, 2)


def test_a_full_shift_grows_by_the_one_who_stands_there(make, shift):
    for _ in range(2):
        signed_up(make, shift)
    waiting, sign_up = signed_up(make, shift)
    assert counts(shift) == (2, 1, 2)
    assert put_on(shift, waiting) == sign_up.id
    assert counts(shift) == (3, 0, 3)
    put_on(shift, make.person())
    assert counts(shift) == (4, 0, 4)


def test_nobody_is_put_on_a_shift_that_is_far_over_cancelled_or_a_draft(make, shift):
    person = make.person()
    with pytest.raises(TooEarlyToMark):
        put_on(shift, person, shift.starts_at - timedelta(hours=3))
    with pytest.raises(ShiftOver):
        put_on(shift, person, shift.ends_at)
    draft = make.shift(event=make.event(state="draft"), starts_at=clock.now())
    with pytest.raises(NotPublished):
        put_on(draft, person)
    gone = make.shift(starts_at=clock.now(), cancelled_at=clock.now())
    with pytest.raises(ShiftGone):
        put_on(gone, person)


def test_a_phone_number_is_one_person_however_it_is_written(make):
    area = make.root_of(make.default_campaign)

    def add(name, phone):
        with transaction():
            return people_services.add_by_phone(
                area.campaign_id, area.id, name, phone, area_paths=[area.path], texts=True, by=None,
                now=clock.now(),
            ).id  # fmt: skip

    ana = add("Ana  Pineda", "(305) 555-0123")
    assert add("ana pinéda", "+1 305 555 0123") == ana
    assert add("Luz Pineda", "+1 305 555 0123") != ana
    assert add("Ben", "305-555-0199") != ana
    row = queries.people_like(area.campaign_id, "ana pinéda", [area.path])
    assert row == [(ana, "Ana Pineda", "0123")]
