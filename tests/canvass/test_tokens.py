"""No door, name or phone number is reachable without a lease or a role.

Every endpoint is tried with secrets of other people, expired and revoked ones included: in the address, in
the Authorization header, as a cookie and in the query. The walk follows the application's own map of
addresses, so a new page is covered the moment it exists.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from werkzeug.routing import Rule

from tests.browsing import FreshClient
from tests.canvass.phone import Phone
from tests.canvass.tokens import KINDS, Secret, Secrets, Victims
from tests.test_access import address, methods, rules
from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.canvass.models_additions import Addition
from volunteer_hub.core import clock
from volunteer_hub.core.access import access_of
from volunteer_hub.core.db import db
from volunteer_hub.demo.phone_log import PhoneLog
from volunteer_hub.events.models import SignUp
from volunteer_hub.people.identity import COOKIE
from volunteer_hub.people.views_sign_in import ASKER
from volunteer_hub.turf.models import Lease

SECRET = {"token", "signature", "code"}
"""Parameters that are secrets: the walk puts the one at hand there."""
NO_SESSIONS = (
    "a_lease",
    "a_lease_taken_back",
    "a_pass",
    "a_used_sign_in_link",
    "a_session_that_was_ended",
    "an_old_session",
)
ENDS_ITSELF = ["canvass.give_back_part", "canvass.hand_back"]
"""Asked last, so that what comes before them is asked while the secret still opens something."""


SAY_503 = ["/readyz", "/sign-in/passkey/options", "/sign-in/passkey"]
"""Answers of a test installation, whose address browsers allow no passkeys."""


class Walk:
    """One secret, tried everywhere against rows of `victims`; `seen` gathers all words of all answers."""

    def __init__(self, town: Secrets, victims: Victims, secret: Secret) -> None:
        self.town, self.victims, self.secret = town, victims, secret
        self.seen: set[str] = set()
        self.leaks: list[tuple[str, str, int, list[str]]] = []

    def ask(self, method: str, path: str, **body) -> None:
        """Ask for one address and follow one redirect."""
        http = FreshClient(self.town.app, self.town.app.response_class, use_cookies=True)
        http.set_cookie(ASKER, self.secret.value)
        if self.secret.is_cookie:
            http.set_cookie(COOKIE, self.secret.value)
        headers = {"Authorization": f"Bearer {self.secret.value}"}
        answer = http.open(path, method=method, headers=headers, query_string=self._query(), **body)
        words = self.town.seen(answer)
        if answer.status_code in (301, 302, 303, 307, 308):
            there = urlsplit(answer.location)
            words |= self.town.seen(http.get(there.path, query_string=there.query, headers=headers))
        self.seen |= words
        if not words <= self.secret.shows or (answer.status_code >= 500 and path not in SAY_503):
            self.leaks.append((method, path, answer.status_code, sorted(words - self.secret.shows)))

    def ask_all(self, method: str, path: str, endpoint: str) -> None:
        """A GET, or a POST of each body that could reach somebody's doors."""
        if method == "GET":
            self.ask(method, path)
        elif endpoint in ("canvass.log", "canvass.reports"):
            self.ask(method, path, json=self._sent(endpoint))
        else:
            for door in (self.victims.doors[0], *self.secret.doors[-1:]):
                self.ask(method, path, data=self._form(door))

    def _query(self) -> dict[str, object]:
        names = ("token", "code", "signature", "key", "t")
        return {"door": self.victims.doors[0], "since": "1999-01-01"} | dict.fromkeys(
            names, self.secret.value
        )

    def _form(self, door: int) -> dict[str, object]:
        report = self.victims.value("report_id")
        return {
            "door": door, "doors": [door], "result": "canvassed", "id": str(clock.now().timestamp()),
            "undoes": str(report), "what": "person", "name": "Nobody", "answer": "accept", "share": "1",
            "latitude": "29.0", "longitude": "-81.4", "note": "hello", "token": self.secret.value,
        }  # fmt: skip

    def _sent(self, endpoint: str) -> dict[str, object]:
        phone = Phone(self.town.app, self.secret.value, self.victims.value("turf_id"))
        report = str(self.victims.value("report_id"))
        doors = (self.victims.doors[0], *self.secret.doors[-1:])
        made = [phone.report(door, "refused", turf=None, minutes_ago=1) for door in doors]
        made += [phone.report(door, None, undoes=report, turf=None, minutes_ago=1) for door in doors]
        if endpoint == "canvass.reports":
            return {"reports": made}
        log = PhoneLog()
        for each in made:
            log.append(each)
        return log.batch(clock.now())


def opened_by_secrets(app) -> list[Rule]:
    """The rules that a token, a code or a signature opens; those that end one come last."""
    found = [rule for rule in rules(app) if access_of(app, rule.endpoint).kind == "token"]
    return sorted(found, key=lambda rule: rule.endpoint in ENDS_ITSELF)


def others(victims: Victims) -> tuple[object, ...]:
    """What nobody else's secret may change."""
    db.session.rollback()
    doors = list(victims.doors)
    count = db.select(db.func.count())
    return (
        db.session.scalar(count.select_from(DoorReport).where(DoorReport.door_id.in_(doors))),
        db.session.scalar(count.select_from(Addition).where(Addition.door_id.in_(doors))),
        db.session.get_one(Lease, victims.value("lease_id")).returned_at,
        db.session.get_one(SignUp, victims.value("sign_up_id")).state,
    )


@pytest.fixture
def town(app, make):
    # a form that could be forged, too, is refused for want of a right, not of this token
    app.config["WTF_CSRF_ENABLED"] = False
    return Secrets(app, make)


@pytest.mark.parametrize("kind", KINDS)
def test_a_secret_shows_what_it_is_for_and_nothing_of_others(app, town, kind):
    victims, secret = Victims(town), getattr(town, kind)()
    walk, rows = Walk(town, victims, secret), opened_by_secrets(app)
    victims.put(dict.fromkeys(SECRET, secret.value))
    asked = [(rule, address(rule, victims)) for rule in rows]
    before = others(victims)
    for method in ("GET", "POST"):
        for path in secret.addresses:
            walk.ask(method, path)
        for rule, path in asked:
            if method in methods(rule):
                walk.ask_all(method, path, rule.endpoint)
    assert walk.leaks == []
    assert walk.seen == secret.shows, "the secret itself opens nothing: so the walk proves nothing"
    assert others(victims) == before
    assert len(rows) > 20


def test_no_secret_opens_a_page_that_is_not_opened_by_secrets(app, town):
    """Sent as it may be, a secret is no session: the gate leads to signing in, and says nothing."""
    victims = Victims(town)
    asked = [
        (rule, address(rule, victims)) for rule in rules(app) if access_of(app, rule.endpoint).kind != "token"
    ]
    wrong = []
    for secret in [getattr(town, kind)() for kind in NO_SESSIONS]:
        walk = Walk(town, victims, replace(secret, shows=frozenset()))
        for rule, path in asked:
            for method in methods(rule):
                walk.ask_all(method, path, rule.endpoint)
        wrong += walk.leaks
    assert wrong == []
    assert len(asked) > 100
