"""A field lead runs a shift from a phone and a laptop; a canvasser calls for help without a network."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.looking import SIZES, started, violations
from volunteer_hub.canvass.jobs import sweep_safety
from volunteer_hub.canvass.models_safety import HelpCall, Outing, SharedPosition
from volunteer_hub.canvass.services import outings
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events.models import SignUp
from volunteer_hub.turf.models import Turf

pytestmark = pytest.mark.browser


@pytest.fixture
def shift(make):
    """A shift that began ten minutes ago, with six people and three turfs near its table."""
    shift = make.shift(starts_at=clock.now() - timedelta(minutes=10), capacity=20)
    shift.people = [
        make.person(name=name, phone=f"+1305555010{at}")
        for at, name in enumerate(("Ana Pineda", "Ben Ortiz", "Cy Young", "Dee Park", "Eli Moss", "Fay Wu"))
    ]
    for person in shift.people:
        make.sign_up(shift, person, now=shift.starts_at - timedelta(days=1))
    for _ in range(3):
        make.turf(8)
    with transaction():
        for at, row in enumerate(db.session.query(Turf)):
            row.start_latitude = shift.staging_location.latitude + 0.002 * at
            row.start_longitude = shift.staging_location.longitude
    return shift


def count(model) -> int:
    db.session.rollback()
    return db.session.query(model).count()


def test_a_lead_checks_in_and_hands_out_in_a_tap_each(visit, make, shift):
    page = visit("phone", make.person(role="field_lead"))
    page.goto(f"/organize/shifts/{shift.id}/turf")
    started(page)
    page.get_by_label("Find somebody").fill("pined")
    expect(page.locator("#people > li:visible")).to_have_count(1)
    page.get_by_role("button", name="Here: Ana Pineda").click()
    ana = page.locator(f"#person-{shift.people[0].id}")
    expect(ana).to_contain_text("Present")
    expect(ana).to_contain_text("from the table")
    ana.get_by_role("button", name="Hand out turf to Ana Pineda").click()
    expect(ana).to_contain_text("is handed out.")
    expect(page.locator(f"#out-{shift.people[0].id}")).to_contain_text("due at")
    page.locator(f"#out-{shift.people[0].id}").get_by_role("button", name="Back safe").click()
    expect(ana).to_contain_text("Back safe")
    db.session.rollback()
    assert db.session.query(Outing).one().back_at is not None


def test_a_call_for_help_waits_for_the_network_and_then_stands_on_the_desk(visit, make, shift):
    lease = make.lease(db.session.query(Turf).first(), shift.people[0], shift_id=shift.id)
    desk = visit("desk", make.person(role="field_lead"))
    desk.goto(f"/organize/shifts/{shift.id}/turf")
    started(desk)
    phone = visit(
        "phone", geolocation={"latitude": 29.2108, "longitude": -81.0228}, permissions=["geolocation"]
    )
    phone.goto(f"/walk/{lease.token}")
    started(phone)
    phone.context.set_offline(True)
    phone.locator(".safety__help > summary").click()
    phone.get_by_role("button", name="Call for help and say where I am").click()
    expect(phone.locator("[data-help-state]")).to_contain_text("Not sent yet")
    assert count(HelpCall) == 0
    phone.context.set_offline(False)
    expect(phone.locator("[data-help-state]")).to_contain_text("has been told, and where you are")
    db.session.rollback()
    kept = db.session.query(HelpCall).one()
    assert (round(kept.latitude, 4), round(kept.longitude, 4)) == (29.2108, -81.0228)
    alarm = desk.locator(".desk-alarm")
    expect(alarm).to_contain_text("Ana Pineda calls for help", timeout=30_000)
    alarm.get_by_role("button", name="I am on it").click()
    expect(desk.locator("main")).to_contain_text("answered the call of Ana Pineda")


def test_an_alarm_that_stands_is_not_put_in_anew_and_keeps_the_focus(visit, make, shift, client):
    turfs = db.session.query(Turf).order_by(Turf.id).all()
    first, second = (
        make.lease(turf, person, shift_id=shift.id)
        for turf, person in zip(turfs, shift.people[:2], strict=False)
    )
    client.http.post(f"/walk/{first.token}/help", json={"id": "0" * 31 + "1"})
    desk = visit("desk", make.person(role="field_lead"))
    desk.goto(f"/organize/shifts/{shift.id}/turf")
    started(desk)
    desk.get_by_role("button", name="I am on it").focus()
    desk.evaluate("document.querySelector('.desk-alarm').isTheSame = true")
    client.http.post(f"/walk/{second.token}/help", json={"id": "0" * 31 + "2"})
    expect(desk.locator(".desk-alarm")).to_have_count(2, timeout=30_000)
    old = desk.locator(".desk-alarm", has_text=shift.people[0].name)
    assert old.evaluate("each => each.isTheSame && each.contains(document.activeElement)")
    desk.locator(".desk-alarm", has_text=shift.people[1].name).get_by_role("button").click()
    expect(desk.locator("main")).to_contain_text(f"answered the call of {shift.people[1].name}")


def test_a_place_is_shared_only_while_the_box_is_ticked(visit, make, shift):
    lease = make.lease(db.session.query(Turf).first(), shift.people[0], shift_id=shift.id)
    phone = visit(
        "phone", geolocation={"latitude": 29.2108, "longitude": -81.0228}, permissions=["geolocation"]
    )
    phone.goto(f"/walk/{lease.token}")
    started(phone)
    box = phone.get_by_label("Let my field lead see where I am")
    expect(box).not_to_be_checked()
    assert count(SharedPosition) == 0
    with phone.expect_response("**/position"):
        box.check()
    db.session.rollback()
    assert round(db.session.query(SharedPosition).one().latitude, 4) == 29.2108
    with phone.expect_response("**/sharing"):
        box.uncheck()
    assert count(SharedPosition) == 0


def test_the_desk_works_without_a_script(visit, make, shift):
    page = visit("phone", make.person(role="field_lead"), java_script_enabled=False)
    page.goto(f"/organize/shifts/{shift.id}/turf")
    page.get_by_role("button", name="Hand out turf to Ben Ortiz").click()
    expect(page.locator(f"#person-{shift.people[1].id}")).to_contain_text("is handed out.")
    page.get_by_label("Name").fill("Walt Ingram")
    page.get_by_label("Phone").fill("305 555 0144")
    page.get_by_role("button", name="They are here").click()
    expect(page.locator("#people")).to_contain_text("Walt Ingram")


def test_a_code_at_the_table_checks_in(visit, make, shift):
    from volunteer_hub.events import links

    sign_up_id = db.session.scalar(db.select(SignUp.id).where(SignUp.person_id == shift.people[2].id))
    page = visit("phone", make.person(role="field_lead"))
    page.goto(links.check_in_path(sign_up_id))
    page.get_by_role("button", name="Check in Cy Young").click()
    expect(page.locator(f"#person-{shift.people[2].id}")).to_contain_text("Present")


@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_at_the_desk(visit, make, shift, client, size):
    lead, now = make.person(role="organizer"), clock.now()
    turfs = db.session.query(Turf).order_by(Turf.id).all()
    first = make.lease(turfs[0], shift.people[0], shift_id=shift.id)
    second = make.lease(turfs[1], shift.people[1], shift_id=shift.id)
    with transaction():
        for person, lease, minutes in ((shift.people[0], first, -20), (shift.people[1], second, 60)):
            row = outings.go_out(
                person.campaign_id, person.id, shift_id=shift.id, lease_id=lease.lease_id,
                due_at=now + timedelta(minutes=60), by=None, now=now - timedelta(minutes=90),
            )  # fmt: skip
            row.due_at = now + timedelta(minutes=minutes)
    sweep_safety()
    client.http.post(f"/walk/{first.token}/help", json={"id": "0" * 31 + "1", **_here()})
    page = visit(size, lead, bypass_csp=True)
    found = {}
    for name, path in (
        ("shift", f"/organize/shifts/{shift.id}/turf"), ("desk", "/organize/turf"),
        ("lease", f"/turf/leases/{first.lease_id}"), ("part", f"/turf/leases/{first.lease_id}/part"),
        ("walk", f"/walk/{first.token}"), ("walk-part", f"/walk/{first.token}/part"),
        ("mine", f"/w/{'A' * 10}"), ("sheet", _sheet(page, turfs[0])),
    ):  # fmt: skip
        page.goto(path)
        started(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=str(Path(folder) / f"{name}-{size}.png"), full_page=True)
        found[path] = violations(page)
    assert {path: each for path, each in found.items() if each} == {}


def _here() -> dict[str, float]:
    return {"latitude": 29.2108, "longitude": -81.0228, "accuracy": 20}


def _sheet(page, turf) -> str:
    """Print a sheet of a turf; the page where it is typed in."""
    from volunteer_hub.canvass.models_sheets import PaperSheet

    page.goto(f"/turf/{turf.id}/print")
    token = page.locator("input[name=csrf_token]").first.input_value()
    answer = page.request.post(f"/turf/{turf.id}/sheet.pdf", form={"csrf_token": token})
    assert answer.body().startswith(b"%PDF")
    db.session.rollback()
    return f"/turf/sheets/{db.session.scalar(db.select(PaperSheet.id))}"
