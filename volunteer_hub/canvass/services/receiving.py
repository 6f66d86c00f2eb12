"""Taking in a phone's log: the server's copy is always the log's first entries, without a gap.

Every entry is kept exactly once: as a report, as an addition, or set aside for a field lead. What reports do
to doors, turfs and progress follows at once in bulk (applying.py): a receipt costs four statements.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from volunteer_hub.canvass.entries import Batch, first_hash, parsed
from volunteer_hub.canvass.facts import LogReceived
from volunteer_hub.canvass.models_log import PhoneLog, SetAsideEntry
from volunteer_hub.canvass.reading import Reading, Unreadable, entry_id, read_report
from volunteer_hub.canvass.services import log_statements as statements
from volunteer_hub.canvass.services.additions import keep_additions
from volunteer_hub.canvass.services.recording import Receipt
from volunteer_hub.canvass.vocabulary import SENSITIVE
from volunteer_hub.core import arrays, secrets
from volunteer_hub.core.db import announce, db
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.districts.models import Voter
from volunteer_hub.turf import queries as turf
from volunteer_hub.turf.services import LATE_WORK, NEAR_THE_END, extend_by_working

AFTER_END = timedelta(minutes=30)
"""The door one stands at when the lease ends still counts by itself."""
MOST_SET_ASIDE = 1000
"""So many entries of one lease wait for a lead; a link in wrong hands fills no disk."""
TRIES = 4
ADDITION = "addition"


class TooManySetAside(Refusal):
    """More entries of one lease wait for a lead than anybody makes in a shift."""

    status = 429

    def __init__(self) -> None:
        super().__init__(_("Too much of this walk list waits for your field lead. Ask them to look at it."))


@dataclass(frozen=True, slots=True)
class Holder:
    """A lease as its token opens it, with its doors. log_*: of the log asked for; None when it is new."""

    id: int
    campaign_id: int
    turf_id: int
    person_id: int
    leased_at: datetime
    expires_at: datetime
    returned_at: datetime | None
    end_reason: str | None
    doors: frozenset[int]
    log_lease_id: int | None
    log_head: int | None
    log_hash: bytes | None
    log_last_at: datetime | None

    @property
    def ended_at(self) -> datetime:
        return self.expires_at if self.returned_at is None else min(self.returned_at, self.expires_at)


@dataclass(frozen=True, slots=True)
class Taken:
    """How far the server's copy has come. forked: the phone's log is not the one whose start we hold."""

    head: int
    hash: bytes
    stored: int = 0
    set_aside: tuple[tuple[int, str], ...] = ()
    forked: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry, read as far as possible. reason: why it is set aside; empty when it counts."""

    seq: int
    text: str
    id: uuid.UUID | None
    at: datetime
    reading: Reading | None = None
    reason: str = ""
    addition: dict[str, Any] | None = None
    review: str | None = None


def holder_of(token: str, log: uuid.UUID) -> Holder | None:
    """The lease that a token opens or opened, with its doors and the log's state. One statement."""
    asked = {"log": log, "digest": secrets.digest(token)}
    row = db.session.execute(statements.HOLDER, asked).one_or_none()
    if row is None:
        return None
    return Holder(*row[:8], frozenset(row[8]), *row[9:])  # type: ignore[call-arg]


def receive(batch: Batch, holder: Holder, *, now: datetime, reason: str = "") -> Taken:
    """Append what is new of a batch to the server's copy of the log. Inside a transaction.

    reason: set all of it aside for this, unread.
    """
    for _try in range(TRIES):
        if holder.log_head is None or holder.log_hash is None:
            _begin(batch.log, holder, now)
            holder = _with_log(holder, batch.log)
            continue
        taken = _appended(batch, holder, now, reason)
        if taken is not None:
            return taken
        holder = _with_log(holder, batch.log)  # another tab of this phone was quicker
    raise RuntimeError("a phone's log moved under every try")


def _begin(log: uuid.UUID, holder: Holder, now: datetime) -> None:
    fresh = {
        "id": log, "campaign_id": holder.campaign_id, "lease_id": holder.id, "head": 0,
        "hash": first_hash(log), "started_at": now, "heard_at": now,
    }  # fmt: skip
    db.session.execute(insert(PhoneLog).values(fresh).on_conflict_do_nothing())


def _with_log(holder: Holder, log: uuid.UUID) -> Holder:
    """As holder, with the log as it is now, locked until the end of the transaction."""
    row = db.session.execute(
        select(PhoneLog.lease_id, PhoneLog.head, PhoneLog.hash, PhoneLog.last_at)
        .where(PhoneLog.id == log)
        .with_for_update()
    ).one()
    return replace(
        holder, log_lease_id=row.lease_id, log_head=row.head, log_hash=row.hash, log_last_at=row.last_at
    )


def _appended(batch: Batch, holder: Holder, now: datetime, reason: str) -> Taken | None:
    """What became of the batch; None when the log has moved since it was looked at."""
    head, known = holder.log_head, holder.log_hash
    assert head is not None
    assert known is not None
    if holder.log_lease_id != holder.id:
        return Taken(0, first_hash(batch.log), forked=True)
    if batch.first > head + 1 or batch.last < head:
        return Taken(head, known)  # a gap, or old news: the phone compares the hash and goes on from there
    if batch.hash_after(head) != known:
        return Taken(head, known, forked=True)
    if batch.last == head:
        return Taken(head, known)
    return _extended(batch.after(head), holder, now, reason)


def _extended(batch: Batch, holder: Holder, now: datetime, reason: str) -> Taken | None:
    entries = _unread(batch, now, reason) if reason else _read(batch, holder, now)
    moved = db.session.execute(
        statements.MOVE,
        {
            "log": batch.log,
            "old_head": batch.first - 1,
            "old_hash": batch.before,
            "head": batch.last,
            "hash": batch.hash_after(batch.last),
            "heard_at": now,
            "last_at": entries[-1].at,
            "ahead_s": batch.clock_ahead(now).total_seconds(),
        },
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        return None
    entries = _with_additions_kept(entries, holder, now)
    counted = [each for each in entries if each.reading is not None and not each.reason]
    aside = [each for each in entries if each.reason]
    stored = _store(counted, batch.log, holder, now)
    if aside:
        set_aside(aside, batch.log, holder, now)
    if stored:
        announce(LogReceived())
        if now < holder.expires_at < now + NEAR_THE_END:
            extend_by_working(holder.id, now)
    return Taken(batch.last, batch.hash_after(batch.last), stored, tuple((e.seq, e.reason) for e in aside))


def _read(batch: Batch, holder: Holder, now: datetime) -> list[Entry]:
    """Each entry with its time by our clock, never before the one before it, and whether it counts."""
    ahead, last_at = batch.clock_ahead(now), holder.log_last_at or holder.leased_at
    found = []
    for seq, text in enumerate(batch.texts, start=batch.first):
        raw = parsed(text)
        if isinstance(raw, dict) and raw.get("kind") == ADDITION:
            found.append(Entry(seq, text, entry_id(raw), last_at, addition=raw))
            continue
        try:
            reading = read_report(raw)
        except Unreadable as error:
            found.append(Entry(seq, text, entry_id(raw), now, reason=f"unreadable: {error}"))
            continue
        last_at = min(max(reading.at - ahead, last_at), now)
        entry = Entry(seq, text, reading.id, last_at, reading, objection(reading, last_at, holder, now))
        found.append(entry)
    return _with_voters_of_their_doors(found)


def _unread(batch: Batch, now: datetime, reason: str) -> list[Entry]:
    return [
        Entry(seq, text, entry_id(parsed(text)), now, reason=reason)
        for seq, text in enumerate(batch.texts, start=batch.first)
    ]


def objection(reading: Reading, at: datetime, holder: Holder, now: datetime) -> str:
    """The code of the reason why an entry does not count by itself; empty when it does."""
    if reading.door_id not in holder.doors or reading.turf_id not in (None, holder.turf_id):
        return "other_door"
    if at > holder.ended_at + AFTER_END:
        return "after_end"
    if now > holder.ended_at + LATE_WORK:
        return "too_late"
    return ""


def _with_additions_kept(entries: list[Entry], holder: Holder, now: datetime) -> list[Entry]:
    """People and doors that no file has go where an organizer looks; a refused one is set aside."""
    raws = [each.addition for each in entries if each.addition is not None]
    if not raws:
        return entries
    card = turf.lease_within(holder.campaign_id, holder.id, [""])
    receipts = iter(keep_additions(raws, card, now))
    return [
        each if each.addition is None else replace(each, reason=_why_not(next(receipts))) for each in entries
    ]


def _why_not(receipt: Receipt) -> str:
    return f"unreadable: {receipt.reason}" if receipt.status == "refused" else ""


def _with_voters_of_their_doors(entries: list[Entry]) -> list[Entry]:
    """A person who does not live at the door is left out of a report; the knock stays what it was."""
    asked = {e.reading.voter_id for e in entries if e.reading and e.reading.voter_id}
    if not asked:
        return entries
    rows = db.session.execute(select(Voter.id, Voter.door_id).where(arrays.is_one_of(Voter.id, asked)))
    homes = {row.id: row.door_id for row in rows}
    return [
        replace(each, reading=replace(each.reading, voter_id=None))
        if each.reading and homes.get(each.reading.voter_id or 0) != each.reading.door_id
        else each
        for each in entries
    ]


def _store(entries: Sequence[Entry], log: uuid.UUID, holder: Holder, now: datetime) -> int:
    """Insert reports, each once by its id, with a mark for what they will change. How many were new.

    By id, so that the same ids in two logs wait for each other in one order.
    """
    if not entries:
        return 0
    rows = sorted((_row(each) for each in entries), key=lambda row: row[0])
    columns = dict(zip(statements.REPORT_COLUMNS, map(list, zip(*rows, strict=True)), strict=True))
    same = {
        "campaign_id": holder.campaign_id, "turf_id": holder.turf_id, "lease_id": holder.id,
        "canvasser_id": holder.person_id, "log_id": log, "received_at": now,
    }  # fmt: skip
    return int(db.session.execute(statements.STORE, columns | same).rowcount)  # type: ignore[attr-defined]


def _row(entry: Entry) -> tuple[Any, ...]:
    reading = entry.reading
    assert reading is not None
    return (
        reading.id, entry.seq, reading.door_id, entry.at, reading.at, reading.result,
        json.dumps(reading.answers), reading.support, reading.note, reading.voter_id, reading.same_knock,
        reading.undoes_id, "pending" if reading.result in SENSITIVE else None,
    )  # fmt: skip


def set_aside(entries: Sequence[Entry], log: uuid.UUID, holder: Holder, now: datetime) -> None:
    """Keep entries as they came, for a field lead to decide. Of one lease up to MOST_SET_ASIDE wait."""
    rows = [
        {
            "campaign_id": holder.campaign_id,
            "log_id": log,
            "seq": each.seq,
            "lease_id": holder.id,
            "entry_id": each.id,
            "body": each.text.encode("utf-8", "surrogatepass"),
            "reason": each.reason,
            "at": each.at,
            "received_at": now,
        }
        for each in entries
    ]
    waiting = select(func.count()).where(
        SetAsideEntry.lease_id == holder.id, SetAsideEntry.decision.is_(None)
    )
    if (db.session.scalar(waiting) or 0) + len(rows) > MOST_SET_ASIDE:
        raise TooManySetAside()
    db.session.execute(insert(SetAsideEntry).values(rows).on_conflict_do_nothing())
