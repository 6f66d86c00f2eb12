"""What people read: every text of the code has a Spanish one that says the same, and its readers get it."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import select

from tests.browsing import Browser
from volunteer_hub import translations
from volunteer_hub.assignments import services as assignments
from volunteer_hub.assignments.models import Assignment
from volunteer_hub.core import clock, display
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.secrets import unseal
from volunteer_hub.messaging.models import Message
from volunteer_hub.messaging.texts import signature_of
from volunteer_hub.people.vocabulary import PAGE_LANGUAGES

# What must stand in a translation as it stands in the text: places for values, tags, addresses.
KEPT = re.compile(r"%\(\w+\)[a-z]|%%|%[a-z]\b|\{\w*\}|</?[a-z][^>]*>|https?://\S+|\bSTOP\b")
SPANISH = {"Accept-Language": "es-US,es;q=0.9,en;q=0.5"}


@pytest.fixture(scope="module")
def used():
    return translations.used()


@pytest.fixture(scope="module", params=translations.LANGUAGES)
def kept(request):
    return translations.catalogue(request.param)


def ids_of(catalogue) -> set:
    return {(each.context, each.id) for each in catalogue if each.id}


def both_sides(message) -> list[tuple[str, str]]:
    """Each form of a text with its translation; a plural's last form stands for all that follow."""
    if isinstance(message.id, str):
        return [(message.id, message.string)]
    return [(message.id[min(n, len(message.id) - 1)], text) for n, text in enumerate(message.string)]


def test_every_language_of_the_pages_has_a_catalogue() -> None:
    assert set(PAGE_LANGUAGES) == set(display.LOCALES) == {"en", *translations.LANGUAGES}


def test_the_catalogue_misses_no_text_of_the_code(used, kept) -> None:
    missing = sorted(map(str, ids_of(used) - ids_of(kept)))
    assert not missing, "run `make texts`, then translate what it names"
    assert not translations.untranslated(kept)


def test_the_catalogue_compiles(kept) -> None:
    faults = [(message.id, str(fault)) for message in kept for fault in message.check(kept)]
    assert not faults, "a lone per cent sign before a letter reads as a placeholder: write it out"


def test_translations_keep_placeholders_and_tags(kept) -> None:
    differ = [
        (text, said)
        for message in kept
        if message.id
        for text, said in both_sides(message)
        if sorted(KEPT.findall(text)) != sorted(KEPT.findall(said))
    ]
    assert not differ


def test_every_plural_form_is_there(kept) -> None:
    assert all(len(each.string) == kept.num_plurals for each in kept if each.pluralizable)


def test_readers_are_addressed_as_usted() -> None:
    familiar = re.compile(
        r"\b(tú|tu|tus|ti|contigo|tuyo|tuya|puedes|tienes|quieres|vosotros)\b", re.IGNORECASE
    )
    said = [text for each in translations.catalogue("es") if each.id for _, text in both_sides(each)]
    assert not [text for text in said if familiar.search(text)]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/", "¿Tiene dos horas libres?"),
        ("/sign-in", "Iniciar sesión"),
        ("/c/south/shifts", "Inscribirse toma un minuto."),
        ("/nowhere", "No se encontró"),
    ],
)
def test_a_spanish_browser_reads_spanish(client, make, path, words) -> None:
    make.shift(event=make.event(campaign=make.campaign(slug="south")))
    answer = client.http.get(path, headers=SPANISH)
    assert '<html lang="es"' in answer.text
    assert words in answer.text


@pytest.mark.parametrize("path", ["/", "/sign-in", "/c/south/shifts"])
def test_a_visitor_chooses_the_language_on_the_page(client, make, path) -> None:
    make.campaign(slug="south")
    shown = client.get(path)
    assert re.search(r'<footer.*action="/language".*value="es".*</footer>', shown.text, re.DOTALL)
    assert client.post("/language", {"language": "es", "next": path}).location == path
    assert '<html lang="es"' in client.get(path).text


def test_what_a_person_sets_on_their_profile_counts_from_then_on(client, make) -> None:
    person = make.person()
    client.sign_in(person).post("/language", {"language": "es"})
    assert '<html lang="es"' in client.get("/profile").text
    profile = {"name": "Ana", "home_text": "33130", "max_travel_miles": "12", "shifts_wanted": "2"}
    client.post("/profile", profile | {"language": "en", "languages": ["en"]})
    assert '<html lang="en"' in client.get("/profile").text
    assert '<html lang="en"' in Browser(client.app).sign_in(person).get("/profile", headers=SPANISH).text


def test_hours_and_numbers_are_written_as_in_the_united_states(app) -> None:
    with app.test_request_context("/", headers=SPANISH):
        from flask_babel import format_decimal

        assert format_decimal(1234.5) == "1,234.5"
        assert "p.m." in display.time_text(clock.now().replace(hour=21))


def test_an_offer_to_a_spanish_speaker_is_in_spanish(make, run_jobs) -> None:
    shift, ana, bo = (
        make.shift(),
        make.person(language="es", name="Ana"),
        make.person(language="en", name="Bo"),
    )
    proposals = [
        assignments.Proposal(each.id, shift.id, 1.5, unit="supporters' votes", travel_km=3.2)
        for each in (ana, bo)
    ]
    with transaction():
        assignments.propose(shift.campaign_id, None, proposals, now=clock.now())
        ids = list(db.session.scalars(select(Assignment.id)))
        assignments.approve(shift.campaign_id, ids, by=None, now=clock.now())
    run_jobs()
    said = {row.person_id: row for row in db.session.scalars(select(Message).where(Message.kind == "offer"))}
    spanish = json.loads(unseal(said[ana.id].body_sealed))["text"]
    assert said[ana.id].subject.startswith("¿Puede venir?")
    assert "Hola, Ana:" in spanish
    assert "cerca de 1.5 votos de simpatizantes" in spanish
    assert "Hello Bo," in json.loads(unseal(said[bo.id].body_sealed))["text"]


@pytest.mark.parametrize(("word", "answer"), [("ALTO", "Le dimos de baja"), ("stop", "You are unsubscribed")])
def test_a_text_is_answered_in_its_own_language(app, word, answer) -> None:
    from dataclasses import replace

    config = app.extensions["vh_config"]
    app.extensions["vh_config"] = replace(config, twilio_auth_token="secret")
    form = {"From": "+13055550101", "Body": word}
    signature = signature_of("secret", config.base_url.rstrip("/") + "/texts/incoming", form)
    reply = app.test_client().post("/texts/incoming", data=form, headers={"X-Twilio-Signature": signature})
    assert answer in reply.text


def test_a_signature_that_is_not_ascii_is_refused(app) -> None:
    from dataclasses import replace

    config = app.extensions["vh_config"]
    app.extensions["vh_config"] = replace(config, twilio_auth_token="secret")
    headers = {"X-Twilio-Signature": "sígnature"}
    assert app.test_client().post("/texts/incoming", data={"Body": "x"}, headers=headers).status_code == 403
