"""A stranger takes a place, becomes a volunteer, answers an offer and leaves: the whole path in Chromium."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.browser.looking import SIZES, Walk
from tests.people.letters import letters, links_in
from volunteer_hub.assignments import services as assignments
from volunteer_hub.assignments.links import offer_path
from volunteer_hub.assignments.models import Assignment
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events.models import SignUp
from volunteer_hub.people.models import Person

pytestmark = pytest.mark.browser
EMAIL = "rosa.lake@example.org"


def link_in_mail(part: str) -> str:
    """The newest link sent to the volunteer whose path begins with `part`."""
    db.session.rollback()
    found = [link for each in letters(EMAIL) for link in links_in(each["text"]) if link.startswith(part)]
    assert found, f"no mail with a link to {part}: {[each['subject'] for each in letters(EMAIL)]}"
    return found[-1]


def volunteer() -> Person:
    db.session.rollback()
    return db.session.scalars(db.select(Person).where(Person.email == EMAIL)).one()


def offered(shift) -> Assignment:
    """A proposal for the volunteer that an organizer has approved."""
    person = volunteer()
    now = clock.now()
    with transaction():
        plan = [assignments.Proposal(person.id, shift.id, 1.5, reason="An hour is worth 1.9 votes.")]
        assignments.propose(shift.campaign_id, None, plan, now=now)
    row = db.session.scalars(db.select(Assignment).where(Assignment.person_id == person.id)).one()
    with transaction():
        assignments.approve(shift.campaign_id, [row.id], by=None, now=now)
    return row


def sign_up_as_a_stranger(walk: Walk, make, shift, event_name: str) -> None:
    walk.go(f"/c/{make.default_campaign.slug}/shifts", "shift list", "Upcoming shifts")
    walk.page.get_by_role("link", name=event_name).first.click()
    walk.look("event", event_name)
    walk.page.locator(f"a[href$='/shifts/{shift.id}']").first.click()
    walk.look("shift", event_name)
    walk.page.get_by_label("Your name").fill("Rosa Lake")
    walk.page.get_by_label("Email", exact=False).first.fill(EMAIL)
    walk.press("Sign me up")
    walk.look("look into the mailbox", "One more tap")


def confirm(walk: Walk, event_name: str) -> None:
    walk.go(link_in_mail("/s/"), "the sign-up by its link", event_name)
    walk.press("Yes, I will come")
    walk.page.get_by_text("You are going, and have confirmed it").wait_for()
    walk.look("confirmed", event_name)


def sign_in(walk: Walk) -> None:
    walk.go("/sign-in?again=1", "sign in", "Sign in")  # confirming has signed them in; as on another day
    walk.page.get_by_label("Email").fill(EMAIL)
    walk.press("Send me a link")
    walk.page.wait_for_url("**/sign-in/sent")
    walk.look("link sent", "Look into your mailbox")
    walk.go(link_in_mail("/sign-in/link/"), "sign-in link", "Welcome back")
    walk.press("Sign in")
    walk.page.wait_for_url(lambda url: "/sign-in" not in url)
    walk.look("start page")


def sign_out(walk: Walk) -> None:
    walk.go("/my/shifts", "my shifts after the answer", "My shifts")
    walk.page.locator(".account summary").locator("visible=true").first.click()
    walk.page.get_by_role("button", name="Sign out").locator("visible=true").first.click()
    walk.page.locator("a[href*='/sign-in']").first.wait_for()
    walk.look("signed out")


@pytest.mark.parametrize("size", SIZES)
def test_a_strangers_way_from_the_shift_list_to_an_answered_offer(visit, make, run_jobs, size):
    event = make.event(name="Canvass in Oakwood")
    shift = make.shift(event=event)
    other = make.shift(
        event=make.event(name="Phone bank at the hall", kind="phone_bank"),
        starts_at=shift.starts_at + timedelta(days=1),
    )
    walk = Walk(visit(size, bypass_csp=True))
    sign_up_as_a_stranger(walk, make, shift, event.name)
    run_jobs()
    confirm(walk, event.name)
    sign_in(walk)
    walk.go("/my/shifts", "my shifts", "My shifts")
    assert walk.page.get_by_role("link", name=event.name).count() == 1
    walk.go("/profile", "profile")
    walk.go("/shifts", "shift list, signed in")

    offer = offered(other)
    walk.go("/my/offers", "my offers", "Offers for me")
    walk.go(offer_path(offer.id, offer.nonce), "offer", "Phone bank at the hall")
    walk.press("I will come")
    walk.page.get_by_text("Your place is safe").wait_for()
    walk.look("offer accepted")
    walk.press("I cannot come after all")
    walk.page.get_by_role("button", name="I can come after all").wait_for()
    walk.look("offer cancelled")
    sign_out(walk)
    assert walk.page.goto("/my/shifts").url.find("/sign-in") > 0, "signed out, but still let in"

    assert walk.verdict() == {}
    db.session.rollback()
    states = {row.shift_id: row.state for row in db.session.scalars(db.select(SignUp))}
    assert states == {shift.id: "going", other.id: "cancelled"}
