"""Times and homes as plain values."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer_hub.core.refusals import Refusal
from volunteer_hub.people.contact import NotAPhone, NotMailable, normal_email, normal_phone
from volunteer_hub.people.places import UnknownPlace, home_of
from volunteer_hub.people.windows import BadWindow, Window, is_free, joined, read_windows

EASTERN = ZoneInfo("America/New_York")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=EASTERN).astimezone(UTC)


def test_overlapping_and_touching_times_of_a_day_become_one():
    windows = joined(read_windows("5 12:00-14:00; 5 09:00-12:00; 6 09:00-10:00; 5 13:00-13:30"))
    assert windows == read_windows("5 09:00-14:00; 6 09:00-10:00")


minutes = st.integers(0, 1439)


@st.composite
def any_windows(draw):
    found = []
    for _ in range(draw(st.integers(0, 8))):
        start, end = sorted((draw(minutes), draw(minutes)))
        if start < end:
            times = [time(*divmod(each, 60)) for each in (start, end)]
            found.append(Window(draw(st.integers(0, 6)), None, *times))
    return found


@given(any_windows(), st.integers(0, 6), minutes)
def test_joining_keeps_every_minute_and_makes_none(windows, day, minute):
    at = time(*divmod(minute, 60))

    def holds(these):
        return any(each.weekday == day and each.from_time <= at < each.until_time for each in these)

    assert holds(windows) == holds(joined(windows))
    assert joined(joined(windows)) == joined(windows)


@pytest.mark.parametrize(
    ("windows", "start", "end", "free"),
    [
        ("", "2026-10-31 03:00", "2026-10-31 04:00", True),
        ("5 09:00-13:00", "2026-10-31 09:00", "2026-10-31 13:00", True),
        ("5 09:00-13:00", "2026-10-31 09:00", "2026-10-31 13:01", False),
        ("5 09:00-13:00", "2026-11-01 09:00", "2026-11-01 10:00", False),
        ("2026-11-01 09:00-13:00", "2026-11-01 09:00", "2026-11-01 10:00", True),
        ("5 09:00-12:00; 5 12:00-15:00", "2026-10-31 11:00", "2026-10-31 13:00", True),
        ("5 18:00-23:59", "2026-10-31 20:00", "2026-11-01 00:00", True),
        ("5 18:00-23:59", "2026-10-31 20:00", "2026-11-01 01:00", False),
        ("6 09:00-17:00", "2026-11-01 09:00", "2026-11-01 12:00", True),  # the clocks change that night
    ],
)
def test_a_shift_fits_when_the_times_cover_all_of_it(windows, start, end, free):
    assert is_free(read_windows(windows), local(start), local(end), EASTERN) is free


@pytest.mark.parametrize(
    "text", ["7 09:00-10:00", "5 9-10", "5 10:00-09:00", "5 25:00-26:00", "Sat", "2026-13-01 09:00-10:00"]
)
def test_times_that_cannot_be_are_refused_in_a_sentence(text):
    with pytest.raises(BadWindow) as refusal:
        read_windows(text)
    assert len(str(refusal.value)) > 15


def test_a_zip_is_placed_with_its_accuracy_and_zone():
    home = home_of(" 33101 ")
    assert (round(home.latitude, 1), round(home.longitude, 1)) == (25.8, -80.2)
    assert home.source == "zip"
    assert 100 < home.accuracy_m < 20_000
    assert home.time_zone == "America/New_York"
    assert home_of("32501").time_zone == "America/Chicago", "west Florida keeps Central time"


@pytest.mark.parametrize(
    ("text", "place", "source"),
    [
        ("12 Main St, Miami, FL 33101-1234", "Miami, FL 33101", "zip"),
        ("33130 USA", "Miami, FL 33130", "zip"),
        ("1 Elm St, St. Petersburg, FL", "Saint Petersburg, FL", "city"),
        ("Burlington VT", "Burlington, VT", "city"),
    ],
)
def test_an_address_is_placed_by_its_zip_or_its_city(text, place, source):
    home = home_of(text)
    assert (home.place, home.source) == (place, source)


@pytest.mark.parametrize(
    "text", ["00000", "99999", "abc", "12345678901", "=cmd|' /C calc'!A0", "1 Elm St, Nowhere, ZZ"]
)
def test_what_is_no_place_is_refused_in_a_sentence(text):
    with pytest.raises(UnknownPlace) as refusal:
        home_of(text)
    assert "ZIP" in str(refusal.value)


def test_a_city_is_less_exact_than_its_zip():
    assert home_of("Miami, FL").accuracy_m > home_of("33130").accuracy_m


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("(305) 555-0142", "+13055550142"),
        ("305.555.0142", "+13055550142"),
        ("+44 20 7946 0018", "+442079460018"),
        ("  ", None),
        (None, None),
    ],
)
def test_a_phone_number_is_kept_as_e164(text, number):
    assert normal_phone(text) == number


@pytest.mark.parametrize("text", ["12", "call me", "555-0142", "+1 055 555 0142", "9" * 40])
def test_what_is_no_phone_number_is_refused(text):
    with pytest.raises(NotAPhone):
        normal_phone(text)


@pytest.mark.parametrize(
    "text", ["a", "a@", "a b@example.org", "a@example.org\r\nBcc: x@example.org", "x" * 300]
)
def test_what_is_no_email_is_refused(text):
    with pytest.raises(Refusal):
        normal_email(text)


def test_an_address_that_gets_no_mail_is_refused_with_the_reason():
    with pytest.raises(NotMailable, match="before the @"):
        normal_email("josé@example.org")


def test_an_international_domain_is_kept_as_mail_needs_it():
    assert normal_email("Ann@Bücher.de") == "ann@xn--bcher-kva.de"
