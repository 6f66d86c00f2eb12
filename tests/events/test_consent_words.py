"""One source of words: what a form of shifts asks is what is kept, and what was not asked is not."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select

from tests.browsing import Browser
from tests.people.letters import letters, links_in
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.people import consent_words
from volunteer_hub.people.consent_words import WORDS, Words
from volunteer_hub.people.models import Consent, Person
from volunteer_hub.people.services import consent

SHOWN = {
    ("email", "2026-11-23"): (
        "Email me offers, reminders and news of my campaign",
        "A link under each email stops them at once.",
    ),
    ("text", "2026-11-23"): (
        "Text me offers and reminders",
        "Message rates may apply. Answer STOP at any time, and HELP for help.",
    ),
    ("photo", "2026-11-23"): (
        "Photos of me from events may be shown",
        "By this campaign, on its own pages and in its messages. Without your yes, we leave you out.",
    ),
    ("data", "2026-11-23"): (
        "Plan with my data: suggest shifts where my help counts most",
        "We use your home, times, skills and the shifts you came to, inside this campaign only. "
        "Without it you can still choose shifts yourself.",
    ),
}
"""What was ever asked. A line is added when words change; none is changed or taken away."""


def kept(email: str) -> list[tuple[str, bool, str, str]]:
    query = select(Consent.purpose, Consent.is_given, Consent.version, Consent.via)
    rows = db.session.execute(query.join(Person).where(Person.email == email).order_by(Consent.id))
    return [tuple(row) for row in rows]


def question(page: str, name: str = "email_agreed") -> tuple[str, str]:
    """The label of a box, and the hint beside it."""
    label = re.search(rf'<label[^>]*for="{name}"[^>]*>(.*?)</label>', page)
    hint = re.search(rf'<p[^>]*id="{name}-hint"[^>]*>(.*?)</p>', page)
    return unescape(label[1]), unescape(hint[1]) if hint else ""


@pytest.fixture
def page(make):
    shift = make.shift()
    return f"/c/{make.default_campaign.slug}/shifts/{shift.id}"


def test_the_words_of_a_version_are_never_changed():
    ever = {(each.purpose, each.version): each for each in WORDS.values()} | consent_words.EARLIER
    assert {key: (str(each.label), str(each.sentence)) for key, each in ever.items()} == SHOWN


@pytest.mark.parametrize("ticked", [True, False])
def test_a_sign_up_keeps_the_words_it_showed_and_nothing_it_did_not_ask(client, page, ticked):
    label, hint = question(client.get(page).text)
    assert label == str(WORDS["email"].label)
    assert str(WORDS["email"].sentence) in hint
    form = {"name": "Ana", "email": "ana@example.org"} | ({"email_agreed": "y"} if ticked else {})
    client.post(f"{page}/sign-up", form)
    assert kept("ana@example.org") == [("email", ticked, WORDS["email"].version, "form")]


def test_several_times_at_once_ask_in_the_same_words(client, page):
    several = re.search(r'href="([^"]*)">Sign up for several times at once', client.get(page).text)[1]
    assert question(client.get(unescape(several)).text)[0] == str(WORDS["email"].label)


def test_a_friend_is_asked_in_the_same_words_and_keeps_nothing_before(client, page, make, run_jobs):
    client.sign_in(make.person())
    client.post(f"{page}/sign-up", {"friend_name": ["Bo"], "friend_email": ["bo@example.org"]})
    run_jobs()
    assert kept("bo@example.org") == []
    path = next(each for each in links_in(letters("bo@example.org")[0]["text"]) if each.startswith("/s/"))
    friend = Browser(client.app)
    label, hint = question(friend.get(path).text)
    assert label == str(WORDS["email"].label)
    assert str(WORDS["email"].sentence) in hint
    friend.post(f"{path}/confirm", {"email_agreed": "y"})
    assert kept("bo@example.org") == [("email", True, WORDS["email"].version, "form")]


def test_an_answer_goes_on_showing_the_words_it_was_given_to(client, make, monkeypatch):
    person = make.person()
    with transaction():
        consent.record(person, "photo", True, via="profile", language="en", now=clock.now())
    old = WORDS["photo"]
    monkeypatch.setitem(consent_words.EARLIER, ("photo", old.version), old)
    monkeypatch.setitem(WORDS, "photo", Words("photo", "2027-01-01", "Paint me", "In oil."))
    log = client.sign_in(person).get("/profile/messages").text.partition("All that I answered")[2]
    assert str(old.label) in log
    assert f"words of {old.version}" in log
    assert "Paint me" not in log


WITHOUT = {
    "en": "Without your yes no reminders come by email, only confirmations and changes of your shifts.",
    "es": "Sin su sí no llegan recordatorios por correo, solo confirmaciones y cambios de sus turnos.",
}


@pytest.mark.parametrize("language", list(WITHOUT))
def test_every_form_says_what_happens_without_a_tick(client, page, make, run_jobs, language):
    client.sign_in(make.person(language=language))
    client.post(f"{page}/sign-up", {"friend_name": ["Bo"], "friend_email": ["bo@example.org"]})
    run_jobs()
    path = next(each for each in links_in(letters("bo@example.org")[0]["text"]) if each.startswith("/s/"))
    stranger = Browser(client.app)
    stranger.post("/language", {"language": language})
    several = re.search(r'href="([^"]*/sign-up\?[^"]*)"', stranger.get(page).text)[1]
    for form in (page, unescape(several), f"/c/{make.default_campaign.slug}/join", path):
        assert WITHOUT[language] in question(stranger.get(form).text)[1], form
