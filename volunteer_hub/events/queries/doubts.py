"""What is odd about planned shifts, in sentences: said before and after saving, and never in the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select

from volunteer_hub.core.db import db
from volunteer_hub.core.display import miles_text
from volunteer_hub.districts.models import District
from volunteer_hub.events.models import Event, Shift, SignUp, StagingLocation
from volunteer_hub.events.near import distance_km
from volunteer_hub.events.wording import moment_text
from volunteer_hub.people.models import Person

FAR_KM = 40.0
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Planned:
    """A shift as it is or will be; shift_id 0 for one that is not there yet."""

    shift_id: int
    starts_at: datetime
    ends_at: datetime
    lead_id: int | None


def double_booked(campaign_id: int, plans: Sequence[Planned], time_zone: str) -> list[str]:
    """Leads who would run two shifts at once, a sentence each. One statement."""
    led = [plan for plan in plans if plan.lead_id]
    if not led:
        return []
    query = (
        select(
            Shift.id, Shift.starts_at, Shift.ends_at, Shift.lead_id, Person.name, Event.name.label("event")
        )
        .join(Event, Event.id == Shift.event_id)
        .join(Person, Person.id == Shift.lead_id)
        .where(
            Shift.campaign_id == campaign_id,
            Shift.lead_id == func.any([plan.lead_id for plan in led]),
            Shift.id != func.all([plan.shift_id for plan in plans]),
            Shift.cancelled_at.is_(None),
            Shift.starts_at < max(plan.ends_at for plan in led),
            Shift.ends_at > min(plan.starts_at for plan in led),
        )
        .order_by(Shift.starts_at)
    )
    found = {}
    for row in db.session.execute(query):
        if any(
            plan.lead_id == row.lead_id and plan.starts_at < row.ends_at and row.starts_at < plan.ends_at
            for plan in led
        ):
            found[row.id] = _(
                "%(name)s also leads “%(event)s” at that time: %(when)s. Choose another lead for one.",
                name=row.name,
                event=row.event,
                when=moment_text(row.starts_at, time_zone),
            )
    return list(found.values())[:MOST_NAMED] + _among(led)


def _among(led: Sequence[Planned]) -> list[str]:
    """The same among the planned shifts themselves."""
    ordered = sorted(led, key=lambda plan: (plan.lead_id or 0, plan.starts_at))
    clashes = sum(
        first.lead_id == second.lead_id and second.starts_at < first.ends_at
        for first, second in pairwise(ordered)
    )
    if not clashes:
        return []
    return [
        ngettext(
            "%(num)d of these shifts begins before another one with the same lead ends.",
            "%(num)d of these shifts begin before another one with the same lead ends.",
            clashes,
        )
    ]


def far_moved(shift_ids: Sequence[int], location_id: int) -> list[str]:
    """People who signed up for a place that is far from the new one. One statement."""
    new = db.session.get_one(StagingLocation, location_id)
    query = (
        select(
            StagingLocation.name,
            StagingLocation.latitude,
            StagingLocation.longitude,
            func.sum(Shift.going + Shift.waiting).label("people"),
        )
        .join(Shift, Shift.staging_location_id == StagingLocation.id)
        .where(Shift.id == func.any(list(shift_ids)), StagingLocation.id != location_id)
        .group_by(StagingLocation.id)
    )
    found = []
    for row in db.session.execute(query):
        km = distance_km((row.latitude, row.longitude), (new.latitude, new.longitude))
        if km > FAR_KM and row.people:
            found.append(
                ngettext(
                    "%(new)s is %(way)s from %(old)s, where %(num)d person wanted to come.",
                    "%(new)s is %(way)s from %(old)s, where %(num)d people wanted to come.",
                    int(row.people),
                    new=new.name,
                    way=miles_text(km),
                    old=row.name,
                )
            )
    return found


def without_place(shift_ids: Sequence[int], capacity: int, time_zone: str) -> list[str]:
    """Who would lose a place if these shifts had so few: the last to sign up. One statement, one more a
    shift named."""
    query = (
        select(Shift.id, Shift.starts_at, Shift.going, Shift.held)
        .where(Shift.id == func.any(list(shift_ids)), Shift.going + Shift.held > capacity)
        .where(Shift.short_risk.is_(None))
        .order_by(Shift.starts_at)
        .limit(MOST_NAMED)
    )
    found = []
    for row in db.session.execute(query).all():
        over = row.going + row.held - capacity
        last = (
            select(Person.name)
            .join(SignUp, SignUp.person_id == Person.id)
            .where(SignUp.shift_id == row.id, SignUp.state == "going")
            .order_by(SignUp.id.desc())
            .limit(min(over, MOST_NAMED))
        )
        found.append(
            _(
                "%(when)s: %(over)s more people than places. Last to sign up: %(names)s. Move them first.",
                when=moment_text(row.starts_at, time_zone),
                over=over,
                names=", ".join(db.session.scalars(last)) or "–",
            )
        )
    return found


def outside_districts(campaign_id: int, location_id: int) -> str:
    """A sentence where a place lies in none of the campaign's districts, with the nearest. Else empty."""
    place = db.session.get_one(StagingLocation, location_id)
    if place.district_id is not None:
        return ""
    query = select(District.name, District.latitude, District.longitude).where(
        District.campaign_id == campaign_id,
        District.latitude.is_not(None),
    )
    here = (place.latitude, place.longitude)
    near = min(
        ((distance_km(here, (row.latitude, row.longitude)), row.name) for row in db.session.execute(query)),
        default=None,
    )
    if near is None:
        return ""
    return _(
        "“%(place)s” lies in none of your districts; the middle of the nearest, %(district)s, is "
        "%(way)s away. Look at its address and point: without a district its shifts count as the mean.",
        place=place.name,
        district=near[1],
        way=miles_text(near[0]),
    )
