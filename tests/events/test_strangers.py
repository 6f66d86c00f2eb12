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


def told(email: str) -> list[str]:
    return [each["kind"] for each in letters(email)]


def run_out(row) -> None:
    """The two hours are over, and the sweep has been."""
    with transaction():
        db.session.get_one(SignUp, row.id).confirm_by = clock.now() - timedelta(seconds=1)
    assert jobs.sweep_unconfirmed() == 1


def answer(browser, shift, name, *, address="127.0.0.1", **more) -> str:
    """The page that a stranger who comes from this address of the net reads in the end."""
    form = {"name": name, "email": f"{name.lower()}@example.org"} | more
    path = f"/c/{shift.event_slug}/shifts/{shift.id}/sign-up"
    found = browser.post(path, form, environ_base={"REMOTE_ADDR": address})
    return browser.get(found.location).text


NO_PLACE_YET = "it is yours once you open the link, while places are left"


def test_over_six_from_one_connection_nobody_is_refused_and_the_mailed_link_takes_the_place(
    limits, make, client, shift
):
    make.person(email="known@example.org")
    for name in ("Ann", "Ben", "Known", "Cid", "Dot", "Eva"):
        assert NO_PLACE_YET not in answer(client, shift, name)
    assert NO_PLACE_YET in answer(client, shift, "Fay", age="18")
    assert len(rows(shift)) == 5, "made-up addresses fill no shift"
    (letter,) = letters("fay@example.org")
    assert letter["kind"] == "shift_join"
    phone = Browser(client.app)
    path = links_in(letter["text"])[0]
    assert "Sign me up" in phone.get(path).text
    phone.post(path)
    fay = rows(shift)[-1]
    assert (fay.state, fay.confirm_by, fay.confirmed_at is None) == ("going", None, False)
    page = phone.get(f"/c/{shift.event_slug}/shifts/{shift.id}").text
    assert "Bring friends" in page, "they are signed in, and can name their friends"
    assert "Ask them along" in page


def test_over_the_limit_known_and_new_addresses_are_answered_alike(limits, make, client, shift):
    make.person(email="known@example.org")
    for name in ("Ann", "Ben", "Cid", "Dot", "Eva", "Flo"):
        answer(client, shift, name)
    known, new = answer(client, shift, "Known"), answer(client, shift, "Gus")
    assert NO_PLACE_YET in known
    assert known == new
    assert [each["kind"] for each in letters("known@example.org")] == ["shift_join"]
    assert [each["kind"] for each in letters("gus@example.org")] == ["shift_join"]


def test_a_shift_is_counted_alone_and_a_lead_adds_people_all_day(limits, make, client, shift):
    for name in ("Ann", "Ben", "Cid", "Dot", "Eva", "Flo"):
        answer(client, shift, name)
    other = make.shift()
    other.event_slug = shift.event_slug
    assert NO_PLACE_YET not in answer(client, other, "Fay")
    lead = Browser(client.app).sign_in(make.person(role="field_lead"))
    lead.post(f"/organize/shifts/{shift.id}/add", {"person_id": make.person().id})
    assert len(rows(shift)) == 7


def test_a_lead_of_another_campaign_is_a_visitor_like_any_other(limits, make, client, shift):
    away = Browser(client.app).sign_in(make.person(campaign=make.campaign(), role="field_lead"))
    for name in ("Ann", "Ben", "Cid", "Dot", "Eva", "Flo"):
        answer(away, shift, name)
    assert NO_PLACE_YET in answer(away, shift, "Gus")
    assert len(rows(shift)) == 6


def test_of_ipv6_the_line_is_counted_and_not_each_of_its_addresses(limits, client, shift):
    for number, name in enumerate(("Ann", "Ben", "Cid", "Dot", "Eva", "Flo")):
        answer(client, shift, name, address=f"2001:db8:0:7::{number + 1}")
    assert NO_PLACE_YET in answer(client, shift, "Gus", address="2001:db8:0:7:a:b:c:d")
    assert NO_PLACE_YET not in answer(client, shift, "Hal", address="2001:db8:0:8::1")


def test_friends_over_the_limit_have_no_places_and_the_page_says_so(limits, client, shift):
    friends = {
        "friend_name": ["Bo", "Cy", "Di", "Ed", "Flo"],
        "friend_email": [f"{name}@example.org" for name in ("bo", "cy", "di", "ed", "flo")],
    }
    assert "Your friends have no places yet" not in answer(client, shift, "Ann", **friends)
    page = answer(client, shift, "Gus", friend_name="Io", friend_email="io@example.org")
    assert "Your friends have no places yet. Open your link first" in page
    assert len(rows(shift)) == 6
    assert letters("io@example.org") == []


def test_of_several_shifts_only_those_over_the_limit_are_not_held(limits, make, client, shift, run_jobs):
    make.person(email="known@example.org")
    for name in ("Ann", "Ben", "Cid", "Dot", "Eva", "Flo"):
        answer(client, shift, name)
    later = make.shift(starts_at=shift.starts_at + timedelta(days=1))
    pages = []
    for name in ("Gus", "Known"):
        form = {"name": name, "email": f"{name.lower()}@example.org", "shift": [shift.id, later.id]}
        found = client.post(f"/c/{shift.event_slug}/sign-up", form)
        pages.append(client.get(found.location).text)
    run_jobs()
    assert pages[0].count("no place is kept until you confirm") == 1
    assert pages[0] == pages[1]
    assert (len(rows(shift)), len(rows(later))) == (6, 1)
    assert told("gus@example.org") == told("known@example.org") == ["shift_join"]
    again = {"name": "Gus", "email": "gus@example.org"}
    with clock.standing_at(clock.now() + timedelta(hours=1)):
        client.post(f"/c/{shift.event_slug}/shifts/{later.id}/sign-up", again)
    assert told("gus@example.org") == ["shift_join", "shift_confirmation"], "asked for again"
    client.post(links_in(letters("gus@example.org")[0]["text"])[0])
    found = [rows(shift)[-1], rows(later)[0]]
    assert [(row.state, row.confirm_by) for row in found] == [("going", None)] * 2
    run_jobs()
    assert len(told("gus@example.org")) == 3, "one mail for both"
    assert [each["text"].count("You are going") for each in letters("gus@example.org")].count(2) == 1


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
