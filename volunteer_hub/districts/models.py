"""Tables of places: imports, districts, precincts, past results, doors, voters and streets."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from volunteer_hub.core.db import InCampaign, db
from volunteer_hub.core.geometry import HasShape


class Import(InCampaign, db.Model):
    """One file on its way in. All of it lands or none of it."""

    __tablename__ = "imports"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('districts', 'precincts', 'results', 'doors', 'voters', 'streets')", name="kind"
        ),
        CheckConstraint(
            "state IN ('uploaded', 'needs_answer', 'queued', 'running', 'done', 'failed')", name="state"
        ),
    )

    kind: Mapped[str]
    state: Mapped[str] = mapped_column(default="uploaded")
    file_name: Mapped[str] = mapped_column(comment="as the person called it; for show only")
    stored_name: Mapped[str] = mapped_column(comment="below var/uploads")
    options: Mapped[dict[str, Any]] = mapped_column(
        default=dict, comment="mapping, CRS, layer, kind of district"
    )
    done_count: Mapped[int] = mapped_column(default=0)
    total_count: Mapped[int | None]
    step: Mapped[str] = mapped_column(default="", comment="what is being done, in words")
    message: Mapped[str] = mapped_column(default="", comment="why it failed and how to mend it")
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    heard_at: Mapped[datetime | None] = mapped_column(comment="last sign of life of the job")
    finished_at: Mapped[datetime | None]


class RememberedMapping(InCampaign, db.Model):
    """What a person answered when asked which column is what, for files of the same header."""

    __tablename__ = "remembered_mappings"
    __table_args__ = (UniqueConstraint("campaign_id", "kind", "signature"),)

    kind: Mapped[str]
    signature: Mapped[str]
    mapping: Mapped[dict[str, Any]]
    used_at: Mapped[datetime]


class District(HasShape, InCampaign, db.Model):
    """A seat's area, or a county of a statewide seat. Codes are text: leading zeros stay."""

    __tablename__ = "districts"
    __table_args__ = (UniqueConstraint("campaign_id", "kind", "code"),)

    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"), index=True, comment="who answers for it")
    kind: Mapped[str] = mapped_column(comment="county, state_senate, ...; one layer of districts")
    code: Mapped[str] = mapped_column(comment="GEOID where there is one")
    name: Mapped[str]
    latitude: Mapped[float] = mapped_column(comment="of a point inside")
    longitude: Mapped[float]
    region: Mapped[str | None] = mapped_column(
        comment="districts of one region share an error and pool estimates"
    )


class Precinct(HasShape, InCampaign, db.Model):
    """The smallest voting area, inside one district."""

    __tablename__ = "precincts"
    __table_args__ = (UniqueConstraint("campaign_id", "district_id", "code"),)

    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id", ondelete="CASCADE"), index=True)
    code: Mapped[str]
    name: Mapped[str]
    latitude: Mapped[float]
    longitude: Mapped[float]


class Result(InCampaign, db.Model):
    """Votes of one side in one place in one past election: of a district, or of a precinct in it."""

    __tablename__ = "results"
    __table_args__ = (
        Index(
            "uq_results_row",
            "campaign_id",
            "district_id",
            "precinct_id",
            "held_on",
            "office",
            "party",
            "candidate",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("votes >= 0", name="votes"),
    )

    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id", ondelete="CASCADE"), index=True)
    precinct_id: Mapped[int | None] = mapped_column(
        ForeignKey("precincts.id", ondelete="CASCADE"), index=True
    )
    election: Mapped[str] = mapped_column(comment="as '2000 general'")
    held_on: Mapped[date]
    office: Mapped[str]
    party: Mapped[str]
    candidate: Mapped[str]
    votes: Mapped[int]
    registered: Mapped[int | None] = mapped_column(comment="registered voters of the place then, if known")
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.id", ondelete="SET NULL"))


class Door(InCampaign, db.Model):
    """A door to knock on: an address with its unit. Its household are the voters behind it."""

    __tablename__ = "doors"
    __table_args__ = (
        UniqueConstraint("campaign_id", "address_key"),
        Index("ix_doors_precinct_id", "precinct_id"),
        Index("ix_doors_district_id", "district_id"),
    )

    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id", ondelete="CASCADE"))
    precinct_id: Mapped[int | None] = mapped_column(ForeignKey("precincts.id", ondelete="SET NULL"))
    number: Mapped[str] = mapped_column(comment="house number with suffix, as 12, 12A, 12 1/2")
    street: Mapped[str] = mapped_column(comment="as shown: direction, name, type")
    unit: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    zip: Mapped[str] = mapped_column(default="", comment="five digits, text")
    address_key: Mapped[str] = mapped_column(comment="normalised address and unit; one door each")
    building_key: Mapped[str] = mapped_column(
        comment="the same without the unit; one building stays in one turf"
    )
    latitude: Mapped[float]
    longitude: Mapped[float]
    people: Mapped[int] = mapped_column(
        default=1, server_default=text("1"), comment="known voters or residents"
    )
    is_do_not_walk: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.id", ondelete="SET NULL"))


class Voter(InCampaign, db.Model):
    """A person on the voter file: the target, never a user of the program."""

    __tablename__ = "voters"
    __table_args__ = (
        UniqueConstraint("campaign_id", "file_ref"),
        CheckConstraint("match IN ('matched', 'doubtful', 'unmatched')", name="match"),
        CheckConstraint("support BETWEEN 0 AND 1", name="support"),
        CheckConstraint("turnout BETWEEN 0 AND 1", name="turnout"),
        Index(
            "ix_voters_doubtful",
            "campaign_id",
            "match_kind",
            "id",
            postgresql_where=text("decided_at IS NULL AND (match = 'doubtful' OR match_kind = 'equal')"),
        ),
        Index(
            "ix_voters_decided", "campaign_id", "decided_at", postgresql_where=text("decided_at IS NOT NULL")
        ),
    )

    door_id: Mapped[int | None] = mapped_column(ForeignKey("doors.id", ondelete="SET NULL"), index=True)
    file_ref: Mapped[str] = mapped_column(comment="the id in the voter file, text")
    given_name: Mapped[str] = mapped_column(default="")
    family_name: Mapped[str] = mapped_column(default="")
    birth_year: Mapped[int | None]
    party: Mapped[str] = mapped_column(default="")
    support: Mapped[float | None] = mapped_column(comment="chance to be for us, 0 to 1, before any talk")
    turnout: Mapped[float | None] = mapped_column(comment="chance to vote without being asked, 0 to 1")
    address_text: Mapped[str] = mapped_column(default="", comment="as in the file")
    match: Mapped[str] = mapped_column(default="unmatched")
    match_note: Mapped[str] = mapped_column(default="")
    match_kind: Mapped[str] = mapped_column(
        default="", server_default="", comment="what differs from the door, as name+unit; equal: several fit"
    )
    candidates: Mapped[list[int]] = mapped_column(
        ARRAY(BigInteger), default=list, server_default=text("'{}'"), comment="doors to choose from"
    )
    decided_at: Mapped[datetime | None] = mapped_column(comment="a person accepted, changed or rejected it")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    precinct_text: Mapped[str] = mapped_column(default="", comment="as in the file")
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.id", ondelete="SET NULL"))


class Street(InCampaign, db.Model):
    """A piece of a street's middle line, or of a barrier (a railway, a river, a motorway)."""

    __tablename__ = "streets"
    __table_args__ = (
        UniqueConstraint("campaign_id", "digest"),
        Index("ix_streets_place", "campaign_id", "min_lat", "min_lon"),
        CheckConstraint("kind IN ('street', 'barrier')", name="kind"),
    )

    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.id", ondelete="SET NULL"), index=True)
    kind: Mapped[str]
    road_class: Mapped[str] = mapped_column(comment="as geodata.streets names it: residential, primary, ...")
    name: Mapped[str] = mapped_column(default="")
    line: Mapped[bytes] = mapped_column(comment="WKB, longitude first, degrees; short pieces")
    digest: Mapped[bytes] = mapped_column(comment="of line, kind and class: the same piece comes once")
    min_lon: Mapped[float]
    min_lat: Mapped[float]
    max_lon: Mapped[float]
    max_lat: Mapped[float]
