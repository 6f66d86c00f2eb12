"""A field lead hands out turf; a canvasser walks it on a phone, part of the way without a network."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.looking import SIZES, started, violations
from volunteer_hub.canvass import services
from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction

pytestmark = pytest.mark.browser
MOST_BYTES = 150_000


def tap(page, label: str) -> None:
    """Tap a result and see that the page has moved on."""
    before = page.locator("[data-walk-address]").inner_text()
    page.get_by_role("button", name=label).first.click()
    page.wait_for_function(
        "before => document.querySelector('[data-walk-address]').textContent !== before", arg=before
    )


def stored() -> list[DoorReport]:
    db.session.rollback()
    return list(db.session.scalars(db.select(DoorReport).order_by(DoorReport.at)))


def test_five_doors_some_without_a_network_arrive_once(visit, make):
    turf = make.turf(6)
    lease = make.lease(turf)
    page = visit("phone")
    page.goto(f"/walk/{lease.token}")
    page.locator("[data-walk][data-ready]").wait_for()
    tap(page, "Nobody home")
    page.locator("[data-saved-state][data-state=sent]").wait_for()
    page.context.set_offline(True)
    tap(page, "Nobody home")
    page.get_by_text("Somebody talks with me").click()
    tap(page, "2 Leaning to us")
    page.get_by_text("Something else").click()
    tap(page, "Does not want to talk")
    page.locator("[data-saved-state][data-state=waiting]").wait_for()
    expect(page.locator("[data-saved-words]")).to_contain_text("4 saved on this phone, 1 received")
    assert len(stored()) == 1
    page.context.set_offline(False)
    tap(page, "Nobody home")
    page.locator("[data-saved-state][data-state=sent]").wait_for()
    reports = stored()
    assert [each.result for each in reports] == [
        "not_home", "not_home", "canvassed", "refused", "not_home"
    ]  # fmt: skip
    assert reports[2].support == 2
    assert [each.door_id for each in reports] == make.doors_of(turf)[:5]
    with transaction():
        assert services.recount(turf.campaign_id, now=clock.now()).is_clean


def test_two_taps_on_one_result_report_the_door_once(visit, make):
    page = visit("phone")
    page.goto(f"/walk/{make.lease(make.turf(3)).token}")
    page.locator("[data-walk][data-ready]").wait_for()
    nobody_home = page.get_by_role("button", name="Nobody home", exact=True)
    nobody_home.evaluate("tap => { tap.click(); tap.click(); }")
    page.wait_for_function("() => document.querySelector('[data-walk-position]').value === '2'")
    page.locator("[data-saved-state][data-state=sent]").wait_for()
    assert [report.result for report in stored()] == ["not_home"]


def test_a_reload_and_a_closed_lease_lose_nothing_that_waits(visit, make):
    turf = make.turf(4)
    lease = make.lease(turf)
    page = visit("phone")
    page.goto(f"/walk/{lease.token}")
    page.locator("[data-walk][data-ready]").wait_for()
    page.route("**/canvass/reports", lambda route: route.abort())
    tap(page, "Nobody home")
    page.reload()
    page.locator("[data-saved-state][data-state=waiting]").wait_for()
    second = make.doors_of(turf)[1]
    page.wait_for_function(f"document.querySelector('[data-walk-door]').value == '{second}'")
    from volunteer_hub.turf import services as turf_services

    with transaction():
        turf_services.end_lease(turf.campaign_id, lease.lease_id, now=clock.now())
    page.unroute("**/canvass/reports")
    page.goto(f"/walk/{lease.token}")
    page.locator("[data-saved-state][data-state=sent]").wait_for()
    assert [each.result for each in stored()] == ["not_home"]


def test_undo_brings_the_door_back(visit, make):
    turf = make.turf(3)
    page = visit("phone")
    page.goto(f"/walk/{make.lease(turf).token}")
    page.locator("[data-walk][data-ready]").wait_for()
    first = page.locator("[data-walk-address]").inner_text()
    tap(page, "Nobody home")
    page.get_by_role("button", name="Undo").click()
    page.wait_for_function(
        "text => document.querySelector('[data-walk-address]').textContent === text", arg=first
    )
    page.locator("[data-saved-state][data-state=sent]").wait_for()
    page.wait_for_function("document.querySelector('[data-progress=bar]').value === 0")
    assert [each.undone_at is not None for each in stored()] == [True, False]


def test_the_walk_list_is_light_and_works_without_scripts(visit, make):
    turf = make.turf(60)
    token = make.lease(turf).token
    page, sizes = visit("phone"), []
    page.on("response", lambda answer: sizes.append(answer.request.sizes()["responseBodySize"]))
    page.goto(f"/walk/{token}", wait_until="networkidle")
    assert 0 < sum(sizes) <= MOST_BYTES
    plain = visit("phone", java_script_enabled=False)
    plain.goto(f"/walk/{token}")
    plain.get_by_role("button", name="Nobody home").first.click()
    expect(plain.locator("[data-walk-count]")).to_contain_text("Door 2 of 60")
    assert len(stored()) == 1


def test_a_field_lead_hands_out_turf_in_one_tap(visit, make):
    shift = make.shift(starts_at=clock.now() - timedelta(minutes=10))
    make.sign_up(shift, make.person(name="Ana Pineda"), now=shift.starts_at - timedelta(days=1))
    turf = make.turf(5)
    page = visit("phone", make.person(role="field_lead"))
    page.goto("/organize/turf")
    page.locator("a.line").first.click()
    page.get_by_role("button", name="Hand out").click()
    page.get_by_role("link", name="Link and code").click()
    page.get_by_alt_text("Code that opens the walk list").wait_for()
    started(page)
    assert turf.name in page.locator("h1").inner_text()
    assert violations(page) == []


@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing(visit, make, size):
    shift = make.shift(starts_at=clock.now() - timedelta(minutes=10))
    make.sign_up(shift, make.person(name="Ana Pineda"), now=shift.starts_at - timedelta(days=1))
    turf, over = make.turf(5), make.lease(hours_left=-1)
    lease = make.lease(turf)
    with transaction():
        from volunteer_hub.turf import queries

        authority = services.ByLease(queries.lease_by_token(lease.token))
        services.record(
            [
                {
                    "id": "00000000-0000-4000-8000-00000000000a",
                    "door": make.doors_of(turf)[0],
                    "at": clock.now().isoformat(),
                    "result": "moved",
                }
            ],
            authority=authority,
            now=clock.now(),
        )
    page = visit(size, make.person(role="organizer"), bypass_csp=True)
    found = {}
    for path in (
        f"/walk/{lease.token}", f"/walk/{over.token}", "/walk/nothing", "/turf", f"/turf/{turf.id}",
        f"/turf/precincts/{turf.precinct_id}", "/organize/turf", f"/organize/shifts/{shift.id}/turf",
        f"/turf/leases/{lease.lease_id}", "/canvass", "/canvass/second-look", "/canvass/script",
        "/canvass/files", f"/turf/{turf.id}/print",
    ):  # fmt: skip
        page.goto(path)
        started(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        found[path] = violations(page)
    assert {path: each for path, each in found.items() if each} == {}
