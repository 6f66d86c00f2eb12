"""Structured logs: one JSON object a line, with the request id that travels into jobs.

Log ids, counts and states. Names and addresses never go into a log.
"""

from __future__ import annotations

import json
import logging
import re
import uuid
from contextvars import ContextVar
from datetime import UTC, datetime

request_id: ContextVar[str] = ContextVar("request_id", default="")

_STANDARD = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class JsonLines(logging.Formatter):
    """Renders a record and its `extra` fields as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "says": record.getMessage(),
        }
        if request_id.get():
            line["request_id"] = request_id.get()
        line |= {key: value for key, value in record.__dict__.items() if key not in _STANDARD}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


class TextLines(logging.Formatter):
    """The same for a terminal: the words first, then the extra fields as name=value."""

    def format(self, record: logging.LogRecord) -> str:
        extra = {key: value for key, value in record.__dict__.items() if key not in _STANDARD}
        if request_id.get():
            extra["request_id"] = request_id.get()
        return " ".join([super().format(record), *(f"{key}={value}" for key, value in extra.items())])


def set_up(level: str = "INFO", *, as_json: bool = True) -> None:
    """Send the program's log to standard error. Called at the edges (web, worker, CLI), never at import."""
    handler = logging.StreamHandler()
    handler.setFormatter(
        JsonLines() if as_json else TextLines("%(asctime)s %(levelname)s %(name)s: %(message)s")
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("rq").setLevel(logging.WARNING)


def new_request_id(offered: str | None = None) -> str:
    """The id a proxy gave us if it is well formed, else a new one."""
    return offered if offered and _ACCEPTABLE_ID.fullmatch(offered) else uuid.uuid4().hex
