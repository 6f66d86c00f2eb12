"""What the browser tests share: the application on a port of its own, a Chromium and its windows."""

from __future__ import annotations

import pytest

from tests.browser.chromium import WHY_NONE, find, launch
from tests.browser.looking import SIZES, WAIT_MS
from tests.browser.serving import served
from volunteer_hub.core import clock
from volunteer_hub.core.db import transaction
from volunteer_hub.people import identity


@pytest.fixture
def site(app):
    """The application on a port of its own, on loopback, for the length of a test."""
    with served(app) as address:
        yield address


@pytest.fixture(scope="module")
def chromium():
    if find() is None:
        print(f"skipped: {WHY_NONE}")
        pytest.skip(WHY_NONE)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, site):
    """visit(size, person=None, **options) opens a browser window of that size, signed in as a person."""
    contexts = []

    def open_window(size="phone", person=None, **options):
        context = chromium.new_context(viewport=SIZES[size], base_url=site, **options)
        context.set_default_timeout(WAIT_MS)
        contexts.append(context)
        if person is not None:
            with transaction():
                token = identity.open_session(
                    person, way_in="link", browser="test", second_factor=True, now=clock.now()
                )
            context.add_cookies([{"name": identity.COOKIE, "value": token, "url": site}])
        return context.new_page()

    yield open_window
    for context in contexts:
        context.close()
