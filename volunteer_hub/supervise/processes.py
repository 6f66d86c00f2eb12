"""Starting, recognising and stopping processes, and finding ports: what every service here needs."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil

from volunteer_hub.supervise.accounts import Account

_LAUNCH = Path(__file__).with_name("launch.py")


class ServiceError(RuntimeError):
    """A service cannot be started or used; the message is a sentence that says how to mend it."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command line and how to run it.

    `account`: whom to become (only root may). `death_signal`: what the kernel sends the process when
    we die without a chance to stop it (Linux). `env` replaces the environment when given.
    """

    args: tuple[str, ...]
    cwd: Path | None = None
    env: Mapping[str, str] | None = None
    account: Account | None = None
    death_signal: int = signal.SIGTERM


def start(command: Command, *, output: int | IO[Any] | None) -> subprocess.Popen[bytes]:
    """Start the command in a session of its own, so that Ctrl-C reaches us alone.

    The death signal follows the thread that starts the process, so it is asked for in the main thread only.
    """
    lasting = threading.current_thread() is threading.main_thread()
    options = [
        "--parent",
        str(os.getpid()),
        "--death-signal",
        str(int(command.death_signal) if lasting else 0),
    ]
    if command.account:
        options += ["--uid", str(command.account.uid), "--gid", str(command.account.gid)]
    return subprocess.Popen(  # noqa: S603 - our own command lines, no shell
        [sys.executable, "-I", "-S", str(_LAUNCH), *options, "--", *command.args],
        cwd=command.cwd,
        env=command.env,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def run(command: Command, *, timeout_s: float = 120) -> str:
    """Run a short command to its end and return what it printed; ServiceError when it fails."""
    process = start(command, output=subprocess.PIPE)
    try:
        printed = process.communicate(timeout=timeout_s)[0].decode(errors="replace")
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise ServiceError(f"{Path(command.args[0]).name} did not finish within {timeout_s:.0f} s.") from None
    if process.returncode:
        raise ServiceError(f"{Path(command.args[0]).name} failed: {printed.strip()[-2000:]}")
    return printed


def stop(
    process: subprocess.Popen[bytes] | psutil.Process, signals: tuple[int, ...], waits_s: tuple[float, ...]
) -> None:
    """Send each signal in turn and give the process that long to go; at the end, kill it."""
    for number, wait_s in zip((*signals, signal.SIGKILL), (*waits_s, 10.0), strict=True):
        try:
            process.send_signal(number)
            process.wait(wait_s)
        except (psutil.NoSuchProcess, ProcessLookupError):
            return
        except (subprocess.TimeoutExpired, psutil.TimeoutExpired):
            continue
        return


def running_in(folder: Path, name: str, pid: int | None = None) -> list[psutil.Process]:
    """Our processes: those called `name` whose working folder is `folder` (or only `pid`, if it is one).

    A pid in a file may by now belong to somebody else; the working folder of a server cannot.
    """
    found = []
    for process in psutil.process_iter() if pid is None else _process(pid):
        try:
            if process.name() == name and Path(process.cwd()) == folder and process.status() != "zombie":
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def _process(pid: int) -> list[psutil.Process]:
    try:
        return [psutil.Process(pid)]
    except (psutil.Error, ValueError, OverflowError):
        return []


def kept_port(path: Path, say: Callable[[str], None]) -> int:
    """The port remembered in `path`, if it is free on 127.0.0.1; else a free one, remembered from now on."""
    remembered = _remembered(path)
    if remembered and is_free("127.0.0.1", remembered):
        return remembered
    port = free_port()
    if remembered:
        say(f"port {remembered} is taken by another program; using {port} instead")
    path.write_text(f"{port}\n")
    return port


def _remembered(path: Path) -> int | None:
    try:
        port = int(path.read_text())
    except (OSError, ValueError):
        return None
    return port if 1024 <= port <= 65535 else None


def is_free(host: str, port: int) -> bool:
    """Could a server listen on this port now?"""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(host: str, port: int, *, within_s: float = 0.25) -> bool:
    """Does something accept connections there?"""
    try:
        socket.create_connection((host, port), timeout=within_s).close()
    except OSError:
        return False
    return True


def wait_until(
    is_done: Callable[[], bool],
    *,
    within_s: float,
    every_s: float = 0.03,
    tell: Callable[[float], None] | None = None,
) -> bool:
    """Poll until `is_done`, at most `within_s` seconds; `tell` hears the seconds so far about every 3 s."""
    began = told = time.monotonic()
    while not is_done():
        now = time.monotonic()
        if now - began > within_s:
            return False
        if tell and now - told > 3:
            told = now
            tell(now - began)
        time.sleep(every_s)
    return True
