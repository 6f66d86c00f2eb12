"""Factories for staging locations, events, shifts and sign-ups."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events.models import Event, Shift, SignUp, StagingLocation

_numbers = itertools.count(1)


class EventFactory:
    """make.location, make.event, make.shift, make.sign_up."""

    def location(self, *, area=None, campaign=None, **fields) -> StagingLocation:
        number = next(_numbers)
        area = area or self.root_of(campaign or self.default_campaign)
        with transaction():
            location = StagingLocation(
                **{
                    "campaign_id": area.campaign_id,
                    "area_id": area.id,
                    "name": f"Office {number}",
                    "address": f"{number} Main Street, Miami, FL 33128",
                    "latitude": 25.7743,
                    "longitude": -80.1937,
                }
                | fields
            )
            db.session.add(location)
        return location

    def event(self, *, area=None, campaign=None, **fields) -> Event:
        number = next(_numbers)
        area = area or self.root_of(campaign or self.default_campaign)
        with transaction():
            event = Event(
                **{
                    "campaign_id": area.campaign_id,
                    "area_id": area.id,
                    "name": f"Canvass {number}",
                    "state": "published",
                    "created_at": clock.now(),
                }
                | fields
            )
            db.session.add(event)
        return event

    def shift(
        self,
        *,
        event: Event | None = None,
        location: StagingLocation | None = None,
        starts_at: datetime | None = None,
        hours: float = 3,
        capacity: int = 10,
        **fields,
    ) -> Shift:
        """A shift of `hours`, by default at the same time in two days, of a published event."""
        event = event or self.event()
        area = self.root_of(self.default_campaign) if event.campaign_id == self.default_campaign.id else None
        location = location or self.location(area=area or event_area(event))
        starts_at = starts_at or _in_two_days()
        with transaction():
            shift = Shift(
                **{
                    "campaign_id": event.campaign_id,
                    "event_id": event.id,
                    "staging_location_id": location.id,
                    "starts_at": starts_at,
                    "ends_at": starts_at + timedelta(hours=hours),
                    "capacity": capacity,
                }
                | fields
            )
            db.session.add(shift)
        return shift

    def sign_up(self, shift: Shift, person=None, **fields) -> SignUp:
        """A sign-up through the service, as people make them."""
        from volunteer_hub.events import services

        person = person or self.person()
        with transaction():
            return services.sign_up(
                shift.campaign_id, person.id, shift.id, **{"by": person.id, "now": clock.now()} | fields
            )


def event_area(event: Event):
    from volunteer_hub.people.models import Area

    return db.session.get(Area, event.area_id)


def _in_two_days() -> datetime:
    return (clock.now() + timedelta(days=2)).replace(minute=0, second=0, microsecond=0)
