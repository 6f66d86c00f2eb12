"""The person's own page: what is ahead and why, when and how they help, and what they did so far."""

from __future__ import annotations

from datetime import timedelta

from tests.statements import counted
from volunteer_hub.assignments.models import Assignment, State
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events.services import places


def attended(make, person, hours: float):
    """Somebody came to a shift of so many hours, ten days ago."""
    shift = make.shift(hours=hours, starts_at=clock.now() + timedelta(days=hours))
    row = make.sign_up(shift, person)
    with transaction():
        shift.starts_at -= timedelta(days=10)
        shift.ends_at -= timedelta(days=10)
        row.during = places.during(shift)
        row.attendance = "attended"
    return row


def test_shifts_times_skills_and_work_done_stand_on_one_page(make, client):
    me = make.person(skills=["drive"], languages=["en", "es"], max_travel_km=12)
    attended(make, me, 3), attended(make, me, 2)
    make.sign_up(make.shift(event=make.event(name="Canvass in Oakwood")), me)
    client.sign_in(me)
    assert client.get("/my", status=302).location == "/my/shifts"
    page = client.get("/my/shifts").text
    for words in ("Canvass in Oakwood", "Another time", "Pass my place on", "At any time", "Drive", "Spanish",
                  "7.5 miles", "What I have done so far", "Hours"):  # fmt: skip
        assert words in page, words


def test_the_reason_of_an_assignment_stands_beside_its_shift(make, client):
    me, shift = make.person(), make.shift()
    make.sign_up(shift, me)
    with transaction():
        db.session.add(
            Assignment(
                campaign_id=shift.campaign_id,
                person_id=me.id,
                shift_id=shift.id,
                state=State.ACCEPTED,
                value=2.0,
                unit="average hours",
                travel_km=3.2,
                reason="kept",
                nonce="n",
                proposed_at=clock.now(),
            )
        )
    client.sign_in(me)
    page = client.get("/my/shifts").text
    assert "Why here" in page
    assert "from your home" in page


def test_the_page_costs_the_same_at_any_number_of_shifts(make, client):
    me = make.person()
    first = make.shift()
    make.sign_up(first, me)
    client.sign_in(me)
    client.get("/my/shifts")
    with counted() as few:
        client.get("/my/shifts")
    for day in range(1, 12):
        make.sign_up(make.shift(starts_at=first.starts_at + timedelta(days=day)), me)
    client.get("/my/shifts")
    with counted() as many:
        client.get("/my/shifts")
    assert many.total == few.total
