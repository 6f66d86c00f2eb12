"""How long a place that came free is kept for the first who waits, before it is offered to the next."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from volunteer_hub.messaging.quiet import next_allowed

KEPT_FOR = timedelta(hours=12)
LEAST = timedelta(hours=1)
"""Nobody has to answer faster than this, awake."""


def answer_by(
    now: datetime, starts_at: datetime, time_zone: str, quiet_from: time, quiet_until: time
) -> datetime | None:
    """Until when somebody who waited may answer an offer made now; None: the place is theirs at once.

    Twelve hours, or half of the time that is left when that is shorter, counted from when the message may
    be sent; never in the quiet hours, at least an hour, and at least an hour ahead of the shift, so that it
    can pass on. When no such moment is left nobody else could be asked in time either.
    """
    quiet = (time_zone, quiet_from, quiet_until)
    told = next_allowed(now, *quiet)
    latest = starts_at - LEAST
    wanted = told + min(KEPT_FOR, (starts_at - told) / 2)
    awake = next_allowed(wanted, *quiet)
    if awake != wanted:
        awake += LEAST  # whoever was told in the evening has an hour in the morning
    found = awake if awake <= latest else _last_allowed(min(wanted, latest), *quiet)
    return found if found - told >= LEAST else None


def _last_allowed(moment: datetime, time_zone: str, quiet_from: time, quiet_until: time) -> datetime:
    """`moment`, or where it lies in the quiet hours their beginning before it."""
    if next_allowed(moment, time_zone, quiet_from, quiet_until) == moment:
        return moment
    local = moment.astimezone(ZoneInfo(time_zone))
    day = local.date() if local.time() >= quiet_from else local.date() - timedelta(days=1)
    return datetime.combine(day, quiet_from, ZoneInfo(time_zone)).astimezone(UTC)
