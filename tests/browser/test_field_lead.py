"""A field lead hands out turf, and every page of the field can be used by everybody."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.browser.looking import SIZES, started, violations
from volunteer_hub.canvass import services
from volunteer_hub.core import clock
from volunteer_hub.core.db import transaction

pytestmark = pytest.mark.browser


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
