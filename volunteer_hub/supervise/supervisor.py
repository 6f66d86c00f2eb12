"""Keeps the whole program alive: PostgreSQL, Valkey, the mail catcher, workers and web.

One supervisor per folder. It starts the parts in order, each when the one before answers; it starts a
dead one again at once, and with growing pauses when it dies again and again, for ever; it stops all in
the reverse order. Should it be killed itself, the kernel tells its children (Linux), and the next start
stops whatever is left of PostgreSQL and Valkey, known by their working folders.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import FrameType

from config import Config
from volunteer_hub.supervise import orphans, processes
from volunteer_hub.supervise.embedded import (
    LONGEST_RECOVERY_S,
    FolderLock,
    Service,
    make_var,
    status_path,
)
from volunteer_hub.supervise.kept import Kept, Part
from volunteer_hub.supervise.output import log_file, tell
from volunteer_hub.supervise.postgres import Postgres
from volunteer_hub.supervise.processes import ServiceError
from volunteer_hub.supervise.valkey import Valkey

TICK_S = 0.05
FIRST_TRIES = 3
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Environ = Callable[[], Mapping[str, str]]
PartsMaker = Callable[[Config, Environ], list[Part]]


class Stopped(Exception):
    """Somebody asked us to stop while we were starting."""


class Supervisor:
    """Runs until SIGINT or SIGTERM.

    `make_parts(config, environ)` says which processes come after the databases; `environ()` gives them
    DATABASE_URL and REDIS_URL as they are at each start. `once_before` runs to its end before them
    (migrations). `on_ready` is called once, when every part has answered.
    """

    def __init__(
        self,
        config: Config,
        make_parts: PartsMaker,
        *,
        once_before: tuple[str, ...] = (),
        on_ready: Callable[[Config], None] | None = None,
    ) -> None:
        self.config = config
        self.make_parts = make_parts
        self.once_before = once_before
        self.on_ready = on_ready
        self.services: list[Service] = []
        self.kept: list[Kept] = []
        self._stops_asked = 0
        self._lock = FolderLock(config.var_dir, "run")
        self._urls_at_start: dict[str, str] = {}

    def run(self) -> None:
        """Start, watch, stop. Raises InUse or ServiceError when it cannot start."""
        make_var(self.config.var_dir)
        os.umask(0o077)  # what web and worker write holds people's data
        self._lock.take()
        earlier = {
            number: signal.signal(number, self._asked_to_stop) for number in (signal.SIGINT, signal.SIGTERM)
        }
        orphans.adopt()
        try:
            self._start_all()
            self._write_status("ready")
            if self.on_ready:
                self.on_ready(self.config_now())
            while not self._stops_asked:
                self._tick()
                time.sleep(TICK_S)
        except Stopped:
            pass
        finally:
            self._stop_all()
            status_path(self.config.var_dir).unlink(missing_ok=True)
            self._lock.release()
            for number, handler in earlier.items():
                signal.signal(number, handler)

    def config_now(self) -> Config:
        """The configuration with the addresses of the embedded services filled in."""
        urls = self.urls()
        return replace(self.config, database_url=urls["database_url"], redis_url=urls["redis_url"])

    def urls(self) -> dict[str, str]:
        """Where the database and the queue are now, given or embedded."""
        embedded = {service.name: service.url for service in self.services}
        return {
            "database_url": self.config.database_url or embedded["postgres"],
            "redis_url": self.config.redis_url or embedded["valkey"],
        }

    def environ(self) -> dict[str, str]:
        """The environment of web, worker and mail catcher."""
        urls = self.urls()
        return {
            **os.environ,
            "DATABASE_URL": urls["database_url"],
            "REDIS_URL": urls["redis_url"],
            "VAR_DIR": str(self.config.var_dir),
            "PYTHONUNBUFFERED": "1",
        }

    def say(self, text: str) -> None:
        """A line of our own."""
        tell("hub", text)

    # -- starting ---------------------------------------------------------------------------------

    def _start_all(self) -> None:
        folder, secrets = self.config.var_dir, self.config.var_dir / "secrets"
        if not self.config.database_url:
            self.services.append(Postgres(folder / "postgres", secrets, say=self.say))
        if not self.config.redis_url:
            self.services.append(Valkey(folder / "valkey", secrets, say=self.say))
        for service in self.services:
            self._bring_up(service_part(service), within_s=LONGEST_RECOVERY_S)
        self._run_once_before()
        for part in self.make_parts(self.config, self.environ):
            self._bring_up(part, within_s=60.0)
        self._urls_at_start = self.urls()

    def _bring_up(self, part: Part, *, within_s: float) -> None:
        kept = Kept(part, log_file(self.config.var_dir / "log", part.name), self.say)
        self.kept.append(kept)
        for _ in range(FIRST_TRIES):
            words = self._try(kept, within_s)
            if words is None:
                self._write_status("starting")
                return
        raise ServiceError(f"{part.name} did not start. It said last:\n{words}")

    def _try(self, kept: Kept, within_s: float) -> str | None:
        """Start once; None when it answers, else its last lines."""
        kept.start()
        began = told_at_s = time.monotonic()
        while not kept.became_ready():
            self._stop_if_asked()
            now = time.monotonic()
            if kept.has_died():
                return kept.last_words
            if now - began > within_s:
                kept.stop()
                return f"(no answer within {within_s:.0f} s)\n{kept.last_words}"
            if now - told_at_s > 3:
                told_at_s = now
                self.say(f"{kept.part.name} is getting ready, {now - began:.0f} s so far")
            time.sleep(0.02)
        return None

    def _run_once_before(self) -> None:
        if not self.once_before:
            return
        environ = self.environ()
        part = Part("prepare", lambda: processes.Command(self.once_before, env=environ), lambda _: False)
        kept = Kept(part, log_file(self.config.var_dir / "log", part.name), self.say)
        kept.start()
        assert kept.process is not None
        while kept.process.poll() is None:
            if self._stops_asked:
                kept.stop()
            self._stop_if_asked()
            time.sleep(0.02)
        code = kept.process.returncode
        kept.close()
        if code:
            raise ServiceError(f"Preparing the database failed. It said last:\n{kept.last_words}")

    def _stop_if_asked(self) -> None:
        if self._stops_asked:
            raise Stopped

    # -- watching ---------------------------------------------------------------------------------

    def _tick(self) -> None:
        changed = False
        for kept in self.kept:
            if kept.has_died():
                changed = True
            if kept.process is None and time.monotonic() >= kept.due_at_s:
                self._start_again(kept)
                changed = True
            if not kept.is_finished:
                self._look_whether_ready(kept)
        orphans.end({kept.pid for kept in self.kept if kept.pid})
        if changed:
            self._write_status("ready")

    def _start_again(self, kept: Kept) -> None:
        try:
            kept.start()
        except (ServiceError, OSError) as why:
            kept.plan_next()
            self.say(f"{kept.part.name} cannot start: {why}")

    def _look_whether_ready(self, kept: Kept) -> None:
        try:
            if kept.became_ready():
                self.say(f"{kept.part.name} answers again after {time.monotonic() - kept.started_at_s:.1f} s")
                self._tell_dependents()
        except Exception as why:  # the next tick asks again; a supervisor that falls helps nobody
            self.say(f"{kept.part.name} is not usable yet: {why}")
            time.sleep(0.5)

    def _tell_dependents(self) -> None:
        """A database had to move to another port: those who use it are started again with the new one."""
        if self.urls() == self._urls_at_start:
            return
        self._urls_at_start = self.urls()
        for kept in self.kept[len(self.services) :]:
            kept.ask_to_stop()

    # -- stopping ---------------------------------------------------------------------------------

    def _asked_to_stop(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._stops_asked += 1
        self.say("stopping" if self._stops_asked == 1 else "stopping in a hurry")

    def _stop_all(self) -> None:
        """The last started first; web and workers are asked together, as neither needs the other."""
        for kept in self.kept[len(self.services) :]:
            if not kept.part.stops_late:
                kept.ask_to_stop()
        for kept in reversed(self.kept):
            kept.stop(hurry=self._stops_asked > 1)
            kept.close()
        orphans.end(set())

    def _write_status(self, state: str) -> None:
        status = {
            "pid": os.getpid(),
            "state": state,
            "base_url": self.config.base_url,
            "urls": self.urls() if len(self.kept) >= len(self.services) else {},
            "processes": {kept.part.name: kept.pid for kept in self.kept},
        }
        path = status_path(self.config.var_dir)
        half = path.with_suffix(".new")
        handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(status, file)
        half.replace(path)


def service_part(service: Service) -> Part:
    """A database as a part to keep alive; what it prints goes to its log only."""
    return Part(
        service.name,
        service.command,
        service.is_ready,
        service.prepare,
        service.finish,
        service.note_death,
        service.stop_signals,
        service.stop_waits_s,
        shown=False,
    )
