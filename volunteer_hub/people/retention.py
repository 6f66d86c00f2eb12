"""How long what is kept: one table of rules, and the work that keeps them, in small batches.

An admin sets the days within limits (Campaign.settings["retention"]); each turn that forgot something leaves
a line of counts in the audit log.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, or_, select, update

from volunteer_hub.core import audit
from volunteer_hub.core.audit import AuditEntry
from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.messaging.models import IncomingText, Message
from volunteer_hub.people import farewell
from volunteer_hub.people.models import Campaign, VolunteerList

BATCH = 500
LATELY = timedelta(days=2)
"""A turn comes every day."""
Forget = Callable[[int, datetime, datetime], int]  # campaign, everything before this, now -> rows


@dataclass(frozen=True, slots=True)
class OneByOne:
    """What is forgotten one at a time, so that one that fails costs only itself.

    due: campaign, everything before this, now, last id seen -> the next ids, ascending.
    forget: campaign, everything before this, now, id -> whether it went.
    """

    due: Callable[[int, datetime, datetime, int], list[int]]
    forget: Callable[[int, datetime, datetime, int], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """What is kept how long. least == most: fixed, or done elsewhere; days count from what `since` says."""

    key: str
    what: Any
    since: Any
    days: int
    least: int
    most: int
    forget: Forget | None = None
    one_by_one: OneByOne | None = None

    @property
    def is_fixed(self) -> bool:
        return self.least == self.most


def _sent(campaign_id: int, before: datetime, now: datetime) -> int:  # noqa: ARG001
    old = select(Message.id).where(
        Message.campaign_id == campaign_id,
        Message.created_at < before,
        Message.state.not_in(("waiting", "sending")),
    )
    return _count(delete(Message).where(Message.id.in_(old.limit(BATCH))))


def _texts(campaign_id: int, before: datetime, now: datetime) -> int:  # noqa: ARG001
    old = select(IncomingText.id).where(
        IncomingText.campaign_id == campaign_id,
        IncomingText.at < before,
        or_(IncomingText.body_sealed.is_not(None), IncomingText.from_sealed.is_not(None)),
    )
    blank = {"body_sealed": None, "from_sealed": None}
    return _count(update(IncomingText).where(IncomingText.id.in_(old.limit(BATCH))).values(**blank))


def _audit(campaign_id: int, before: datetime, now: datetime) -> int:  # noqa: ARG001
    old = select(AuditEntry.id).where(AuditEntry.campaign_id == campaign_id, AuditEntry.at < before)
    return _count(delete(AuditEntry).where(AuditEntry.id.in_(old.limit(BATCH))))


def _lists(campaign_id: int, before: datetime, now: datetime) -> int:  # noqa: ARG001
    """Lists of volunteers with what was shown of their rows; the files go with them (farewell.drop_files)."""
    old = select(VolunteerList).where(
        VolunteerList.campaign_id == campaign_id,
        VolunteerList.created_at < before,
        VolunteerList.state.not_in(("checking", "adding")),
    )
    rows = db.session.scalars(old.limit(BATCH)).all()
    for row in rows:
        farewell.drop_files(row)
        db.session.delete(row)
    db.session.flush()
    return len(rows)


def _of(feature: str) -> Forget:
    """What a feature above people forgets, by the table FORGETS of app.py."""

    def forget(campaign_id: int, before: datetime, now: datetime) -> int:
        forgets: dict[str, Forget] = current_app.extensions["forgets"]
        return forgets[feature](campaign_id, before, now)

    return forget


RULES: dict[str, Rule] = {
    rule.key: rule
    for rule in (
        Rule(
            "inactive", _l("Volunteers who do not come any more"),
            _l("after the last sign of life; we ask first, and wait a month for an answer"),
            1095, 365, 3650, farewell.ask_silent, OneByOne(farewell.due_to_go, farewell.part_from),
        ),
        Rule("lists", _l("Lists of volunteers from files"), _l("after they came"), 30, 1, 180, _lists),
        Rule(
            "imports",
            _l("Files of districts, results, doors and voters that were not imported, and rows left out"),
            _l("after they came, or landed; counts stay"), 90, 7, 730, _of("imports"),
        ),
        Rule(
            "reports", _l("Files of door reports that could not be read, and rows not taken"),
            _l("after they were looked at; counts stay"), 90, 7, 730, _of("reports"),
        ),
        Rule("texts", _l("Words of texts that people sent us"), _l("after they came"), 90, 7, 730, _texts),
        Rule("messages", _l("Which messages went out"), _l("after they were written"), 400, 180, 3650, _sent),
        Rule("audit", _l("Lines of the audit log"), _l("after what they tell"), 1095, 365, 3650, _audit),
        Rule("backups", _l("Backups"), _l("after they were made, by whoever runs the machine"), 30, 1, 90),
        Rule("originals", _l("Files whose rows are in"), _l("as soon as they are"), 0, 0, 0),
        Rule("bodies", _l("Words and addresses of messages"), _l("once they have left"), 0, 0, 0),
        Rule("sessions", _l("Sessions and sign-in links"), _l("after they ended"), 30, 30, 30),
        Rule("positions", _l("Where canvassers are"), _l("with the end of their walk"), 0, 0, 0),
        Rule("merges", _l("What undoes a merge of two people"), _l("after the merge"), 30, 30, 30),
    )
}  # fmt: skip


def days_of(campaign: Campaign, key: str) -> int:
    """How many days this campaign keeps something."""
    rule = RULES[key]
    chosen = campaign.settings.get("retention", {}).get(key, rule.days)
    return min(max(int(chosen), rule.least), rule.most)


def set_days(campaign: Campaign, wanted: dict[str, int], *, by: int) -> None:
    """Choose how long things are kept. Raises Refusal for days outside the limits of a rule."""
    for key, days in wanted.items():
        rule = RULES[key]
        if not rule.least <= days <= rule.most:
            raise Refusal(
                _l("Between %(least)s and %(most)s days.", least=rule.least, most=rule.most), field=key
            )
    campaign.settings = {**campaign.settings, "retention": wanted}
    audit.record(
        "change.retention", campaign_id=campaign.id, by=by, subject=f"campaign:{campaign.id}", **wanted
    )


def forget_batch(campaign_id: int, key: str, *, now: datetime) -> int:
    """Forget at most BATCH rows that are too old by a rule, in the caller's transaction; returns how many."""
    forget = RULES[key].forget
    return forget(campaign_id, _limit(campaign_id, key, now), now) if forget else 0


def due(campaign_id: int, key: str, *, after_id: int, now: datetime) -> list[int]:
    """The next few ids that a rule forgets one by one."""
    each = RULES[key].one_by_one
    return each.due(campaign_id, _limit(campaign_id, key, now), now, after_id) if each else []


def forget_one(campaign_id: int, key: str, one_id: int, *, now: datetime) -> bool:
    """Forget one of them, if it is still due, in the caller's transaction. Returns whether it went."""
    each = RULES[key].one_by_one
    return each is not None and each.forget(campaign_id, _limit(campaign_id, key, now), now, one_id)


def _limit(campaign_id: int, key: str, now: datetime) -> datetime:
    return now - timedelta(days=days_of(db.session.get_one(Campaign, campaign_id), key))


def note_forgotten(campaign_id: int, key: str, rows: int, failed: int = 0) -> None:
    """A line of counts in the audit log; `failed` stays, to be tried again on the next turn."""
    counts: dict[str, Any] = {"rows": rows} | ({"failed": failed} if failed else {})
    audit.record(f"forget.{key}", campaign_id=campaign_id, by=None, **counts)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was forgotten on one turn, and how many could not be."""

    key: str
    at: datetime
    rows: int
    failed: int


def forgotten(campaign_id: int, *, most: int = 50) -> list[Forgotten]:
    """What was forgotten lately, the newest first."""
    query = (
        select(AuditEntry.action, AuditEntry.at, AuditEntry.details)
        .where(AuditEntry.campaign_id == campaign_id, AuditEntry.action.like("forget.%"))
        .order_by(AuditEntry.at.desc())
        .limit(most)
    )
    return [
        Forgotten(row.action[7:], row.at, row.details.get("rows", 0), row.details.get("failed", 0))
        for row in db.session.execute(query)
    ]


def failed_lately(campaign_id: int, key: str, *, now: datetime) -> int:
    """How many could not be forgotten on the last turn, if that was within LATELY."""
    query = (
        select(AuditEntry.details)
        .where(AuditEntry.campaign_id == campaign_id, AuditEntry.action == f"forget.{key}")
        .where(AuditEntry.at > now - LATELY)
        .order_by(AuditEntry.at.desc())
        .limit(1)
    )
    return int((db.session.scalar(query) or {}).get("failed", 0))


def _count(statement: Any) -> int:
    found = db.session.execute(statement.execution_options(synchronize_session=False))
    return int(found.rowcount)  # type: ignore[attr-defined]
