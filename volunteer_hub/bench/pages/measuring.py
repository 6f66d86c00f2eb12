"""Near me, a shift's page, the search for volunteers and signing up, on a nation of invented people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from volunteer_hub.bench import load, slow_queries
from volunteer_hub.bench.attached import attached, own_servers
from volunteer_hub.bench.meter import Meter
from volunteer_hub.bench.nation import loading
from volunteer_hub.bench.nation.loading import Nation
from volunteer_hub.bench.pages import driving
from volunteer_hub.bench.pages.driving import Cookies
from volunteer_hub.bench.slow_queries import SlowQuery
from volunteer_hub.core.db import db
from volunteer_hub.events.models import Shift, SignUp
from volunteer_hub.supervise.processes import free_port
from volunteer_hub.supervise.site import Site, running_site

WARM_S = 3.0
CLIENTS = {"near me": 4, "volunteer search": 2, "shift page": 8, "sign up": 8}
"""How many ask at once, each again as soon as it is answered: two search as much as a hundred organizers who
look at what they find."""


@dataclass(frozen=True, slots=True)
class PageFigures:
    """One page under load. CPU: milliseconds per answered request, web and database."""

    page: str
    clients: int
    per_s: float
    p50_ms: float
    p99_ms: float
    bytes_each: int
    web_cpu_ms: float
    database_cpu_ms: float
    answers: int
    bad: int


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of one run. overbooked: shifts on which more people have a place than there are places.

    signups_waiting: sign-ups that met a full shift and stand on its waiting list. bad: answers that were not
    the page. slowest: statements by their mean time, as the database counted them during the load.
    """

    volunteers: int
    events: int
    shifts: int
    near_me_p99_ms: float
    volunteer_search_p99_ms: float
    shift_page_rps: float
    shift_page_p99_ms: float
    signups_per_second: float
    signup_p99_ms: float
    signups_answered: int
    signups_stored: int
    signups_waiting: int
    overbooked: int
    bad: int
    pages: list[PageFigures]
    slowest: list[SlowQuery]

    @property
    def is_whole(self) -> bool:
        """Was nothing lost, refused or oversold?"""
        return self.signups_answered == self.signups_stored and not self.overbooked and not self.bad


@dataclass(frozen=True, slots=True)
class Size:
    """How large the nation is and how it is asked."""

    volunteers: int = 1_000_000
    events: int = 100_000
    shifts: int = 300_000
    seconds: float = 15.0
    seed: int = 2008


def measure(folder: Path, size: Size, say: Callable[[str], None]) -> Measured:
    """Start a site in `folder`, load the nation, and ask for its pages one after the other."""
    environ = own_servers(folder, free_port())
    environ |= {"WEB_WORKERS": "2", "WORKER_COUNT": "1", "LOG_LEVEL": "WARNING"}
    say("Starting PostgreSQL, Valkey, the worker and the web server …")
    with running_site(environ) as site, attached(site) as app:
        nation = loading.load(size.volunteers, size.events, size.shifts, size.seed, say)
        cookies = Cookies(app, nation, driving.SIGNERS)
        before = slow_queries.counted(site.database_url)
        found = {}
        for page, requests in _pages(nation, cookies, size.seed).items():
            say(f"{page}, {CLIENTS[page]} at once for {size.seconds:.0f} s …")
            found[page] = _one(site, page, requests, size.seconds)
        slowest = slow_queries.slowest(before, slow_queries.counted(site.database_url))
        return _measured(size, nation, found, slowest)


def _pages(nation: Nation, cookies: Cookies, seed: int) -> dict[str, Iterator[load.Request]]:
    return {
        "near me": driving.near_me(nation, seed),
        "volunteer search": driving.searches(nation, cookies.organizers, seed),
        "shift page": driving.shift_pages(nation, seed),
        "sign up": driving.sign_ups(nation, cookies, seed),
    }


def _one(site: Site, page: str, requests: Iterator[load.Request], seconds: float) -> PageFigures:
    """A page's figures. It is asked for a few seconds first: a server in use has its caches warm.

    Not signing up: each of those changes something, and is counted.
    """
    if page != "sign up":
        load.run(site.base_url, requests, clients=CLIENTS[page], seconds=WARM_S)
    with Meter(site) as meter:
        answers = load.run(site.base_url, requests, clients=CLIENTS[page], seconds=seconds)
    each_ms = 1000 / max(1, len(answers.ms))
    return PageFigures(
        page=page,
        clients=CLIENTS[page],
        per_s=round(answers.per_s, 1),
        p50_ms=round(answers.percentile_ms(0.5), 1),
        p99_ms=round(answers.percentile_ms(0.99), 1),
        bytes_each=answers.bytes_each,
        web_cpu_ms=round(meter.cpu_s["web"] * each_ms, 1),
        database_cpu_ms=round(meter.cpu_s["postgres"] * each_ms, 1),
        answers=len(answers.ms),
        bad=len(answers.ms) - answers.good,
    )


def _measured(
    size: Size, nation: Nation, found: dict[str, PageFigures], slowest: list[SlowQuery]
) -> Measured:
    stored, waiting = _stored(nation.campaign_id)
    return Measured(
        volunteers=size.volunteers,
        events=size.events,
        shifts=size.shifts,
        near_me_p99_ms=found["near me"].p99_ms,
        volunteer_search_p99_ms=found["volunteer search"].p99_ms,
        shift_page_rps=found["shift page"].per_s,
        shift_page_p99_ms=found["shift page"].p99_ms,
        signups_per_second=found["sign up"].per_s,
        signup_p99_ms=found["sign up"].p99_ms,
        signups_answered=found["sign up"].answers - found["sign up"].bad,
        signups_stored=stored,
        signups_waiting=waiting,
        overbooked=_overbooked(nation.campaign_id),
        bad=sum(page.bad for page in found.values()),
        pages=list(found.values()),
        slowest=slowest,
    )


def _stored(campaign_id: int) -> tuple[int, int]:
    """How many sign-ups stand, and how many of them wait."""
    db.session.rollback()
    row = db.session.execute(
        db.select(db.func.count(), db.func.count().filter(SignUp.state == "waiting")).where(
            SignUp.campaign_id == campaign_id, SignUp.state != "cancelled"
        )
    ).one()
    return int(row[0]), int(row[1])


def _overbooked(campaign_id: int) -> int:
    """Counted from the sign-ups themselves, not from what the shifts say."""
    taken = (
        db.select(SignUp.shift_id, db.func.count().label("people"))
        .where(SignUp.campaign_id == campaign_id, SignUp.state == "going")
        .group_by(SignUp.shift_id)
        .subquery()
    )
    query = (
        db.select(db.func.count())
        .select_from(taken)
        .join(Shift, Shift.id == taken.c.shift_id)
        .where(taken.c.people > Shift.capacity)
    )
    return int(db.session.scalar(query) or 0)


def lines(measured: Measured) -> list[str]:
    """The figures as lines for people."""
    head = (
        f"{'page':<18}{'clients':>8}{'a second':>10}{'p50 ms':>8}{'p99 ms':>8}{'bytes':>9}"
        f"{'CPU ms web':>12}{'db':>6}{'bad':>5}"
    )
    rows = [
        f"{each.page:<18}{each.clients:>8}{each.per_s:>10.1f}{each.p50_ms:>8.1f}{each.p99_ms:>8.1f}"
        f"{each.bytes_each:>9,}{each.web_cpu_ms:>12.1f}{each.database_cpu_ms:>6.1f}{each.bad:>5}"
        for each in measured.pages
    ]
    size = (
        f"{measured.volunteers:,} volunteers, {measured.events:,} events, {measured.shifts:,} shifts, "
        "one worker running"
    )
    stored = (
        f"{measured.signups_answered:,} sign-ups answered, {measured.signups_stored:,} stored "
        f"({measured.signups_waiting:,} of them waiting), {measured.overbooked} shifts overbooked"
    )
    return [size, head, *rows, stored, "", *slow_queries.lines(measured.slowest)]


def plain(measured: Measured) -> dict[str, Any]:
    """The figures as plain data."""
    return asdict(measured) | {"is_whole": measured.is_whole}
