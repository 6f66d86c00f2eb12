"""Quiet calls for help: kept once for each tap, told to the leads at once, answered by one of them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from volunteer_hub.canvass import alarms
from volunteer_hub.canvass.models_safety import HelpCall
from volunteer_hub.core.access import in_campaign
from volunteer_hub.core.db import db
from volunteer_hub.turf.queries import LeaseCard

STILL_CALLS = timedelta(hours=24)
"""How long after its end a lease's link still calls for help: the walk home counts, too."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place as a phone says it, degrees; accuracy in metres, if it is known."""

    latitude: float
    longitude: float
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True)
class CallState:
    """is_told: a message to a lead stands in the outbox. is_answered: a lead has taken it in hand."""

    is_told: bool
    is_answered: bool


def call_for_help(
    lease: LeaseCard, call_id: uuid.UUID, *, called_at: datetime, at: Point | None, now: datetime
) -> bool:
    """Keep a call and tell the leads. The phone tries until it hears back: the same id is the same call.

    Where no message reaches any lead it stands on the desk alone (see `state_of`). A place that comes later
    (finding it takes seconds) is added to the call. True when the call is new.
    """
    new_id = db.session.scalar(
        insert(HelpCall)
        .values(
            call_id=call_id, campaign_id=lease.campaign_id, lease_id=lease.id, person_id=lease.person_id,
            called_at=min(max(called_at, lease.leased_at), now), received_at=now, **_place(at),
        )
        .on_conflict_do_nothing(index_elements=["campaign_id", "call_id"])
        .returning(HelpCall.id)
    )  # fmt: skip
    if new_id is None:
        if at is not None:
            _add_place(lease, call_id, at)
        return False
    call = db.session.get_one(HelpCall, new_id)
    if alarms.help_wanted(call, lease):
        call.told_at = now
    return True


def answer(campaign_id: int, help_id: int, *, by: int, now: datetime) -> HelpCall:
    """A lead takes it in hand. Answered already: the first answer stands."""
    row: HelpCall = in_campaign(HelpCall, help_id, campaign_id, lock=True)
    if row.answered_at is None:
        row.answered_at, row.answered_by = now, by
    return row


def state_of(lease_id: int, call_id: uuid.UUID) -> CallState:
    """What became of this call of this lease until now."""
    query = select(HelpCall.told_at, HelpCall.answered_at).where(
        HelpCall.lease_id == lease_id, HelpCall.call_id == call_id
    )
    row = db.session.execute(query).one_or_none()
    return CallState(*(each is not None for each in row)) if row else CallState(False, False)


def _add_place(lease: LeaseCard, call_id: uuid.UUID, at: Point) -> None:
    db.session.execute(
        update(HelpCall)
        .where(
            HelpCall.campaign_id == lease.campaign_id, HelpCall.lease_id == lease.id,
            HelpCall.call_id == call_id, HelpCall.latitude.is_(None), HelpCall.answered_at.is_(None),
        )
        .values(_place(at))
    )  # fmt: skip


def _place(at: Point | None) -> dict[str, float | None]:
    if at is None:
        return {"latitude": None, "longitude": None, "accuracy_m": None}
    return {"latitude": at.latitude, "longitude": at.longitude, "accuracy_m": at.accuracy_m}
