"""What happened with a person, newest first: each feature gives its part by the TIMELINE table of app.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import aliased

from volunteer_hub.core.audit import AuditEntry
from volunteer_hub.core.db import db
from volunteer_hub.messaging.models import Message
from volunteer_hub.people.models import Area, Consent, Merge, Person, RoleGrant
from volunteer_hub.people.vocabulary import ROLES

PER_PAGE = 30


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened: when, in a few words, with an icon of the sprite and a page behind it.

    Of a message its kind, which the page has words for.
    """

    at: datetime
    text: str
    icon: str = "clock"
    url: str = ""
    message_kind: str = ""


Part = Callable[[int, datetime, int], Sequence[Moment]]
"""(person id, before, limit) -> the newest `limit` moments before then, in a fixed number of statements."""


def timeline(person: Person, before: datetime, limit: int = PER_PAGE) -> tuple[list[Moment], datetime | None]:
    """The newest moments before an instant, and where the next page begins (None: that was all)."""
    parts: list[Part] = [_messages, _consents, _roles, _log, *current_app.extensions.get("timeline", [])]
    found = [each for part in parts for each in part(person.id, before, limit + 1)]
    if person.created_at < before:
        found.append(Moment(person.created_at, _joined(person), "plus"))
    found.sort(key=lambda each: each.at, reverse=True)
    more = len(found) > limit
    return found[:limit], found[limit - 1].at if more else None


def _joined(person: Person) -> str:
    ways: dict[str | None, Any] = {
        "form": _l("joined by the form"),
        "staff": _l("was added by staff"),
        "file": _l("came in with a list"),
        "walk_in": _l("was added at the table"),
    }
    return str(ways.get(person.joined_via, _l("joined")))


MESSAGE_STATES = {
    "waiting": _l("waiting"), "sending": _l("on its way"), "sent": _l("sent"), "failed": _l("failed"),
    "suppressed": _l("not sent: they do not want it"), "expired": _l("not sent: too late"),
}  # fmt: skip


def _messages(person_id: int, before: datetime, limit: int) -> list[Moment]:
    """By their kind alone: what was written is theirs."""
    query = (
        select(Message.created_at, Message.kind, Message.channel, Message.state)
        .where(Message.person_id == person_id, Message.created_at < before)
        .order_by(Message.created_at.desc())
        .limit(limit)
    )
    return [
        Moment(
            row.created_at,
            str(MESSAGE_STATES[row.state]),
            "mail" if row.channel == "email" else "mobile",
            message_kind=row.kind,
        )
        for row in db.session.execute(query)
    ]


PURPOSES = {
    "email": _l("emails"), "text": _l("texts"), "photo": _l("photos"), "data": _l("keeping their data"),
}  # fmt: skip


def _consents(person_id: int, before: datetime, limit: int) -> list[Moment]:
    query = (
        select(Consent)
        .where(Consent.person_id == person_id, Consent.at < before)
        .order_by(Consent.at.desc(), Consent.id.desc())
        .limit(limit)
    )
    return [
        Moment(
            row.at,
            _("said yes to %(purpose)s", purpose=PURPOSES[row.purpose])
            if row.is_given
            else _("said no to %(purpose)s", purpose=PURPOSES[row.purpose]),
            "check" if row.is_given else "cross",
        )
        for row in db.session.scalars(query)
    ]


def _roles(person_id: int, before: datetime, limit: int) -> list[Moment]:
    query = (
        select(RoleGrant.granted_at, RoleGrant.role, Area.name)
        .join(Area, Area.id == RoleGrant.area_id)
        .where(RoleGrant.person_id == person_id, RoleGrant.granted_at < before)
        .order_by(RoleGrant.granted_at.desc())
        .limit(limit)
    )
    return [
        Moment(at, _("became %(role)s in %(area)s", role=ROLES[role], area=area), "shield")
        for at, role, area in db.session.execute(query)
    ]


LOGGED: dict[str, tuple[Any, str]] = {
    "change.person": (_l("profile changed by %(name)s"), "edit"),
    "change.email": (_l("email changed by %(name)s"), "edit"),
    "move.person": (_l("moved to another area by %(name)s"), "pin"),
    "deactivate.person": (_l("set aside by %(name)s"), "minus"),
    "activate.person": (_l("taken in again by %(name)s"), "plus"),
    "revoke.role": (_l("a role taken back by %(name)s"), "shield"),
    "merge.people": (_l("merged with another entry by %(name)s"), "people"),
    "unmerge.people": (_l("a merge undone by %(name)s"), "undo"),
    "tag.people": (_l("tagged by %(name)s"), "flag"),
    "untag.people": (_l("a tag taken off by %(name)s"), "flag"),
}


def _log(person_id: int, before: datetime, limit: int) -> list[Moment]:
    """What staff did, from the audit log; also with the row that was merged into this one."""
    gone = select(Merge.gone_id).where(Merge.kept_id == person_id, Merge.undone_at.is_(None))
    ids = [person_id, *db.session.scalars(gone)]
    actor = aliased(Person)
    campaign = select(Person.campaign_id).where(Person.id == person_id).scalar_subquery()
    query = (
        select(AuditEntry.at, AuditEntry.action, actor.name)
        .outerjoin(actor, actor.id == AuditEntry.actor_id)
        .where(
            AuditEntry.campaign_id == campaign,
            AuditEntry.subject.in_([f"person:{each}" for each in ids]),
            AuditEntry.action.in_(list(LOGGED)),
            AuditEntry.at < before,
        )
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(limit)
    )
    return [
        Moment(at, str(LOGGED[action][0]) % {"name": name or "–"}, LOGGED[action][1])
        for at, action, name in db.session.execute(query)
    ]
