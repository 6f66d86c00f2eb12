"""What messaging forgets of a person who is erased: the outbox, texts that came in, caught mail and texts.

Rows stay for counts and costs, with nothing that says who it was. Only the suppression of somebody who said
STOP stays, as a keyed digest that nobody can read back: it keeps us from writing to them ever again.
"""

from __future__ import annotations

import json
import logging
import re
import uuid
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.fernet import InvalidToken
from flask import current_app
from sqlalchemy import (
    BigInteger,
    ColumnClause,
    DateTime,
    Text,
    and_,
    cast,
    column,
    literal,
    or_,
    select,
    table,
    update,
)

from volunteer_hub.core import secrets
from volunteer_hub.core.db import db
from volunteer_hub.core.erasing import Leaving, scrub
from volunteer_hub.messaging import services
from volunteer_hub.messaging.catcher import MailFolder
from volunteer_hub.messaging.models import IncomingText, Message

log = logging.getLogger(__name__)

GONE = b"erased"
# Messaging lies below people: of them it reads these few columns and knows no more.
_PEOPLE = table(
    "people",
    column("id", BigInteger),
    column("campaign_id", BigInteger),
    column("email", Text),
    column("phone", Text),
    column("erased_at", DateTime(timezone=True)),
)
_AT_ONCE = 500


def erase(who: Leaving, *, now: datetime) -> None:
    """Forget what was written to this person, what they wrote, and what other messages say of them."""
    digests = _own_digests(who)
    _blank_outbox(who, digests, now)
    _blank_incoming(who, digests)
    scrub(
        Message.subject, Message.last_error, Message.details,
        pattern=who.anywhere, where=(Message.campaign_id == who.campaign_id,), needles=who.needles,
    )  # fmt: skip
    _strike_out_of_waiting(who)
    forget_files(who, has_own_number=services.digest_of("text", who.phone or "") in digests)


def _own_digests(who: Leaving) -> list[bytes]:
    """Of the addresses that nobody else has: a family may share a number, and what went there to others, or
    came from them, stays."""
    mine = {"email": who.email, "text": who.phone}
    columns = {"email": _PEOPLE.c.email, "text": _PEOPLE.c.phone}
    return [
        services.digest_of(channel, address)
        for channel, address in mine.items()
        if address and not _has_another(columns[channel], address, who)
    ]


def _has_another(column: ColumnClause[Any], address: str, who: Leaving) -> bool:
    query = select(_PEOPLE.c.id).where(
        _PEOPLE.c.campaign_id == who.campaign_id,
        _PEOPLE.c.id != who.person_id,
        _PEOPLE.c.erased_at.is_(None),
        column == address,
    )
    return db.session.scalar(query.limit(1)) is not None


def forget_settled(person_ids: Iterable[int]) -> int:
    """Blank messages to people who are erased, which a sender had in hand when they went.

    Returns how many are still in a sender's hands.
    """
    mine = Message.person_id.in_(list(person_ids))
    settled = select(Message.id).where(mine, Message.state != "sending")
    ids = list(db.session.scalars(settled))
    if ids:
        db.session.execute(update(Message).where(Message.id.in_(ids)).values(**_blank()))
        _forget_letters(ids)
    return len(db.session.scalars(select(Message.id).where(mine)).all())


def _blank() -> dict[str, Any]:
    return {
        "person_id": None,
        "to_sealed": None,
        "to_digest": GONE,
        "body_sealed": None,
        "subject": "",
        "last_error": "",
        "details": {},
        "provider_id": None,
    }


def _blank_outbox(who: Leaving, digests: list[bytes], now: datetime) -> None:
    """Stop what waits, blank what is settled; what is being sent just now is left to its sender."""
    of_nobody = and_(Message.person_id.is_(None), Message.to_digest.in_(digests))
    theirs = or_(Message.person_id == who.person_id, of_nobody)
    mine = (Message.campaign_id == who.campaign_id, theirs)
    _forget_letters(list(db.session.scalars(select(Message.id).where(*mine))))
    db.session.execute(
        update(Message).where(*mine, Message.state == "waiting").values(state="expired", settled_at=now)
    )
    db.session.execute(update(Message).where(*mine, Message.state != "sending").values(**_blank()))


def _blank_incoming(who: Leaving, digests: list[bytes]) -> None:
    """A text is stored once by its provider's id, so the row stays, under an id that says nothing."""
    of_nobody = and_(IncomingText.person_id.is_(None), IncomingText.from_digest.in_(digests))
    theirs = or_(IncomingText.person_id == who.person_id, of_nobody)
    db.session.execute(
        update(IncomingText)
        .where(IncomingText.campaign_id == who.campaign_id, theirs)
        .values(
            person_id=None,
            provider_id=literal("erased-") + cast(IncomingText.id, Text),
            from_digest=GONE,
            from_sealed=None,
            body_sealed=None,
        )
        .execution_options(synchronize_session=False)
    )


def _strike_out_of_waiting(who: Leaving) -> None:
    """Words about the person in what still waits for others: unsealed, struck out, sealed again."""
    waiting = select(Message.id, Message.body_sealed).where(
        Message.campaign_id == who.campaign_id,
        Message.state == "waiting",
        Message.body_sealed.is_not(None),
    )
    pattern = re.compile(who.anywhere, re.IGNORECASE)
    for message_id, sealed in db.session.execute(waiting.execution_options(yield_per=_AT_ONCE)).all():
        try:
            body = json.loads(secrets.unseal(sealed or b""))
        except InvalidToken:
            continue  # of another secret key; nobody can read it
        struck = _struck_out(body, pattern)
        if struck != body:
            db.session.execute(
                update(Message)
                .where(Message.id == message_id, Message.state == "waiting")
                .values(body_sealed=secrets.seal(json.dumps(struck)))
            )


def _struck_out(value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return pattern.sub("–", value)
    if isinstance(value, dict):
        return {key: _struck_out(each, pattern) for key, each in value.items()}
    return value


def forget_files(who: Leaving, *, has_own_number: bool = True) -> None:
    """Caught mail and recorded texts that went to this person, or tell of them. They exist in trials only."""
    folder = _mail_folder()
    if (folder / "new").is_dir():
        caught = MailFolder(folder)
        for name in caught.names():
            mail = caught.read(name)
            words = "\n".join(
                (*map(str, mail.message.values()), mail.text, mail.html, _attached(mail.message))
            )
            if who.is_named_in(words):
                (caught.new / name).unlink(missing_ok=True)
    _blank_texts(
        lambda line: bool(
            re.search(who.anywhere, f"{line['to'] if has_own_number else ''} {line['text']}", re.IGNORECASE)
        )
    )


def _attached(message: Any) -> str:
    return "\n".join(str(part.get_content()) for part in message.iter_attachments())


def _forget_letters(ids: list[uuid.UUID]) -> None:
    """The caught copies of these messages."""
    folder = _mail_folder()
    if ids and (folder / "new").is_dir():
        caught = MailFolder(folder)
        domain = _config().mail_from.rpartition("@")[2].strip(" >") or "localhost"
        for mail in caught.by_id(f"<{each}@{domain}>" for each in ids).values():
            (caught.new / mail.name).unlink(missing_ok=True)
    wanted = {str(each) for each in ids}
    if wanted:
        _blank_texts(lambda line: line["id"] in wanted)


def _blank_texts(is_meant: Any) -> None:
    """Blank lines of the recorder's file where they stand, as long as they are: it may be written to now."""
    path = _config().var_dir / "texts" / "texts.jsonl"
    if not path.is_file():
        return
    with path.open("r+b") as file:
        at = 0
        for raw in file.readlines():
            if raw.endswith(b"\n"):
                line = json.loads(raw)
                if line.get("to") and is_meant(line):
                    file.seek(at)
                    file.write(_emptied(line, len(raw)))
            at += len(raw)


def _emptied(line: dict[str, Any], length: int) -> bytes:
    short = json.dumps({"id": line["id"], "to": "", "text": ""}).encode()
    return short.ljust(length - 1) + b"\n"


def _mail_folder() -> Path:
    return _config().var_dir / "mail"


def _config() -> Any:
    return current_app.extensions["vh_config"]
