"""Quiet hours: no message at night where the recipient lives."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones


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


def next_allowed_in(moment: datetime, zones: Sequence[str], quiet_from: time, quiet_until: time) -> datetime:
    """The first moment from `moment` on that is quiet in none of these zones, in UTC.

    Where there is none (zones on opposite sides of the earth), the first zone alone counts.
    """
    found = moment
    for _ in range(4):
        before = found
        for zone in zones:
            found = next_allowed(found, zone, quiet_from, quiet_until)
        if found == before:
            return found
    return next_allowed(moment, zones[0], quiet_from, quiet_until)


@lru_cache(maxsize=4096)
def zones_of_number(number: str) -> tuple[str, ...]:
    """Where a number may be at home by its area code (+1 808 … is in Honolulu); empty where it tells nothing.

    A toll-free number belongs to all zones of its country: more than three say nothing.
    """
    import phonenumbers
    from phonenumbers import timezone

    try:
        parsed = phonenumbers.parse(number, "US")
    except phonenumbers.NumberParseException:
        return ()
    zones = tuple(timezone.time_zones_for_number(parsed))
    return zones if len(zones) <= 3 and all(each in available_timezones() for each in zones) else ()


def seconds_until_quiet(moment: datetime, zone: str, quiet_from: time, quiet_until: time) -> float | None:
    """How long it is until the quiet hours begin; None where there are none. For a moment outside of them."""
    if quiet_from == quiet_until:
        return None
    here = ZoneInfo(zone)
    local = moment.astimezone(here)
    day = local.date() if local.time() < quiet_from else local.date() + timedelta(days=1)
    return (datetime.combine(day, quiet_from, here).astimezone(UTC) - moment).total_seconds()
