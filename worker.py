"""The worker: makes the application once, then forks RQ workers and the process that starts sweeps.

`python -m worker` (or `volunteer-hub worker`). The parent opens no connection to the database or the queue
before it forks, so no child shares one; a child that dies is forked again at once. SIGTERM lets running
jobs finish for STOP_WAIT_S, then cuts them off: a job looks first and acts once, so it can run again.
"""

from __future__ import annotations

import gc
import logging
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

import redis
import rq
from flask import Flask
from rq import worker_registration
from rq.serializers import JSONSerializer

from config import Config, ConfigError
from volunteer_hub.core import jobs, logs
from volunteer_hub.supervise import orphans
from volunteer_hub.supervise.launch import die_with

log = logging.getLogger("worker")
STOP_WAIT_S = 20.0
TICK_S = 0.5
MAINTENANCE_S = 30
HEARTBEAT_TTL_S = 60
SHORTEST_LIFE_S = 5.0
NICER = 5
"""People wait for pages and phones for receipts; jobs take the processor when those leave it."""
FIELD_JOBS = 50_000
"""After so many jobs the field's worker begins afresh."""


class PatientWorker(rq.worker.BaseWorker):
    """Outlives a queue that is away for a while."""

    max_connection_wait_time = 2.0

    def heartbeat(self, timeout: int | None = None, pipeline: Any | None = None) -> None:
        """Also be on the list of workers: a queue that was emptied has forgotten who works."""
        if pipeline is None:
            with self.connection.pipeline() as own:
                self.heartbeat(timeout, pipeline=own)
                own.execute()
        else:
            super().heartbeat(timeout, pipeline=pipeline)
            worker_registration.register(self, pipeline)

    def maintain_heartbeats(self, *args: Any, **kwargs: Any) -> None:
        """A queue that is away must not end the job that is running."""
        try:
            super().maintain_heartbeats(*args, **kwargs)
        except redis.RedisError as error:
            log.warning("heartbeat waits for the queue", extra={"error": type(error).__name__})


class FieldWorker(PatientWorker, rq.SimpleWorker):
    """Runs short jobs in its own process, one after the other: no fork, one line to the database."""


class HubWorker(PatientWorker, rq.Worker):
    """An RQ worker whose running job ends with it.

    Asked to stop, it tells the running job (SIGUSR1), so that a long one returns after the step at hand.
    """

    def work(self, *args: Any, **kwargs: Any) -> bool:
        """Remember who we are, for the fork's sake, and work."""
        self._parent_pid = os.getpid()
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # a fork that has not set its own handler yet
        return super().work(*args, **kwargs)

    def main_work_horse(self, *args: Any, **kwargs: Any) -> Any:
        """In the forked process that runs one job."""
        signal.signal(signal.SIGUSR1, jobs.ask_to_stop)
        jobs.note_own_process()
        die_with(self._parent_pid, signal.SIGKILL)
        return super().main_work_horse(*args, **kwargs)

    def request_stop(self, signum: Any, frame: Any) -> None:
        """Finish the running job, then end; without a queue to tell it to, likewise."""
        if self.horse_pid:
            with suppress(ProcessLookupError):
                os.kill(self.horse_pid, signal.SIGUSR1)
        try:
            super().request_stop(signum, frame)  # type: ignore[no-untyped-call]
        except redis.RedisError:
            self._stop_requested = True
            if not self.horse_pid:
                raise SystemExit(0) from None


class Crew:
    """Forked children by role, kept alive until asked to stop."""

    def __init__(self, roles: dict[str, Callable[[], None]]) -> None:
        self.roles = roles
        self.pids: dict[int, str] = {}
        self.is_stopping = False
        self._forked_at_s: dict[str, float] = {}
        self._due_at_s = dict.fromkeys(roles, 0.0)

    def run(self) -> None:
        """Fork all, fork again what dies, until SIGTERM or SIGINT; then stop all within STOP_WAIT_S."""
        signal.signal(signal.SIGTERM, self._asked_to_stop)
        signal.signal(signal.SIGINT, self._asked_to_stop)
        orphans.adopt()
        while not self.is_stopping:
            self._reap()
            orphans.end(set(self.pids))  # jobs of a worker that was killed
            self._fork_missing()
            time.sleep(0.1)
        self._stop()

    def _fork_missing(self) -> None:
        now = time.monotonic()
        for role in self.roles.keys() - self.pids.values():
            if now >= self._due_at_s[role] and not self.is_stopping:
                self._forked_at_s[role] = now
                self.pids[_fork(self.roles[role])] = role

    def _reap(self) -> None:
        for pid in list(self.pids):
            if _has_ended(pid):
                role = self.pids.pop(pid)
                if not self.is_stopping:
                    log.warning("a child ended; forking it again", extra={"role": role, "child": pid})
                short = time.monotonic() - self._forked_at_s[role] < SHORTEST_LIFE_S
                self._due_at_s[role] = time.monotonic() + (1.0 if short else 0.0)

    def _stop(self) -> None:
        # RQ takes the first SIGTERM as “finish your job”, the second as “drop it”.
        for number, wait_s in ((signal.SIGTERM, STOP_WAIT_S), (signal.SIGTERM, 2.0), (signal.SIGKILL, 1.0)):
            for pid in self.pids:
                os.kill(pid, number)
            deadline = time.monotonic() + wait_s
            while self.pids and time.monotonic() < deadline:
                self._reap()
                time.sleep(0.05)

    def _asked_to_stop(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.is_stopping = True


def _fork(role: Callable[[], None]) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        die_with(parent, signal.SIGTERM)
        random.seed()
        role()
        code = 0
    except Exception:
        log.exception("a child of the worker failed")
    finally:
        os._exit(code)


def _has_ended(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


def work(config: Config) -> None:
    """One RQ worker on every queue but the field's, the most urgent first."""
    queues = [each for each in jobs.QUEUES if each != jobs.FIELD]
    _worker(HubWorker, queues, config).work(logging_level="WARNING")  # delayed jobs: see keep_sweeping


def work_for_the_field(config: Config) -> None:
    """What phones delivered takes effect at once, whatever long jobs the other workers have."""
    _worker(FieldWorker, [jobs.FIELD], config).work(logging_level="WARNING", max_jobs=FIELD_JOBS)


def _worker(kind: type[Any], queues: list[str], config: Config) -> Any:
    assert config.redis_url is not None
    return kind(
        queues,
        connection=jobs.connect(config.redis_url, wait_s=None),
        serializer=JSONSerializer,
        worker_ttl=HEARTBEAT_TTL_S,
        maintenance_interval=MAINTENANCE_S,
        job_monitoring_interval=5,
        log_job_description=False,  # a description may hold arguments
    )


def keep_sweeping(app: Flask) -> None:
    """Start sweeps and delayed jobs when their turn comes. Every host runs this; the queue deals out."""
    from volunteer_hub.app import sweeps

    with app.app_context():
        due = sweeps()
        while True:
            try:
                jobs.promote()
                jobs.tick(due)
            except Exception as error:
                log.warning("sweeps wait for the queue", extra={"error": type(error).__name__})
            time.sleep(TICK_S)


def main() -> None:
    """Configure, make the application, fork."""
    try:
        config = Config.from_environment(os.environ)
    except ConfigError as why:
        sys.exit(str(why))
    if not config.database_url or not config.redis_url:
        sys.exit(
            "DATABASE_URL and REDIS_URL must be set for a worker on its own. "
            "`volunteer-hub run` starts a worker together with the embedded database and queue."
        )
    from volunteer_hub.app import create_app

    logs.set_up(config.log_level, as_json=config.log_format == "json")
    app = create_app(config)
    jobs.serve_from(app)
    gc.collect()
    gc.freeze()  # what the forks share is not looked through again by each of them
    os.nice(NICER)
    roles: dict[str, Callable[[], None]] = {"sweeps": lambda: keep_sweeping(app)}
    roles["field"] = lambda: work_for_the_field(config)
    roles |= {f"worker-{number + 1}": lambda: work(config) for number in range(config.worker_count)}
    Crew(roles).run()


if __name__ == "__main__":
    main()
