"""Reads of the dashboard, each limited to the viewer's areas; a fixed number of statements at any size."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from geodata.priority import DayDone
from volunteer_hub.assignments.models import Assignment
from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.core.access import within
from volunteer_hub.core.db import db
from volunteer_hub.core.kept import kept
from volunteer_hub.districts.models import District, Door
from volunteer_hub.events.models import Event, Shift
from volunteer_hub.messaging.models import Message
from volunteer_hub.people.models import Area, Person
from volunteer_hub.priority.models import Progress, Score
from volunteer_hub.turf.models import DoorStanding, Lease, Turf

DAYS_SHOWN = 21
DOORS_KEPT_S = 120
DAYS_KEPT_S = 600
COUNTS = ("attempts", "contacts", "supporters", "opponents", "undecided", "doors_tried", "doors_done")


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a district is, and what an hour there is worth (None where it has no score)."""

    district_id: int
    name: str
    doors: int
    doors_done: int
    attempts: int
    contacts: int
    supporters: int
    value: float | None
    rank: int | None

    @property
    def done_share(self) -> float | None:
        """Doors done of all doors; None where no doors are known."""
        return self.doors_done / self.doors if self.doors else None

    @property
    def doors_left(self) -> int:
        """Doors not done; never below nothing."""
        return max(self.doors - self.doors_done, 0)


def key_of(paths: Iterable[str]) -> str:
    """A short text for a set of areas, to keep answers by."""
    return hashlib.sha256("|".join(sorted(paths)).encode()).hexdigest()[:16]


def standings(campaign_id: int, kind: str, paths: list[str], snapshot_id: int | None) -> list[Standing]:
    """The districts of a layer at or below the areas, by name. Three statements, one of them kept a while."""
    doors = {int(key): count for key, count in _doors(campaign_id).items()}
    done = {
        row[0]: row[1:]
        for row in db.session.execute(
            select(Progress.district_id, *[func.sum(getattr(Progress, name)) for name in COUNTS])
            .where(Progress.campaign_id == campaign_id)
            .group_by(Progress.district_id)
        )
    }
    rows = db.session.execute(
        select(District.id, District.name, Score.value_per_hour, Score.rank)
        .join(Area, Area.id == District.area_id)
        .outerjoin(
            Score,
            (Score.district_id == District.id)
            & (Score.snapshot_id == snapshot_id)
            & Score.precinct_id.is_(None),
        )
        .where(District.campaign_id == campaign_id, District.kind == kind, within(Area.path, paths))
        .order_by(District.name, District.id)
    )
    nothing = (0,) * len(COUNTS)
    return [
        _standing(row, doors.get(row.id, 0), dict(zip(COUNTS, done.get(row.id, nothing), strict=True)))
        for row in rows
    ]


def _standing(row: Any, doors: int, done: dict[str, int]) -> Standing:
    return Standing(
        district_id=row.id,
        name=row.name,
        doors=doors,
        doors_done=min(int(done["doors_done"]), doors) if doors else int(done["doors_done"]),
        attempts=int(done["attempts"]),
        contacts=int(done["contacts"]),
        supporters=int(done["supporters"]),
        value=row.value_per_hour,
        rank=row.rank,
    )


def _doors(campaign_id: int) -> dict[str, int]:
    """Doors to knock on by district. Imports change them, nobody else: a short memory is enough.

    Counted without a join, so that it is quick also right after an import, when nothing is known yet of how
    the rows are spread.
    """
    query = (
        select(Door.district_id, func.count())
        .where(Door.campaign_id == campaign_id, Door.is_do_not_walk.is_(False))
        .group_by(Door.district_id)
    )
    found: dict[str, int] = kept(
        f"doors:{campaign_id}",
        lambda: {str(district): count for district, count in db.session.execute(query)},
        for_s=DOORS_KEPT_S,
    )
    return found


def support_found(campaign_id: int, district_ids: set[int]) -> dict[int, int]:
    """Doors of these districts by the last support answer, 1 (strong support) to 5 (strong oppose)."""
    rows = db.session.execute(
        select(DoorStanding.district_id, DoorStanding.support, func.count())
        .where(DoorStanding.campaign_id == campaign_id, DoorStanding.support.is_not(None))
        .group_by(DoorStanding.district_id, DoorStanding.support)
    )
    found = dict.fromkeys(range(1, 6), 0)
    for district_id, support, count in rows:
        if district_id in district_ids:
            found[int(support or 0)] += count
    return found


def days_done(campaign_id: int, paths: list[str], today: date, zone: ZoneInfo) -> list[DayDone]:
    """The last days with what was reported of them, oldest first, today last; days without reports are 0.

    Days gone by are kept for some minutes: a late report shows up a little later.
    """
    first = today - timedelta(days=DAYS_SHOWN - 1)
    past: dict[str, list[float]] = kept(
        f"days:{campaign_id}:{key_of(paths)}:{today}",
        lambda: _reported(campaign_id, paths, zone, first, today),
        for_s=DAYS_KEPT_S,
    )
    known = past | _reported(campaign_id, paths, zone, today, today + timedelta(days=1))
    days = [first + timedelta(days=each) for each in range(DAYS_SHOWN)]
    return [DayDone(day, *known.get(day.isoformat(), (0, 0, 0, 0))) for day in days]


def _reported(
    campaign_id: int, paths: list[str], zone: ZoneInfo, first: date, end: date
) -> dict[str, list[float]]:
    """By day: knocks, talks, people who reported, and their hours from each one's first to last knock."""
    from_at, until_at = (datetime.combine(day, time(), tzinfo=zone).astimezone(UTC) for day in (first, end))
    day = func.date(func.timezone(zone.key, DoorReport.at)).label("day")
    each = (
        select(
            day,
            func.coalesce(DoorReport.canvasser_id, DoorReport.lease_id, 0).label("who"),
            func.count().label("knocks"),
            func.count().filter(DoorReport.result == "canvassed").label("talks"),
            (func.extract("epoch", func.max(DoorReport.at) - func.min(DoorReport.at)) / 3600).label("hours"),
        )
        .join(Door, Door.id == DoorReport.door_id)
        .join(District, District.id == Door.district_id)
        .join(Area, Area.id == District.area_id)
        .where(
            DoorReport.campaign_id == campaign_id,
            DoorReport.at >= from_at,
            DoorReport.at < until_at,
            DoorReport.received_at >= from_at,
            DoorReport.result.is_not(None),
            DoorReport.undone_at.is_(None),
            within(Area.path, paths),
        )
        .group_by(day, "who")
        .subquery()
    )
    rows = db.session.execute(
        select(
            each.c.day, func.sum(each.c.knocks), func.sum(each.c.talks), func.count(), func.sum(each.c.hours)
        ).group_by(each.c.day)
    )
    return {day.isoformat(): [float(number) for number in numbers] for day, *numbers in rows}


def turf_out(campaign_id: int, paths: list[str], now: datetime) -> tuple[int, int]:
    """Turfs in somebody's hands now, and how many people hold them."""
    row = db.session.execute(
        select(func.count(), func.count(Lease.person_id.distinct()))
        .join(Turf, Turf.id == Lease.turf_id)
        .join(District, District.id == Turf.district_id)
        .join(Area, Area.id == District.area_id)
        .where(
            Lease.campaign_id == campaign_id,
            Lease.returned_at.is_(None),
            Lease.expires_at > now,
            within(Area.path, paths),
        )
    ).one()
    return int(row[0]), int(row[1])


def offers(campaign_id: int, paths: list[str]) -> dict[str, int]:
    """Assignments by state, of shifts at or below the areas."""
    rows = db.session.execute(
        select(Assignment.state, func.count())
        .join(Shift, Shift.id == Assignment.shift_id)
        .join(Event, Event.id == Shift.event_id)
        .join(Area, Area.id == Event.area_id)
        .where(Assignment.campaign_id == campaign_id, within(Area.path, paths))
        .group_by(Assignment.state)
    )
    return {str(state): count for state, count in rows}


def messages(campaign_id: int, paths: list[str], since: datetime) -> dict[str, int]:
    """Messages made since then by state, to people at or below the areas."""
    rows = db.session.execute(
        select(Message.state, func.count())
        .join(Person, Person.id == Message.person_id)
        .join(Area, Area.id == Person.area_id)
        .where(Message.campaign_id == campaign_id, Message.created_at >= since, within(Area.path, paths))
        .group_by(Message.state)
    )
    return {str(state): count for state, count in rows}


@dataclass(frozen=True, slots=True)
class ShiftAhead:
    """A shift that is coming, and how full it is."""

    id: int
    name: str
    starts_at: datetime
    ends_at: datetime
    going: int
    held: int
    capacity: int


def shifts_ahead(campaign_id: int, paths: list[str], now: datetime, until: datetime) -> list[ShiftAhead]:
    """The published shifts to come until then, soonest first; at most 500."""
    rows = db.session.execute(
        select(Shift.id, Event.name, Shift.starts_at, Shift.ends_at, Shift.going, Shift.held, Shift.capacity)
        .join(Event, Event.id == Shift.event_id)
        .join(Area, Area.id == Event.area_id)
        .where(
            Shift.campaign_id == campaign_id,
            Shift.cancelled_at.is_(None),
            Event.state == "published",
            Shift.starts_at > now,
            Shift.starts_at < until,
            within(Area.path, paths),
        )
        .order_by(Shift.starts_at, Shift.id)
        .limit(500)
    )
    return [ShiftAhead(*row) for row in rows]
