"""The hand that gives emails to the mail server, apart from the job that writes their answers down.

Between a server's yes and our commit lie some milliseconds. A job killed in them would leave its message in
doubt, and an email in doubt goes out a second time. So the job lets a forked process talk to the server.
When the job dies, the hand finishes the message it holds, and if the server said yes it writes that down
itself, long before the message would be taken for lost (claims.IN_DOUBT_S). Only the death of both at one
moment, as in a power failure, leaves a doubt.

A process of its own only where the job is one too (jobs.is_own_process): a fork of a program with threads is
not safe. Elsewhere the hand is the Mailer itself.
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Protocol
from uuid import UUID

from config import SmtpServer
from volunteer_hub.core import jobs
from volunteer_hub.messaging.answers import Never, NotNow, Unanswered
from volunteer_hub.messaging.composing import Envelope
from volunteer_hub.messaging.smtp import Mailer
from volunteer_hub.supervise import orphans

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ticket:
    """Which message, and the claim under which it is handed over."""

    message_id: UUID
    claim: str


WriteDown = Callable[[Ticket], None]


class Hand(Protocol):
    """Hands emails over, one after the other."""

    def hand_over(self, envelope: Envelope, ticket: Ticket) -> None:
        """Returns when the server has accepted the message. Raises NotNow or Never when it has not."""

    def close(self, *, all_written: bool) -> None:
        """Say goodbye to the server. `all_written`: every answer was written down."""


@contextmanager
def hand_for(server: SmtpServer, write_down: WriteDown) -> Iterator[Hand]:
    """A hand for this server. `write_down`: what it does for an accepted message whose job has died."""
    hand: Hand = ForkedHand(server, write_down) if jobs.is_own_process() else OwnHand(server)
    try:
        yield hand
    except BaseException:
        hand.close(all_written=False)
        raise
    hand.close(all_written=True)


class OwnHand:
    """The Mailer in this process."""

    def __init__(self, server: SmtpServer) -> None:
        self._mailer = Mailer(server)

    def hand_over(self, envelope: Envelope, ticket: Ticket) -> None:
        del ticket
        self._mailer.hand_over(envelope)

    def close(self, *, all_written: bool) -> None:
        del all_written
        self._mailer.close()


class ForkedHand:
    """A process that outlives ours by the message it holds. Forked when it is first needed."""

    def __init__(self, server: SmtpServer, write_down: WriteDown) -> None:
        self._server, self._write_down = server, write_down
        self._line: Connection | None = None
        self._pid = 0

    def hand_over(self, envelope: Envelope, ticket: Ticket) -> None:
        line = self._line or self._fork()
        try:
            line.send((ticket, envelope))
            answer = line.recv()
        except (EOFError, OSError) as error:
            self.close(all_written=False)
            raise Unanswered("the process that talks to the mail server died") from error
        if answer is not None:
            raise answer

    def close(self, *, all_written: bool) -> None:
        if self._line is None:
            return
        if all_written:
            with suppress(OSError):
                self._line.send(None)
        self._line.close()
        self._line = None
        with suppress(ChildProcessError):
            os.waitpid(self._pid, 0)

    def _fork(self) -> Connection:
        self._line, theirs = Pipe()
        self._pid = os.fork()
        if not self._pid:
            _be_the_hand(theirs, self._server, self._write_down)
        theirs.close()
        return self._line


def _be_the_hand(line: Connection, server: SmtpServer, write_down: WriteDown) -> None:
    """The forked process, to its end: never returns."""
    code = 1
    try:
        os.setpgid(0, 0)  # RQ ends the job with its whole group
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
            signal.signal(number, signal.SIG_IGN)  # the job decides when we end
        _let_go_of_files(line.fileno())
        orphans.ask_for_time()
        accepted = _serve(line, Mailer(server))
        if accepted is not None:
            write_down(accepted)
        code = 0
    except BaseException:
        log.exception("the process that talks to the mail server failed")
    finally:
        os._exit(code)


def _serve(line: Connection, mailer: Mailer) -> Ticket | None:
    """Hand over what the job asks for. Returns the last message if it was accepted and the job died since.

    A next message, and the goodbye, say that the answer to the one before is written down.
    """
    accepted: Ticket | None = None
    with suppress(EOFError, OSError):
        while (asked := line.recv()) is not None:
            accepted = None
            ticket, envelope = asked
            answer = _answer(mailer, envelope)
            accepted = ticket if answer is None else None
            line.send(answer)
        accepted = None
    mailer.close()
    return accepted


def _answer(mailer: Mailer, envelope: Envelope) -> Exception | None:
    try:
        mailer.hand_over(envelope)
    except (NotNow, Never) as answer:
        return answer
    return None


def _let_go_of_files(kept: int) -> None:
    """The job's lines to the database and the queue are the job's alone: they must end with it.

    Their numbers stay taken, by nothing: an object inherited with one may close it at any time.
    """
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in _open_files():
        if number > 2 and number not in (kept, nothing):
            with suppress(OSError):
                os.dup2(nothing, number)


def _open_files() -> list[int]:
    for folder in ("/proc/self/fd", "/dev/fd"):
        with suppress(OSError):
            return [int(entry.name) for entry in Path(folder).iterdir()]
    return list(range(3, 256))
