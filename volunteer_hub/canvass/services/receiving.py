"""Taking in a phone's log: the server's copy is always the log's first entries, without a gap.

Every entry is kept exactly once: as a report, as an addition, or set aside for a field lead. What reports do
to doors, turfs and progress follows at once in bulk (applying.py): a receipt costs two statements.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from volunteer_hub.canvass.entries import Batch, first_hash, parsed
from volunteer_hub.canvass.facts import LogReceived
from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.canvass.models_additions import Addition
from volunteer_hub.canvass.models_log import PhoneLog, SetAsideEntry
from volunteer_hub.canvass.reading import Reading, Unreadable, entry_id, moment_of, read_report
from volunteer_hub.canvass.reading_additions import is_addition
from volunteer_hub.canvass.services import log_statements as statements
from volunteer_hub.canvass.services.additions import keep_additions
from volunteer_hub.canvass.services.recording import Receipt, with_voters_of_their_doors
from volunteer_hub.canvass.vocabulary import SENSITIVE
from volunteer_hub.core import arrays, secrets
from volunteer_hub.core.db import announce, db
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.turf import queries as turf
from volunteer_hub.turf.services import LATE_WORK, NEAR_THE_END, extend_by_working

AFTER_END = timedelta(minutes=30)
"""The door one stands at when the lease ends still counts by itself."""
MOST_SET_ASIDE = 1000
"""So many entries of one lease wait for a lead; a link in wrong hands fills no disk."""
TRIES = 4


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
    given_back: Mapping[int, datetime]
    log_lease_id: int | None
    log_head: int | None
    log_hash: bytes | None
    log_last_at: datetime | None

    @property
    def ended_at(self) -> datetime:
        return self.expires_at if self.returned_at is None else min(self.returned_at, self.expires_at)


@dataclass(frozen=True, slots=True)
class Taken:
    """How far the server's copy has come. forked: the phone's log is not the one whose start we hold.

    until: the lease's new end, where these entries prolonged it.
    """

    head: int
    hash: bytes
    stored: int = 0
    set_aside: tuple[tuple[int, str], ...] = ()
    forked: bool = False
    until: datetime | None = None


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


def holder_of(token: str, log: uuid.UUID) -> Holder | None:
    """The lease that a token opens or opened, with its doors and the log's state. One statement."""
    asked = {"log": log, "digest": secrets.digest(token)}
    row = db.session.execute(statements.HOLDER, asked).one_or_none()
    if row is None:
        return None
    given_back = {int(door): datetime.fromisoformat(at) for door, at in (row[9] or {}).items()}
    return Holder(*row[:8], frozenset(row[8]), given_back, *row[10:])  # type: ignore[call-arg]


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
    if batch.first > head + 1:
        return Taken(head, known)  # a gap: the phone compares the hash and goes on from there
    told = () if batch.first == head + 1 else _told_before(batch, head)
    if batch.last < head:
        return Taken(head, known, set_aside=told)
    if batch.hash_after(head) != known:
        return Taken(head, known, forked=True)
    if batch.last == head:
        return Taken(head, known, set_aside=told)
    taken = _extended(batch.after(head), holder, now, reason)
    return taken and replace(taken, set_aside=(*told, *taken.set_aside))


def _told_before(batch: Batch, head: int) -> tuple[tuple[int, str], ...]:
    """What was set aside of the part that we have: the answer that said so may have been lost."""
    rows = db.session.execute(
        select(SetAsideEntry.seq, SetAsideEntry.reason)
        .where(SetAsideEntry.log_id == batch.log, SetAsideEntry.seq.between(batch.first, head))
        .order_by(SetAsideEntry.seq)
    )
    return tuple((row.seq, row.reason) for row in rows)


def _extended(batch: Batch, holder: Holder, now: datetime, reason: str) -> Taken | None:
    entries, last_at = _read(batch, holder, now, reason)
    counted = [each for each in entries if each.reading is not None and not each.reason]
    stored = _append(batch, holder, counted, last_at, now)
    if stored is None:
        return None
    ahead = batch.clock_ahead(now)
    aside = _unknown([each for each in _with_additions_kept(entries, holder, now, ahead) if each.reason])
    if aside:
        set_aside(aside, batch.log, holder, now)
    told, until = tuple((each.seq, each.reason) for each in aside), None
    if stored:
        announce(LogReceived())
        if now < holder.expires_at < now + NEAR_THE_END:
            until = extend_by_working(holder.id, now)
    return Taken(batch.last, batch.hash_after(batch.last), stored, told, until=until)


def _append(
    batch: Batch, holder: Holder, counted: Sequence[Entry], last_at: datetime, now: datetime
) -> int | None:
    """Move the log's end and store its reports, each once. How many were new; None: it had moved."""
    moved, stored = db.session.execute(
        statements.APPEND,
        {
            "log": batch.log,
            "old_head": batch.first - 1,
            "old_hash": batch.before,
            "head": batch.last,
            "hash": batch.hash_after(batch.last),
            "last_at": last_at,
            "ahead_s": batch.clock_ahead(now).total_seconds(),
            "now": now,
            "campaign_id": holder.campaign_id,
            "turf_id": holder.turf_id,
            "lease_id": holder.id,
            "canvasser_id": holder.person_id,
            "rows": json.dumps(_rows(counted)),
        },
    ).one()
    return int(stored) if moved else None


def _read(batch: Batch, holder: Holder, now: datetime, reason: str) -> tuple[list[Entry], datetime]:
    """Each entry with its time by our clock, never before the one before it, and whether it counts.

    Returns the time of the last entry that said one, too: what cannot be read moves no other's time.
    """
    ahead, last_at = batch.clock_ahead(now), holder.log_last_at or holder.leased_at
    found = []
    for seq, text in enumerate(batch.texts, start=batch.first):
        raw = parsed(text)
        at = _by_our_clock(moment_of(raw), ahead, last_at, now)
        entry = Entry(seq, text, entry_id(raw), at, reason=reason)
        if is_addition(raw):
            found.append(replace(entry, addition=raw))
            continue
        try:
            reading = read_report(raw)
        except Unreadable as error:
            found.append(replace(entry, reason=reason or f"unreadable: {error}"))
            continue
        last_at = at
        found.append(replace(entry, reading=reading, reason=reason or objection(reading, at, holder, now)))
    return found, last_at


def _by_our_clock(said: datetime | None, ahead: timedelta, last_at: datetime, now: datetime) -> datetime:
    try:
        return last_at if said is None else min(max(said - ahead, last_at), now)
    except OverflowError:  # the first or last days there are
        return last_at


def objection(reading: Reading, at: datetime, holder: Holder, now: datetime) -> str:
    """The code of the reason why an entry does not count by itself; empty when it does."""
    if reading.door_id not in holder.doors or reading.turf_id not in (None, holder.turf_id):
        return "other_door"
    if at > holder.ended_at + AFTER_END:
        return "after_end"
    given_back_at = holder.given_back.get(reading.door_id)
    if given_back_at is not None and at > given_back_at + AFTER_END:
        return "given_back"
    if now > holder.ended_at + LATE_WORK:
        return "too_late"
    return ""


def _with_additions_kept(
    entries: list[Entry], holder: Holder, now: datetime, ahead: timedelta
) -> list[Entry]:
    """People and doors that no file has go where an organizer looks; a refused one is set aside."""
    kept = [each for each in entries if each.addition is not None and not each.reason]
    if not kept:
        return entries
    card = turf.lease_within(holder.campaign_id, holder.id, [""])
    receipts = keep_additions([each.addition for each in kept], card, now, ahead=ahead)
    why = {each.seq: _why_not(receipt) for each, receipt in zip(kept, receipts, strict=True)}
    return [replace(each, reason=why.get(each.seq, each.reason)) for each in entries]


def _why_not(receipt: Receipt) -> str:
    return f"unreadable: {receipt.reason}" if receipt.status == "refused" else ""


def _rows(counted: Sequence[Entry]) -> list[dict[str, Any]]:
    readings = with_voters_of_their_doors([each.reading for each in counted if each.reading])
    return [_row(entry, reading) for entry, reading in zip(counted, readings, strict=True)]


def _row(entry: Entry, reading: Reading) -> dict[str, Any]:
    return {
        "id": str(reading.id),
        "seq": entry.seq,
        "door_id": reading.door_id,
        "at": entry.at.isoformat(),
        "made_at": reading.at.isoformat(),
        "result": reading.result,
        "answers": reading.answers,
        "support": reading.support,
        "note": reading.note,
        "voter_id": reading.voter_id,
        "same_knock": reading.same_knock,
        "undoes_id": reading.undoes_id and str(reading.undoes_id),
        "review": "pending" if reading.result in SENSITIVE else None,
    }


def _unknown(aside: list[Entry]) -> list[Entry]:
    """Without what we have: an entry may come again in another log when it would no longer count."""
    ids = [each.id for each in aside if each.id]
    if not ids:
        return aside
    known = {
        found
        for kept in (DoorReport, Addition)
        for found in db.session.scalars(select(kept.id).where(arrays.is_one_of(kept.id, ids)))
    }
    return [each for each in aside if each.id not in known]


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
