"""How long 10,000 offers take from the organizer's click to the mail server's last answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text

from volunteer_hub.bench.attached import attached, own_servers
from volunteer_hub.bench.crowd import gather, offer_everybody
from volunteer_hub.bench.meter import Meter
from volunteer_hub.core.db import db
from volunteer_hub.messaging.catcher import MailFolder
from volunteer_hub.messaging.models import Message
from volunteer_hub.supervise.processes import free_port
from volunteer_hub.supervise.site import running_site

LONGEST_S = 900.0


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured. Seconds are counted from the commit of the approval.

    written_s: the last message stood in the outbox. sent_s: the server accepted the last one. sending_s: from
    the first accepted to the last. received, distinct: counted in the mail server's folder.
    """

    offers: int
    workers: int
    written_s: float
    sent_s: float
    sending_s: float
    per_s: float
    received: int
    distinct: int
    states: dict[str, int]
    cpu_s: dict[str, float]
    peak_mb: dict[str, float]

    @property
    def is_whole(self) -> bool:
        """Did each offer arrive exactly once?"""
        return self.received == self.distinct == self.offers == self.states.get("sent", 0)


def measure(folder: Path, count: int, workers: int, say: Callable[[str], None]) -> Measured:
    """Start a site in `folder`, offer `count` people a shift, wait until all was sent."""
    environ = own_servers(folder, free_port())
    environ |= {"WORKER_COUNT": str(workers), "WEB_WORKERS": "1", "LOG_LEVEL": "WARNING"}
    say("Starting PostgreSQL, Valkey, the mail catcher and the workers …")
    with running_site(environ) as site, attached(site):
        say(f"Inventing {count:,} people and their shifts …")
        crowd = gather(count, shifts=max(1, count // 40), capacity=50)
        say("Approving, and sending …")
        with Meter(site) as meter:
            offers = offer_everybody(crowd)
            began = _database_now()
            states = _wait(offers)
        mail = MailFolder(site.mail_folder)
        return _measured(offers, workers, began, states, mail, meter)


def _measured(
    offers: int, workers: int, began: float, states: dict[str, int], mail: MailFolder, meter: Meter
) -> Measured:
    times = db.session.execute(
        select(
            func.extract("epoch", func.max(Message.created_at)),
            func.extract("epoch", func.min(Message.sent_at)),
            func.extract("epoch", func.max(Message.sent_at)),
        )
    ).one()
    written, first, last = (float(value) if value is not None else began for value in times)
    sent_s = last - began
    return Measured(
        offers=offers,
        workers=workers,
        written_s=round(written - began, 2),
        sent_s=round(sent_s, 2),
        sending_s=round(last - first, 2),
        per_s=round(offers / sent_s, 1) if sent_s > 0 else 0.0,
        received=mail.count(),
        distinct=mail.count_distinct(),
        states=states,
        cpu_s=meter.cpu_s,
        peak_mb=meter.peak_mb,
    )


def _wait(offers: int) -> dict[str, int]:
    give_up = time.monotonic() + LONGEST_S
    while True:
        states = _states()
        ended = sum(number for state, number in states.items() if state not in ("waiting", "sending"))
        if ended >= offers or time.monotonic() > give_up:
            return states
        time.sleep(0.5)


def _states() -> dict[str, int]:
    rows = db.session.execute(select(Message.state, func.count()).group_by(Message.state)).all()
    db.session.rollback()
    return {str(row[0]): int(row[1]) for row in rows}


def _database_now() -> float:
    moment = float(db.session.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) or 0.0)
    db.session.rollback()
    return moment


def lines(measured: Measured) -> list[str]:
    """The figures as lines for people."""
    cpu = ", ".join(f"{part} {seconds:.1f}" for part, seconds in measured.cpu_s.items())
    peak = ", ".join(f"{part} {mb:.0f}" for part, mb in measured.peak_mb.items())
    return [
        f"{measured.offers:,} offers, {measured.workers} workers",
        f"all sent after      {measured.sent_s:8.1f} s  ({measured.per_s:.0f} a second)",
        f"all written after   {measured.written_s:8.1f} s",
        f"first to last sent  {measured.sending_s:8.1f} s",
        f"arrived             {measured.received:8,}    ({measured.distinct:,} different)",
        f"CPU seconds         {sum(measured.cpu_s.values()):8.1f}    {cpu}",
        f"peak memory, MB     {sum(measured.peak_mb.values()):8.0f}    {peak}",
    ]


def plain(measured: Measured) -> dict[str, Any]:
    """The figures as plain data."""
    return asdict(measured) | {"is_whole": measured.is_whole}
