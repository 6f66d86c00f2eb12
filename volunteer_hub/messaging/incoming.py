"""Texts that come in: STOP, START and HELP are honoured here; a yes or no is announced; the rest a person
reads.

A reply belongs to the campaign whose line it came by. Where several share a line, to the one that wrote to
this number last; a STOP counts for all of them, because the carriers block the whole line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from config import Config
from volunteer_hub.core import secrets
from volunteer_hub.core.db import announce, db
from volunteer_hub.core.display import in_language
from volunteer_hub.messaging import lines, queries, services
from volunteer_hub.messaging.facts import TextAnswered
from volunteer_hub.messaging.models import IncomingText
from volunteer_hub.messaging.texts import words
from volunteer_hub.messaging.texts.words import Meant

HELPED_FOR = timedelta(hours=24)
KEEP_WORDS = timedelta(days=90)
"""What somebody wrote is read by people for so long; then only what it meant is kept."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One text as the provider brings it. `to`: the number or service it came by; `decided`: what the
    provider itself took it for, acted upon and answered (its own STOP, START or HELP, in words that we may
    not know)."""

    provider_id: str
    number: str
    to: tuple[str, ...]
    body: str
    decided: Meant | None = None


def receive(text: Incoming, config: Config, *, now: datetime) -> str:
    """Take a text in, once, and do what it says. Returns the answer to send back at once, or the empty
    string."""
    digest = services.digest_of("text", text.number)
    line = _campaigns_by_line(text, config)
    shared = line or _all_campaigns(config)
    last = queries.last_text_to(shared, digest)
    campaign_id = last.campaign_id if last else (shared[0] if len(shared) == 1 else None)
    asked = queries.open_question(campaign_id, digest, now) if campaign_id else None
    is_stopped = campaign_id is not None and services.is_suppressed(campaign_id, "text", text.number)
    meant = text.decided or words.meaning(text.body, was_asked=asked is not None, is_stopped=is_stopped)
    is_riddle = meant in ("confirm", "cancel") and queries.is_of_several(shared, digest, last, now)
    meant = "other" if is_riddle else meant
    is_first = campaign_id is not None and not queries.was_helped(
        campaign_id, digest, now - HELPED_FOR, besides=text.provider_id
    )
    if campaign_id is not None and text.provider_id:
        _keep(text, campaign_id, digest, meant, asked, last.person_id if last else None, now)
    _honour(meant, line or queries.campaigns_that_wrote_to(shared, digest) or shared, digest, now)
    if text.decided:
        return ""
    with in_language("es" if words.is_spanish(text.body) else last.language if last else "en"):
        if is_riddle:
            return _several()
        return _answer(meant, campaign_id, config, asked=asked, is_first_riddle=is_first)


def note_answered(text_id: int, *, now: datetime) -> None:
    """Somebody, or the program, has answered this text or need not."""
    db.session.execute(
        update(IncomingText)
        .where(IncomingText.id == text_id, IncomingText.answered_at.is_(None))
        .values(answered_at=now)
    )


def forget_old_words(*, now: datetime) -> int:
    """Blank what people wrote longer ago than KEEP_WORDS. Returns how many texts."""
    statement = (
        update(IncomingText)
        .where(IncomingText.at < now - KEEP_WORDS, IncomingText.body_sealed.is_not(None))
        .values(body_sealed=None, from_sealed=None)
    )
    return int(db.session.execute(statement).rowcount)  # type: ignore[attr-defined]


def _campaigns_by_line(text: Incoming, config: Config) -> list[int]:
    """Of the line it came by; empty where that is not known."""
    came_by = [line for line in lines.lines(config) if line.sender and line.sender in text.to]
    return [each for line in came_by for each in line.campaigns]


def _all_campaigns(config: Config) -> list[int]:
    return [each for line in lines.lines(config) for each in line.campaigns]


def _keep(
    text: Incoming,
    campaign_id: int,
    digest: bytes,
    meant: Meant,
    asked: str | None,
    person_id: int | None,
    now: datetime,
) -> None:
    """Store it, once; announce a yes or no. What the program answers itself nobody needs to read."""
    is_answer = meant in ("confirm", "cancel")
    text_id = db.session.scalar(
        insert(IncomingText)
        .values(
            campaign_id=campaign_id,
            provider_id=text.provider_id,
            person_id=person_id,
            from_digest=digest,
            from_sealed=secrets.seal(text.number),
            body_sealed=secrets.seal(text.body[:1600]),
            meant=meant,
            about=asked if is_answer else None,
            at=now,
            answered_at=now if meant in ("stop", "start", "help") else None,
        )
        .on_conflict_do_nothing(index_elements=["campaign_id", "provider_id"])
        .returning(IncomingText.id)
    )
    if text_id is not None and is_answer:
        announce(TextAnswered(text_id))


def _honour(meant: Meant, campaigns: Sequence[int], digest: bytes, now: datetime) -> None:
    """For every campaign of the line, whether it ever wrote or not: the carriers block the whole line."""
    for campaign_id in campaigns if meant in ("stop", "start") else ():
        if meant == "stop":
            services.opt_out(campaign_id, "text", digest, reason="stop", now=now)
        else:
            services.opt_in(campaign_id, "text", digest)


def _answer(
    meant: Meant, campaign_id: int | None, config: Config, *, asked: str | None, is_first_riddle: bool
) -> str:
    """What goes back at once. A yes or no is answered when it has taken effect; the same riddle only once
    a day."""
    if meant == "stop":
        return _("You are unsubscribed and will get no more texts. Reply START to hear from us again.")
    if meant == "start":
        return _("You will get our texts again. Reply STOP to end them.")
    if meant == "help":
        return _help(campaign_id, config)
    if meant == "other" and asked and is_first_riddle:
        return _(
            "We could not read that. Reply C if you come, X if you cannot. Somebody will read your words."
        )
    if meant == "other" and is_first_riddle:
        return _("Thank you. Somebody will read your words. Reply STOP to end texts.")
    return ""


def _several() -> str:
    return _(
        "Several people have this number, and we cannot tell whose shift you mean. Please answer on your own "
        "page, or write your name: somebody will read your words."
    )


def _help(campaign_id: int | None, config: Config) -> str:
    card = lines.campaign_card(campaign_id) if campaign_id else None
    if card is None:
        return _("Texts about your volunteer shifts. Reply STOP to end them.")
    return _(
        "%(campaign)s: texts about your volunteer shifts. Questions: %(contact)s. Reply STOP to end them.",
        campaign=card.name,
        contact=card.contact or config.base_url,
    )
