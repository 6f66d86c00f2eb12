"""The style page in Chromium, under the real policy: axe, overflow, the behaviours and the map."""

from __future__ import annotations

import re

import pytest
from flask import Flask, jsonify, render_template
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect
from playwright.sync_api import expect

from tests.browser import chromium as chromiums
from tests.browser.looking import SIZES, WAIT_MS, drawn, started
from tests.browser.serving import served
from volunteer_hub.app import TEMPLATES
from volunteer_hub.core import assets, display, samples, web
from volunteer_hub.frontend.build import ROOT

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromiums.find() is None, reason=chromiums.WHY_NONE),
]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WORK: dict[str, object] = {}  # how far the piece of work is; empty: the server fails


def style_app() -> Flask:
    """The style page with its data and the answers of a piece of work, without a database."""
    app = Flask("volunteer_hub", template_folder=str(TEMPLATES), static_folder=str(assets.STATIC))
    app.config.update(SECRET_KEY="for the tests only")
    Babel(app, timezone_selector=lambda: "America/New_York")
    CSRFProtect(app)
    assets.set_up(app)
    display.set_up(app)
    app.jinja_env.globals.update(asset=assets.asset_url, sprite_icon=assets.icon)
    nav = [{"label": f"Place {n}", "url": "/", "icon": "home", "active": n == 0} for n in range(7)]
    app.context_processor(lambda: {"nav_items": nav, "campaign_name": "Harbor Forward"})

    @app.get("/")
    def page():
        urls = {"areas_url": "/map/areas", "points_url": "/map/points", "lines_url": "/map/lines"}
        return render_template("style/index.html", **samples.sample_context(**urls))

    @app.get("/map/<kind>")
    def shapes(kind: str):
        return jsonify(getattr(samples, f"sample_{kind}")())

    @app.get("/work")
    def work():
        return render_template("style/work.html")

    @app.get("/work.json")
    def work_state():
        return jsonify(WORK) if WORK else ("no", 502)

    @app.after_request
    def policy(response):
        response.headers["Content-Security-Policy"] = web.CONTENT_SECURITY_POLICY
        return response

    return app


@pytest.fixture(scope="module")
def site():
    with served(style_app()) as address:
        yield address


@pytest.fixture
def tab(chromium):
    """A page at desktop size, its behaviours at work, that collects what the browser complains about."""
    opened = []

    def open_tab(url: str, size: str = "desk", mode: str = "light", *, scripts: bool = True, **options):
        context = chromium.new_context(viewport=SIZES[size], color_scheme=mode, **options)
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda m: page.complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        opened.append(context)
        page.goto(url)
        if scripts:
            started(page)
        return page

    yield open_tab
    for context in opened:
        context.close()


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
def test_axe_finds_nothing_and_nothing_runs_over_the_edge(tab, site, size: str, mode: str) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: python -m volunteer_hub.frontend")
    page = tab(site, size, mode, bypass_csp=True)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)["violations"]
    assert [(v["id"], [node["html"][:120] for node in v["nodes"]][:3]) for v in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_targets_are_large_enough_for_a_thumb(tab, site) -> None:
    page = tab(site, "phone")
    small = page.eval_on_selector_all(
        ".button:not(.button--small), .input, .choice, .paging a, .nav__link, .phone-bar a, .tap",
        "all => all.filter(e => e.offsetHeight && e.offsetHeight < 44).map(e => e.outerHTML.slice(0, 90))",
    )
    assert small == []


def test_the_map_draws_under_the_policy_and_points_at_its_table(tab, site) -> None:
    if not assets.is_bundled():
        pytest.skip("maps only exist bundled: python -m volunteer_hub.frontend")
    page = tab(site)
    drawn(page, "style-map")
    page.click("table[data-map=style-map] tr[data-row-key='3'] td")
    state = "document.querySelector('#style-map').map.getFeatureState({source: 'areas', id: 3}).picked"
    page.wait_for_function(f"{state} === true")
    drawn(page, "style-map")
    dot = "document.querySelector('#style-map').map.project([-76.45 + 0.02 * 0.59, 36.98 + 0.016 * 0.44])"
    page.locator("#style-map canvas").click(position=page.evaluate(f"(({{ x, y }}) => ({{ x, y }}))({dot})"))
    expect(page.locator(".maplibregl-popup")).to_contain_text("Harbor 1")
    assert page.eval_on_selector_all("tr.is-picked", "rows => rows.map(r => r.dataset.rowKey)") == ["1"]
    assert page.locator("#style-map .map__legend li").count() >= 5
    assert page.complaints == []


def test_a_confirmation_is_a_dialog_that_starts_on_the_safe_side(tab, site) -> None:
    page = tab(site)
    confirm = page.locator(".confirm[data-started=confirm]", has_text="Delete this list")
    confirm.locator("summary").click()
    expect(confirm.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Escape")
    expect(confirm.locator("dialog")).to_be_hidden()
    expect(confirm.locator("summary")).to_be_focused()


def test_a_confirmation_opened_before_its_behaviour_stays_until_it_is_closed(tab, site) -> None:
    """Nobody presses the dangerous button because the page has moved under the finger."""
    page, late = tab("about:blank", scripts=False), []
    page.route(re.compile(r"/confirm[-.]"), lambda route: late.append(route))
    page.goto(site)
    confirm = page.locator(".confirm", has_text="Delete this list")
    confirm.locator("summary").click()
    expect(confirm.get_by_role("button", name="Delete the list")).to_be_visible()
    for _ in range(100):
        if late:
            break
        page.wait_for_timeout(WAIT_MS / 100)
    late.pop().continue_()
    started(page)
    expect(confirm.locator("form")).to_be_visible()
    expect(confirm.locator("dialog")).to_have_count(0)
    confirm.locator("summary").click()
    expect(confirm.locator("dialog")).to_have_count(1)
    confirm.locator("summary").click()
    expect(confirm.get_by_role("button", name="Keep it")).to_be_focused()


def test_without_scripts_the_confirmation_unfolds_and_the_form_is_there(tab, site) -> None:
    page = tab(site, scripts=False, java_script_enabled=False)
    page.click("summary:has-text('Delete this list')")
    assert page.is_visible("button:has-text('Delete the list')")
    assert not page.is_visible("[data-theme-choice=dark]")


def test_a_chosen_theme_stays_on_the_next_page(tab, site) -> None:
    page = tab(site)
    page.click(".account summary")
    page.click("[data-theme-choice=dark]")
    page.wait_for_selector("html[data-theme=dark]")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.goto(site)
    assert page.get_attribute("html", "data-theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark


def test_a_form_is_sent_once(tab, site) -> None:
    page = tab(site)
    sent = page.evaluate(
        """() => { const form = document.querySelector('form.form[data-started=once]'); let sent = 0;
        addEventListener('submit', (e) => { if (!e.defaultPrevented) sent += 1; e.preventDefault(); });
        form.noValidate = true; form.requestSubmit(); form.requestSubmit(); return sent; }"""
    )
    assert sent == 1


def test_live_progress_outlives_a_failed_answer_and_goes_on_at_the_end(tab, site) -> None:
    WORK.update(done=10, total=40, seconds_left=30)
    page = tab(f"{site}/work")
    expect(page.locator("progress")).to_have_js_property("value", 10)
    expect(page.locator("[data-progress=count]")).to_have_text("10 of 40")
    WORK.clear()
    expect(page.locator("[data-progress=note]")).to_contain_text("Trying again")
    WORK.update(done=40, total=40, finished=True, url="/")
    page.wait_for_url(f"{site}/")
