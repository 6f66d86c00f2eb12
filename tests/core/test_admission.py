"""Phones' reports in a rush: a bound on how many wait, an answer at once for the rest, pages untouched."""

from __future__ import annotations

import io
import json
import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from volunteer_hub.core.admission import Admission
from volunteer_hub.supervise import processes


class SlowApplication:
    """Answers when `let_go` is set, and counts who is in it."""

    def __init__(self) -> None:
        self.let_go, self.inside, self.most, self.lock = threading.Event(), 0, 0, threading.Lock()

    def __call__(self, _environ, start_response):
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self.let_go.wait(20)
        with self.lock:
            self.inside -= 1
        start_response("200 OK", [])
        return [b"stored"]


@pytest.fixture
def slow():
    application = SlowApplication()
    yield application
    application.let_go.set()


def ask(application, path: str = "/log", body: bytes = b"{}") -> tuple[int, dict[str, str], bytes]:
    told = {}
    environ = {"PATH_INFO": path, "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
    answer = b"".join(
        application(environ, lambda status, headers: told.update(status=status, headers=headers))
    )
    assert environ["wsgi.input"].read() in (b"", body)
    return int(told["status"][:3]), dict(told["headers"]), answer


def test_so_many_run_so_many_wait_and_the_rest_is_asked_to_come_back(slow):
    admission = Admission(slow, "/log", running=2, waiting=1)
    with ThreadPoolExecutor(3) as pool:
        taken: list[Future] = [pool.submit(ask, admission) for _ in range(3)]
        assert processes.wait_until(lambda: slow.inside == 2 and not admission._places._value, within_s=20)
        status, headers, body = ask(admission)
        assert status == 503
        assert 1 <= int(headers["Retry-After"]) <= 10
        assert "Nothing is lost" in json.loads(body)["error"]
        slow.let_go.set()
        assert [each.result()[0] for each in taken] == [200, 200, 200]
    assert slow.most == 2
    assert ask(admission)[0] == 200


def test_other_pages_pass_whatever_waits(slow):
    admission = Admission(slow, "/log", running=1, waiting=0)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(ask, admission)
        assert processes.wait_until(lambda: slow.inside == 1, within_s=20)
        page = pool.submit(ask, admission, "/shifts")
        assert processes.wait_until(lambda: slow.inside == 2, within_s=20)
        slow.let_go.set()
        assert first.result()[0] == page.result()[0] == 200


def test_a_fault_inside_gives_its_place_back():
    def broken(_environ, _start_response):
        raise ZeroDivisionError

    admission = Admission(broken, "/log", running=1, waiting=0)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            ask(admission)
