"""The walk list on a phone without a network: it opens, it counts, and it is gone when it is over."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from tests.browser.doors import open_list, stored, tap, town
from tests.browser.looking import SIZES, started, violations
from tests.browser.phones import ROWS, keep_list
from volunteer_hub.canvass.views import app as app_pages
from volunteer_hub.core import clock
from volunteer_hub.core.db import transaction
from volunteer_hub.turf import services as turf_services

pytestmark = pytest.mark.browser
MOST_MS = 5000


@pytest.fixture
def kept(visit, make):
    """A walk list of four doors, opened once and kept by the phone: (page, turf, lease)."""
    turf = make.turf(4)
    lease = make.lease(turf)
    page = visit("phone")
    open_list(page, lease.token)
    page.locator("[data-walk][data-kept]").wait_for()
    return page, turf, lease


def until(is_so, within_s=60):
    """Wait for something on the server."""
    give_up = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < give_up
        time.sleep(0.05)


def end(turf, lease):
    with transaction():
        turf_services.end_lease(turf.campaign_id, lease.lease_id, now=clock.now())


def test_a_closed_list_opens_without_a_network_and_knows_what_was_done(kept, make):
    page, turf, lease = kept
    tap(page, "Nobody home")
    until(lambda: len(stored()) == 1)
    page.locator("[data-saved-state][data-state=sent]").wait_for()
    context = page.context
    context.set_offline(True)
    page.close()
    page = context.new_page()
    page.goto(f"/walk/{lease.token}")
    expect(page.locator("[data-walk-count]")).to_contain_text("Door 2 of 4")
    page.locator("[data-saved-state][data-state=sent]").wait_for()
    tap(page, "Nobody home")
    page.close()
    page = context.new_page()
    page.goto(f"/walk/{lease.token}")
    expect(page.locator("[data-walk-count]")).to_contain_text("Door 3 of 4")
    expect(page.locator("[data-saved-words]")).to_have_text("2 saved on this phone, 1 received")
    assert len(stored()) == 1
    context.set_offline(False)
    page.locator("[data-saved-state][data-state=sent]").wait_for()
    assert [each.door_id for each in stored()] == make.doors_of(turf)[:2]


def test_a_long_list_opens_quickly_without_a_network(visit, make):
    """It should take less than a second; the bound is for machines that do other things as well."""
    lease = make.lease(town(make, 300))
    page = visit("phone")
    keep_list(page, lease.token)
    context = page.context
    context.set_offline(True)
    page.close()
    page = context.new_page()
    begun = time.monotonic()
    page.goto(f"/walk/{lease.token}", wait_until="commit")
    page.locator("[data-walk][data-ready]").wait_for()
    took_ms = (time.monotonic() - begun) * 1000
    print(f"300 doors opened without a network in {took_ms:.0f} ms")
    tap(page, "Nobody home")
    expect(page.locator("[data-saved-words]")).to_have_text("1 saved on this phone, 0 received")
    assert took_ms < MOST_MS


def test_a_list_that_is_over_is_gone_from_the_phone(kept):
    page, turf, lease = kept
    tap(page, "Nobody home")
    page.locator("[data-saved-state][data-state=sent]").wait_for()
    end(turf, lease)
    page.goto(f"/walk/{lease.token}")
    page.locator("[data-saved-state][data-state=sent]").wait_for()
    started(page)
    page.wait_for_function("async path => !(await caches.match(path))", arg=f"/walk/{lease.token}")
    page.context.set_offline(True)
    page.goto(f"/walk/{lease.token}")
    expect(page.locator("h1")).to_have_text("Walk lists on this phone")
    expect(page.locator("[data-no-lists]")).to_be_visible()
    names = "async () => (await indexedDB.databases()).length"
    assert page.evaluate(names) == 1
    assert page.evaluate(ROWS) == 0


def test_a_list_whose_time_has_passed_is_not_shown_without_a_network(kept):
    page, _turf, lease = kept
    page.evaluate(
        """async path => {
            const lists = await caches.open("walk-lists");
            const html = await (await lists.match(path)).text();
            const past = new Date(Date.now() - 1000).toISOString();
            const headers = { "X-Keep-Until": past, "Content-Type": "text/html" };
            await lists.put(path, new Response(html, { headers }));
        }""",
        f"/walk/{lease.token}",
    )
    page.context.set_offline(True)
    page.goto(f"/walk/{lease.token}")
    expect(page.locator("h1")).to_have_text("Walk lists on this phone")
    assert page.evaluate("async path => !(await caches.match(path))", f"/walk/{lease.token}")


def test_a_new_version_in_mid_shift_leaves_the_kept_list_whole(kept, monkeypatch):
    page, _turf, lease = kept
    before = app_pages.offline_assets()
    monkeypatch.setattr(app_pages, "offline_assets", lambda: [each for each in before if "theme" not in each])
    page.evaluate(
        """async () => {
            const { serviceWorker } = navigator;
            const changed = new Promise((done) => serviceWorker.addEventListener("controllerchange", done));
            await (await serviceWorker.getRegistration("/walk/")).update();
            await changed;
        }"""
    )
    page.context.set_offline(True)
    open_list(page, lease.token)
    tap(page, "Nobody home")
    expect(page.locator("[data-saved-words]")).to_have_text("1 saved on this phone, 0 received")


@pytest.mark.parametrize("size", SIZES)
def test_the_page_without_a_list_names_those_that_are_kept(visit, make, size):
    turf = make.turf(3)
    lease = make.lease(turf)
    page = visit(size)
    page.goto("/walk/")
    expect(page.locator("[data-no-lists]")).to_be_visible()
    open_list(page, lease.token)
    page.locator("[data-walk][data-kept]").wait_for()
    page.context.set_offline(True)
    page.goto("/walk/")
    started(page)
    assert violations(page) == []
    page.locator("[data-lists] a", has_text=turf.name).click()
    expect(page.locator("[data-walk-count]")).to_contain_text("Door 1 of 3")


def test_it_can_be_installed(visit, make):
    page = visit("phone")
    open_list(page, make.lease(make.turf(2)).token)
    page.locator("[data-walk][data-kept]").wait_for()
    told = page.context.new_cdp_session(page)
    manifest = told.send("Page.getAppManifest")
    assert manifest["errors"] == []
    wrong = {each["errorId"] for each in told.send("Page.getInstallabilityErrors")["installabilityErrors"]}
    assert wrong <= {"in-incognito"}  # as the window of a test is
    for icon in page.evaluate("async at => (await (await fetch(at)).json()).icons", manifest["url"]):
        assert page.evaluate("async at => (await fetch(at)).ok", icon["src"])
