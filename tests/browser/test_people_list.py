"""An organizer finds, keeps, tags, compares and merges people, in a window as wide as a desk or a phone."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from tests.browser.looking import SIZES, Walk
from volunteer_hub.core import clock
from volunteer_hub.people import jobs

pytestmark = pytest.mark.browser
PICTURES = os.environ.get("PICTURES")
NEAR = {"latitude": 33.98, "longitude": -117.37, "home_text": "Riverside, CA 92501"}


@pytest.fixture
def organizer(make):
    area = make.area(name="Inland Empire")
    now = clock.now()
    found = make.person(role="organizer", area=area, name="Olga Petrova", seen_at=now)
    make.person(
        area=area, name="María González", email="maria.gonzalez@example.org", phone="+19515550142",
        skills=["drive", "canvass"], languages=["en", "es"], tags=["captain", "has van"], came=4, missed=1,
        seen_at=now - timedelta(days=40), text_agreed_at=now, **NEAR,
    )  # fmt: skip
    make.person(
        area=area, name="Maria Gonzales", email="mariagonzalez@example.org", phone="+19515550142", **NEAR
    )
    for name in ("José Jiménez", "Lars Johnson", "Thị Minh Khai Nguyễn", "Bo Chen"):
        make.person(area=area, name=name, **NEAR)
    jobs.look_for_pairs_of(found.campaign_id)
    return found


class Plain(Walk):
    """Without scripts there is no axe: that the page stands is all one can ask."""

    def look(self, name: str, heading: str = "") -> None:
        self.page.locator("h1", has_text=heading).first.wait_for()
        self.seen.append(name)


def picture(page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_people_are_found_kept_tagged_and_merged(visit, organizer, size, scripts):
    page = visit(size, organizer, java_script_enabled=scripts)
    walk = Walk(page) if scripts else Plain(page)
    look = walk.look
    page.goto("/people")
    look("list", "Volunteers")
    picture(page, f"list-{size}")
    page.get_by_role("searchbox").fill("Gonsales Maria")
    page.get_by_role("button", name="Show").first.click()
    page.get_by_text("María González", exact=True).first.wait_for()
    look("found by ear", "Volunteers")
    picture(page, f"heard-{size}")
    page.goto("/people?near=92501&miles=10&language=es&skill=drive&came=2&seen=-30")
    assert page.locator("tbody tr").count() == 1
    page.get_by_text("Filters", exact=True).click()
    look("filters", "Volunteers")
    picture(page, f"filters-{size}")
    page.get_by_text("Keep this as a segment").click()
    page.get_by_label("Name of the segment").fill("Drivers with Spanish")
    page.get_by_role("button", name="Keep it").click()
    look("segment", "Drivers with Spanish")
    picture(page, f"segment-{size}")
    page.goto("/people/segments")
    look("segments", "Saved segments")
    page.get_by_role("link", name="Drivers with Spanish").click()
    page.get_by_role("link", name="Show them").click()
    page.get_by_text("Tag everybody found").click()
    page.get_by_label("Tag", exact=True).last.fill("bilingual")
    page.get_by_role("button", name="Put it on").click()
    page.get_by_text("Put on 1 person.").wait_for()
    page.goto("/people/duplicates")
    look("pairs", "Same person twice?")
    picture(page, f"pairs-{size}")
    page.get_by_role("link", name="Compare and merge").first.click()
    look("side by side", "One person or two?")
    picture(page, f"side-{size}")
    page.locator("label[for=name-gone]").click()
    page.get_by_role("button", name="Make them one person").click()
    page.get_by_text("They are one person now").wait_for()
    look("person", "Maria Gonzales")
    picture(page, f"person-{size}")
    assert page.locator("#tags").get_by_text("#bilingual").count() == 1
    assert walk.verdict() == {}
