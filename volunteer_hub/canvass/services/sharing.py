"""Where somebody says they are: only after they said yes, only the last place, and gone with the lease."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from volunteer_hub.canvass.models_safety import HelpCall, SharedPosition
from volunteer_hub.canvass.services.helping import Point
from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import Conflict
from volunteer_hub.turf.models import Lease
from volunteer_hub.turf.queries import LeaseCard

UNANSWERED = timedelta(hours=12)
"""The place of a call that nobody answered is kept this long after the lease ended."""


class NotShared(Conflict):
    """Nobody said yes for this lease, or took the yes back."""

    def __init__(self) -> None:
        super().__init__(_("You are not sharing where you are, so it was not kept."))


def agree(lease: LeaseCard, *, now: datetime) -> None:
    """The canvasser lets their field lead see where they are, until the lease ends or they say no."""
    db.session.execute(
        insert(SharedPosition)
        .values(lease_id=lease.id, campaign_id=lease.campaign_id, agreed_at=now)
        .on_conflict_do_nothing()
    )


def withdraw(lease_id: int) -> None:
    """The yes is taken back, and with it the last place goes."""
    db.session.execute(delete(SharedPosition).where(SharedPosition.lease_id == lease_id))


def is_shared(lease_id: int) -> bool:
    """Did the canvasser say yes?"""
    query = select(SharedPosition.lease_id).where(SharedPosition.lease_id == lease_id)
    return db.session.scalar(query) is not None


def keep_position(lease: LeaseCard, place: Point, *, at: datetime, now: datetime) -> None:
    """Put the newest place in the stead of the last one. Raises NotShared."""
    kept = db.session.scalar(
        update(SharedPosition)
        .where(SharedPosition.lease_id == lease.id)
        .values(
            latitude=place.latitude, longitude=place.longitude, accuracy_m=place.accuracy_m,
            at=min(max(at, lease.leased_at), now),
        )
        .returning(SharedPosition.lease_id)
    )  # fmt: skip
    if kept is None:
        raise NotShared()


def forget_positions(*, now: datetime, lease_id: int | None = None) -> int:
    """Delete the places of leases that have ended (of one, if given). Returns how many rows held one."""
    over = select(Lease.id).where(or_(Lease.returned_at.is_not(None), Lease.expires_at <= now))
    if lease_id is not None:
        over = over.where(Lease.id == lease_id)
    gone = db.session.execute(delete(SharedPosition).where(SharedPosition.lease_id.in_(over)))
    blanked = db.session.execute(
        update(HelpCall)
        .where(
            HelpCall.lease_id.in_(over),
            HelpCall.latitude.is_not(None),
            or_(HelpCall.answered_at.is_not(None), HelpCall.received_at <= now - UNANSWERED),
        )
        .values(latitude=None, longitude=None, accuracy_m=None)
        .execution_options(synchronize_session=False)
    )
    return int(gone.rowcount + blanked.rowcount)  # type: ignore[attr-defined]
