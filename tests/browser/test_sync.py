"""Knocks on real phones with real mishaps: each is stored exactly once, or still shown as unsent.

`LONG=1` plays 50 random shifts with a killed browser instead of 5.
"""

from __future__ import annotations

import json
import os
import random
import signal
import time
from contextlib import contextmanager, suppress

import psutil
import pytest
from playwright.sync_api import Error, expect

from tests.browser.chromium import OPTIONS, START_WAIT_S, find
from tests.browser.looking import SIZES, WAIT_MS
from tests.canvass.counting import assert_recount_agrees, progress
from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.canvass.models_log import PhoneLog as Kept
from volunteer_hub.canvass.models_log import SetAsideEntry
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.turf import services as turf_services

pytestmark = pytest.mark.browser
SHIFTS = 50 if os.environ.get("LONG") else 5

READ_LOG = """() => new Promise((done, fail) => {
    const asked = indexedDB.open("volunteer-hub-log");
    asked.onerror = () => fail(asked.error);
    asked.onsuccess = ({ target: { result: database } }) => {
        const step = database.transaction(["logs", "entries"]);
        const logs = step.objectStore("logs").getAll();
        const entries = step.objectStore("entries").getAll();
        step.oncomplete = () => { database.close(); done({ logs: logs.result, entries: entries.result }); };
    };
})"""


def open_list(page, lease):
    page.goto(f"/walk/{lease.token}")
    page.locator("[data-walk][data-ready]").wait_for()


def keep_list(page, lease):
    open_list(page, lease)
    page.locator("[data-walk][data-kept]").wait_for()


def knock(page):
    """Tap "Nobody home" once, as soon as the finger has come to rest, and see the next door."""
    page.locator("[data-walk]:not([data-resting])").wait_for()
    before = page.locator("[data-walk-address]").inner_text()
    page.get_by_role("button", name="Nobody home").first.click()
    page.wait_for_function(
        "before => document.querySelector('[data-walk-address]').textContent !== before", arg=before
    )


def all_sent(page):
    page.locator("[data-saved-state][data-state=sent]").wait_for(timeout=60_000)


def stored_ids():
    db.session.rollback()
    return sorted(str(each) for each in db.session.scalars(db.select(DoorReport.id)))


def check_both_sides(page, campaign_id):
    """The invariants of docs/sync.md, counted on the phone and on the server."""
    kept = page.evaluate(READ_LOG)
    on_phone = sorted(row["id"] for row in kept["entries"])
    heads = {str(row.id): (row.head, row.hash.hex()) for row in db.session.query(Kept)}
    for log in kept["logs"]:
        assert log["received"] == log["last"], "something still waits"
        assert heads[log["id"]] == (log["last"], log["hash"]), "the two copies differ"
    assert on_phone == stored_ids()
    assert progress().get("attempts", 0) == len(on_phone)
    assert_recount_agrees(campaign_id)
    return on_phone


def test_a_whole_shift_of_sixty_doors_without_a_network_arrives_when_it_is_back(visit, make):
    turf = make.turf(60)
    page = visit("phone")
    keep_list(page, make.lease(turf))
    page.context.set_offline(True)
    for _door in range(59):
        knock(page)
    page.locator("[data-walk]:not([data-resting])").wait_for()
    page.get_by_role("button", name="Nobody home").first.click()
    expect(page.locator("[data-saved-words]")).to_have_text("60 saved on this phone, 0 received")
    assert stored_ids() == []
    page.context.set_offline(False)
    all_sent(page)
    assert len(check_both_sides(page, turf.campaign_id)) == 60


def test_two_tabs_of_one_phone_write_one_log(visit, make):
    turf = make.turf(12)
    lease = make.lease(turf)
    first = visit("phone")
    keep_list(first, lease)
    second = first.context.new_page()
    open_list(second, lease)
    first.context.set_offline(True)
    for _round in range(3):
        for page in (first, second):
            page.bring_to_front()
            knock(page)
    first.context.set_offline(False)
    for page in (first, second):
        page.bring_to_front()
        all_sent(page)
    kept = first.evaluate(READ_LOG)
    assert [row["seq"] for row in kept["entries"]] == [1, 2, 3, 4, 5, 6]
    assert len(kept["logs"]) == 1
    check_both_sides(first, turf.campaign_id)


def test_two_phones_on_one_turf_merge_without_loss(visit, make):
    turf = make.turf(8)
    lease = make.lease(turf)
    pair = [visit("phone"), visit("phone")]
    for page in pair:
        keep_list(page, lease)
        page.context.set_offline(True)
    for page, count in zip(pair, (3, 5), strict=True):
        for _door in range(count):
            knock(page)
    for page in pair:
        page.context.set_offline(False)
        all_sent(page)
    assert len(stored_ids()) == 8
    assert progress()["doors_tried"] == 5
    assert_recount_agrees(turf.campaign_id)


def test_a_network_that_flaps_loses_nothing(visit, make):
    turf = make.turf(20)
    page = visit("phone")
    keep_list(page, make.lease(turf))
    chance = random.Random(5)
    for _door in range(19):
        page.context.set_offline(chance.random() < 0.5)
        knock(page)
    page.context.set_offline(False)
    all_sent(page)
    assert len(check_both_sides(page, turf.campaign_id)) == 19


def test_a_slow_network_holds_up_no_tap(visit, make):
    turf = make.turf(10)
    page = visit("phone")
    keep_list(page, make.lease(turf))
    told = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 2500, "downloadThroughput": 4000, "uploadThroughput": 4000}
    told.send("Network.emulateNetworkConditions", slow)
    for _door in range(9):
        knock(page)
    all_sent(page)
    assert len(check_both_sides(page, turf.campaign_id)) == 9


def test_a_revoked_lease_keeps_what_was_done_and_forgets_the_doors(visit, make):
    turf = make.turf(6)
    lease = make.lease(turf)
    page = visit("phone")
    keep_list(page, lease)
    knock(page)
    all_sent(page)
    page.context.set_offline(True)
    knock(page)
    with transaction():
        turf_services.end_lease(turf.campaign_id, lease.lease_id, reason="taken_back", now=clock.now())
    page.context.set_offline(False)
    page.goto(f"/walk/{lease.token}")
    expect(page.locator("[data-walk]")).to_have_count(0)
    page.wait_for_function("async path => !(await caches.match(path))", arg=f"/walk/{lease.token}")
    all_sent(page)
    assert len(stored_ids()) == 2
    assert db.session.query(SetAsideEntry).count() == 0


def test_a_full_phone_says_so_and_sends_all_the_same(visit, make):
    turf = make.turf(6)
    page = visit("phone")
    keep_list(page, make.lease(turf))
    knock(page)
    all_sent(page)
    page.context.set_offline(True)
    page.evaluate(
        """() => {
            const full = () => { throw new DOMException("full", "QuotaExceededError"); };
            IDBObjectStore.prototype.put = full;
        }"""
    )
    for _door in range(2):
        knock(page)
    expect(page.locator("[data-saved-words]")).to_contain_text("2 could not be saved: this phone is full")
    page.context.set_offline(False)
    all_sent(page)
    assert len(stored_ids()) == 3


def test_what_no_network_carries_is_handed_over_as_a_file_and_as_codes(visit, make):
    turf = make.turf(5)
    phone, desk = visit("phone"), visit("desk", make.person(role="field_lead"))
    keep_list(phone, make.lease(turf))
    phone.context.set_offline(True)
    for _door in range(2):
        knock(phone)
    phone.locator("[data-export] summary").click()
    with phone.expect_download() as saved:
        phone.locator("[data-hand-over-file]").click()
    desk.goto("/organize/bring")
    desk.locator("input[type=file]").set_input_files(saved.value.path())
    desk.get_by_role("button", name="Take in").first.click()
    expect(desk.locator(".notice")).to_contain_text("2 new")
    knock(phone)
    phone.locator("[data-hand-over-codes]").click()
    expect(phone.locator("[data-hand-over-code] svg")).to_be_visible()
    phone.context.set_offline(False)
    all_sent(phone)
    assert len(stored_ids()) == 3


# -- a browser that is killed


@contextmanager
def killable(kind, folder, address):
    """A browser with a profile on disk, as a phone has; gives (context, kill)."""
    program = find()
    options = [*OPTIONS, "--no-sandbox"] if os.geteuid() == 0 else OPTIONS
    context = kind.launch_persistent_context(
        str(folder),
        executable_path=str(program),
        args=options,
        headless=True,
        viewport=SIZES["phone"],
        base_url=address,
        timeout=START_WAIT_S * 1000,
    )
    context.set_default_timeout(WAIT_MS)

    def kill():
        """As a battery that comes out: every process of this browser at once."""
        for process in psutil.process_iter(["cmdline"]):
            if any(str(folder) in word for word in process.info["cmdline"] or []):
                with suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGKILL)

    try:
        yield context, kill
    finally:
        with suppress(Error):
            context.close()


@pytest.mark.parametrize("seed", range(SHIFTS))
def test_a_browser_killed_at_any_point_loses_no_kept_knock(chromium, site, make, tmp_path, seed):
    chance = random.Random(seed)
    turf = make.turf(14)
    lease = make.lease(turf)
    kind = chromium.browser_type
    shown = set()
    for life in range(2):
        with killable(kind, tmp_path / "profile", site) as (context, kill):
            page = context.pages[0] if context.pages else context.new_page()
            if life == 0:
                keep_list(page, lease)
            else:
                open_list(page, lease)
                now_on_disk = {row["id"] for row in page.evaluate(READ_LOG)["entries"]}
                assert shown <= now_on_disk, "a knock that the page had shown as kept is gone"
            context.set_offline(chance.random() < 0.6)
            for _door in range(chance.randint(1, 5)):
                knock(page)
                if chance.random() < 0.3:
                    context.set_offline(chance.random() < 0.5)
            if chance.random() < 0.5:
                shown |= kept_by_now(page)
            page.locator("[data-walk]:not([data-resting])").wait_for()
            page.evaluate("""() => setTimeout(() => document.querySelector('[name=result]').click(), 30)""")
            time.sleep(chance.random() * 0.08)
            kill()
    with killable(kind, tmp_path / "profile", site) as (context, _kill):
        page = context.pages[0] if context.pages else context.new_page()
        open_list(page, lease)
        assert shown <= {row["id"] for row in page.evaluate(READ_LOG)["entries"]}
        all_sent(page)
        check_both_sides(page, turf.campaign_id)


def kept_by_now(page):
    """What the page says is on the disk: it says so only once it is."""
    words = page.locator("[data-saved-words]").inner_text()
    rows = page.evaluate(READ_LOG)["entries"]
    assert words, json.dumps(rows)
    return {row["id"] for row in rows}
