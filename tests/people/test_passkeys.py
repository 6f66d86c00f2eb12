"""Passkeys: a device of software signs, and every way to cheat is tried: origin, replay, copy, another's."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import timedelta

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from tests.browsing import Browser
from tests.people.letters import letters
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.people.models import Passkey, WebSession

ORIGIN = "https://hub.example.org"
RP_ID = "hub.example.org"


@pytest.fixture(autouse=True)
def public(app, config):
    """The site has a name and TLS; passkeys need both."""
    app.extensions["vh_config"] = replace(config, base_url=ORIGIN)


@dataclass
class Device:
    """An authenticator in software (ES256, no attestation)."""

    origin: str = ORIGIN
    rp_id: str = RP_ID
    verifies: bool = True
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: hashlib.sha256(repr(clock.now()).encode()).digest())
    count: int = 0
    handle: str = ""

    def create(self, options: dict) -> str:
        self.handle = options["user"]["id"]
        data = self._data(0x41) + bytes(16) + len(self.id).to_bytes(2, "big") + self.id + self._public()
        statement = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            {
                "clientDataJSON": self._client("webauthn.create", options),
                "attestationObject": bytes_to_base64url(statement),
            }
        )

    def get(self, options: dict, **changes) -> str:
        self.count += 1
        data, client = self._data(0x01), self._client("webauthn.get", options)
        signed = data + hashlib.sha256(base64url_to_bytes(client)).digest()
        answer = {
            "clientDataJSON": client,
            "authenticatorData": bytes_to_base64url(data),
            "signature": bytes_to_base64url(self.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
            "userHandle": self.handle,
        }
        return self._answer(answer | changes)

    def _answer(self, response: dict) -> str:
        name = bytes_to_base64url(self.id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})

    def _data(self, flags: int) -> bytes:
        flags |= 0x04 if self.verifies else 0
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _public(self) -> bytes:
        at = self.key.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: at.x.to_bytes(32, "big"), -3: at.y.to_bytes(32, "big")})

    def _client(self, kind: str, options: dict) -> str:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return bytes_to_base64url(json.dumps(said).encode())


def add(browser, device, *, status=302, name="My phone"):
    options = browser.post("/profile/passkeys/options", status=200).json
    return browser.post(
        "/profile/passkeys", {"credential": device.create(options), "name": name}, status=status
    )


def asked(browser) -> dict:
    return browser.post("/sign-in/passkey/options", status=200).json


def use(browser, credential, *, status=302, **more):
    return browser.post("/sign-in/passkey", {"credential": credential} | more, status=status)


@pytest.fixture
def owner(client, make):
    """Somebody with a passkey: (person, device)."""
    person, device = make.person(email="ana@example.org"), Device()
    add(client.sign_in(person), device)
    return person, device


def test_a_passkey_signs_in_without_a_name_or_a_mail(app, owner):
    person, device = owner
    browser = Browser(app)
    assert use(browser, device.get(asked(browser)), next="/profile").location == "/profile"
    assert person.name in browser.get("/profile").text
    session = db.session.scalars(select(WebSession).order_by(WebSession.id.desc())).first()
    assert (session.way_in, session.second_factor_at is not None) == ("passkey", True)
    assert "with a passkey" in browser.get("/profile/security").text


def test_the_owner_is_told_and_sees_name_and_use(client, owner):
    _person, device = owner
    page = client.get("/profile/security").text
    assert "My phone" in page
    assert "Not used yet" in page
    assert "passkey was added" in letters("ana@example.org")[-1]["text"]
    other = Browser(client.app)
    use(other, device.get(asked(other)))
    assert "Last used" in client.get("/profile/security").text


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://hub.example.org.evil.test"},
        {"origin": "http://hub.example.org"},
        {"rp_id": "evil.test"},
        {"key": ec.generate_private_key(ec.SECP256R1())},
        {"handle": bytes_to_base64url(b"somebody else")},
    ],
    ids=["origin", "no TLS", "rp id", "another key", "another person"],
)
def test_an_answer_that_is_not_quite_right_opens_nothing(app, owner, wrong):
    _person, device = owner
    browser = Browser(app)
    use(browser, replace(device, **wrong).get(asked(browser)), status=403)
    browser.get("/profile", status=302)


def test_a_challenge_is_answered_once(app, owner):
    _person, device = owner
    browser, thief = Browser(app), Browser(app)
    options = asked(browser)
    with browser.http.session_transaction() as kept:
        ticket = kept["passkey"]
    credential = device.get(options)
    use(browser, credential)
    with thief.http.session_transaction() as stolen:
        stolen["passkey"] = ticket
    use(thief, credential, status=403)
    use(thief, device.get(options), status=403)


def test_an_answer_to_another_browsers_challenge_opens_nothing(app, owner):
    _person, device = owner
    one, other = Browser(app), Browser(app)
    options = asked(one)
    asked(other)
    use(other, device.get(options), status=403)


def test_a_challenge_is_too_old_after_five_minutes(app, owner):
    _person, device = owner
    browser = Browser(app)
    options = asked(browser)
    client = app.extensions["redis"]
    lasting = [client.ttl(key) for key in client.scan_iter("vh:passkey:sign-in:*")]
    assert lasting
    assert all(0 < each <= 300 for each in lasting)
    for key in client.scan_iter("vh:passkey:*"):
        client.delete(key)
    use(browser, device.get(options), status=403)


def test_a_copy_whose_count_went_back_is_refused(app, owner):
    _person, device = owner
    device.count = 5
    browser = Browser(app)
    use(browser, device.get(asked(browser)))
    copied = replace(device, count=2)
    again = Browser(app)
    use(again, copied.get(asked(again)), status=403)
    device.count = 6
    use(again, device.get(asked(again)))


def test_a_device_that_does_not_count_is_fine(app, client, make):
    person, device = make.person(), Device()
    add(client.sign_in(person), device)
    for _ in range(2):
        browser = Browser(app)
        device.count = -1
        use(browser, device.get(asked(browser)))


@pytest.mark.parametrize(
    "said", ["", "{}", "[]", "null", '{"rawId": 5}', '{"rawId": "AA", "response": {}}', "ä"]
)
def test_nonsense_is_refused_with_a_sentence(app, make, said):
    make.person()
    browser = Browser(app)
    asked(browser)
    assert "did not work here" in use(browser, said, status=403).text
    use(browser, said, status=403)


def test_making_one_needs_ones_own_fresh_challenge(app, client, make):
    person, other, device = make.person(), make.person(), Device()
    client.sign_in(person)
    theirs = Browser(app).sign_in(other)
    options = theirs.post("/profile/passkeys/options", status=200).json
    client.post("/profile/passkeys", {"credential": device.create(options)}, status=403)
    options = client.post("/profile/passkeys/options", status=200).json
    credential = device.create(options)
    client.post("/profile/passkeys", {"credential": credential})
    client.post("/profile/passkeys", {"credential": credential}, status=403)
    wrong = replace(Device(), origin="https://evil.test")
    add(client, wrong, status=403)
    with clock.standing_at(clock.now() + timedelta(minutes=31)):
        client.post("/profile/passkeys/options", status=403)
    assert len(db.session.scalars(select(Passkey.id)).all()) == 1


def test_the_same_passkey_is_kept_once(client, make):
    device = Device()
    add(client.sign_in(make.person()), device)
    add(client, device, status=409)


def test_removed_is_removed_and_only_ones_own_can_be(app, client, owner, make):
    _person, device = owner
    row = db.session.scalars(select(Passkey)).one()
    stranger = Browser(app).sign_in(make.person())
    stranger.post(f"/profile/passkeys/{row.id}/remove", status=404)
    client.post(f"/profile/passkeys/{row.id}/remove")
    browser = Browser(app)
    use(browser, device.get(asked(browser)), status=403)


def test_who_is_set_aside_or_erased_does_not_come_in(app, owner):
    person, device = owner
    with transaction():
        person.is_active = False
    browser = Browser(app)
    use(browser, device.get(asked(browser)), status=403)


def test_for_staff_it_is_a_second_step_only_if_the_device_made_sure_who_it_is(app, client, make):
    admin, device = make.person(role="admin"), Device()
    add(client.sign_in(admin), device)
    sure = Browser(app)
    use(sure, device.get(asked(sure)))
    sure.get("/audit")
    touched = Browser(app)
    use(touched, replace(device, verifies=False, count=9).get(asked(touched)))
    assert "/profile/second-step" in touched.get("/audit", status=302).location


def test_who_has_an_app_for_codes_is_asked_for_one_unless_the_device_made_sure(app, client, make):
    admin, device = make.person(role="admin", totp_confirmed_at=clock.now()), Device()
    add(client.sign_in(admin), device)
    touched = Browser(app)
    assert use(touched, replace(device, verifies=False).get(asked(touched))).location == "/sign-in/code"
    sure = Browser(app)
    assert use(sure, replace(device, count=9).get(asked(sure))).location == "/"


def test_without_a_name_or_the_queue_links_work_and_passkeys_rest(app, client, config, make, monkeypatch):
    import redis

    assert 'data-passkey="use"' in client.get("/sign-in").text
    monkeypatch.setattr(app.extensions["redis"], "set", _raising(redis.ConnectionError()))
    client.post("/sign-in/passkey/options", status=503)
    app.extensions["vh_config"] = replace(config, base_url="http://127.0.0.1:5000")
    assert 'data-passkey="use"' not in client.get("/sign-in").text
    client.post("/sign-in/passkey/options", status=503)


def _raising(error):
    def raises(*_args, **_options):
        raise error

    return raises


def test_a_session_without_the_second_step_adds_no_passkey_once_one_is_set_up(app, make):
    person = make.person(role="organizer", totp_confirmed_at=clock.now())
    browser = Browser(app).sign_in(person)
    with transaction():
        db.session.scalars(select(WebSession)).one().second_factor_at = None
    browser.post("/profile/passkeys/options", status=403)
    browser.post("/profile/passkeys", {"credential": "{}"}, status=403)
    with transaction():
        db.session.scalars(select(WebSession)).one().second_factor_at = clock.now()
    add(browser, Device())
