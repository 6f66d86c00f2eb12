"""Made-up addresses fill no shift: few from one visitor, and not for long."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.browsing import Browser
from tests.people.letters import letters, links_in
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.web import limiter
from volunteer_hub.events import jobs
from volunteer_hub.events.models import Shift, SignUp


@pytest.fixture
def limits(app):
    limiter.enabled = True
    limiter.reset()
    yield
    limiter.reset()
    limiter.enabled = False


def sign_up(browser, shift, name, *, status=302, **more):
    form = {"name": name, "email": f"{name.lower()}@example.org"} | more
    path = f"/c/{shift.event_slug}/shifts/{shift.id}/sign-up"
    return browser.post(path, form, status=status).text


@pytest.fixture
def shift(make):
    found = make.shift(capacity=10)
    found.event_slug = make.default_campaign.slug
    return found


def rows(shift) -> list[SignUp]:
    db.session.expire_all()
    return list(db.session.scalars(select(SignUp).where(SignUp.shift_id == shift.id).order_by(SignUp.id)))


def run_out(row) -> None:
    """The two hours are over, and the sweep has been."""
    with transaction():
        db.session.get_one(SignUp, row.id).confirm_by = clock.now() - timedelta(seconds=1)
    assert jobs.sweep_unconfirmed() == 1


def test_one_visitor_cannot_fill_a_shift_with_addresses_that_nobody_confirms(limits, make, client, shift):
    make.person(email="known@example.org")
    for name in ("Ann", "Ben", "Known", "Cid", "Dot", "Eva"):
        sign_up(client, shift, name)
    page = sign_up(client, shift, "Fay", status=429)
    assert "from this connection" in page
    assert "fay@example.org" in page, "nothing typed is lost"
    assert len(rows(shift)) == 5
    other = make.shift()
    other.event_slug = shift.event_slug
    sign_up(client, other, "Fay")
    lead = Browser(client.app).sign_in(make.person(role="field_lead"))
    lead.post(f"/organize/shifts/{shift.id}/add", {"person_id": make.person().id})
    assert len(rows(shift)) == 6


def test_friends_count_and_several_shifts_do_too(limits, make, client, shift):
    friends = {
        "friend_name": ["Bo", "Cy", "Di", "Ed", "Flo"],
        "friend_email": [f"{name}@example.org" for name in ("bo", "cy", "di", "ed", "flo")],
    }
    sign_up(client, shift, "Ann", **friends)
    form = {"name": "Gus", "email": "gus@example.org", "shift": [shift.id]}
    page = client.post(f"/c/{shift.event_slug}/sign-up", form, status=422).text
    assert "from this connection" in page
    assert len(rows(shift)) == 6


def test_a_strangers_place_is_kept_for_two_hours_and_the_roster_tells_it_apart(make, client, shift):
    make.sign_up(shift)
    sign_up(client, shift, "Ann")
    assert rows(shift)[1].confirm_by <= clock.now() + timedelta(hours=2)
    page = Browser(client.app).sign_in(make.person(role="organizer")).get(f"/organize/shifts/{shift.id}").text
    assert "1 signed up or confirmed, 1 not confirmed by link yet" in page


def test_a_late_yes_takes_a_place_that_is_left(client, shift, run_jobs):
    sign_up(client, shift, "Ann")
    run_jobs()
    path = links_in(letters("ann@example.org")[0]["text"])[0]
    run_out(rows(shift)[0])
    assert "A place is left" in client.get(path).text
    client.post(f"{path}/confirm")
    assert [row.state for row in rows(shift)] == ["cancelled", "going"]
    assert "we count on you" in client.get(client.get(path, status=302).location).text
    assert db.session.get(Shift, shift.id).going == 1


def test_a_late_yes_waits_where_the_shift_is_full(make, client, shift, run_jobs):
    sign_up(client, shift, "Ann")
    run_jobs()
    path = links_in(letters("ann@example.org")[0]["text"])[0]
    run_out(rows(shift)[0])
    for _ in range(10):
        make.sign_up(shift)
    assert "full now" in client.get(path).text
    client.post(f"{path}/confirm")
    assert rows(shift)[-1].state == "waiting"
    assert "on its waiting list" in client.get(client.get(path, status=302).location).text
