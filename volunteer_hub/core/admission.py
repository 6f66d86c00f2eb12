"""When more comes than this machine can take, some are told at once to come back, instead of all waiting.

Without a bound, requests queue until whoever sent them has given up; they are worked on all the same, those
who gave up ask again, and a minute's rush becomes an hour's. Phones keep what they have and try again.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

MOST_BYTES = 1024 * 1024
RETRY_AFTER_S = (2, 6)
_BUSY = {"error": "Very many phones report at this moment. Nothing is lost; try again in a few seconds."}

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Admission:
    """A WSGI application that lets `running` requests of one path run at once and `waiting` more wait.

    Whoever comes then is answered 503 with a Retry-After in whole seconds. Other paths pass.
    """

    def __init__(self, application: Wsgi, path: str, *, running: int, waiting: int) -> None:
        self._application, self._path = application, path
        self._places = threading.BoundedSemaphore(running + waiting)
        self._turns = threading.BoundedSemaphore(running)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO") != self._path:
            return self._application(environ, start_response)
        if not self._places.acquire(blocking=False):
            return _come_back(environ, start_response)
        try:
            with self._turns:
                return self._application(environ, start_response)
        finally:
            self._places.release()


def _come_back(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    # unread, the body would make the kernel break the line off before the answer has arrived
    environ["wsgi.input"].read(min(int(environ.get("CONTENT_LENGTH") or 0), MOST_BYTES))
    body, status = json.dumps(_BUSY).encode(), HTTPStatus.SERVICE_UNAVAILABLE
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Retry-After", str(random.randint(*RETRY_AFTER_S))),
    ]
    start_response(f"{status.value} {status.phrase}", headers)
    return [body]
