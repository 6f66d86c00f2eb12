"""Tables of people: campaigns, areas, persons, their rights and their ways in."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    Identity,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, CITEXT
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import Text

from volunteer_hub.core.access import Role
from volunteer_hub.core.db import InCampaign, db
from volunteer_hub.people.spelling import SEARCH_TEXT, sounds_of

STRINGS = ARRAY(Text())
CONSENTS = ("email", "text", "photo", "data")


class Campaign(db.Model):
    """One campaign of the installation. Every other row belongs to one."""

    __tablename__ = "campaigns"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True, comment="in public addresses: /c/<slug>/")
    name: Mapped[str]
    time_zone: Mapped[str] = mapped_column(comment="IANA name; days and quiet hours are chosen in it")
    language: Mapped[str] = mapped_column(default="en", server_default="en")
    election_on: Mapped[date | None]
    quiet_from: Mapped[time] = mapped_column(default=time(20, 30), comment="no message after this local time")
    quiet_until: Mapped[time] = mapped_column(default=time(8, 30), comment="nor before this one")
    reply_to: Mapped[str | None]
    postal_address: Mapped[str | None] = mapped_column(comment="the sender's address, shown under each email")
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    created_at: Mapped[datetime]


class Area(InCampaign, db.Model):
    """A nested area: campaign > state > region > team. Rights follow it."""

    __tablename__ = "areas"
    __table_args__ = (
        UniqueConstraint("campaign_id", "parent_id", "name"),
        CheckConstraint("kind IN ('campaign', 'state', 'region', 'team')", name="kind"),
        Index("ix_areas_path", "path", postgresql_ops={"path": "text_pattern_ops"}, unique=True),
        Index(
            "uq_areas_root", "campaign_id", unique=True, postgresql_where=text("parent_id IS NULL")
        ),  # one root a campaign
    )

    parent_id: Mapped[int | None] = mapped_column(ForeignKey("areas.id", ondelete="RESTRICT"))
    kind: Mapped[str]
    name: Mapped[str]
    path: Mapped[str] = mapped_column(comment="ids from the root, as /1/4/; a prefix is an ancestor")


class Person(InCampaign, db.Model):
    """A volunteer or a member of staff in one campaign. Roles make the difference, not the table."""

    __tablename__ = "people"
    __table_args__ = (
        UniqueConstraint("campaign_id", "email"),
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
        CheckConstraint("max_travel_km > 0", name="max_travel_km"),
        CheckConstraint("show_chance BETWEEN 0 AND 1", name="show_chance"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="whole_point"),
        CheckConstraint("shifts_wanted > 0", name="shifts_wanted"),
        CheckConstraint("came >= 0 AND missed >= 0", name="attendance"),
        Index(
            "ix_people_search", "search", postgresql_using="gin", postgresql_ops={"search": "gin_trgm_ops"}
        ),
        Index(
            "ix_people_by_name",  # the order of the list, and names that begin so
            "campaign_id",
            "search",
            "id",
            postgresql_where=text("erased_at IS NULL AND merged_into_id IS NULL"),
        ),
        Index("ix_people_traits", "skills", "languages", "tags", "sounds", postgresql_using="gin"),
        Index("ix_people_phone", "campaign_id", "phone", postgresql_where=text("phone IS NOT NULL")),
        Index(
            "ix_people_home",
            "campaign_id",
            "latitude",
            "longitude",
            postgresql_where=text("latitude IS NOT NULL"),
        ),
    )

    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"), index=True)
    email: Mapped[str] = mapped_column(CITEXT())
    name: Mapped[str]
    phone: Mapped[str | None] = mapped_column(comment="E.164")
    language: Mapped[str] = mapped_column(default="en", server_default="en", comment="of messages and pages")
    time_zone: Mapped[str | None] = mapped_column(comment="IANA name; null means the campaign's")
    home_text: Mapped[str | None] = mapped_column(comment="the ZIP or address as given")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    location_source: Mapped[str | None] = mapped_column(comment="zip, city, door, map or file")
    location_accuracy_m: Mapped[float | None]
    max_travel_km: Mapped[float] = mapped_column(default=25.0, server_default=text("25"))
    shifts_wanted: Mapped[int] = mapped_column(default=1, server_default=text("1"), comment="per plan")
    skills: Mapped[list[str]] = mapped_column(STRINGS, default=list, server_default=text("'{}'"))
    languages: Mapped[list[str]] = mapped_column(
        STRINGS, default=lambda: ["en"], server_default=text("'{en}'")
    )
    show_chance: Mapped[float | None] = mapped_column(comment="0 to 1; null means the campaign's average")
    email_agreed_at: Mapped[datetime | None]
    text_agreed_at: Mapped[datetime | None]
    is_active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    awaits_confirmation: Mapped[bool] = mapped_column(
        default=False,
        server_default=text("false"),
        comment="joined by the public form, and has not yet shown that the address is theirs",
    )
    erased_at: Mapped[datetime | None] = mapped_column(
        comment="made anonymous; only the id and counts remain"
    )
    password_hash: Mapped[str | None] = mapped_column(comment="Argon2id; staff only")
    totp_sealed: Mapped[bytes | None] = mapped_column(comment="the TOTP seed, encrypted")
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int | None] = mapped_column(BigInteger, comment="a code works once")
    joined_via: Mapped[str | None]
    note: Mapped[str] = mapped_column(
        default="", server_default=text("''"), comment="what organizers keep about them; shown to the person"
    )
    tags: Mapped[list[str]] = mapped_column(STRINGS, default=list, server_default=text("'{}'"))
    age_at_least: Mapped[int | None] = mapped_column(
        comment="years; the highest minimum age they said they have reached; no birthday is kept"
    )
    came: Mapped[int] = mapped_column(default=0, server_default=text("0"), comment="shifts attended")
    missed: Mapped[int] = mapped_column(default=0, server_default=text("0"), comment="shifts not come to")
    merged_into_id: Mapped[int | None] = mapped_column(
        ForeignKey("people.id", ondelete="SET NULL"), index=True, comment="the same person, kept there"
    )
    search: Mapped[str] = mapped_column(
        Text(collation="C"),  # one order everywhere, and the index of names serves beginnings
        Computed(SEARCH_TEXT, persisted=True),
        deferred=True,
        comment="what the list of volunteers is searched by",
    )
    sounds: Mapped[list[str]] = mapped_column(
        STRINGS,
        Computed(sounds_of("name"), persisted=True),
        deferred=True,
        comment="the words of the name as they sound",
    )
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]

    campaign: Mapped[Campaign] = relationship(viewonly=True)
    area: Mapped[Area] = relationship()


class VolunteerList(InCampaign, db.Model):
    """A file of volunteers on its way in: looked at, checked, then added whole or not at all."""

    __tablename__ = "volunteer_lists"
    __table_args__ = (
        CheckConstraint(
            "state IN ('asked', 'checking', 'checked', 'adding', 'done', 'failed')", name="state"
        ),
    )

    area_id: Mapped[int] = mapped_column(
        ForeignKey("areas.id", ondelete="CASCADE"), index=True, comment="home area of those who are added"
    )
    file_name: Mapped[str] = mapped_column(comment="as the person called it; for show only")
    stored_name: Mapped[str] = mapped_column(comment="below var/uploads, until the list is done")
    state: Mapped[str] = mapped_column(default="asked")
    options: Mapped[dict[str, Any]] = mapped_column(default=dict, comment="the first look, and the answers")
    done_count: Mapped[int] = mapped_column(default=0)
    total_count: Mapped[int | None]
    message: Mapped[str] = mapped_column(default="", comment="why it failed and how to mend it")
    report: Mapped[dict[str, Any]] = mapped_column(default=dict, comment="counts, reasons, the first rows")
    created_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    heard_at: Mapped[datetime | None] = mapped_column(comment="last sign of life of the job")
    finished_at: Mapped[datetime | None]

    area: Mapped[Area] = relationship()


class Availability(InCampaign, db.Model):
    """When a person can help: a weekday every week, or one day; or hours of one day when they cannot.

    No row that gives time means any time but the hours away.
    """

    __tablename__ = "availability"
    __table_args__ = (
        CheckConstraint("num_nonnulls(weekday, day_on) = 1", name="one_kind_of_day"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("from_time < until_time", name="forwards"),
        CheckConstraint("day_on IS NOT NULL OR NOT is_away", name="away_on_a_day"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    weekday: Mapped[int | None] = mapped_column(comment="0 is Monday")
    day_on: Mapped[date | None]
    from_time: Mapped[time] = mapped_column(comment="local to the person's zone")
    until_time: Mapped[time]
    is_away: Mapped[bool] = mapped_column(
        default=False, server_default=text("false"), comment="an exception: not in these hours of this day"
    )


class RoleGrant(InCampaign, db.Model):
    """A role in an area, and so in all areas below it."""

    __tablename__ = "role_grants"
    __table_args__ = (UniqueConstraint("person_id", "area_id", "role"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id", ondelete="CASCADE"), index=True)
    role: Mapped[Role] = mapped_column(Text())
    granted_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    granted_at: Mapped[datetime]

    area: Mapped[Area] = relationship()


class WebSession(InCampaign, db.Model):
    """A browser that is signed in. The cookie holds the token, this row only its digest."""

    __tablename__ = "web_sessions"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    token_digest: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    way_in: Mapped[str] = mapped_column(comment="link or password")
    second_factor_at: Mapped[datetime | None]
    browser: Mapped[str] = mapped_column(comment="a short description, shown to its owner")


class SignInLink(InCampaign, db.Model):
    """A link sent by email: single use, short lived, at home in the browser that asked for it."""

    __tablename__ = "sign_in_links"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    token_digest: Mapped[bytes] = mapped_column(unique=True)
    browser_digest: Mapped[bytes | None] = mapped_column(comment="of the asking browser's cookie")
    asked_from: Mapped[str] = mapped_column(
        default="", server_default=text("''"), comment="browser and system, or “an organizer” or “a command”"
    )
    next_path: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecoveryCode(InCampaign, db.Model):
    """A single-use code for staff who lost their TOTP device."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("person_id", "code_digest"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    code_digest: Mapped[bytes]
    used_at: Mapped[datetime | None]


class Consent(InCampaign, db.Model):
    """One yes or no of a person to one use of their data. The newest of a purpose holds; none is changed."""

    __tablename__ = "consents"
    __table_args__ = (
        CheckConstraint(f"purpose IN {CONSENTS}", name="purpose"),
        Index("ix_consents_person_id_purpose", "person_id", "purpose", "id"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    purpose: Mapped[str]
    is_given: Mapped[bool]
    version: Mapped[str] = mapped_column(comment="of the words that were shown: a date")
    language: Mapped[str] = mapped_column(comment="in which they were shown")
    via: Mapped[str] = mapped_column(comment="form, profile, stop, unsubscribe, staff, file")
    at: Mapped[datetime]


class Paper(InCampaign, db.Model):
    """A certificate of a person, as a poll watcher's paper: what they said, and who has seen it."""

    __tablename__ = "papers"
    __table_args__ = (UniqueConstraint("person_id", "kind"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(comment="poll_watcher, driver, background_check, ...")
    said_at: Mapped[datetime]
    valid_until: Mapped[date | None]
    seen_at: Mapped[datetime | None]
    seen_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))


class Segment(InCampaign, db.Model):
    """A filter of the list of volunteers under a name, shared in an area."""

    __tablename__ = "segments"
    __table_args__ = (UniqueConstraint("area_id", "name"),)

    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id", ondelete="CASCADE"))
    name: Mapped[str]
    wanted: Mapped[dict[str, Any]] = mapped_column(default=dict, comment="the filter, as its address has it")
    created_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]


class Merge(InCampaign, db.Model):
    """Two rows were found to be one person. What was moved is kept for a while, so that it can be undone."""

    __tablename__ = "merges"

    kept_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    gone_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    before_sealed: Mapped[bytes | None] = mapped_column(
        comment="both as they were and what was moved, encrypted; blanked when it can be undone no more"
    )
    merged_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    merged_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class LikelyPair(InCampaign, db.Model):
    """Two rows that may be one person, as the last look over all of them found; replaced by the next."""

    __tablename__ = "likely_pairs"
    __table_args__ = (
        UniqueConstraint("one_id", "other_id"),
        CheckConstraint("one_id < other_id", name="order"),
        CheckConstraint("score BETWEEN 0 AND 1", name="score"),
        Index("ix_likely_pairs_campaign_id_score", "campaign_id", text("score DESC"), "id"),
    )

    one_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    other_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    score: Mapped[float] = mapped_column(comment="0 to 1, how much speaks for one person")
    reasons: Mapped[list[str]] = mapped_column(STRINGS, comment="phone, email, name, sound, near, home")
    found_at: Mapped[datetime]


class NotTheSame(InCampaign, db.Model):
    """Two people who look alike and are two: not suggested again."""

    __tablename__ = "not_the_same"
    __table_args__ = (
        UniqueConstraint("one_id", "other_id"),
        CheckConstraint("one_id < other_id", name="order"),
    )

    one_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    other_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    said_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    said_at: Mapped[datetime]


class Passkey(InCampaign, db.Model):
    """A public key of a person's device: a way in without a mail (WebAuthn)."""

    __tablename__ = "passkeys"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(comment="as its owner calls the device")
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
