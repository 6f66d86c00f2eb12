"""More sign-ups than people needed, to the risk that the organizer chose: `needed` should come, `capacity`
follows, never above `room` and never below who stands on the list."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from geodata.showing import GIVE, ShowModel, places_for
from volunteer_hub.core.db import announce, db
from volunteer_hub.events import facts
from volunteer_hub.events.models import Shift, SignUp
from volunteer_hub.events.queries import showing
from volunteer_hub.events.services.places import locked_shift, place_freed, require_ahead

SETTLED_BEFORE = timedelta(hours=3)
"""The start: nobody is fetched from the waiting list later than that by a reckoning."""
RISKS = (0.05, 0.10, 0.15, 0.20, 0.30)
"""That organizers can choose from, of fewer people than needed."""
ROOM_TIMES = 4
"""Without a limit given, at most so many times the people needed."""


def room_of(needed: int, room: int | None) -> int:
    """The most sign-ups that over-booking may take."""
    return max(needed, room) if room is not None else min(ROOM_TIMES * needed, 10_000)


def places_to_offer(model: ShowModel, needed: int, risk: float, room: int | None) -> int:
    """How many sign-ups an empty shift takes, as far as one knows now."""
    most, sd = room_of(needed, room), model.shared_sd()
    return places_for(needed, risk, [], chance_of_next=model.mean, shared_sd=sd, room=most, give=GIVE)


def overbooking_examples(campaign_id: int, needed: int) -> list[tuple[float, int]]:
    """(risk, sign-ups) of an empty shift that needs so many, by what the campaign's history says now."""
    model = showing.show_model(campaign_id)
    return [(risk, places_to_offer(model, needed, risk, None)) for risk in RISKS]


def overbook(campaign_id: int, shift_id: int, risk: float, *, now: datetime) -> Shift:
    """Let a shift take as many sign-ups as its need and this risk take, from now on.

    One that over-books already keeps the risk that was chosen for it. Raises ShiftGone, ShiftOver.
    """
    shift = locked_shift(campaign_id, shift_id)
    require_ahead(shift, now)
    if shift.short_risk is None:
        shift.needed, shift.short_risk = shift.capacity, risk
        follow_need(shift, showing.show_model(campaign_id), now=now)
    return shift


def adjust_places(campaign_id: int, shift_id: int, model: ShowModel, *, now: datetime) -> bool:
    """Bring a shift's places up to date under its lock; those who wait move up. True if they changed."""
    shift = locked_shift(campaign_id, shift_id)
    if shift.short_risk is None or shift.cancelled_at is not None or now > shift.starts_at - SETTLED_BEFORE:
        return False
    return follow_need(shift, model, now=now)


def follow_need(shift: Shift, model: ShowModel, *, now: datetime) -> bool:
    """The same for a shift whose lock the caller holds and which over-books."""
    assert shift.short_risk is not None
    needed = shift.needed or shift.capacity
    chances = _chances(shift, model) + [model.mean] * shift.held
    places = places_for(
        needed,
        shift.short_risk,
        chances,
        chance_of_next=model.mean,
        shared_sd=model.shared_sd(is_early=now < shift.starts_at - showing.REMINDED_FROM),
        room=room_of(needed, shift.room),
        give=GIVE,
    )
    places = max(places, shift.going + shift.held)
    if places == shift.capacity:
        return False
    is_more = places > shift.capacity
    shift.capacity = places
    announce(facts.PlacesChanged(shift.id))
    if is_more:
        place_freed(shift, now=now)
    return True


def _chances(shift: Shift, model: ShowModel) -> list[float]:
    """Of those who are going; who signed up a moment ago has the campaign's mean until reckoned."""
    query = select(func.coalesce(SignUp.show_chance, model.mean)).where(
        SignUp.shift_id == shift.id, SignUp.state == "going"
    )
    return [float(chance) for chance in db.session.scalars(query.order_by(SignUp.id))]
