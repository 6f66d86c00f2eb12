"""Tables of events: staging locations, events, shifts with capacity, sign-ups."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from volunteer_hub.core.db import InCampaign, db
from volunteer_hub.people.models import STRINGS

NOTICES = ("confirmation", "promotion", "cancellation", "change")
CALL_RESULTS = ("will_come", "cancelled", "no_answer", "left_message", "wrong_number")
KINDS = ("canvass", "phone_bank", "training", "rally", "house_party", "voter_registration", "other")


class StagingLocation(InCampaign, db.Model):
    """Where people meet before a shift."""

    __tablename__ = "staging_locations"
    __table_args__ = (
        UniqueConstraint("campaign_id", "name"),
        Index("ix_staging_locations_point", "campaign_id", "latitude", "longitude"),
    )

    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"), index=True)
    district_id: Mapped[int | None] = mapped_column(
        ForeignKey("districts.id", ondelete="SET NULL"), index=True
    )
    name: Mapped[str]
    address: Mapped[str]
    latitude: Mapped[float]
    longitude: Mapped[float]
    notes: Mapped[str] = mapped_column(default="", comment="parking, door code, accessibility")
    is_accessible: Mapped[bool | None]


class Event(InCampaign, db.Model):
    """Something people come to. Its shifts hold the times and the places."""

    __tablename__ = "events"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint("state IN ('draft', 'published', 'cancelled')", name="state"),
        CheckConstraint("min_age BETWEEN 1 AND 99", name="min_age"),
    )

    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"), index=True)
    kind: Mapped[str] = mapped_column(default="canvass")
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="draft")
    is_public: Mapped[bool] = mapped_column(default=True)
    host_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    min_age: Mapped[int | None] = mapped_column(comment="years; asked when people sign up")
    papers: Mapped[list[str]] = mapped_column(
        STRINGS, default=list, server_default=text("'{}'"), comment="certificates asked for: kinds of Paper"
    )
    created_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]


class Shift(InCampaign, db.Model):
    """A time with a number of places. `going` and `held` are kept under the row's lock."""

    __tablename__ = "shifts"
    __table_args__ = (
        CheckConstraint("capacity > 0", name="capacity"),
        CheckConstraint("starts_at < ends_at", name="forwards"),
        CheckConstraint("going >= 0 AND held >= 0 AND going + held <= capacity", name="places"),
        CheckConstraint("needed > 0", name="needed"),
        CheckConstraint("room >= needed", name="room"),
        CheckConstraint("short_risk > 0 AND short_risk < 1", name="short_risk"),
        Index("ix_shifts_campaign_id_starts_at", "campaign_id", "starts_at"),
        Index("ix_shifts_staging_location_id_starts_at", "staging_location_id", "starts_at"),
        Index("ix_shifts_event_id_starts_at", "event_id", "starts_at"),
        Index("ix_shifts_starts_at", "starts_at"),  # sweeps look at the shifts of all campaigns by time
        Index("ix_shifts_ends_at", "ends_at"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    staging_location_id: Mapped[int] = mapped_column(ForeignKey("staging_locations.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    capacity: Mapped[int] = mapped_column(comment="how many may sign up; follows needed when over-booking")
    needed: Mapped[int | None] = mapped_column(comment="how many should really come; null means capacity")
    short_risk: Mapped[float | None] = mapped_column(
        comment="over-book so that fewer than needed come at most this often, 0 to 1; null: do not"
    )
    room: Mapped[int | None] = mapped_column(comment="over-booking never takes more sign-ups than this")
    expected: Mapped[float | None] = mapped_column(comment="how many will come, as last reckoned")
    going: Mapped[int] = mapped_column(
        default=0, server_default=text("0"), comment="sign-ups that hold a place"
    )
    held: Mapped[int] = mapped_column(
        default=0, server_default=text("0"), comment="places held by offers that await an answer"
    )
    waiting: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    skills: Mapped[list[str]] = mapped_column(STRINGS, default=list, server_default=text("'{}'"))
    languages: Mapped[list[str]] = mapped_column(STRINGS, default=list, server_default=text("'{}'"))
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    notes: Mapped[str] = mapped_column(default="")
    cancelled_at: Mapped[datetime | None]
    cancelled_why: Mapped[str] = mapped_column(
        default="", server_default=text("''"), comment="the organizer's reason, as those on it read it"
    )
    sequence: Mapped[int] = mapped_column(
        default=0, server_default=text("0"), comment="of the calendar entry"
    )

    event: Mapped[Event] = relationship()
    staging_location: Mapped[StagingLocation] = relationship()

    @property
    def places_left(self) -> int:
        return self.capacity - self.going - self.held


class SignUp(InCampaign, db.Model):
    """An intention to come. At most one standing sign-up a person and shift, and none that overlap.

    Ids are drawn under the shift's lock, so their order is the order of arrival: the waiting list's order.
    """

    __tablename__ = "sign_ups"
    __table_args__ = (
        CheckConstraint("state IN ('going', 'waiting', 'cancelled')", name="state"),
        CheckConstraint("attendance IN ('attended', 'no_show')", name="attendance"),
        Index(
            "uq_sign_ups_standing",
            "shift_id",
            "person_id",
            unique=True,
            postgresql_where=text("state <> 'cancelled'"),
        ),
        ExcludeConstraint(
            ("person_id", "="),
            ("during", "&&"),
            where=text("state = 'going'"),
            name="ex_sign_ups_overlap",
            using="gist",
        ),
        CheckConstraint(f"notice IN {NOTICES}", name="notice"),
        CheckConstraint("show_chance BETWEEN 0 AND 1", name="show_chance"),
        Index("ix_sign_ups_shift_id_state", "shift_id", "state", "id"),
        Index(
            "ix_sign_ups_marked",
            "campaign_id",
            "shift_id",
            postgresql_where=text("attendance IS NOT NULL"),
        ),
        Index("ix_sign_ups_notice_at", "notice_at", postgresql_where=text("notice IS NOT NULL")),
        Index(
            "ix_sign_ups_confirm_by",
            "confirm_by",
            postgresql_where=text("confirm_by IS NOT NULL AND state <> 'cancelled'"),
        ),
        Index("ix_sign_ups_brought_by", "brought_by", postgresql_where=text("brought_by IS NOT NULL")),
        Index(
            "ix_sign_ups_found_by", "campaign_id", "found_by", postgresql_where=text("found_by IS NOT NULL")
        ),
    )

    shift_id: Mapped[int] = mapped_column(ForeignKey("shifts.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    state: Mapped[str]
    during: Mapped[Range[Any]] = mapped_column(TSTZRANGE(), comment="the shift's time, copied")
    source: Mapped[str] = mapped_column(comment="a key of vocabulary.SOURCES")
    found_by: Mapped[str | None] = mapped_column(
        comment="the word of the link that led here, as found_by.word_of"
    )
    uid: Mapped[uuid.UUID] = mapped_column(
        comment="of the calendar entry: one for this person and shift, for ever"
    )
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    confirmed_at: Mapped[datetime | None] = mapped_column(comment="said yes in answer to a message")
    confirm_by: Mapped[datetime | None] = mapped_column(
        comment="the place lapses unless confirmed by then: an address nobody proved, a friend, an offer"
    )
    attendance: Mapped[str | None]
    checked_in_at: Mapped[datetime | None]  # beside a no_show: says by the code that they are there
    marked_by: Mapped[int | None] = mapped_column(
        ForeignKey("people.id", ondelete="SET NULL"), comment="who said so"
    )
    reminded_day_at: Mapped[datetime | None]
    reminded_hours_at: Mapped[datetime | None]
    brought_by: Mapped[int | None] = mapped_column(
        ForeignKey("people.id", ondelete="SET NULL"), comment="who signed this friend up"
    )
    show_chance: Mapped[float | None] = mapped_column(comment="of coming, 0 to 1, as last reckoned")
    thanked_at: Mapped[datetime | None] = mapped_column(comment="the thanks stand in the outbox")
    followed_up_at: Mapped[datetime | None] = mapped_column(
        comment="the kind word after a no-show stands in the outbox"
    )
    notice: Mapped[str | None] = mapped_column(comment="the message that is due; blanked once it is posted")
    notice_at: Mapped[datetime | None] = mapped_column(comment="since when it is due, or will be")
    known: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB(none_as_null=True),
        comment="time, place and state as last told, while a change of the shift waits to be told",
    )

    shift: Mapped[Shift] = relationship()


class CalendarFeed(InCampaign, db.Model):
    """A person's calendar address. A new nonce makes the old address worthless."""

    __tablename__ = "calendar_feeds"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), unique=True)
    nonce: Mapped[str]
    created_at: Mapped[datetime]


class CoverAsk(InCampaign, db.Model):
    """A volunteer was asked to fill a gap; they are left in peace for a while afterwards."""

    __tablename__ = "cover_asks"
    __table_args__ = (
        UniqueConstraint("shift_id", "person_id"),
        Index("ix_cover_asks_person_id_asked_at", "person_id", "asked_at"),
    )

    shift_id: Mapped[int] = mapped_column(ForeignKey("shifts.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    asked_at: Mapped[datetime]
    posted_at: Mapped[datetime | None] = mapped_column(comment="its message stands in the outbox")


class ConfirmationCall(InCampaign, db.Model):
    """Somebody rang a person who had not said whether they come."""

    __tablename__ = "confirmation_calls"
    __table_args__ = (CheckConstraint(f"result IN {CALL_RESULTS}", name="result"),)

    sign_up_id: Mapped[int] = mapped_column(ForeignKey("sign_ups.id", ondelete="CASCADE"), index=True)
    result: Mapped[str]
    called_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    called_at: Mapped[datetime]


class ShowLearned(InCampaign, db.Model):
    """What a campaign's history says of who comes (geodata.showing): one row each, and no person in it."""

    __tablename__ = "show_learned"
    __table_args__ = (UniqueConstraint("campaign_id"),)

    model: Mapped[dict[str, Any]]
    marks: Mapped[int] = mapped_column(comment="sign-ups with an attendance when it was learned")
    left_out: Mapped[int] = mapped_column(comment="shifts whose lists were never closed: not learned from")
    learned_at: Mapped[datetime]
