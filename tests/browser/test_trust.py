"""Trust in Chromium: a passkey of a virtual device, consents, one's data, erasing; also without scripts."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error

from tests.browser.looking import SIZES, Walk, started
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.messaging import services as messaging
from volunteer_hub.people.models import Passkey, Person

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


@pytest.mark.parametrize(("size", "language"), [("desk", "en"), ("phone", "es")])
def test_a_passkey_is_made_and_used(visit, home, make, size, language):
    person = make.person(name="Rosa Lake", language=language)
    words = {
        "en": ("Add a passkey", "Sign in with a passkey", "Sign in"),
        "es": ("Agregar una llave de acceso", "Iniciar sesión con una llave de acceso", "Iniciar sesión"),
    }[language]
    page = visit(size, person)
    cookie_for(page, home)
    touched = with_device(page)
    walk = Walk(page)
    walk.go(f"{home}/profile/security", "security")
    walk.press(words[0])
    page.locator("form[action*='/profile/passkeys/'][action$='/remove']").wait_for(state="attached")
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


@pytest.mark.parametrize("size", list(SIZES))
def test_consents_and_ones_data_are_read_and_changed_and_then_all_is_erased(visit, make, size):
    person = make.person(name="Rosa Lake", note="has a van", phone="+13055550142")
    with transaction():
        digest = messaging.digest_of("text", person.phone)
        messaging.opt_out(person.campaign_id, "text", digest, reason="stop", now=clock.now())
    make.sign_up(make.shift(), person)
    page = visit(size, person)
    walk = Walk(page)
    walk.go("/profile/messages", "consents")
    page.get_by_text("Send START from this phone").wait_for()
    page.locator("label", has_text="Photos of me from events may be shown").click()
    walk.press("Save")
    page.get_by_text("Saved.").wait_for()
    page.get_by_text("All that I answered").click()
    walk.look("consents with a history")
    walk.go("/profile/my-data", "my data")
    page.locator("summary", has_text="My shifts").click()
    walk.look("my data, opened")
    walk.go("/profile/erase", "erase")
    page.locator("label.choice__label").click()
    walk.press("Erase me")
    page.wait_for_url("**/erased")
    walk.look("erased")
    assert walk.verdict() == {}


def test_all_of_it_is_forms_that_need_no_script(visit, make):
    person = make.person(name="Rosa Lake", language="es")
    page = visit("phone", person, java_script_enabled=False)
    page.goto("/profile/messages")
    page.locator("label", has_text="Pueden mostrar fotos mías de los eventos").click()
    page.get_by_role("button", name="Guardar").click()
    assert page.get_by_label("Pueden mostrar fotos mías de los eventos").is_checked()
    page.goto("/profile/erase")
    page.locator("label.choice__label").click()
    page.locator("form button.button--danger").click()
    page.wait_for_url("**/erased")
    db.session.rollback()
    assert db.session.get_one(Person, person.id).erased_at is not None


@pytest.mark.parametrize("size", list(SIZES))
def test_the_rules_of_keeping_are_read_and_set(visit, make, size):
    walk = Walk(visit(size, make.person(role="admin")))
    walk.go("/campaign/retention", "retention", "How long we keep things")
    walk.page.get_by_label("Words of texts that people sent us").fill("5")
    walk.press("Save")
    walk.page.get_by_text("Between 7 and 730 days").wait_for()
    walk.look("retention refused")
    walk.page.get_by_label("Words of texts that people sent us").fill("60")
    walk.press("Save")
    walk.page.get_by_text("Saved.").wait_for()
    walk.look("retention saved")
    assert walk.verdict() == {}
