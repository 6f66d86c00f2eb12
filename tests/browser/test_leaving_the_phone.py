"""What leaves a phone and when: a closed list, one whose time has passed, doors that went elsewhere."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests import patience
from tests.browser.doors import sent, stored, tap, town
from tests.browser.looking import started, violations
from tests.browser.phones import LET_PASS, ROWS, UNTIL, hear_news, keep_list
from volunteer_hub.canvass.views import app as app_pages
from volunteer_hub.canvass.views import walk as walk_pages
from volunteer_hub.core import clock
from volunteer_hub.core.db import transaction
from volunteer_hub.turf import services as turf_services

pytestmark = pytest.mark.browser


@pytest.fixture
def held(visit, make):
    """A list of two streets with people behind the doors, kept by a phone: (page, turf, lease)."""
    turf = town(make)
    lease = make.lease(turf)
    page = visit("phone", bypass_csp=True)
    keep_list(page, lease.token)
    return page, turf, lease


def gone(page, token: str) -> bool:
    """Is the list neither on the page nor in what the phone keeps?"""
    html = page.content()
    names = [word for word in ("Palmetto", "Halifax", "Maria", "John") if word in html]
    return not names and page.evaluate(UNTIL, f"/walk/{token}") is None


def test_a_wiped_list_leaves_the_screen_and_the_phone_once_its_work_has_arrived(held):
    page, turf, lease = held
    tap(page, "Nobody home")
    sent(page)
    page.context.set_offline(True)
    tap(page, "Nobody home")
    with transaction():
        turf_services.wipe(turf.campaign_id, lease.lease_id, now=clock.now())
    page.context.set_offline(False)
    expect(page.locator("[data-walk-closed]")).to_be_visible()
    sent(page)
    assert patience.wait_until(lambda: gone(page, lease.token))
    assert patience.wait_until(lambda: page.evaluate(ROWS) == 0)
    assert len(stored()) == 2
    page.keyboard.press("n")
    page.keyboard.press("u")
    page.get_by_text("I need my field lead’s help").click()
    expect(page.get_by_role("button", name="Call for help", exact=True)).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="See why").click()
    expect(page.locator("h1")).to_contain_text("is closed")
    assert len(stored()) == 2


def test_what_is_unsent_stays_on_a_closed_phone_and_can_be_handed_over(held):
    page, turf, lease = held
    page.route("**/canvass/log", lambda route: route.abort())
    tap(page, "Nobody home")
    with transaction():
        turf_services.end_lease(turf.campaign_id, lease.lease_id, reason="taken_back", now=clock.now())
    hear_news(page)
    expect(page.locator("[data-walk-closed]")).to_be_visible()
    assert patience.wait_until(lambda: gone(page, lease.token))
    expect(page.locator("[data-saved-words]")).to_have_text("1 saved on this phone, 0 received")
    page.locator("[data-export] summary").click()
    with page.expect_download() as saved:
        page.locator("[data-hand-over-file]").click()
    assert str(turf.id) in saved.value.path().read_text()
    assert page.evaluate(ROWS) == 1
    page.unroute("**/canvass/log")
    page.evaluate("dispatchEvent(new Event('online'))")
    sent(page)
    assert patience.wait_until(lambda: page.evaluate(ROWS) == 0)
    assert len(stored()) == 1


def test_a_second_tab_closes_with_the_first(held):
    page, turf, lease = held
    other = page.context.new_page()
    keep_list(other, lease.token)
    with transaction():
        turf_services.wipe(turf.campaign_id, lease.lease_id, now=clock.now())
    hear_news(page)
    expect(page.locator("[data-walk-closed]")).to_be_visible()
    expect(other.locator("[data-walk-closed]")).to_be_visible()


@pytest.mark.parametrize("path", ["/walk/", "/sign-in"])
def test_a_list_that_nobody_opens_again_goes_when_its_time_has_passed(held, path):
    page, _turf, lease = held
    tap(page, "Nobody home")
    sent(page)
    assert page.evaluate(ROWS) == 1
    page.evaluate(LET_PASS, f"/walk/{lease.token}")
    page.goto(path)
    started(page)
    assert patience.wait_until(lambda: page.evaluate(UNTIL, f"/walk/{lease.token}") is None)
    assert patience.wait_until(lambda: page.evaluate(ROWS) == 0)


def test_a_new_version_of_the_worker_drops_lists_whose_time_has_passed(held, monkeypatch):
    page, _turf, lease = held
    page.evaluate(LET_PASS, f"/walk/{lease.token}")
    before = app_pages.offline_assets()
    monkeypatch.setattr(app_pages, "offline_assets", lambda: [each for each in before if "theme" not in each])
    page.evaluate("async () => { await (await navigator.serviceWorker.getRegistration('/walk/')).update(); }")
    assert patience.wait_until(lambda: page.evaluate(UNTIL, f"/walk/{lease.token}") is None)


def test_what_a_proxy_answers_takes_no_list_away(held, monkeypatch):
    page, turf, lease = held
    with transaction():
        turf_services.end_lease(turf.campaign_id, lease.lease_id, now=clock.now())
    monkeypatch.setattr(walk_pages, "KEEP_UNTIL", "X-Nothing-Of-Ours")
    page.goto(f"/walk/{lease.token}")
    page.wait_for_timeout(300)
    assert page.evaluate(UNTIL, f"/walk/{lease.token}")


def test_an_extended_list_is_kept_until_its_new_end(held):
    page, turf, lease = held
    end_at = datetime.fromisoformat(page.evaluate(UNTIL, f"/walk/{lease.token}"))
    later = end_at + timedelta(hours=1)
    with transaction():
        turf_services.extend(turf.campaign_id, lease.lease_id, later, now=clock.now())
    hear_news(page)

    def kept_until() -> datetime:
        return datetime.fromisoformat(page.evaluate(UNTIL, f"/walk/{lease.token}"))

    assert patience.wait_until(lambda: kept_until() == later)
    with transaction():
        turf_services.extend(turf.campaign_id, lease.lease_id, later + timedelta(hours=1), now=clock.now())
    tap(page, "Nobody home")
    sent(page)
    assert patience.wait_until(lambda: kept_until() == later + timedelta(hours=1))
    page.context.set_offline(True)
    page.goto(f"/walk/{lease.token}")
    expect(page.locator("[data-walk-count]")).to_contain_text("Door 2 of 30")


def test_doors_that_went_to_somebody_else_leave_the_page_and_what_is_kept(held, make):
    page, turf, lease = held
    doors = make.doors_of(turf)
    went = [*doors[:2], *doors[10:22]]
    with transaction():
        turf_services.give_back(turf.campaign_id, lease.lease_id, went, reason="taken_back", now=clock.now())
    hear_news(page)
    expect(page.locator("[data-walk-gone]")).to_have_text(
        "14 doors went to somebody else and are off this list."
    )
    expect(page.locator("[data-walk-count]")).to_have_text("Door 1 of 16")
    expect(page.locator("#walk-progress [data-progress=count]")).to_have_text("0 of 16 doors")
    lines = page.locator("[data-walk-goto]:not([data-walk-map-found])")
    expect(lines).to_have_count(16)
    expect(page.locator("[data-walk-list] [data-walk-house]")).to_have_count(0)
    expect(page.locator("[data-dot]")).to_have_count(16)
    assert lines.locator(".walk-line__number").all_inner_texts()[:2] == ["1", "2"]
    tap(page, "Nobody home")
    sent(page)
    assert [each.door_id for each in stored()] == [doors[2]]
    read = "async path => (await caches.match(path))?.text()"

    def kept_doors() -> set[int]:
        return set(map(int, re.findall(r'data-dot="(\d+)"', page.evaluate(read, f"/walk/{lease.token}"))))

    assert patience.wait_until(lambda: kept_doors() == set(doors) - set(went))


def test_a_talk_at_a_door_that_goes_is_still_written_down(held, make):
    page, turf, lease = held
    doors = make.doors_of(turf)
    page.get_by_text("Somebody talks with me").click()
    page.get_by_role("textbox", name="Note for the campaign").fill("wants a sign")
    with transaction():
        turf_services.give_back(
            turf.campaign_id, lease.lease_id, doors[:1], reason="taken_back", now=clock.now()
        )
    hear_news(page)
    expect(page.locator("[data-walk-gone]")).to_be_visible()
    tap(page, "2 Leaning to us")
    expect(page.locator("[data-walk-count]")).to_have_text("Door 1 of 29")
    sent(page)
    assert [(each.door_id, each.note) for each in stored()] == [(doors[0], "wants a sign")]


def test_a_list_left_open_without_a_network_closes_half_an_hour_after_its_time(held):
    page, _turf, lease = held
    page.context.set_offline(True)
    tap(page, "Nobody home")
    look_later(page, hours=2.4)
    expect(page.locator("[data-walk-closed]")).to_be_hidden()
    look_later(page, hours=0.3)
    expect(page.locator("[data-walk-closed]")).to_be_visible()
    assert patience.wait_until(lambda: gone(page, lease.token))
    page.context.set_offline(False)
    assert patience.wait_until(lambda: len(stored()) == 1)


def look_later(page, hours: float) -> None:
    """The phone lies in a pocket for so long and is looked at again."""
    page.evaluate(
        """(ms) => { const now = Date.now; Date.now = () => now() + ms;
                     document.dispatchEvent(new Event("visibilitychange")); }""",
        hours * 3600 * 1000,
    )
