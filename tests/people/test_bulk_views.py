"""Every page that shows staff several people leaves a line in the audit log: all routes are walked."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import delete, func, select

from tests.access_samples import World
from tests.browsing import Browser
from tests.test_access import address, rules
from volunteer_hub.core import clock
from volunteer_hub.core.access import Role, access_of
from volunteer_hub.core.audit import AuditEntry
from volunteer_hub.core.db import db, transaction

NAME = re.compile(r"Person \d+")

# Pages on which names are not a view of volunteers in bulk, each with its reason.
EXEMPT = {
    "people.audit_log": "the log itself: its actors are the staff who looked",
    "events.edit_event": "a choice of hosts among staff",
}


def crowd(make) -> World:
    """A campaign in which every kind of row has several people behind it."""
    world = World(make)
    for name in ("sign_up_id", "assignment_id", "wish_id", "message_id", "outing_id", "grant_id"):
        for _ in range(3):
            getattr(world, name)()
    for _ in range(3):
        make.lease(person=world.person())
    return world


def seen_names(response, viewer) -> set[str]:
    return set(NAME.findall(response.get_data(as_text=True))) - {viewer.name}


def entries() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(AuditEntry))


def forget_entries() -> None:
    with transaction():
        db.session.execute(delete(AuditEntry))


def test_every_staff_page_that_shows_several_people_is_in_the_log(app, make):
    world = crowd(make)
    admin = make.person(role=Role.ADMIN)
    browser = Browser(app).sign_in(admin)
    silent, found = {}, 0
    for rule in rules(app):
        role = access_of(app, rule.endpoint).role
        if "GET" not in rule.methods or role is None or role.rank < Role.FIELD_LEAD.rank:
            continue
        forget_entries()
        response = browser.http.get(address(rule, world), follow_redirects=True)
        names = seen_names(response, admin) if response.status_code == 200 else set()
        if len(names) > 1:
            found += 1
            if not entries() and rule.endpoint not in EXEMPT:
                silent[rule.endpoint] = sorted(names)[:3]
    assert not silent, f"add these pages to BULK_VIEWS in volunteer_hub/app.py: {sorted(silent)}"
    assert found > 5


def test_the_table_names_pages_that_exist(app):
    from volunteer_hub.app import BULK_VIEWS

    assert set(BULK_VIEWS) <= set(app.view_functions)


def test_a_minute_of_looking_at_the_same_is_one_line_and_another_subject_is_another(app, make):
    lead = make.person(role="admin")
    shifts = [make.shift(), make.shift()]
    browser = Browser(app).sign_in(lead)
    for shift in (*shifts, *shifts):
        browser.get(f"/organize/shifts/{shift.id}")
    lines = select(AuditEntry.subject).where(AuditEntry.action == "view.roster")
    assert sorted(db.session.scalars(lines)) == sorted(f"shift:{each.id}" for each in shifts)
    with clock.standing_at(clock.now() + timedelta(minutes=2)):
        browser.get(f"/organize/shifts/{shifts[0].id}")
    db.session.rollback()
    assert len(db.session.scalars(lines).all()) == 3


def test_the_log_is_filtered_by_person_action_and_day(client, make):
    admin, other = make.person(role="admin"), make.person(role="admin")
    shift = make.shift()
    for viewer in (admin, other):
        Browser(client.app).sign_in(viewer).get(f"/organize/shifts/{shift.id}")
    client.sign_in(admin)
    day = clock.now().date().isoformat()
    one = client.get(f"/audit?person={other.id}&action=view.roster").text
    assert one.count("<code>view.roster</code>") == 1
    assert f"{other.name}</a>" in one
    assert "Nothing here" in client.get("/audit?action=view.roster&day=2020-01-01").text
    assert client.get(f"/audit?action=view.roster&day={day}").text.count("<code>view.roster</code>") == 2
