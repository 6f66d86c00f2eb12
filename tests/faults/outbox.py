"""Posting messages whatever happens, and counting afterwards what became of them."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from tests.patience import WAIT_S
from volunteer_hub.core.db import db, transaction
from volunteer_hub.messaging import services
from volunteer_hub.messaging.catcher import MailFolder, digest
from volunteer_hub.messaging.models import Message
from volunteer_hub.messaging.recipient import Recipient
from volunteer_hub.messaging.services import Draft

ENDED = ("sent", "failed", "suppressed", "expired")


def drafts(name, numbers):
    """Offers at any hour of the day: the recipients have no quiet hours."""
    from datetime import time as at

    for number in numbers:
        to = Recipient("email", f"{name}-{number}@example.org", "UTC", quiet_from=at(0), quiet_until=at(0))
        yield Draft(f"{name}-{number}", "offer", to, "Saturday?", "Come on Saturday.\n" * 20)


def post(campaign_id, name, numbers):
    """Post some, again and again until the database has taken them; the key keeps them single."""
    give_up = time.monotonic() + WAIT_S
    while True:
        try:
            with transaction():
                return services.post_many(campaign_id, drafts(name, numbers))
        except DBAPIError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.1)


@contextmanager
def posting(app, campaign_id, name, count, *, over_s):
    """Post `count` messages in tens from another thread while the block runs; ends when all are posted."""
    errors = []

    def work():
        with app.app_context():
            try:
                for first in range(0, count, 10):
                    post(campaign_id, name, range(first, min(first + 10, count)))
                    time.sleep(over_s * 10 / count)
            except Exception as error:
                errors.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join(3 * WAIT_S)
    assert not errors, errors
    assert not thread.is_alive()


class Count:
    """What became of the messages of a name: in the table, and in the mail server's folder."""

    def __init__(self, site, campaign_id, name):
        self.mail = MailFolder(site.mail_folder)
        self.campaign_id, self.name = campaign_id, name

    def rows(self):
        db.session.rollback()
        query = select(Message.id, Message.state, Message.details).where(
            Message.campaign_id == self.campaign_id, Message.key.startswith(f"{self.name}-")
        )
        rows = db.session.execute(query).all()
        db.session.rollback()
        return rows

    def ended(self):
        try:
            return sum(row.state in ENDED for row in self.rows())
        except DBAPIError:
            return -1

    def wait(self, count, *, within_s=3 * WAIT_S):
        """Until that many have ended, one way or the other. Returns the seconds it took."""
        began = time.monotonic()
        while self.ended() < count:
            assert time.monotonic() - began < within_s, self.summary()
            time.sleep(0.2)
        return time.monotonic() - began

    def digests(self):
        """Our messages by the digest of their Message-ID, as the mail server's file names carry it."""
        names = self.mail.names()
        domain = self.mail.read(names[0]).message_id.rstrip(">").rpartition("@")[2] if names else ""
        return {digest(f"<{row.id}@{domain}>"): row for row in self.rows()}

    def arrived(self):
        """How often each of our messages arrived, by its row id."""
        wanted = self.digests()
        found = {row.id: 0 for row in wanted.values()}
        for name in self.mail.names():
            key = name.rsplit(".", 2)[1]
            if key in wanted:
                found[wanted[key].id] += 1
        return found

    def summary(self):
        states = [row.state for row in self.rows()]
        return {state: states.count(state) for state in sorted(set(states))}

    def check(self, count, *, most_in_doubt):
        """All sent; none missing; a repeat only where the row says that it was in doubt."""
        rows = {row.id: row for row in self.rows()}
        assert self.summary() == {"sent": count}
        arrived = self.arrived()
        assert [each for each, times in arrived.items() if times == 0] == []
        doubted = {each for each, row in rows.items() if {"orphaned", "unanswered"} & set(row.details)}
        repeated = {each for each, times in arrived.items() if times > 1}
        print(f"{count} messages: {len(doubted)} were in doubt, {len(repeated)} arrived twice")
        assert repeated <= doubted
        assert all(times <= 2 for times in arrived.values()) or most_in_doubt > 2
        assert len(doubted) <= most_in_doubt
        return len(doubted), len(repeated)
