"""From the outbox to the provider of texts: at the line's pace, and never twice.

A text of which nobody knows whether the provider took it (no answer, or the sender died) carries `doubts`
in its details and waits ASK_AFTER_S. Then the provider is asked for it, by number, words and time; what it
named before belongs to other rows. Found: it was sent. Not found: it is handed over a second time. After a
second doubt it is only asked for, and given up when it is not found.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import InvalidToken
from sqlalchemy import text

from config import Config
from volunteer_hub.core import clock, secrets
from volunteer_hub.core.db import let_go, transaction
from volunteer_hub.messaging import claims, lines, pace, queries, services
from volunteer_hub.messaging.answers import Never, NotNow, NumberUnreachable, Unanswered, Unsubscribed
from volunteer_hub.messaging.claims import Claim, Outcome
from volunteer_hub.messaging.lines import Line
from volunteer_hub.messaging.quiet import seconds_until_quiet
from volunteer_hub.messaging.sending import ASKED_TO_STOP, BATCH, Delivery, Sender, Tally
from volunteer_hub.messaging.texts import Accepted, Text, TextProvider
from volunteer_hub.messaging.texts.segments import counted

ASK_AFTER_S = 120.0
ASK_AGAIN_S = 60.0
REST_S = 10.0
"""After a provider did not answer, the other texts of the batch wait so long."""
MOST_DOUBTS = 2


@dataclass(slots=True)
class Round:
    """What one round did. wait_s: seconds until a line with more to send has its next turn; None: no need."""

    claimed: int = 0
    tally: Tally = field(default_factory=Tally)
    wait_s: float | None = None


def send_round(config: Config, provider: TextProvider, *, batch: int = BATCH) -> Round:
    """On each line, send the texts that are due and whose turn it is. `provider` may serve many rounds."""
    done = Round()
    held = lines.lines(config)
    let_go()
    with claims.claim() as claim:
        for line in held:
            if _is_mine(claim, line):
                try:
                    _send_on(line, TextSender(config, claim, done.tally, line, provider), done, batch)
                finally:
                    _leave(claim, line)
    return done


def _send_on(line: Line, sender: TextSender, done: Round, batch: int) -> None:
    due = queries.count_due_texts(line.campaigns, at_most=batch, now=clock.now())
    let_go()
    turns = due if line.pace is None else _turns(line, line.pace, due, done)
    rows = sender.claim.take(turns, "text", list(line.campaigns)) if turns else []
    done.claimed += len(rows)
    if line.pace is not None:
        pace.give_back(line.sender, line.pace, turns - len(rows))
    sender.send_all(rows)


def _turns(line: Line, limit: pace.Pace, due: int, done: Round) -> int:
    """How many of the texts that are due may leave now; notes when the others may."""
    if not due:
        return 0
    now = clock.now()
    turns = pace.draw(line.sender, limit, due, now=now, today=line.day_of(now).date())
    if turns.wait_s is not None:
        done.wait_s = turns.wait_s if done.wait_s is None else min(turns.wait_s, done.wait_s)
    return turns.count


def _is_mine(claim: Claim, line: Line) -> bool:
    """One worker at a time speaks on a line, so that the others have their hands free for emails."""
    return line.pace is None or bool(
        claim.connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _key(line)})
    )


def _leave(claim: Claim, line: Line) -> None:
    if line.pace is not None and not claim.connection.invalidated:
        claim.connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _key(line)})


def _key(line: Line) -> int:
    digest = hashlib.sha256(f"text line {line.sender}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


class TextSender(Sender):
    """Hands the texts of one line to the provider."""

    def __init__(
        self, config: Config, claim: Claim, tally: Tally, line: Line, provider: TextProvider
    ) -> None:
        super().__init__(config, claim, tally)
        self.line = line
        self.provider = provider

    def build(self, row: Any) -> Delivery | Outcome:
        """How to hand this text over."""
        try:
            said = self._text(row)
        except (InvalidToken, ValueError, KeyError, TypeError) as error:
            return Outcome(row.id, "failed", f"The message cannot be built: {type(error).__name__}")

        def hand_over() -> Accepted:
            accepted = self.provider.hand_over(replace(said, valid_s=_valid_s(row)))
            return replace(accepted, segments=accepted.segments or counted(said.words).segments)

        return hand_over

    def without_asking(self, row: Any) -> Outcome | None:
        """A text in doubt is asked for before anything else is done with it."""
        if _doubts(row):
            known = self._asked_for(row)
            if known is not None:
                return known
        return super().without_asking(row)

    def in_doubt(self, row: Any, why: Unanswered, attempts: int) -> Outcome:
        """Nobody knows. Ask in a while; the others of the batch wait a moment too."""
        del attempts
        now = clock.now()
        self.wait_until = (now + timedelta(seconds=REST_S), str(why))
        noted = json.dumps({"unanswered": True, "doubts": _doubts(row) + 1})
        return Outcome(
            row.id, "waiting", str(why), not_before=now + timedelta(seconds=ASK_AFTER_S), noted=noted
        )

    def refused(self, row: Any, refusal: Never) -> Outcome:
        """What the provider knows of a number we know from now on."""
        noted = json.dumps({"code": refusal.code} if refusal.code else {})
        if isinstance(refusal, Unsubscribed):
            with transaction():
                services.opt_out(row.campaign_id, "text", row.to_digest, reason="stop", now=clock.now())
            return Outcome(row.id, "suppressed", ASKED_TO_STOP, noted=noted)
        if isinstance(refusal, NumberUnreachable):
            with transaction():
                services.mark_unreachable(row.campaign_id, row.to_digest, now=clock.now())
        return Outcome(row.id, "failed", str(refusal), noted=noted)

    def _asked_for(self, row: Any) -> Outcome | None:
        """Ask the provider whether it took this text; None when it certainly did not and may be given it."""
        others = queries.provider_ids(self.line.campaigns, row.to_digest, besides=row.id)
        let_go()
        try:
            accepted = self.provider.find(self._text(row), since=row.created_at, others=others)
        except (InvalidToken, ValueError, KeyError, TypeError) as error:
            return Outcome(row.id, "failed", f"The message cannot be built: {type(error).__name__}")
        except NotNow as wish:
            until = clock.now() + timedelta(seconds=ASK_AGAIN_S)
            return Outcome(row.id, "waiting", str(wish), not_before=until)
        if accepted is not None:
            return Outcome(row.id, "sent", accepted=accepted, noted='{"found": true}')
        if _doubts(row) >= MOST_DOUBTS:
            why = "Handed over twice without an answer, and not found at the provider."
            return Outcome(row.id, "failed", why, noted='{"not_found": true}')
        return None

    def _text(self, row: Any) -> Text:
        number, body = secrets.unseal(row.to_sealed), json.loads(secrets.unseal(row.body_sealed))
        callback = callback_url(self.config, row.id)
        return Text(str(row.id), number, body["text"], self.line.sender, callback)


def callback_url(config: Config, message_id: Any) -> str | None:
    """Where Twilio tells what became of a text. The row's id stands in it, so that even a text whose
    acceptance we never heard of makes itself known. None where Twilio could not reach us."""
    host = urlsplit(config.base_url).hostname
    if config.sms_provider != "twilio" or host in ("localhost", "127.0.0.1", "::1"):
        return None
    return f"{config.base_url.rstrip('/')}/texts/status?message={message_id}"


def _doubts(row: Any) -> int:
    return int(row.details.get("doubts", 0))


def _valid_s(row: Any) -> int | None:
    """Worth delivering until it expires or the night begins, whichever is first."""
    now = clock.now()
    quiet = [time.fromisoformat(each) for each in row.details["quiet"]]
    zones = [] if row.is_urgent else [row.time_zone, *row.details.get("zones", ())]
    ends = [seconds_until_quiet(now, zone, quiet[0], quiet[1]) for zone in zones]
    ends += [(row.expires_at - now).total_seconds()] if row.expires_at else []
    known = [each for each in ends if each is not None]
    return max(1, int(min(known))) if known else None
