"""100,000 reminders by two workers; one, then Valkey, is killed in the middle; the receiver counts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import array

from volunteer_hub.bench.attached import attached, own_servers
from volunteer_hub.bench.meter import Meter
from volunteer_hub.bench.reminders import weekend
from volunteer_hub.bench.reminders.sink import Arrivals
from volunteer_hub.core import jobs
from volunteer_hub.core.db import db
from volunteer_hub.messaging.models import Message
from volunteer_hub.supervise.processes import free_port
from volunteer_hub.supervise.site import Site, running_site

WRITE_REMINDERS = "volunteer_hub.assignments.jobs.write_reminders"
LONGEST_S = 1800.0
SETTLE_S = 75.0
"""A message in doubt waits a minute for its sender, then goes out again: so long we look for repeats."""
KILL_WORKER_AT, KILL_VALKEY_AT = 1 / 3, 2 / 3


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of one run, counted at the receiving server.

    sent_s: from the moment the reminders were due (the commit of the sign-ups) to the arrival of the last;
    prepared_s: to the last message written. doubled: arrivals of a Message-ID beyond its first; lost:
    sign-ups without an arrival. in_doubt: messages whose sender died before it could write down the answer.
    """

    reminders: int
    workers: int
    prepared_s: float
    sent_s: float
    sent_per_second: float
    arrived: int
    doubled: int
    lost: int
    in_doubt: int
    states: dict[str, int]
    worker_killed_after_s: float
    valkey_killed_after_s: float
    cpu_s: dict[str, float]

    @property
    def is_whole(self) -> bool:
        """Did every reminder arrive exactly once?"""
        return not self.doubled and not self.lost


def measure(folder: Path, count: int, workers: int, seed: int, say: Callable[[str], None]) -> Measured:
    """Start a site in `folder` that mails to a server of ours, and let everybody be reminded."""
    folder.mkdir(parents=True, exist_ok=True)
    with _sink(folder / "arrived.txt") as (port, arrivals):
        environ = own_servers(folder, free_port()) | {
            "WEB_WORKERS": "1",
            "WORKER_COUNT": str(workers),
            "LOG_LEVEL": "WARNING",
            "SMTP_URL": f"smtp://127.0.0.1:{port}",
        }
        say("Starting PostgreSQL, Valkey, the workers and the web server …")
        with running_site(environ) as site, attached(site):
            nation = weekend.prepare(count, seed, say)
            say(f"{count:,} people signed up for tomorrow …")
            with Meter(site) as meter:
                began = weekend.sign_everybody_up(nation)
                jobs.start(jobs.find(WRITE_REMINDERS), "day", unless_waiting="reminders-day")
                killed = _kill_in_the_middle(site, arrivals, count, began, say)
                _wait(arrivals, count)
            last = time.time()
            time.sleep(SETTLE_S)
            return _measured(count, workers, began, last, killed, arrivals.look(), meter)


def _kill_in_the_middle(
    site: Site, arrivals: Arrivals, count: int, began: float, say: Callable[[str], None]
) -> dict[str, float]:
    """kill -9 of one worker with its running job, later of Valkey; seconds after the beginning."""
    killed = {}
    _wait(arrivals, count * KILL_WORKER_AT)
    say("Killing a worker …")
    _kill_a_worker(site)
    killed["worker"] = time.time() - began
    _wait(arrivals, count * KILL_VALKEY_AT)
    say("Killing Valkey …")
    site.kill("valkey")
    killed["valkey"] = time.time() - began
    return killed


def _kill_a_worker(site: Site) -> None:
    """A worker that has a job at hand, and the job with it; the other goes on."""
    for _try in range(200):
        parent = psutil.Process(site.pid("worker"))
        for worker in parent.children():
            if running := worker.children():
                for process in (*running, worker):
                    os.kill(process.pid, signal.SIGKILL)
                return
        time.sleep(0.05)


def _wait(arrivals: Arrivals, count: float) -> None:
    give_up = time.monotonic() + LONGEST_S
    while time.monotonic() < give_up and arrivals.look().distinct < count:
        time.sleep(0.25)


@contextmanager
def _sink(file: Path) -> Iterator[tuple[int, Arrivals]]:
    command = (sys.executable, "-m", "volunteer_hub.bench.reminders.sink", str(file))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline()), Arrivals(file)
        finally:
            process.terminate()


def _measured(
    count: int,
    workers: int,
    began: float,
    last: float,
    killed: dict[str, float],
    arrivals: Arrivals,
    meter: Meter,
) -> Measured:
    db.session.rollback()
    written = db.session.scalar(select(func.extract("epoch", func.max(Message.created_at))))
    in_doubt = db.session.scalar(
        select(func.count()).where(Message.details.op("?|")(array(["orphaned", "unanswered"])))
    )
    rows = db.session.execute(select(Message.state, func.count()).group_by(Message.state)).all()
    return Measured(
        reminders=count,
        workers=workers,
        prepared_s=round(float(written or began) - began, 1),
        sent_s=round(last - began, 1),
        sent_per_second=round(count / (last - began), 1),
        arrived=arrivals.times.total(),
        doubled=arrivals.doubled,
        lost=max(0, count - arrivals.distinct),
        in_doubt=int(in_doubt or 0),
        states={str(row[0]): int(row[1]) for row in rows},
        worker_killed_after_s=round(killed["worker"], 1),
        valkey_killed_after_s=round(killed["valkey"], 1),
        cpu_s=meter.cpu_s,
    )


def lines(measured: Measured) -> list[str]:
    """The figures as lines for people."""
    cpu = ", ".join(f"{part} {seconds:.1f}" for part, seconds in measured.cpu_s.items())
    return [
        f"{measured.reminders:,} reminders, {measured.workers} workers, counted at the mail server",
        f"all arrived after  {measured.sent_s:8.1f} s  ({measured.sent_per_second:.0f} a second)",
        f"all written after  {measured.prepared_s:8.1f} s",
        f"a worker was killed after {measured.worker_killed_after_s} s, "
        f"Valkey after {measured.valkey_killed_after_s} s",
        f"arrived {measured.arrived:,}: {measured.doubled} doubled, {measured.lost} lost, "
        f"{measured.in_doubt} in doubt",
        f"CPU seconds {sum(measured.cpu_s.values()):.1f}: {cpu}",
    ]


def plain(measured: Measured) -> dict[str, Any]:
    """The figures as plain data."""
    return asdict(measured) | {"is_whole": measured.is_whole}
