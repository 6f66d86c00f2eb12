"""Claims: which messages one sender holds, and the record of what became of each.

A sender claims a batch: the rows become `sending` and carry the number of an advisory lock that the sender
holds on its database connection. Before a message is handed to a server its row is marked as in flight, in
the same commit that records the answer to the one before; so at any moment at most one message of a sender
is in doubt. If the sender dies, its connection closes and the lock is free that instant: what was not in
flight goes back at once, what was waits IN_DOUBT_S for a sender that lives on after losing its connection.
Then an email goes out again under the same Message-ID; a text carries `doubts`, and the provider is asked
first.
"""

from __future__ import annotations

import logging
import re
import secrets as random_source
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from volunteer_hub.core import clock
from volunteer_hub.core.db import db
from volunteer_hub.messaging.hand import Ticket
from volunteer_hub.messaging.recipient import Channel
from volunteer_hub.messaging.texts.provider import Accepted

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 12
IN_DOUBT_S = 60.0  # longer than a whole exchange with the mail server, smtp.EXCHANGE_S
RECORD_FOR_S = 300.0
_ADDRESSES = re.compile(r"[^\s<>\"'()]+@[^\s<>\"'()]+|\+?\d[\d() -]{8,}\d")

_SUPPRESSED = """(SELECT s.reason FROM suppressions s WHERE s.campaign_id = messages.campaign_id
                 AND s.channel = messages.channel AND s.to_digest = messages.to_digest) AS suppressed"""
_CLAIM = text(f"""
    UPDATE messages SET state = 'sending', claimed_by = :claim, claimed_at = :now
    WHERE id IN (
        SELECT id FROM messages WHERE state = 'waiting' AND channel = :channel AND not_before <= :now
            AND (CAST(:campaigns AS bigint[]) IS NULL OR campaign_id = ANY(CAST(:campaigns AS bigint[])))
        ORDER BY is_urgent DESC, not_before LIMIT :batch FOR UPDATE SKIP LOCKED
    )
    RETURNING id, campaign_id, channel, kind, subject, to_sealed, to_digest, body_sealed, is_urgent,
              time_zone, created_at, not_before, expires_at, attempts, details, {_SUPPRESSED}
""")  # noqa: S608 - no value comes from outside
_SETTLE = """
    UPDATE messages SET state = :state, settled_at = :now, last_error = :error, claimed_by = NULL,
           details = details - 'in_flight',
           sent_at = CASE WHEN :state = 'sent' THEN :now ELSE sent_at END,
           to_sealed = CASE WHEN :state = 'failed' THEN to_sealed END,
           body_sealed = CASE WHEN :state = 'failed' THEN body_sealed END
    WHERE id = :id AND state IN ('sending', 'waiting')
"""
_SETTLE_TEXT = _SETTLE.replace(
    "details = details - 'in_flight'",
    """details = (details - 'in_flight') || CAST(:noted AS jsonb),
           provider_id = COALESCE(provider_id, CAST(:provider_id AS text)),
           delivery = COALESCE(delivery, CAST(:delivery AS text)),
           segments = COALESCE(CAST(:segments AS integer), segments),
           cost_micros = COALESCE(CAST(:cost_micros AS integer), cost_micros)""",
)
_PUT_BACK = """
    UPDATE messages SET state = 'waiting', not_before = :not_before, last_error = :error, claimed_by = NULL,
           details = (details - 'in_flight') || CAST(:noted AS jsonb)
    WHERE id = :id AND state = 'sending' AND claimed_by IN (:claim, 'lost:' || :claim)
"""
_START = f"""
    UPDATE messages SET details = details || '{{"in_flight": true}}', attempts = attempts + 1
    WHERE id = :next AND state = 'sending' AND claimed_by = :claim AND provider_id IS NULL
    RETURNING attempts, {_SUPPRESSED}
"""  # noqa: S608 - likewise
_SETTLE_FOR_THE_DEAD = text("""
    UPDATE messages SET state = 'sent', settled_at = :now, sent_at = :now, last_error = '',
           claimed_by = NULL, to_sealed = NULL, body_sealed = NULL,
           details = (details - 'in_flight') || '{"finished_by_hand": true}'
    WHERE id = :id AND state = 'sending' AND claimed_by IN (:claim, 'lost:' || :claim)
""")
_ALONE = {
    "settle": text(_SETTLE),
    "settle_text": text(_SETTLE_TEXT),
    "put_back": text(_PUT_BACK),
    "": text("SELECT 1"),
}
_AND_START = {
    "settle": text(f"WITH settled AS ({_SETTLE}) {_START}"),
    "settle_text": text(f"WITH settled AS ({_SETTLE_TEXT}) {_START}"),
    "put_back": text(f"WITH back AS ({_PUT_BACK}) {_START}"),
    "": text(_START),
}
_LET_GO = text("""
    UPDATE messages SET state = 'waiting', claimed_by = NULL, details = details - 'in_flight'
    WHERE state = 'sending' AND claimed_by IN (:claim, 'lost:' || :claim)
      AND id IS DISTINCT FROM CAST(:in_flight AS uuid)
""")
_CLAIMS = text("""
    SELECT DISTINCT claimed_by FROM messages WHERE state = 'sending' AND claimed_by NOT LIKE 'lost:%'
""")
_UNSENT_BACK = text("""
    UPDATE messages SET state = 'waiting', claimed_by = NULL
    WHERE state = 'sending' AND claimed_by = :claim AND NOT jsonb_exists(details, 'in_flight')
""")
_LOSE = text("""
    UPDATE messages SET claimed_by = 'lost:' || :claim, claimed_at = :now
    WHERE state = 'sending' AND claimed_by = :claim
""")
_LOST_BACK = text("""
    UPDATE messages SET
        state = CASE WHEN attempts >= :most THEN 'failed' ELSE 'waiting' END,
        settled_at = CASE WHEN attempts >= :most THEN :now END,
        last_error = 'The sender died while the server was asked; sent again under the same Message-ID.',
        details = (details - 'in_flight') || '{"orphaned": true}', claimed_by = NULL
    WHERE state = 'sending' AND channel = 'email' AND claimed_by LIKE 'lost:%' AND claimed_at <= :before
""")
_LOST_TEXTS_BACK = text("""
    UPDATE messages SET
        state = CASE WHEN provider_id IS NULL THEN 'waiting' ELSE 'sent' END,
        settled_at = CASE WHEN provider_id IS NOT NULL THEN :now END,
        sent_at = CASE WHEN provider_id IS NOT NULL THEN :now END,
        to_sealed = CASE WHEN provider_id IS NULL THEN to_sealed END,
        body_sealed = CASE WHEN provider_id IS NULL THEN body_sealed END,
        last_error = 'The sender died while the provider was asked; it is asked before a second try.',
        details = (details - 'in_flight') || jsonb_build_object(
            'orphaned', true, 'doubts', coalesce((details->>'doubts')::int, 0) + 1),
        claimed_by = NULL
    WHERE state = 'sending' AND channel = 'text' AND claimed_by LIKE 'lost:%' AND claimed_at <= :before
""")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message: settled for good in `state`, or waiting again until `not_before`.

    noted: added to the row's details, as JSON. accepted: what the provider of texts said.
    """

    id: uuid.UUID
    state: Literal["sent", "failed", "suppressed", "expired", "waiting"]
    error: str = ""
    not_before: datetime | None = None
    noted: str = "{}"
    accepted: Accepted | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """A message that may now be handed over. `suppressed`: the reason for which it must not, after all."""

    attempts: int
    suppressed: str | None


class ConnectionLost(ConnectionError):
    """The claim's connection broke: the answer is recorded and the rest of the batch is waiting again."""


class Claim:
    """The messages a sender holds. Each method that writes is one commit."""

    def __init__(self, connection: Connection, number: int) -> None:
        self.connection = connection
        self.name = str(number)
        self.in_flight: uuid.UUID | None = None

    def take(self, batch: int, channel: Channel = "email", campaigns: list[int] | None = None) -> list[Any]:
        """Claim up to `batch` messages of a channel that are due (of these campaigns, if given); the urgent
        first, then the oldest."""
        values = {
            "claim": self.name,
            "now": clock.now(),
            "batch": batch,
            "channel": channel,
            "campaigns": campaigns,
        }
        rows = self.connection.execute(_CLAIM, values).all()
        return sorted(rows, key=lambda row: (not row.is_urgent, row.not_before))

    def record(self, outcome: Outcome | None, start: uuid.UUID | None = None) -> Started | None:
        """Write an answer down and, in the same commit, mark the next message as in flight.

        Returns None where there is no next one, or where it is not ours any more. If the database is away
        the answer is written as soon as it is back, for RECORD_FOR_S; then raises ConnectionLost.
        """
        kind = "" if outcome is None else _kind(outcome)
        values = {} if outcome is None else _values(outcome, self.name)
        try:
            if start is None:
                if outcome is not None:
                    self.connection.execute(_ALONE[kind], values)
                row = None
            else:
                values |= {"next": start, "claim": self.name}
                row = self.connection.execute(_AND_START[kind], values).one_or_none()
        except DBAPIError as error:
            log.warning("database away while recording an answer; trying on")
            self._record_later(kind, values)
            raise ConnectionLost from error
        self.in_flight = start if row is not None else None
        return Started(row.attempts, row.suppressed) if row is not None else None

    def let_go(self) -> None:
        """What is left goes back, but for a message whose answer is not known."""
        values = {"claim": self.name, "in_flight": self.in_flight}
        _insist(lambda connection: connection.execute(_LET_GO, values), self.connection)

    def _record_later(self, kind: str, values: dict[str, Any]) -> None:
        def write(connection: Connection) -> None:
            connection.execute(_ALONE[kind], values)
            connection.execute(_LET_GO, {"claim": self.name, "in_flight": None})

        _insist(write, None)
        self.in_flight = None


@contextmanager
def claim() -> Iterator[Claim]:
    """A claim with its lock held; what it still holds at the end waits again."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        number = random_source.randbelow(2**62)
        connection.execute(text("SELECT pg_advisory_lock(:claim)"), {"claim": number})
        held = Claim(connection, number)
        try:
            yield held
        except ConnectionLost:
            raise  # all is written already
        except BaseException:
            held.let_go()
            raise
        else:
            held.let_go()
        finally:
            _unlock(connection, number)


def _unlock(connection: Connection, number: int) -> None:
    if connection.invalidated or connection.closed:
        return
    try:
        connection.execute(text("SELECT pg_advisory_unlock(:claim)"), {"claim": number})
    except DBAPIError:
        connection.invalidate()


def free_orphans() -> int:
    """Put back what dead senders had claimed. Returns how many messages wait again or are given up."""
    freed = 0
    with db.engine.begin() as connection:
        now = clock.now()
        for (name,) in connection.execute(_CLAIMS).all():
            if connection.scalar(text("SELECT pg_try_advisory_xact_lock(:claim)"), {"claim": int(name)}):
                freed += connection.execute(_UNSENT_BACK, {"claim": name}).rowcount
                connection.execute(_LOSE, {"claim": name, "now": now})
        before = now - timedelta(seconds=IN_DOUBT_S)
        lost = {"now": now, "before": before}
        freed += connection.execute(_LOST_BACK, lost | {"most": MOST_ATTEMPTS}).rowcount
        freed += connection.execute(_LOST_TEXTS_BACK, lost).rowcount
    if freed:
        log.warning("messages of a dead sender put back", extra={"messages": freed})
    return freed


def settle_for_the_dead(ticket: Ticket) -> None:
    """In a forked process: the server accepted this message, and the job that asked for it has died."""
    db.engine.dispose(close=False)  # the lines in the pool were the job's
    values = {"id": ticket.message_id, "claim": ticket.claim, "now": clock.now()}
    _insist(lambda connection: connection.execute(_SETTLE_FOR_THE_DEAD, values), None)


def _kind(outcome: Outcome) -> str:
    if outcome.state == "waiting":
        return "put_back"
    return "settle" if outcome.accepted is None and outcome.noted == "{}" else "settle_text"


def _values(outcome: Outcome, claim_name: str) -> dict[str, Any]:
    error = _without_addresses(outcome.error)[:500]
    if outcome.state == "waiting":
        return {
            "id": outcome.id,
            "not_before": outcome.not_before,
            "error": error,
            "noted": outcome.noted,
            "claim": claim_name,
        }
    values = {"id": outcome.id, "state": outcome.state, "now": clock.now(), "error": error}
    if _kind(outcome) == "settle_text":
        values |= asdict(outcome.accepted or Accepted(None)) | {"noted": outcome.noted}
    return values


def _without_addresses(words: str) -> str:
    """What a server said, for people to read: servers like to repeat the address or number they refuse."""
    return _ADDRESSES.sub("…", words)


def _insist(write: Callable[[Connection], Any], connection: Connection | None) -> None:
    """Write through this connection if it still works, else through new ones until one does."""
    if connection is not None and not connection.invalidated:
        try:
            write(connection)
            return
        except DBAPIError:
            pass
    give_up = time.monotonic() + RECORD_FOR_S
    while True:
        try:
            with db.engine.begin() as fresh:
                write(fresh)
            return
        except DBAPIError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.2)
