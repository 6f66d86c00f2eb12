"""A phone's log on the wire: a run of entries, each the text the phone wrote, chained by a running hash.

Pure: no database, no request. The protocol is on docs/sync.md.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from volunteer_hub.core.refusals import Refusal

MOST_ENTRIES = 100
LARGEST_SEQ = 1_000_000
SAME_CLOCK = timedelta(seconds=5)
"""Two clocks that differ by less tell the same time: the journey of a request takes as long."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries `first` to `last` of a log. before: the hash after entry `first` - 1, 32 bytes.

    sent_at: the phone's clock as it sent this; None when it did not say.
    """

    log: uuid.UUID
    first: int
    before: bytes
    sent_at: datetime | None
    texts: tuple[str, ...]

    @property
    def last(self) -> int:
        return self.first + len(self.texts) - 1

    def hash_after(self, seq: int) -> bytes:
        """The running hash after entry `seq`, which lies between `first` - 1 and `last`."""
        return chained(self.before, self.texts[: seq - self.first + 1])

    def after(self, seq: int) -> Batch:
        """What comes after entry `seq`."""
        skipped = seq - self.first + 1
        return Batch(self.log, seq + 1, self.hash_after(seq), self.sent_at, self.texts[skipped:])

    def clock_ahead(self, now: datetime) -> timedelta:
        """By how much the phone's clock is ahead of ours."""
        ahead = self.sent_at - now if self.sent_at else timedelta(0)
        return ahead if abs(ahead) >= SAME_CLOCK else timedelta(0)


def first_hash(log: uuid.UUID) -> bytes:
    """Where the chain of a log begins: the hash before its first entry."""
    return hashlib.sha256(str(log).encode()).digest()


def chained(before: bytes, texts: Iterable[str]) -> bytes:
    """The running hash after these entries: SHA-256 of the hash before and the entry's UTF-8 text."""
    for text in texts:
        before = hashlib.sha256(before + text.encode("utf-8", "surrogatepass")).digest()
    return before


def read_batch(body: bytes) -> Batch:
    """Check what a phone posted. Raises Refusal: such a request was made by no phone of ours."""
    try:
        raw = json.loads(body)
        texts, log = raw["entries"], uuid.UUID(raw["log"])
        first, before = raw["first"], bytes.fromhex(raw["before"])
        sent_at = _instant(raw.get("sent_at"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        raise Refusal(
            _("Send JSON: an object with log, first, before, sent_at and the list entries.")
        ) from None
    if not isinstance(texts, list) or not all(isinstance(each, str) for each in texts):
        raise Refusal(_("“entries” must be a list of texts."))
    if not 1 <= len(texts) <= MOST_ENTRIES:
        raise Refusal(_("Send 1 to %(most)s entries at once.", most=MOST_ENTRIES))
    is_number = isinstance(first, int) and not isinstance(first, bool)
    if not is_number or not 1 <= first <= LARGEST_SEQ or len(before) != hashlib.sha256().digest_size:
        raise Refusal(_("“first” must be a number from 1, and “before” a SHA-256 in hexadecimal."))
    return Batch(log, first, before, sent_at, tuple(texts))


def parsed(text: str) -> Any:
    """The entry as data; None when it is no JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _instant(value: Any) -> datetime | None:
    if value is None:
        return None
    at = datetime.fromisoformat(value)
    return at.astimezone(UTC) if at.tzinfo else None
