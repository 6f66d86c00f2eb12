"""Whom a message goes to, as messaging knows them: an address, a channel, a language, a zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import Literal

Channel = Literal["email", "text"]


@dataclass(frozen=True, slots=True)
class Recipient:
    """One way to reach one person. Quiet hours are the campaign's, in the person's own zone."""

    channel: Channel
    address: str
    time_zone: str
    language: str = "en"
    name: str = ""
    person_id: int | None = None
    quiet_from: time = time(20, 30)
    quiet_until: time = time(8, 30)
    sender_name: str = ""
    reply_to: str | None = None
    postal_address: str | None = None
