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
    """One purpose: its words of today and the answer that holds. is_given None: never asked."""

    purpose: str
    label: Any
    sentence: Any
    is_given: bool | None
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
    return [_standing(purpose, newest.get(purpose), agreed.get(purpose)) for purpose in WORDS]


def _standing(purpose: str, answer: Answer | None, agreed_at: datetime | None) -> Standing:
    words = WORDS[purpose]
    if answer is None:  # came before answers were kept
        given = True if agreed_at else None
        return Standing(purpose, words.label, words.sentence, given, agreed_at, "", False)
    has_new_words = answer.is_given and answer.version != words.version
    return Standing(
        purpose, words.label, words.sentence, answer.is_given, answer.at, answer.via, has_new_words
    )
