"""Tables of priority: contests, their dated snapshots, the scores in them, and progress at the doors."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from volunteer_hub.core.db import InCampaign, db


class Contest(InCampaign, db.Model):
    """What the campaign wants to win, and by which rules an hour is valued."""

    __tablename__ = "contests"
    __table_args__ = (
        UniqueConstraint("campaign_id", "name"),
        Index(
            "uq_contests_active", "campaign_id", unique=True, postgresql_where=text("is_active")
        ),  # the one that plans follow
    )

    name: Mapped[str]
    district_kind: Mapped[str] = mapped_column(comment="the layer of districts it is fought in")
    ours: Mapped[str] = mapped_column(comment="our party or candidate, as in the results")
    election_on: Mapped[date | None]
    weights: Mapped[dict[str, Any]] = mapped_column(comment="rule name to weight, as {'plurality': 1.0}")
    params: Mapped[dict[str, Any]] = mapped_column(
        default=dict, comment="what an hour buys; each with an interval"
    )
    is_active: Mapped[bool] = mapped_column(default=True)
    rescore_wanted_at: Mapped[datetime | None] = mapped_column(
        comment="set with the change, cleared by the job"
    )
    rescore_began_at: Mapped[datetime | None] = mapped_column(
        comment="a job scores since then; marks that come meanwhile are for the next one"
    )
    rescore_cause: Mapped[str] = mapped_column(
        default="", server_default="", comment="why: import, doors, rules, seats, by hand"
    )
    created_at: Mapped[datetime]

    @property
    def is_out_of_date(self) -> bool:
        """Marked for a rescore, or being scored at this moment."""
        return self.rescore_wanted_at is not None or self.rescore_began_at is not None


class ContestSeat(InCampaign, db.Model):
    """Which seat a district votes for; districts that share a seat share its closeness."""

    __tablename__ = "contest_seats"
    __table_args__ = (UniqueConstraint("contest_id", "district_id"),)

    contest_id: Mapped[int] = mapped_column(ForeignKey("contests.id", ondelete="CASCADE"))
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id", ondelete="CASCADE"))
    seat: Mapped[str]


class Snapshot(InCampaign, db.Model):
    """All scores of a contest at one instant. Never overwritten; of past days the last of each hour stays."""

    __tablename__ = "snapshots"
    __table_args__ = (Index("ix_snapshots_contest_id_taken_at", "contest_id", "taken_at"),)

    contest_id: Mapped[int] = mapped_column(ForeignKey("contests.id", ondelete="CASCADE"))
    taken_at: Mapped[datetime]
    cause: Mapped[str] = mapped_column(comment="import, doors, rules, seats, by hand")
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("snapshots.id", ondelete="SET NULL"))
    weights: Mapped[dict[str, Any]]
    params: Mapped[dict[str, Any]]
    unit: Mapped[str] = mapped_column(comment="of value: expected votes, doors, ...")
    changes: Mapped[list[Any]] = mapped_column(
        default=list, comment="what moved since the one before, and why"
    )
    faults: Mapped[list[Any]] = mapped_column(
        default=list, server_default=text("'[]'"), comment="sentences: rows that were left out, at most 200"
    )
    fault_count: Mapped[int] = mapped_column(default=0, server_default=text("0"), comment="all of them")
    seconds: Mapped[float]


class Score(InCampaign, db.Model):
    """What an hour is worth in one district, or in one precinct of it, with its parts."""

    __tablename__ = "scores"
    __table_args__ = (
        Index(
            "uq_scores_place",
            "snapshot_id",
            "district_id",
            "precinct_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("low <= value_per_hour AND value_per_hour <= high", name="interval"),
    )

    snapshot_id: Mapped[int] = mapped_column(ForeignKey("snapshots.id", ondelete="CASCADE"))
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id", ondelete="CASCADE"), index=True)
    precinct_id: Mapped[int | None] = mapped_column(ForeignKey("precincts.id", ondelete="CASCADE"))
    rank: Mapped[int] = mapped_column(comment="1 is where an hour is worth most")
    value_per_hour: Mapped[float]
    low: Mapped[float]
    high: Mapped[float]
    hours: Mapped[float] = mapped_column(comment="of work left there")
    doors_left: Mapped[int]
    doors_per_hour: Mapped[float]
    contact_rate: Mapped[float]
    contact_low: Mapped[float]
    contact_high: Mapped[float]
    detail: Mapped[dict[str, Any]] = mapped_column(
        deferred=True, comment="geodata.priority.DistrictPriority.to_dict(): parts, curve, factors"
    )
    why: Mapped[str]


class Progress(InCampaign, db.Model):
    """What has been done at the doors of a precinct (or of a district without precincts), as plain counts."""

    __tablename__ = "progress"
    __table_args__ = (
        Index(
            "uq_progress_place",
            "campaign_id",
            "district_id",
            "precinct_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id", ondelete="CASCADE"), index=True)
    precinct_id: Mapped[int | None] = mapped_column(ForeignKey("precincts.id", ondelete="CASCADE"))
    attempts: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    contacts: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    supporters: Mapped[int] = mapped_column(default=0, server_default=text("0"), comment="support 1 or 2")
    opponents: Mapped[int] = mapped_column(default=0, server_default=text("0"), comment="support 4 or 5")
    undecided: Mapped[int] = mapped_column(default=0, server_default=text("0"), comment="support 3")
    doors_tried: Mapped[int] = mapped_column(
        default=0, server_default=text("0"), comment="doors knocked at least once"
    )
    doors_done: Mapped[int] = mapped_column(
        default=0, server_default=text("0"), comment="doors that need no further visit"
    )
    changed_at: Mapped[datetime]
