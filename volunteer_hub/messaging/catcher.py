"""An SMTP server that delivers nothing: it keeps every message as a file, for trials and the demo's pages.

Runs on loopback, as its own process (``python -m volunteer_hub.messaging.catcher``) or inside another. A
message is answered with 250 only after its file stands under its final name, so what the sender was told is
kept is kept, also when the catcher is killed the moment after. Knows nothing of the web or the database.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import itertools
import os
import re
import signal
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

MAX_BYTES = 5_000_000
_HEADER_ID = re.compile(rb"^message-id:\s*(?P<id>[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.I | re.M)


class MailFolder:
    """Caught messages as files: new/ holds them, tmp/ those being written. Names sort by arrival.

    A file is called <nanoseconds>.<process>-<count>.<digest of the Message-ID>.eml; so counting distinct
    messages reads names only. Several readers may look on while one catcher writes.
    """

    def __init__(self, folder: Path) -> None:
        self.new = folder / "new"
        self._tmp = folder / "tmp"
        for place in (self.new, self._tmp):
            place.mkdir(parents=True, exist_ok=True)
        self._count = itertools.count()

    def keep(self, content: bytes, *, sender: str, recipients: list[str]) -> str:
        """Write one message atomically and return its name. The envelope goes into two X- headers on top."""
        name = f"{time.time_ns()}.{os.getpid()}-{next(self._count)}.{digest(message_id(content))}.eml"
        envelope = f"X-Envelope-From: {_line(sender)}\r\nX-Envelope-To: {_line(', '.join(recipients))}\r\n"
        part = self._tmp / name
        part.write_bytes(envelope.encode("utf-8") + content)
        part.rename(self.new / name)
        return name

    def names(self) -> list[str]:
        """All messages' names, oldest first."""
        return sorted(entry.name for entry in os.scandir(self.new) if entry.name.endswith(".eml"))

    def count(self) -> int:
        """How many messages arrived, repeats counted each time."""
        return len(self.names())

    def count_distinct(self) -> int:
        """How many different Message-IDs arrived. A message without one counts by its content."""
        return len({name.rsplit(".", 2)[1] for name in self.names()})

    def repeats(self) -> dict[str, int]:
        """Digest and number of every message that arrived more than once; empty when all is well."""
        digests = sorted(name.rsplit(".", 2)[1] for name in self.names())
        counted = {key: len(list(group)) for key, group in itertools.groupby(digests)}
        return {key: number for key, number in counted.items() if number > 1}

    def has(self, wanted_id: str) -> bool:
        """Whether a message with this Message-ID arrived."""
        return any(self.new.glob(f"*.{digest(wanted_id)}.eml"))

    def read(self, name: str) -> Caught:
        """One message by its name. Raises FileNotFoundError, or ValueError for a name that is not ours."""
        if not re.fullmatch(r"\d+\.\d+-\d+\.[0-9a-f]{20}\.eml", name):
            raise ValueError(f"{name!r} is not the name of a caught message")
        content = (self.new / name).read_bytes()
        parsed = message_from_bytes(content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return Caught(name, int(name.split(".", 1)[0]) / 1e9, parsed)

    def by_id(self, wanted_ids: Iterable[str]) -> dict[str, Caught]:
        """Messages by their Message-IDs, of those that arrived; one look into the folder for all."""
        wanted = {digest(each): each for each in wanted_ids}
        names = (
            {key: name for name in self.names() if (key := name.rsplit(".", 2)[1]) in wanted}
            if wanted
            else {}
        )
        return {wanted[key]: self.read(name) for key, name in names.items()}

    def latest(self, limit: int = 50, *, skip: int = 0, to: str | None = None) -> list[Caught]:
        """Messages newest first; with ``to`` only those whose envelope names that address."""
        return list(itertools.islice(self._newest(to), skip, skip + limit))

    def _newest(self, to: str | None) -> Iterator[Caught]:
        for name in reversed(self.names()):
            caught = self.read(name)
            if to is None or to.lower() in caught.recipients:
                yield caught

    def clear(self) -> int:
        """Throw all caught messages away and say how many there were."""
        names = self.names()
        for name in names:
            (self.new / name).unlink(missing_ok=True)
        return len(names)


@dataclass(frozen=True, slots=True)
class Caught:
    """One caught message. received_at is in seconds since 1970 (UTC)."""

    name: str
    received_at: float
    message: EmailMessage

    @property
    def message_id(self) -> str:
        """The Message-ID header with its angle brackets, or the empty string."""
        return str(self.message["Message-ID"] or "").strip()

    @property
    def subject(self) -> str:
        """The subject, decoded."""
        return str(self.message["Subject"] or "")

    @property
    def recipients(self) -> tuple[str, ...]:
        """The envelope's addresses in lower case."""
        return tuple(parseaddr(a)[1].lower() for a in str(self.message["X-Envelope-To"] or "").split(","))

    @property
    def text(self) -> str:
        """The plain-text part, or the empty string."""
        part = self.message.get_body(("plain",))
        return str(part.get_content()) if part else ""

    @property
    def html(self) -> str:
        """The HTML part, or the empty string."""
        part = self.message.get_body(("html",))
        return str(part.get_content()) if part else ""


def message_id(content: bytes) -> bytes:
    """The Message-ID of a raw message, unfolded; the digest of its bytes when it has none."""
    head = content.split(b"\r\n\r\n", 1)[0]
    found = _HEADER_ID.search(head)
    identity = b"".join(found["id"].split()) if found else b""
    return identity or hashlib.sha256(content).hexdigest().encode()


def digest(identity: bytes | str) -> str:
    """Twenty hex digits that stand for a Message-ID in a file name."""
    raw = identity.encode() if isinstance(identity, str) else identity
    return hashlib.sha256(raw.strip()).hexdigest()[:20]


def _line(text: str) -> str:
    return " ".join(text.split())


@dataclass(slots=True)
class Faults:
    """Mishaps to come, for tests. Each message uses up one; first refusals, then drops.

    refuse: answer so many messages 451 and keep nothing. drop: keep so many, each time cutting the line
    without an answer: the sender cannot know. refuse_until: also answer 451 before this time.monotonic().
    """

    refuse: int = 0
    drop: int = 0
    refuse_until: float = 0.0

    def take_refusal(self) -> bool:
        """Whether this message is refused; uses up one of ``refuse``."""
        if self.refuse > 0:
            self.refuse -= 1
            return True
        return time.monotonic() < self.refuse_until

    def take_drop(self) -> bool:
        """Whether the line is cut after this message; uses up one of ``drop``."""
        if self.drop > 0:
            self.drop -= 1
            return True
        return False


class _Handler:
    """aiosmtpd's hooks; the camel case and the argument order are its own."""

    def __init__(self, folder: MailFolder, faults: Faults) -> None:
        self.folder = folder
        self.faults = faults

    async def handle_EHLO(
        self,
        server: SMTP,  # noqa: ARG002 (theirs)
        session: Session,
        envelope: Envelope,  # noqa: ARG002 (theirs)
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        """Commands are read line by line, so several may come at once."""
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002 (theirs)
        if self.faults.take_refusal():
            return "451 4.3.2 Try again later"
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self.folder.keep(content, sender=envelope.mail_from or "", recipients=list(envelope.rcpt_tos))
        if self.faults.take_drop():
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            raise ConnectionResetError("the line was cut on purpose, after the message was kept")
        return "250 2.0.0 Kept"


class Catcher:
    """The catcher inside this process, in a thread of its own; a context manager."""

    def __init__(
        self, folder: Path, *, host: str = "127.0.0.1", port: int = 0, faults: Faults | None = None
    ) -> None:
        self.mail = MailFolder(folder)
        self.faults = faults or Faults()
        self._controller = _controller(self.mail, self.faults, host, port)

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens, once started."""
        return _listening_at(self._controller)

    def __enter__(self) -> Catcher:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()


class _Controller(Controller):
    """aiosmtpd's, except that port 0 is allowed: the system then chooses a free one."""

    def _trigger_server(self) -> None:
        if self.port == 0:
            _, self.port = _listening_at(self)
        super()._trigger_server()  # type: ignore[no-untyped-call]


def _listening_at(controller: Controller) -> tuple[str, int]:
    assert isinstance(controller.server, asyncio.Server)
    host, port = controller.server.sockets[0].getsockname()[:2]
    return str(host), int(port)


def _controller(folder: MailFolder, faults: Faults, host: str, port: int) -> Controller:
    return _Controller(
        _Handler(folder, faults),
        hostname=host,
        port=port,
        data_size_limit=MAX_BYTES,
        enable_SMTPUTF8=True,
        ident="Volunteer Hub mail catcher",
        server_hostname="catcher.localhost",
    )


async def serve(folder: Path, host: str, port: int, faults: Faults) -> None:
    """Run until SIGTERM or SIGINT. Raises OSError when the port is taken."""
    loop = asyncio.get_running_loop()
    handler = _Handler(MailFolder(folder), faults)
    server = await loop.create_server(
        lambda: SMTP(
            handler,
            data_size_limit=MAX_BYTES,
            enable_SMTPUTF8=True,
            ident="Volunteer Hub mail catcher",
            hostname="catcher.localhost",
            loop=loop,
        ),
        host=host,
        port=port,
    )
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    print(f"catching mail on {host}:{server.sockets[0].getsockname()[1]}", flush=True)  # noqa: T201
    async with server:
        await stop.wait()


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m volunteer_hub.messaging.catcher", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("var/mail"), help="where messages are kept")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=2525, help="0 lets the system choose")
    parser.add_argument("--refuse", type=int, default=0, metavar="N", help="refuse the first N (for trials)")
    parser.add_argument(
        "--drop", type=int, default=0, metavar="N", help="keep N, then cut the line (for trials)"
    )
    given = parser.parse_args(arguments)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(given.folder, given.host, given.port, Faults(given.refuse, given.drop)))


if __name__ == "__main__":
    main()
