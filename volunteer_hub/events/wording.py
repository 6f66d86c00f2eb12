"""How a shift is named in sentences and messages: its event, its day and hours in the campaign's zone.

The zone is named (“ET”) where the reader's clock or the clock at the place shows another hour.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton, format_time
from flask_babel import get_locale, gettext

from volunteer_hub.core.display import is_another_hour, zone_text
from volunteer_hub.events.queries.cards import ShiftCard


def moment_text(moment: datetime, time_zone: str, *others: str | None) -> str:
    """“Sat, Nov 28, 10:00 AM”, in the language of the reader and the zone given.

    others: the reader's zone and the place's, if known; where one differs it reads “10:00 AM ET”.
    """
    return _moment_text(moment, time_zone) + _named(moment, time_zone, others)


def _moment_text(moment: datetime, time_zone: str) -> str:
    local = moment.astimezone(ZoneInfo(time_zone))
    locale = get_locale() or "en"
    day = format_skeleton("MMMEd", local, tzinfo=local.tzinfo, locale=locale)
    return f"{day}, {format_time(local, 'short', locale=locale)}"


def is_zone_told(time_zone: str, cards: Iterable[ShiftCard], reader_zone: str | None) -> bool:
    """Should a page with these shifts name the zone of its times?"""
    return any(
        is_another_hour(card.starts_at, time_zone, other)
        for card in cards
        for other in (card.place_zone, reader_zone)
    )


def _named(moment: datetime, time_zone: str, others: Iterable[str | None]) -> str:
    is_doubtful = any(is_another_hour(moment, time_zone, other) for other in others)
    return f" {zone_text(time_zone)}" if is_doubtful else ""


def span_text(starts_at: datetime, ends_at: datetime, time_zone: str, *others: str | None) -> str:
    """“Sat, Nov 28, 10:00 AM to 1:00 PM”; the end names its day only when it is another one.

    others: as in moment_text.
    """
    zone = ZoneInfo(time_zone)
    locale = get_locale() or "en"
    if starts_at.astimezone(zone).date() == ends_at.astimezone(zone).date():
        end = format_time(ends_at.astimezone(zone), "short", locale=locale)
    else:
        end = _moment_text(ends_at, time_zone)
    end += _named(starts_at, time_zone, others)
    return gettext("%(start)s to %(end)s", start=_moment_text(starts_at, time_zone), end=end)
