"""A phone that is full, private, offline or refused: nothing is lost, doubled, or kept silent."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests import patience
from tests.browser.doors import open_list, sent, stored, tap, town
from tests.browser.looking import started, violations
from tests.browser.phones import FULL, ROWS, keep_list
from volunteer_hub.canvass.models_additions import Addition
from volunteer_hub.canvass.models_safety import HelpCall, Outing
from volunteer_hub.canvass.services import outings
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.districts.models import Door
from volunteer_hub.turf.models import Lease

pytestmark = pytest.mark.browser

GETS = """() => {
    window.readable = IDBObjectStore.prototype.getAll;
    IDBObjectStore.prototype.getAll = () => { throw new DOMException("unreadable", "UnknownError"); };
}"""
CLOSABLE = """{
    const open = IDBFactory.prototype.open;
    window.connections = [];
    IDBFactory.prototype.open = function (...given) {
        const asked = open.apply(this, given);
        asked.addEventListener("success", () => window.connections.push(asked.result));
        return asked;
    };
}"""


def count(model) -> int:
    db.session.rollback()
    return db.session.query(model).count()


@pytest.fixture
def opened(visit, make):
    """A list of six doors on a phone: (page, turf, lease)."""
    turf = make.turf(6)
    lease = make.lease(turf)
    page = visit("phone", bypass_csp=True)
    keep_list(page, lease.token)
    started(page)
    return page, turf, lease


def test_a_disk_that_cannot_be_read_neither_doubles_a_knock_nor_stops_the_sending(opened, make):
    page, turf, _lease = opened
    page.evaluate(GETS)
    for _door in range(2):
        tap(page, "Nobody home")
    expect(page.locator("[data-walk-position]")).to_have_value("3")
    page.evaluate("() => { IDBObjectStore.prototype.getAll = window.readable; }")
    tap(page, "Nobody home")
    sent(page)
    assert [each.door_id for each in stored()] == make.doors_of(turf)[:3]


def test_a_connection_that_the_browser_closed_is_opened_anew(visit, make):
    page = visit("phone")
    page.add_init_script(CLOSABLE)
    keep_list(page, make.lease(make.turf(4)).token)
    page.context.set_offline(True)
    page.evaluate("window.connections.forEach((each) => each.close())")
    tap(page, "Nobody home")
    expect(page.locator("[data-saved-words]")).to_have_text("1 saved on this phone, 0 received")
    assert page.evaluate(ROWS) == 1


def test_a_full_phone_hands_over_what_it_could_not_keep_too(opened):
    page, _turf, _lease = opened
    page.context.set_offline(True)
    tap(page, "Nobody home")
    page.evaluate(FULL)
    tap(page, "Nobody home")
    page.locator("[data-export] summary").click()
    with page.expect_download() as saved:
        page.locator("[data-hand-over-file]").click()
    logs = json.loads(saved.value.path().read_text())["logs"]
    assert sum(len(log["entries"]) for log in logs) == 2


def test_a_browser_that_keeps_nothing_sends_from_the_page_and_says_so(visit, make):
    page = visit("phone", service_workers="block")
    page.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
    open_list(page, make.lease(make.turf(4)).token)
    page.context.set_offline(True)
    for _door in range(2):
        tap(page, "Nobody home")
    expect(page.locator("[data-saved-words]")).to_contain_text("2 are in this page only")
    page.context.set_offline(False)
    sent(page)
    assert len(stored()) == 2


def test_why_the_server_refuses_stands_on_the_page_until_it_takes_it(opened):
    page, _turf, _lease = opened
    refusal = json.dumps({"error": "Too much of this walk list waits for your field lead."})
    page.route(
        "**/canvass/log",
        lambda route: route.fulfill(status=422, content_type="application/json", body=refusal),
    )
    tap(page, "Nobody home")
    said = page.locator("[data-saved-words]")
    expect(said).to_contain_text("1 cannot be sent: Too much of this walk list waits for your field lead.")
    expect(page.locator("[data-export]")).to_be_visible()
    page.unroute("**/canvass/log")
    tap(page, "Nobody home")
    sent(page)
    expect(said).to_have_text("Everything has reached the campaign")
    assert len(stored()) == 2


def test_a_knock_in_one_tab_shows_in_the_other_at_once_without_a_network(opened, make):
    page, turf, lease = opened
    other = page.context.new_page()
    open_list(other, lease.token)
    page.context.set_offline(True)
    tap(page, "Nobody home")
    other.locator("[data-walk-to=list]").click()
    line = other.locator(f"[data-walk-goto='{make.doors_of(turf)[0]}']")
    expect(line).to_contain_text("Nobody home")
    expect(line).not_to_contain_text("partner")
    expect(other.locator("[data-saved-words]")).to_have_text("1 saved on this phone, 0 received")
    expect(other.locator("#walk-progress [data-progress=count]")).to_have_text("1 of 6 doors")
    other.locator("[data-walk-to=door]").click()
    other.get_by_role("button", name="Undo").click()
    page.locator("[data-walk-to=list]").click()
    expect(page.locator(f"[data-walk-goto='{make.doors_of(turf)[0]}']")).not_to_contain_text("Nobody home")
    page.context.set_offline(False)
    sent(page)
    assert [each.result for each in stored()] == ["not_home", None]


def test_keys_do_not_pass_by_a_door_where_nobody_may_knock(visit, make):
    turf = town(make)
    barred = make.doors_of(turf)[1]
    with transaction():
        db.session.get(Door, barred).is_do_not_walk = True
    page = visit("phone")
    open_list(page, make.lease(turf).token)
    page.locator("[data-walk-to=list]").click()
    page.locator(f"[data-walk-goto='{barred}']").click()
    expect(page.locator("[data-walk-barred]")).to_be_visible()
    for key in ("n", "f"):
        page.keyboard.press(key)
    expect(page.locator("[data-walk-position]")).to_have_value("2")
    page.get_by_role("button", name="Report this door all the same").click()
    page.locator("[data-walk-address]").focus()
    page.keyboard.press("n")
    expect(page.locator("[data-walk-position]")).to_have_value("3")
    sent(page)
    assert [each.door_id for each in stored()] == [barred]


def test_at_the_end_an_addition_belongs_to_the_last_door_and_is_made_once(visit, make):
    turf = make.turf(3)
    page = visit("phone")
    open_list(page, make.lease(turf).token)
    for _door in range(2):
        tap(page, "Nobody home")
    page.locator("[data-walk]:not([data-resting])").wait_for()
    page.get_by_role("button", name="Nobody home", exact=True).click()
    expect(page.locator("[data-walk-end]")).to_be_visible()
    page.get_by_text("Add a person or a door").click()
    last = make.doors_of(turf)[-1]
    door = db.session.get(Door, last)
    expect(page.locator("[data-walk-add-at]")).to_have_text(f"At {door.number} {door.street}")
    page.get_by_label("Name").fill("Ana Gómez")
    page.get_by_role("button", name="Add", exact=True).evaluate("tap => { tap.click(); tap.click(); }")
    expect(page.locator("[data-walk-add-said]")).to_have_text("Added. The campaign will look at it.")
    sent(page)
    assert [each.door_id for each in db.session.query(Addition).populate_existing()] == [last]


def test_a_call_for_help_leaves_a_phone_that_is_full(opened):
    page, _turf, _lease = opened
    page.evaluate(FULL)
    page.context.set_offline(True)
    page.get_by_text("I need my field lead’s help").click()
    page.get_by_role("button", name="Call for help", exact=True).click()
    said = page.locator("[data-help-state]")
    expect(said).to_have_text("Not sent yet: this phone keeps trying. In danger, call 911.")
    page.context.set_offline(False)
    assert patience.wait_until(lambda: count(HelpCall) == 1)
    expect(said).to_contain_text("No message reaches your field lead now")  # nobody leads here


def test_back_safe_without_a_network_is_told_when_it_is_there(opened):
    page, turf, lease = opened
    with transaction():
        person_id = db.session.get_one(Lease, lease.lease_id).person_id
        outings.go_out(
            turf.campaign_id, person_id, shift_id=None, lease_id=lease.lease_id, due_at=clock.now(), by=None,
            now=clock.now(),
        )  # fmt: skip
    page.context.set_offline(True)
    page.get_by_role("button", name="I am back safe").click()
    said = page.locator("[data-safe-state]")
    expect(said).to_have_text("Kept on this phone: your field lead hears of it when there is a network.")
    page.reload()
    started(page)
    page.context.set_offline(False)
    expect(said).to_have_text("Good that you are back. Your field lead sees it, too.")
    db.session.rollback()
    assert db.session.query(Outing).one().back_at is not None


def test_the_turf_is_handed_back_when_there_is_a_network_and_not_before(opened):
    page, _turf, lease = opened
    page.context.set_offline(True)
    page.locator(".walk-foot summary", has_text="Hand the turf back").click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_label("Anything your field lead should know?").fill("a dog at 12")
    press = dialog.get_by_role("button", name="Hand the turf back")
    press.click()
    expect(dialog.locator("[data-hand-back-said]")).to_contain_text(
        "No network: hand the turf back when it is there."
    )
    assert violations(page) == []
    page.context.set_offline(False)
    press.click()
    expect(page.locator("h1")).to_contain_text("is closed")
    db.session.rollback()
    assert db.session.get_one(Lease, lease.lease_id).return_note == "a dog at 12"
