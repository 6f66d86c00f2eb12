"""A mail server that takes everything and writes down what it took: a line for each, its Message-ID.

`python -m volunteer_hub.bench.reminders.sink FILE`: prints its port and runs until it is stopped. The line
is written before the server says that it has the message.
"""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import IO, Any

from aiosmtpd.smtp import SMTP, Envelope, Session

MESSAGE_ID = re.compile(rb"^message-id:\s*([^\r\n]+)", re.I | re.M)


class Counting:
    """Writes the Message-ID of each message into a file."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.content
        found = MESSAGE_ID.search(content.encode() if isinstance(content, str) else content or b"")
        self.file.write((found[1].strip() if found else b"?") + b"\n")
        self.file.flush()
        return "250 OK"


async def _serve(path: Path) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    with path.open("ab") as file:
        handler = Counting(file)

        def made() -> Any:
            return SMTP(handler, hostname="localhost", loop=loop, ident="reminders", enable_SMTPUTF8=True)

        server = await loop.create_server(made, "127.0.0.1", 0)
        sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
        sys.stdout.flush()
        await stop.wait()
        server.close()


class Arrivals:
    """What arrived so far, read on from where it was read last."""

    def __init__(self, path: Path) -> None:
        self.path, self._read, self._rest = path, 0, b""
        self.times: Counter[bytes] = Counter()

    def look(self) -> Arrivals:
        """Read what is new. `times`: how often each Message-ID came."""
        if self.path.exists():
            with self.path.open("rb") as file:
                file.seek(self._read)
                new = file.read()
            self._read += len(new)
            *whole, self._rest = (self._rest + new).split(b"\n")
            self.times.update(whole)
        return self

    @property
    def distinct(self) -> int:
        return len(self.times)

    @property
    def doubled(self) -> int:
        """Arrivals of a message beyond its first."""
        return self.times.total() - len(self.times)


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
