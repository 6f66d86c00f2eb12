"""Passwords and the second step of staff."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from tests.browsing import Browser
from tests.people.letters import last_link, letters
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.people.models import Person, RecoveryCode
from volunteer_hub.people.services import passwords, second_factor

GOOD = "copper lantern orbit mango"


def with_password(person, password=GOOD):
    with transaction():
        passwords.set_password(person, password, keep_session=None, now=clock.now())
    return person


def with_codes(person) -> tuple[pyotp.TOTP, list[str]]:
    """Set the second factor up for a person; the code used for it is spent."""
    with transaction():
        second_factor.begin(person)
    totp, now = pyotp.TOTP(second_factor.seed_of(person)), clock.now()
    with transaction():
        codes = second_factor.confirm(person, totp.at(now), session_id=0, now=now)
    return totp, codes


def by_password(client, person, password=GOOD, status=302):
    return client.post("/sign-in/password", {"email": person.email, "password": password}, status=status)


def is_signed_in(client) -> bool:
    return client.http.get("/profile").status_code == 200


def test_staff_signs_in_with_a_password(client, make):
    by_password(client, with_password(make.person(role="organizer")))
    assert is_signed_in(client)


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client, make):
    person = with_password(make.person(role="organizer"))
    wrong = client.post("/sign-in/password", {"email": person.email, "password": "x" * 14}, status=403)
    unknown = client.post("/sign-in/password", {"email": "who@example.org", "password": "x" * 14}, status=403)
    strip = re.compile(r'value="[^"]*"')
    assert strip.sub("", wrong.text) == strip.sub("", unknown.text)


def test_the_password_is_kept_as_argon2id(make):
    assert with_password(make.person(role="admin")).password_hash.startswith("$argon2id$")


@pytest.mark.parametrize(
    "password",
    ["short", "Password1234", "qwertyuiopas", "aaaaaaaaaaaaaaaa", "123456789012", "danaortiz2026", "x" * 200],
)
def test_passwords_that_anybody_would_try_first_are_refused(client, make, password):
    person = make.person(role="organizer", name="Dana Ortiz", email="dana.ortiz@example.org")
    client.sign_in(person).post("/profile/password", {"password": password}, status=422)
    assert db.session.get(Person, person.id).password_hash is None


def test_a_volunteer_has_no_password(client, make):
    client.sign_in(make.person()).get("/profile/password", status=403)


def test_a_new_password_ends_all_other_sessions_and_is_told_by_mail(client, make):
    person = make.person(role="organizer")
    other = Browser(client.app).sign_in(person)
    client.sign_in(person).post("/profile/password", {"password": GOOD})
    assert is_signed_in(client)
    assert not is_signed_in(other)
    assert "password was changed" in letters(person.email)[-1]["text"]


def test_changing_a_password_asks_for_the_present_one(client, make):
    person = with_password(make.person(role="organizer"))
    client.sign_in(person)
    client.post("/profile/password", {"current": "wrong", "password": GOOD + " two"}, status=422)
    client.post("/profile/password", {"current": GOOD, "password": GOOD + " two"})
    assert passwords.is_password_of(db.session.get(Person, person.id), GOOD + " two")


def test_an_old_session_must_sign_in_again_before_it_changes_a_way_in(client, make):
    client.sign_in(make.person(role="organizer"))
    with clock.standing_at(clock.now() + timedelta(minutes=31)):
        for path in ("/profile/password", "/profile/second-step", "/profile/email", "/profile/erase"):
            assert client.get(path, status=302).location.startswith("/sign-in?again=1")


def test_a_code_is_asked_for_after_the_password_and_works_once(client, make):
    person = with_password(make.person(role="admin"))
    totp, _codes = with_codes(person)
    with clock.standing_at(clock.now() + timedelta(minutes=2)):
        assert by_password(client, person).location == "/sign-in/code"
        assert not is_signed_in(client)
        code = totp.at(clock.now())
        client.post("/sign-in/code", {"code": code})
        assert is_signed_in(client)
        thief = Browser(client.app)
        by_password(thief, person)
        thief.post("/sign-in/code", {"code": code}, status=403)


def test_a_link_too_asks_for_the_code(client, make):
    person = make.person(role="admin")
    totp, _codes = with_codes(person)
    with clock.standing_at(clock.now() + timedelta(minutes=2)):
        client.post("/sign-in", {"email": person.email})
        assert client.post(last_link(person.email)).location == "/sign-in/code"
        assert not is_signed_in(client)
        client.post("/sign-in/code", {"code": totp.at(clock.now())})
        client.get("/audit")


def test_codes_of_the_neighbouring_half_minutes_fit_and_older_ones_do_not(make):
    person = make.person(role="admin")
    totp, _codes = with_codes(person)
    later = clock.now() + timedelta(minutes=5)
    for away_s, fits in ((-90, False), (90, False), (-30, True), (30, True)):
        with transaction():
            if fits:
                second_factor.check(person, totp.at(later + timedelta(seconds=away_s)), now=later)
            else:
                with pytest.raises(second_factor.WrongCode):
                    second_factor.check(person, totp.at(later + timedelta(seconds=away_s)), now=later)


def test_a_recovery_code_works_once_in_any_spelling(client, make):
    person = with_password(make.person(role="admin"))
    _totp, codes = with_codes(person)
    by_password(client, person)
    client.post("/sign-in/code", {"code": codes[0].upper().replace("-", " ")})
    assert is_signed_in(client)
    other = Browser(client.app)
    by_password(other, person)
    other.post("/sign-in/code", {"code": codes[0]}, status=403)
    assert second_factor.recovery_codes_left(person.id) == len(codes) - 1
    assert "recovery code was used" in letters(person.email)[-1]["text"]


def test_neither_seed_nor_recovery_codes_stand_in_the_database(make):
    person = make.person(role="admin")
    totp, codes = with_codes(person)
    held = person.totp_sealed + b"".join(db.session.scalars(select(RecoveryCode.code_digest)))
    assert totp.secret.encode() not in held
    assert all(code.encode() not in held for code in codes)


def test_the_first_step_is_good_for_five_minutes(client, make):
    person = with_password(make.person(role="admin"))
    totp, _codes = with_codes(person)
    by_password(client, person)
    with clock.standing_at(clock.now() + timedelta(minutes=6)):
        client.get("/sign-in/code", status=410)
        client.post("/sign-in/code", {"code": totp.at(clock.now())}, status=410)
    assert not is_signed_in(client)


def sign_in_without_code(client, person):
    client.post("/sign-in", {"email": person.email})
    client.post(last_link(person.email))


def test_an_admin_is_led_to_set_up_the_second_step_before_admin_pages(client, make):
    person = make.person(role="admin")
    sign_in_without_code(client, person)
    assert client.get("/audit", status=302).location == "/profile/second-step?next=/audit"
    client.get("/people")
    client.post("/campaign", {"name": "Mine now"}, status=403)

    client.post("/profile/second-step?next=/audit")
    page = client.get("/profile/second-step?next=/audit").text
    assert 'src="data:image/svg+xml' in page
    totp = pyotp.TOTP(second_factor.seed_of(db.session.get(Person, person.id)))
    assert totp.secret in page
    client.post("/profile/second-step/confirm?next=/audit", {"code": "000000"}, status=422)
    shown = client.post(
        "/profile/second-step/confirm?next=/audit", {"code": totp.at(clock.now())}, status=200
    )
    assert len(re.findall(r"<code>\w{4}-\w{4}-\w{4}</code>", shown.text)) == 10
    client.get("/audit")


@pytest.mark.parametrize(
    ("policy", "role", "path", "status"),
    [
        ("admins", "organizer", "/areas", 200),
        ("staff", "organizer", "/areas", 302),
        ("staff", "organizer", "/people", 200),
        ("staff", "field_lead", "/people", 200),
        ("nobody", "admin", "/audit", 200),
        ("admins", "admin", "/areas", 200),
        ("staff", "admin", "/areas", 302),
    ],
)
def test_the_campaign_decides_who_needs_a_second_step(client, make, policy, role, path, status):
    make._campaign = make.campaign(settings={"second_factor": policy})
    sign_in_without_code(client, make.person(role=role))
    client.get(path, status=status)


def test_the_second_step_is_turned_off_with_a_code_only(client, make):
    person = make.person(role="admin")
    totp, _codes = with_codes(person)
    client.sign_in(person)
    client.post("/profile/second-step/off", {"code": "000000"}, status=422)
    with clock.standing_at(clock.now() + timedelta(minutes=2)):
        client.post("/profile/second-step/off", {"code": totp.at(clock.now())})
    assert db.session.get(Person, person.id).totp_sealed is None


def test_an_admin_resets_a_lost_device_of_somebody_below(client, make):
    lost = make.person(role="organizer")
    with_codes(lost)
    Browser(client.app).sign_in(lost)
    client.sign_in(make.person(role="admin")).post(f"/people/{lost.id}/second-step/reset")
    assert db.session.get(Person, lost.id).totp_confirmed_at is None
    assert "turned off" in letters(lost.email)[-1]["text"]
