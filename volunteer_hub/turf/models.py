"""Tables of turf: cuts, edits, turfs, their doors in walking order, leases, what is known of each door."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from volunteer_hub.core.db import InCampaign, db
from volunteer_hub.core.geometry import HasShape


class CutBatch(InCampaign, db.Model):
    """Many precincts asked for together, cut one by one: the county, or the most urgent."""

    __tablename__ = "cut_batches"

    area_id: Mapped[int] = mapped_column(
        ForeignKey("areas.id"), index=True, comment="holds all its precincts"
    )
    title: Mapped[str]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]


class Cut(InCampaign, db.Model):
    """One cutting of precincts, or of an area drawn in them, into turfs of about so many minutes.

    Its `version` counts the changes of its turfs: whoever changes them says which version they saw.
    """

    __tablename__ = "cuts"
    __table_args__ = (
        CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'retired', 'cancelled')", name="state"
        ),
    )

    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id", ondelete="CASCADE"), index=True)
    batch_id: Mapped[int | None] = mapped_column(
        ForeignKey("cut_batches.id", ondelete="SET NULL"), index=True
    )
    area: Mapped[bytes | None] = mapped_column(comment="WKB, degrees: only doors inside; all when it is null")
    state: Mapped[str] = mapped_column(default="queued")
    version: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    minutes: Mapped[float] = mapped_column(comment="wanted for one turf, walking and talking")
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    report: Mapped[dict[str, Any]] = mapped_column(default=dict, comment="balance, metres a door, method")
    message: Mapped[str] = mapped_column(default="")
    created_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    heard_at: Mapped[datetime | None] = mapped_column(comment="last sign of life of the job")
    finished_at: Mapped[datetime | None]


class CutPrecinct(db.Model):
    """A precinct whose doors a cut takes."""

    __tablename__ = "cut_precincts"

    cut_id: Mapped[int] = mapped_column(ForeignKey("cuts.id", ondelete="CASCADE"), primary_key=True)
    precinct_id: Mapped[int] = mapped_column(
        ForeignKey("precincts.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class TurfEdit(InCampaign, db.Model):
    """One change of a cut by a person. Turfs are never changed, but replaced: to undo is to swap back."""

    __tablename__ = "turf_edits"
    __table_args__ = (UniqueConstraint("cut_id", "version"),)

    cut_id: Mapped[int] = mapped_column(ForeignKey("cuts.id", ondelete="CASCADE"))
    version: Mapped[int] = mapped_column(comment="of the cut, after this")
    kind: Mapped[str] = mapped_column(comment="move, merge, split, lock, unlock, recut")
    retired: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), comment="turfs that this replaced")
    made: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), comment="turfs that this made")
    flags: Mapped[dict[str, Any]] = mapped_column(default=dict, comment="turf id to whether it was locked")
    made_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    made_at: Mapped[datetime]


class Turf(HasShape, InCampaign, db.Model):
    """Doors for one canvasser on one shift. `shape` is the polygon to draw."""

    __tablename__ = "turfs"
    __table_args__ = (
        Index(
            "uq_turfs_number",
            "precinct_id",
            "number",
            unique=True,
            postgresql_where=text("state <> 'retired'"),
        ),  # names are said over a table
        CheckConstraint("state IN ('open', 'leased', 'done', 'retired')", name="state"),
        CheckConstraint("doors_done BETWEEN 0 AND doors", name="doors_done"),
        Index("ix_turfs_campaign_id_state", "campaign_id", "state"),
    )

    cut_id: Mapped[int] = mapped_column(ForeignKey("cuts.id", ondelete="CASCADE"), index=True)
    precinct_id: Mapped[int] = mapped_column(
        ForeignKey("precincts.id", ondelete="CASCADE"), index=True, comment="where most of its doors are"
    )
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]
    name: Mapped[str] = mapped_column(comment="as '0103-07', spoken over a table")
    state: Mapped[str] = mapped_column(default="open")
    doors: Mapped[int]
    doors_done: Mapped[int] = mapped_column(
        default=0, server_default=text("0"), comment="doors with a standing report in this turf"
    )
    minutes: Mapped[float]
    metres: Mapped[float]
    start_latitude: Mapped[float]
    start_longitude: Mapped[float]
    line: Mapped[bytes | None] = mapped_column(deferred=True, comment="the walk, WKB in degrees")
    is_locked: Mapped[bool] = mapped_column(
        default=False, server_default=text("false"), comment="stays as it is when the rest is cut again"
    )
    colour: Mapped[int] = mapped_column(default=0, server_default=text("0"), comment="neighbours differ")
    retired_at: Mapped[datetime | None]


class TurfDoor(db.Model):
    """A door's place in a turf's walking order. A door is in one open turf at most."""

    __tablename__ = "turf_doors"
    __table_args__ = (
        Index("uq_turf_doors_open", "door_id", unique=True, postgresql_where=text("is_open")),
        UniqueConstraint("turf_id", "position"),
    )

    turf_id: Mapped[int] = mapped_column(ForeignKey("turfs.id", ondelete="CASCADE"), primary_key=True)
    door_id: Mapped[int] = mapped_column(ForeignKey("doors.id", ondelete="CASCADE"), primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(comment="from 1, in walking order")
    is_open: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    result: Mapped[str | None] = mapped_column(
        comment="of the last standing report at this door in this turf"
    )
    visited_at: Mapped[datetime | None]
    given_back_at: Mapped[datetime | None] = mapped_column(
        comment="no longer on this walk list, though a phone that was given it may still report it"
    )


END_REASONS = ("returned", "taken_back", "taken_over", "wiped", "done", "expired")


class Lease(InCampaign, db.Model):
    """A turf in somebody's hands for a shift. Its token opens these doors only.

    A lease ends once: handed back, taken back, worked to the end or expired. Its row stays, so that reports
    of work done before the end are still known for what they are.
    """

    __tablename__ = "leases"
    __table_args__ = (
        Index(
            "uq_leases_current", "turf_id", unique=True, postgresql_where=text("returned_at IS NULL")
        ),  # one holder at a time
        CheckConstraint("leased_at < expires_at", name="forwards"),
        CheckConstraint(f"end_reason IN {END_REASONS}", name="end_reason"),
        CheckConstraint("expires_at <= latest_at", name="bounded"),
        CheckConstraint("(returned_at IS NULL) = (end_reason IS NULL)", name="ended_with_reason"),
        Index("ix_leases_expires_at", "expires_at", postgresql_where=text("returned_at IS NULL")),
    )

    turf_id: Mapped[int] = mapped_column(ForeignKey("turfs.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    shift_id: Mapped[int | None] = mapped_column(ForeignKey("shifts.id", ondelete="SET NULL"), index=True)
    token_digest: Mapped[bytes] = mapped_column(unique=True)
    token_sealed: Mapped[bytes | None] = mapped_column(
        comment="encrypted, so that a field lead can show the link again; blanked when the lease ends"
    )
    leased_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    leased_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    latest_at: Mapped[datetime] = mapped_column(comment="working prolongs it up to here and no further")
    returned_at: Mapped[datetime | None] = mapped_column(comment="when it ended, whatever the reason")
    end_reason: Mapped[str | None]
    return_note: Mapped[str] = mapped_column(default="")


class WalkPass(InCampaign, db.Model):
    """A short link that opens several walk lists in one person's hands: typed from a screen, or scanned.

    Short enough to be typed, so it lives for minutes and is kept only as a digest. It opens the leases that
    its maker answers for, and no other that the person may hold.
    """

    __tablename__ = "walk_passes"
    __table_args__ = (Index("ix_walk_passes_expires_at", "expires_at"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    lease_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), comment="what it opens, while they stand")
    code_digest: Mapped[bytes] = mapped_column(unique=True)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class DoorStanding(db.Model):
    """What all standing reports together say of a door. No row: nobody knocked yet.

    Kept from the reports by whoever records them, in the same transaction; recount() rebuilds it.
    """

    __tablename__ = "door_standings"
    __table_args__ = (
        CheckConstraint("support BETWEEN 1 AND 5", name="support"),
        CheckConstraint("0 <= contacts AND contacts <= attempts", name="contacts"),
        Index("ix_door_standings_campaign_id_district_id", "campaign_id", "district_id"),
        Index("ix_door_standings_precinct_id", "precinct_id"),
    )

    door_id: Mapped[int] = mapped_column(ForeignKey("doors.id", ondelete="CASCADE"), primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id", ondelete="CASCADE"), index=True)
    precinct_id: Mapped[int | None] = mapped_column(ForeignKey("precincts.id", ondelete="SET NULL"))
    attempts: Mapped[int] = mapped_column(default=0, server_default=text("0"), comment="knocks")
    contacts: Mapped[int] = mapped_column(default=0, server_default=text("0"), comment="talks")
    support: Mapped[int | None] = mapped_column(
        comment="the last answer: 1 strong support to 5 strong oppose"
    )
    result: Mapped[str | None] = mapped_column(comment="of the last standing report")
    last_at: Mapped[datetime | None]
    is_finished: Mapped[bool] = mapped_column(
        default=False, server_default=text("false"), comment="needs no further visit"
    )
