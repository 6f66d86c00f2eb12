"""From the outbox to the server, each message once.

A sender claims a batch: the rows become `sending` and carry the number of an advisory lock that the
sender holds on its database connection. If the sender dies, its connection closes and the lock is
free that instant: whoever finds rows of a free lock puts them back. What the server accepted is
recorded at once, one commit a message. The only doubt left is a death between the server's answer
and that commit (one to three milliseconds): such an email goes out again under the same Message-ID,
such a text does not (docs/messages.md).
"""

from __future__ import annotations

import json
import logging
import secrets as random_source
import time as time_module
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from cryptography.fernet import InvalidToken
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from config import Config
from volunteer_hub.core import clock, secrets
from volunteer_hub.core.db import db
from volunteer_hub.messaging.quiet import next_allowed
from volunteer_hub.messaging.services import unsubscribe_path
from volunteer_hub.messaging.smtp import Mailer, Never, NotNow, envelope_of
from volunteer_hub.messaging.texts import TextProvider, provider_of

log = logging.getLogger(__name__)

BATCH = 100
MOST_ATTEMPTS = 12
ORPHAN_AFTER_S = 20.0
RECORD_FOR_S = 60.0

_CLAIM = text("""
    UPDATE messages SET state = 'sending', claimed_by = :claim, claimed_at = :now, attempts = attempts + 1
    WHERE id IN (
        SELECT id FROM messages WHERE state = 'waiting' AND not_before <= :now
        ORDER BY is_urgent DESC, not_before LIMIT :batch FOR UPDATE SKIP LOCKED
    )
    RETURNING id, campaign_id, channel, kind, subject, to_sealed, to_digest, body_sealed, is_urgent,
              time_zone, created_at, expires_at, attempts, details,
              EXISTS (SELECT 1 FROM suppressions s WHERE s.campaign_id = messages.campaign_id
                      AND s.channel = messages.channel AND s.to_digest = messages.to_digest) AS is_suppressed
""")
_SETTLE = text("""
    UPDATE messages SET state = :state, settled_at = :now, last_error = :error, claimed_by = NULL,
           sent_at = CASE WHEN :state = 'sent' THEN :now ELSE sent_at END,
           to_sealed = CASE WHEN :state = 'failed' THEN to_sealed END,
           body_sealed = CASE WHEN :state = 'failed' THEN body_sealed END
    WHERE id = :id AND state IN ('sending', 'waiting')
""")
_PUT_BACK = text("""
    UPDATE messages SET state = 'waiting', not_before = :not_before, last_error = :error, claimed_by = NULL,
           attempts = attempts - :uncount
    WHERE id = :id AND state = 'sending' AND claimed_by = :claim
""")
_CLAIMS = text("""
    SELECT DISTINCT claimed_by FROM messages WHERE state = 'sending' AND claimed_at < :before
""")
_ORPHANS_BACK = text("""
    UPDATE messages SET
        state = CASE WHEN channel = 'text' THEN 'failed' ELSE 'waiting' END,
        settled_at = CASE WHEN channel = 'text' THEN :now END,
        last_error = CASE WHEN channel = 'text'
            THEN 'The sender died while the provider was asked; a text is never risked twice.'
            ELSE 'The sender died; sent again under the same Message-ID.' END,
        details = details || '{"orphaned": true}', claimed_by = NULL
    WHERE state = 'sending' AND claimed_by = :claim
""")


@dataclass(slots=True)
class Tally:
    """What a round of sending did."""

    sent: int = 0
    failed: int = 0
    put_back: int = 0
    suppressed: int = 0

    @property
    def settled(self) -> int:
        return self.sent + self.failed + self.suppressed


def send_batch(config: Config, *, batch: int = BATCH) -> tuple[int, Tally]:
    """Claim up to `batch` messages that are due and send them: how many were claimed, and the tally."""
    tally = Tally()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        claim = random_source.randbelow(2**62)
        connection.execute(text("SELECT pg_advisory_lock(:claim)"), {"claim": claim})
        try:
            rows = connection.execute(_CLAIM, {"claim": str(claim), "now": clock.now(), "batch": batch}).all()
            sender = Sender(config, connection, str(claim), tally)
            try:
                for row in rows:
                    sender.send(row)
            finally:
                sender.close()
        finally:
            if not connection.invalidated and not connection.closed:
                connection.execute(text("SELECT pg_advisory_unlock(:claim)"), {"claim": claim})
    return len(rows), tally


def free_orphans() -> int:
    """Put back what dead senders had claimed. Returns how many messages."""
    freed = 0
    with db.engine.begin() as connection:
        before = clock.now() - timedelta(seconds=ORPHAN_AFTER_S)
        for (claim,) in connection.execute(_CLAIMS, {"before": before}).all():
            dead = connection.execute(
                text("SELECT pg_try_advisory_xact_lock(:claim)"), {"claim": int(claim)}
            ).scalar()
            if dead:
                freed += connection.execute(_ORPHANS_BACK, {"claim": claim, "now": clock.now()}).rowcount
    if freed:
        log.warning("messages of a dead sender put back", extra={"messages": freed})
    return freed


class Sender:
    """Sends the rows of one claim, recording each answer at once."""

    def __init__(self, config: Config, connection: Connection, claim: str, tally: Tally) -> None:
        self.config = config
        self.connection = connection
        self.claim = claim
        self.tally = tally
        self.mailer = Mailer(config.smtp_server) if config.smtp_server else None
        self.texts: TextProvider = provider_of(config)
        self.wait_until: dict[str, tuple[datetime, str]] = {}

    def close(self) -> None:
        if self.mailer:
            self.mailer.close()

    def send(self, row: Any) -> None:
        """Send one message, or settle or postpone it; never raises for what a server says."""
        now = clock.now()
        if row.is_suppressed and not row.is_urgent:
            return self._settle(row, "suppressed", "The recipient asked not to be written to.")
        if row.expires_at and row.expires_at <= now:
            return self._settle(row, "expired", "It was not worth sending any more.")
        quiet = [time.fromisoformat(each) for each in row.details["quiet"]]
        allowed = now if row.is_urgent else next_allowed(now, row.time_zone, quiet[0], quiet[1])
        if allowed > now:
            return self._put_back(row, allowed, "", uncount=1)
        if row.channel in self.wait_until:  # the server is out of reach: do not ask it a hundred times
            return self._put_back(row, *self.wait_until[row.channel], uncount=1)
        return self._hand_over(row)

    def _hand_over(self, row: Any) -> None:
        try:
            self._deliver(row)
        except Never as refusal:
            self._settle(row, "failed", str(refusal))
        except NotNow as wish:
            self._postpone(row, str(wish))
        except (InvalidToken, ValueError, KeyError) as error:
            self._settle(row, "failed", f"The message cannot be built: {type(error).__name__}")
        else:
            self._settle(row, "sent", "")

    def _deliver(self, row: Any) -> None:
        address, body = secrets.unseal(row.to_sealed), json.loads(secrets.unseal(row.body_sealed))
        if row.channel == "text":
            return self.texts.hand_over(str(row.id), address, body["text"])
        if self.mailer is None:
            raise NotNow("no mail server is set: give SMTP_URL")
        unsubscribe = self.config.base_url.rstrip("/") + unsubscribe_path(row.id)
        return self.mailer.hand_over(
            envelope_of(row, body, address, mail_from=self.config.mail_from, unsubscribe=unsubscribe)
        )

    def _postpone(self, row: Any, why: str) -> None:
        if row.attempts >= MOST_ATTEMPTS:
            return self._settle(row, "failed", f"Given up after {row.attempts} tries: {why}")
        until = clock.now() + timedelta(seconds=min(2.0**row.attempts, 900.0))
        if "cannot be reached" in why:
            self.wait_until[row.channel] = (until, why)
        return self._put_back(row, until, why, uncount=0)

    def _settle(self, row: Any, state: str, error: str) -> None:
        values = {"id": row.id, "state": state, "now": clock.now(), "error": error[:500]}
        self._record(lambda connection: connection.execute(_SETTLE, values))
        if state == "sent":
            self.tally.sent += 1
        elif state == "failed":
            self.tally.failed += 1
            log.warning(
                "message failed", extra={"message_id": str(row.id), "kind": row.kind, "error": error[:200]}
            )
        else:
            self.tally.suppressed += 1

    def _put_back(self, row: Any, not_before: datetime, error: str, *, uncount: int) -> None:
        values = {
            "id": row.id,
            "not_before": not_before,
            "error": error[:500],
            "claim": self.claim,
            "uncount": uncount,
        }
        self._record(lambda connection: connection.execute(_PUT_BACK, values))
        self.tally.put_back += 1

    def _record(self, write: Callable[[Connection], Any]) -> None:
        """Write an answer down. If the database is away, keep trying for a minute: it must not be forgotten."""
        try:
            write(self.connection)
            return
        except DBAPIError:
            log.warning("database away while recording an answer; trying on")
        give_up = time_module.monotonic() + RECORD_FOR_S
        while True:
            try:
                with db.engine.begin() as connection:
                    write(connection)
                break
            except DBAPIError:
                if time_module.monotonic() > give_up:
                    raise
                time_module.sleep(0.2)
        raise ConnectionLost


class ConnectionLost(ConnectionError):
    """The claim's connection broke: the answer is recorded, the rest of the batch goes back by itself."""
