"""People as matching sees them: where they are, what they can do, when they are free."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, true

from volunteer_hub.core import access
from volunteer_hub.core.db import db
from volunteer_hub.people.models import Area, Availability, Campaign, Person
from volunteer_hub.people.queries.consents import may_plan
from volunteer_hub.people.queries.listing import reachable
from volunteer_hub.people.queries.persons import windows_of
from volunteer_hub.people.windows import Window

AVERAGE_SHOW_CHANCE = 0.5
"""Until a campaign knows better: about half of those who sign up for a shift come."""


@dataclass(frozen=True, slots=True)
class VolunteerRow:
    """A volunteer as matching sees them. No windows means any time; local times are those of `time_zone`."""

    id: int
    latitude: float
    longitude: float
    max_travel_km: float
    shifts_wanted: int
    skills: tuple[str, ...]
    languages: tuple[str, ...]
    age_at_least: int | None
    show_chance: float
    time_zone: str
    is_reachable: bool
    windows: tuple[Window, ...]


def volunteers_for_matching(
    campaign_id: int, area_paths: Iterable[str] | None = None, *, person_ids: Sequence[int] | None = None
) -> list[VolunteerRow]:
    """The active, confirmed people with a home point at or below `area_paths` (default: all), by id.

    `is_reachable` is False for those who agreed to no message on any channel. Two statements at any size.
    """
    query = (
        select(
            Person.id,
            Person.latitude,
            Person.longitude,
            Person.max_travel_km,
            Person.shifts_wanted,
            Person.skills,
            Person.languages,
            Person.age_at_least,
            func.coalesce(Person.show_chance, AVERAGE_SHOW_CHANCE).label("show_chance"),
            func.coalesce(Person.time_zone, Campaign.time_zone).label("time_zone"),
            reachable().label("is_reachable"),
        )
        .join(Campaign, Campaign.id == Person.campaign_id)
        .join(Area, Area.id == Person.area_id)
        .where(
            Person.campaign_id == campaign_id,
            Person.is_active,
            Person.awaits_confirmation.is_(False),
            Person.latitude.is_not(None),
            may_plan(),
            access.within(Area.path, area_paths) if area_paths is not None else true(),
        )
        .order_by(Person.id)
    )
    if person_ids is not None:
        query = query.where(Person.id == func.any(list(person_ids)))
    rows = db.session.execute(query).all()
    windows = _windows_of_campaign(campaign_id) if person_ids is None else windows_of(person_ids)
    return [
        VolunteerRow(
            id=row.id,
            latitude=row.latitude,
            longitude=row.longitude,
            max_travel_km=row.max_travel_km,
            shifts_wanted=row.shifts_wanted,
            skills=tuple(row.skills),
            languages=tuple(row.languages),
            age_at_least=row.age_at_least,
            show_chance=row.show_chance,
            time_zone=row.time_zone,
            is_reachable=row.is_reachable,
            windows=windows.get(row.id, ()),
        )
        for row in rows
    ]


def _windows_of_campaign(campaign_id: int) -> dict[int, tuple[Window, ...]]:
    found: dict[int, list[Window]] = {}
    query = select(
        Availability.person_id,
        Availability.weekday,
        Availability.day_on,
        Availability.from_time,
        Availability.until_time,
        Availability.is_away,
    ).where(Availability.campaign_id == campaign_id)
    for row in db.session.execute(query):
        window = Window(row.weekday, row.day_on, row.from_time, row.until_time, row.is_away)
        found.setdefault(row.person_id, []).append(window)
    return {person_id: tuple(windows) for person_id, windows in found.items()}
