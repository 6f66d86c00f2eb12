"""Live progress: within two seconds, one question to the database per interval however many watch."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import event

from tests.canvass.counting import progress
from volunteer_hub.canvass import views_live
from volunteer_hub.core import clock
from volunteer_hub.core.db import db


@pytest.fixture
def lead(client, make):
    client.sign_in(make.person(role="field_lead"))
    return client


def figures(browser):
    return browser.get("/organize/live.json").json["figures"]


def later():
    """Past the interval in which an answer is shared."""
    import time

    time.sleep(views_live.EVERY_S + 0.1)


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


def test_a_report_that_is_taken_back_no_longer_counts(lead, phone):
    wrong = phone.report(phone.doors[0])
    phone.send(wrong)
    phone.send(phone.report(phone.doors[0], None, undoes=wrong["id"]))
    assert figures(lead)["day-knocks"] == 0


def test_yesterdays_work_is_not_todays(lead, phone):
    with clock.standing_at(clock.now() - timedelta(days=1)):
        phone.send(phone.report(phone.doors[0]))
    assert figures(lead)["day-knocks"] == 0


def test_however_many_watch_the_database_is_asked_once(lead, phone, app):
    asked = []

    def note(_connection, _cursor, statement, *_more):
        if "door_reports" in statement:
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
