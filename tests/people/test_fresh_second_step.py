"""What cannot be taken back asks for the second step of who has one: the mailbox alone is not enough."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.browsing import Browser
from tests.people.letters import last_link
from tests.people.test_passkeys import ORIGIN, Device, add, asked, use
from tests.people.test_password_and_codes import with_codes
from volunteer_hub.core import clock
from volunteer_hub.core.db import db
from volunteer_hub.people.models import Passkey, Person

SENSITIVE = ("/profile/email", "/profile/erase")


@pytest.fixture(autouse=True)
def public(app, config):
    """The site has a name and TLS; passkeys need both."""
    from dataclasses import replace

    app.extensions["vh_config"] = replace(config, base_url=ORIGIN)


def by_link(app, person) -> Browser:
    """A browser that signed in by the link in the mailbox, and by nothing else."""
    browser = Browser(app)
    browser.post("/sign-in", {"email": person.email})
    browser.post(last_link(person.email))
    return browser


@pytest.fixture
def owner(app, make):
    """A volunteer with a passkey: (person, device)."""
    person, device = make.person(email="ana@example.org"), Device()
    add(by_link(app, person), device)
    return person, device


def refused(browser, path):
    answer = browser.get(path, status=302)
    assert answer.location.startswith("/sign-in?again=1")
    return browser.get(answer.location).text


def test_who_has_no_second_step_needs_none(app, make):
    browser = by_link(app, make.person())
    for path in SENSITIVE:
        browser.get(path)


@pytest.mark.parametrize("path", SENSITIVE)
def test_a_link_alone_does_not_open_what_a_passkey_guards(app, owner, path):
    person, device = owner
    browser = by_link(app, person)
    assert "with your passkey" in refused(browser, path)
    browser.post(path, {"email": "thief@example.org", "word": "ERASE"}, status=302)
    db.session.expire_all()
    assert (person.email, person.erased_at) == ("ana@example.org", None)
    assert use(browser, device.get(asked(browser)), next=path).location == path
    browser.get(path)


def test_a_link_alone_neither_adds_nor_removes_a_passkey(app, owner):
    person, device = owner
    browser = by_link(app, person)
    page = browser.get("/profile/security").text
    assert "Sign in once more to add one" in page
    browser.post("/profile/passkeys/options", status=403)
    row_id = db.session.scalars(select(Passkey.id)).one()
    assert "/sign-in" in browser.post(f"/profile/passkeys/{row_id}/remove").location
    assert db.session.scalars(select(Passkey.id)).one() == row_id
    use(browser, device.get(asked(browser)))
    browser.post(f"/profile/passkeys/{row_id}/remove")
    assert db.session.scalars(select(Passkey.id)).all() == []


def test_a_passkey_that_was_only_touched_counts_for_who_has_no_app(app, make):
    person, device = make.person(), Device(verifies=False)
    first = by_link(app, person)
    add(first, device)
    refused(first, "/profile/email")
    use(first, device.get(asked(first)))
    first.get("/profile/email")


def test_making_a_passkey_with_finger_or_pin_is_the_second_step_of_that_session(app, make):
    browser = by_link(app, make.person())
    add(browser, Device())
    browser.get("/profile/email")


def test_a_session_from_before_the_codes_were_set_up_changes_nothing(app, make):
    person = make.person(role="organizer")
    early = by_link(app, person)
    for path in (*SENSITIVE, "/profile/password"):
        early.get(path)
    totp, _codes = with_codes(person)
    for path in (*SENSITIVE, "/profile/password", "/profile/second-step"):
        assert "with the code of your app" in refused(early, path)
    early.post("/profile/password", {"password": "copper lantern orbit mango"})
    assert db.session.get(Person, person.id, populate_existing=True).password_hash is None
    with clock.standing_at(clock.now() + timedelta(minutes=2)):
        late = by_link(app, person)
        late.post("/sign-in/code", {"code": totp.at(clock.now())})
        for path in (*SENSITIVE, "/profile/password"):
            late.get(path)


def test_where_passkeys_cannot_be_used_they_are_not_asked_for(app, config, owner):
    person, _device = owner
    app.extensions["vh_config"] = config  # the site has moved to an address without TLS
    by_link(app, person).get("/profile/email")


def test_an_admin_resets_a_lost_passkey(app, client, make, owner):
    person, _device = owner
    client.sign_in(make.person(role="admin"))
    assert "Remove their second step" in client.get(f"/people/{person.id}").text
    client.post(f"/people/{person.id}/second-step/reset")
    by_link(app, person).get("/profile/email")
