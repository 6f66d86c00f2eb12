"""What people said of their age and their papers, and what they would still need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from volunteer_hub.core.db import db
from volunteer_hub.people.models import Paper, Person
from volunteer_hub.people.papers import PAPERS, Missing, Said, lacking


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A paper of a person: its kind, until when it holds, and when staff saw it."""

    kind: str
    valid_until: date | None
    seen_at: datetime | None

    @property
    def label(self) -> str:
        kind = PAPERS.get(self.kind)
        return str(kind.label) if kind else self.kind


def papers_of_people(person_ids: Iterable[int]) -> dict[int, tuple[PaperRow, ...]]:
    """The papers of many people; one without any is left out. One statement."""
    found: dict[int, list[PaperRow]] = {}
    query = (
        select(Paper.person_id, Paper.kind, Paper.valid_until, Paper.seen_at)
        .where(Paper.person_id == func.any(list(person_ids)))
        .order_by(Paper.kind)
    )
    for row in db.session.execute(query):
        found.setdefault(row.person_id, []).append(PaperRow(row.kind, row.valid_until, row.seen_at))
    return {person_id: tuple(rows) for person_id, rows in found.items()}


def papers_held(
    campaign_id: int, kinds: Iterable[str], *, since: date, person_ids: Sequence[int] | None = None
) -> dict[int, tuple[tuple[str, date | None], ...]]:
    """By person the papers of these kinds that hold on `since` or later: (kind, last day or None), by kind.

    None or one statement, at any size.
    """
    wanted = sorted(set(kinds))
    if not wanted:
        return {}
    query = (
        select(Paper.person_id, Paper.kind, Paper.valid_until)
        .where(Paper.campaign_id == campaign_id, Paper.kind.in_(wanted))
        .where(func.coalesce(Paper.valid_until, since) >= since)
        .order_by(Paper.person_id, Paper.kind)
    )
    if person_ids is not None:
        query = query.where(Paper.person_id == func.any(list(person_ids)))
    found: dict[int, tuple[tuple[str, date | None], ...]] = {}
    for person_id, kind, valid_until in db.session.execute(query):
        found[person_id] = (*found.get(person_id, ()), (kind, valid_until))
    return found


def said_by(person_id: int) -> Said:
    """The age and the papers this person has said they have. One statement."""
    query = (
        select(Person.age_at_least, Paper.kind, Paper.valid_until)
        .outerjoin(Paper, Paper.person_id == Person.id)
        .where(Person.id == person_id)
    )
    rows = db.session.execute(query).all()
    return Said(rows[0][0] if rows else None, {row.kind: row.valid_until for row in rows if row.kind})


def missing(person_id: int, *, min_age: int | None, papers: Sequence[str], on: date) -> Missing:
    """What this person would need for work on that day. None or one statement."""
    if min_age is None and not papers:
        return Missing()
    return lacking(said_by(person_id), min_age=min_age, papers=papers, on=on)
