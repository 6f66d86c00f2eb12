"""An organizer draws an area, cuts it, edits the turfs by mouse and by list, cuts again, and hands out."""

from __future__ import annotations

import re

import pytest

from tests.browser.looking import drawn, violations
from volunteer_hub.core.db import db, transaction
from volunteer_hub.districts.models import Door
from volunteer_hub.turf.models import Turf, TurfDoor

pytestmark = pytest.mark.browser
WIDE, HIGH = 12, 10


@pytest.fixture
def town(make):
    """A precinct of 120 houses on a grid, 35 m apart."""
    precinct = make.precinct(make.district(name="Volusia"), code="0103")
    doors = make.doors(WIDE * HIGH, precinct=precinct)
    with transaction():
        for at, door in enumerate(doors):
            row, column = divmod(at, WIDE)
            door.street, door.number = f"{row + 1}th Ave", str(2 * column + 2)
            door.building_key = f"{row}-{column}"
            door.latitude = precinct.latitude + 0.00032 * row
            door.longitude = precinct.longitude + 0.00036 * column
    return precinct


def idle(page, map_id):
    """Wait until the map stands and shows everything."""
    drawn(page, map_id)
    page.wait_for_function(
        "id => { const { map } = document.getElementById(id); return !map.isMoving() && map.loaded(); }",
        arg=map_id,
    )


def at(page, map_id, place):
    """Where a place (longitude, latitude) is in the window."""
    return page.evaluate(
        """([id, place]) => {
            const { map } = document.getElementById(id);
            const box = map.getCanvas().getBoundingClientRect();
            const { x, y } = map.project(place);
            return [box.x + x, box.y + y];
        }""",
        [map_id, list(place)],
    )


def said(page, pattern):
    page.wait_for_function(
        "text => new RegExp(text).test(document.querySelector('[data-say]').textContent)", arg=pattern
    )


def names(page):
    return [text.strip() for text in page.locator("[data-turf-rows] th").all_inner_texts()]


def tick(page, name):
    page.get_by_role("checkbox", name=f"Choose turf {name}").check()


def looked_over(page, wrong, name, size):
    """Axe and width, at the size of the window; and a picture where one is asked for."""
    found = violations(page)
    if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
        found.append("the page is wider than the window")
    if found:
        wrong[f"{name}, {size}"] = found


def open_doors() -> int:
    db.session.rollback()
    return db.session.query(TurfDoor).filter_by(is_open=True).count()


def draw_and_cut(page, town, make):
    page.goto("/turf/new")
    idle(page, "choose-map")
    page.get_by_role("button", name="Zoom out").click()  # so that no corner lies under the buttons
    idle(page, "choose-map")
    page.get_by_role("button", name="Draw an area").click()
    west, south = town.longitude - 0.0002, town.latitude - 0.0002
    east, north = west + 0.00036 * WIDE, south + 0.00032 * HIGH
    for count, place in enumerate([(west, south), (east, south), (east, north), (west, north)], start=1):
        page.mouse.click(*at(page, "choose-map", place))
        page.wait_for_function(
            "n => document.getElementById('choose-map').map.getSource('corners').serialize().data"
            ".features.length === n",
            arg=count,
        )
    page.get_by_role("button", name="Close the area").click()
    page.get_by_text(re.compile("120 doors want a visit")).wait_for()
    page.get_by_label("Minutes for one turf").first.fill("60")
    page.get_by_role("button", name="Cut", exact=True).click()
    page.wait_for_url("**/turf/cuts/*")
    idle(page, "cut-map")


def test_an_organizer_edits_a_cut_from_drawing_to_handing_out(visit, make, town, run_jobs):
    organizer = make.person(role="organizer")
    page, wrong = visit("desk", organizer, bypass_csp=True), {}
    draw_and_cut(page, town, make)
    assert open_doors() == WIDE * HIGH
    before = names(page)
    assert len(before) >= 4
    looked_over(page, wrong, "cut", "desk")

    one = db.session.query(Turf).filter_by(name=before[0], state="open").one()
    other = db.session.query(Turf).filter_by(name=before[1], state="open").one()
    door = db.session.get(Door, make.doors_of(one)[0])
    target = other.geometry.representative_point()
    page.mouse.move(*at(page, "cut-map", (door.longitude, door.latitude)))
    page.mouse.down()
    page.mouse.move(*at(page, "cut-map", (target.x, target.y)), steps=8)
    page.mouse.up()
    said(page, "1 door moved")
    idle(page, "cut-map")

    tick(page, before[0])
    tick(page, before[1])
    page.get_by_role("button", name="Merge").click()
    said(page, "2 turfs became one")
    assert names(page) == [before[0], *before[2:]]
    page.wait_for_function("() => !document.querySelector('[data-undo-form]').hidden")
    page.get_by_role("button", name="Undo: turfs merged").click()
    said(page, "undone")
    assert names(page) == before

    page.get_by_role("link", name=before[2]).click()
    page.get_by_role("heading", name=f"Doors of turf {before[2]} in walking order").wait_for()
    page.locator("[data-door-list] input").first.check()
    page.get_by_label("Move to").select_option(label="A new turf")
    page.get_by_role("button", name="Move the doors").click()
    said(page, "1 door moved")
    assert len(names(page)) == len(before) + 1

    for box in page.get_by_role("checkbox", name=re.compile("Choose turf")).all():
        box.uncheck()
    tick(page, before[3])
    page.get_by_role("button", name="Split").click()
    said(page, "became two")

    for box in page.get_by_role("checkbox", name=re.compile("Choose turf")).all():
        box.uncheck()
    tick(page, before[0])
    page.get_by_role("button", name="Lock", exact=True).click()
    said(page, "1 turf is locked")
    db.session.rollback()
    locked = db.session.query(Turf).filter_by(is_locked=True).one()
    kept = make.doors_of(locked)
    page.get_by_role("button", name="Cut the rest again").click()
    page.wait_for_load_state("load")
    idle(page, "cut-map")
    db.session.rollback()
    assert make.doors_of(locked) == kept
    assert db.session.get(Turf, locked.id, populate_existing=True).state == "open"
    assert open_doors() == WIDE * HIGH

    page.set_viewport_size({"width": 390, "height": 844})
    idle(page, "cut-map")
    looked_over(page, wrong, "cut", "phone")
    assert wrong == {}
    handed = make.lease(locked)
    assert handed.turf_id == locked.id
    page.reload()
    idle(page, "cut-map")
    page.locator("[data-turf-rows]").get_by_text("Out", exact=True).wait_for()


def test_a_border_is_dragged_and_a_stale_page_is_told(visit, make, town):
    organizer = make.person(role="organizer")
    cut = make.cut(town, minutes=60)
    turfs = make.turfs_of(cut)
    one = turfs[0]
    page = visit("desk", organizer)
    page.goto(f"/turf/cuts/{cut.id}?turf={one.id}")
    idle(page, "cut-map")
    page.locator("#cut-map").scroll_into_view_if_needed()
    page.wait_for_function(
        "() => document.getElementById('cut-map').map.getSource('handles').serialize()"
        ".data.features.length > 2"
    )
    handles = page.evaluate(
        "() => document.getElementById('cut-map').map.getSource('handles').serialize().data"
        ".features.map(each => each.geometry.coordinates)"
    )
    other = turfs[1].geometry.centroid
    near = min(handles, key=lambda each: abs(each[0] - other.x) + abs(each[1] - other.y))
    page.mouse.move(*at(page, "cut-map", near))
    page.mouse.down()
    page.mouse.move(*at(page, "cut-map", (other.x, other.y)), steps=8)
    page.mouse.up()
    said(page, "moved")

    stale = visit("desk", organizer)
    stale.goto(f"/turf/cuts/{cut.id}")
    idle(stale, "cut-map")
    tick(page, turfs[-1].name)
    page.get_by_role("button", name="Lock", exact=True).click()
    said(page, "locked")
    tick(stale, turfs[2].name)
    stale.get_by_role("button", name="Split").click()
    stale.get_by_role("alert").get_by_text("Somebody changed this cut meanwhile").wait_for()
    stale.get_by_role("link", name="Reload").click()
    idle(stale, "cut-map")


def test_choosing_works_on_a_phone_and_without_a_map(visit, make, town):
    organizer = make.person(role="organizer")
    page, wrong = visit("phone", organizer, bypass_csp=True), {}
    page.goto("/turf/new")
    idle(page, "choose-map")
    looked_over(page, wrong, "choose", "phone")
    page.set_viewport_size({"width": 1440, "height": 900})
    looked_over(page, wrong, "choose", "desk")
    assert wrong == {}
    page.get_by_role("checkbox", name=re.compile("0103")).check()
    page.get_by_text(re.compile("120 doors want a visit")).wait_for()
    plain = visit("desk", organizer, java_script_enabled=False)
    plain.goto("/turf/new")
    plain.get_by_role("checkbox", name=re.compile("0103")).check()
    plain.get_by_role("button", name="Cut", exact=True).click()
    plain.wait_for_url("**/turf/cuts/*")
    plain.locator("[data-turf-rows] a").first.click()
    plain.locator("[data-door-list] input").first.check()
    plain.get_by_label("Move to").select_option(label="A new turf")
    plain.get_by_role("button", name="Move the doors").click()
    plain.get_by_text("1 door moved").wait_for()
