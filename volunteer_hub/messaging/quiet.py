"""Quiet hours: no message at night where the recipient lives."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


def next_allowed(moment: datetime, zone: str, quiet_from: time, quiet_until: time) -> datetime:
    """`moment` if it may be sent then, else the end of the quiet hours, both in UTC.

    The quiet hours may run over midnight (20:30 to 08:30) or not (13:00 to 15:00); equal times mean none.
    Where the clocks change, the local wall time counts.
    """
    here = ZoneInfo(zone)
    local = moment.astimezone(here)
    if not _is_quiet(local.time(), quiet_from, quiet_until):
        return moment
    day = local.date() if local.time() < quiet_until else local.date() + timedelta(days=1)
    return datetime.combine(day, quiet_until, here).astimezone(UTC)


def _is_quiet(at: time, quiet_from: time, quiet_until: time) -> bool:
    if quiet_from <= quiet_until:
        return quiet_from <= at < quiet_until
    return at >= quiet_from or at < quiet_until


def seconds_until_quiet(moment: datetime, zone: str, quiet_from: time, quiet_until: time) -> float | None:
    """How long it is until the quiet hours begin; None where there are none. For a moment outside of them."""
    if quiet_from == quiet_until:
        return None
    here = ZoneInfo(zone)
    local = moment.astimezone(here)
    day = local.date() if local.time() < quiet_from else local.date() + timedelta(days=1)
    return (datetime.combine(day, quiet_from, here).astimezone(UTC) - moment).total_seconds()
