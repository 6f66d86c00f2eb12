"""Simulated phones against a tiny server: whatever goes wrong, every report arrives once and none is lost."""

from __future__ import annotations

import json
import socket
import threading
import uuid
from collections import Counter
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from tests import patience
from volunteer_hub.demo.phones import (
    RESULTS,
    Habits,
    HttpPost,
    NoReceipt,
    NotAllowed,
    WalkList,
    make_reports,
    total,
    walk_all,
)

SATURDAY = datetime(2026, 10, 3, 14, 0, tzinfo=UTC)
CALM = Habits(lost_answer=0, twice=0, late=0, pause_s=0.01, give_up_s=patience.WAIT_S)
ROUGH = Habits(lost_answer=0.4, twice=0.4, late=0.5, pause_s=0.01, give_up_s=patience.WAIT_S)


class FakeHub(ThreadingHTTPServer):
    """Stores reports by id, as the program does, and can be told to misbehave before or after storing."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.stored: dict[str, dict] = {}
        self.batches: list[int] = []
        self.tokens: Counter[str] = Counter()
        self.mishaps: list[str] = []
        self.refused_doors: set[int] = set()
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def take(self, reports: list[dict]) -> list[dict]:
        with self.lock:
            self.batches.append(len(reports))
            return [self._one(report) for report in reports]

    def _one(self, report: dict) -> dict:
        if report["door"] in self.refused_doors:
            return {"id": report["id"], "status": "refused", "reason": "This door is not in your turf."}
        status = "known" if report["id"] in self.stored else "stored"
        self.stored.setdefault(report["id"], report)
        return {"id": report["id"], "status": status, "reason": None}


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.tokens[self.headers["Authorization"]] += 1
            mishap = self.server.mishaps.pop(0) if self.server.mishaps else ""
        if mishap in ("500", "401"):
            return self._say(int(mishap), b"{}")
        receipts = self.server.take(body["reports"])
        if mishap == "cut":
            self.close_connection = True
            return self.connection.shutdown(socket.SHUT_RDWR)
        if mishap == "sign-in page":
            return self._say(200, b"<html>Please sign in</html>")
        return self._say(200, json.dumps({"receipts": receipts}).encode())

    def _say(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Tests need no log."""


@pytest.fixture
def hub():
    with FakeHub() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def walks(count: int = 6, doors: int = 55) -> list[WalkList]:
    return [WalkList(n, range(1000 * n, 1000 * n + doors), f"token-{n}") for n in range(1, count + 1)]


def test_every_report_is_stored_once_although_answers_are_lost_and_batches_go_twice(hub):
    walked = walk_all(walks(), hub.url, starts_at=SATURDAY, habits=ROUGH)
    tally = total(walked)
    made = {report["id"] for one in walked for report in one.reports}
    assert set(hub.stored) == made
    assert len(made) == tally.made
    assert tally.unreceipted == 0
    assert tally.answers_lost > 0
    assert tally.batches_twice > 0
    assert tally.known > 0
    assert tally.posts > tally.made


def test_in_calm_weather_every_report_is_sent_once_in_batches_of_at_most_twenty(hub):
    tally = total(walk_all(walks(), hub.url, starts_at=SATURDAY, habits=CALM))
    assert tally.posts == tally.stored == tally.made == len(hub.stored)
    assert tally.known == tally.errors == 0
    assert max(hub.batches) <= 20
    assert set(hub.tokens) == {f"Bearer token-{n}" for n in range(1, 7)}


@pytest.mark.parametrize("mishap", ["500", "cut", "sign-in page"])
def test_an_answer_that_is_no_receipt_loses_nothing(hub, mishap):
    hub.mishaps = [mishap] * 3
    tally = total(walk_all(walks(1), hub.url, starts_at=SATURDAY, habits=CALM))
    assert tally.errors == 3
    assert tally.unreceipted == 0
    assert len(hub.stored) == tally.made


def test_a_refused_report_is_put_aside_with_its_reason_and_the_others_go_through(hub):
    hub.refused_doors = {1003}
    walk = WalkList(1, range(1000, 1010), "t")
    (walked,) = walk_all([walk], hub.url, starts_at=SATURDAY, habits=Habits(skipped_doors=0, pause_s=0.01))
    assert list(walked.refusals.values()) == ["This door is not in your turf."]
    assert walked.tally.refused == 1
    assert len(hub.stored) == 9
    assert walked.unreceipted == ()


def test_a_phone_whose_token_is_not_taken_keeps_its_reports(hub):
    hub.mishaps = ["401"] * 50
    (walked,) = walk_all(walks(1, doors=10), hub.url, starts_at=SATURDAY, habits=CALM)
    assert len(walked.unreceipted) == walked.tally.made > 0
    assert not hub.stored


def test_a_phone_without_a_server_gives_up_and_keeps_its_reports():
    quick = Habits(pause_s=0.01, give_up_s=0.1)
    (walked,) = walk_all(walks(1, doors=10), "http://127.0.0.1:9", starts_at=SATURDAY, habits=quick)
    assert len(walked.unreceipted) == walked.tally.made > 0


def test_no_answer_and_no_permission_are_told_apart(hub):
    post = HttpPost(hub.url, "t", timeout_s=patience.WAIT_S)
    hub.mishaps = ["401", "500"]
    with pytest.raises(NotAllowed):
        post([])
    with pytest.raises(NoReceipt):
        post([])
    assert post([]) == []
    post.close()


def test_reports_are_the_same_for_the_same_seed_and_plausible():
    walk = WalkList("A-1", [f"d{n}" for n in range(2_000)], "t", support={f"d{n}": 0.9 for n in range(2_000)})
    reports, again = (
        make_reports(walk, SATURDAY, np.random.default_rng(3), Habits(skipped_doors=0)) for _ in range(2)
    )
    assert reports == again
    assert len({uuid.UUID(r["id"]) for r in reports}) == 2_000
    assert all(uuid.UUID(r["id"]).version == 4 for r in reports)
    times = [datetime.fromisoformat(r["at"]) for r in reports]
    assert times == sorted(times)
    assert times[0].utcoffset().total_seconds() == 0
    an_hour = 2_000 / ((times[-1] - SATURDAY).total_seconds() / 3600)
    assert 15 <= an_hour <= 30  # doors an hour, sparse to dense
    shares = Counter(r["result"] for r in reports)
    assert shares["canvassed"] / 2_000 == pytest.approx(RESULTS["canvassed"], abs=0.03)
    talks = [r["answers"]["support"] for r in reports if r["result"] == "canvassed"]
    assert np.mean([s <= 2 for s in talks]) > 0.65
    assert all(r["answers"] == {} for r in reports if r["result"] != "canvassed")
