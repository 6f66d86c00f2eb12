"""What the processes print: kept in files that roll over, and passed through with the process's name."""

from __future__ import annotations

import logging
import sys
import threading
from collections import deque
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

FILE_BYTES = 10 * 1024**2
FILES_KEPT = 3
_LONGEST_LINE = 64 * 1024


class Pump(threading.Thread):
    """Reads one process's output to its end; `last_words` holds its latest lines.

    Everything goes to `folder`/NAME.log; lines are also shown on standard error when `shown`.
    """

    def __init__(self, name: str, pipe: IO[bytes], log: logging.Handler, *, shown: bool) -> None:
        super().__init__(name=f"pump-{name}", daemon=True)
        self.process_name, self.pipe, self.log, self.shown = name, pipe, log, shown
        self._last: deque[str] = deque(maxlen=30)

    @property
    def last_words(self) -> str:
        """The latest lines, one string."""
        return "\n".join(self._last)

    def run(self) -> None:
        """Until the process and its children have closed the pipe."""
        with self.pipe:
            while line := self.pipe.readline(_LONGEST_LINE):
                text = line.decode(errors="replace").rstrip("\r\n")
                self._last.append(text)
                self.log.emit(logging.makeLogRecord({"msg": text}))
                if self.shown:
                    tell(self.process_name, text)


def log_file(folder: Path, name: str) -> RotatingFileHandler:
    """`folder`/NAME.log, three older files of 10 MB kept beside it, for us alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = RotatingFileHandler(
        folder / f"{name}.log",
        maxBytes=FILE_BYTES,
        backupCount=FILES_KEPT,
        encoding="utf-8",
        errors="replace",
    )
    handler.setFormatter(logging.Formatter("%(message)s"))
    return handler


def tell(name: str, text: str) -> None:
    """One line on standard error, with who says it; a closed terminal is no reason to stop."""
    try:
        sys.stderr.write(f"{name:<10}| {text}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        pass
