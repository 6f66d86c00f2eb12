"""Where no script arrives the pages on a volunteer's way to a shift are as good to read, for everybody.

Scripts are kept from the pages, not switched off in the browser: axe-core, which looks them over, is one.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.browser.elsewhere import foreign_site
from tests.browser.looking import AXE, violations
from volunteer_hub.core import clock

pytestmark = pytest.mark.browser


@pytest.fixture
def event(make):
    """An event that asks for an age and a paper, with two times at a place with notes."""
    place = make.location(name="Oakwood library", is_accessible=True, notes="Park behind the house.")
    event = make.event(name="Canvass", description="We knock.", min_age=18, papers=["poll_watcher"])
    for day in (1, 2):
        starts_at = clock.now() + timedelta(days=day)
        make.shift(event=event, location=place, starts_at=starts_at, languages=["es"], skills=["drive"])
    return event


@pytest.fixture
def plain(visit):
    """A window that no script of a page reaches."""

    def open_window(size, person=None, **options):
        page = visit(size, person, bypass_csp=True, **options)
        page.context.route("**/*.js", lambda route: route.abort())
        return page

    return open_window


class Look:
    """What is wrong on each page, by its name."""

    def __init__(self, page) -> None:
        self.page, self.found = page, {}

    def at(self, path: str, name: str) -> None:
        answer = self.page.goto(path)
        assert answer.ok, f"{name}: {path} answers {answer.status}"
        self.here(name)

    def here(self, name: str) -> None:
        self.page.locator("h1").first.wait_for()
        assert self.page.locator("html.no-script").count() == 1, "a script has run"
        wrong = violations(self.page)
        if not self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            wrong.append("the page is wider than the window")
        if wrong:
            self.found[name] = wrong


@pytest.mark.parametrize(("size", "locale"), [("phone", "es-US"), ("desk", "en-US")])
def test_the_way_to_a_shift_is_sound_for_a_stranger(plain, make, event, size, locale):
    shifts = f"/c/{make.default_campaign.slug}/shifts"
    look = Look(plain(size, locale=locale))
    look.at(f"{shifts}?near=33128&kind=canvass", "near me, narrowed")
    look.at(f"{shifts}?near=99999", "a ZIP that is none")
    look.at(f"{shifts}?near=33128&kind=rally", "nothing found")
    look.at(shifts, "all")
    look.page.locator(".event-line__title a").first.click()
    look.here("event")
    look.page.locator(".shift-line").first.click()
    look.here("shift")
    for fold in look.page.locator("main summary").all():
        fold.click()
    look.here("shift, unfolded")
    look.page.locator("#name").fill("Rosa Lake")
    look.page.locator("#email").fill("rosa@example.org")
    look.page.locator("#sign-up button.button--primary").click()
    look.page.locator(".error-summary").first.wait_for()
    look.here("the form refused")
    look.at(f"/c/{make.default_campaign.slug}/sign-up?event={event.id}", "several")
    look.at(f"/c/{make.default_campaign.slug}/embed", "the frame by itself")
    assert look.found == {}


@pytest.mark.parametrize(("size", "locale"), [("phone", "en-US"), ("desk", "es-US")])
def test_ones_own_pages_are_sound(plain, make, event, size, locale):
    me = make.person(language=locale[:2], skills=["drive"])
    shift = make.shift(starts_at=clock.now() + timedelta(hours=5))
    mine = make.sign_up(shift, me)
    make.sign_up(make.shift(starts_at=clock.now() + timedelta(days=5), capacity=1, going=1), me)
    look = Look(plain(size, me, locale=locale))
    look.at("/shifts", "near home")
    look.at(f"/c/{make.default_campaign.slug}/shifts/{shift.id}", "a shift of mine")
    look.at("/my/shifts", "my shifts")
    look.at(f"/my/shifts/{mine.id}/change", "another time")
    look.page.goto("/my/shifts")
    look.page.locator(f"#sign-up-{mine.id} form button").last.click()
    look.here("given up, with its undo")
    assert look.found == {}


def test_the_plain_frame_stands_on_another_site(plain, site, make, event):
    frame = f'<iframe src="{site}/c/{make.default_campaign.slug}/embed" title="Volunteer"></iframe>'
    page = plain("phone", locale="es-US")
    with foreign_site(frame, policy=f"default-src 'none'; frame-src {site}; img-src data:") as address:
        page.goto(address)
        within = page.locator("iframe").element_handle().content_frame()
        within.locator(".event-line").first.wait_for()
        within.evaluate(AXE.read_text(encoding="utf-8"))
        found = within.evaluate("axe.run().then(found => found.violations.map(each => each.id))")
    assert found == []
