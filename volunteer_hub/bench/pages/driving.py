"""What is asked for: near-me searches, shifts' pages, searches for volunteers, sign-ups; seeded."""

from __future__ import annotations

import itertools
import urllib.parse
from collections.abc import Iterator, Sequence
from datetime import timedelta

import numpy as np
from flask import Flask, session
from flask_wtf.csrf import generate_csrf

from volunteer_hub.bench.load import Request
from volunteer_hub.bench.nation.loading import SLUG, Nation
from volunteer_hub.core import clock, secrets
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db, transaction
from volunteer_hub.people import identity
from volunteer_hub.people import services as people
from volunteer_hub.people.models import Area, Person, WebSession

SIGNERS = 4000
SHIFTS_WANTED = 1500
"""Sign-ups go to so few shifts, one in ten of which has two places, that many meet full ones."""


def near_me(nation: Nation, seed: int) -> Iterator[Request]:
    """Somebody looks around their ZIP: near cities as often as people live there."""
    rng = np.random.default_rng(seed)
    zips = nation.people["zip"].to_numpy()
    while True:
        asked = {"near": zips[rng.integers(len(zips))], "within": str(rng.choice((5, 15, 30)))}
        asked |= [{}, {"days": "weekend"}, {"days": "week"}, {"kind": "canvass"}, {"free": "1"}][
            rng.integers(5)
        ]
        yield Request("GET", f"/c/{SLUG}/shifts?{urllib.parse.urlencode(asked)}", {})


def shift_pages(nation: Nation, seed: int) -> Iterator[Request]:
    """A stranger opens the page of any shift, each as likely."""
    rng = np.random.default_rng(seed)
    while True:
        shift_id = nation.first_shift + int(rng.integers(len(nation.shifts)))
        yield Request("GET", f"/c/{SLUG}/shifts/{shift_id}", {})


def searches(nation: Nation, cookies: Sequence[str], seed: int) -> Iterator[Request]:
    """Organizers of the whole nation look for people in turn: half the names are misspelt."""
    rng = np.random.default_rng(seed)
    for cookie in itertools.cycle(cookies):
        words = _looked_for(rng, nation)
        query = urllib.parse.urlencode({"q": words})
        yield Request("GET", f"/people?{query}", {"Cookie": cookie})


def _looked_for(rng: np.random.Generator, nation: Nation) -> str:
    row = int(rng.integers(len(nation.people)))
    person = {name: nation.people[name].iloc[row] for name in ("name", "email", "phone", "zip")}
    kind = rng.choice(
        ("name", "misspelt", "family", "email", "phone", "place"), p=(0.2, 0.4, 0.1, 0.1, 0.1, 0.1)
    )
    given, _, family = str(person["name"]).rpartition(" ")
    if kind == "misspelt":
        return f"{misspelt(rng, given)} {misspelt(rng, family)}"
    if kind == "phone" and person["phone"]:
        digits = str(person["phone"])
        return f"({digits[2:5]}) {digits[5:8]}-{digits[8:]}"
    found = {"family": family, "email": person["email"], "place": f"{family} {person['zip']}"}
    return str(found.get(str(kind), person["name"]))


def misspelt(rng: np.random.Generator, word: str) -> str:
    """The word with one letter left out, doubled, swapped with the next, or another."""
    if len(word) < 4:
        return word
    at = int(rng.integers(1, len(word) - 1))
    return {
        "left out": word[:at] + word[at + 1 :],
        "doubled": word[:at] + word[at] + word[at:],
        "swapped": word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        "another": word[:at] + str(rng.choice(list("aeinorst"))) + word[at + 1 :],
    }[str(rng.choice(("left out", "doubled", "swapped", "another")))]


def sign_ups(nation: Nation, cookies: Cookies, seed: int) -> Iterator[Request]:
    """Members take places: each time another pair of person and shift, on another day for each person."""
    rng = np.random.default_rng(seed)
    wanted = rng.choice(len(nation.shifts), SHIFTS_WANTED, replace=False)
    day = nation.shifts.starts_at.dt.day_of_year.to_numpy()[wanted]
    taken: set[tuple[int, int]] = set()
    while True:
        person, pick = int(rng.integers(len(cookies.sessions))), int(rng.integers(SHIFTS_WANTED))
        if (person, int(day[pick])) in taken:
            continue
        taken.add((person, int(day[pick])))
        yield Request(
            "POST",
            f"/c/{SLUG}/shifts/{nation.first_shift + int(wanted[pick])}/sign-up",
            {
                "Cookie": f"{identity.COOKIE}={cookies.sessions[person]}; {cookies.form}",
                "Content-Type": "application/x-www-form-urlencoded",
            },
            urllib.parse.urlencode({"csrf_token": cookies.token}),
            good=302,
        )


class Cookies:
    """A session for each of some people, of eight organizers, and one form cookie with its token for all."""

    def __init__(self, app: Flask, nation: Nation, count: int) -> None:
        rng = np.random.default_rng(7)
        rows = rng.choice(len(nation.people), min(count, len(nation.people)), replace=False)
        ids = [nation.first_person + int(row) for row in rows]
        self.sessions = _sessions(nation.campaign_id, ids)
        self.organizers = [_organizer(nation, person_id) for person_id in (nation.organizer_id, *ids[:7])]
        with app.test_request_context():
            self.token = generate_csrf()
            answer = app.response_class()
            app.session_interface.save_session(app, session, answer)
        self.form = answer.headers["Set-Cookie"].split(";")[0]


def _organizer(nation: Nation, person_id: int) -> str:
    """The cookie of somebody who organizes the whole nation."""
    now = clock.now()
    with transaction():
        person = db.session.get_one(Person, person_id)
        root = db.session.query(Area).filter_by(campaign_id=nation.campaign_id, parent_id=None).one()
        if person_id != nation.organizer_id:
            people.grant(person, Role.ORGANIZER, root, by=None, now=now)
        token = identity.open_session(person, way_in="link", browser="bench", second_factor=True, now=now)
    return f"{identity.COOKIE}={token}"


def _sessions(campaign_id: int, person_ids: list[int]) -> list[str]:
    """Open sessions, as after a used link; their tokens in the order of the people."""
    now, tokens = clock.now(), [secrets.new_token(32) for _ in person_ids]
    with transaction():
        db.session.execute(
            db.insert(WebSession),
            [
                {
                    "campaign_id": campaign_id, "person_id": person_id, "token_digest": secrets.digest(token),
                    "created_at": now, "seen_at": now, "expires_at": now + timedelta(days=1),
                    "way_in": "link", "browser": "bench",
                }
                for person_id, token in zip(person_ids, tokens, strict=True)
            ],
        )  # fmt: skip
    return tokens
