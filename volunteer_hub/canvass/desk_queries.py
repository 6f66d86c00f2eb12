"""Reads of the field lead's desk: who is out from a shift, who calls, when somebody was last heard of."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.canvass.models_safety import HelpCall, Outing, SharedPosition
from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import NotFound
from volunteer_hub.districts.models import Door
from volunteer_hub.people.models import Person
from volunteer_hub.turf.models import DoorStanding, Lease, Turf, TurfDoor


@dataclass(frozen=True, slots=True)
class OutingLine:
    """Somebody's way out and back."""

    id: int
    person_id: int
    shift_id: int | None
    lease_id: int | None
    out_at: datetime
    due_at: datetime
    alarm_at: datetime | None
    told_at: datetime | None
    back_at: datetime | None

    def is_overdue(self, now: datetime) -> bool:
        """Should they be back by now?"""
        return self.back_at is None and self.due_at <= now


@dataclass(frozen=True, slots=True)
class HelpLine:
    """A call for help, with what a lead needs to act on it. address: of the last door they reported."""

    id: int
    lease_id: int
    shift_id: int | None
    person_name: str
    phone: str | None
    turf_name: str
    called_at: datetime
    received_at: datetime
    latitude: float | None
    longitude: float | None
    accuracy_m: float | None
    told_at: datetime | None
    answered_at: datetime | None
    answered_by: str | None


@dataclass(frozen=True, slots=True)
class Heard:
    """The last sign of somebody: when the last report came, and from which door."""

    at: datetime
    address: str


@dataclass(frozen=True, slots=True)
class Spot:
    """Where somebody says they are; `at` and the place are None until the phone has said it."""

    lease_id: int
    at: datetime | None
    latitude: float | None
    longitude: float | None
    accuracy_m: float | None


def outings_of_shift(campaign_id: int, shift_id: int) -> list[OutingLine]:
    """All outings of a shift, oldest first. One statement."""
    rows = db.session.execute(
        select(
            Outing.id, Outing.person_id, Outing.shift_id, Outing.lease_id, Outing.out_at, Outing.due_at,
            Outing.alarm_at, Outing.told_at, Outing.back_at,
        )
        .where(Outing.campaign_id == campaign_id, Outing.shift_id == shift_id)
        .order_by(Outing.out_at, Outing.id)
    )  # fmt: skip
    return [OutingLine(*row) for row in rows]


def outing(campaign_id: int, outing_id: int) -> Outing:
    """One outing; raises NotFound."""
    row = db.session.get(Outing, outing_id)
    if row is None or row.campaign_id != campaign_id:
        raise NotFound()
    return row


def calls_of_shift(campaign_id: int, shift_id: int, *, answered_since: datetime) -> list[HelpLine]:
    """Calls of a shift that wait for an answer, and those answered since then; the newest first."""
    return _calls(
        campaign_id,
        Lease.shift_id == shift_id,
        HelpCall.answered_at.is_(None) | (HelpCall.answered_at >= answered_since),
    )


def call(campaign_id: int, help_id: int) -> HelpLine:
    """One call; raises NotFound."""
    found = _calls(campaign_id, HelpCall.id == help_id)
    if not found:
        raise NotFound()
    return found[0]


def last_heard(lease_ids: Collection[int]) -> dict[int, Heard]:
    """Of these leases, the newest report: when it arrived, and the door it is about. One statement."""
    rows = db.session.execute(
        select(DoorReport.lease_id, DoorReport.received_at, Door.number, Door.street)
        .join(Door, Door.id == DoorReport.door_id)
        .where(DoorReport.lease_id == func.any(list(lease_ids)))
        .ext(distinct_on(DoorReport.lease_id))
        .order_by(DoorReport.lease_id, DoorReport.received_at.desc(), DoorReport.at.desc())
    )
    return {row.lease_id: Heard(row.received_at, f"{row.number} {row.street}") for row in rows}


def spots(lease_ids: Collection[int]) -> dict[int, Spot]:
    """Where those are who share it, by lease. One statement."""
    rows = db.session.execute(
        select(
            SharedPosition.lease_id, SharedPosition.at, SharedPosition.latitude, SharedPosition.longitude,
            SharedPosition.accuracy_m,
        ).where(SharedPosition.lease_id == func.any(list(lease_ids)))
    )  # fmt: skip
    return {row.lease_id: Spot(*row) for row in rows}


def doors_in_another_language(turf_ids: Collection[int]) -> dict[int, int]:
    """How many unvisited doors of each turf wanted another language when somebody knocked. One statement."""
    rows = db.session.execute(
        select(TurfDoor.turf_id, func.count())
        .join(DoorStanding, DoorStanding.door_id == TurfDoor.door_id)
        .where(
            TurfDoor.turf_id == func.any(list(turf_ids)),
            TurfDoor.result.is_(None),
            TurfDoor.given_back_at.is_(None),
            DoorStanding.result == "language_barrier",
        )
        .group_by(TurfDoor.turf_id)
    )
    return {turf_id: int(count) for turf_id, count in rows}


def _calls(campaign_id: int, *conditions: ColumnElement[bool]) -> list[HelpLine]:
    helper = aliased(Person)
    rows: Any = db.session.execute(
        select(
            HelpCall.id, HelpCall.lease_id, Lease.shift_id, Person.name, Person.phone, Turf.name,
            HelpCall.called_at, HelpCall.received_at, HelpCall.latitude, HelpCall.longitude,
            HelpCall.accuracy_m, HelpCall.told_at, HelpCall.answered_at, helper.name,
        )
        .join(Lease, Lease.id == HelpCall.lease_id)
        .join(Turf, Turf.id == Lease.turf_id)
        .join(Person, Person.id == HelpCall.person_id)
        .outerjoin(helper, helper.id == HelpCall.answered_by)
        .where(HelpCall.campaign_id == campaign_id, *conditions)
        .order_by(HelpCall.answered_at.is_not(None), HelpCall.id.desc())
    )  # fmt: skip
    return [HelpLine(*row) for row in rows]
