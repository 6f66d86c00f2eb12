"""The second step of signing in: codes of an authenticator app (RFC 6238), each good once; recovery codes."""

from __future__ import annotations

import hmac
import secrets as random_source
from datetime import datetime

import pyotp
import segno
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select, update

from volunteer_hub.core import audit, secrets
from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.people import mails
from volunteer_hub.people.models import Campaign, Person, RecoveryCode, WebSession

STEP_S = 30
RECOVERY_CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class WrongCode(Refusal):
    """The code does not fit, or was used before."""

    def __init__(self) -> None:
        super().__init__(
            _l("That code does not fit. Wait for the next one in your app and type it within 30 seconds."),
            field="code",
        )


def begin(person: Person) -> None:
    """Make a seed that waits for its first code; a confirmed second factor is left alone."""
    if person.totp_confirmed_at is not None:
        raise Refusal(_l("The second step is set up already. Turn it off first to set up another device."))
    person.totp_sealed = secrets.seal(pyotp.random_base32())
    person.totp_last_step = None


def seed_of(person: Person) -> str | None:
    """The seed in base 32, for typing it into an app by hand."""
    return secrets.unseal(person.totp_sealed) if person.totp_sealed else None


def qr_code(person: Person, campaign_name: str) -> str:
    """The seed as a QR code: a data: address of an SVG image."""
    uri = pyotp.TOTP(seed_of(person) or "").provisioning_uri(name=person.email, issuer_name=campaign_name)
    return str(segno.make(uri, error="m").svg_data_uri(scale=5, border=3, light="#ffffff", dark="#000000"))


def confirm(person: Person, code: str, *, session_id: int, now: datetime) -> list[str]:
    """Turn the second factor on with its first code; returns the recovery codes. Raises WrongCode."""
    if person.totp_confirmed_at is not None:
        raise Refusal(_l("The second step is set up already."))
    if not _take_code(person, code, now):
        raise WrongCode()
    person.totp_confirmed_at = now
    db.session.execute(update(WebSession).where(WebSession.id == session_id).values(second_factor_at=now))
    _tell(person, "second_factor", "set.second_factor", now)
    return new_recovery_codes(person)


def check(person: Person, code: str, *, now: datetime) -> None:
    """Accept a code of the app or a recovery code, each once. Raises WrongCode."""
    db.session.execute(select(Person.id).where(Person.id == person.id).with_for_update())
    db.session.refresh(person)
    if person.totp_confirmed_at is None:
        raise WrongCode()
    if _take_code(person, code, now):
        return
    if not _take_recovery_code(person, code, now):
        raise WrongCode()
    _tell(person, "recovery_code", "use.recovery_code", now)


def turn_off(person: Person, code: str, *, now: datetime) -> None:
    """Turn the second factor off, shown a code. Raises WrongCode."""
    check(person, code, now=now)
    forget(person)
    _tell(person, "no_second_factor", "remove.second_factor", now)


def reset(person: Person, *, by: int, now: datetime) -> None:
    """Forget a lost device, after an admin has made sure who asks. The person is told."""
    forget(person)
    _tell(person, "no_second_factor", "remove.second_factor", now, by=by)


def forget(person: Person) -> None:
    """Remove the seed and the recovery codes."""
    person.totp_sealed = person.totp_confirmed_at = person.totp_last_step = None
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))


def new_recovery_codes(person: Person) -> list[str]:
    """Replace the recovery codes; returns the new ones, which nobody can read again."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
    codes = [_code() for _ in range(RECOVERY_CODES)]
    db.session.add_all(
        RecoveryCode(campaign_id=person.campaign_id, person_id=person.id, code_digest=_digest(code))
        for code in codes
    )
    return codes


def recovery_codes_left(person_id: int) -> int:
    """How many unused recovery codes a person has."""
    query = select(func.count()).where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
    return db.session.scalar(query) or 0


def _take_code(person: Person, code: str, now: datetime) -> bool:
    """Does the code fit this step or a neighbour, later than the last one used? Then it is used."""
    code = "".join(code.split())
    seed = seed_of(person)
    if seed is None or len(code) != 6:
        return False
    totp, this_step = pyotp.TOTP(seed), int(now.timestamp()) // STEP_S
    for step in (this_step - 1, this_step, this_step + 1):
        is_new = person.totp_last_step is None or step > person.totp_last_step
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()) and is_new:
            person.totp_last_step = step
            return True
    return False


def _take_recovery_code(person: Person, code: str, now: datetime) -> bool:
    used = db.session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.person_id == person.id,
            RecoveryCode.code_digest == _digest(code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
    )
    return bool(used.rowcount)  # type: ignore[attr-defined]


def _code() -> str:
    """Twelve letters and digits (59 bits), none of which look alike, in three groups."""
    text = "".join(random_source.choice(_LETTERS) for _ in range(12))
    return f"{text[:4]}-{text[4:8]}-{text[8:]}"


def _digest(code: str) -> bytes:
    return secrets.keyed_digest("recovery", "".join(code.lower().replace("-", "").split()))


def _tell(person: Person, what: str, action: str, now: datetime, *, by: int | None = None) -> None:
    campaign = db.session.get_one(Campaign, person.campaign_id)
    audit.record(action, campaign_id=person.campaign_id, by=by or person.id, subject=f"person:{person.id}")
    mails.post_notice(person, campaign, what, key=f"notice-{secrets.new_token(9)}", at=now)
