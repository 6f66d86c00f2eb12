"""No name, address, number or email reaches a log or the queue: more people read those than the pages."""

from __future__ import annotations

import http.cookiejar
import re
import signal
import urllib.error
import urllib.parse
import urllib.request
import zlib
from contextlib import contextmanager, suppress

import psutil
import pytest
import redis

from tests.faults import hurting, outbox
from tests.patience import WAIT_S
from volunteer_hub.assignments import services as assignments
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.messaging.catcher import MailFolder
from volunteer_hub.messaging.models import Message

pytestmark = pytest.mark.fault

NAME, EMAIL, PHONE = "Zephyrine Quillfeather", "zephyrine.quillfeather@example.org", "+12025550147"
GUEST, GUEST_EMAIL = "Thaddeus Mumblecrust", "thaddeus.mumblecrust@example.org"
STREET = "Wobbegong Hollow"
TELLTALES = (
    "zephyrine",
    "quillfeather",
    "2025550147",
    "202-555-0147",
    "thaddeus",
    "mumblecrust",
    "wobbegong",
)


class Visitor:
    """A stranger's browser: cookies, and the token of the page it looks at."""

    def __init__(self, site):
        self.site = site
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar)

    def get(self, path):
        with self.opener.open(self.site.base_url + path, timeout=WAIT_S) as answer:
            return answer.read().decode()

    def post(self, page, path, fields):
        """Fill in the form of `page` and send it to `path`; returns the status."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(page))
        data = urllib.parse.urlencode({**fields, "csrf_token": token[1]}).encode()
        try:
            with self.opener.open(self.site.base_url + path, data, timeout=WAIT_S) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code


def queue_words(site):
    """All that the queue holds, names and values, jobs unpacked, in lower case."""
    found = []
    with redis.Redis.from_url(site.redis_url) as client:
        for key in client.scan_iter(count=1000):
            found.append(key)
            kind = client.type(key).decode()
            read = {
                "string": lambda key: [client.get(key) or b""],
                "hash": lambda key: [each for pair in client.hgetall(key).items() for each in pair],
                "list": lambda key: client.lrange(key, 0, -1),
                "set": client.smembers,
                "zset": lambda key: client.zrange(key, 0, -1),
                "stream": lambda key: [str(client.xrange(key)).encode()],
            }.get(kind, lambda _: [])
            found += [_unpacked(value) for value in read(key)]
    return b"\n".join(found).decode(errors="replace").lower()


def log_words(site):
    """All that the logs say, in lower case."""
    return "\n".join(path.read_text(errors="replace") for path in (site.var_dir / "log").iterdir()).lower()


def _unpacked(value):
    with suppress(zlib.error):
        return zlib.decompress(value)
    return value


@contextmanager
def resting_workers(site):
    """Workers that take no jobs for a while, so that the queue can be looked at."""
    workers = [
        psutil.Process(site.pid("worker")),
        *psutil.Process(site.pid("worker")).children(recursive=True),
    ]
    for process in workers:
        process.send_signal(signal.SIGSTOP)
    yield
    for process in workers:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGCONT)


def _messages():
    db.session.rollback()
    return db.session.execute(
        db.select(Message.kind, Message.channel, Message.state, Message.not_before)
    ).all()


def test_a_lap_with_telltale_names_leaves_none_in_the_queue_or_the_logs(site, hub, make):
    from datetime import time as at

    campaign = make.campaign(quiet_from=at(0), quiet_until=at(0))
    root = make.root_of(campaign)
    person = make.person(
        campaign=campaign, area=root, name=NAME, email=EMAIL, phone=PHONE, text_agreed_at=clock.now()
    )
    shift = make.shift(
        event=make.event(area=root), location=make.location(area=root, address=f"7 {STREET}, Miami, FL 33128")
    )
    mail = MailFolder(site.mail_folder)
    before = mail.count()
    slug, shift_id = campaign.slug, shift.id
    hurting.seconds_until_ready(site)
    with resting_workers(site):
        with transaction():
            assignments.propose(
                campaign.id, None, [assignments.Proposal(person.id, shift_id, 1.0)], now=clock.now()
            )
        with transaction():
            ids = db.session.scalars(
                db.select(assignments.Assignment.id).filter_by(campaign_id=campaign.id)
            ).all()
            assignments.approve(campaign.id, ids, by=None, now=clock.now())
        stranger = Visitor(site)
        page = f"/c/{slug}/shifts/{shift_id}"
        assert stranger.post(page, f"{page}/sign-up", {"name": GUEST, "email": GUEST_EMAIL}) == 200
        assert stranger.post("/sign-in", "/sign-in", {"email": EMAIL}) == 200
        held = queue_words(site)
        assert "send_offers" in held
    hurting.seconds_until(lambda: mail.count() >= before + 3, or_say=lambda: _messages())
    hurting.seconds_until(lambda: all(row.state in outbox.ENDED for row in _messages()), or_say=_messages)
    hurting.seconds_until(lambda: "messages sent" in log_words(site))
    held += queue_words(site)
    said = log_words(site)
    assert [word for word in TELLTALES if word in held] == []
    assert [word for word in TELLTALES if word in said] == []
