"""Passwords of staff: Argon2id, long, and not what anybody would guess first."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import lazy_gettext as _l
from zxcvbn import zxcvbn

from volunteer_hub.core import audit, secrets
from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.people import mails, queries
from volunteer_hub.people.contact import NotAnEmail, normal_email
from volunteer_hub.people.models import Campaign, Person
from volunteer_hub.people.services import sessions

SHORTEST = 12
LONGEST = 128
STRONG_ENOUGH = 3
"""zxcvbn's score from 0 to 4; 3 is "safely unguessable": over 10^8 guesses."""

# RFC 9106 with OWASP's smaller memory (19 MiB, 2 passes): many sign-ins at once must not exhaust the machine.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class WeakPassword(Refusal):
    """Too short, or among the first that anybody would try."""

    def __init__(self, sentence: object) -> None:
        super().__init__(sentence, field="password")


def set_password(person: Person, password: str, *, keep_session: int | None, now: datetime) -> None:
    """Set a password; every other session ends, and the person is told. Raises WeakPassword."""
    campaign = db.session.get_one(Campaign, person.campaign_id)
    refuse_weak(password, [person.name, person.email, campaign.name])
    person.password_hash = _hasher.hash(password)
    sessions.end_all(person.campaign_id, person.id, by=person.id, now=now, but=keep_session)
    audit.record(
        "change.password", campaign_id=person.campaign_id, by=person.id, subject=f"person:{person.id}"
    )
    mails.post_notice(person, campaign, "password", key=f"notice-{secrets.new_token(9)}", at=now)


def refuse_weak(password: str, known: list[str]) -> None:
    """Raise WeakPassword unless it is long and hard to guess, also for who knows the words in `known`."""
    if len(password) < SHORTEST:
        raise WeakPassword(_l("At least %(count)s characters, please; a few words will do.", count=SHORTEST))
    if len(password) > LONGEST:
        raise WeakPassword(_l("At most %(count)s characters, please.", count=LONGEST))
    words = [part for each in known for part in (each, *each.replace("@", " ").replace(".", " ").split())]
    if len(_without(password, words)) < SHORTEST // 2:
        raise WeakPassword(_l("Leave out your name, your email and the campaign; they are tried first."))
    if (
        zxcvbn(password[:72], user_inputs=[*words, "volunteer", "campaign", "election"])["score"]
        < STRONG_ENOUGH
    ):
        raise WeakPassword(
            _l("That is easy to guess. Four words that have nothing to do with each other are better.")
        )


def _without(password: str, words: list[str]) -> str:
    """What is left of a password without known words and digits."""
    rest = password.lower()
    for word in sorted((each.lower() for each in words if len(each) > 2), key=len, reverse=True):
        rest = rest.replace(word, "")
    return "".join(mark for mark in rest if not mark.isdigit())


def person_by_password(email: str, password: str) -> Person | None:
    """The person whose email and password these are, the one seen last if several; None for all else.

    Takes as long for an address that nobody has.
    """
    try:
        people = queries.people_with_email(normal_email(email))
    except NotAnEmail:
        people = []
    candidates = [person for person in people if person.password_hash]
    if not candidates:
        _holds(_nobodys_hash(), password)
        return None
    return next((each for each in candidates if is_password_of(each, password)), None)


def is_password_of(person: Person, password: str) -> bool:
    """Is this the person's password?"""
    return bool(person.password_hash) and _holds(person.password_hash or "", password)


def _holds(hash_: str, password: str) -> bool:
    try:
        return _hasher.verify(hash_, password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.new_token())
