"""Our shifts on somebody else's site, whatever that site's rules and styles are."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.browser.elsewhere import foreign_site
from tests.browser.looking import AXE, violations
from volunteer_hub.core import clock
from volunteer_hub.people import identity

pytestmark = pytest.mark.browser

HOSTILE_STYLE = """<style>
  body { font-size: 30px; width: 60rem; max-width: 90% } * { color: red }
  iframe { display: none; height: 90px; max-height: 120px; width: 200px !important; border: 9px solid }
</style>"""


@pytest.fixture
def event(make):
    event = make.event(name="Canvass in Oakwood", description="Meet at the library.")
    first = clock.now() + timedelta(days=1)
    for day in range(5):
        make.shift(event=event, starts_at=first + timedelta(days=day), languages=["es"])
    make.shift(event=make.event(name="Phones at the hall", kind="phone_bank"))
    return event


def script_of(site, make, **told):
    data = "".join(f' data-{name}="{value}"' for name, value in told.items())
    return f'<script src="{site}/embed.js" data-campaign="{make.default_campaign.slug}"{data} async></script>'


def strict(site):
    """As careful sites have it: nothing but what they name, and no style that stands in the page."""
    return f"default-src 'none'; script-src {site}; frame-src {site}; img-src data:; style-src 'none'"


def framed(page):
    """The document within the frame, once it stands and has told its height."""
    frame = page.locator("iframe").element_handle().content_frame()
    frame.wait_for_selector("html[data-started]", state="attached")
    page.wait_for_function("parseFloat(document.querySelector('iframe').style.height) !== 560")
    return frame


def look(page, frame):
    """What axe finds in the frame itself and on the page around it."""
    frame.evaluate(AXE.read_text(encoding="utf-8"))
    within = frame.evaluate("axe.run().then(found => found.violations.map(each => each.id))")
    return within + violations(page)


@pytest.mark.parametrize(("size", "locale"), [("phone", "es-US"), ("desk", "en-US")])
def test_the_script_shows_the_list_on_a_strict_site_and_leads_to_a_sign_up(
    visit, site, make, event, size, locale
):
    page = visit(size, make.person(), locale=locale)
    asked = []
    page.on("request", lambda request: asked.append(request) if "/embed" in request.url else None)
    refused = []
    page.on("console", lambda line: refused.append(line.text) if line.type == "error" else None)
    with foreign_site(script_of(site, make, near="33128"), policy=strict(site)) as address:
        page.goto(address)
        frame = framed(page)
        assert frame.locator(".event-line__title").all_inner_texts() == [event.name, "Phones at the hall"]
        overflow = "document.documentElement.{0} - {1}"
        assert frame.evaluate(overflow.format("scrollHeight", "innerHeight")) <= 0, "it scrolls in a box"
        assert frame.evaluate(overflow.format("scrollWidth", "innerWidth")) <= 0
        room = (
            page.locator("iframe").bounding_box()["height"] - frame.locator("main").bounding_box()["height"]
        )
        assert room < 60, "it leaves a hole below"
        assert refused == []
        assert len(asked) == 2
        assert not any("cookie" in request.all_headers() for request in asked), "nobody is followed about"
        with page.context.expect_page() as opened:
            frame.locator(".time-chip").first.click()
        shift = opened.value
        shift.locator("#sign-up").wait_for()
        assert shift.url.startswith(f"{site}/c/{make.default_campaign.slug}/shifts/")
        assert shift.evaluate("opener") is None
    assert [cookie["domain"] for cookie in page.context.cookies() if cookie["name"] == identity.COOKIE] == [
        "127.0.0.1"
    ]


@pytest.mark.parametrize(("size", "locale"), [("phone", "en-US"), ("desk", "es-US")])
def test_the_frame_keeps_its_shape_under_the_other_sites_styles(visit, site, make, event, size, locale):
    page = visit(size, bypass_csp=True, locale=locale)
    with foreign_site(script_of(site, make), head=HOSTILE_STYLE) as address:
        page.goto(address)
        frame = framed(page)
        box = page.locator("iframe").bounding_box()
        assert box["width"] > 0.9 * page.locator("main").bounding_box()["width"]
        assert box["height"] >= frame.locator("main").bounding_box()["height"]
        assert look(page, frame) == []


def test_a_script_in_the_head_still_shows_its_list_on_the_page(visit, site, make, event):
    page = visit("phone")
    with foreign_site("<p>Our news</p>", head=script_of(site, make)) as address:
        page.goto(address)
        framed(page)
        assert page.locator("body iframe").is_visible()


def test_a_mistake_in_the_snippet_is_told_within_the_frame(visit, site, make, event):
    page = visit("phone")
    script = script_of(site, make).replace(make.default_campaign.slug, "no-such-campaign")
    with foreign_site(script) as address:
        page.goto(address)
        page.frame_locator("iframe").get_by_text("names a campaign that we do not know").wait_for()
