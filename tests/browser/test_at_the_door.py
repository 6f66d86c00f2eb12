"""A canvasser's shift on the phone: by touch, by keyboard, with a partner, and part of the way offline."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.doors import open_list, sent, stored, tap, town
from tests.browser.looking import SIZES, started, violations
from volunteer_hub.canvass import services
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.districts.models import Door
from volunteer_hub.turf import services as turf_services

pytestmark = pytest.mark.browser


@pytest.fixture
def streets(visit, make):
    """A phone on a list of two streets with a building of twelve: (page, ids of the doors, token)."""
    turf = town(make)
    token = make.lease(turf).token
    page = visit("phone")
    open_list(page, token)
    return page, make.doors_of(turf), token


def at_door(page, number: int) -> None:
    expect(page.locator("[data-walk-position]")).to_have_value(str(number))


def press(page, key: str) -> None:
    page.locator("[data-walk]:not([data-resting])").wait_for()
    page.keyboard.press(key)


def apply_all() -> None:
    with transaction():
        services.apply_pending(now=clock.now())


def test_five_doors_some_without_a_network_arrive_once(visit, make):
    turf = make.turf(6)
    page = visit("phone")
    open_list(page, make.lease(turf).token)
    tap(page, "Nobody home")
    sent(page)
    page.context.set_offline(True)
    tap(page, "Nobody home")
    page.get_by_text("Somebody talks with me").click()
    tap(page, "2 Leaning to us")
    page.get_by_text("Something else").click()
    tap(page, "Does not want to talk")
    expect(page.locator("[data-saved-words]")).to_contain_text("4 saved on this phone, 1 received")
    assert len(stored()) == 1
    page.context.set_offline(False)
    tap(page, "Nobody home, left a flyer")
    sent(page)
    reports = stored()
    results = ["not_home", "not_home", "canvassed", "refused", "left_literature"]
    assert [each.result for each in reports] == results
    assert reports[2].support == 2
    assert [each.door_id for each in reports] == make.doors_of(turf)[:5]
    apply_all()
    with transaction():
        assert services.recount(turf.campaign_id, now=clock.now()).is_clean


def test_two_taps_on_one_result_report_the_door_once(visit, make):
    page = visit("phone")
    open_list(page, make.lease(make.turf(3)).token)
    page.get_by_role("button", name="Nobody home", exact=True).evaluate(
        "tap => { tap.click(); tap.click(); }"
    )
    at_door(page, 2)
    sent(page)
    assert [report.result for report in stored()] == ["not_home"]


def test_a_reload_and_a_closed_lease_lose_nothing_that_waits(visit, make):
    turf = make.turf(4)
    lease = make.lease(turf)
    page = visit("phone")
    open_list(page, lease.token)
    page.route("**/canvass/log", lambda route: route.abort())
    tap(page, "Nobody home")
    page.locator("[data-saved-state][data-state=waiting]").wait_for()
    page.reload()
    page.locator("[data-saved-state][data-state=waiting]").wait_for()
    at_door(page, 2)
    with transaction():
        turf_services.end_lease(turf.campaign_id, lease.lease_id, now=clock.now())
    page.unroute("**/canvass/log")
    page.goto(f"/walk/{lease.token}")
    sent(page)
    assert [each.result for each in stored()] == ["not_home"]


def test_undo_brings_the_door_back(visit, make):
    page = visit("phone")
    open_list(page, make.lease(make.turf(3)).token)
    tap(page, "Nobody home")
    page.get_by_role("button", name="Undo").click()
    at_door(page, 1)
    sent(page)
    page.wait_for_function("document.querySelector('[data-progress=bar]').value === 0")
    apply_all()
    assert sorted(each.undone_at is not None for each in stored()) == [False, True]


def test_without_scripts_every_main_thing_is_a_form(visit, make):
    turf = town(make)
    page = visit("phone", java_script_enabled=False)
    page.goto(f"/walk/{make.lease(turf).token}")
    page.get_by_role("button", name="Nobody home", exact=True).click()
    at_door(page, 2)
    page.get_by_role("button", name="Undo").click()
    at_door(page, 1)
    page.get_by_role("link", name="Next").click()
    at_door(page, 2)
    page.get_by_text("240 Palmetto Avenue").first.click()
    page.get_by_role("link", name="11 Apt 1", exact=False).first.click()
    page.get_by_text("All 12 doors of").click()
    page.get_by_role("button", name="Nobody home at all 12").click()
    at_door(page, 23)
    assert [each.result for each in stored()].count("not_home") == 13
    page.get_by_role("button", name="Undo: 12 doors").click()
    assert sum(each.undone_at is None and each.result is not None for each in stored()) == 0


def test_a_building_is_one_step_and_one_tap_and_one_undo(streets):
    page, ids, _token = streets
    page.locator("[data-walk-to=list]").click()
    page.locator("[data-walk-house] summary").click()
    page.get_by_role("link", name="Apt 1", exact=False).first.click()
    at_door(page, 11)
    page.get_by_text("All 12 doors of").click()
    expect(page.locator("[data-walk-units] input")).to_have_count(12)
    page.locator("[data-walk-units] input").first.check()
    page.locator("[data-walk-units] input").nth(1).check()
    page.get_by_role("button", name="Nobody home at the ticked doors").click()
    at_door(page, 13)
    page.locator("[data-walk]:not([data-resting])").wait_for()
    page.get_by_text("All 12 doors of").click()
    page.get_by_role("button", name="Nobody home at all 10").click()
    at_door(page, 23)
    sent(page)
    assert sorted(each.door_id for each in stored()) == sorted(ids[10:22])
    page.get_by_role("button", name="Undo: 10 doors of 240 Palmetto Avenue").click()
    at_door(page, 13)
    sent(page)
    assert sum(each.undoes_id is not None for each in stored()) == 10


def test_several_people_of_a_door_get_an_answer_each(streets):
    page, ids, _token = streets
    page.get_by_text("Somebody talks with me").click()
    page.get_by_label("Maria, 25–34").check()
    page.get_by_label("Then I talk with somebody else here").check()
    page.get_by_role("button", name="1 Strongly for us").click()
    at_door(page, 1)
    page.locator("[data-walk]:not([data-resting])").wait_for()
    page.get_by_label("John, 25–34").check()
    page.get_by_role("button", name="5 Strongly against").click()
    at_door(page, 2)
    sent(page)
    first, second = stored()
    assert [first.door_id, second.door_id] == [ids[0], ids[0]]
    assert [first.support, second.support] == [1, 5]
    assert first.voter_id != second.voter_id
    assert [first.same_knock, second.same_knock] == [False, True]


def test_where_nobody_may_knock_a_report_takes_a_second_tap(visit, make):
    turf = town(make)
    ids = make.doors_of(turf)
    with transaction():
        db.session.get(Door, ids[1]).is_do_not_walk = True
    page = visit("phone")
    open_list(page, make.lease(turf).token)
    tap(page, "Nobody home")
    at_door(page, 3)
    page.locator("[data-walk-to=list]").click()
    page.locator(f"[data-walk-goto='{ids[1]}']").click()
    expect(page.locator("[data-walk-barred]")).to_contain_text("Do not knock")
    expect(page.get_by_role("button", name="Nobody home", exact=True)).to_be_hidden()
    page.get_by_role("button", name="Report this door all the same").click()
    tap(page, "Nobody home")
    sent(page)
    assert [each.door_id for each in stored()] == [ids[0], ids[1]]


def test_the_whole_shift_by_keyboard(streets):
    page, _ids, _token = streets
    press(page, "n")
    at_door(page, 2)
    expect(page.locator("[data-walk-address]")).to_be_focused()
    press(page, "f")
    at_door(page, 3)
    press(page, "u")
    at_door(page, 2)
    for key, number in (("j", 3), ("ArrowRight", 4), ("k", 3), ("ArrowLeft", 2)):
        press(page, key)
        at_door(page, number)
    press(page, "t")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.get_by_role("textbox", name="Note for the campaign").focus()
    page.keyboard.type("no, next")
    at_door(page, 2)
    page.get_by_role("button", name="3 Undecided").focus()
    page.keyboard.press("Enter")
    at_door(page, 3)
    press(page, "?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.get_by_role("checkbox", name="Single keys do things", exact=True).uncheck()
    page.keyboard.press("Escape")
    page.locator("[data-walk-address]").focus()
    page.keyboard.press("n")
    page.keyboard.press("j")
    at_door(page, 3)
    page.reload()
    page.locator("[data-walk][data-ready]").wait_for()
    page.keyboard.press("n")
    at_door(page, 3)
    sent(page)
    assert [each.note for each in stored() if each.result == "canvassed"] == ["no, next"]


def test_what_a_screen_reader_is_told(streets):
    page, _ids, _token = streets
    expect(page.get_by_role("heading", level=1)).to_have_text("Walk list of turf " + _turf_name(page))
    expect(page.get_by_role("heading", name="101 Palmetto Avenue")).to_have_count(1)
    for role, name in (
        ("button", "Nobody home"), ("button", "Nobody home, left a flyer"), ("link", "Next"),
        ("button", "Door"), ("button", "List"), ("button", "Map"), ("progressbar", None),
    ):  # fmt: skip
        expect(page.get_by_role(role, name=name, exact=True).first).to_be_visible()
    expect(page.get_by_role("status").first).to_have_text("Everything has reached the campaign")


def _turf_name(page) -> str:
    return page.title().split("–")[0].strip().removeprefix("Turf ")


def test_a_swipe_goes_on_and_back(visit, make):
    page = visit("phone", has_touch=True)
    open_list(page, make.lease(town(make)).token)
    swipe(page, -150)
    at_door(page, 2)
    swipe(page, 150)
    at_door(page, 1)
    swipe(page, -20)
    at_door(page, 1)


def swipe(page, across: int) -> None:
    box = page.locator("[data-walk-card]").bounding_box()
    told = page.context.new_cdp_session(page)
    x, y = box["x"] + box["width"] / 2 - across / 2, box["y"] + 20
    told.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in (1, 2):
        point = {"x": x + across * step / 2, "y": y}
        told.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    told.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_pair_shares_one_turf_live(streets, visit):
    page, ids, token = streets
    other = visit("phone")
    open_list(other, token)
    tap(other, "Nobody home")
    sent(other)
    page.evaluate("dispatchEvent(new Event('online'))")
    page.locator("[data-walk-to=list]").click()
    line = page.locator(f"[data-walk-goto='{ids[0]}']")
    expect(line).to_contain_text("Nobody home · by your partner")
    page.locator("[data-walk-to=door]").click()
    expect(page.locator("[data-walk-before]")).to_have_text("By your partner: Nobody home")
    expect(page.get_by_role("button", name="Undo")).to_be_hidden()
    tap(page, "Nobody home")
    sent(page)
    assert len(stored()) == 2


def test_a_person_and_a_door_are_added_without_a_network(streets):
    from volunteer_hub.canvass.models_additions import Addition

    page, ids, _token = streets
    page.context.set_offline(True)
    page.get_by_text("Add a person or a door").click()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("[data-walk-add-said]")).to_have_text("Write the person's name.")
    page.get_by_label("Name").fill("Ana Gómez")
    page.get_by_label("What happened?").select_option("canvassed")
    page.get_by_label("If you talked").select_option("1")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("[data-walk-added]")).to_contain_text("Ana Gómez, 101 Palmetto Avenue")
    page.context.set_offline(False)
    sent(page)
    db.session.rollback()
    row = db.session.query(Addition).one()
    assert (row.what, row.name, row.door_id, row.answers) == ("person", "Ana Gómez", ids[0], {"support": 1})


def test_the_map_comes_nearer_and_shows_where_one_is(visit, make):
    turf = town(make)
    door = db.session.get(Door, make.doors_of(turf)[4])
    place = {"latitude": door.latitude, "longitude": door.longitude, "accuracy": 12}
    page = visit("phone", geolocation=place, permissions=["geolocation"])
    open_list(page, make.lease(turf).token)
    page.locator("[data-walk-to=map]").click()
    box = "document.querySelector('[data-walk-map-frame] svg').viewBox.baseVal.width"
    whole = page.evaluate(box)
    page.get_by_role("button", name="Nearer").click()
    assert page.evaluate(box) < whole
    page.get_by_role("button", name="Whole turf").click()
    assert page.evaluate(box) == whole
    assert page.locator("[data-walk-me] *").count() == 0
    page.get_by_role("button", name="Where am I?").click()
    expect(page.locator("[data-walk-map-said]")).to_have_text("You are the blue dot, give or take 12 m.")
    me, there = page.locator(".walk-me__dot"), page.locator(f"[data-dot='{door.id}']")
    places = [each.get_attribute("d").removeprefix("M").removesuffix("h0").split() for each in (me, there)]
    assert all(abs(float(a) - float(b)) < 1 for a, b in zip(*places, strict=True))
    page.get_by_role("button", name="Where am I?").click()
    assert page.locator("[data-walk-me] *").count() == 0
    at = page.locator(f"[data-dot='{door.id}']").bounding_box()
    page.mouse.click(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
    page.locator("[data-walk-map-found]").click()
    expect(page.locator("[data-walk-map]")).to_be_hidden()


def test_hand_and_text_are_remembered_on_the_phone(streets):
    page, _ids, _token = streets
    right = page.get_by_role("button", name="Nobody home", exact=True).bounding_box()["x"]
    size = page.evaluate("getComputedStyle(document.documentElement).fontSize")
    page.get_by_text("This phone", exact=True).click()
    page.get_by_label("I hold it in my left hand").check()
    page.get_by_label("Large text").check()
    page.reload()
    page.locator("[data-walk][data-ready]").wait_for()
    assert page.get_by_role("button", name="Nobody home", exact=True).bounding_box()["x"] < right
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") > size
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("locale", ["en-US", "es-US"])
def test_axe_finds_nothing_in_any_view(visit, make, size, locale):
    turf = town(make)
    with transaction():
        db.session.get(Door, make.doors_of(turf)[1]).is_do_not_walk = True
    page = visit(size, locale=locale, bypass_csp=True)
    open_list(page, make.lease(turf).token)
    started(page)
    found = {}

    def look(name):
        wrong = violations(page)
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            wrong.append("wider than the window")
        found[name] = wrong

    page.evaluate("for (const each of document.querySelectorAll('details:not(.confirm)')) each.open = true")
    look("door")
    for view in ("list", "map") if size == "phone" else ():
        page.locator(f"[data-walk-to={view}]").click()
        look(view)
    page.locator("[data-walk-keys-open]").click()
    look("keys")
    assert {name: each for name, each in found.items() if each} == {}


@pytest.mark.parametrize("size", SIZES)
def test_the_organizers_page_of_additions_can_be_used_by_everybody(visit, make, size):
    import uuid

    from volunteer_hub.canvass.services.additions import keep_additions
    from volunteer_hub.turf import queries as turf_queries

    turf = town(make)
    lease = turf_queries.lease_by_token(make.lease(turf).token)
    entry = {
        "door": make.doors_of(turf)[0],
        "at": clock.now().isoformat(),
        "what": "person",
        "result": "canvassed",
    }
    with transaction():
        for name in ("Ana Gómez", "Bo Lund"):
            keep_additions([entry | {"id": str(uuid.uuid4()), "name": name}], lease, clock.now())
    page = visit(size, make.person(role="organizer"), bypass_csp=True)
    page.goto("/canvass/additions")
    started(page)
    page.get_by_role("button", name="Accept").first.click()
    expect(page.get_by_text("Accepted. It is on file from now on.")).to_be_visible()
    started(page)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
