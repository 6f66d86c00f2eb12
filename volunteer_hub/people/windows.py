"""When a person can help, as plain values: weekly windows and single days, read, joined and asked.

An exception is a window of one day: more time on it, or with `is_away` none of those hours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l

from volunteer_hub.core.refusals import Refusal

_PART = re.compile(r"(?:(\d{4}-\d\d-\d\d)|([0-6]))\s+(\d\d:\d\d)-(\d\d:\d\d)")


class BadWindow(Refusal):
    """A window that cannot be."""


@dataclass(frozen=True, slots=True)
class Window:
    """From one local time to another, on a weekday (0 is Monday) or on one day: exactly one is given.

    is_away: the person cannot help in these hours of this day, whatever the other windows give.
    """

    weekday: int | None
    day_on: date | None
    from_time: time
    until_time: time
    is_away: bool = False

    def __post_init__(self) -> None:
        if (self.weekday is None) == (self.day_on is None):
            raise BadWindow(_l("Choose a weekday or a date."))
        if self.weekday is not None and not 0 <= self.weekday <= 6:
            raise BadWindow(_l("A weekday is a number from 0 (Monday) to 6 (Sunday)."))
        if self.is_away and self.day_on is None:
            raise BadWindow(_l("Say on which day you cannot come."), field="day_on")
        if self.from_time >= self.until_time:
            raise BadWindow(_l("The end must be later than the beginning."), field="until_time")


def read_windows(text: str) -> list[Window]:
    """Read "5 09:00-13:00; 2026-10-31 09:00-12:00". Raises BadWindow naming the part that cannot be read."""
    found = []
    for part in filter(None, (each.strip() for each in text.split(";"))):
        match = _PART.fullmatch(part)
        if match is None:
            raise BadWindow(
                _l("“%(part)s” is no time. Write it as “5 09:00-13:00” (0 is Monday).", part=part[:40])
            )
        try:
            found.append(_window(*match.groups()))
        except ValueError:
            raise BadWindow(_l("“%(part)s” is no time of the day.", part=part[:40])) from None
    return found


def _window(day: str | None, weekday: str | None, start: str, end: str) -> Window:
    return Window(
        weekday=int(weekday) if weekday is not None else None,
        day_on=date.fromisoformat(day) if day else None,
        from_time=time.fromisoformat(start),
        until_time=time.fromisoformat(end),
    )


def joined(windows: Iterable[Window]) -> list[Window]:
    """The same times with overlapping and touching windows of a day made one, in order."""
    result: list[Window] = []
    for window in sorted(windows, key=_order):
        last = result[-1] if result else None
        if last and _day(last) == _day(window) and window.from_time <= last.until_time:
            result[-1] = replace(last, until_time=max(last.until_time, window.until_time))
        else:
            result.append(window)
    return result


def is_free(windows: Iterable[Window], starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> bool:
    """Do the windows cover the whole span, and no hours away touch it? None that gives time means any time.

    A span that goes over midnight is never covered by windows: nobody offers one.
    """
    windows = joined(windows)
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    if any(window.is_away and _touches(window, start, end) for window in windows):
        return False
    windows = [window for window in windows if not window.is_away]
    if not windows:
        return True
    if start.date() != end.date() and end.time() != time(0):
        return False
    until = end.time() if start.date() == end.date() else time(23, 59, 59)
    return any(
        _falls_on(window, start.date()) and window.from_time <= start.time() and _until(window) >= until
        for window in windows
    )


def _touches(away: Window, start: datetime, end: datetime) -> bool:
    """Do these hours of a day share more than a moment with the span? All in the person's own clock."""
    if away.day_on is None:
        return False
    first = datetime.combine(away.day_on, away.from_time, start.tzinfo)
    last = datetime.combine(away.day_on, _until(away), start.tzinfo)
    return first < end and start < last


def _until(window: Window) -> time:
    return time(23, 59, 59) if window.until_time >= time(23, 59) else window.until_time


def _falls_on(window: Window, day: date) -> bool:
    return window.day_on == day if window.day_on else window.weekday == day.weekday()


def _day(window: Window) -> tuple[int | None, date | None, bool]:
    return window.weekday, window.day_on, window.is_away


def _order(window: Window) -> tuple[int, date, bool, time]:
    weekday = 7 if window.weekday is None else window.weekday
    return (weekday, window.day_on or date.min, window.is_away, window.from_time)
