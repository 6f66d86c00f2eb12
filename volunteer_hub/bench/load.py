"""A small load generator: threads with kept-alive connections, each asking again when answered."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `good`: the status that counts as success."""

    method: str
    path: str
    headers: dict[str, str]
    body: str | None = None
    good: int = 200


@dataclass(slots=True)
class Answers:
    """What came back. Milliseconds per answered request, in the order they ended."""

    seconds: float = 0.0
    ms: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    good: int = 0
    bytes_each: int = 0

    @property
    def per_s(self) -> float:
        return self.good / self.seconds if self.seconds else 0.0

    def percentile_ms(self, share: float) -> float:
        """The time that this share (0 to 1) of the answers did not exceed."""
        ordered = sorted(self.ms)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def run(base_url: str, requests: Iterator[Request], *, clients: int, seconds: float) -> Answers:
    """Let `clients` clients draw from `requests` for that long. A closed loop, like wrk's."""
    answers, lock = Answers(), threading.Lock()
    began = time.monotonic()
    ends = began + seconds

    def draw() -> Request:
        with lock:
            return next(requests)

    threads = [
        threading.Thread(target=_client, args=(base_url, draw, ends, answers, lock)) for _ in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers.seconds = time.monotonic() - began
    return answers


def _client(
    base_url: str, draw: Callable[[], Request], ends: float, answers: Answers, lock: threading.Lock
) -> None:
    where = urlsplit(base_url)
    line = http.client.HTTPConnection(where.hostname or "127.0.0.1", where.port, timeout=TIMEOUT_S)
    try:
        while time.monotonic() < ends:
            request = draw()
            began = time.monotonic()
            line.request(request.method, request.path, request.body, request.headers)
            answer = line.getresponse()
            content = answer.read()
            taken_ms = (time.monotonic() - began) * 1000
            with lock:
                answers.ms.append(taken_ms)
                answers.statuses[answer.status] += 1
                answers.good += answer.status == request.good
                answers.bytes_each = len(content)
    finally:
        line.close()
