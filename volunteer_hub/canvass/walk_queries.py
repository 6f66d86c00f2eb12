"""Reads of the walk page: who lives behind the doors, what other phones did, what an undo takes back."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, DateTime, Text, Uuid, cast, literal, null, select, union_all
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.canvass.queries import stands
from volunteer_hub.core.db import db
from volunteer_hub.districts.models import Door, Voter
from volunteer_hub.turf.models import TurfDoor

OVERLAP = timedelta(seconds=90)
"""A report is told again for this long: one that was stored in a slow transaction is not passed over."""
MOST_NEWS = 1000


@dataclass(frozen=True, slots=True)
class Resident:
    """A voter behind a door, with no more of them than a canvasser is shown."""

    id: int
    door_id: int
    given_name: str
    birth_year: int | None


def residents_of(door_ids: Collection[int]) -> dict[int, list[Resident]]:
    """The voters behind doors, by door; doors without any are missing. One statement."""
    found: dict[int, list[Resident]] = {}
    rows: Any = db.session.execute(
        select(Voter.id, Voter.door_id, Voter.given_name, Voter.birth_year)
        .where(Voter.door_id.in_(list(door_ids)))
        .order_by(Voter.door_id, Voter.birth_year.nulls_last(), Voter.id)
    )
    for row in rows:
        found.setdefault(row.door_id, []).append(Resident(*row))
    return found


@dataclass(frozen=True, slots=True)
class News:
    """What is new of a turf's door. report_id: the report that moved it, None where the door's mark did.

    result: how the door stands now, after all its reports. is_gone: it was given back, and somebody else's.
    """

    report_id: uuid.UUID | None
    door_id: int
    result: str | None
    at: datetime | None
    is_do_not_walk: bool
    is_gone: bool


def news_of(turf_id: int, since: datetime) -> list[News]:
    """Reports received in a turf since then, with how their doors stand now, all its doors that are not to be
    walked, and all that were given back. One statement.

    Read from the reports themselves: what follows from them (a turf's visits) may come a moment later.
    """
    undo = aliased(DoorReport)
    is_gone = TurfDoor.given_back_at.is_not(None)
    standing = (
        select(DoorReport.door_id, DoorReport.result)
        .where(
            DoorReport.turf_id == turf_id,
            stands(),
            ~select(undo.id).where(undo.undoes_id == DoorReport.id).exists(),
        )
        .ext(distinct_on(DoorReport.door_id))
        .order_by(DoorReport.door_id, DoorReport.at.desc(), DoorReport.id.desc())
        .subquery()
    )
    reported = (
        select(
            DoorReport.id.label("report_id"),
            DoorReport.door_id,
            standing.c.result,
            DoorReport.at,
            literal(False).label("is_do_not_walk"),
            literal(False).label("is_gone"),
        )
        .outerjoin(standing, standing.c.door_id == DoorReport.door_id)
        .where(DoorReport.turf_id == turf_id, DoorReport.received_at > since - OVERLAP)
        .order_by(DoorReport.received_at.desc())
        .limit(MOST_NEWS)
        .subquery()
    )
    marked = (
        select(
            cast(null(), Uuid()).label("report_id"),
            cast(TurfDoor.door_id, BigInteger),
            cast(null(), Text()),
            cast(null(), DateTime(timezone=True)),
            Door.is_do_not_walk,
            is_gone,
        )
        .join(Door, Door.id == TurfDoor.door_id)
        .where(TurfDoor.turf_id == turf_id, Door.is_do_not_walk | is_gone)
    )
    rows: Any = db.session.execute(union_all(select(reported), marked))
    return [News(*row) for row in rows]


def last_deed(lease_id: int) -> list[DoorReport]:
    """The standing reports that an undo takes back: the last one that came with this lease, and those that
    were made with it at one tap. One statement.
    """
    last = aliased(DoorReport)
    newest = (
        select(last.at, last.received_at, last.result)
        .where(last.lease_id == lease_id, last.result.is_not(None), last.undone_at.is_(None))
        .order_by(last.at.desc(), last.id.desc())
        .limit(1)
        .subquery()
    )
    rows = db.session.scalars(
        select(DoorReport)
        .join(
            newest,
            (newest.c.at == DoorReport.at)
            & (newest.c.received_at == DoorReport.received_at)
            & (newest.c.result == DoorReport.result),
        )
        .where(DoorReport.lease_id == lease_id, stands())
        .order_by(DoorReport.id.desc())
    )
    return list(rows)
