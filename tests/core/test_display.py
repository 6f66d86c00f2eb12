"""How moments are written: the reader's language, the campaign's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask_babel import Babel

from volunteer_hub.core import clock, display

SATURDAY = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)


def app_in(language: str, zone: str) -> Flask:
    app = Flask("display")
    Babel(app, locale_selector=lambda: language, timezone_selector=lambda: zone)
    app.add_url_rule("/lists/<int:list_id>", "a_list", lambda **_: "")
    return app


@pytest.fixture(autouse=True)
def saturday():
    with clock.standing_at(SATURDAY):
        yield


def written(function, *arguments, language: str = "en", zone: str = "America/New_York") -> str:
    with app_in(language, zone).test_request_context("/"):
        return function(*arguments).replace("\u202f", " ")


def test_a_moment_stands_in_the_campaigns_zone() -> None:
    assert written(display.moment_text, SATURDAY) == "Sat, Nov 21, 9:00 AM"
    assert written(display.moment_text, SATURDAY, zone="America/Chicago") == "Sat, Nov 21, 8:00 AM"


def test_an_evening_in_texas_is_still_saturday_though_utc_says_sunday() -> None:
    late = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
    assert written(display.day_text, late, zone="America/Chicago") == "Sat, Nov 21"


def test_spanish_readers_get_spanish_days() -> None:
    assert written(display.day_text, SATURDAY, language="es") == "sáb, 21 nov"


def test_another_year_is_named() -> None:
    assert written(display.day_text, date(2024, 11, 5)) == "Tue, Nov 5, 2024"


def test_a_plain_day_does_not_move_with_the_zone() -> None:
    assert written(display.day_text, date(2026, 11, 3), zone="Pacific/Honolulu") == "Tue, Nov 3"


def test_a_span_repeats_the_day_only_when_it_changes() -> None:
    assert written(display.end_text, SATURDAY + timedelta(hours=3), SATURDAY) == "12:00 PM"
    assert written(display.end_text, SATURDAY + timedelta(hours=20), SATURDAY) == "Sun, Nov 22, 5:00 AM"


def test_ago_counts_from_our_clock() -> None:
    assert written(display.ago_text, SATURDAY - timedelta(minutes=3)) == "3 minutes ago"


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs its zone"):
        written(display.moment_text, datetime(2026, 11, 21, 9, 0))  # noqa: DTZ001 - the fault under test


@pytest.mark.parametrize(
    ("stored", "shown"),
    [("+17575550134", "(757) 555-0134"), ("+34912345678", "+34 912 34 56 78"), ("ask Dana", "ask Dana")],
)
def test_phone_numbers_are_written_as_people_write_them(stored: str, shown: str) -> None:
    assert display.phone_text(stored) == shown


def test_url_with_changes_only_what_it_is_given() -> None:
    with app_in("en", "UTC").test_request_context("/lists/4?q=ana&page=3&area=1&area=2"):
        # the arguments of the path stay, repeated ones too
        from flask import request

        assert request.endpoint == "a_list"
        assert display.url_with(page=4) == "/lists/4?q=ana&page=4&area=1&area=2"
        assert display.url_with(page=None, q="b") == "/lists/4?q=b&area=1&area=2"


@pytest.mark.parametrize(("cookie", "theme"), [("dark", "dark"), ("light", "light"), ("neon", ""), ("", "")])
def test_the_theme_is_one_we_know(cookie: str, theme: str) -> None:
    with app_in("en", "UTC").test_request_context("/", headers={"Cookie": f"theme={cookie}"}):
        assert display.chosen_theme() == theme
