"""What happens in messaging."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class MessagesPosted:
    """Messages stand in the outbox. A thousand posts need one sender, so the fact has no fields."""

    start_options: ClassVar[dict[str, Any]] = {"delay_s": 1.0, "unless_waiting": "send-messages-soon"}


@dataclass(frozen=True, slots=True)
class UrgentMessagePosted:
    """Somebody waits for a message at this moment."""

    start_options: ClassVar[dict[str, Any]] = {"unless_waiting": "send-messages"}


@dataclass(frozen=True, slots=True)
class OptedOut:
    """Somebody said STOP or unsubscribed; whoever keeps consent withdraws it."""

    campaign_id: int
    channel: str
    to_digest_hex: str


@dataclass(frozen=True, slots=True)
class OptedIn:
    """Somebody said START after a STOP."""

    campaign_id: int
    channel: str
    to_digest_hex: str


@dataclass(frozen=True, slots=True)
class TextAnswered:
    """Somebody answered a text that asked them something with yes or no; queries.text_answer says what."""

    text_id: int
