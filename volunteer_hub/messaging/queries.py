"""Reads of messaging: how the sending goes, without an address in sight."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, cast, func, select

from volunteer_hub.core.db import db
from volunteer_hub.core.paging import Page, page_of
from volunteer_hub.messaging.models import IncomingText, Message

ASKING = ("reminder_day_text", "reminder_hours_text")
"""Kinds of texts that ask for a yes or no; they expire when the shift they are about begins."""


def counts(campaign_id: int) -> dict[str, dict[str, int]]:
    """Messages by kind and state: {"offer": {"sent": 12, "waiting": 3}}."""
    rows = db.session.execute(
        select(Message.kind, Message.state, func.count())
        .where(Message.campaign_id == campaign_id)
        .group_by(Message.kind, Message.state)
        .order_by(Message.kind)
    )
    found: dict[str, dict[str, int]] = {}
    for kind, state, number in rows:
        found.setdefault(kind, {})[state] = number
    return found


def message_lines(campaign_id: int, *, state: str | None, page: int) -> Page[Any]:
    """The newest messages, filtered by state, a page at a time."""
    query = (
        select(
            Message.kind,
            Message.channel,
            Message.state,
            Message.attempts,
            Message.last_error,
            Message.created_at,
            Message.not_before,
            Message.settled_at,
            Message.segments,
            Message.delivery,
            cast(Message.details["code"].astext, Integer).label("code"),
        )
        .where(Message.campaign_id == campaign_id)
        .order_by(Message.created_at.desc(), Message.id)
    )
    return page_of(query.where(Message.state == state) if state else query, page)


def count_due_texts(campaigns: Collection[int], *, at_most: int, now: datetime) -> int:
    """How many texts of these campaigns are due; counted no further than `at_most`."""
    due = (
        select(Message.id)
        .where(
            Message.state == "waiting",
            Message.channel == "text",
            Message.not_before <= now,
            Message.campaign_id.in_(list(campaigns)),
        )
        .limit(at_most)
    )
    return db.session.scalar(select(func.count()).select_from(due.subquery())) or 0


def is_due(channel: str, now: datetime) -> bool:
    """Does a message of this channel wait that may leave?"""
    query = select(Message.id).where(
        Message.state == "waiting", Message.channel == channel, Message.not_before <= now
    )
    return db.session.scalar(query.limit(1)) is not None


def provider_ids(campaigns: Collection[int], to_digest: bytes, *, besides: uuid.UUID) -> set[str]:
    """What the provider calls the other texts to this number."""
    query = select(Message.provider_id).where(
        Message.campaign_id.in_(list(campaigns)),
        Message.channel == "text",
        Message.to_digest == to_digest,
        Message.provider_id.is_not(None),
        Message.id != besides,
    )
    return {each for each in db.session.scalars(query) if each}


@dataclass(frozen=True, slots=True)
class LastText:
    """The last text to a number: whose, to whom, in which language."""

    campaign_id: int
    person_id: int | None
    language: str


@dataclass(frozen=True, slots=True)
class TextAnswer:
    """A yes or no that waits to take effect. `about`: the key of the message that asked."""

    campaign_id: int
    person_id: int | None
    about: str
    meant: str
    language: str


def last_text_to(campaigns: Collection[int], to_digest: bytes) -> LastText | None:
    """What we last wrote to this number, of these campaigns."""
    query = (
        select(Message.campaign_id, Message.person_id, Message.details["language"].astext)
        .where(_texts_to(campaigns, to_digest), Message.state.in_(("sending", "sent")))
        .order_by(Message.created_at.desc())
        .limit(1)
    )
    row = db.session.execute(query).one_or_none()
    return LastText(row[0], row[1], row[2] or "en") if row else None


def campaigns_that_wrote_to(campaigns: Collection[int], to_digest: bytes) -> list[int]:
    """Which of these campaigns ever wrote a text to this number."""
    query = select(Message.campaign_id).where(_texts_to(campaigns, to_digest)).distinct()
    return list(db.session.scalars(query))


def open_question(campaign_id: int, to_digest: bytes, now: datetime) -> str | None:
    """The key of what this number was asked and may still answer: the soonest shift that has no answer by
    text yet, else the one asked about last (minds change)."""
    answered = (
        select(IncomingText.id)
        .where(
            IncomingText.campaign_id == campaign_id,
            IncomingText.from_digest == to_digest,
            IncomingText.about == Message.key,
        )
        .exists()
    )
    query = (
        select(Message.key)
        .where(
            _texts_to([campaign_id], to_digest),
            Message.kind.in_(ASKING),
            Message.state == "sent",
            Message.expires_at > now,
        )
        .order_by(answered, case((answered, None), else_=Message.expires_at), Message.sent_at.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def is_of_several(campaigns: Collection[int], to_digest: bytes, last: LastText | None, now: datetime) -> bool:
    """Could a yes or no from this number be the word of several people: those with an open question there,
    and whom we wrote to last?"""
    asked = select(Message.person_id).where(
        _texts_to(campaigns, to_digest),
        Message.kind.in_(ASKING),
        Message.state == "sent",
        Message.expires_at > now,
        Message.person_id.is_not(None),
    )
    people = {*db.session.scalars(asked.distinct()), last.person_id if last else None}
    return len(people - {None}) > 1


def was_helped(campaign_id: int, from_digest: bytes, since: datetime, besides: str) -> bool:
    """Did this number get the answer to a riddle since then, but for the text `besides`?"""
    query = select(IncomingText.id).where(
        IncomingText.campaign_id == campaign_id,
        IncomingText.from_digest == from_digest,
        IncomingText.meant == "other",
        IncomingText.at >= since,
        IncomingText.provider_id != besides,
    )
    return db.session.scalar(query.limit(1)) is not None


def text_answer(text_id: int) -> TextAnswer | None:
    """The answer with this id, locked, if it has not taken effect yet."""
    row = db.session.scalar(
        select(IncomingText)
        .where(
            IncomingText.id == text_id, IncomingText.answered_at.is_(None), IncomingText.about.is_not(None)
        )
        .with_for_update()
    )
    if row is None or row.about is None:
        return None
    asked = select(Message.details["language"].astext).where(
        Message.campaign_id == row.campaign_id, Message.key == row.about
    )
    language = db.session.scalar(asked) or "en"
    return TextAnswer(row.campaign_id, row.person_id, row.about, row.meant, language)


def answers_left(before: datetime) -> list[int]:
    """Yeses and noes from before this moment that have not taken effect."""
    query = select(IncomingText.id).where(
        IncomingText.meant.in_(("confirm", "cancel")),
        IncomingText.answered_at.is_(None),
        IncomingText.person_id.is_not(None),
        IncomingText.at < before,
    )
    return list(db.session.scalars(query.order_by(IncomingText.id).limit(200)))


def _texts_to(campaigns: Collection[int], to_digest: bytes) -> ColumnElement[bool]:
    return and_(
        Message.campaign_id.in_(list(campaigns)), Message.channel == "text", Message.to_digest == to_digest
    )


def days_without_cost(now: datetime) -> list[date]:
    """The days (UTC) of the last week, but for the last hour, on which texts left whose price is not
    known."""
    query = (
        select(func.date(func.timezone("UTC", Message.sent_at)))
        .where(
            Message.channel == "text",
            Message.provider_id.is_not(None),
            Message.cost_micros.is_(None),
            Message.sent_at.between(now - timedelta(days=7), now - timedelta(hours=1)),
        )
        .distinct()
    )
    return sorted(db.session.scalars(query))
