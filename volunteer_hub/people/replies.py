"""Texts that people sent us and a person must read: whose they are, within the areas one answers for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from volunteer_hub.core import access, secrets
from volunteer_hub.core.db import db
from volunteer_hub.core.paging import Page, page_of
from volunteer_hub.core.refusals import NotFound
from volunteer_hub.messaging.models import IncomingText, Message, Suppression
from volunteer_hub.people.models import Area, Person

PER_PAGE = 25
LONGEST_LIST = 50


@dataclass(frozen=True, slots=True)
class ReplyLine:
    """One text somebody sent. `words` is empty once they are no longer kept; `name` where nobody is known."""

    id: int
    person_id: int | None
    name: str
    words: str
    meant: str
    at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Somebody whose present number no text can reach."""

    person_id: int
    name: str
    since: datetime


def replies(campaign_id: int, paths: Sequence[str], *, everywhere: bool, page: int) -> Page[ReplyLine]:
    """What people wrote, unanswered first, then the newest. Texts of strangers only for who sees
    everything."""
    query = _visible(campaign_id, paths, everywhere=everywhere)
    query = query.order_by(IncomingText.answered_at.is_not(None), IncomingText.at.desc(), IncomingText.id)
    found = page_of(query, page, PER_PAGE)
    return Page([_line(row) for row in found.rows], found.number, found.per_page, found.total)


def count_waiting(campaign_id: int, paths: Sequence[str], *, everywhere: bool) -> int:
    """How many texts nobody has answered yet."""
    query = _visible(campaign_id, paths, everywhere=everywhere).where(IncomingText.answered_at.is_(None))
    return db.session.scalar(select(func.count()).select_from(query.subquery())) or 0


def reply_within(campaign_id: int, reply_id: int, paths: Sequence[str], *, everywhere: bool) -> ReplyLine:
    """One text; raises NotFound for what is not there or not for this viewer."""
    query = _visible(campaign_id, paths, everywhere=everywhere).where(IncomingText.id == reply_id)
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    return _line(row)


def unreachable(campaign_id: int, paths: Sequence[str]) -> list[Unreachable]:
    """Whose number no text can reach: those we wrote to there. A number that was changed since still shows
    until the next text to the new one."""
    newer = aliased(Message)
    query = (
        select(Person.id, Person.name, func.max(Suppression.at))
        .join(
            Message,
            and_(
                Message.campaign_id == Suppression.campaign_id,
                Message.channel == "text",
                Message.to_digest == Suppression.to_digest,
            ),
        )
        .join(Person, Person.id == Message.person_id)
        .join(Area, Area.id == Person.area_id)
        .where(
            Suppression.campaign_id == campaign_id,
            Suppression.channel == "text",
            Suppression.reason == "unreachable",
            Person.erased_at.is_(None),
            access.within(Area.path, paths),
            ~select(newer.id)
            .where(
                newer.person_id == Person.id,
                newer.channel == "text",
                newer.to_digest != Suppression.to_digest,
                newer.created_at > Suppression.at,
            )
            .exists(),
        )
        .group_by(Person.id, Person.name)
        .order_by(func.max(Suppression.at).desc())
        .limit(LONGEST_LIST)
    )
    return [Unreachable(*row) for row in db.session.execute(query)]


def _visible(campaign_id: int, paths: Sequence[str], *, everywhere: bool) -> Select[*tuple[Any, ...]]:
    mine: ColumnElement[bool] = access.within(Area.path, paths)
    return (
        select(IncomingText, Person.name)
        .outerjoin(Person, Person.id == IncomingText.person_id)
        .outerjoin(Area, Area.id == Person.area_id)
        .where(
            IncomingText.campaign_id == campaign_id,
            IncomingText.meant.in_(("other", "confirm", "cancel")),
            or_(mine, IncomingText.person_id.is_(None)) if everywhere else mine,
        )
    )


def _line(row: Any) -> ReplyLine:
    text, name = row
    words = secrets.unseal(text.body_sealed) if text.body_sealed else ""
    return ReplyLine(text.id, text.person_id, name or "", words, text.meant, text.at, text.answered_at)
