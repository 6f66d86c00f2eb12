"""Passkeys in Chromium: made, used and seen with a virtual device."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error

from tests.browser.looking import Walk, started
from volunteer_hub.core.db import db
from volunteer_hub.people.models import Passkey

pytestmark = pytest.mark.browser
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def home(app, config, site):
    """The site under the name localhost, where browsers allow passkeys; gives its address."""
    address = f"http://localhost:{urlsplit(site).port}"
    app.extensions["vh_config"] = replace(config, base_url=address)
    return address


def with_device(page):
    """Give the window a virtual authenticator, as a phone has one; gives the switch of its owner's finger."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable", {"enableUI": False})
    device = session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]

    def is_touched(enabled):
        asked = {"authenticatorId": device, "enabled": enabled}
        session.send("WebAuthn.setAutomaticPresenceSimulation", asked)

    return is_touched


def cookie_for(page, home):
    """The visitor's session under the other name of this machine."""
    kept = [{**each, "url": home} for each in page.context.cookies()]
    page.context.add_cookies([{key: each[key] for key in ("name", "value", "url")} for each in kept])


@pytest.mark.parametrize(("size", "language"), [("desk", "en")])
def test_a_passkey_is_made_and_used(visit, home, make, size, language):
    person = make.person(name="Rosa Lake", language=language)
    words = {
        "en": ("Add a passkey", "Sign in with a passkey", "Sign in", "Passkeys"),
        "es": (
            "Agregar una llave de acceso", "Iniciar sesión con una llave de acceso", "Iniciar sesión",
            "Llaves de acceso",
        ),
    }[language]  # fmt: skip
    page = visit(size, person)
    cookie_for(page, home)
    touched = with_device(page)
    walk = Walk(page)
    walk.go(f"{home}/profile/security", "security")
    walk.press(words[0])
    page.get_by_text("My phone").or_(page.get_by_text(words[3])).first.wait_for()
    page.wait_for_load_state()
    started(page)
    db.session.rollback()
    assert db.session.query(Passkey).count() == 1
    walk.look("security with a passkey")
    page.context.clear_cookies()
    page.context.add_cookies([{"name": "language", "value": language, "url": home}])
    touched(False)
    walk.go(f"{home}/sign-in?next=/profile", "sign in", words[2])
    page.get_by_role("button", name=words[1]).wait_for()
    touched(True)
    with suppress(Error):  # the quiet offer of the email field may be answered before the button is pressed
        walk.press(words[1])
    page.wait_for_url(f"{home}/profile")
    walk.look("signed in")
    assert walk.verdict() == {}
