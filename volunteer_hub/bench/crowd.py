"""Invented people and shifts in a campaign of their own, made by the ordinary services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from volunteer_hub.assignments import queries
from volunteer_hub.assignments import services as assignments
from volunteer_hub.assignments.queries import Standing
from volunteer_hub.assignments.services import Proposal
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events import plans
from volunteer_hub.events import services as events
from volunteer_hub.people import services as people
from volunteer_hub.people.models import Area
from volunteer_hub.people.services import NewPerson

ZONE = "America/New_York"
SHIFTS_AN_EVENT = 250


@dataclass(frozen=True, slots=True)
class Crowd:
    """Ids of what was made. people: in the order of their numbers; shifts: by start."""

    campaign_id: int
    area_id: int
    people: list[int]
    shifts: list[int]


def gather(count: int, *, shifts: int, capacity: int, days: int = 30) -> Crowd:
    """A campaign without quiet hours, `count` people who agreed to email, and published shifts."""
    now = clock.now()
    with transaction():
        campaign = people.create_campaign("Bench (invented)", now=now, time_zone=ZONE, slug="bench")
        campaign.quiet_from = campaign.quiet_until = time(0)
        campaign.postal_address = "1 Sample Street, Sampleton (invented)"
        area_id = db.session.query(Area.id).filter_by(campaign_id=campaign.id, parent_id=None).scalar()
        campaign_id = campaign.id
    with transaction():
        added = people.add_many(
            campaign_id, area_id, [_person(number) for number in range(count)], by=None, now=now, via="sample"
        )
    made = _shifts(campaign_id, area_id, shifts, capacity, days, now)
    return Crowd(campaign_id, area_id, list(added.ids.values()), made)


def offer_everybody(crowd: Crowd) -> int:
    """Propose a place to each person in turn and approve all at once. Returns how many offers stand."""
    now = clock.now()
    proposals = [
        Proposal(person_id, crowd.shifts[number % len(crowd.shifts)], value=1.0, reason="An invented reason.")
        for number, person_id in enumerate(crowd.people)
    ]
    with transaction():
        assignments.propose(crowd.campaign_id, None, proposals, now=now)
    with transaction():
        ids = [row.assignment_id for row in _proposed(crowd.campaign_id)]
        return len(assignments.approve(crowd.campaign_id, ids, by=None, now=now).offered)


def _proposed(campaign_id: int) -> list[Standing]:
    return queries.standing(campaign_id)


def _person(number: int) -> NewPerson:
    return NewPerson(
        email=f"person{number:06d}@example.org",
        name=f"Bench Person {number:06d}",
        latitude=27.9 + (number % 100) * 0.001,
        longitude=-82.4,
        time_zone=ZONE,
        shifts_wanted=3,
        email_agreed=True,
    )


def _shifts(campaign_id: int, area_id: int, count: int, capacity: int, days: int, now: datetime) -> list[int]:
    """Three-hour shifts of 200 places at most, from three days ahead, spread over `days`."""
    first = (now + timedelta(days=3)).replace(hour=14, minute=0, second=0, microsecond=0)
    made: list[int] = []
    places = max(1, -(-count // SHIFTS_AN_EVENT))
    for number in range(places):
        with transaction():
            location = events.add_location(
                campaign_id,
                plans.LocationPlan(
                    area_id, f"Office {number} (invented)", "1 Main Street, Tampa, FL 33602", 27.95, -82.46
                ),
            )
            event = events.add_event(
                campaign_id, plans.EventPlan(area_id, f"Canvass {number} (invented)"), now=now
            )
            own = range(number * SHIFTS_AN_EVENT, min(count, (number + 1) * SHIFTS_AN_EVENT))
            spans = [first + timedelta(days=each % days, hours=3 * (each // days % 3)) for each in own]
            rows = events.add_shifts(
                campaign_id,
                event.id,
                [plans.ShiftPlan(location.id, at, at + timedelta(hours=3), capacity) for at in spans],
                now=now,
            )
            events.publish_event(campaign_id, event.id)
            made += [row.id for row in rows]
    return made
