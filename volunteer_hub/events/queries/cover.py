"""Who could fill a gap: volunteers near a shift who are free, fit, and were not asked lately."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, ScalarSelect, exists, func, select
from sqlalchemy.dialects.postgresql import Range

from volunteer_hub.core import access
from volunteer_hub.core.db import db
from volunteer_hub.events.models import CoverAsk, SignUp
from volunteer_hub.events.near import EARTH_KM
from volunteer_hub.events.queries.cards import ShiftCard
from volunteer_hub.people.models import Area, Campaign, Paper, Person
from volunteer_hub.people.queries import windows_of
from volunteer_hub.people.windows import is_free

REST = timedelta(days=7)
LOOKED_AT = 400


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could take a place."""

    person_id: int
    name: str
    away_km: float
    skills: tuple[str, ...]
    languages: tuple[str, ...]
    show_chance: float | None
    attended: int
    has_windows: bool


def candidates(
    card: ShiftCard, *, now: datetime, area_paths: Iterable[str] | None = None, limit: int = 50
) -> list[Candidate]:
    """Volunteers for a gap at or below `area_paths` (default: all), nearest first. Two statements.

    Each is active, reachable by email, has the skills and speaks one of the languages asked for, has said
    that they have the age and the papers asked for, travels that far, goes nowhere else at that time, is
    free then by their own word, and was not asked to fill a gap in the last seven days.
    """
    away = _away_km(card)
    query = (
        select(
            Person.id,
            Person.name,
            away.label("away_km"),
            Person.skills,
            Person.languages,
            Person.show_chance,
            func.coalesce(Person.time_zone, Campaign.time_zone).label("time_zone"),
            _attended().label("attended"),
        )
        .join(Campaign, Campaign.id == Person.campaign_id)
        .where(
            Person.campaign_id == card.campaign_id,
            Person.is_active,
            Person.awaits_confirmation.is_(False),
            Person.email_agreed_at.is_not(None),
            Person.latitude.is_not(None),
            away <= Person.max_travel_km,
            Person.skills.contains(list(card.skills)),
            *_has_said(card),
            ~_busy(card),
            ~exists().where(CoverAsk.person_id == Person.id, CoverAsk.asked_at > now - REST),
            ~exists().where(CoverAsk.person_id == Person.id, CoverAsk.shift_id == card.id),
        )
        .order_by(away, Person.id)
        .limit(LOOKED_AT)
    )
    if card.languages:
        query = query.where(Person.languages.overlap(list(card.languages)))
    if area_paths is not None:
        query = query.join(Area, Area.id == Person.area_id).where(access.within(Area.path, area_paths))
    rows = db.session.execute(query).all()
    windows = windows_of([row.id for row in rows])
    free = [
        row
        for row in rows
        if is_free(windows.get(row.id, ()), card.starts_at, card.ends_at, ZoneInfo(row.time_zone))
    ]
    return [
        Candidate(
            row.id,
            row.name,
            row.away_km,
            tuple(row.skills),
            tuple(row.languages),
            row.show_chance,
            row.attended,
            row.id in windows,
        )
        for row in free[:limit]
    ]


def asked(shift_id: int) -> int:
    """How many people were asked to fill this shift."""
    return db.session.scalar(select(func.count()).where(CoverAsk.shift_id == shift_id)) or 0


def asks_to_post(shift_id: int | None = None, *, limit: int = 200) -> list[CoverAsk]:
    """Asks whose message does not stand in the outbox yet, locked; what another worker has is passed over."""
    query = select(CoverAsk).where(CoverAsk.posted_at.is_(None)).order_by(CoverAsk.id).limit(limit)
    if shift_id is not None:
        query = query.where(CoverAsk.shift_id == shift_id)
    return list(db.session.scalars(query.with_for_update(skip_locked=True)))


def _away_km(card: ShiftCard) -> ColumnElement[float]:
    north = func.radians(Person.latitude - card.latitude) / 2
    east = func.radians(Person.longitude - card.longitude) / 2
    chord = func.power(func.sin(north), 2) + func.cos(func.radians(card.latitude)) * func.cos(
        func.radians(Person.latitude)
    ) * func.power(func.sin(east), 2)
    return (2 * EARTH_KM) * func.asin(func.sqrt(func.least(chord, 1.0)))


def _busy(card: ShiftCard) -> ColumnElement[bool]:
    """Going somewhere at that time, or standing on this shift already (also on its waiting list)."""
    return exists().where(
        SignUp.person_id == Person.id,
        SignUp.state != "cancelled",
        SignUp.during.overlaps(Range(card.starts_at, card.ends_at)),
    )


def _has_said(card: ShiftCard) -> Iterable[ColumnElement[bool]]:
    """Of the age that the event asks for, with each of its papers holding on the day of the shift."""
    if card.min_age:
        yield Person.age_at_least >= card.min_age
    day = func.date(func.timezone(Campaign.time_zone, card.starts_at))
    for kind in card.papers:
        holds = func.coalesce(Paper.valid_until, day) >= day
        yield exists().where(Paper.person_id == Person.id, Paper.kind == kind, holds)


def _attended() -> ScalarSelect[int]:
    return (
        select(func.count())
        .where(SignUp.person_id == Person.id, SignUp.attendance == "attended")
        .correlate(Person)
        .scalar_subquery()
    )
