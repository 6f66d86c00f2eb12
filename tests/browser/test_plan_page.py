"""A plan's page on a laptop and on a phone: its table is there to be read, not to be scrolled past."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.browser.looking import SIZES, started
from tests.matching.plans import MIAMI
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.matching import services
from volunteer_hub.matching.models import Run

pytestmark = pytest.mark.browser
PEOPLE = 25
WINDOWS = {"laptop": {"width": 1280, "height": 800}, "phone": SIZES["phone"]}
TALLEST_ROW = {"laptop": 100, "phone": 250}


@pytest.fixture
def plan(make, run_jobs):
    """The id of a plan of 25 people and three shifts; for nearly everybody another one would be next best."""
    for number, (latitude, longitude) in enumerate([(25.77, -80.19), (25.79, -80.21), (25.82, -80.2)]):
        name = f"Pasco county field office {number}"
        make.shift(location=make.location(name=name, latitude=latitude, longitude=longitude), capacity=9)
    for number in range(PEOPLE):
        make.person(
            **MIAMI, name=f"Maximiliana Fernandez-Washington {number}", show_chance=0.5 + number / 100
        )
    area, now = make.root_of(make.default_campaign), clock.now()
    with transaction():
        run = services.want_run(
            area.campaign_id, area.id, from_at=now, until_at=now + timedelta(days=7), by=None, now=now
        )
        run_id = run.id
    run_jobs()
    db.session.expire_all()
    assert db.session.get(Run, run_id).state == "done"
    return run_id


@pytest.mark.parametrize("size", ["laptop", "phone"])
def test_the_proposals_of_a_plan_are_no_tower(visit, make, plan, size):
    page = visit("desk", make.person(role="organizer"))
    page.set_viewport_size(WINDOWS[size])
    page.goto(f"/matching/runs/{plan}")
    page.evaluate("document.fonts.ready")  # the narrower fallback font wraps elsewhere
    height = page.locator(".table tbody").bounding_box()["height"]
    print(size, height)
    assert height / PEOPLE < TALLEST_ROW[size]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_offering_all_asks_in_a_dialog_before_anything_is_sent(visit, make, plan):
    page = visit("desk", make.person(role="organizer"))
    page.goto(f"/matching/runs/{plan}")
    started(page)
    page.get_by_text("Offer all 25 proposed").click()
    dialog = page.get_by_role("dialog", name="Offer 25 places? 25 people get an email, nobody a text.")
    dialog.get_by_role("button", name="Not now").click()
    assert page.locator("[data-figure=offered]").first.inner_text() == "0"
    page.get_by_text("Offer all 25 proposed").click()
    dialog.get_by_role("button", name="Yes, offer them").click()
    page.get_by_text("25 places were offered").wait_for()
