"""Simulated phones: they walk their doors, make reports, and send them the way real phones do, badly.

A phone makes each report's id itself, keeps the report, sends in batches, and lets go of it only when the
server names it in a receipt. On purpose some answers are lost after the server has acted, some batches go out
twice, and some phones send nothing before their walk is over.
"""

from __future__ import annotations

import http.client
import json
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import numpy as np

BATCH = 20
REPORTS_PATH = "/canvass/reports"

RESULTS = {
    "not_home": 0.640, "canvassed": 0.230, "left_literature": 0.040, "refused": 0.040, "inaccessible": 0.022,
    "moved": 0.012, "language_barrier": 0.009, "do_not_walk": 0.004, "deceased": 0.003,
}  # fmt: skip
"""Chances at a door. Contacts of 23 % lie in the 10 to 30 % that field guides report."""

MINUTES_AT_DOOR = {"canvassed": 4.0, "refused": 1.0, "language_barrier": 1.5}
_MINUTES_OTHERWISE = 0.7
_WALK_MINUTES = 1.1

Report = dict[str, Any]


class NoReceipt(Exception):
    """The request brought no receipts: no answer, an error, or a page that is not the server's word."""


class NotAllowed(Exception):
    """The server does not take reports with this token (any more)."""


@dataclass(frozen=True, slots=True)
class WalkList:
    """What a phone is handed: a turf, its doors in walking order, and the token that opens them.

    support: for each door the chance, 0 to 1, that a talk there finds a supporter; without it 0.5 everywhere.
    """

    turf: int | str
    doors: Sequence[int | str]
    token: str
    support: Mapping[int | str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Habits:
    """How badly things go. All shares from 0 to 1.

    lost_answer: batches whose answer is thrown away after the server acted. twice: batches sent again though
    receipted. late: phones without a network until the walk is over. skipped_doors: doors a canvasser does
    not get to. results: chance of each result, scaled to 1. pause_s: the first pause after a failure; it
    doubles up to 5 s. give_up_s: how long a phone keeps trying in real time after its walk.
    """

    lost_answer: float = 0.12
    twice: float = 0.15
    late: float = 0.30
    skipped_doors: float = 0.08
    results: Mapping[str, float] = field(default_factory=lambda: RESULTS)
    give_up_s: float = 30.0
    pause_s: float = 0.2


@dataclass(slots=True)
class Tally:
    """What phones did and were told. A report counts once in made, stored and refused.

    made: reports with different ids. posts: reports in all requests, repeats included. stored, known,
    refused: receipts by status as they were read. answers_lost, batches_twice: mishaps done on purpose. late:
    reports of phones that sent after the walk only. errors: failed requests. unreceipted: still kept at the
    end.
    """

    made: int = 0
    posts: int = 0
    requests: int = 0
    stored: int = 0
    known: int = 0
    refused: int = 0
    answers_lost: int = 0
    batches_twice: int = 0
    late: int = 0
    errors: int = 0
    unreceipted: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True, slots=True)
class Walked:
    """The end of one phone's day: what it made, what is still unreceipted, which were refused and why."""

    turf: int | str
    reports: tuple[Report, ...]
    unreceipted: tuple[Report, ...]
    refusals: dict[str, str]
    tally: Tally


Post = Callable[[Sequence[Report]], list[dict[str, Any]]]
"""Send reports, get receipts; raises NoReceipt or NotAllowed."""


def make_reports(
    walk: WalkList, starts_at: datetime, rng: np.random.Generator, habits: Habits
) -> list[Report]:
    """One report per visited door, in walking order, with the times a walk takes. ``starts_at`` is aware."""
    names = list(habits.results)
    chances = np.array(list(habits.results.values()))
    reached = [door for door in walk.doors if rng.random() >= habits.skipped_doors]
    results = rng.choice(names, len(reached), p=chances / chances.sum())
    now, reports = starts_at, []
    for door, result in zip(reached, map(str, results), strict=True):
        now += timedelta(minutes=float(rng.gamma(3.0, _WALK_MINUTES / 3.0)))
        now += timedelta(minutes=float(rng.gamma(4.0, MINUTES_AT_DOOR.get(result, _MINUTES_OTHERWISE) / 4.0)))
        reports.append(
            {
                "id": str(uuid.UUID(bytes=rng.bytes(16), version=4)),
                "turf": walk.turf,
                "door": door,
                "at": now.astimezone(UTC).isoformat(timespec="seconds"),
                "result": result,
                "answers": _answers(result, walk.support.get(door, 0.5), rng),
            }
        )
    return reports


def _answers(result: str, support: float, rng: np.random.Generator) -> dict[str, Any]:
    """Support from 1 (strong support) to 5 (strong oppose) where somebody talked."""
    if result != "canvassed":
        return {}
    is_for = rng.random() < support
    return {"support": int(rng.choice((1, 2, 3), p=(0.5, 0.33, 0.17)) if is_for else rng.choice((3, 4, 5)))}


class HttpPost:
    """Posts to a server over one kept-alive connection, token in the Authorization header.

    base_url: as http://127.0.0.1:5000. headers: more of them, when the server wants some. Only a 200 or 201
    with JSON receipts is a receipt; a redirect to a sign-in page is none.
    """

    def __init__(
        self, base_url: str, token: str, *, headers: Mapping[str, str] | None = None, timeout_s: float = 20.0
    ) -> None:
        self._url = urlsplit(base_url)
        self._headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Authorization": f"Bearer {token}",
            **(headers or {}),
        }
        self._timeout_s = timeout_s
        self._line: http.client.HTTPConnection | None = None

    def __call__(self, reports: Sequence[Report]) -> list[dict[str, Any]]:
        """Send one batch and return its receipts. Raises NoReceipt and NotAllowed."""
        try:
            status, body = self._request(json.dumps({"reports": list(reports)}).encode())
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise NoReceipt(str(error)) from error
        if status in (401, 403, 404, 410):
            raise NotAllowed(f"the server answered {status}")
        if status not in (200, 201):
            raise NoReceipt(f"the server answered {status}")
        try:
            return list(json.loads(body)["receipts"])
        except (ValueError, KeyError, TypeError) as error:
            raise NoReceipt("the answer holds no receipts") from error

    def close(self) -> None:
        """Hang up."""
        if self._line:
            self._line.close()
            self._line = None

    def _request(self, content: bytes) -> tuple[int, bytes]:
        if self._line is None:
            kind = http.client.HTTPSConnection if self._url.scheme == "https" else http.client.HTTPConnection
            self._line = kind(self._url.hostname or "", self._url.port, timeout=self._timeout_s)
        self._line.request("POST", self._url.path.rstrip("/") + REPORTS_PATH, content, self._headers)
        answer = self._line.getresponse()
        return answer.status, answer.read()


class Phone:
    """One canvasser's phone on one walk list."""

    def __init__(self, walk: WalkList, post: Post, *, seed: int, habits: Habits | None = None) -> None:
        self.walk = walk
        self.habits = habits or Habits()
        self.tally = Tally()
        self.refusals: dict[str, str] = {}
        self._post = post
        self._rng = np.random.default_rng(seed)
        self._outbox: dict[str, Report] = {}

    def walk_and_send(self, starts_at: datetime) -> Walked:
        """Walk the list and send until every report has its receipt, or until give_up_s have passed.

        Walking takes no real time: only the reports' times say how long it was.
        """
        reports = make_reports(self.walk, starts_at, self._rng, self.habits)
        self.tally.made = len(reports)
        is_late = bool(self._rng.random() < self.habits.late)
        self.tally.late = len(reports) if is_late else 0
        for report in reports:
            self._outbox[report["id"]] = report
            if not is_late and len(self._outbox) >= BATCH:
                self._flush_quietly()
        self._send_the_rest()
        self.tally.unreceipted = len(self._outbox)
        return Walked(
            self.walk.turf, tuple(reports), tuple(self._outbox.values()), dict(self.refusals), self.tally
        )

    def _send_the_rest(self) -> None:
        deadline, pause = time.monotonic() + self.habits.give_up_s, self.habits.pause_s
        while self._outbox:
            before = len(self._outbox)
            if not self._flush_quietly():
                return
            if len(self._outbox) < before:
                pause = self.habits.pause_s
            elif time.monotonic() > deadline:
                return
            else:
                time.sleep(pause)
                pause = min(pause * 2, 5.0)

    def _flush_quietly(self) -> bool:
        """Send what is kept, a batch at a time. False when the token no longer opens anything."""
        kept = list(self._outbox.values())
        try:
            for start in range(0, len(kept), BATCH):
                self._send(kept[start : start + BATCH])
        except NoReceipt:
            self.tally.errors += 1
        except NotAllowed:
            self.tally.errors += 1
            return False
        return True

    def _send(self, batch: list[Report]) -> None:
        """One batch with the mishaps that may befall it."""
        self.tally.requests += 1
        self.tally.posts += len(batch)
        receipts = self._post(batch)
        if self._rng.random() < self.habits.lost_answer:
            self.tally.answers_lost += 1
            return
        self._take(receipts)
        if self._rng.random() < self.habits.twice:
            self.tally.batches_twice += 1
            self.tally.requests += 1
            self.tally.posts += len(batch)
            self._take(self._post(batch))

    def _take(self, receipts: Iterable[dict[str, Any]]) -> None:
        """Let go of receipted reports; refused ones are put aside with their reason, for a person to see."""
        for receipt in receipts:
            status, report_id = receipt.get("status"), str(receipt.get("id"))
            if status == "stored":
                self.tally.stored += 1
            elif status == "known":
                self.tally.known += 1
            elif status == "refused":
                if report_id in self._outbox:
                    self.tally.refused += 1
                self.refusals[report_id] = str(receipt.get("reason") or "")
            else:
                continue  # not a receipt: keep the report
            self._outbox.pop(report_id, None)


def walk_all(
    walks: Sequence[WalkList], base_url: str, *, starts_at: datetime, seed: int = 2000,
    habits: Habits | None = None, at_once: int = 8, headers: Mapping[str, str] | None = None,
) -> list[Walked]:  # fmt: skip
    """Let a phone walk each list, several at once, and return what came of each, in the order given.

    The reports are the same for the same seed; which answers get lost is too, however the threads run.
    """

    def one(numbered: tuple[int, WalkList]) -> Walked:
        number, walk = numbered
        post = HttpPost(base_url, walk.token, headers=headers)
        try:
            return Phone(walk, post, seed=seed + number, habits=habits).walk_and_send(starts_at)
        finally:
            post.close()

    with ThreadPoolExecutor(max_workers=at_once) as pool:
        return list(pool.map(one, enumerate(walks)))


def total(walked: Iterable[Walked]) -> Tally:
    """All phones together."""
    return sum((w.tally for w in walked), Tally())
