"""What any provider of texts must do, whoever it is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Text:
    """One text as it leaves. `sender`: a number (E.164), a short code, or a messaging service's id.

    message_id: the row's id. callback: where the provider tells what became of it, or None.
    valid_s: worth delivering for so many seconds.
    """

    message_id: str
    number: str
    words: str
    sender: str = ""
    callback: str | None = None
    valid_s: int | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has it. `segments` and `cost_micros` (millionths of the account's currency) where it
    says."""

    provider_id: str | None
    delivery: str | None = None
    segments: int | None = None
    cost_micros: int | None = None


class TextProvider(Protocol):
    """Hands texts over, one at a time."""

    def hand_over(self, text: Text) -> Accepted:
        """Give one text away. Raises NotNow, OutOfReach, Busy, Never, Unsubscribed or NumberUnreachable
        when it was not accepted, and Unanswered when nobody can know.
        """

    def find(self, text: Text, *, since: datetime, others: Collection[str]) -> Accepted | None:
        """Was this text accepted after all? Looks among those given away since then for the same words to the
        same number that belong to none of `others` (ids of the provider). None: certainly not.

        Raises NotNow where no certain answer is to be had.
        """

    def close(self) -> None:
        """Hang up."""
