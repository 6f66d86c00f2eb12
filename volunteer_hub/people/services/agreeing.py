"""What two entries of one person agreed to, taken together when they become one.

A no that either said themselves holds; else a yes of either; else nobody was asked, which takes nothing away
and gives nothing. A yes to texts holds for the number it was said for, and for no other. What was ticked for
an address that nobody confirmed is no yes: anybody may have typed it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import delete, select

from volunteer_hub.core.db import db
from volunteer_hub.messaging import services as messaging
from volunteer_hub.people.consent_words import WORDS
from volunteer_hub.people.models import Consent, Person
from volunteer_hub.people.services import consent
from volunteer_hub.people.services.by_phone import is_placeholder

Said = dict[str, bool | None]
"""Purpose -> yes, no, or None: never asked."""

Since = dict[str, datetime | None]
"""Column of Person (consent.COLUMNS) -> when the yes was said, None without one."""


def said(person: Person) -> Said:
    """The last word of a person on each use of their data; a box left empty where it was asked is a no."""
    words: Said = dict.fromkeys(WORDS)
    query = select(Consent.purpose, Consent.is_given, Consent.via).where(Consent.person_id == person.id)
    for row in db.session.execute(query.order_by(Consent.id)):
        words[row.purpose] = None if row.via == "new_number" else row.is_given
    for purpose, column in consent.COLUMNS.items():
        if _is_stopped(person, purpose):
            words[purpose] = False
        elif getattr(person, column) is not None:
            words[purpose] = True
        elif words[purpose]:
            words[purpose] = None
    return words


def together(kept: Person, gone: Person) -> Said:
    """What the one person has agreed to whom these two become."""
    ours, theirs = _proved(kept), _proved(gone)
    return {purpose: _either(ours[purpose], theirs[purpose]) for purpose in WORDS}


def numbers(*people: Person) -> set[str]:
    """The phone numbers that these people said yes to texts for, where they are known to have said it."""
    return {each.phone for each in _known(people) if each.phone and each.text_agreed_at is not None}


def since(*people: Person) -> Since:
    """When they said the yes that holds, of the first who did and is known to have said it."""
    dates = {name: [getattr(each, name) for each in _known(people)] for name in consent.COLUMNS.values()}
    return {name: next(filter(None, found), None) for name, found in dates.items()}


def settle(
    kept: Person, agreed: Said, agreed_at: Since, agreed_numbers: Collection[str], *, now: datetime
) -> list[int]:
    """Let `agreed` hold for the kept person, whose answers are those of both by now. Returns the ids of the
    answers that had to be written for it."""
    written = []
    for purpose, column in consent.COLUMNS.items():
        setattr(kept, column, agreed_at[column] if agreed[purpose] else None)
    if kept.text_agreed_at is not None and kept.phone not in agreed_numbers:
        kept.text_agreed_at = None
        written.append(consent.keep(kept, "text", False, via="new_number", language=kept.language, now=now))
    for purpose in WORDS:
        if agreed[purpose] is False and not _ends_with_a_no(kept.id, purpose):
            written.append(consent.keep(kept, purpose, False, via="merge", language=kept.language, now=now))
    return written


def unsettle(written: Collection[int]) -> None:
    """They are two again: what was written for the one is taken away."""
    db.session.execute(delete(Consent).where(Consent.id.in_(list(written))))


def _known(people: Iterable[Person]) -> list[Person]:
    """Those who have shown that their address is theirs."""
    return [each for each in people if not each.awaits_confirmation]


def _proved(person: Person) -> Said:
    """The last words of a person without what anybody could tick on a form for their address."""
    words = said(person)
    if person.awaits_confirmation:
        words |= {purpose: None for purpose in consent.COLUMNS if words[purpose]}
    return words


def _either(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return one or other


def _is_stopped(person: Person, channel: str) -> bool:
    """Did a STOP or an unsubscribe end all messages to the person's own address?"""
    address = person.phone if channel == "text" else person.email
    if not address or is_placeholder(address):
        return False
    reason = messaging.stop_reason(person.campaign_id, channel, messaging.digest_of(channel, address))
    return reason is not None and reason != "unreachable"


def _ends_with_a_no(person_id: int, purpose: str) -> bool:
    query = select(Consent.is_given, Consent.via).where(
        Consent.person_id == person_id, Consent.purpose == purpose
    )
    last = db.session.execute(query.order_by(Consent.id.desc()).limit(1)).one_or_none()
    return last is not None and not last.is_given and last.via != "new_number"
