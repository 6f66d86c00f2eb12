"""When a volunteer can be sent somewhere, in epoch seconds: what they offer less what they do already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from volunteer_hub.people.windows import Window

Span = tuple[int, int]


@lru_cache(maxsize=4096)
def offered(
    windows: tuple[Window, ...], zone: str, from_at: datetime, until_at: datetime
) -> tuple[Span, ...]:
    """The spans that weekly windows and single days give between two instants; no window gives the whole."""
    if not windows:
        return ((int(from_at.timestamp()), int(until_at.timestamp())),)
    here = ZoneInfo(zone)
    day = from_at.astimezone(here).date() - timedelta(days=1)
    last = until_at.astimezone(here).date()
    spans = []
    while day <= last:
        for window in windows:
            if window.day_on == day or window.weekday == day.weekday():
                start = datetime.combine(day, window.from_time, here)
                end = datetime.combine(day, window.until_time, here)
                spans.append((int(start.timestamp()), int(end.timestamp())))
        day += timedelta(days=1)
    return tuple(sorted(spans))


def without(spans: Iterable[Span], busy: Sequence[Span]) -> list[Span]:
    """The spans with the busy ones cut out. Both in epoch seconds; touching is not overlapping."""
    free = list(spans)
    for busy_from, busy_until in busy:
        kept: list[Span] = []
        for start, end in free:
            if busy_until <= start or end <= busy_from:
                kept.append((start, end))
                continue
            if start < busy_from:
                kept.append((start, busy_from))
            if busy_until < end:
                kept.append((busy_until, end))
        free = kept
    return free
