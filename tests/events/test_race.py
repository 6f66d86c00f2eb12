"""Two hundred people want twenty places at the same moment, over HTTP against several real processes."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests import patience
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events.models import SignUp
from volunteer_hub.people import identity
from volunteer_hub.people.models import Person

ROOT = Path(__file__).parent.parent.parent
PEOPLE, PLACES = 200, 20
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')

APP = """
from config import Config
from dataclasses import replace
from volunteer_hub.app import create_app
from volunteer_hub.core.web import limiter

given = {{"VOLUNTEER_HUB_ENV": "test", "VAR_DIR": {var!r}, "SECRET_KEY": {secret!r}}}
base = Config.from_environment(given | {patience!r})
app = create_app(replace(base, database_url={database!r}, redis_url={redis!r}))
limiter.enabled = False  # all two hundred come from one address here
"""


@pytest.fixture
def web(app, config, tmp_path):
    """Gunicorn with four processes of four threads on this test's database; yields its port."""
    (tmp_path / "race_app.py").write_text(
        APP.format(
            var=str(config.var_dir),
            secret=config.secret_key,
            database=config.database_url,
            redis=config.redis_url,
            patience=patience.ENVIRON,
        )
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--preload", "-w", "4", "--threads", "4"]
    process = subprocess.Popen(
        [
            *command,
            "-b",
            f"127.0.0.1:{port}",
            "--backlog",
            "512",
            "--timeout",
            "600",
            "--log-level",
            "error",
            "race_app:app",
        ],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{tmp_path}"},
        start_new_session=True,
    )
    try:
        _wait_for(port, process)
        yield port
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(patience.WAIT_S)


def _wait_for(port: int, process: subprocess.Popen) -> None:
    until = time.monotonic() + patience.WAIT_S
    while time.monotonic() < until and process.poll() is None:
        try:
            if _ask(port, "GET", "/healthz")[0] == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the web server did not start")


def _ask(port: int, method: str, path: str, body: str = "", cookie: str = "") -> tuple[int, str, list[str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5 * patience.WAIT_S)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    connection.request(method, path, body=body, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    cookies = [each.split(";")[0] for each in answer.headers.get_all("Set-Cookie", [])]
    return answer.status, text, cookies


class Visitor:
    """A signed-in volunteer who has the page of the shift open and is about to tap."""

    def __init__(self, port: int, path: str, session: str) -> None:
        self.port, self.path = port, path
        self.cookie = f"{identity.COOKIE}={session}"
        status, page, cookies = _ask(port, "GET", path, cookie=self.cookie)
        assert status == 200, page[:500]
        self.cookie = "; ".join([self.cookie, *cookies])
        self.token = TOKEN.search(page).group(1)

    def tap(self) -> int:
        body = f"csrf_token={self.token}"
        return _ask(self.port, "POST", f"{self.path}/sign-up", body, self.cookie)[0]


def _sessions(people: list[Person]) -> list[str]:
    with transaction():
        return [
            identity.open_session(each, way_in="link", browser="test", second_factor=True, now=clock.now())
            for each in people
        ]


def _together(deeds) -> list:
    """Run the deeds in threads that all wait for the same moment."""
    start, answers = threading.Barrier(len(deeds)), [None] * len(deeds)

    def run(number: int) -> None:
        start.wait()
        answers[number] = deeds[number]()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.fault
def test_two_hundred_at_once_for_twenty_places_give_twenty_and_a_list_in_order(make, web):
    shift = make.shift(capacity=PLACES)
    people = [make.person() for _ in range(PEOPLE)]
    path = f"/c/{make.default_campaign.slug}/shifts/{shift.id}"
    visitors = [Visitor(web, path, session) for session in _sessions(people)]

    started = time.monotonic()
    answers = _together([visitor.tap for visitor in visitors])
    print(f"{PEOPLE} sign-ups in {time.monotonic() - started:.2f} s")

    assert answers == [302] * PEOPLE
    db.session.expire_all()
    rows = db.session.scalars(select(SignUp).where(SignUp.shift_id == shift.id).order_by(SignUp.id)).all()
    assert [row.state for row in rows] == ["going"] * PLACES + ["waiting"] * (PEOPLE - PLACES)
    assert len({row.person_id for row in rows}) == PEOPLE
    assert (shift.going, shift.waiting) == (PLACES, PEOPLE - PLACES)


@pytest.mark.fault
def test_cancelling_and_signing_up_at_once_never_overfills_nor_forgets_the_list(make, web):
    shift = make.shift(capacity=PLACES)
    first = [make.sign_up(shift) for _ in range(PLACES + 20)]
    people = [db.session.get_one(Person, row.person_id) for row in first[:PLACES]]
    late = [make.person() for _ in range(30)]
    slug = make.default_campaign.slug
    path = f"/c/{slug}/shifts/{shift.id}"
    visitors = [Visitor(web, path, session) for session in _sessions(late)]
    leaving = [Visitor(web, path, session) for session in _sessions(people)]
    ids = [row.id for row in first[:PLACES]]

    def leave(visitor: Visitor, sign_up_id: int):
        body = f"csrf_token={visitor.token}"
        return lambda: _ask(web, "POST", f"/my/shifts/{sign_up_id}/cancel", body, visitor.cookie)[0]

    deeds = [visitor.tap for visitor in visitors]
    deeds += [leave(visitor, sign_up_id) for visitor, sign_up_id in zip(leaving, ids, strict=True)]
    assert _together(deeds) == [302] * len(deeds)

    db.session.expire_all()
    query = select(SignUp.state, func.count()).where(SignUp.shift_id == shift.id).group_by(SignUp.state)
    states = dict(db.session.execute(query).all())
    assert states == {"going": PLACES, "waiting": 30, "cancelled": PLACES}
    assert (shift.going, shift.waiting) == (PLACES, 30)
    query = select(SignUp).where(SignUp.shift_id == shift.id, SignUp.state != "cancelled")
    standing = db.session.scalars(query.order_by(SignUp.id)).all()
    assert [row.state for row in standing] == ["going"] * PLACES + ["waiting"] * 30


@pytest.mark.fault
def test_two_tabs_cannot_book_one_person_into_two_shifts_at_a_time(make, web):
    first = make.shift()
    others = [make.shift(starts_at=first.starts_at) for _ in range(7)]
    person = make.person()
    (session,) = _sessions([person])
    slug = make.default_campaign.slug
    tabs = [Visitor(web, f"/c/{slug}/shifts/{each.id}", session) for each in [first, *others]]
    assert _together([tab.tap for tab in tabs]) == [302] * 8
    db.session.expire_all()
    rows = db.session.scalars(select(SignUp).where(SignUp.person_id == person.id)).all()
    assert [row.state for row in rows] == ["going"]
    assert sum(each.going for each in [first, *others]) == 1
