"""Moments and windows in words, for readers whose zone the request does not know."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton, format_time
from flask_babel import get_locale
from flask_babel import gettext as _

from volunteer_hub.core.display import day_text
from volunteer_hub.people.vocabulary import WEEKDAYS
from volunteer_hub.people.windows import Window


def moment_in(moment: datetime, zone: str) -> str:
    """“Sun, Nov 22, 9:00 AM” in the given zone and the reader's language."""
    local, locale = moment.astimezone(ZoneInfo(zone)), get_locale() or "en"
    day = format_skeleton("MMMEd", local, tzinfo=local.tzinfo, locale=locale)
    return f"{day}, {format_time(local, 'short', tzinfo=local.tzinfo, locale=locale)}"


def window_text(window: Window) -> str:
    """“Saturday, 9:00 AM – 1:00 PM”, or with a date; “Not on Nov 28” for a day away."""
    locale = get_locale() or "en"
    day = day_text(window.day_on) if window.day_on else str(WEEKDAYS[window.weekday or 0])
    start = format_time(window.from_time, "short", locale=locale)
    hours = f"{start} – {format_time(window.until_time, 'short', locale=locale)}"
    if not window.is_away:
        return f"{day}, {hours}"
    is_whole_day = window.from_time == time.min and window.until_time >= time(23, 59)
    if is_whole_day:
        return _("Not on %(day)s", day=day)
    return _("Not on %(day)s, %(hours)s", day=day, hours=hours)
