"""What somebody agreed to outlives the merging of two entries: a no wins, else a yes; silence is neither."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select

from tests.people.test_merging import fresh, merge, the_merge
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.messaging import services as messaging
from volunteer_hub.people.consent_words import WORDS
from volunteer_hub.people.models import Consent, Person
from volunteer_hub.people.services import consent

PHONE, OTHER = "+13055550142", "+13055550199"
SHORT = {"email": "Emails", "text": "Texts", "photo": "Photos", "data": "Planning with their data"}


@pytest.fixture(autouse=True)
def organizer(client, make):
    client.sign_in(make.person(role="organizer"))


def say(person, purpose, is_given, via="profile"):
    with transaction():
        row = db.session.get_one(Person, person.id)
        consent.record(row, purpose, is_given, via=via, language="en", now=clock.now())


def typed_in(make, **more) -> Person:
    """A duplicate that an organizer typed in and nobody asked."""
    return make.person(email_agreed_at=None, **more)


def foretold(client, kept, gone) -> dict[str, str]:
    """Purpose -> what the compare page says will hold."""
    page = client.get(f"/people/{kept.id}/same/{gone.id}").text
    lines = dict(re.findall(r"<dt>([^<]+)</dt><dd>[^<]*afterwards: <strong>([^<]+)</strong>", page))
    return {purpose: unescape(lines[label]) for purpose, label in SHORT.items()}


def log(person) -> list[tuple[str, bool, str]]:
    query = select(Consent.purpose, Consent.is_given, Consent.via).where(Consent.person_id == person.id)
    return [tuple(row) for row in db.session.execute(query.order_by(Consent.id))]


def holds(client, person) -> set[str]:
    """What staff read on the page of a person."""
    page = client.get(f"/people/{person.id}").text
    return set(re.findall(r"(?:email|texts|photos|planning): (?:yes|no)\b", page))


@pytest.mark.parametrize("ana_is_kept", [True, False])
def test_a_duplicate_that_nobody_asked_takes_nothing_away(client, make, ana_is_kept):
    ana, double = typed_in(make, phone=PHONE), typed_in(make, phone=PHONE)
    for purpose in WORDS:
        say(ana, purpose, True)
    kept, gone = (ana, double) if ana_is_kept else (double, ana)
    assert set(foretold(client, kept, gone).values()) == {"yes"}
    merge(client, kept, gone)
    assert holds(client, kept) == {"email: yes", "texts: yes", "photos: yes", "planning: yes"}
    assert [each for each in log(kept) if not each[1]] == []


@pytest.mark.parametrize("purpose", list(WORDS))
@pytest.mark.parametrize("refuser", ["kept", "gone"])
def test_a_no_of_either_holds_whoever_said_yes_and_an_undone_merge_leaves_no_trace(
    client, make, purpose, refuser
):
    kept, gone = typed_in(make, phone=PHONE), typed_in(make, phone=PHONE)
    no, yes = (kept, gone) if refuser == "kept" else (gone, kept)
    say(no, purpose, True), say(no, purpose, False), say(yes, purpose, True)
    before = log(kept), log(gone)
    assert foretold(client, kept, gone)[purpose] == "no"
    merge(client, kept, gone)
    word = {"email": "email", "text": "texts", "photo": "photos", "data": "planning"}[purpose]
    assert f"{word}: no" in holds(client, kept)
    client.post(f"/people/merges/{the_merge().id}/undo")
    assert (log(kept), log(gone)) == before
    assert f"{word}: yes" in holds(client, yes)
    assert f"{word}: no" in holds(client, no)


@pytest.mark.parametrize("channel", ["email", "text"])
def test_a_stop_of_somebody_who_was_never_asked_is_a_no_all_the_same(client, make, run_jobs, channel):
    kept, gone = typed_in(make, phone=OTHER), typed_in(make, phone=PHONE)
    say(kept, channel, True)
    address = gone.phone if channel == "text" else gone.email
    with transaction():
        digest = messaging.digest_of(channel, address)
        reason = "stop" if channel == "text" else "unsubscribe"
        messaging.opt_out(gone.campaign_id, channel, digest, reason=reason, now=clock.now())
    run_jobs()
    assert foretold(client, kept, gone)[channel] == "no"
    merge(client, kept, gone)
    assert f"{'texts' if channel == 'text' else 'email'}: no" in holds(client, kept)


def test_nobody_was_asked_and_so_it_stays(client, make):
    kept, gone = typed_in(make), typed_in(make)
    assert set(foretold(client, kept, gone).values()) == {"not asked"}
    merge(client, kept, gone)
    assert log(kept) == []
    assert holds(client, kept) == set()


@pytest.mark.parametrize("phone", ["kept", "gone"])
def test_a_yes_to_texts_is_for_the_number_it_was_said_for(client, make, phone):
    kept, gone = typed_in(make, phone=PHONE), typed_in(make, phone=OTHER)
    say(kept, "text", True)
    assert foretold(client, kept, gone)["text"] == "yes, if (305) 555-0142 stays"
    merge(client, kept, gone, phone=phone)
    assert (fresh(kept).text_agreed_at is not None) == (phone == "kept")


def test_what_was_ticked_for_an_address_nobody_confirmed_gives_no_yes(client, make):
    kept, gone = typed_in(make), make.person(email_agreed_at=None, awaits_confirmation=True)
    say(gone, "email", True, via="form")
    assert foretold(client, kept, gone)["email"] == "not asked"
    merge(client, kept, gone)
    assert fresh(kept).email_agreed_at is None


@pytest.mark.parametrize("phone", ["kept", "gone"])
@pytest.mark.parametrize("ana_is_kept", [True, False])
def test_a_number_of_an_entry_that_nobody_confirmed_gets_no_texts(client, make, phone, ana_is_kept):
    ana = typed_in(make, phone=PHONE)
    stranger = typed_in(make, phone=OTHER, awaits_confirmation=True)
    say(ana, "text", True), say(stranger, "text", True, via="form")
    kept, gone = (ana, stranger) if ana_is_kept else (stranger, ana)
    assert foretold(client, kept, gone)["text"] == "yes, if (305) 555-0142 stays"
    merge(client, kept, gone, phone=phone)
    row = fresh(kept)
    assert (row.text_agreed_at is not None) == (row.phone == PHONE)
    client.post(f"/people/merges/{the_merge().id}/undo")
    assert fresh(ana).text_agreed_at is not None


@pytest.mark.parametrize("purpose", ["email", "text"])
def test_an_entry_that_nobody_confirmed_gives_no_yes_to_the_proven_address_it_takes(client, make, purpose):
    kept = typed_in(make, phone=PHONE, awaits_confirmation=True)
    gone = typed_in(make, phone=PHONE)
    say(kept, purpose, True, via="form")
    assert foretold(client, kept, gone)[purpose] == "not asked"
    merge(client, kept, gone, email="gone")
    row = fresh(kept)
    assert (row.awaits_confirmation, row.email_agreed_at, row.text_agreed_at) == (False, None, None)


def test_a_yes_dates_from_when_somebody_known_said_it(client, make):
    kept, gone = typed_in(make, awaits_confirmation=True), typed_in(make)
    say(kept, "email", True, via="form"), say(gone, "email", True)
    at = fresh(gone).email_agreed_at
    merge(client, kept, gone, email="gone")
    assert fresh(kept).email_agreed_at == at


@pytest.mark.parametrize("email", ["kept", "gone"])
@pytest.mark.parametrize("kept_awaits", [True, False])
def test_whether_an_address_is_confirmed_goes_with_the_address(client, make, email, kept_awaits):
    kept = make.person(awaits_confirmation=kept_awaits)
    gone = make.person(awaits_confirmation=not kept_awaits)
    merge(client, kept, gone, email=email)
    stays_unconfirmed = kept_awaits == (email == "kept")
    assert (fresh(kept).awaits_confirmation, fresh(gone).awaits_confirmation) == (
        stays_unconfirmed, not stays_unconfirmed,
    )  # fmt: skip
    client.post(f"/people/merges/{the_merge().id}/undo")
    assert (fresh(kept).awaits_confirmation, fresh(gone).awaits_confirmation) == (
        kept_awaits, not kept_awaits,
    )  # fmt: skip


def test_an_address_confirmed_after_the_merge_stays_confirmed_when_they_are_two_again(client, make):
    kept, gone = make.person(), make.person(awaits_confirmation=True)
    merge(client, kept, gone, email="gone")
    with transaction():
        db.session.get_one(Person, kept.id).awaits_confirmation = False
    client.post(f"/people/merges/{the_merge().id}/undo")
    assert not fresh(kept).awaits_confirmation
    assert not fresh(gone).awaits_confirmation
