"""When a volunteer can be sent somewhere: what they offer less what they do already, in epoch seconds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from geodata.matching.problem import Bools, Longs
from volunteer_hub.people.windows import Window

Span = tuple[int, int]


@lru_cache(maxsize=4096)
def offered(
    windows: tuple[Window, ...], zone: str, from_at: datetime, until_at: datetime
) -> tuple[Span, ...]:
    """The spans that weekly windows and single days give between two instants, less the hours away.

    Without a window that gives time it is the whole, less the hours away.
    """
    here = ZoneInfo(zone)
    away = [_span(window, window.day_on, here) for window in windows if window.is_away and window.day_on]
    windows = tuple(window for window in windows if not window.is_away)
    if not windows:
        return tuple(_less([(int(from_at.timestamp()), int(until_at.timestamp()))], away))
    day = from_at.astimezone(here).date() - timedelta(days=1)
    last = until_at.astimezone(here).date()
    spans = []
    while day <= last:
        for window in windows:
            if window.day_on == day or window.weekday == day.weekday():
                spans.append(_span(window, day, here))
        day += timedelta(days=1)
    return tuple(_less(_joined(spans), away))


def _span(window: Window, day: date, here: ZoneInfo) -> Span:
    start = datetime.combine(day, window.from_time, here)
    end = datetime.combine(day, window.until_time, here)
    return int(start.timestamp()), int(end.timestamp())


def _less(spans: Iterable[Span], away: Iterable[Span]) -> list[Span]:
    """Spans without those away, in order."""
    left = list(spans)
    for gone_from, gone_until in away:
        left = [
            piece
            for start, end in left
            for piece in ((start, min(end, gone_from)), (max(start, gone_until), end))
            if piece[0] < piece[1]
        ]
    return left


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Spans that touch or overlap as one, in order."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def lies_within(slots: Longs, spans: Sequence[Span]) -> Bools:
    """Which of the slots (k, 2) lie in one of the spans; these are in order and apart, as `offered` gives."""
    if not spans:
        return np.zeros(len(slots), dtype=bool)
    table = np.array(spans, dtype=np.int64)
    at = np.searchsorted(table[:, 0], slots[:, 0], side="right") - 1
    return np.asarray((at >= 0) & (slots[:, 1] <= table[np.maximum(at, 0), 1]))


def overlaps(slots: Longs, busy: Sequence[Span]) -> Bools:
    """Which of the slots (k, 2) overlap one of the spans; touching is not overlapping."""
    found = np.zeros(len(slots), dtype=bool)
    for start, end in busy:
        found |= (slots[:, 0] < end) & (start < slots[:, 1])
    return found
