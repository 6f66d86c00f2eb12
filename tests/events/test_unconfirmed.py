"""Addresses that nobody has shown to be theirs get one first message, and nothing after it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.browsing import Browser
from tests.events.test_telling_changes import LATER, cancel, edit, later_by
from tests.people.letters import letters, links_in
from volunteer_hub.core import clock
from volunteer_hub.core.db import db
from volunteer_hub.events import jobs


@pytest.fixture
def page(make):
    make.shift_shown = make.shift()
    return f"/c/{make.default_campaign.slug}/shifts/{make.shift_shown.id}"


def kinds(address: str) -> list[str]:
    return [each["kind"] for each in letters(address)]


def told_later(run_jobs) -> None:
    """What is due once the time for corrections is over leaves."""
    run_jobs()
    with clock.standing_at(clock.now() + LATER):
        jobs.sweep_notices()
        jobs.sweep_notices()
    db.session.expire_all()


def moved_then_cancelled(make, run_jobs) -> None:
    edit(make.shift_shown, **later_by(make.shift_shown, days=1))
    told_later(run_jobs)
    cancel(make.shift_shown)
    told_later(run_jobs)


def test_a_guest_who_never_confirmed_hears_of_no_change_and_no_end(client, page, make, run_jobs):
    sure = make.person()
    make.sign_up(make.shift_shown, sure)
    client.post(f"{page}/sign-up", {"name": "Gil", "email": "gil@example.org", "email_agreed": "y"})
    run_jobs()
    moved_then_cancelled(make, run_jobs)
    assert kinds("gil@example.org") == ["shift_confirmation"]
    assert kinds(sure.email) == ["shift_confirmation", "shift_change", "shift_cancellation"]


def test_whom_a_lead_put_on_the_list_is_told_everything(page, make, run_jobs):
    spoken_to = make.person(awaits_confirmation=True)
    make.sign_up(make.shift_shown, spoken_to, source="staff", by=make.person(role="field_lead").id)
    run_jobs()
    moved_then_cancelled(make, run_jobs)
    assert kinds(spoken_to.email)[-2:] == ["shift_change", "shift_cancellation"]


def test_a_friend_who_did_not_answer_is_not_written_to_again(client, page, make, run_jobs):
    known = make.person(email="cy@example.org")
    client.sign_in(make.person())
    friends = {"friend_name": ["Bo", "Cy"], "friend_email": ["bo@example.org", "cy@example.org"]}
    client.post(f"{page}/sign-up", friends)
    run_jobs()
    assert "we do not write again" in letters("bo@example.org")[0]["text"]
    moved_then_cancelled(make, run_jobs)
    assert kinds("bo@example.org") == ["shift_invited"]
    assert kinds(known.email) == ["shift_invited"], "nor is somebody known who left it unanswered"


def test_a_second_friend_asks_an_unconfirmed_address_no_second_time(client, page, make, run_jobs):
    for number in range(2):
        shift = make.shift(starts_at=make.shift_shown.starts_at + timedelta(days=2 + number))
        friend = {"friend_name": ["Bo"], "friend_email": ["bo@example.org"]}
        there = f"/c/{make.default_campaign.slug}/shifts/{shift.id}"
        Browser(client.app).sign_in(make.person()).post(f"{there}/sign-up", friend)
        run_jobs()
    assert kinds("bo@example.org") == ["shift_invited"]


def test_what_changed_before_a_guest_confirmed_is_told_with_their_yes(client, page, make, run_jobs):
    client.post(f"{page}/sign-up", {"name": "Gil", "email": "gil@example.org"})
    run_jobs()
    path = next(each for each in links_in(letters("gil@example.org")[0]["text"]) if each.startswith("/s/"))
    edit(make.shift_shown, **later_by(make.shift_shown, days=1))
    told_later(run_jobs)
    assert kinds("gil@example.org") == ["shift_confirmation"]
    client.post(f"{path}/confirm")
    told_later(run_jobs)
    assert kinds("gil@example.org") == ["shift_confirmation", "shift_change"]
    assert "Before: " in letters("gil@example.org")[1]["text"]
