"""From the forecast to the thanks: over-booking, calls, the poster and checking oneself in, in Chromium."""

from __future__ import annotations

import os
import random
from datetime import timedelta
from pathlib import Path

import pytest

from tests.browser.looking import SIZES, Walk
from tests.events.test_showing import past_shift
from volunteer_hub.core import clock
from volunteer_hub.core.db import db
from volunteer_hub.events.jobs import sweep_learning, sweep_showing
from volunteer_hub.events.models import Shift, SignUp
from volunteer_hub.events.place_codes import place_code

pytestmark = pytest.mark.browser
PICTURES = os.environ.get("SHOWING_PICTURES")


class Looked(Walk):
    """A walk that keeps a picture of each page where one is asked for."""

    size = ""

    def look(self, name: str, heading: str = "") -> None:
        super().look(name, heading)
        if PICTURES:
            path = Path(PICTURES) / f"{name.replace(' ', '-')}-{self.size}.png"
            self.page.screenshot(path=str(path), full_page=True)


def a_campaign_that_has_learned(make) -> None:
    rng = random.Random(4)
    people = [make.person() for _ in range(20)]
    for days_ago in range(3, 39, 3):
        past_shift(make, people, lambda _who, yes: rng.random() < (0.9 if yes else 0.33), days_ago=days_ago)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en", "es"])
def test_an_organizer_sees_who_will_come_over_books_and_rings(visit, make, size, language):
    a_campaign_that_has_learned(make)
    shift = make.shift(event=make.event(name="Canvass in Oakwood"), capacity=8)
    for name, phone in (("Ana Pineda", "+13055550123"), ("Ben Ott", "+13055550124"), ("Cleo Ray", None)):
        make.sign_up(shift, make.person(name=name, phone=phone))
    make.sign_up(make.shift(event=make.event(name="Phone bank")), make.person())
    sweep_learning()
    sweep_showing()
    organizer = make.person(role="organizer", language=language)
    walk = Looked(visit(size, organizer, bypass_csp=True, locale=language))
    walk.size = f"{size}-{language}"
    walk.go("/organize/who-comes", "who comes")
    walk.page.get_by_role("link", name="Canvass in Oakwood").click()
    walk.look("roster", "Canvass in Oakwood")
    walk.go(f"/organize/shifts/{shift.id}/edit", "shift form")
    walk.page.locator("#short_risk").select_option("0.1")
    walk.page.locator("#room").fill("40")
    walk.page.locator("main form button[type=submit], main form .button--primary").first.click()
    walk.look("event", "Canvass in Oakwood")
    walk.go(f"/organize/shifts/{shift.id}/edit", "shift form over-booked")
    walk.go(f"/organize/shifts/{shift.id}/calls", "calls")
    walk.page.locator("button[value=will_come]").first.click()
    walk.look("calls after one")
    walk.go(f"/organize/shifts/{shift.id}/poster", "poster")
    assert walk.verdict() == {}
    db.session.rollback()
    found = db.session.get(Shift, shift.id)
    assert found.capacity > found.needed == 8
    assert [
        row.confirmed_at is not None for row in db.session.query(SignUp).filter_by(shift_id=shift.id)
    ].count(True) == 1


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_volunteer_at_the_place_checks_in(visit, make, size, scripts):
    shift = make.shift(
        event=make.event(name="Canvass in Oakwood"), starts_at=clock.now() + timedelta(minutes=30)
    )
    row = make.sign_up(shift, make.person(email="rosa@example.org"))
    page = visit(size, bypass_csp=True, java_script_enabled=scripts)
    page.goto(f"/here/{shift.id}?code={place_code(shift.id)}")
    if scripts:
        walk = Looked(page)
        walk.size = size
        walk.look("here", "I am here")
    page.locator("#email").fill("rosa@example.org")
    page.get_by_role("button", name="Check me in").click()
    page.get_by_text("Thank you for coming!").wait_for()
    if scripts:
        walk.look("here done", "I am here")
        assert walk.verdict() == {}
    db.session.rollback()
    assert db.session.get(SignUp, row.id).attendance == "attended"
