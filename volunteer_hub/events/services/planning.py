"""What organizers plan: staging locations, events, and their shifts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from volunteer_hub.core.access import in_campaign
from volunteer_hub.core.db import announce, db
from volunteer_hub.core.refusals import Conflict, Refusal
from volunteer_hub.districts.models import District
from volunteer_hub.events import facts
from volunteer_hub.events.models import Event, Shift, SignUp, StagingLocation
from volunteer_hub.events.plans import EventPlan, LocationPlan, ShiftPlan
from volunteer_hub.events.queries import showing
from volunteer_hub.events.refusals import CapacityTooLow, ShiftGone, ShiftOver, StillGoing
from volunteer_hub.events.services.overbooking import follow_need, places_to_offer
from volunteer_hub.events.services.places import during, hold_locations, locked_shift, place_freed
from volunteer_hub.events.services.telling import (
    Known,
    as_told,
    standing,
    tell_of_cancellation,
    tell_of_change,
)
from volunteer_hub.people.models import Area, Person
from volunteer_hub.people.papers import PAPERS

MOST_PLACES = 10_000


def add_location(campaign_id: int, plan: LocationPlan) -> StagingLocation:
    """Add a staging location; its district is the one its point lies in, unless the plan names one."""
    _check_location(campaign_id, plan, None)
    location = StagingLocation(campaign_id=campaign_id, **_location_fields(campaign_id, plan))
    db.session.add(location)
    db.session.flush()
    return location


def edit_location(
    campaign_id: int, location_id: int, plan: LocationPlan, *, now: datetime
) -> StagingLocation:
    """Change a staging location. People going to its coming shifts are told when the place itself moved."""
    location: StagingLocation = in_campaign(StagingLocation, location_id, campaign_id, lock=True)
    _check_location(campaign_id, plan, location_id)
    before = (location.name, location.address)
    for name, value in _location_fields(campaign_id, plan).items():
        setattr(location, name, value)
    if before != (location.name, location.address):
        query = select(Shift.id).where(
            Shift.staging_location_id == location_id, Shift.starts_at > now, Shift.cancelled_at.is_(None)
        )
        for shift_id in db.session.scalars(query.order_by(Shift.id)).all():
            shift = locked_shift(campaign_id, shift_id)
            _changed(shift, as_told(shift, before), now)
    return location


def add_event(campaign_id: int, plan: EventPlan, *, now: datetime) -> Event:
    """Add an event as a draft."""
    _check_event(campaign_id, plan)
    event = Event(campaign_id=campaign_id, state="draft", created_at=now, **_event_fields(plan))
    db.session.add(event)
    db.session.flush()
    return event


def edit_event(campaign_id: int, event_id: int, plan: EventPlan) -> Event:
    """Change what an event is called and says. Its shifts stay."""
    event: Event = in_campaign(Event, event_id, campaign_id, lock=True)
    _check_event(campaign_id, plan)
    for name, value in _event_fields(plan).items():
        setattr(event, name, value)
    return event


def publish_event(campaign_id: int, event_id: int) -> Event:
    """Let people see the event and sign up. Refuses one without a shift, or cancelled."""
    event: Event = in_campaign(Event, event_id, campaign_id, lock=True)
    if event.state == "cancelled":
        raise Refusal(_("A cancelled event cannot be published. Make a new one; its text can be copied."))
    has_shift = select(Shift.id).where(Shift.event_id == event_id, Shift.cancelled_at.is_(None)).limit(1)
    if db.session.scalar(has_shift) is None:
        raise Refusal(_("Add at least one shift before you publish: people sign up for shifts."))
    if event.state == "draft":
        event.state = "published"
        announce(facts.EventPublished(event.id))
    return event


def cancel_event(campaign_id: int, event_id: int, *, now: datetime, why: str = "") -> Event:
    """Cancel an event with all its shifts that have not begun; everybody on them is told."""
    event: Event = in_campaign(Event, event_id, campaign_id, lock=True)
    if event.state == "cancelled":
        return event
    query = select(Shift.id).where(
        Shift.event_id == event_id, Shift.cancelled_at.is_(None), Shift.starts_at > now
    )
    for shift_id in db.session.scalars(query.order_by(Shift.id)).all():
        cancel_shift(campaign_id, shift_id, now=now, why=why)
    event.state, event.cancelled_at = "cancelled", now
    return event


def add_shift(campaign_id: int, event_id: int, plan: ShiftPlan, *, now: datetime) -> Shift:
    """Add one shift to an event."""
    return add_shifts(campaign_id, event_id, [plan], now=now)[0]


def add_shifts(campaign_id: int, event_id: int, plans: Iterable[ShiftPlan], *, now: datetime) -> list[Shift]:
    """Add a series of shifts to an event: all of them or, when one is refused, none."""
    event: Event = in_campaign(Event, event_id, campaign_id, lock=True)
    if event.state == "cancelled":
        raise Refusal(_("This event was cancelled. Make a new one for new shifts."))
    wanted = list(plans)
    for location_id in {plan.staging_location_id for plan in wanted}:
        in_campaign(StagingLocation, location_id, campaign_id)
    shifts = [
        Shift(campaign_id=campaign_id, event_id=event.id, **_shift_fields(campaign_id, plan, now))
        for plan in wanted
    ]
    _overbook(campaign_id, shifts)
    db.session.add_all(shifts)
    db.session.flush()
    announce(facts.ShiftsAdded(event.id))
    return shifts


def edit_shift(campaign_id: int, shift_id: int, plan: ShiftPlan, *, now: datetime) -> Shift:
    """Change a shift. A new time or place is told to everybody on it.

    Locks the place, then the shift. Raises CapacityTooLow (more are going), StillGoing (the new time sends
    people to two shifts), ShiftGone, ShiftOver.
    """
    hold_locations(campaign_id, [plan.staging_location_id])
    return edit_locked(locked_shift(campaign_id, shift_id), plan, now=now)


def edit_locked(shift: Shift, plan: ShiftPlan, *, now: datetime) -> Shift:
    """The same for a shift that is locked, and its new place held. The statements do not depend on how many
    people are on it."""
    campaign_id = shift.campaign_id
    if shift.cancelled_at is not None:
        raise ShiftGone(shift)
    if now >= shift.ends_at:
        raise ShiftOver(shift)
    fields = _shift_fields(campaign_id, plan, now, has_begun=now >= shift.starts_at)
    if plan.short_risk is not None:  # what is right is reckoned below, from who is on the list
        fields["capacity"] = max(plan.capacity, shift.going + shift.held)
    if plan.short_risk is None and plan.capacity < shift.going + shift.held:
        raise CapacityTooLow(shift.going, shift.held)
    before, told = (shift.starts_at, shift.ends_at, shift.staging_location_id), as_told(shift)
    asked = (shift.capacity, shift.skills, shift.languages)
    for name, value in fields.items():
        setattr(shift, name, value)
    if before[:2] != (shift.starts_at, shift.ends_at):
        _move_sign_ups(shift)
    if before != (shift.starts_at, shift.ends_at, shift.staging_location_id):
        _changed(shift, told, now)
    if asked != (shift.capacity, shift.skills, shift.languages):
        announce(facts.PlacesChanged(shift.id))
    if shift.short_risk is not None:
        follow_need(shift, showing.show_model(campaign_id), now=now)
    place_freed(shift, now=now)
    return shift


def _overbook(campaign_id: int, shifts: Iterable[Shift]) -> None:
    """Give new shifts the places that their need and risk take."""
    over = [shift for shift in shifts if shift.short_risk is not None]
    model = showing.show_model(campaign_id) if over else None
    for shift in over:
        assert model is not None
        assert shift.short_risk is not None
        shift.capacity = places_to_offer(model, shift.needed or shift.capacity, shift.short_risk, shift.room)


def cancel_shift(campaign_id: int, shift_id: int, *, now: datetime, why: str = "") -> Shift:
    """Cancel a shift and every sign-up of it; everybody on it is told a few minutes later, with `why`.

    Until then it can be undone (services.cancelling). Offers keep their claim until they are withdrawn.
    """
    shift = locked_shift(campaign_id, shift_id)
    if shift.cancelled_at is not None:
        return shift
    if now >= shift.ends_at:
        raise ShiftOver(shift)
    tell_of_cancellation(shift, now=now)
    shift.going = shift.waiting = shift.held = 0
    shift.cancelled_at, shift.cancelled_why = now, why
    shift.sequence += 1
    announce(facts.ShiftCancelled(shift.id))
    return shift


def _check_location(campaign_id: int, plan: LocationPlan, location_id: int | None) -> None:
    in_campaign(Area, plan.area_id, campaign_id)
    if not (-90 <= plan.latitude <= 90 and -180 <= plan.longitude <= 180):
        raise Refusal(
            _("Latitude lies between -90 and 90, longitude between -180 and 180."), field="latitude"
        )
    query = select(StagingLocation.id).where(
        StagingLocation.campaign_id == campaign_id,
        func.lower(StagingLocation.name) == plan.name.lower(),
        StagingLocation.id != (location_id or 0),
    )
    if db.session.scalar(query) is not None:
        raise Conflict(
            _("There is a staging location of this name already. Give this one another name."), field="name"
        )


def _location_fields(campaign_id: int, plan: LocationPlan) -> dict[str, Any]:
    fields = asdict(plan)
    if plan.district_id is not None:
        in_campaign(District, plan.district_id, campaign_id)
    else:
        fields["district_id"] = _district_at(campaign_id, plan.latitude, plan.longitude)
    return fields


def _district_at(campaign_id: int, latitude: float, longitude: float) -> int | None:
    """The district whose shape holds the point; the smallest when several layers do."""
    import shapely

    query = select(District.id, District.shape).where(
        District.campaign_id == campaign_id,
        District.min_lon <= longitude,
        District.max_lon >= longitude,
        District.min_lat <= latitude,
        District.max_lat >= latitude,
    )
    point = shapely.Point(longitude, latitude)
    shapes = [(row.id, shapely.from_wkb(row.shape)) for row in db.session.execute(query) if row.shape]
    holding = [(shape.area, district_id) for district_id, shape in shapes if shape.covers(point)]
    return min(holding)[1] if holding else None


def _check_event(campaign_id: int, plan: EventPlan) -> None:
    in_campaign(Area, plan.area_id, campaign_id)
    if plan.host_id is not None:
        in_campaign(Person, plan.host_id, campaign_id)


def _event_fields(plan: EventPlan) -> dict[str, Any]:
    return asdict(plan) | {"papers": [kind for kind in PAPERS if kind in plan.papers]}


def _shift_fields(
    campaign_id: int, plan: ShiftPlan, now: datetime, *, has_begun: bool = False
) -> dict[str, Any]:
    """The plan as columns, checked: forwards, ahead, a possible number of places."""
    if plan.starts_at >= plan.ends_at:
        raise Refusal(_("A shift ends after it starts. Look at the two times."), field="ends")
    if plan.starts_at <= now and not has_begun:
        raise Refusal(_("A new shift starts in the future. Look at the day and the time."), field="day")
    if not 1 <= plan.capacity <= MOST_PLACES:
        raise Refusal(_("A shift has between 1 and 10,000 places."), field="capacity")
    if plan.lead_id is not None:
        in_campaign(Person, plan.lead_id, campaign_id)
    fields = asdict(plan)
    fields["starts_at"] = plan.starts_at.astimezone(UTC)
    fields["ends_at"] = plan.ends_at.astimezone(UTC)
    fields["skills"], fields["languages"] = list(plan.skills), list(plan.languages)
    if plan.short_risk is None:
        return fields | {"needed": None, "room": None}
    if not 0 < plan.short_risk < 1:
        raise Refusal(_("Choose the risk from the list."), field="short_risk")
    if plan.room is not None and not plan.capacity <= plan.room <= MOST_PLACES:
        raise Refusal(
            _(
                "At least as many sign-ups as people are needed: %(needed)d or more, at most 10,000.",
                needed=plan.capacity,
            ),
            field="room",
        )
    fields["needed"] = plan.capacity
    return fields


def _move_sign_ups(shift: Shift) -> None:
    """Give the sign-ups the shift's new time; refuse if that sends somebody to two shifts at once."""
    mine, other = aliased(SignUp), aliased(SignUp)
    new_time: Range[Any] = during(shift)
    clashes = (
        select(func.count(mine.person_id.distinct()))
        .join(other, other.person_id == mine.person_id)
        .where(
            mine.shift_id == shift.id,
            mine.state == "going",
            other.shift_id != shift.id,
            other.state == "going",
            other.during.overlaps(new_time),
        )
    )
    with db.session.no_autoflush:
        count = db.session.scalar(clashes) or 0
    if count:
        raise StillGoing(count)
    rows = standing(shift)
    try:
        with db.session.begin_nested():
            for row in rows:
                row.during = new_time
    except IntegrityError as error:  # somebody signed up elsewhere at this very moment
        raise StillGoing(1) from error


def _changed(shift: Shift, before: Known, now: datetime) -> None:
    """A newer calendar entry, and word of it to everybody on the shift."""
    shift.sequence += 1
    tell_of_change(shift, before, now=now)
    announce(facts.ShiftChanged(shift.id))
