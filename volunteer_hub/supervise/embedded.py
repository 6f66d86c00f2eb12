"""The embedded PostgreSQL and Valkey for as long as a block lasts, and the lock on their folder."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol

from config import Config, make_private_folder
from volunteer_hub.supervise import processes
from volunteer_hub.supervise.postgres import Postgres
from volunteer_hub.supervise.processes import Command, ServiceError
from volunteer_hub.supervise.valkey import Valkey

LONGEST_RECOVERY_S = 1800.0


class Service(Protocol):
    """A server we bring along: prepared and started the same way by a block and by the supervisor."""

    @property
    def name(self) -> str: ...
    @property
    def stop_signals(self) -> tuple[int, ...]: ...
    @property
    def stop_waits_s(self) -> tuple[float, ...]: ...
    @property
    def url(self) -> str: ...
    def prepare(self) -> None: ...
    def command(self) -> Command: ...
    def is_ready(self, pid: int) -> bool: ...
    def finish(self) -> None: ...
    def note_death(self, last_words: str) -> None: ...


class InUse(ServiceError):
    """Another process holds the folder."""

    def __init__(self, folder: Path, holder: dict[str, Any]) -> None:
        self.holder = holder
        what, pid = holder.get("what", "another command"), holder.get("pid", "unknown")
        super().__init__(
            f"“volunteer-hub {what}” is already running here (process {pid}, folder {folder}). "
            f"Stop it first (kill {pid}, or Ctrl-C where it runs), or set VAR_DIR to another folder."
        )


class FolderLock:
    """One holder per folder. The kernel drops the lock when the holder dies, however it dies."""

    def __init__(self, folder: Path, what: str) -> None:
        self.folder, self.what = folder, what
        self.path = folder / "run" / "lock"
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Hold the lock or raise InUse, which says who holds it."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self.path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = _json(file.read())
            file.close()
            raise InUse(self.folder, holder) from None
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "what": self.what}))
        file.flush()
        self._file = file

    def release(self) -> None:
        """Let go; harmless when not held."""
        if self._file:
            self._file.truncate(0)
            self._file.close()
            self._file = None

    def holder(self) -> dict[str, Any] | None:
        """Who holds the lock now, or None."""
        if not self.path.exists():
            return None
        with self.path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _json(file.read())
        return None


class EmbeddedServices:
    """PostgreSQL and Valkey with their data under `folder`, running inside the `with` block.

    for_tests: quicker and without safety against power loss, and the program's role may create
    databases. Starts in about a second; a folder used before is used again. Raises ServiceError,
    and InUse when another process uses the folder.
    """

    def __init__(
        self,
        folder: Path,
        *,
        for_tests: bool = False,
        what: str = "tests",
        say: Callable[[str], None] | None = None,
    ) -> None:
        self.folder = folder.absolute()
        self.say = say or (lambda _: None)
        secrets = self.folder / "secrets"
        self._lock = FolderLock(self.folder, what)
        self._options: dict[str, Any] = {"for_tests": for_tests, "say": self.say}
        self._secrets = secrets
        self._processes: list[tuple[Service, subprocess.Popen[bytes]]] = []

    def __enter__(self) -> EmbeddedServices:
        make_var(self.folder)
        self._lock.take()
        try:
            self.postgres = Postgres(self.folder / "postgres", self._secrets, **self._options)
            self.valkey = Valkey(self.folder / "valkey", self._secrets, **self._options)
            services: tuple[Service, ...] = (self.postgres, self.valkey)
            for service in services:
                self._processes.append((service, self._start(service)))
            for place, (service, process) in enumerate(self._processes):
                self._processes[place] = (service, self._settle(service, process))
                service.finish()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def database_url(self) -> str:
        """postgresql+psycopg://… of the program's own role and database."""
        return self.postgres.url

    @property
    def redis_url(self) -> str:
        """redis://… with the password."""
        return self.valkey.url

    def pid(self, name: str) -> int:
        """The process id of "postgres" or "valkey"."""
        return next(process.pid for service, process in self._processes if service.name == name)

    def stop(self) -> None:
        """Stop both, the last started first; each within its own bound."""
        while self._processes:
            service, process = self._processes.pop()
            processes.stop(process, service.stop_signals, service.stop_waits_s)
        self._lock.release()

    def _start(self, service: Service) -> subprocess.Popen[bytes]:
        service.prepare()
        log = self._log_of(service)
        log.parent.mkdir(mode=0o700, exist_ok=True)
        with log.open("ab") as output:
            return processes.start(service.command(), output=output)

    def _settle(self, service: Service, process: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
        """Wait until it answers; one that ends (port snatched, file damaged) is tried again."""
        for _ in range(2):
            if await_ready(service, process, self.say):
                return process
            service.note_death(_tail(self._log_of(service)))
            process = self._start(service)
        if await_ready(service, process, self.say):
            return process
        raise ServiceError(
            f"{service.name} did not start. It said last:\n{_tail(self._log_of(service)).strip()}"
        )

    def _log_of(self, service: Service) -> Path:
        return self.folder / "log" / f"{service.name}.log"


def make_var(folder: Path) -> None:
    """The program's own folder. Others may pass through (the database's account must), not list it."""
    make_private_folder(folder)
    for name in ("secrets", "run", "log", "uploads"):
        (folder / name).mkdir(mode=0o700, exist_ok=True)


def await_ready(service: Service, process: subprocess.Popen[bytes], say: Callable[[str], None]) -> bool:
    """Wait until the service answers, saying so while a crash is being recovered from.

    False when the process ends instead; ServiceError after half an hour.
    """

    def is_settled() -> bool:
        return process.poll() is not None or service.is_ready(process.pid)

    def tell(seconds: float) -> None:
        say(f"{service.name} is getting ready, {seconds:.0f} s so far (after a crash it reads its log again)")

    if not processes.wait_until(is_settled, within_s=LONGEST_RECOVERY_S, tell=tell):
        raise ServiceError(
            f"{service.name} runs but did not answer for {LONGEST_RECOVERY_S / 60:.0f} minutes."
        )
    return process.poll() is None


def _tail(path: Path, size_bytes: int = 2000) -> str:
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - size_bytes, 0))
        return file.read().decode(errors="replace")


@contextmanager
def reachable(
    config: Config, *, what: str = "a command", say: Callable[[str], None] | None = None
) -> Iterator[Config]:
    """A Config whose database_url and redis_url can be used now.

    Given URLs stay. For the embedded services: those of a running `volunteer-hub run` on the same
    folder, or ones started for the length of the block; a short command that holds the folder is
    waited for, up to a minute.
    """
    if config.database_url and config.redis_url:
        yield config
        return
    with ExitStack() as stack:
        urls = _running_urls(config) or _started(stack, config, what, say)
        yield replace(
            config,
            database_url=config.database_url or urls["database_url"],
            redis_url=config.redis_url or urls["redis_url"],
        )


def _started(
    stack: ExitStack, config: Config, what: str, say: Callable[[str], None] | None
) -> dict[str, str]:
    deadline = time.monotonic() + 60
    while True:
        try:
            services = stack.enter_context(EmbeddedServices(config.var_dir, what=what, say=say))
        except InUse:
            urls = _running_urls(config)
            if urls:
                return urls
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return {"database_url": services.database_url, "redis_url": services.redis_url}


def _running_urls(config: Config) -> dict[str, str] | None:
    status = read_status(config.var_dir)
    return status["urls"] if status and "database_url" in status.get("urls", {}) else None


def status_path(folder: Path) -> Path:
    """Where a running supervisor writes its state and addresses (0600: passwords are in it)."""
    return folder / "run" / "status.json"


def read_status(folder: Path) -> dict[str, Any] | None:
    """What the supervisor of this folder wrote: pid, state, urls, processes; None when none runs."""
    holder = FolderLock(folder, "").holder()
    try:
        status = _json(status_path(folder).read_text())
    except OSError:
        return None
    return status if holder and holder.get("pid") == status.get("pid") else None


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
