"""Times as people write them: "10:00-13:00", "9-12", "10-1pm", "2 pm - 5 pm", "22-2", "13-5".

An hour is of the 24-hour clock when it is written so (13 and later, 0, 09). Any other hour without am or pm
may be both: it takes the meaning that makes the shift shortest ("13-5" is four hours). But a beginning from
6 to 11 before a later end of the 24-hour clock is in the morning ("7-20": a day at the polls, no hour of it).
Where neither says it, both halves of the day are as short; then hours from 7 to 11 are in the morning and the
others after noon, as people canvass ("9-5", "11-2", "5-8").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time

from flask_babel import gettext as _

from volunteer_hub.core.refusals import Refusal

_CLOCK = r"(\d{1,2})(?::(\d\d))?\s*(?:([ap])\.?\s?m\.?)?"
_TIMES = re.compile(rf"{_CLOCK}\s*(?:-|–|—|to|a)\s*{_CLOCK}", re.I)
_DAY_MIN = 24 * 60
FIRST_MORNING_HOUR = 7
FIRST_POLL_HOUR = 6
"""From then on polls are open, and a beginning may be in the morning however long the shift gets."""


@dataclass(frozen=True, slots=True)
class _Written:
    """A time as it was written. half: "a", "p", or "" when neither am nor pm is said."""

    hour: int
    minute: int
    half: str
    has_zero: bool

    @property
    def is_of_24(self) -> bool:
        return not self.half and (self.hour > 12 or self.hour == 0 or self.has_zero)

    @property
    def is_open(self) -> bool:
        """May it be in either half of the day?"""
        return not (self.half or self.is_of_24)

    def meanings(self) -> list[int]:
        """Minutes after midnight that it can mean, the likelier first. Raises ValueError if none."""
        if self.minute > 59 or self.hour > 23 or (self.half and not 1 <= self.hour <= 12):
            raise ValueError
        if self.is_of_24:
            return [60 * self.hour + self.minute]
        morning = 60 * (self.hour % 12) + self.minute
        evening = morning + 12 * 60
        if self.half:
            return [morning if self.half == "a" else evening]
        both = [morning, evening]
        return both if FIRST_MORNING_HOUR <= self.hour < 12 else both[::-1]


def times_of(text: str) -> list[tuple[time, time]]:
    """Read times, one pair a line: start and end, the end perhaps on the next day.

    Raises Refusal naming the line that cannot be read.
    """
    found = []
    for line in filter(None, (each.strip() for each in re.split(r"[\n;,]", text))):
        match = _TIMES.fullmatch(line)
        try:
            if match is None:
                raise ValueError
            found.append(_span(_written(*match.groups()[:3]), _written(*match.groups()[3:])))
        except ValueError:
            raise Refusal(
                _("“%(line)s” is no time. Write it as 10:00-13:00.", line=line[:40]), field="times"
            ) from None
    return found


def _written(hour: str, minute: str | None, half: str | None) -> _Written:
    return _Written(int(hour), int(minute or 0), (half or "").lower(), has_zero=hour.startswith("0"))


def _span(start: _Written, end: _Written) -> tuple[time, time]:
    """Of all that the two can mean the shortest positive shift; of equal ones the first."""
    pairs = [(a, b) for a in _beginnings(start, end) for b in end.meanings()]
    starts, ends = min(pairs, key=lambda pair: (pair[1] - pair[0]) % _DAY_MIN or _DAY_MIN)
    return _clock(starts), _clock(ends)


def _beginnings(start: _Written, end: _Written) -> list[int]:
    """What the start can mean before this end, in minutes after midnight."""
    both = start.meanings()
    if start.is_open and end.is_of_24 and FIRST_POLL_HOUR <= start.hour < min(12, end.hour):
        return [min(both)]
    return both


def _clock(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)
