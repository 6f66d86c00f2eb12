"""Tables of safety: who is out and when they are due, calls for help, and where somebody says they are."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from volunteer_hub.core.db import InCampaign, db

ON_EARTH = "latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180"
WHOLE_POINT = "(latitude IS NULL) = (longitude IS NULL)"


class Outing(InCampaign, db.Model):
    """Somebody went out from a shift and is to be back by a time; nobody is out twice."""

    __tablename__ = "outings"
    __table_args__ = (
        Index("uq_outings_out", "person_id", unique=True, postgresql_where=text("back_at IS NULL")),
        Index("ix_outings_due_at", "due_at", postgresql_where=text("back_at IS NULL AND alarm_at IS NULL")),
        CheckConstraint("out_at < due_at", name="forwards"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    shift_id: Mapped[int | None] = mapped_column(ForeignKey("shifts.id", ondelete="CASCADE"), index=True)
    lease_id: Mapped[int | None] = mapped_column(
        ForeignKey("leases.id", ondelete="SET NULL"), index=True, comment="what they walk; a pair shares one"
    )
    out_at: Mapped[datetime]
    due_at: Mapped[datetime]
    let_out_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    alarm_at: Mapped[datetime | None] = mapped_column(
        comment="missed: it stands on the desk, and is told once"
    )
    told_at: Mapped[datetime | None] = mapped_column(comment="the leads' messages stand in the outbox")
    back_at: Mapped[datetime | None] = mapped_column(comment="back safe")
    back_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))


class HelpCall(InCampaign, db.Model):
    """A quiet call for help. Its id is made on the phone: tried again, it is the same call."""

    __tablename__ = "help_calls"
    __table_args__ = (
        UniqueConstraint("campaign_id", "call_id"),
        CheckConstraint(ON_EARTH, name="on_earth"),
        CheckConstraint(WHOLE_POINT, name="whole_point"),
        Index("ix_help_calls_open", "lease_id", postgresql_where=text("answered_at IS NULL")),
    )

    call_id: Mapped[uuid.UUID]
    lease_id: Mapped[int] = mapped_column(ForeignKey("leases.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    called_at: Mapped[datetime] = mapped_column(comment="by the phone's clock, bounded at receipt")
    received_at: Mapped[datetime]
    latitude: Mapped[float | None] = mapped_column(comment="deleted with the shift's other positions")
    longitude: Mapped[float | None]
    accuracy_m: Mapped[float | None]
    told_at: Mapped[datetime | None] = mapped_column(comment="the leads' messages stand in the outbox")
    answered_at: Mapped[datetime | None] = mapped_column(comment="a lead has taken it in hand")
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))


class SharedPosition(db.Model):
    """The row is the consent: no row, no position is taken. Only the last place is kept, never a track.

    It is deleted when the canvasser says so, and with the end of the lease.
    """

    __tablename__ = "shared_positions"
    __table_args__ = (
        CheckConstraint(ON_EARTH, name="on_earth"),
        CheckConstraint(WHOLE_POINT, name="whole_point"),
    )

    lease_id: Mapped[int] = mapped_column(ForeignKey("leases.id", ondelete="CASCADE"), primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"), index=True)
    agreed_at: Mapped[datetime]
    at: Mapped[datetime | None] = mapped_column(comment="when they were there; null: agreed, not heard yet")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    accuracy_m: Mapped[float | None]
