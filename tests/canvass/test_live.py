"""Live progress: within two seconds, one question to the database per interval however many watch."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import event

from tests.browsing import Browser
from tests.canvass.counting import progress
from volunteer_hub.canvass.views import live as live_pages
from volunteer_hub.core import clock
from volunteer_hub.core.db import db
from volunteer_hub.demo.phone_log import PhoneLog
from volunteer_hub.districts.models import Door


@pytest.fixture
def lead(client, make):
    client.sign_in(make.person(role="field_lead"))
    return client


def figures(browser):
    return browser.get("/organize/live.json").json["figures"]


def later():
    """Past the interval in which an answer is shared."""
    import time

    time.sleep(live_pages.EVERY_S + 0.1)


def day(browser) -> tuple[int, int]:
    """Knocks and talks of today, as they are now."""
    later()
    found = figures(browser)
    return found["day-knocks"], found["day-talks"]


def test_numbers_follow_what_phones_bring(lead, phone, walk):
    assert figures(lead)["day-knocks"] == 0
    phone.send(phone.report(phone.doors[0], "canvassed"), phone.report(phone.doors[1]))
    progress()
    later()
    found = figures(lead)
    assert (found["day-knocks"], found["day-talks"]) == (2, 1)
    assert found[f"precinct-{walk.precinct_id}-done"] == 2
    page = lead.get("/organize/live").text
    assert re.search(r'data-figure="day-knocks">2<', page)


@pytest.mark.parametrize("watched", [True, False])
def test_a_report_that_is_taken_back_no_longer_counts(lead, phone, watched):
    wrong, right = phone.report(phone.doors[0]), phone.report(phone.doors[1], "canvassed")
    if watched:
        assert day(lead) == (0, 0)
    phone.send(wrong, right)
    if watched:
        assert day(lead) == (2, 1)
    phone.send(phone.report(phone.doors[0], None, undoes=wrong["id"]))
    assert day(lead) == (1, 1)


def test_the_day_is_the_same_when_it_is_counted_afresh(app, lead, phone, make):
    day(lead)
    first, second = make.voter(db.session.get(Door, phone.doors[2])), phone.doors[2]
    phone.send(phone.report(phone.doors[0]), phone.report(phone.doors[1], "canvassed"))
    phone.send(phone.report(second, "refused"), phone.report(second, "canvassed", same_knock=True))
    phone.send(phone.report(phone.doors[3], "canvassed", voter=first.id))
    before = day(lead)
    assert before == (4, 3)
    app.extensions["redis"].flushdb()
    assert day(lead) == before


def test_what_is_received_and_has_not_taken_effect_counts_once(app, lead, phone):
    log = PhoneLog()
    for door in phone.doors[:3]:
        log.append(phone.report(door))
    headers = {"Authorization": f"Bearer {phone.token}", "Accept": "application/json"}
    phone.http.post("/canvass/log", json=log.batch(clock.now()), headers=headers)
    assert day(lead) == (0, 0)
    progress()
    assert day(lead) == (3, 0)


def test_an_old_report_that_is_taken_back_does_not_count_against_the_day_for_long(app, lead, phone):
    old = phone.report(phone.doors[0])
    with clock.standing_at(clock.now() - timedelta(days=1)):
        phone.send(old | {"at": clock.now().isoformat()})
    assert day(lead) == (0, 0)
    phone.send(phone.report(phone.doors[0], None, undoes=old["id"]), phone.report(phone.doors[1]))
    app.extensions["redis"].flushdb()
    assert day(lead) == (1, 0)


def test_the_days_reports_are_not_counted_at_every_look(lead, phone):
    day(lead)
    asked = []

    def note(_connection, _cursor, statement, *_more):
        if "door_reports" in statement:
            asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        for _look in range(3):
            day(lead)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert asked == []


def test_yesterdays_work_is_not_todays(lead, phone):
    with clock.standing_at(clock.now() - timedelta(days=1)):
        phone.send(phone.report(phone.doors[0]))
    assert figures(lead)["day-knocks"] == 0


def test_however_many_watch_the_database_is_asked_once(lead, phone, app):
    asked = []

    def note(_connection, _cursor, statement, *_more):
        if "progress" in statement:
            asked.append(statement)

    figures(lead)
    later()
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        for _viewer in range(20):
            figures(lead)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert 1 <= len(asked) <= 4  # one an interval; the twenty may take more than one


def test_a_lead_of_another_area_sees_none_of_it(client, make, phone):
    phone.send(phone.report(phone.doors[0]))
    progress()
    client.sign_in(make.person(role="field_lead", area=make.area()))
    found = figures(client)
    assert found == {"day-knocks": 0, "day-talks": 0}


def test_an_office_full_of_watchers_behind_one_address_is_not_slowed_down(app, client, make):
    from volunteer_hub.core.web import limiter

    watchers = [Browser(app).sign_in(make.person(role="field_lead")) for _ in range(3)]
    limiter.enabled = True
    try:
        answers = {
            each.http.get("/organize/live.json").status_code for each in watchers for _look in range(100)
        }
    finally:
        limiter.enabled = False
    assert answers == {200}
