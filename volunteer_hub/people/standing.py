"""Where each consent of a person stands: the newest answer, and whether the words have changed since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from volunteer_hub.core.db import db
from volunteer_hub.people.consent_words import VIA, WORDS
from volunteer_hub.people.models import Person
from volunteer_hub.people.queries.consents import Answer, answers


@dataclass(frozen=True, slots=True)
class Standing:
    """One purpose: its words of today, the answer that holds, and what applies by it.

    is_given None: never asked, or the answer was for a phone number that has changed since (via new_number).
    holds: is it done? Planning is, until somebody says no to it (queries.consents.may_plan).
    """

    purpose: str
    label: Any
    sentence: Any
    is_given: bool | None
    holds: bool
    at: datetime | None
    via: str
    has_new_words: bool

    @property
    def via_text(self) -> str:
        """How the answer came, in words."""
        return str(VIA.get(self.via, ""))


def of_person(person_id: int) -> list[Standing]:
    """The consents of a person in the order of consent_words.WORDS. Two statements."""
    person = db.session.get_one(Person, person_id)
    newest: dict[str, Answer] = {}
    for answer in answers(person_id):
        newest.setdefault(answer.purpose, answer)
    agreed = {"email": person.email_agreed_at, "text": person.text_agreed_at}
    return [
        _of_channel(purpose, newest.get(purpose), agreed[purpose])
        if purpose in agreed
        else _of_use(purpose, newest.get(purpose))
        for purpose in WORDS
    ]


def _of_channel(purpose: str, answer: Answer | None, agreed_at: datetime | None) -> Standing:
    """Of emails and texts: whether they are sent says the person's row, and when it was said the answers."""
    if answer is not None and answer.is_given == (agreed_at is not None):
        is_given = None if answer.via == "new_number" else answer.is_given
        return _standing(purpose, is_given, agreed_at is not None, answer)
    words = WORDS[purpose]  # came before answers were kept
    given = True if agreed_at else None
    return Standing(purpose, words.label, words.sentence, given, bool(agreed_at), agreed_at, "", False)


def _of_use(purpose: str, answer: Answer | None) -> Standing:
    is_given = answer.is_given if answer else None
    return _standing(
        purpose, is_given, is_given is not False if purpose == "data" else bool(is_given), answer
    )


def _standing(purpose: str, is_given: bool | None, holds: bool, answer: Answer | None) -> Standing:
    words = WORDS[purpose]
    if answer is None:
        return Standing(purpose, words.label, words.sentence, is_given, holds, None, "", False)
    is_old = bool(is_given) and answer.version != words.version
    return Standing(
        purpose, words.label, words.sentence, is_given, holds, answer.at, answer.via, has_new_words=is_old
    )
