"""What of the coming shifts an organizer looks at, read from the address and kept in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import request

from volunteer_hub.core import clock
from volunteer_hub.events import pages
from volunteer_hub.events.queries.days import bounds
from volunteer_hub.events.queries.needs import Wanted
from volunteer_hub.events.vocabulary import KINDS
from volunteer_hub.people.models import Campaign

DAYS = (3, 7, 14, 28)
USUAL_DAYS = 7


@dataclass(frozen=True, slots=True)
class Chosen:
    """The filters as they were given; what makes no sense counts as not given."""

    area: str
    kind: str
    district: int | None
    days: int
    on: date | None
    short: bool

    def arguments(self, **changes: Any) -> dict[str, Any]:
        """For the address of another view of the same shifts: only what differs from the usual."""
        values: dict[str, Any] = {
            "area": self.area or None,
            "kind": self.kind or None,
            "district": self.district,
            "short": "yes" if self.short else None,
            "days": self.days if self.days != USUAL_DAYS else None,
        }
        return {name: value for name, value in (values | changes).items() if value is not None}

    @property
    def is_narrowed(self) -> bool:
        return bool(self.area or self.kind or self.district or self.short)


def chosen() -> Chosen:
    """The filters of the present request."""
    area = request.args.get("area", "")
    own = pages.organizer_paths()
    days = request.args.get("days", USUAL_DAYS, type=int)
    return Chosen(
        area=area if any(area.startswith(path) for path in own) else "",
        kind=request.args.get("kind", "") if request.args.get("kind") in KINDS else "",
        district=request.args.get("district", type=int),
        days=days if days in DAYS else USUAL_DAYS,
        on=_day(request.args.get("on", "")),
        short=request.args.get("short") == "yes",
    )


def wanted(filters: Chosen, campaign: Campaign, *, days: tuple[date, date] | None = None) -> Wanted:
    """The shifts of these days (first, last), of the day chosen, or from now on for so many days."""
    zone, now = ZoneInfo(campaign.time_zone), clock.now()
    if days is None and filters.on:
        days = (filters.on, filters.on)
    if days:
        first, last = days
        from_at, until_at = bounds(first, zone)[0], bounds(last, zone)[1]
    else:
        from_at, until_at = now, bounds(pages.today(campaign) + timedelta(days=filters.days), zone)[0]
    return Wanted(
        area_paths=(filters.area,) if filters.area else tuple(pages.organizer_paths()),
        from_at=from_at,
        until_at=until_at,
        kind=filters.kind,
        district_id=filters.district,
        only_short=filters.short,
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 < day.year < 2100 else None
