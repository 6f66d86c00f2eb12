"""Writing messages into the outbox, and honouring STOP. Nothing is sent here: jobs send after the commit."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from volunteer_hub.core import clock, secrets
from volunteer_hub.core.db import announce, db
from volunteer_hub.messaging.facts import MessagesPosted, OptedIn, OptedOut, UrgentMessagePosted
from volunteer_hub.messaging.footer import words_by_language
from volunteer_hub.messaging.models import Message, Suppression
from volunteer_hub.messaging.quiet import next_allowed_in, zones_of_number
from volunteer_hub.messaging.recipient import Recipient
from volunteer_hub.messaging.texts.segments import counted, plain

POSTED_AT_ONCE = 1000
STOP = "stop"
"""The reason of who texted STOP, or whom the provider knows to have done so."""
_COLUMNS = {
    "id": "uuid", "key": "text", "kind": "text", "channel": "text", "person_id": "bigint",
    "to_sealed": "bytea", "to_digest": "bytea", "subject": "text", "body_sealed": "bytea",
    "is_urgent": "boolean", "time_zone": "text", "not_before": "timestamptz", "expires_at": "timestamptz",
    "created_at": "timestamptz", "segments": "integer", "details": "text",
}  # fmt: skip
# A column is one array: a statement with a place for each value of a thousand rows takes longer to prepare
# than the rows take to write.
_INSERT = text(f"""
    INSERT INTO messages (campaign_id, {", ".join(_COLUMNS)}, state, attempts, last_error)
    SELECT :campaign_id, {", ".join("details::jsonb" if name == "details" else name for name in _COLUMNS)},
           'waiting', 0, ''
    FROM unnest({", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in _COLUMNS.items())})
         AS given ({", ".join(_COLUMNS)})
    ON CONFLICT (campaign_id, key) DO NOTHING RETURNING key
""")  # noqa: S608 - no value comes from outside


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to post. `key` names what it is about, once and for all within the campaign ("offer-12-1").

    is_urgent: somebody asked for it just now (a sign-in link), so quiet hours do not hold it back; as an
    email it also goes to who unsubscribed, as a text never.
    ics: a calendar entry to attach. expires_at: not worth sending after this.
    """

    key: str
    kind: str
    to: Recipient
    subject: str
    text: str
    html: str | None = None
    ics: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    is_urgent: bool = False
    not_before: datetime | None = None
    expires_at: datetime | None = None


def post_once(
    campaign_id: int, key: str, kind: str, to: Recipient, subject: str, text: str, **more: Any
) -> bool:
    """Put one message into the outbox; False if a message with this key was posted before.

    `more`: the other fields of Draft.
    """
    return bool(post_many(campaign_id, [Draft(key, kind, to, subject, text, **more)]))


def post_many(campaign_id: int, drafts: Iterable[Draft]) -> list[str]:
    """Put many messages into the outbox in few statements. Returns the keys that were new."""
    foot = words_by_language()
    rows = [_row(draft, foot, clock.now()) for draft in drafts]
    posted: list[str] = []
    for start in range(0, len(rows), POSTED_AT_ONCE):
        some = rows[start : start + POSTED_AT_ONCE]
        columns = {name: [row[name] for row in some] for name in _COLUMNS}
        posted += db.session.scalars(_INSERT, columns | {"campaign_id": campaign_id}).all()
    if posted:
        is_urgent = any(row["is_urgent"] for row in rows)
        announce(UrgentMessagePosted() if is_urgent else MessagesPosted())
    return posted


def cancel(campaign_id: int, keys: Iterable[str]) -> int:
    """Take messages back that have not left yet (an offer was withdrawn). Returns how many."""
    statement = (
        update(Message)
        .where(Message.campaign_id == campaign_id, Message.key.in_(list(keys)), Message.state == "waiting")
        .values(state="expired", settled_at=clock.now(), to_sealed=None, body_sealed=None)
    )
    return int(db.session.execute(statement).rowcount)  # type: ignore[attr-defined]


def digest_of(channel: str, address: str) -> bytes:
    """How an address is recognised without being stored: a keyed hash of its normal form."""
    return secrets.keyed_digest("address", f"{channel}:{address.strip().lower()}")


def opt_out(campaign_id: int, channel: str, to_digest: bytes, *, reason: str, now: datetime) -> None:
    """Never write to this address on this channel again; what still waits is stopped at once.

    A STOP takes the place of any lighter reason: it ends with a START only.
    """
    query = insert(Suppression).values(
        campaign_id=campaign_id, channel=channel, to_digest=to_digest, reason=reason, at=now
    )
    if reason == STOP:
        one = ["campaign_id", "channel", "to_digest"]
        query = query.on_conflict_do_update(
            index_elements=one, set_={"reason": STOP, "at": now}, where=Suppression.reason != STOP
        )
    else:
        query = query.on_conflict_do_nothing()
    db.session.execute(query)
    db.session.execute(
        update(Message)
        .where(
            Message.campaign_id == campaign_id,
            Message.channel == channel,
            Message.to_digest == to_digest,
            Message.state == "waiting",
            or_(Message.is_urgent.is_(False), Message.channel == "text"),
        )
        .values(state="suppressed", settled_at=now, to_sealed=None, body_sealed=None)
    )
    announce(OptedOut(campaign_id, channel, to_digest.hex()))


def mark_unreachable(campaign_id: int, to_digest: bytes, *, now: datetime) -> None:
    """No text can reach this number: what waits is stopped, and nothing more is sent there. Nobody withdrew a
    consent; a START from the number, or another number of the person, ends it."""
    db.session.execute(
        insert(Suppression)
        .values(campaign_id=campaign_id, channel="text", to_digest=to_digest, reason="unreachable", at=now)
        .on_conflict_do_nothing()
    )
    db.session.execute(
        update(Message)
        .where(
            Message.campaign_id == campaign_id,
            Message.channel == "text",
            Message.to_digest == to_digest,
            Message.state == "waiting",
        )
        .values(state="suppressed", settled_at=now, to_sealed=None, body_sealed=None)
    )


def opt_in_by_page(campaign_id: int, channel: str, to_digest: bytes) -> None:
    """Somebody ticked a box. What they ended by a page is lifted; a STOP of the phone itself stands: its
    owner may be another, the carrier blocks it, and only a START from the phone ends both."""
    if stop_reason(campaign_id, channel, to_digest) != STOP:
        opt_in(campaign_id, channel, to_digest)


def opt_in(campaign_id: int, channel: str, to_digest: bytes) -> None:
    """The person asked to hear from us again."""
    db.session.execute(
        delete(Suppression).where(
            Suppression.campaign_id == campaign_id,
            Suppression.channel == channel,
            Suppression.to_digest == to_digest,
        )
    )
    announce(OptedIn(campaign_id, channel, to_digest.hex()))


def stop_reason(campaign_id: int, channel: str, to_digest: bytes) -> str | None:
    """Why this address must not be written to (see Suppression), or None."""
    return db.session.scalar(
        select(Suppression.reason).where(
            Suppression.campaign_id == campaign_id,
            Suppression.channel == channel,
            Suppression.to_digest == to_digest,
        )
    )


def said_stop(campaign_id: int, number: str | None) -> bool:
    """Did a STOP come from this number itself?"""
    return bool(number) and stop_reason(campaign_id, "text", digest_of("text", number or "")) == STOP


def is_suppressed(campaign_id: int, channel: str, address: str) -> bool:
    """Did this address say STOP on this channel?"""
    query = select(Suppression.id).where(
        Suppression.campaign_id == campaign_id,
        Suppression.channel == channel,
        Suppression.to_digest == digest_of(channel, address),
    )
    return db.session.scalar(query) is not None


def suppressed(campaign_id: int, channel: str, addresses: Iterable[str | None]) -> set[str]:
    """Which of these addresses said STOP on this channel. One statement."""
    digests = {digest_of(channel, each): each for each in addresses if each}
    query = select(Suppression.to_digest).where(
        Suppression.campaign_id == campaign_id,
        Suppression.channel == channel,
        Suppression.to_digest.in_(list(digests)),
    )
    return {digests[each] for each in db.session.scalars(query)} if digests else set()


def unsubscribe_path(message_id: uuid.UUID) -> str:
    """The path of the one-click unsubscribe of a message; only its reader knows the signature."""
    return f"/unsubscribe/{message_id}/{secrets.signature('unsubscribe', message_id)}"


def _row(draft: Draft, foot: Callable[[Recipient, bool], str], now: datetime) -> dict[str, Any]:
    to = draft.to
    earliest = max(draft.not_before or now, now)
    zones = (
        [each for each in zones_of_number(to.address) if each != to.time_zone] if to.channel == "text" else []
    )
    if not draft.is_urgent:
        earliest = next_allowed_in(earliest, [to.time_zone, *zones], to.quiet_from, to.quiet_until)
    words = plain(draft.text).strip() if to.channel == "text" else draft.text
    body = {
        "text": words,
        "html": draft.html,
        "ics": draft.ics,
        "headers": draft.headers,
        "to_name": to.name,
        "sender_name": to.sender_name,
        "reply_to": to.reply_to,
    } | ({"foot": foot(to, draft.is_urgent)} if to.channel == "email" else {})
    return {
        "id": uuid.uuid4(),
        "key": draft.key,
        "kind": draft.kind,
        "channel": to.channel,
        "person_id": to.person_id,
        "to_sealed": secrets.seal(to.address),
        "to_digest": digest_of(to.channel, to.address),
        "subject": draft.subject,
        "body_sealed": secrets.seal(json.dumps(body)),
        "is_urgent": draft.is_urgent,
        "time_zone": to.time_zone,
        "not_before": earliest,
        "expires_at": draft.expires_at,
        "created_at": now,
        "segments": counted(words).segments if to.channel == "text" else None,
        "details": json.dumps(
            {
                "quiet": [to.quiet_from.isoformat(), to.quiet_until.isoformat()],
                "language": to.language,
            }
            | ({"zones": zones} if zones else {})
        ),
    }
