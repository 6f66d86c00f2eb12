"""The process that talks to the mail server finishes what it holds when the job dies, and says so itself."""

from __future__ import annotations

import os
import signal
import socketserver
import subprocess
import sys
import threading
import time
import uuid
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.patience import WAIT_S

JOB = """
import sys, time
from pathlib import Path
from config import SmtpServer
from volunteer_hub.core import jobs
from volunteer_hub.messaging.composing import Envelope
from volunteer_hub.messaging.hand import Ticket, hand_for
import uuid

port, folder, count, what = int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
jobs.note_own_process()

def write_down(ticket):
    (folder / "written").write_text(str(ticket.message_id))

envelope = Envelope("a@example.org", "b@example.org", b"Subject: x\\r\\n\\r\\nx\\r\\n")
with hand_for(SmtpServer("127.0.0.1", port, None, None, "none"), write_down) as hand:
    for number in range(count):
        ticket = Ticket(uuid.UUID(int=number + 1), "7")
        (folder / "asked").write_text(str(ticket.message_id))
        try:
            hand.hand_over(envelope, ticket)
        except Exception as error:
            (folder / "refused").write_text(type(error).__name__)
        (folder / "answered").write_text(str(ticket.message_id))
    if what == "fail":
        raise SystemExit(3)
    if what == "linger":
        time.sleep(60)
"""


class Server(socketserver.ThreadingTCPServer):
    """Speaks SMTP, and keeps its answer to the content back until `may_answer`."""

    allow_reuse_address, daemon_threads = True, True

    def __init__(self, answer: bytes = b"250 OK") -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.answer, self.got, self.may_answer = answer, threading.Semaphore(0), threading.Event()
        self.accepted = 0


class Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.say(b"220 hello")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self.say(b"354 go on")
                while self.rfile.readline() not in (b".\r\n", b""):
                    pass
                self.server.got.release()
                self.server.may_answer.wait(WAIT_S)
                self.server.accepted += self.server.answer.startswith(b"250")
                self.say(self.server.answer)
            elif verb == b"QUIT":
                self.say(b"221 bye")
                return
            else:
                self.say(b"250 fine")

    def say(self, words: bytes) -> None:
        self.wfile.write(words + b"\r\n")


@pytest.fixture
def server():
    with Server() as found:
        thread = threading.Thread(target=found.serve_forever, daemon=True)
        thread.start()
        yield found
        found.may_answer.set()
        found.shutdown()


@contextmanager
def job(server, folder, count=1, what=""):
    port = server.server_address[1]
    command = [sys.executable, "-c", JOB, str(port), str(folder), str(count), what]
    here = str(Path.cwd())
    process = subprocess.Popen(command, cwd=here, env={**os.environ, "PYTHONPATH": here})
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(holds):
    give_up = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.02)


def test_what_was_accepted_after_the_death_of_the_job_is_written_down(server, tmp_path):
    with job(server, tmp_path) as process:
        assert server.got.acquire(timeout=WAIT_S)
        process.send_signal(signal.SIGKILL)
        process.wait()
        server.may_answer.set()
        wait_for((tmp_path / "written").exists)
    assert (tmp_path / "written").read_text() == str(uuid.UUID(int=1))
    assert server.accepted == 1


def test_a_job_killed_before_it_wrote_the_answer_down_leaves_that_to_the_hand(server, tmp_path):
    server.may_answer.set()
    with job(server, tmp_path, count=3, what="linger") as process:
        wait_for(lambda: server.accepted == 3 and (tmp_path / "answered").read_text().endswith("3"))
        process.send_signal(signal.SIGKILL)
        process.wait()
        wait_for((tmp_path / "written").exists)
    assert (tmp_path / "written").read_text() == str(uuid.UUID(int=3))


def test_what_was_refused_is_left_to_the_next_try(tmp_path):
    with Server(b"451 later") as busy:
        threading.Thread(target=busy.serve_forever, daemon=True).start()
        with job(busy, tmp_path) as process:
            assert busy.got.acquire(timeout=WAIT_S)
            process.send_signal(signal.SIGKILL)
            process.wait()
            busy.may_answer.set()
            time.sleep(0.5)
        busy.shutdown()
    assert not (tmp_path / "written").exists()


@pytest.mark.parametrize(("what", "is_written"), [("", False), ("fail", True)])
def test_a_job_that_ends_well_has_written_all_itself(server, tmp_path, what, is_written):
    server.may_answer.set()
    with job(server, tmp_path, count=2, what=what) as process:
        assert process.wait(WAIT_S) == (3 if is_written else 0)
    assert server.accepted == 2
    assert (tmp_path / "written").exists() is is_written


def test_a_refusal_reaches_the_job_as_itself(tmp_path):
    with Server(b"550 nobody here") as server:
        server.may_answer.set()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with job(server, tmp_path) as process:
            assert process.wait(WAIT_S) == 0
        server.shutdown()
    assert (tmp_path / "refused").read_text() == "Never"
