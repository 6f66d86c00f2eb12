"""The table of additions: people and doors that canvassers found and no file has."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from volunteer_hub.canvass.models import Outcome
from volunteer_hub.core.db import db


class Addition(db.Model):
    """A person or a door as a canvasser wrote it down. The id is made on the phone: it comes once.

    It waits (`pending`) until an organizer accepts it, which makes the voter or the door and turns the knock
    into a report, or dismisses it. Both can be taken back.
    """

    __tablename__ = "additions"
    __table_args__ = (
        CheckConstraint("what IN ('person', 'door')", name="what"),
        CheckConstraint(f"result IN {tuple(o.value for o in Outcome)}", name="result"),
        CheckConstraint("review IN ('pending', 'accepted', 'dismissed')", name="review"),
        CheckConstraint("what <> 'person' OR name <> ''", name="person_named"),
        CheckConstraint("what <> 'door' OR address <> '' OR unit <> ''", name="door_placed"),
        Index("ix_additions_lease_id", "lease_id"),
        Index("ix_additions_door_id", "door_id"),
        Index("ix_additions_campaign_id_review", "campaign_id", "review", "received_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    turf_id: Mapped[int | None] = mapped_column(ForeignKey("turfs.id", ondelete="SET NULL"), index=True)
    lease_id: Mapped[int | None] = mapped_column(ForeignKey("leases.id", ondelete="SET NULL"))
    canvasser_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"), index=True)
    door_id: Mapped[int] = mapped_column(
        ForeignKey("doors.id", ondelete="CASCADE"), comment="the person's door, or the one a new door is near"
    )
    what: Mapped[str] = mapped_column(comment="person or door")
    name: Mapped[str] = mapped_column(default="", server_default="")
    unit: Mapped[str] = mapped_column(default="", server_default="")
    address: Mapped[str] = mapped_column(default="", server_default="", comment="as the canvasser wrote it")
    note: Mapped[str] = mapped_column(default="", server_default="")
    result: Mapped[str | None] = mapped_column(comment="of the knock, if there was one")
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    at: Mapped[datetime] = mapped_column(comment="by the phone's clock, bounded at receipt")
    received_at: Mapped[datetime]
    review: Mapped[str] = mapped_column(default="pending", server_default="pending")
    reviewed_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    reviewed_at: Mapped[datetime | None]
    times_accepted: Mapped[int] = mapped_column(
        default=0, server_default=text("0"), comment="each time makes a report with an id of its own"
    )
    made_door_id: Mapped[int | None] = mapped_column(ForeignKey("doors.id", ondelete="SET NULL"), index=True)
    made_voter_id: Mapped[int | None] = mapped_column(
        ForeignKey("voters.id", ondelete="SET NULL"), index=True
    )
    made_report_id: Mapped[uuid.UUID | None] = mapped_column(comment="the knock as a report")
    is_door_known: Mapped[bool] = mapped_column(
        default=False,
        server_default=text("false"),
        comment="the door was on file after all; undoing keeps it",
    )
