"""The phone's side of sync (docs/sync.md) for simulated phones: an append-only log and what to send of it.

The same rules as static/behaviours/sync/, which real phones run.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

BATCH = 20


@dataclass(slots=True)
class PhoneLog:
    """Entries as text with the running hash after each. `received`: so many the server is known to hold."""

    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    texts: list[str] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)
    received: int = 0

    @property
    def unsent(self) -> list[str]:
        """What the server is not known to hold."""
        return self.texts[self.received :]

    def append(self, entry: Mapping[str, Any]) -> None:
        """Write an entry; it stays as it is for ever."""
        text = json.dumps(entry, separators=(",", ":"))
        self.hashes.append(_next(self.hash_after(len(self.texts)), text))
        self.texts.append(text)

    def hash_after(self, seq: int) -> str:
        """The running hash after entry `seq`, in hexadecimal; before the first, that of the log's id."""
        return self.hashes[seq - 1] if seq else hashlib.sha256(self.id.encode()).hexdigest()

    def batch(self, sent_at: datetime, most: int = BATCH) -> dict[str, Any] | None:
        """The next run of entries to post; None when the server has all."""
        texts = self.unsent[:most]
        if not texts:
            return None
        return {
            "log": self.id,
            "first": self.received + 1,
            "before": self.hash_after(self.received),
            "sent_at": sent_at.isoformat(),
            "entries": texts,
        }

    def settle(self, answer: Mapping[str, Any]) -> None:
        """Take the server at its word: its copy ends at `head`, if the hash there is ours.

        Else the two have parted: everything goes into a new log, where the ids keep it from counting twice.
        """
        head = answer["head"]
        if head <= len(self.texts) and answer["hash"] == self.hash_after(head):
            self.received = head
        else:
            self.begin_anew()

    def begin_anew(self) -> None:
        """The same entries in a log of another id."""
        texts = self.texts
        self.id, self.texts, self.hashes, self.received = str(uuid.uuid4()), [], [], 0
        for text in texts:
            self.append(json.loads(text))


def _next(before: str, text: str) -> str:
    return hashlib.sha256(bytes.fromhex(before) + text.encode()).hexdigest()
