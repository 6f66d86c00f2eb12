"""How a shift is named in sentences and messages: its event, its day and hours in the campaign's zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton, format_time
from flask_babel import get_locale, gettext


def moment_text(moment: datetime, time_zone: str) -> str:
    """“Sat, Nov 28, 10:00 AM”, in the language of the reader and the zone given."""
    local = moment.astimezone(ZoneInfo(time_zone))
    locale = get_locale() or "en"
    day = format_skeleton("MMMEd", local, tzinfo=local.tzinfo, locale=locale)
    return f"{day}, {format_time(local, 'short', locale=locale)}"


def span_text(starts_at: datetime, ends_at: datetime, time_zone: str) -> str:
    """“Sat, Nov 28, 10:00 AM to 1:00 PM”; the end names its day only when it is another one."""
    zone = ZoneInfo(time_zone)
    locale = get_locale() or "en"
    if starts_at.astimezone(zone).date() == ends_at.astimezone(zone).date():
        end = format_time(ends_at.astimezone(zone), "short", locale=locale)
    else:
        end = moment_text(ends_at, time_zone)
    return gettext("%(start)s to %(end)s", start=moment_text(starts_at, time_zone), end=end)
