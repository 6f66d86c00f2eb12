"""Tables of messaging: messages with their states, and who must not be written to."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from volunteer_hub.core.db import InCampaign, db

STATES = ("waiting", "sending", "sent", "failed", "suppressed", "expired")


class Message(db.Model):
    """One email or text. `key` makes it one for ever; `state` says whether it has left.

    waiting > sending (claimed by a worker) > sent | failed | suppressed | expired
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("campaign_id", "key"),
        CheckConstraint("channel IN ('email', 'text')", name="channel"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index(  # in the order in which a sender claims: it never sorts a backlog
            "ix_messages_due",
            "channel",
            text("is_urgent DESC"),
            "not_before",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_messages_recipient", "campaign_id", "channel", "to_digest"),
        Index("ix_messages_claimed", "claimed_at", postgresql_where=text("state = 'sending'")),
        Index(
            "ix_messages_provider_id",
            "provider_id",
            unique=True,
            postgresql_where=text("provider_id IS NOT NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    campaign_id: Mapped[int] = mapped_column(
        ForeignKey("campaigns.id", ondelete="CASCADE"), comment="indexed by the key's constraint"
    )
    key: Mapped[str] = mapped_column(comment="what it is about, as offer-12-1; posted once")
    kind: Mapped[str] = mapped_column(comment="offer, reminder_day, sign_in, ...")
    channel: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("people.id", ondelete="SET NULL"), index=True, comment="for people's own pages"
    )
    to_sealed: Mapped[bytes | None] = mapped_column(
        comment="address or number, encrypted; blanked when settled"
    )
    to_digest: Mapped[bytes] = mapped_column(comment="keyed digest of the address, for suppression")
    subject: Mapped[str] = mapped_column(default="")
    body_sealed: Mapped[bytes | None] = mapped_column(
        comment="text, html, ics, headers as sealed JSON until settled"
    )
    is_urgent: Mapped[bool] = mapped_column(
        default=False, comment="asked for just now (sign-in): no quiet hours"
    )
    time_zone: Mapped[str] = mapped_column(comment="of the recipient, for quiet hours")
    not_before: Mapped[datetime]
    expires_at: Mapped[datetime | None] = mapped_column(comment="useless after this")
    state: Mapped[str] = mapped_column(default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[str | None]
    claimed_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    provider_id: Mapped[str | None] = mapped_column(comment="of a text, as the provider calls it")
    delivery: Mapped[str | None] = mapped_column(
        comment="what the provider last said: queued, sent, delivered, undelivered, failed"
    )
    delivered_at: Mapped[datetime | None]
    segments: Mapped[int | None] = mapped_column(comment="of a text: what is paid for")
    cost_micros: Mapped[int | None] = mapped_column(comment="millionths of the account's currency")


class Suppression(InCampaign, db.Model):
    """An address that must not be written to on a channel, whatever else says so."""

    __tablename__ = "suppressions"
    __table_args__ = (UniqueConstraint("campaign_id", "channel", "to_digest"),)

    channel: Mapped[str]
    to_digest: Mapped[bytes]
    reason: Mapped[str] = mapped_column(comment="stop, unsubscribe, bounce, complaint, unreachable")
    at: Mapped[datetime]


class IncomingText(InCampaign, db.Model):
    """A text somebody sent us. Stored once, whatever the provider repeats."""

    __tablename__ = "incoming_texts"
    __table_args__ = (UniqueConstraint("campaign_id", "provider_id"),)

    provider_id: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"), index=True)
    from_digest: Mapped[bytes]
    from_sealed: Mapped[bytes | None]
    body_sealed: Mapped[bytes | None] = mapped_column(comment="blanked after its retention")
    meant: Mapped[str] = mapped_column(comment="stop, start, help, confirm, cancel or other")
    about: Mapped[str | None] = mapped_column(comment="key of the message it answers, if one asked something")
    at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class TextPace(db.Model):
    """How fast one sender of texts goes: one row for all workers, moved on by whoever sends (pace.py)."""

    __tablename__ = "text_paces"

    sender: Mapped[str] = mapped_column(primary_key=True, comment="a number, or a messaging service's id")
    next_at: Mapped[datetime] = mapped_column(comment="when the next text is due, were they evenly spaced")
    counted_on: Mapped[date] = mapped_column(comment="the day of sent_on_day, in the sender's zone")
    sent_on_day: Mapped[int] = mapped_column(default=0)
