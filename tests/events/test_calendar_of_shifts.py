"""The calendar of shifts: days of the campaign's zone, months of any shape, filters, the agenda."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from tests.events.test_needs import score
from tests.statements import counted
from volunteer_hub.core import clock
from volunteer_hub.core.db import db
from volunteer_hub.events.queries.days import bounds, month_days, week_days
from volunteer_hub.events.views_calendar import MOST_A_DAY

EASTERN = ZoneInfo("America/New_York")
DAYS = st.dates(date(2001, 1, 1), date(2098, 12, 31))
ZONES = st.sampled_from(
    ["America/New_York", "America/Phoenix", "Pacific/Honolulu", "America/Anchorage", "UTC"]
)


@pytest.fixture
def organizer(make, client):
    """A signed-in organizer of the whole campaign."""
    return client.sign_in(make.person(role="organizer"))


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=EASTERN).astimezone(UTC)


def today() -> date:
    return clock.now().astimezone(EASTERN).date()


def cell(page: str, day: date) -> str:
    start = page.index(f'<time datetime="{day.isoformat()}">', page.index("<tbody>"))
    end = page.find('class="cal__cell', start)
    return page[start : end if end > 0 else None]


@given(DAYS, ZONES)
def test_days_follow_one_another_without_gap_or_overlap(day, zone):
    begins, ends = bounds(day, ZoneInfo(zone))
    assert ends == bounds(day + timedelta(days=1), ZoneInfo(zone))[0]
    assert timedelta(hours=23) <= ends - begins <= timedelta(hours=25)
    assert begins.astimezone(ZoneInfo(zone)).date() == day


@given(st.integers(2001, 2098), st.integers(1, 12))
def test_a_month_is_whole_weeks_that_hold_all_its_days_once(year, month):
    days = month_days(year, month)
    assert len(days) % 7 == 0
    assert days[0].weekday() == 6
    inside = [day for day in days if (day.year, day.month) == (year, month)]
    assert [day.day for day in inside] == list(range(1, len(inside) + 1))
    assert (inside[-1] + timedelta(days=1)).day == 1
    assert len(days) - len(inside) <= 12


@given(DAYS)
def test_a_week_holds_its_day(day):
    week = week_days(day)
    assert day in week
    assert (week[0].weekday(), len(week)) == (6, 7)


def test_the_day_the_clocks_go_back_has_25_hours():
    begins, ends = bounds(date(2027, 11, 7), EASTERN)
    assert ends - begins == timedelta(hours=25)


def test_a_shift_late_in_the_evening_stands_on_its_own_day(make, organizer):
    day = today() + timedelta(days=2)
    make.shift(event=make.event(name="Late calls"), starts_at=at(day, 22), hours=1)
    page = organizer.get(f"/organize/events/calendar?span=week&on={day}").text
    assert "Late calls" in cell(page, day)
    assert page.count("Late calls") == 1


def test_the_first_of_a_day_are_shown_and_the_others_open_with_it(make, organizer):
    day = today() + timedelta(days=2)
    for hour in range(9, 15):
        make.shift(event=make.event(name=f"Doors at {hour}"), starts_at=at(day, hour), going=0)
    page = organizer.get(f"/organize/events/calendar?on={day}").text
    here = cell(page, day)
    assert "Doors at 9" in here
    assert "Doors at 14" not in here
    assert "+3 more" in here
    assert "6 shifts" in here
    assert "6 short" in here
    listed = organizer.get(f"/organize/events/needs?on={day}").text
    assert "Doors at 14" in listed


@contextmanager
def rows_read():
    """How many rows the database hands over, one number a statement."""
    read = []

    def note(_connection, cursor, statement, *_more):
        if statement.lstrip().upper().startswith("SELECT"):
            read.append(cursor.rowcount)

    event.listen(db.engine, "after_cursor_execute", note)
    try:
        yield read
    finally:
        event.remove(db.engine, "after_cursor_execute", note)


@pytest.mark.parametrize("span", ["month", "week"])
def test_a_day_with_many_shifts_shows_the_few_that_need_somebody_most(make, organizer, span):
    day, doors = today() + timedelta(days=2), make.event(name="Doors")
    for number in range(40):
        make.shift(event=doors, starts_at=at(day, 8, number), capacity=10, going=9, expected=9.0)
    make.shift(event=make.event(name="Nobody yet"), starts_at=at(day, 19), capacity=30)
    make.shift(event=make.event(name="Nearly nobody"), starts_at=at(day, 18), capacity=30, going=2)
    with rows_read() as read:
        page = organizer.get(f"/organize/events/calendar?span={span}&on={day}").text
    here, most = cell(page, day), MOST_A_DAY[span]
    assert here.count('class="cal__shift ') == most
    assert here.index("Nearly nobody") < here.index("Nobody yet"), "by the clock"
    assert "the shifts that need somebody most are shown" in page
    assert "42 shifts" in here
    assert f"+{42 - most} more" in here
    assert f"/organize/events/needs?on={day}" in here
    assert max(read) <= 20, "a row a day and the shown, never each shift"


def test_where_an_hour_is_worth_more_a_shift_comes_first(make, organizer):
    day = today() + timedelta(days=2)
    places = score(make, {"Close": 9.0, "Safe": 0.1})
    for hour in range(8, 14):
        make.shift(
            event=make.event(name=f"Plain at {hour}"), location=places["Safe"], starts_at=at(day, hour)
        )
    make.shift(event=make.event(name="Worth most"), location=places["Close"], starts_at=at(day, 20))
    assert "Worth most" in cell(organizer.get(f"/organize/events/calendar?on={day}").text, day)


def test_each_shift_says_in_words_how_full_it_is(make, organizer):
    day = today() + timedelta(days=2)
    make.shift(starts_at=at(day, 9), capacity=10, going=10, expected=9.5)
    make.shift(starts_at=at(day, 10), capacity=10, going=10)
    make.shift(starts_at=at(day, 11), capacity=10)
    here = cell(organizer.get(f"/organize/events/calendar?on={day}").text, day)
    words = ("10 of 10 · Enough", "5 of 10 · Short", "0 of 10 · Empty")
    assert [word for word in words if word in here] == list(words)


def test_filters_are_kept_from_month_to_month_and_view_to_view(make, organizer):
    page = organizer.get("/organize/events/calendar?kind=rally&short=yes&on=2027-01-15").text
    assert "on=2026-12-01&amp;kind=rally&amp;short=yes" in page or "kind=rally&amp;short=yes" in page
    assert "/organize/events/map?kind=rally&amp;short=yes" in page
    assert 'name="on" value="2027-01-15"' in page


def test_a_month_takes_the_same_statements_full_or_empty(make, organizer):
    with counted() as empty:
        organizer.get("/organize/events/calendar")
    event = make.event()
    for hour in range(8):
        make.shift(event=event, starts_at=at(today() + timedelta(days=1), 9 + hour))
    with counted() as full:
        organizer.get("/organize/events/calendar")
    assert len(full) == len(empty)
