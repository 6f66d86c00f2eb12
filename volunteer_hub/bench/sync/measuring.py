"""Phones against one machine, web and then the database killed in the middle, everything counted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from volunteer_hub.bench.attached import attached, own_servers
from volunteer_hub.bench.meter import Meter
from volunteer_hub.bench.sync import day, floor
from volunteer_hub.core.db import db
from volunteer_hub.demo.phone_log import BATCH
from volunteer_hub.supervise.processes import free_port
from volunteer_hub.supervise.site import Site, running_site

DOORS_EACH = 60
HEAD_START_S = 6.0
DRAIN_S = 240.0
SETTLE_S = 30.0


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of one run. stored_per_second: found in the database, received in the seconds asked for.

    p99_ms: of batches answered outside the outages; an outage lasts from the kill to the answer of the first
    batch posted after it. expected: made by the phones; found: in the database. applied_late_s: how long
    after the last receipt everything had taken effect.
    """

    phones: int
    seconds: float
    offered_per_second: float
    stored_per_second: float
    p50_ms: float
    p99_ms: float
    batches: int
    outage_web_s: float
    outage_database_s: float
    stored_expected: int
    stored_found: int
    lost: int
    doubled: int
    unsent: int
    sent_again: int
    progress_attempts: int
    applied_late_s: float
    floor_per_second: float
    floor_copy_per_second: float
    fsync: str
    synchronous_commit: str
    cpu_s: dict[str, float]

    @property
    def is_whole(self) -> bool:
        """Is every report there once, and counted once?"""
        return not (self.lost or self.doubled or self.unsent) and self.progress_attempts == self.stored_found


def measure(
    folder: Path, phones: int, rate: float, seconds: float, seed: int, say: Callable[[str], None]
) -> Measured:
    """Start a site in `folder`, hand out `phones` turfs, let them be walked at `rate` reports a second."""
    environ = own_servers(folder, free_port())
    environ |= {"WEB_WORKERS": "2", "WORKER_COUNT": "1", "LOG_LEVEL": "WARNING"}
    say("Starting PostgreSQL, Valkey, the workers and the web server …")
    with running_site(environ) as site, attached(site):
        say(f"Handing out {phones:,} turfs of {DOORS_EACH} doors …")
        lists = day.prepare(phones, DOORS_EACH)
        starts_at = time.time() + HEAD_START_S
        plan = {
            "base_url": site.base_url,
            "phones": [(each.token, each.turf, each.doors) for each in lists],
            "period_s": phones * BATCH / rate,
            "starts_at": starts_at,
            "seconds": seconds,
            "drain_s": DRAIN_S,
            "seed": seed,
        }
        say(f"{phones:,} phones walk for {seconds:.0f} s …")
        with Meter(site) as meter:
            crowd = _start(plan)
            killed = {part: _kill(site, part, starts_at + seconds * share, say) for part, share in KILLS}
            told = json.loads(crowd.communicate()[0])
        last = time.time()
        late_s = _wait_until_applied()
        say("Counting, and measuring the floor …")
        return _counted(site, told, killed, starts_at, seconds, phones, rate, meter, max(0.0, late_s - last))


KILLS = (("web", 1 / 3), ("postgres", 2 / 3))


def _start(plan: dict[str, Any]) -> subprocess.Popen[bytes]:
    command = (sys.executable, "-m", "volunteer_hub.bench.sync.crowd")
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - ours
    assert process.stdin is not None
    process.stdin.write(json.dumps(plan).encode())
    process.stdin.close()
    process.stdin = None
    return process


def _kill(site: Site, part: str, at: float, say: Callable[[str], None]) -> float:
    """Kill a part at that moment, as a crash would, web with all its processes; returns the moment."""
    time.sleep(max(0.0, at - time.time()))
    say(f"Killing {part} …")
    pid = site.pid(part)
    assert pid is not None
    moment = time.time()
    os.killpg(pid, signal.SIGKILL) if part == "web" else site.kill(part)
    return moment


def _wait_until_applied() -> float:
    """The moment when nothing waited any more, or the end of our patience."""
    give_up = time.time() + SETTLE_S
    while time.time() < give_up:
        waiting = db.session.scalar(text("SELECT count(*) FROM pending_reports"))
        db.session.rollback()
        if not waiting:
            break
        time.sleep(0.1)
    return time.time()


def _counted(
    site: Site,
    told: dict[str, Any],
    killed: dict[str, float],
    starts_at: float,
    seconds: float,
    phones: int,
    rate: float,
    meter: Meter,
    late_s: float,
) -> Measured:
    answers = [(float(sent), float(ms)) for sent, ms in told["answers"]]
    outages = {part: _outage(moment, answers) for part, moment in killed.items()}
    calm = [ms for sent, ms in answers if not any(a <= sent < b for a, b in outages.values())]
    made = [each for ids in told["made"] for each in ids]
    found = [str(each) for each in db.session.scalars(text("SELECT id FROM door_reports"))]
    bare = floor.measure(site.database_url)
    return Measured(
        phones=phones,
        seconds=seconds,
        offered_per_second=rate,
        stored_per_second=round(_received_within(starts_at, seconds) / seconds, 1),
        p50_ms=_percentile(calm, 0.50),
        p99_ms=_percentile(calm, 0.99),
        batches=len(answers),
        outage_web_s=round(outages["web"][1] - outages["web"][0], 2),
        outage_database_s=round(outages["postgres"][1] - outages["postgres"][0], 2),
        stored_expected=len(made),
        stored_found=len(found),
        lost=len(set(made) - set(found)),
        doubled=len(found) - len(set(found)) + len(set(found) - set(made)),
        unsent=told["unsent"],
        sent_again=told["lost_on_purpose"] + told["failures"],
        progress_attempts=int(db.session.scalar(text("SELECT sum(attempts) FROM progress")) or 0),
        applied_late_s=round(late_s, 2),
        floor_per_second=round(bare.inserts_per_s, 1),
        floor_copy_per_second=round(bare.copy_per_s, 1),
        fsync=str(db.session.scalar(text("SHOW fsync"))),
        synchronous_commit=str(db.session.scalar(text("SHOW synchronous_commit"))),
        cpu_s=meter.cpu_s | {"phones": told["cpu_s"]},
    )


def _outage(killed_at: float, answers: list[tuple[float, float]]) -> tuple[float, float]:
    """From the kill to the first answer to a batch that was posted after it."""
    ended = [sent + ms / 1000 for sent, ms in answers if sent > killed_at]
    return killed_at, min(ended, default=killed_at + 3600)


def _received_within(starts_at: float, seconds: float) -> int:
    span = {
        "start": datetime.fromtimestamp(starts_at, UTC),
        "end": datetime.fromtimestamp(starts_at + seconds, UTC),
    }
    statement = "SELECT count(*) FROM door_reports WHERE received_at BETWEEN :start AND :end"
    return int(db.session.scalar(text(statement), span) or 0)


def _percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1) if ordered else 0.0


def lines(measured: Measured) -> list[str]:
    """The figures as lines for people."""
    cpu = ", ".join(f"{part} {seconds:.1f}" for part, seconds in measured.cpu_s.items())
    return [
        f"{measured.phones:,} phones for {measured.seconds:.0f} s, fsync {measured.fsync}, "
        f"synchronous_commit {measured.synchronous_commit}",
        f"stored            {measured.stored_per_second:10,.0f} a second "
        f"(offered {measured.offered_per_second:,.0f})",
        f"floor             {measured.floor_per_second:10,.0f} a second by inserts of {BATCH}, "
        f"{measured.floor_copy_per_second:,.0f} by COPY",
        f"answered          {measured.batches:10,} batches, half within {measured.p50_ms:.0f} ms, "
        f"99 of 100 within {measured.p99_ms:.0f} ms",
        f"web killed        {measured.outage_web_s:10.2f} s to the first stored batch",
        f"database killed   {measured.outage_database_s:10.2f} s to the first stored batch",
        f"reports           {measured.stored_expected:10,} made, {measured.stored_found:,} found, "
        f"{measured.lost} lost, {measured.doubled} doubled, {measured.unsent} unsent, "
        f"{measured.sent_again:,} batches sent again",
        f"progress          {measured.progress_attempts:10,} knocks, {measured.applied_late_s:.1f} s later",
        f"CPU seconds       {sum(measured.cpu_s.values()):10.1f} {cpu}",
    ]


def plain(measured: Measured) -> dict[str, Any]:
    """The figures as plain data."""
    return asdict(measured) | {"is_whole": measured.is_whole}
