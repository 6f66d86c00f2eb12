"""Storing door reports: each exactly once, with its effects, in the transaction that stores it.

The id is made on the phone and the same id is the same report for ever: the first that arrives is kept,
what comes later is answered `known`. A batch is taken report by report: what is wrong with one is said of it.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from volunteer_hub.canvass import queries
from volunteer_hub.canvass.facts import DoorReportsSaved
from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.canvass.reading import Reading, Unreadable, echo, read_report
from volunteer_hub.canvass.services.effects import take_effect
from volunteer_hub.canvass.vocabulary import SENSITIVE
from volunteer_hub.core import access, arrays
from volunteer_hub.core.db import announce, db
from volunteer_hub.districts.models import District, Door, Voter
from volunteer_hub.people.models import Area
from volunteer_hub.turf import queries as turf
from volunteer_hub.turf import services as turf_services
from volunteer_hub.turf.models import TurfDoor
from volunteer_hub.turf.queries import LeaseCard

log = logging.getLogger(__name__)

EARLY = timedelta(minutes=10)
"""A phone's clock may be slow by this much against the moment the turf was handed out."""
LATE = timedelta(minutes=30)
"""The door one stands at when the lease ends is still reported."""
FUTURE = timedelta(minutes=5)
"""A phone's clock may be fast by this much."""
OLDEST_BY_STAFF = timedelta(days=60)


Place = tuple[int, int | None]
"""Of a door: its district's id and its precinct's."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer for one report: stored, known (was stored before) or refused with a reason."""

    id: str
    status: str
    reason: str = ""

    def as_dict(self) -> dict[str, str]:
        """As JSON says it."""
        return {"id": self.id, "status": self.status, "reason": self.reason}


class Authority(Protocol):
    """By what right somebody reports: it knows the doors that may be reported and says why others may not."""

    @property
    def campaign_id(self) -> int: ...
    @property
    def canvasser_id(self) -> int | None: ...
    @property
    def lease_id(self) -> int | None: ...
    @property
    def entered_by(self) -> int | None: ...
    @property
    def source(self) -> str: ...

    def places(self, readings: Sequence[Reading]) -> dict[int, Place]:
        """Of the reports' doors, those that this right reaches, with district and precinct."""
        ...

    def objection(self, reading: Reading, places: dict[int, Place], now: datetime) -> str:
        """Why this report is refused; empty when it may be stored."""
        ...

    def turf_of(self, reading: Reading) -> int | None:
        """The turf in which the report counts."""
        ...


class ByLease:
    """A leased turf: its doors only, and work done while it was leased."""

    source = "phone"
    entered_by = None

    def __init__(self, lease: LeaseCard) -> None:
        self.lease = lease
        self.campaign_id, self.lease_id = lease.campaign_id, lease.id
        self.canvasser_id: int | None = lease.person_id

    def places(self, readings: Sequence[Reading]) -> dict[int, Place]:
        return turf.places_of_turf_doors(self.lease.turf_id, {each.door_id for each in readings})

    def objection(self, reading: Reading, places: dict[int, Place], now: datetime) -> str:
        name = self.lease.turf_name
        if reading.turf_id not in (None, self.lease.turf_id):
            return _("This link is for turf %(name)s only.", name=name)
        if reading.door_id not in places:
            return _("This door is not on the walk list of turf %(name)s.", name=name)
        if now > self.lease.ended_at + turf_services.LATE_WORK:
            return _("This came more than a week after the lease ended. Show it to your field lead.")
        return _future(reading, now) or self._outside(reading)

    def _outside(self, reading: Reading) -> str:
        if reading.at < self.lease.leased_at - EARLY:
            return _("The time lies before the turf was handed out. Check the clock of the phone.")
        if reading.at > self.lease.ended_at + LATE:
            return _("The time lies after the lease ended. Ask your field lead to extend it.")
        return ""

    def turf_of(self, reading: Reading) -> int | None:  # noqa: ARG002 - the lease says it
        return self.lease.turf_id


class ByStaff:
    """A field lead or an organizer: the doors of their areas, in a turf or without one."""

    lease_id = None
    entered_by: int | None = None

    def __init__(
        self, campaign_id: int, person_id: int | None, area_paths: Iterable[str], *, source: str = "lead"
    ) -> None:
        self.campaign_id, self.canvasser_id, self.source = campaign_id, person_id, source
        self._area_paths = list(area_paths)
        self._pairs: set[tuple[int, int]] = set()

    def places(self, readings: Sequence[Reading]) -> dict[int, Place]:
        doors = {each.door_id for each in readings}
        rows = db.session.execute(
            select(Door.id, Door.district_id, Door.precinct_id)
            .join(District, District.id == Door.district_id)
            .join(Area, Area.id == District.area_id)
            .where(
                Door.campaign_id == self.campaign_id,
                Door.id.in_(doors),
                access.within(Area.path, self._area_paths),
            )
        )
        turfs = {each.turf_id for each in readings if each.turf_id}
        pairs = select(TurfDoor.turf_id, TurfDoor.door_id).where(
            TurfDoor.turf_id.in_(turfs), TurfDoor.door_id.in_(doors), TurfDoor.campaign_id == self.campaign_id
        )
        self._pairs = {(row.turf_id, row.door_id) for row in db.session.execute(pairs)} if turfs else set()
        return {row.id: (row.district_id, row.precinct_id) for row in rows}

    def objection(self, reading: Reading, places: dict[int, Place], now: datetime) -> str:
        if reading.door_id not in places:
            return _("There is no such door in your area.")
        if reading.turf_id and (reading.turf_id, reading.door_id) not in self._pairs:
            return _("This door is not on the walk list of that turf.")
        if reading.at < now - OLDEST_BY_STAFF:
            return _("The time is more than 60 days ago.")
        return _future(reading, now)

    def turf_of(self, reading: Reading) -> int | None:
        return reading.turf_id


class ByPaper(ByStaff):
    """A field lead who types a walk list from paper, walked by somebody else or by nobody knows whom."""

    def __init__(
        self, campaign_id: int, walker_id: int | None, area_paths: Iterable[str], *, entered_by: int
    ) -> None:
        super().__init__(campaign_id, walker_id, area_paths, source="paper")
        self.entered_by = entered_by


def record(reports: Sequence[Any], *, authority: Authority, now: datetime) -> list[Receipt]:
    """Check and store a batch as it came from outside; one receipt for each report, in its order."""
    readings: list[Reading | None] = []
    receipts: list[Receipt] = []
    for raw in reports:
        try:
            readings.append(read_report(raw))
            receipts.append(Receipt(echo(raw), "read"))
        except Unreadable as error:
            readings.append(None)
            receipts.append(Receipt(echo(raw), "refused", str(error)))
    answers = iter(store([each for each in readings if each], authority=authority, now=now))
    for row, reading in enumerate(readings):
        if reading is not None:
            answer = next(answers)
            receipts[row] = Receipt(receipts[row].id, answer.status, answer.reason)
    return receipts


def store(readings: Sequence[Reading], *, authority: Authority, now: datetime) -> list[Receipt]:
    """Store readable reports with all their effects; a receipt for each, in order.

    The doors are locked before anything is written: two batches about one door come one after the other, so
    an undo and the report it takes back always see each other.
    """
    places = authority.places(readings) if readings else {}
    refusals = [authority.objection(each, places, now) for each in readings]
    wanted: dict[uuid.UUID, Reading] = {}
    for reading, refusal in zip(readings, refusals, strict=True):
        if not refusal:
            wanted.setdefault(reading.id, reading)
    stored = _write(list(wanted.values()), authority, now) if wanted else set()
    known = [each for each in wanted.values() if each.id not in stored]
    strange = _note_differences(known, authority.campaign_id) if known else set()
    foreign = _("“%(name)s” must be a UUID made on the phone.", name="id")
    refusals = [
        refusal or (foreign if reading.id in strange else "")
        for reading, refusal in zip(readings, refusals, strict=True)
    ]
    return _receipts(readings, refusals, stored)


def _receipts(readings: Sequence[Reading], refusals: Sequence[str], stored: set[uuid.UUID]) -> list[Receipt]:
    fresh, receipts = set(stored), []
    for reading, refusal in zip(readings, refusals, strict=True):
        if refusal:
            receipts.append(Receipt(str(reading.id), "refused", refusal))
        elif reading.id in fresh:
            fresh.discard(reading.id)
            receipts.append(Receipt(str(reading.id), "stored"))
        else:
            receipts.append(Receipt(str(reading.id), "known"))
    return receipts


def _write(readings: list[Reading], authority: Authority, now: datetime) -> set[uuid.UUID]:
    """Insert what is new and let it take effect. Returns the ids that are new."""
    turf_services.lock_standings(authority.campaign_id, {each.door_id for each in readings})
    readings = with_voters_of_their_doors(sorted(readings, key=lambda each: each.id))
    rows = [_row(each, authority, now) for each in readings]
    stored = set(
        db.session.scalars(insert(DoorReport).values(rows).on_conflict_do_nothing().returning(DoorReport.id))
    )
    if not stored:
        return stored
    take_effect(authority.campaign_id, stored, now=now)
    announce(DoorReportsSaved(authority.campaign_id))
    return stored


def with_voters_of_their_doors(readings: Sequence[Reading]) -> list[Reading]:
    """A person who does not live at the door is left out of a report; the knock stays what it was."""
    asked = {each.voter_id for each in readings if each.voter_id}
    if not asked:
        return list(readings)
    rows = db.session.execute(select(Voter.id, Voter.door_id).where(arrays.is_one_of(Voter.id, asked)))
    homes = {row.id: row.door_id for row in rows}
    return [
        each if homes.get(each.voter_id or 0) == each.door_id else replace(each, voter_id=None)
        for each in readings
    ]


def _row(reading: Reading, authority: Authority, now: datetime) -> dict[str, Any]:
    return {
        "id": reading.id,
        "campaign_id": authority.campaign_id,
        "turf_id": authority.turf_of(reading),
        "lease_id": authority.lease_id,
        "door_id": reading.door_id,
        "canvasser_id": authority.canvasser_id,
        "at": reading.at,
        "received_at": now,
        "result": reading.result,
        "answers": reading.answers,
        "support": reading.support,
        "note": reading.note,
        "voter_id": reading.voter_id,
        "source": authority.source,
        "entered_by": authority.entered_by,
        "undoes_id": reading.undoes_id,
        "same_knock": reading.same_knock,
        "review": "pending" if reading.result in SENSITIVE else None,
    }


def _note_differences(known: Sequence[Reading], campaign_id: int) -> set[uuid.UUID]:
    """The same id with other content: the first stays; say so in the log, with ids only. Returns those that
    another campaign has (an export of theirs): they are no reports of this one.
    """
    before = queries.reports_by_id([each.id for each in known])
    for reading in known:
        row = before.get(reading.id)
        if row and (row.door_id, row.result, row.answers) != (
            reading.door_id,
            reading.result,
            reading.answers,
        ):
            log.warning("a report came again with other content", extra={"report": str(reading.id)})
    return {report_id for report_id, row in before.items() if row.campaign_id != campaign_id}


def _future(reading: Reading, now: datetime) -> str:
    if reading.at > now + FUTURE:
        return _("The time lies in the future. Check the clock of the phone.")
    return ""
