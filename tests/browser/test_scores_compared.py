"""An organizer compares two snapshots on two maps, and looks at a district's value curve."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.looking import SIZES, Walk, drawn, started
from volunteer_hub.core import clock
from volunteer_hub.core.db import transaction
from volunteer_hub.priority import queries, services
from volunteer_hub.priority.jobs import rescore

pytestmark = pytest.mark.browser
NAMES = ("North", "South", "West")
VIEW = """id => { const { map } = document.getElementById(id);
    return [map.getZoom(), map.getCenter().lng, map.getCenter().lat].map(each => each.toFixed(4)).join() }"""


@pytest.fixture
def address(make, run_jobs):
    """Of a comparison: doors were knocked in North between its two snapshots."""
    counties = [make.district(name=name) for name in NAMES]
    for number, county in enumerate(counties):
        make.precinct(county)
        make.doors(40, district=county)
        make.result(county, ours=5000 + 100 * number, theirs=5100, registered=15000)
    campaign_id = make.default_campaign.id
    with transaction():
        contest_id = services.create_contest(
            campaign_id, name="Governor", district_kind="county", ours="Ours",
            weights={"plurality": 1.0}, now=clock.now(),
        ).id  # fmt: skip
    run_jobs()
    done = services.Increment(counties[0].id, None, attempts=40, contacts=30, doors_tried=30, doors_done=25)
    with transaction():
        services.add_progress(campaign_id, [done], now=clock.now())
    rescore(campaign_id)
    newest, oldest = queries.snapshots(contest_id)
    return f"/priorities/compare?before={oldest.id}&now={newest.id}"


@pytest.fixture
def organizer(make):
    return make.person(role="organizer")


def all_drawn(page):
    started(page)
    for figure in page.locator(".map").all():
        drawn(page, figure.get_attribute("id"))


@pytest.mark.parametrize("size", SIZES)
def test_everybody_can_read_both_pages(visit, organizer, address, size):
    walk = Walk(visit(size, organizer, bypass_csp=True))
    walk.go(address, "scores compared", "Scores compared")
    all_drawn(walk.page)
    walk.look("scores compared, drawn", "Scores compared")
    walk.press("North", role="link")
    walk.look("a district since then", "North")
    all_drawn(walk.page)
    walk.press("Both on two maps", role="link")
    walk.look("back, one district found", "Scores compared")
    walk.go("/priorities/compare?q=nowhere", "nothing found", "Scores compared")
    assert walk.verdict() == {}


def test_what_is_done_to_one_map_is_done_to_the_other(visit, organizer, address):
    page = visit("desk", organizer)
    page.goto(address)
    all_drawn(page)
    first = page.evaluate(VIEW, "before-map")
    assert page.evaluate(VIEW, "now-map") == first
    for map_id, other, key in (("before-map", "now-map", "Equal"), ("now-map", "before-map", "ArrowLeft")):
        all_drawn(page)
        was = page.evaluate(VIEW, other)
        page.locator(f"#{map_id} canvas").press(key)
        page.wait_for_function(f"([id, was]) => ({VIEW})(id) !== was", arg=[other, was])
        page.wait_for_function(f"([a, b]) => ({VIEW})(a) === ({VIEW})(b)", arg=[map_id, other])


def test_a_row_is_marked_on_both_maps(visit, organizer, address):
    page = visit("desk", organizer)
    page.goto(address)
    all_drawn(page)
    row = page.locator("tr[data-row-key]", has_text="South")
    row.locator("td").last.click()
    key = int(row.get_attribute("data-row-key"))
    for map_id in ("before-map", "now-map"):
        page.wait_for_function(
            "([id, key]) => document.getElementById(id).map"
            ".getFeatureState({ source: 'areas', id: key }).picked === true",
            arg=[map_id, key],
        )
    assert "is-picked" in row.get_attribute("class")


def test_without_scripts_scores_are_chosen_and_found_by_buttons(visit, organizer, address):
    page = visit("phone", organizer, java_script_enabled=False)
    page.goto(address)
    page.get_by_label("Find a district").fill("sou")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("tbody th a")).to_have_text(["South"])
    now = page.get_by_label("After", exact=True).input_value()
    page.get_by_label("Before", exact=True).select_option(now)
    page.get_by_role("button", name="Compare", exact=True).click()
    page.get_by_text("The same scores twice").wait_for()
