"""A provider that sends nothing: it keeps texts in a file, for trials and the pages of caught messages."""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from volunteer_hub.messaging.texts.provider import Accepted, Text


class Recorder:
    """Writes texts to a file instead of sending them: one JSON line each."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "texts.jsonl"

    def hand_over(self, text: Text) -> Accepted:
        """Append one line; it stands in the file before this returns."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        kept = {"id": text.message_id, "to": text.number, "text": text.words}
        handle = os.open(self.path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            os.write(handle, (json.dumps(kept, ensure_ascii=False) + "\n").encode())
        finally:
            os.close(handle)
        return Accepted(None)

    def find(self, text: Text, *, since: datetime, others: Collection[str]) -> Accepted | None:
        """Is it in the file? The row's id says so for certain."""
        del since, others
        if not self.path.is_file():
            return None
        with self.path.open(encoding="utf-8") as written:
            known = any(json.loads(line)["id"] == text.message_id for line in written if line.endswith("\n"))
        return Accepted(None) if known else None

    def close(self) -> None:
        """Nothing is open."""
