"""Signing up, friends, changing one's mind: at phone and desk, in both languages, without scripts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.browser.looking import SIZES, Walk
from tests.people.letters import letters, links_in
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events import links
from volunteer_hub.events.models import SignUp

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("size", "language"), [("phone", "en"), ("desk", "es"), ("phone", "es")])
def test_every_page_of_a_change_of_mind_can_be_used_by_everybody(visit, make, size, language):
    friends = {"en": "Bring friends", "es": "Traer amistades"}[language]
    event = make.event(name="Canvass in Oakwood", min_age=18, papers=["poll_watcher"])
    me = make.person(language=language, skills=["drive"])
    shift = make.shift(event=event)
    later = make.shift(event=event, starts_at=shift.starts_at + timedelta(days=1))
    clash = make.shift(starts_at=shift.starts_at)
    path = f"/c/{make.default_campaign.slug}/shifts"
    walk = Walk(visit(size, me, bypass_csp=True))
    walk.go(f"{path}/{shift.id}", "a shift that asks before", event.name)
    walk.page.locator("label[for=age-18]").click()
    walk.page.locator("label[for=paper-poll_watcher]").click()
    walk.page.locator("#sign-up summary", has_text=friends).click()
    walk.page.locator("#friend-name-0").fill("Bo")
    walk.page.locator("#friend-email-0").fill("bo@example.org")
    walk.look("the friends")
    walk.page.locator("#sign-up button.button--primary").first.click()
    walk.page.locator(".flashes .notice--ok").first.wait_for()
    walk.look("going, with a friend")
    mine = db.session.scalars(db.select(SignUp).where(SignUp.person_id == me.id)).one()
    friend = db.session.scalars(db.select(SignUp).where(SignUp.brought_by == me.id)).one()
    walk.go(f"{path}/{clash.id}", "an overlap")
    walk.go(f"/my/shifts/{mine.id}/change", "another time")
    walk.go(f"/my/shifts/{mine.id}/pass", "pass it on")
    walk.go(f"/c/{make.default_campaign.slug}/sign-up?event={event.id}", "several at once")
    walk.go("/my/shifts", "my page")
    walk.go("/profile/availability", "my times")
    walk.go(links.sign_up_path(friend.id), "what the friend sees")
    walk.go(links.pass_path(mine.id, 0, clock.now() + timedelta(hours=1)), "a place passed on")
    walk.page.context.clear_cookies()
    walk.go(links.pass_path(mine.id, 0, clock.now() + timedelta(hours=1)), "the same for a stranger")
    walk.go(f"{path}/{later.id}", "a stranger's form", event.name)
    walk.go(f"/c/{make.default_campaign.slug}/sign-up?event={event.id}", "several for a stranger")
    assert walk.verdict() == {}


@pytest.mark.parametrize("size", SIZES)
def test_without_scripts_a_stranger_signs_up_confirms_is_signed_in_and_swaps(visit, make, run_jobs, size):
    shift = make.shift(event=make.event(name="Canvass in Oakwood"))
    other = make.shift(event=shift.event, starts_at=shift.starts_at + timedelta(days=1))
    page = visit(size, java_script_enabled=False)
    page.goto(f"/c/{make.default_campaign.slug}/shifts/{shift.id}")
    page.get_by_label("Your name").fill("Rosa Lake")
    page.get_by_label("Email", exact=True).fill("rosa@example.org")
    page.get_by_role("button", name="Sign me up").click()
    page.get_by_role("heading", name="One more tap").wait_for()
    run_jobs()
    page.goto(next(each for each in links_in(letters("rosa@example.org")[0]["text"]) if "/s/" in each))
    page.get_by_role("button", name="Yes, I will come").click()
    page.get_by_text("You are signed in on this device").wait_for()
    page.goto("/my/shifts")
    page.get_by_role("link", name="Another time").click()
    page.get_by_role("button", name="Take this").first.click()
    page.get_by_text("Changed: you have the new time").wait_for()
    page.get_by_role("button", name="I cannot come").click()
    page.get_by_role("button", name="Undo: I can come after all").click()
    page.get_by_text("You are going again").wait_for()
    with transaction():
        rows = db.session.scalars(db.select(SignUp).order_by(SignUp.id))
        states = {row.shift_id: row.state for row in rows}
    assert states == {shift.id: "cancelled", other.id: "going"}
