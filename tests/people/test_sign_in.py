"""Signing in by a link."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.browsing import Browser
from tests.people.letters import last_link, letters, links_in
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.people import identity, services
from volunteer_hub.people.models import SignInLink, WebSession


def ask(client, email, next_path=""):
    return client.post("/sign-in", {"email": email, "next": next_path})


def is_signed_in(client) -> bool:
    return client.http.get("/profile").status_code == 200


def test_a_link_signs_in_after_one_press_and_leads_where_one_wanted_to_go(client, make):
    person = make.person()
    assert (
        "/sign-in?next=%2Fprofile%2Favailability" in client.get("/profile/availability", status=302).location
    )
    ask(client, person.email, "/profile/availability")
    path = last_link(person.email)

    page = client.get(path).text
    assert not is_signed_in(client), "a GET must not sign in: link scanners fetch links"
    assert "Welcome back" in page

    assert client.post(path).location == "/profile/availability"
    assert is_signed_in(client)


def test_a_link_works_once(client, make):
    person = make.person()
    ask(client, person.email)
    path = last_link(person.email)
    client.post(path)
    client.get(path, status=410)
    Browser(client.app).post(path, status=410)


def test_of_two_presses_at_once_one_gets_in(app, client, make):
    person = make.person()
    ask(client, person.email)
    path, results = last_link(person.email), []
    browsers = [Browser(app) for _ in range(6)]
    tokens = [browser.token() for browser in browsers]
    start = threading.Barrier(len(browsers))

    def press(browser, token):
        start.wait()
        results.append(browser.http.post(path, data={"csrf_token": token}).status_code)

    threads = [threading.Thread(target=press, args=each) for each in zip(browsers, tokens, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [302] + [410] * 5


def test_a_link_is_too_old_after_fifteen_minutes(client, make):
    person = make.person()
    ask(client, person.email)
    path = last_link(person.email)
    with clock.standing_at(clock.now() + timedelta(minutes=15, seconds=1)):
        client.get(path, status=410)
        client.post(path, status=410)


def test_another_browser_is_told_who_asked_and_must_say_yes(client, make):
    person = make.person()
    client.http.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (Android 14; Mobile; rv:130.0) Firefox/130.0"
    ask(client, person.email)
    path = last_link(person.email)
    other = Browser(client.app)
    page = other.get(path).text
    assert "Was it you who asked" in page
    assert "Firefox, Android" in page
    other.post(path)
    assert is_signed_in(other)


def test_a_stranger_gets_the_same_answer_and_no_letter(client, make):
    person = make.person()
    known, unknown = ask(client, person.email), ask(client, "nobody@example.org")
    assert (known.location, known.text) == (unknown.location, unknown.text)
    assert client.get(known.location).text == client.get(unknown.location).text
    assert [letter["to"] for letter in letters()] == [person.email]


@pytest.mark.parametrize(
    "email", ["not an email", "a@b", "x" * 300 + "@example.org", "'; DROP TABLE people --@x.y"]
)
def test_what_is_no_address_is_answered_alike(client, make, email):
    make.person()
    response = client.http.post("/sign-in", data={"csrf_token": client.token(), "email": email})
    assert response.status_code in (302, 422)
    assert letters() == []


def test_somebody_in_two_campaigns_gets_one_letter_with_a_link_for_each(client, make):
    first, second = make.campaign(name="North"), make.campaign(name="South")
    make.person(campaign=first, email="both@example.org")
    make.person(campaign=second, email="both@example.org")
    ask(client, "BOTH@example.org")
    [letter] = letters("both@example.org")
    assert "North" in letter["text"]
    assert "South" in letter["text"]
    seen = set()
    for path in links_in(letter["text"]):
        browser = Browser(client.app)
        browser.post(path)
        seen.add(browser.http.get("/profile/my-data.json").json["campaign"])
    assert seen == {"North", "South"}


def test_the_database_holds_neither_the_link_nor_the_session(client, make):
    person = make.person()
    ask(client, person.email)
    path = last_link(person.email)
    client.post(path)
    cookie = client.http.get_cookie(identity.COOKIE)
    rows = [*db.session.scalars(select(SignInLink)), *db.session.scalars(select(WebSession))]
    held = b"".join(row.token_digest for row in rows)
    assert path.rsplit("/", 1)[1].encode() not in held
    assert cookie.value.encode() not in held
    assert cookie.http_only
    assert cookie.same_site == "Lax"


def test_somebody_set_aside_gets_no_link_and_loses_the_session(client, make):
    admin, person = make.person(role="admin"), make.person()
    client.sign_in(person)
    ask_before = Browser(client.app)
    ask(ask_before, person.email)
    path = last_link(person.email)
    with transaction():
        services.set_active(person, False, by=admin.id, now=clock.now())
    assert not is_signed_in(client)
    client.get(path, status=410)
    count = len(letters())
    ask(Browser(client.app), person.email)
    assert len(letters()) == count


def test_no_more_than_five_links_are_open_at_once(client, make):
    person = make.person()
    for _ in range(8):
        ask(client, person.email)
    assert len(letters(person.email)) == 5


def test_cookies_are_secure_behind_https(config):
    from dataclasses import replace

    from flask import Response

    from volunteer_hub.app import create_app
    from volunteer_hub.people.views_sign_in import keep_browser_token

    app = create_app(replace(config, base_url="https://hub.example.org"))
    with app.app_context():
        response = keep_browser_token(identity.give_cookie(Response(), "token"), "another")
    cookies = response.headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    assert all("Secure" in each and "HttpOnly" in each and "SameSite=Lax" in each for each in cookies)
    assert app.config["SESSION_COOKIE_SECURE"]


def test_signing_out_ends_the_session_on_the_server(client, make):
    client.sign_in(make.person())
    stolen = client.http.get_cookie(identity.COOKIE).value
    client.post("/sign-out")
    thief = Browser(client.app)
    thief.http.set_cookie(identity.COOKIE, stolen)
    assert not is_signed_in(thief)


def test_a_session_ends_after_its_days(client, make):
    client.sign_in(make.person())
    with clock.standing_at(clock.now() + timedelta(days=29)):
        assert is_signed_in(client)
    with clock.standing_at(clock.now() + timedelta(days=31)):
        assert not is_signed_in(client)


def test_the_letter_is_in_the_readers_language_and_zone(client, make):
    person = make.person(language="es", time_zone="America/Los_Angeles", name="Inés")
    ask(client, person.email)
    [letter] = letters(person.email)
    assert "Inés" in letter["text"]
    assert links_in(letter["text"])


def test_a_link_in_the_old_mailbox_opens_nothing_once_the_address_has_changed(client, make):
    person = make.person()
    ask(client, person.email)
    path = last_link(person.email)
    with transaction():
        services.change_email(person, "new@example.org", by=person.id, now=clock.now())
    client.get(path, status=410)
