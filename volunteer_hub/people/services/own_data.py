"""What is held about a person, shown to them as a whole.

Named parts tell it in words; `records` holds every row of every table that belongs to the person, and
`named_in` counts the rows of others that name them (as who made or answered something). So a new table is
shown before anybody thinks of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import Column, LargeBinary, Table, func, select

from volunteer_hub.core.audit import AuditEntry
from volunteer_hub.core.db import db
from volunteer_hub.messaging import held as messages
from volunteer_hub.people import queries
from volunteer_hub.people.models import Campaign, Person
from volunteer_hub.people.queries.consents import answers

_SECRET = {"password_hash", "nonce"}  # ways in, of no use to read; bytes are left out as well
_NOT_TOLD = {"id", "campaign_id", "person_id", "search"}


def own_data(person: Person, now: datetime) -> dict[str, Any]:
    """Everything held about a person, ready for JSON; other features add theirs by OWN_DATA of app.py."""
    campaign = db.session.get_one(Campaign, person.campaign_id)
    parts: dict[str, Callable[[int], Any]] = current_app.extensions.get("own_data", {})
    return {
        "campaign": campaign.name,
        "person": _told(Person.__table__, person),
        "availability": [
            {
                "weekday": row.window.weekday,
                "day": row.window.day_on,
                "from": row.window.from_time,
                "until": row.window.until_time,
            }
            for row in queries.availability(person.id)
        ],
        "consents": [
            {
                "purpose": each.purpose,
                "yes": each.is_given,
                "at": each.at,
                "how": each.via,
                "words": each.version,
            }
            for each in answers(person.id)
        ],
        "roles": [
            {"role": row.role, "area": row.area_name, "granted_at": row.granted_at}
            for row in queries.grants(person.campaign_id, person_id=person.id)
        ],
        "sessions": [
            {"browser": row.browser, "since": row.created_at, "seen_at": row.seen_at, "way_in": row.way_in}
            for row in queries.sessions(person.id, now)
        ],
        "messages": messages.messages_to(person.id),
        "texts_from_you": messages.texts_from(person.id),
        **{name: part(person.id) for name, part in parts.items()},
        "log": _log_about(person),
        "records": _records(person.id),
        "named_in": _named_in(person.id),
    }


def references() -> Iterator[tuple[Table, Column[Any]]]:
    """Every column of the database that refers to a person, but for the person's own row."""
    for table in db.metadata.sorted_tables:
        for column in table.columns:
            if any(key.column.table.name == "people" for key in column.foreign_keys):
                yield table, column


def _records(person_id: int) -> dict[str, list[dict[str, Any]]]:
    """Rows that belong to the person, table by table; empty ones are left out."""
    found = {}
    for table, column in references():
        if column.name == "person_id":
            shown = [each for each in table.columns if _is_told(each)]
            rows = db.session.execute(select(*shown).where(column == person_id)).all() if shown else []
            if rows:
                found[table.name] = [dict(row._mapping) for row in rows]
    return found


def _named_in(person_id: int) -> dict[str, int]:
    """How many rows name the person otherwise, as shifts.lead_id; none are left out."""
    counts = {
        f"{table.name}.{column.name}": db.session.scalar(
            select(func.count()).select_from(table).where(column == person_id)
        )
        or 0
        for table, column in references()
        if column.name != "person_id"
    }
    return {name: count for name, count in counts.items() if count}


def _told(table: Any, row: Person) -> dict[str, Any]:
    return {each.name: getattr(row, each.name) for each in table.columns if _is_told(each)}


def _is_told(column: Column[Any]) -> bool:
    return not (isinstance(column.type, LargeBinary) or column.name in _SECRET | _NOT_TOLD)


def _log_about(person: Person) -> list[dict[str, Any]]:
    query = select(AuditEntry.at, AuditEntry.action, AuditEntry.details).where(
        AuditEntry.campaign_id == person.campaign_id,
        (AuditEntry.subject == f"person:{person.id}") | (AuditEntry.actor_id == person.id),
    )
    return [dict(row._mapping) for row in db.session.execute(query.order_by(AuditEntry.at))]
