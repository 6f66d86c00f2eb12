"""The table of assignments: a match that was saved, and what became of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from volunteer_hub.core.db import InCampaign, db


class State(StrEnum):
    """proposed > offered > accepted > done; or declined, lapsed; withdrawn is staff's own undo."""

    PROPOSED = "proposed"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class Assignment(InCampaign, db.Model):
    """A volunteer for a shift, with the reason in a sentence and its state."""

    __tablename__ = "assignments"
    __table_args__ = (
        CheckConstraint(f"state IN {tuple(s.value for s in State)}", name="state"),
        Index(
            "uq_assignments_standing",
            "shift_id",
            "person_id",
            unique=True,
            postgresql_where=text("state IN ('proposed', 'offered', 'accepted')"),
        ),
        Index("ix_assignments_answer_by", "answer_by", postgresql_where=text("state = 'offered'")),
        Index("ix_assignments_shift_id_state", "shift_id", "state"),
        Index("ix_assignments_to_pass_on", "state", postgresql_where=text("holds_place")),
        CheckConstraint("NOT holds_place OR state IN ('offered', 'declined', 'lapsed')", name="holds_place"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    shift_id: Mapped[int] = mapped_column(ForeignKey("shifts.id", ondelete="CASCADE"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"), index=True)
    sign_up_id: Mapped[int | None] = mapped_column(ForeignKey("sign_ups.id", ondelete="SET NULL"))
    in_place_of_id: Mapped[int | None] = mapped_column(
        ForeignKey("assignments.id", ondelete="SET NULL"), comment="whose refusal freed this place"
    )
    state: Mapped[State] = mapped_column(Text(), default=State.PROPOSED)
    holds_place: Mapped[bool] = mapped_column(
        default=False,
        server_default=text("false"),
        comment="a place is kept for it: while offered, and after a refusal until it is passed on",
    )
    is_pinned: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    value: Mapped[float] = mapped_column(comment="in `unit`, for the whole shift")
    unit: Mapped[str] = mapped_column(default="", server_default="", comment="of value; empty: not known")
    travel_km: Mapped[float | None]
    reason: Mapped[str] = mapped_column(default="", comment="why here, in a sentence with numbers")
    next_best: Mapped[dict[str, Any]] = mapped_column(
        default=dict, comment="shift_id, name, value, how much less, km, price of its seat"
    )
    binding: Mapped[str] = mapped_column(default="", comment="what limits: capacity, time, skill, travel")
    nonce: Mapped[str] = mapped_column(comment="ties the links of the offer to it")
    proposed_at: Mapped[datetime]
    offered_at: Mapped[datetime | None]
    offer_posted_at: Mapped[datetime | None] = mapped_column(comment="its message stands in the outbox")
    answer_by: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
