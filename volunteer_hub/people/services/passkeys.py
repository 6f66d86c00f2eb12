"""Passkeys (WebAuthn): signing in with the device's own lock, beside links by email.

The challenge is made here and kept in Redis under an id that the browser carries in its session; its first
answer takes it out, so it counts once. What the devices say is checked by py_webauthn.
"""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import redis
import webauthn
from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select, update
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from volunteer_hub.core import audit, secrets
from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import Conflict, NotFound, Refusal
from volunteer_hub.people import mails
from volunteer_hub.people.models import Campaign, Passkey, Person, WebSession

MOST = 10
"""Passkeys of one person."""
CHALLENGE_S = 300
LONGEST_NAME = 60


class NoPasskey(Refusal):
    """The device's answer cannot be trusted, whatever is wrong with it."""

    status = 403

    def __init__(self) -> None:
        super().__init__(_l("That passkey did not work here. Try again, or ask for a link by email."))


class PasskeysRest(Refusal):
    """Passkeys cannot be asked for at the moment."""

    status = 503

    def __init__(self) -> None:
        super().__init__(_l("Passkeys do not work at the moment. Ask for a link by email."))


@dataclass(frozen=True, slots=True)
class Site:
    """Whom a passkey belongs to: the host's name, and the origin of its pages."""

    rp_id: str
    origin: str


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    """One's own passkey, as the page shows it."""

    id: int
    name: str
    created_at: datetime
    used_at: datetime | None


def site() -> Site | None:
    """This installation, from BASE_URL; None where browsers allow no passkeys: an address of digits, or a
    site without TLS that is not this machine itself."""
    parts = urlsplit(current_app.extensions["vh_config"].base_url)
    host = parts.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        is_secure = parts.scheme == "https" or host == "localhost" or host.endswith(".localhost")
        usual = parts.port in (None, {"https": 443, "http": 80}.get(parts.scheme))
        port = "" if usual else f":{parts.port}"
        return Site(host, f"{parts.scheme}://{host}{port}") if is_secure else None
    return None


def passkeys_of(person_id: int) -> list[PasskeyRow]:
    """The passkeys of a person, the oldest first."""
    query = select(Passkey.id, Passkey.name, Passkey.created_at, Passkey.used_at)
    rows = db.session.execute(query.where(Passkey.person_id == person_id).order_by(Passkey.id))
    return [PasskeyRow(*row) for row in rows]


def options_to_add(person: Person) -> tuple[str, str]:
    """What the browser needs to make a passkey, as JSON, and the ticket of its challenge."""
    here = _here()
    known = db.session.scalars(select(Passkey.credential_id).where(Passkey.person_id == person.id)).all()
    if len(known) >= MOST:
        raise Conflict(_l("You have %(most)s passkeys. Remove one that you do not use.", most=MOST))
    campaign = db.session.get_one(Campaign, person.campaign_id)
    options = webauthn.generate_registration_options(
        rp_id=here.rp_id,
        rp_name=campaign.name,
        user_id=_handle_of(person),
        user_name=person.email,
        user_display_name=person.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
    )
    return webauthn.options_to_json(options), _keep("add", options.challenge, person.id)


def add(
    person: Person, credential: str, ticket: str | None, *, session_id: int, name: str, now: datetime
) -> Passkey:
    """Keep the passkey that a device has just made; the person is told by mail. Raises NoPasskey.

    A device that made sure of its person just now has taken the second step of this session.
    """
    here, challenge = _here(), _take("add", ticket, person.id)
    try:
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=here.rp_id,
            expected_origin=here.origin,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as why:
        raise NoPasskey() from why
    if db.session.scalar(select(Passkey.id).where(Passkey.credential_id == made.credential_id)):
        raise Conflict(_l("This passkey is known already."))
    if len(passkeys_of(person.id)) >= MOST:
        raise Conflict(_l("You have %(most)s passkeys. Remove one that you do not use.", most=MOST))
    row = Passkey(
        campaign_id=person.campaign_id,
        person_id=person.id,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=" ".join(name.split())[:LONGEST_NAME] or "–",
        created_at=now,
    )
    db.session.add(row)
    if made.user_verified:
        db.session.execute(update(WebSession).where(WebSession.id == session_id).values(second_factor_at=now))
    _note(person, "add.passkey", "passkey", now)
    return row


def remove(person: Person, passkey_id: int, *, now: datetime) -> None:
    """Forget one's own passkey: it opens nothing from now on."""
    mine = delete(Passkey).where(Passkey.id == passkey_id, Passkey.person_id == person.id)
    if db.session.scalar(mine.returning(Passkey.id)) is None:
        raise NotFound()
    _note(person, "remove.passkey", "no_passkey", now)


def forget_all(person_id: int) -> None:
    """The devices are lost, or the mailbox was in strange hands: none of them opens anything any more."""
    db.session.execute(delete(Passkey).where(Passkey.person_id == person_id))


def options_to_sign_in() -> tuple[str, str]:
    """What the browser needs to ask for any passkey of this site, and the ticket of its challenge.

    No name is asked first, and nothing is said of who has a passkey.
    """
    options = webauthn.generate_authentication_options(
        rp_id=_here().rp_id, user_verification=UserVerificationRequirement.PREFERRED
    )
    return webauthn.options_to_json(options), _keep("sign-in", options.challenge, 0)


def sign_in(credential: str, ticket: str | None, *, now: datetime) -> tuple[Person, bool]:
    """Whose passkey answered, and whether the device made sure of the person (PIN, finger, face).

    Raises NoPasskey for an answer to another challenge or of another site, an unknown passkey, one of
    somebody who is not active, and one whose count of uses went back: it may have been copied.
    """
    here, challenge = _here(), _take("sign-in", ticket, 0)
    row, person = _named_in(credential)
    try:
        found = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=here.rp_id,
            expected_origin=here.origin,
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as why:
        raise NoPasskey() from why
    row.sign_count, row.used_at = found.new_sign_count, now
    return person, found.user_verified


def _named_in(credential: str) -> tuple[Passkey, Person]:
    """The row of the passkey that an answer names, locked, and its person, whom the device names, too."""
    try:
        said = json.loads(credential)
        raw_id, handle = base64url_to_bytes(said["rawId"]), said["response"].get("userHandle")
    except (ValueError, TypeError, KeyError, AttributeError) as why:
        raise NoPasskey() from why
    row = db.session.scalar(select(Passkey).where(Passkey.credential_id == raw_id).with_for_update())
    person = db.session.get(Person, row.person_id) if row else None
    if row is None or person is None or not person.is_active:
        raise NoPasskey()
    if handle is not None and handle.rstrip("=") != bytes_to_base64url(_handle_of(person)):
        raise NoPasskey()
    return row, person


def _handle_of(person: Person) -> bytes:
    """What the device files the passkey under: the same for a person for ever, and telling nobody who."""
    return secrets.keyed_digest("passkey", str(person.id))


def _here() -> Site:
    here = site()
    if here is None:
        raise PasskeysRest()
    return here


def _keep(purpose: str, challenge: bytes, person_id: int) -> str:
    ticket = secrets.new_token(18)
    try:
        _redis().set(_key(purpose, ticket, person_id), challenge.hex(), ex=CHALLENGE_S)
    except redis.RedisError as why:
        raise PasskeysRest() from why
    return ticket


def _take(purpose: str, ticket: str | None, person_id: int) -> bytes:
    """The challenge of a ticket, which is gone from now on."""
    if not ticket:
        raise NoPasskey()
    try:
        kept: Any = _redis().getdel(_key(purpose, ticket, person_id))
    except redis.RedisError as why:
        raise PasskeysRest() from why
    if kept is None:
        raise NoPasskey()
    return bytes.fromhex(kept if isinstance(kept, str) else kept.decode())


def _key(purpose: str, ticket: str, person_id: int) -> str:
    return f"vh:passkey:{purpose}:{person_id}:{secrets.digest(ticket).hex()}"


def _redis() -> redis.Redis:
    client: redis.Redis = current_app.extensions["redis"]
    return client


def _note(person: Person, action: str, what: str, now: datetime) -> None:
    audit.record(action, campaign_id=person.campaign_id, by=person.id, subject=f"person:{person.id}")
    campaign = db.session.get_one(Campaign, person.campaign_id)
    mails.post_notice(person, campaign, what, key=f"notice-{secrets.new_token(9)}", at=now)
