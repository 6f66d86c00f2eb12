"""Consents as they stand, and their history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import aliased

from volunteer_hub.core.db import db
from volunteer_hub.people.models import Consent, Person


@dataclass(frozen=True, slots=True)
class Answer:
    """One yes or no, as it was given."""

    purpose: str
    is_given: bool
    version: str
    via: str
    at: datetime


def answers(person_id: int) -> list[Answer]:
    """All that a person ever answered, the newest first."""
    query = select(Consent.purpose, Consent.is_given, Consent.version, Consent.via, Consent.at)
    rows = db.session.execute(query.where(Consent.person_id == person_id).order_by(Consent.id.desc()))
    return [Answer(*row) for row in rows]


def may_plan() -> ColumnElement[bool]:
    """For a query of people: has this person not said no to planning with their data? Who was never asked
    counts as before they were asked.
    """
    newest = aliased(Consent)
    later = exists().where(
        newest.person_id == Consent.person_id, newest.purpose == "data", newest.id > Consent.id
    )
    refused = and_(
        Consent.person_id == Person.id, Consent.purpose == "data", Consent.is_given.is_(False), ~later
    )
    return ~exists().where(refused).correlate(Person)
