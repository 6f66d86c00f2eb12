"""A volunteer with a phone finds a shift near where they are, shares it, and meets it on another site."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.browser.looking import SIZES, Walk, drawn, started, violations
from volunteer_hub.core import clock

pytestmark = pytest.mark.browser
HERE = {"latitude": 25.774321, "longitude": -80.193712}


@pytest.fixture
def shifts(make):
    """An event with several times downtown, and one in the next town."""
    downtown = make.location(name="Oakwood library", is_accessible=True)
    event = make.event(name="Canvass in Oakwood", description="Meet at the library and knock on doors.")
    first = clock.now() + timedelta(days=1)
    many = [
        make.shift(event=event, location=downtown, starts_at=first + timedelta(days=day), languages=["es"])
        for day in range(6)
    ]
    away = make.location(name="Union hall", latitude=25.8576, longitude=-80.2781)
    make.shift(
        event=make.event(name="Phones at the hall", kind="phone_bank"), location=away, capacity=1, going=1
    )
    return many


@pytest.mark.parametrize(("size", "locale"), [("phone", "es-US"), ("desk", "en-US")])
def test_from_where_i_am_to_a_shift_and_its_page(visit, make, shifts, size, locale):
    page = visit(size, bypass_csp=True, locale=locale, geolocation=HERE, permissions=["geolocation"])
    walk = Walk(page)
    walk.go(f"/c/{make.default_campaign.slug}/shifts", "list")
    page.locator("[data-ask]").click()
    page.wait_for_url("**at=25.77**")
    assert "25.7743" not in page.url
    walk.look("near me")
    assert page.locator(".event-line__title").all_inner_texts() == [
        "Canvass in Oakwood",
        "Phones at the hall",
    ]
    fold = page.locator(".map-fold")
    if size == "phone":
        assert not fold.evaluate("fold => fold.open"), "the map waits until somebody wants it"
        fold.locator("summary").click()
    drawn(page, "near-map")
    walk.look("with its map")
    page.locator(".event-line__title a").first.click()
    walk.look("event", "Canvass in Oakwood")
    page.locator(".line.shift-line").first.click()
    walk.look("shift", "Canvass in Oakwood")
    assert walk.verdict() == {}


def test_sharing_takes_the_phones_own_sheet_or_shows_the_address(visit, make, shifts):
    page = visit("phone")
    page.add_init_script(
        "navigator.share = async (what) => { window.shared = what }; navigator.canShare = () => true;"
    )
    path = f"/c/{make.default_campaign.slug}/shifts/{shifts[0].id}"
    page.goto(path)
    started(page)
    page.locator(".share summary").click()
    page.wait_for_function("window.shared")
    assert page.evaluate("shared.url").endswith(f"{path}?from=share")
    plain = visit("phone")
    plain.add_init_script("Object.defineProperty(navigator, 'share', { value: undefined })")
    plain.goto(path)
    started(plain)
    plain.locator(".share summary").click()
    assert plain.locator(".share input").input_value().endswith(f"{path}?from=link")


@pytest.mark.parametrize("size", SIZES)
def test_without_scripts_a_zip_and_two_taps_lead_to_a_shift(visit, make, shifts, size):
    page = visit(size, java_script_enabled=False)
    page.goto(f"/c/{make.default_campaign.slug}/shifts")
    page.locator("input[name=near]").fill("33128")
    page.locator("[data-without-script]").click()
    assert page.locator(".event-line__title").first.inner_text() == "Canvass in Oakwood"
    assert not page.locator("[data-ask]").is_visible(), "what needs a script is not offered"
    assert not page.locator(".map-fold").is_visible()
    page.locator(".time-chip").first.click()
    assert page.locator("input[name=email]").is_visible()
    assert page.locator("h1").inner_text() == "Canvass in Oakwood"


@pytest.mark.parametrize("size", SIZES)
def test_a_strangers_page_stands_in_the_middle_and_the_form_is_a_tap_away(visit, make, shifts, size):
    page = visit(size)
    path = f"/c/{make.default_campaign.slug}/shifts"
    page.goto(f"{path}/{shifts[0].id}")
    box = page.locator("main").bounding_box()
    assert abs(box["x"] - (SIZES[size]["width"] - box["x"] - box["width"])) < 20
    jump = page.locator(".to-sign-up a")
    assert jump.is_visible() == (size == "phone"), "on a desk the form stands beside the words"
    if size == "phone":
        assert jump.bounding_box()["y"] < SIZES[size]["height"]
        jump.click()
        page.wait_for_function("document.querySelector('#sign-up').getBoundingClientRect().top < 200")
    page.goto(f"{path}?near=33128&kind=rally&language=fr")
    page.get_by_role("link", name="Show all shifts near Miami").click()
    page.locator(".event-line").first.wait_for()
    assert page.locator("input[name=near]").input_value() == "33128", "what was typed is kept"


@pytest.mark.parametrize("size", SIZES)
def test_an_organizer_sees_what_the_snippet_will_show(visit, make, shifts, size):
    page = visit(size, make.person(role="organizer"), bypass_csp=True)
    page.goto("/organize/sharing?near=33128")
    started(page)
    page.frame_locator("iframe").locator(".event-line").first.wait_for()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
