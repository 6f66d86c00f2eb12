"""Reads of canvass: what reports say of doors, the newest reports, what waits for a second look, scripts."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, Text, func, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by, distinct_on

from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.canvass.vocabulary import CONTACTS, FINISHED
from volunteer_hub.core.db import db


def stands() -> ColumnElement[bool]:
    """A report that counts: it has a result and nobody took it back."""
    return DoorReport.result.is_not(None) & DoorReport.undone_at.is_(None)


@dataclass(frozen=True, slots=True)
class DoorSummary:
    """What the standing reports of a door say together."""

    door_id: int
    attempts: int
    contacts: int
    support: int | None
    result: str | None
    last_at: datetime | None
    is_finished: bool


def summaries_query() -> Select[Any]:
    """One row for each door with standing reports; columns of DoorSummary. Narrow it with where()."""
    newest = (DoorReport.at.desc(), DoorReport.id.desc())
    is_final = DoorReport.result.in_(FINISHED) & func.coalesce(DoorReport.review != "dismissed", True)
    supports = func.array_agg(aggregate_order_by(DoorReport.support, *newest), type_=ARRAY(Integer())).filter(
        DoorReport.support.is_not(None)
    )
    results = func.array_agg(aggregate_order_by(DoorReport.result, *newest), type_=ARRAY(Text()))
    return (
        select(
            DoorReport.door_id,
            func.count().label("attempts"),
            func.count().filter(DoorReport.result.in_(CONTACTS)).label("contacts"),
            supports[1].label("support"),
            results[1].label("result"),
            func.max(DoorReport.at).label("last_at"),
            func.bool_or(is_final).label("is_finished"),
        )
        .where(stands())
        .group_by(DoorReport.door_id)
    )


def summaries(door_ids: Collection[int]) -> dict[int, DoorSummary]:
    """The summaries of these doors; doors without a standing report are missing. One statement."""
    rows = db.session.execute(summaries_query().where(DoorReport.door_id.in_(list(door_ids))))
    return {row.door_id: DoorSummary(*row) for row in rows}


def last_in_turf(pairs: Collection[tuple[int, int]]) -> dict[tuple[int, int], tuple[str, datetime]]:
    """Of these (turf, door) pairs, the last standing result and its time; missing: none stands."""
    if not pairs:
        return {}
    rows = db.session.execute(
        select(DoorReport.turf_id, DoorReport.door_id, DoorReport.result, DoorReport.at)
        .where(tuple_(DoorReport.turf_id, DoorReport.door_id).in_(list(pairs)), stands())
        .ext(distinct_on(DoorReport.turf_id, DoorReport.door_id))
        .order_by(DoorReport.turf_id, DoorReport.door_id, DoorReport.at.desc(), DoorReport.id.desc())
    )
    return {(row.turf_id, row.door_id): (row.result, row.at) for row in rows}


def reports_by_id(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, DoorReport]:
    """Reports that are stored already. One statement."""
    rows = db.session.scalars(select(DoorReport).where(DoorReport.id.in_(list(ids))))
    return {row.id: row for row in rows}
