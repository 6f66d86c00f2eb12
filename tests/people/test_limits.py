"""Every way in has its limits, also while Redis is away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.browsing import Browser
from volunteer_hub.core.db import db
from volunteer_hub.core.web import limiter


@pytest.fixture
def limited(config, app, request):
    """The application with its limits on; `redis_url` of the parameter, the real one without."""
    from volunteer_hub.app import create_app

    redis_url = getattr(request, "param", None) or config.redis_url
    application = create_app(replace(config, redis_url=redis_url))
    limiter.enabled = True
    limiter._storage_dead = False  # the limiter is one for the whole test process; begin anew
    if limiter._fallback_storage is not None:
        limiter._fallback_storage.reset()
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()
    limiter.enabled = False
    for name in ("redis", "redis_health"):
        application.extensions[name].close()


DEAD = "redis://127.0.0.1:1/0"


def tries(app, path, fields, times, **options):
    browser = Browser(app)
    token = browser.token()
    return [
        browser.http.post(path, data={"csrf_token": token} | fields(n), **options).status_code
        for n in range(times)
    ]


@pytest.mark.parametrize("limited", [None, DEAD], indirect=True, ids=["with Redis", "without Redis"])
def test_links_are_limited_by_address_of_the_network(limited):
    statuses = tries(limited, "/sign-in", lambda n: {"email": f"p{n}@example.org"}, 14)
    assert statuses[:10] == [302] * 10
    assert statuses[-1] == 429


@pytest.mark.parametrize("limited", [None, DEAD], indirect=True, ids=["with Redis", "without Redis"])
def test_links_for_one_account_are_limited_from_anywhere(limited):
    statuses = []
    for n in range(8):
        statuses += tries(
            limited, "/sign-in", lambda _n: {"email": "one@example.org"}, 1,
            environ_base={"REMOTE_ADDR": f"10.0.0.{n}"},
        )  # fmt: skip
    assert statuses[:5] == [302] * 5
    assert set(statuses[5:]) == {429}


@pytest.mark.parametrize("limited", [None, DEAD], indirect=True, ids=["with Redis", "without Redis"])
def test_passwords_of_one_account_are_limited_from_anywhere(limited):
    statuses = []
    for n in range(12):
        statuses += tries(
            limited, "/sign-in/password", lambda _n: {"email": "One@example.org ", "password": "guess"}, 1,
            environ_base={"REMOTE_ADDR": f"10.0.1.{n}"},
        )  # fmt: skip
    assert statuses[:10] == [403] * 10
    assert statuses[10:] == [429, 429]


def test_codes_of_one_person_are_limited_from_anywhere(limited, make):
    from tests.people.test_password_and_codes import GOOD, with_codes, with_password

    person = with_password(make.person(role="admin"))
    with_codes(person)
    statuses = []
    for n in range(8):
        browser = Browser(limited)
        browser.http.environ_base["REMOTE_ADDR"] = f"10.0.2.{n}"
        browser.post("/sign-in/password", {"email": person.email, "password": GOOD})
        data = {"csrf_token": browser.token(), "code": "000000"}
        statuses.append(browser.http.post("/sign-in/code", data=data).status_code)
    assert statuses == [403] * 6 + [429] * 2


def test_the_limits_hold_no_address_in_redis(limited, config):
    import redis

    tries(limited, "/sign-in", lambda _n: {"email": "secret.name@example.org"}, 2)
    client = redis.Redis.from_url(config.redis_url)
    keys = b" ".join(client.keys("*"))
    client.close()
    assert b"email:" in keys
    assert b"secret.name" not in keys
