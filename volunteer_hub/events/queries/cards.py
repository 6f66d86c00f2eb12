"""A shift as a page or a message shows it: its event, its place, its times, how full it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.orm import aliased

from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import NotFound
from volunteer_hub.events.models import Event, Shift, StagingLocation
from volunteer_hub.people.models import Area, Person
from volunteer_hub.people.places import zone_at

Lead = aliased(Person)


@dataclass(frozen=True, slots=True)
class ShiftCard:
    """Everything about a shift that people may read. `distance_km` is set where a home point is known."""

    id: int
    campaign_id: int
    event_id: int
    event_name: str
    kind: str
    description: str
    event_state: str
    is_public: bool
    area_id: int
    area_path: str
    location_id: int
    location_name: str
    address: str
    location_notes: str
    is_accessible: bool | None
    district_id: int | None
    latitude: float
    longitude: float
    starts_at: datetime
    ends_at: datetime
    capacity: int
    going: int
    held: int
    waiting: int
    skills: tuple[str, ...]
    languages: tuple[str, ...]
    lead_id: int | None
    lead_name: str | None
    notes: str
    cancelled_at: datetime | None
    sequence: int
    min_age: int | None
    papers: tuple[str, ...]
    distance_km: float | None = None

    @property
    def place_zone(self) -> str | None:
        """The time zone where it takes place, if its address tells it."""
        return zone_at(self.address)

    @property
    def lead_first_name(self) -> str:
        """What volunteers read who have no place yet; strangers read no name at all (decision 50)."""
        return (self.lead_name or "").partition(" ")[0]

    @property
    def places_left(self) -> int:
        return self.capacity - self.going - self.held

    @property
    def is_cancelled(self) -> bool:
        return self.cancelled_at is not None or self.event_state == "cancelled"

    def state(self, now: datetime) -> str:
        """cancelled, draft, past, running, full or open."""
        if self.is_cancelled:
            return "cancelled"
        if self.event_state == "draft":
            return "draft"
        if now >= self.ends_at:
            return "past"
        if now >= self.starts_at:
            return "running"
        return "full" if self.places_left < 1 else "open"


def cards_query() -> Select[*tuple[Any, ...]]:
    """The columns of a card from shifts joined to their event, place, area and lead."""
    query: Any = (
        select(
            Shift.id,
            Shift.campaign_id,
            Shift.event_id,
            Event.name.label("event_name"),
            Event.kind,
            Event.description,
            Event.state.label("event_state"),
            Event.is_public,
            Event.area_id,
            Area.path.label("area_path"),
            StagingLocation.id.label("location_id"),
            StagingLocation.name.label("location_name"),
            StagingLocation.address,
            StagingLocation.notes.label("location_notes"),
            StagingLocation.is_accessible,
            StagingLocation.district_id,
            StagingLocation.latitude,
            StagingLocation.longitude,
            Shift.starts_at,
            Shift.ends_at,
            Shift.capacity,
            Shift.going,
            Shift.held,
            Shift.waiting,
            Shift.skills,
            Shift.languages,
            Shift.lead_id,
            Lead.name.label("lead_name"),
            Shift.notes,
            Shift.cancelled_at,
            Shift.sequence,
            Event.min_age,
            Event.papers,
        )
        .join(Event, Event.id == Shift.event_id)
        .join(StagingLocation, StagingLocation.id == Shift.staging_location_id)
        .join(Area, Area.id == Event.area_id)
        .outerjoin(Lead, Lead.id == Shift.lead_id)
    )
    return query  # a select of so many columns has no short type


CARD_COLUMNS = 33


def card_of(row: Row[Any]) -> ShiftCard:
    """A card from a row of `cards_query`; further columns of the row are left alone but for distance_km."""
    values: dict[str, Any] = dict(zip(row._fields[:CARD_COLUMNS], row[:CARD_COLUMNS], strict=True))
    for name in ("skills", "languages", "papers"):
        values[name] = tuple(values[name])
    return ShiftCard(**values, distance_km=getattr(row, "distance_km", None))


def shift_cards(campaign_id: int, shift_ids: Iterable[int]) -> dict[int, ShiftCard]:
    """The cards of these shifts of one campaign, by id. One statement."""
    ids = list(set(shift_ids))
    query = cards_query().where(Shift.campaign_id == campaign_id, Shift.id == func.any(ids))
    return {row.id: card_of(row) for row in db.session.execute(query)} if ids else {}


def shift_card(campaign_id: int, shift_id: int) -> ShiftCard:
    """One card; raises NotFound.

    The page of a shift is asked for most of all pages: its statement is written once, and its row is taken as
    it comes, since the columns stand in the order of the card's fields.
    """
    asked = {"campaign_id": campaign_id, "shift_id": shift_id}
    row: Any = db.session.connection().exec_driver_sql(_one_card(), asked).one_or_none()
    if row is None:
        raise NotFound()
    values: Any = [tuple(value) if type(value) is list else value for value in row]
    return ShiftCard(*values)


@lru_cache(maxsize=1)
def _one_card() -> str:
    query = cards_query().where(
        Shift.campaign_id == bindparam("campaign_id"), Shift.id == bindparam("shift_id")
    )
    return str(query.compile(dialect=db.engine.dialect))
