"""Reads of what was caught instead of sent: emails of the embedded catcher, texts of the recorder.

Only messages of one campaign are found, by the ids of their rows. A message that lets its reader sign in is
told by its row alone and never opened, except by the person it was written to.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from config import Config
from volunteer_hub.core.db import db
from volunteer_hub.core.paging import Page, page_of
from volunteer_hub.core.refusals import NotFound
from volunteer_hub.messaging.catcher import Caught, MailFolder
from volunteer_hub.messaging.models import Message
from volunteer_hub.messaging.texts import Recorder

PER_PAGE = 25
SIGNS_IN = frozenset(("sign_in", "welcome", "new_email"))  # kinds whose links let somebody in


@dataclass(frozen=True, slots=True)
class Line:
    """A message that left, as the list shows it. `to` is empty where its content is no longer kept."""

    id: uuid.UUID
    kind: str
    channel: str
    subject: str
    sent_at: datetime | None
    person_id: int | None
    to: str = ""
    text: str = ""

    def is_for(self, viewer_id: int) -> bool:
        """May this viewer read what it says?"""
        return self.kind not in SIGNS_IN or self.person_id == viewer_id


@dataclass(frozen=True, slots=True)
class Letter:
    """One caught message, opened."""

    line: Line
    sender: str
    html: str
    attachments: tuple[str, ...]


def is_catching(config: Config) -> bool:
    """Is the embedded catcher the mail server? Then nothing leaves this machine."""
    server = config.smtp_server
    if server is None or server.host != "127.0.0.1":
        return False
    try:
        return int((_folder(config) / "port").read_text()) == server.port
    except (OSError, ValueError):
        return False


def lines(config: Config, campaign_id: int, *, page: int) -> Page[Line]:
    """What was caught in a campaign, newest first."""
    query = (
        select(Message.id, Message.kind, Message.channel, Message.subject, Message.sent_at, Message.person_id)
        .where(Message.campaign_id == campaign_id, Message.state == "sent")
        .order_by(Message.sent_at.desc(), Message.id)
    )
    if config.sms_provider != "recorder":
        query = query.where(Message.channel == "email")
    found = page_of(query, page, PER_PAGE)
    rows = [Line(*row) for row in found.rows]
    mails = _mails(config, {row.id for row in rows if row.channel == "email"})
    texts = _texts(config, {row.id for row in rows if row.channel == "text"})
    shown = [
        replace(row, to=_to(mails[row.id]))
        if row.id in mails
        else replace(row, to=texts[row.id]["to"], text=texts[row.id]["text"])
        if row.id in texts
        else row
        for row in rows
    ]
    return Page(shown, found.number, found.per_page, found.total)


def letter(config: Config, campaign_id: int, message_id: uuid.UUID, *, viewer_id: int) -> Letter:
    """One message that this viewer may read. Raises NotFound for all others."""
    row = db.session.execute(
        select(
            Message.id, Message.kind, Message.channel, Message.subject, Message.sent_at, Message.person_id
        ).where(Message.id == message_id, Message.campaign_id == campaign_id, Message.state == "sent")
    ).one_or_none()
    line = Line(*row) if row else None
    if line is None or not line.is_for(viewer_id):
        raise NotFound()
    if line.channel == "text":
        text = _texts(config, {line.id}).get(line.id) if config.sms_provider == "recorder" else None
        if text is None:
            raise NotFound()
        return Letter(replace(line, to=text["to"], text=text["text"]), "", "", ())
    mail = _mails(config, {line.id}).get(line.id)
    if mail is None:
        raise NotFound()
    names = tuple(each.get_filename() or "" for each in mail.message.iter_attachments())
    opened = replace(line, to=_to(mail), text=mail.text)
    return Letter(opened, str(mail.message["From"] or ""), mail.html, names)


def _folder(config: Config) -> Path:
    return config.var_dir / "mail"


def _to(mail: Caught) -> str:
    return ", ".join(each for each in mail.recipients if each)


def _mails(config: Config, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Caught]:
    domain = config.mail_from.rpartition("@")[2].strip(" >") or "localhost"
    found = MailFolder(_folder(config)).by_id(f"<{each}@{domain}>" for each in ids)
    return {uuid.UUID(key.strip("<>").partition("@")[0]): mail for key, mail in found.items()}


def _texts(config: Config, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[str, str]]:
    path, wanted = Recorder(config.var_dir / "texts").path, {str(each) for each in ids}
    if not wanted or not path.is_file():
        return {}
    with path.open(encoding="utf-8") as written:
        texts = (json.loads(line) for line in written if line.endswith("\n"))
        return {uuid.UUID(each["id"]): each for each in texts if each["id"] in wanted}
