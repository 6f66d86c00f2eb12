"""From the outbox to the server, each message once: what emails and texts have in common, and the emails.

A sender claims a batch (claims.py), builds its emails, and hands them over one after the other; what the
server answered is written down at once, one commit a message. The only doubt left is a death between the
server's answer and that commit (one to three milliseconds): such an email goes out again under the same
Message-ID; for such a text the provider is asked first (texting.py, docs/messages.md).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from cryptography.fernet import InvalidToken

from config import Config
from volunteer_hub.core import clock, jobs, secrets
from volunteer_hub.messaging import claims
from volunteer_hub.messaging.answers import Busy, Never, NotNow, OutOfReach, Unanswered
from volunteer_hub.messaging.claims import MOST_ATTEMPTS, Claim, Outcome
from volunteer_hub.messaging.composing import envelope_of
from volunteer_hub.messaging.hand import Hand, Ticket, hand_for
from volunteer_hub.messaging.quiet import next_allowed_in
from volunteer_hub.messaging.services import unsubscribe_path
from volunteer_hub.messaging.texts import Accepted

log = logging.getLogger(__name__)

BATCH = 100
LONGEST_WAIT_S = 900.0
LONGEST_WAIT_OUT_OF_REACH_S = 60.0
Delivery = Callable[[], Accepted | None]


ASKED_TO_STOP = "The recipient asked not to be written to."
WHY_SUPPRESSED = {"unreachable": "No text can reach this number."}


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

    def add(self, outcome: Outcome) -> None:
        """Count one message's outcome."""
        name = {"sent": "sent", "failed": "failed", "waiting": "put_back"}.get(outcome.state, "suppressed")
        setattr(self, name, getattr(self, name) + 1)


@contextmanager
def mail_hand(config: Config) -> Iterator[Hand | None]:
    """What gives emails to the mail server, for any number of batches; None where no server is set."""
    if config.smtp_server is None:
        yield None
        return
    with hand_for(config.smtp_server, claims.settle_for_the_dead) as hand:
        yield hand


def send_batch(config: Config, hand: Hand | None, *, batch: int = BATCH) -> tuple[int, Tally]:
    """Claim up to `batch` emails that are due and send them: how many were claimed, and the tally.

    Stops after the message at hand when the worker is asked to stop; the others wait again.
    """
    tally = Tally()
    with claims.claim() as claim:
        rows = claim.take(batch)
        MailSender(config, claim, tally, hand).send_all(rows)
    return len(rows), tally


class Sender:
    """Sends the rows of one claim, recording each answer at once."""

    def __init__(self, config: Config, claim: Claim, tally: Tally) -> None:
        self.config = config
        self.claim = claim
        self.tally = tally
        self.wait_until: tuple[datetime, str] | None = None
        self.kinds: dict[Any, str] = {}

    def build(self, row: Any) -> Delivery | Outcome:
        """How to hand this message over; an Outcome when it cannot be built."""
        raise NotImplementedError

    def in_doubt(self, row: Any, why: Unanswered, attempts: int) -> Outcome:
        """The server was asked and did not answer."""
        raise NotImplementedError

    def send_all(self, rows: list[Any]) -> None:
        """Send, settle or postpone each; never raises for what a server says.

        They are built first, so that between two of them there is only the network and a commit.
        """
        self.kinds = {row.id: row.kind for row in rows}
        built = [(row, self.build(row)) for row in rows]
        answer: Outcome | None = None
        for row, delivery in built:
            if jobs.is_stopping():
                break
            aside = self.without_asking(row)
            if aside is None and isinstance(delivery, Outcome):
                aside = delivery
            if aside is not None:
                self._write(answer)
                self._write(aside)
                answer = None
                continue
            assert not isinstance(delivery, Outcome)
            started = self.claim.record(answer, start=row.id)
            self._count(answer)
            answer = None
            if started is not None:
                answer = self._asked(row, started, delivery)
        self._write(answer)

    def _write(self, outcome: Outcome | None) -> None:
        if outcome is not None:
            self.claim.record(outcome)
            self._count(outcome)

    def _count(self, outcome: Outcome | None) -> None:
        if outcome is None:
            return
        self.tally.add(outcome)
        if outcome.state == "failed":
            log.warning(
                "message failed",
                extra={"message_id": str(outcome.id), "kind": self.kinds[outcome.id]},
            )

    def without_asking(self, row: Any) -> Outcome | None:
        """What a message needs no server for: not wanted, too late, night, or no server within reach."""
        now = clock.now()
        if row.suppressed and _honours_stop(row):
            return Outcome(row.id, "suppressed", WHY_SUPPRESSED.get(row.suppressed, ASKED_TO_STOP))
        if row.expires_at and row.expires_at <= now:
            return Outcome(row.id, "expired", "It was not worth sending any more.")
        quiet = [time.fromisoformat(each) for each in row.details["quiet"]]
        zones = [row.time_zone, *row.details.get("zones", ())]
        allowed = now if row.is_urgent else next_allowed_in(now, zones, quiet[0], quiet[1])
        if allowed > now:
            return Outcome(row.id, "waiting", not_before=allowed)
        if self.wait_until:  # the server is out of reach: do not ask it a hundred times
            until, why = self.wait_until
            return Outcome(row.id, "waiting", why, not_before=until)
        return None

    def _asked(self, row: Any, started: claims.Started, delivery: Delivery) -> Outcome:
        """Hand the message over and say what came of it."""
        if started.suppressed and _honours_stop(row):  # STOP came in while the batch was under way
            return Outcome(row.id, "suppressed", WHY_SUPPRESSED.get(started.suppressed, ASKED_TO_STOP))
        try:
            accepted = delivery()
        except Never as refusal:
            return self.refused(row, refusal)
        except Unanswered as why:
            return self.in_doubt(row, why, started.attempts)
        except NotNow as wish:
            return self.postponed(row, started.attempts, wish)
        return Outcome(row.id, "sent", accepted=accepted)

    def refused(self, row: Any, refusal: Never) -> Outcome:
        """The server said no for good."""
        return Outcome(row.id, "failed", str(refusal))

    def postponed(self, row: Any, attempts: int, wish: NotNow) -> Outcome:
        """Again after 2, 4, 8 … seconds. That a server is out of reach is never a reason to give up."""
        why = str(wish)
        if isinstance(wish, OutOfReach):
            wait_s = min(2.0 ** min(attempts, 10), LONGEST_WAIT_OUT_OF_REACH_S)
            if isinstance(wish, Busy) and wish.retry_after_s is not None:
                wait_s = min(wish.retry_after_s, LONGEST_WAIT_S)
            self.wait_until = (clock.now() + timedelta(seconds=wait_s), why)
            return Outcome(row.id, "waiting", why, not_before=self.wait_until[0])
        if attempts >= MOST_ATTEMPTS:
            return Outcome(row.id, "failed", f"Given up after {attempts} tries: {why}")
        until = clock.now() + timedelta(seconds=min(2.0**attempts, LONGEST_WAIT_S))
        noted = '{"unanswered": true}' if isinstance(wish, Unanswered) else "{}"
        return Outcome(row.id, "waiting", why, not_before=until, noted=noted)


class MailSender(Sender):
    """Hands emails to the mail server."""

    def __init__(self, config: Config, claim: Claim, tally: Tally, hand: Hand | None) -> None:
        super().__init__(config, claim, tally)
        self.hand = hand

    def in_doubt(self, row: Any, why: Unanswered, attempts: int) -> Outcome:
        """It goes out again under the same Message-ID."""
        return self.postponed(row, attempts, why)

    def build(self, row: Any) -> Delivery | Outcome:
        """The whole email, ready to go over the line."""
        try:
            address, body = secrets.unseal(row.to_sealed), json.loads(secrets.unseal(row.body_sealed))
            unsubscribe = self.config.base_url.rstrip("/") + unsubscribe_path(row.id)
            envelope = envelope_of(
                row, body, address, mail_from=self.config.mail_from, unsubscribe=unsubscribe
            )
        except (InvalidToken, ValueError, KeyError, TypeError) as error:
            return Outcome(row.id, "failed", f"The message cannot be built: {type(error).__name__}")
        if self.hand is None:
            return self.postponed(row, row.attempts, OutOfReach("no mail server is set: give SMTP_URL"))
        hand, ticket = self.hand, Ticket(row.id, self.claim.name)
        return lambda: hand.hand_over(envelope, ticket)


def _honours_stop(row: Any) -> bool:
    """Only an email that its reader asked for just now goes to who unsubscribed; a text never."""
    return not row.is_urgent or row.channel == "text"
