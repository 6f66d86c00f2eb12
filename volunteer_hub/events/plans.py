"""What an organizer asks for, as checked values: forms make them, services carry them out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from volunteer_hub.core.display import clock_text
from volunteer_hub.core.refusals import Refusal

LONGEST = timedelta(hours=16)
MOST_SHIFTS_AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class LocationPlan:
    """A staging location. Degrees, WGS 84; the district is found from the point when none is named."""

    area_id: int
    name: str
    address: str
    latitude: float
    longitude: float
    notes: str = ""
    is_accessible: bool | None = None
    district_id: int | None = None


@dataclass(frozen=True, slots=True)
class EventPlan:
    """An event, without its shifts."""

    area_id: int
    name: str
    kind: str = "canvass"
    description: str = ""
    is_public: bool = True
    host_id: int | None = None
    min_age: int | None = None
    papers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShiftPlan:
    """A shift: instants in any zone, capacity in people.

    short_risk: over-book, so that fewer than `capacity` people come at most so often (0 to 1); None: do not.
    room: over-booking then takes at most so many sign-ups; None: four times as many.
    """

    staging_location_id: int
    starts_at: datetime
    ends_at: datetime
    capacity: int
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    lead_id: int | None = None
    notes: str = ""
    short_risk: float | None = None
    room: int | None = None


def instant(day: date, at: time, time_zone: str) -> datetime:
    """A local day and time as an instant in UTC.

    A time that the clocks repeat in autumn is its first turn. One that they skip in spring is refused.
    """
    zone = ZoneInfo(time_zone)
    local = datetime.combine(day, at, tzinfo=zone)
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Refusal(
            _(
                "On %(day)s the clocks go forward and %(time)s does not exist. Choose a time an hour later.",
                day=day.isoformat(),
                time=at.strftime("%H:%M"),
            ),
            field="starts",
        )
    return moment


def span(day: date, starts: time, ends: time, time_zone: str) -> tuple[datetime, datetime]:
    """Start and end of a shift on a local day; an end before the start is on the next day."""
    if starts == ends:
        raise Refusal(_("A shift cannot end as it begins. Change one of the times."), field="ends")
    starts_at = instant(day, starts, time_zone)
    ends_at = instant(day if ends > starts else day + timedelta(days=1), ends, time_zone)
    if ends_at - starts_at > LONGEST:
        raise _too_long(starts, ends)
    return starts_at, ends_at


def _too_long(starts: time, ends: time) -> Refusal:
    """Nobody means a night of more than 16 hours: such times are in the wrong order."""
    if ends > starts:
        words = _("A shift lasts at most 16 hours. Look at the end time, or make two shifts of it.")
    else:
        words = _(
            "%(start)s to %(end)s ends before it begins. Change one of the times; a shift into the next day "
            "lasts at most 16 hours.",
            start=clock_text(starts),
            end=clock_text(ends),
        )
    return Refusal(words, field="ends")


def moved(
    starts_at: datetime, ends_at: datetime, time_zone: str, *, days: int = 0, minutes: int = 0
) -> tuple[datetime, datetime]:
    """A shift's start and end so much later by the wall clock: 10:00 stays 10:00 when the clocks change.

    Raises Refusal for a time that the clocks skip.
    """
    by, zone = timedelta(days=days, minutes=minutes), ZoneInfo(time_zone)
    start, end = (each.astimezone(zone).replace(tzinfo=None) + by for each in (starts_at, ends_at))
    return instant(start.date(), start.time(), time_zone), instant(end.date(), end.time(), time_zone)


def series(
    days: list[date], times: list[tuple[time, time]], time_zone: str
) -> list[tuple[datetime, datetime]]:
    """Every time on every day, in order. The wall clock stays the same when the clocks change."""
    if not days or not times:
        raise Refusal(_("Choose at least one day and one time."), field="times")
    if len(days) * len(times) > MOST_SHIFTS_AT_ONCE:
        raise Refusal(
            _(
                "That would be %(count)d shifts; at most 400 can be added at once.",
                count=len(days) * len(times),
            ),
            field="until",
        )
    spans = sorted(span(day, starts, ends, time_zone) for day in days for starts, ends in times)
    return list(dict.fromkeys(spans))
