"""The two pages a campaign lives by: the list of shifts, and signing up for one."""

from __future__ import annotations

import itertools
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flask import Flask, session
from flask_wtf.csrf import generate_csrf

from volunteer_hub.bench import load
from volunteer_hub.bench.attached import attached, own_servers
from volunteer_hub.bench.crowd import SHIFTS_AN_EVENT, Crowd, gather
from volunteer_hub.bench.meter import Meter
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events import services as events
from volunteer_hub.events.models import SignUp
from volunteer_hub.people import identity
from volunteer_hub.people.models import Person
from volunteer_hub.supervise.processes import free_port
from volunteer_hub.supervise.site import Site, running_site

SHIFTS, PLACES_EACH, PEOPLE, SIGNED_UP = 5000, 20, 2000, 2000
DAYS, SLOTS = 30, 8


@dataclass(frozen=True, slots=True)
class PageFigures:
    """One page under one load. CPU: milliseconds per answered request, web and database."""

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
    """All pages, and whether each sign-up that was answered stands in the table, with no shift overfull."""

    pages: list[PageFigures]
    sign_ups_answered: int
    sign_ups_stored: int
    overfull: int

    @property
    def is_whole(self) -> bool:
        """Was nothing lost, refused or oversold?"""
        bad = sum(page.bad for page in self.pages)
        return self.sign_ups_answered == self.sign_ups_stored and self.overfull == 0 and bad == 0


def measure(folder: Path, clients: int, seconds: float, say: Callable[[str], None]) -> Measured:
    """Start a site in `folder` with 5,000 shifts and 2,000 volunteers, and ask for its pages."""
    environ = own_servers(folder, free_port())
    environ |= {"WEB_WORKERS": "2", "WORKER_COUNT": "1", "LOG_LEVEL": "WARNING"}
    say("Starting PostgreSQL, Valkey, the workers and the web server …")
    with running_site(environ) as site, attached(site) as app:
        say(f"Inventing {PEOPLE:,} volunteers, {SHIFTS:,} shifts and {SIGNED_UP:,} sign-ups …")
        crowd = gather(PEOPLE, shifts=SHIFTS, capacity=PLACES_EACH, days=DAYS)
        cookies = _cookies(app, crowd)
        _sign_up_some(crowd)
        _gather_statistics()
        before = _stored(crowd)
        found = []
        for page, requests in _pages(crowd, cookies).items():
            for number in sorted({1, clients}):
                say(f"{page}, {number} at once …")
                found.append(_one(site, page, requests, number, seconds))
        answered = sum(each.answers for each in found if each.page == "sign up")
        return Measured(found, answered, _stored(crowd) - before, _overfull(crowd))


def _one(
    site: Site, page: str, requests: Iterator[load.Request], clients: int, seconds: float
) -> PageFigures:
    with Meter(site) as meter:
        answers = load.run(site.base_url, requests, clients=clients, seconds=seconds)
    each_ms = 1000 / max(1, len(answers.ms))
    return PageFigures(
        page=page,
        clients=clients,
        per_s=round(answers.per_s, 1),
        p50_ms=round(answers.percentile_ms(0.5), 1),
        p99_ms=round(answers.percentile_ms(0.99), 1),
        bytes_each=answers.bytes_each,
        web_cpu_ms=round(meter.cpu_s["web"] * each_ms, 1),
        database_cpu_ms=round(meter.cpu_s["postgres"] * each_ms, 1),
        answers=len(answers.ms),
        bad=len(answers.ms) - answers.good,
    )


def _pages(crowd: Crowd, cookies: _Cookies) -> dict[str, Iterator[load.Request]]:
    lists = (
        load.Request("GET", f"/c/bench/shifts?page={1 + number % 50}", {}) for number in itertools.count()
    )
    members = (
        load.Request(
            "GET",
            f"/c/bench/shifts?page={1 + number % 50}",
            {"Cookie": f"{identity.COOKIE}={cookies.sessions[number % PEOPLE]}"},
        )
        for number in itertools.count()
    )
    return {
        "list of shifts": lists,
        "list, signed in": members,
        "sign up": (_sign_up(crowd, cookies, number) for number in itertools.count()),
    }


@dataclass(frozen=True, slots=True)
class _Cookies:
    """A session for each person, and one form cookie with its token for all."""

    sessions: list[str]
    form: str
    token: str


def _cookies(app: Flask, crowd: Crowd) -> _Cookies:
    with transaction():
        people = {
            person.id: person for person in db.session.query(Person).filter(Person.id.in_(crowd.people))
        }
        tokens = [
            identity.open_session(
                people[each], way_in="link", browser="bench", second_factor=False, now=clock.now()
            )
            for each in crowd.people
        ]
    with app.test_request_context():
        token = generate_csrf()
        answer = app.response_class()
        app.session_interface.save_session(app, session, answer)
    return _Cookies(tokens, answer.headers["Set-Cookie"].split(";")[0], token)


def _sign_up(crowd: Crowd, cookies: _Cookies, number: int) -> load.Request:
    """Another free pair of person and shift each time; no two shifts of a person on the same day."""
    person, turn = number % PEOPLE, number // PEOPLE
    return load.Request(
        "POST",
        f"/c/bench/shifts/{_shift_for(crowd, person, turn)}/sign-up",
        {
            "Cookie": f"{identity.COOKIE}={cookies.sessions[person]}; {cookies.form}",
            "Content-Type": "application/x-www-form-urlencoded",
        },
        urllib.parse.urlencode({"csrf_token": cookies.token}),
        good=302,
    )


def _shift_for(crowd: Crowd, person: int, turn: int) -> int:
    events_count = SHIFTS // SHIFTS_AN_EVENT
    event, rank = person % events_count, person // events_count
    return crowd.shifts[event * SHIFTS_AN_EVENT + turn % DAYS + DAYS * (rank % SLOTS)]


def _sign_up_some(crowd: Crowd) -> None:
    """People who are signed up already, on the last day of their slot, where the load does not get."""
    for first in range(0, SIGNED_UP, 100):
        with transaction():
            for person in range(first, first + 100):
                person_id = crowd.people[person]
                shift_id = _shift_for(crowd, person, DAYS - 1)
                events.sign_up(crowd.campaign_id, person_id, shift_id, by=None, now=clock.now())


def _gather_statistics() -> None:
    """What the database's own housekeeping does within a minute after so many rows."""
    with transaction():
        db.session.execute(db.text("ANALYZE"))


def _stored(crowd: Crowd) -> int:
    db.session.rollback()
    return db.session.query(SignUp).filter_by(campaign_id=crowd.campaign_id, state="going").count()


def _overfull(crowd: Crowd) -> int:
    counts = (
        db.select(db.func.count(SignUp.id).label("taken"))
        .where(SignUp.campaign_id == crowd.campaign_id, SignUp.state == "going")
        .group_by(SignUp.shift_id)
        .subquery()
    )
    query = db.select(db.func.count()).select_from(counts).where(counts.c.taken > PLACES_EACH)
    return int(db.session.scalar(query) or 0)


def lines(measured: Measured) -> list[str]:
    """The figures as lines for people."""
    head = (
        f"{'page':<16}{'clients':>8}{'a second':>10}{'p50 ms':>8}{'p99 ms':>8}{'bytes':>9}"
        f"{'CPU ms web':>12}{'db':>6}"
    )
    rows = [
        f"{each.page:<16}{each.clients:>8}{each.per_s:>10.1f}{each.p50_ms:>8.1f}{each.p99_ms:>8.1f}"
        f"{each.bytes_each:>9,}{each.web_cpu_ms:>12.1f}{each.database_cpu_ms:>6.1f}"
        for each in measured.pages
    ]
    stored = f"{measured.sign_ups_answered:,} sign-ups answered, {measured.sign_ups_stored:,} stored, "
    return [head, *rows, stored + f"{measured.overfull} shifts overfull"]


def plain(measured: Measured) -> dict[str, Any]:
    """The figures as plain data."""
    return asdict(measured) | {"is_whole": measured.is_whole}
