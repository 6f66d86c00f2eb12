"""One gate: every route of the program is walked by people who must not enter, and by one who may only look.

The walk follows the application's own map of addresses, so a new page is covered the moment it exists.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from werkzeug.routing import Rule

from tests.access_samples import BODIES, IN_AREA, PERSONAL, World
from tests.browsing import Browser
from volunteer_hub.core.access import Role, access_of
from volunteer_hub.core.db import db

REFUSED = (403, 404)
ROLES = [Role.VOLUNTEER, Role.FIELD_LEAD, Role.ORGANIZER, Role.ADMIN]

# Rows that a GET may touch: the log of who read what, and the last sign of life of a session.
WRITTEN_BY_READING = {"audit_entries": None, "web_sessions": "seen_at", "people": "seen_at"}


def rules(app) -> list[Rule]:
    """Every address of the program but the static files."""
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def methods(rule: Rule) -> Iterator[str]:
    yield from sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"})


def address(rule: Rule, world: World) -> str:
    """The rule's address, filled with rows of a world."""
    values = {name: world.value(name, rule._converters.get(name)) for name in rule.arguments}
    built = rule.build(values, append_unknown=False)
    assert built is not None, f"{rule.rule} cannot be built from {values}"
    return built[1]


def ask(browser: Browser, method: str, path: str, endpoint: str = "") -> int:
    data = {"csrf_token": browser.token()} | BODIES.get(endpoint, {}) if method != "GET" else None
    return browser.http.open(path, method=method, data=data).status_code


def let_through(browser: Browser, rows: list[tuple[Rule, str]]) -> list[tuple[str, str, int]]:
    """The requests that were not refused."""
    return [
        (method, path, status)
        for rule, path in rows
        for method in methods(rule)
        if (status := ask(browser, method, path, rule.endpoint)) not in REFUSED
    ]


def fingerprint() -> dict[str, str]:
    """A checksum of every table, without what reading may write."""
    db.session.rollback()
    with db.engine.connect() as connection:
        names = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        tables = [name for name in names.scalars() if WRITTEN_BY_READING.get(name, "") is not None]
        parts = [
            f"SELECT '{name}', md5(coalesce(string_agg(line::text, '' ORDER BY line::text), '')) FROM "
            f"(SELECT to_jsonb(each) - '{WRITTEN_BY_READING.get(name, '')}' AS line FROM {name} each) AS l"
            for name in sorted(tables)
        ]
        return dict(connection.execute(text(" UNION ALL ".join(parts))).all())


def changed(before: dict[str, str]) -> list[str]:
    after = fingerprint()
    return [name for name in after if after[name] != before.get(name)]


def test_every_route_says_who_may_enter(app):
    silent = {rule.endpoint for rule in rules(app) if access_of(app, rule.endpoint) is None}
    assert silent == set()


def test_every_open_door_says_why(app):
    marks = {rule.endpoint: access_of(app, rule.endpoint) for rule in rules(app)}
    assert {
        name for name, mark in marks.items() if mark and mark.role is None and len(mark.why) < 15
    } == set()


def test_a_stranger_is_led_to_signing_in(app, make):
    world, stranger = World(make), Browser(app)
    wrong = []
    for rule in rules(app):
        if access_of(app, rule.endpoint).role is None:
            continue
        for method in methods(rule):
            response = stranger.http.open(
                path := address(rule, world),
                method=method,
                data={"csrf_token": stranger.token()} if method != "GET" else None,
            )
            led = response.status_code == 302 and response.location.startswith("/sign-in?next=")
            if not (led if method == "GET" else response.status_code == 401):
                wrong.append((method, path, response.status_code))
    assert wrong == []


@pytest.mark.parametrize("role", [Role.VOLUNTEER, Role.FIELD_LEAD, Role.ORGANIZER])
def test_no_role_opens_a_page_of_a_higher_one(app, make, role):
    world = World(make)
    browser = Browser(app).sign_in(world.person(role=role))
    rows = [
        (rule, address(rule, world))
        for rule in rules(app)
        if (needed := access_of(app, rule.endpoint).role) is not None and needed.rank > role.rank
    ]
    before = fingerprint()
    assert rows
    assert let_through(browser, rows) == []
    assert changed(before) == []


@pytest.mark.parametrize("role", ROLES)
def test_nobody_reaches_rows_of_another_campaign(app, make, role):
    theirs = make.campaign(name="Theirs")
    world = World(make, theirs)
    rows = _with_rows(app, world)
    mine = make.campaign(name="Mine")
    browser = Browser(app).sign_in(make.person(campaign=mine, role=role))
    before = fingerprint()
    assert let_through(browser, rows) == []
    assert changed(before) == []


@pytest.mark.parametrize("role", [Role.FIELD_LEAD, Role.ORGANIZER, Role.ADMIN])
def test_nobody_reaches_people_and_plans_of_another_area(app, make, role):
    world = World(make)
    rows = [
        (rule, path)
        for rule, path in _with_rows(app, world)
        if rule.arguments & IN_AREA and access_of(app, rule.endpoint).role.rank >= Role.FIELD_LEAD.rank
    ]
    elsewhere = make.area(parent=make.root_of(make.default_campaign))
    browser = Browser(app).sign_in(make.person(area=elsewhere, role=role))
    before = fingerprint()
    assert len(rows) > 10
    assert let_through(browser, rows) == []
    assert changed(before) == []


def test_a_volunteer_does_not_reach_what_belongs_to_another(app, make):
    world = World(make)
    rows = [
        (rule, path)
        for rule, path in _with_rows(app, world)
        if rule.arguments & PERSONAL and access_of(app, rule.endpoint).role is Role.VOLUNTEER
    ]
    browser = Browser(app).sign_in(world.person())
    before = fingerprint()
    assert rows
    assert let_through(browser, rows) == []
    assert changed(before) == []


def test_a_wrong_secret_opens_nothing(app, make):
    world, stranger = World(make), Browser(app)
    rows = [
        (rule, address(rule, world)) for rule in rules(app) if access_of(app, rule.endpoint).kind == "token"
    ]
    before = fingerprint()
    wrong = [
        (method, path, status)
        for rule, path in rows
        for method in methods(rule)
        if not 400 <= (status := ask(stranger, method, path)) < 500
    ]
    assert rows
    assert wrong == []
    assert changed(before) == []


def test_looking_changes_nothing(app, make):
    """A GET of every page by somebody who may see all of them leaves every table as it was."""
    world = World(make)
    browser = Browser(app).sign_in(make.person(role=Role.ADMIN))
    paths = [(rule, address(rule, world)) for rule in rules(app) if "GET" in rule.methods]
    wrong = []
    before = fingerprint()
    for _rule, path in paths:
        status = ask(browser, "GET", path)
        touched = changed(before)
        if touched or (status >= 500 and path != "/readyz"):
            wrong.append((path, status, touched))
            before = fingerprint()
    assert wrong == []
    assert len(paths) > 20


def _with_rows(app, world: World) -> list[tuple[Rule, str]]:
    """The routes for the signed-in whose address names a row, with the row of this world."""
    return [
        (rule, address(rule, world))
        for rule in rules(app)
        if access_of(app, rule.endpoint).role is not None
        and any(name.endswith("_id") or name in PERSONAL for name in rule.arguments)
    ]
