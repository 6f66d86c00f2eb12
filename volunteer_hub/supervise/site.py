"""A whole running program in a block: for the demo's lap and for tests that kill its parts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from volunteer_hub.supervise import processes
from volunteer_hub.supervise.embedded import make_var, read_status
from volunteer_hub.supervise.processes import Command, ServiceError

LONGEST_START_S = 300.0
LONGEST_STOP_S = 90.0


class Site:
    """`volunteer-hub run` as a process of its own, seen through the status it writes."""

    def __init__(self, process: subprocess.Popen[bytes], var_dir: Path, output: Path) -> None:
        self.process, self.var_dir, self.output = process, var_dir, output

    @property
    def status(self) -> dict[str, Any]:
        """pid, state, base_url, urls, processes; empty before the first word and after the end."""
        return read_status(self.var_dir) or {}

    @property
    def base_url(self) -> str:
        """Where the pages are."""
        return str(self.status["base_url"])

    @property
    def database_url(self) -> str:
        """The database in use, given or embedded."""
        return str(self.status["urls"]["database_url"])

    @property
    def redis_url(self) -> str:
        """The queue in use, given or embedded."""
        return str(self.status["urls"]["redis_url"])

    @property
    def mail_folder(self) -> Path:
        """Where the embedded mail catcher keeps messages."""
        return self.var_dir / "mail"

    def pid(self, name: str) -> int | None:
        """The process id of "postgres", "valkey", "mail", "worker" or "web"; None while it is down."""
        found = self.status.get("processes", {}).get(name)
        return int(found) if found else None

    def wait_until_ready(self, *, within_s: float = LONGEST_START_S) -> None:
        """Until every part has answered. Raises ServiceError with what the supervisor said last."""

        def is_settled() -> bool:
            return self.process.poll() is not None or self.status.get("state") == "ready"

        if not processes.wait_until(is_settled, within_s=within_s) or self.process.poll() is not None:
            raise ServiceError(f"Volunteer Hub did not start. It said last:\n{self.last_words()}")

    def kill(self, name: str) -> int:
        """Kill a part as a crash would; returns the process id it had."""
        pid = self.pid(name)
        if pid is None:
            raise ServiceError(f"{name} is not running")
        os.kill(pid, signal.SIGKILL)
        return pid

    def wait_until_restarted(self, name: str, old_pid: int, *, within_s: float = 30.0) -> float:
        """Seconds until `name` runs again as another process."""
        began = time.monotonic()
        if not processes.wait_until(lambda: self.pid(name) not in (None, old_pid), within_s=within_s):
            raise ServiceError(f"{name} was not started again within {within_s:.0f} s.\n{self.last_words()}")
        return time.monotonic() - began

    def last_words(self) -> str:
        """The end of what the supervisor and its parts printed."""
        return self.output.read_text(errors="replace")[-3000:]

    def stop(self) -> int:
        """Ask it to stop, as Ctrl-C does; returns its exit code."""
        processes.stop(self.process, (signal.SIGINT,), (LONGEST_STOP_S,))
        return int(self.process.wait())


@contextmanager
def running_site(environ: Mapping[str, str], *, command: tuple[str, ...] = ("run",)) -> Iterator[Site]:
    """Start `volunteer-hub run` with these variables on top of ours, yield when ready, stop at the end.

    VAR_DIR must be among them. What it prints goes to VAR_DIR/log/supervisor.log. Should we be killed
    inside the block, it stops by itself (Linux).
    """
    var_dir = Path(environ["VAR_DIR"]).absolute()
    output = var_dir / "log" / "supervisor.log"
    make_var(var_dir)
    with output.open("ab") as file:
        args = (sys.executable, "-m", "volunteer_hub.cli", *command)
        process = processes.start(Command(args, env={**os.environ, **environ}), output=file)
    site = Site(process, var_dir, output)
    try:
        site.wait_until_ready()
        yield site
    finally:
        site.stop()
