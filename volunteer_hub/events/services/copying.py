"""Copies: an event's shifts on other days, in other places, in other areas; one shift on more days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import func, select

from volunteer_hub.core.access import in_campaign
from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.events.models import Event, Shift
from volunteer_hub.events.plans import MOST_SHIFTS_AT_ONCE, EventPlan, ShiftPlan
from volunteer_hub.events.services import planning
from volunteer_hub.events.services.changing import Change, plan_of


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy: its first day where the campaign is; a name and an area for a new event, or neither."""

    first_on: date
    name: str = ""
    area_id: int | None = None
    staging_location_id: int | None = None
    host_id: int | None = None


def copy_shifts(
    campaign_id: int, event_id: int, shift_ids: Iterable[int], copy: Copy, *, time_zone: str, now: datetime
) -> Event:
    """Copy chosen shifts of an event into a new draft, or with no area given into the event itself.

    Each keeps its time by the wall clock and its distance in days from the first. Nobody's sign-up comes
    along. Raises Refusal when none is chosen, and those of `add_shifts` (days that are past).
    """
    event: Event = in_campaign(Event, event_id, campaign_id)
    shifts = _chosen(event_id, shift_ids)
    zone = ZoneInfo(time_zone)
    by_days = (copy.first_on - shifts[0].starts_at.astimezone(zone).date()).days
    if copy.area_id is None and by_days == 0 and copy.staging_location_id is None:
        raise Refusal(_("That would be the same shifts again. Choose another day."), field="first_on")
    change = Change(days=by_days, staging_location_id=copy.staging_location_id)
    plans = [plan_of(shift, change, time_zone) for shift in shifts]
    into = event if copy.area_id is None else _new_event(event, copy, now)
    planning.add_shifts(campaign_id, into.id, plans, now=now)
    return into


def copy_shift_to(
    campaign_id: int, shift_id: int, days: Iterable[date], *, time_zone: str, now: datetime
) -> list[Shift]:
    """The same shift on more days of the same event, at the same time by the wall clock.

    A day on which it takes place already is passed over. Raises Refusal when none is left.
    """
    shift: Shift = in_campaign(Shift, shift_id, campaign_id)
    own_day = shift.starts_at.astimezone(ZoneInfo(time_zone)).date()
    plans = [
        plan_of(shift, Change(days=(day - own_day).days), time_zone) for day in sorted(set(days) - {own_day})
    ]
    there = _starts_there(shift, plans)
    plans = [plan for plan in plans if plan.starts_at not in there]
    if not plans:
        raise Refusal(_("It takes place on these days already. Choose others."), field="from_on")
    if len(plans) > MOST_SHIFTS_AT_ONCE:
        raise Refusal(_("At most %(most)s shifts at once.", most=MOST_SHIFTS_AT_ONCE), field="until_on")
    return planning.add_shifts(campaign_id, shift.event_id, plans, now=now)


def _chosen(event_id: int, shift_ids: Iterable[int]) -> list[Shift]:
    ids = set(shift_ids)
    query = select(Shift).where(Shift.event_id == event_id, Shift.id == func.any(list(ids)))
    found = list(db.session.scalars(query.order_by(Shift.starts_at, Shift.id)))
    if not found:
        raise Refusal(_("Choose at least one shift."), field="shifts")
    if len(found) > MOST_SHIFTS_AT_ONCE:
        raise Refusal(_("At most %(most)s shifts at once.", most=MOST_SHIFTS_AT_ONCE), field="shifts")
    return found


def _new_event(event: Event, copy: Copy, now: datetime) -> Event:
    plan = EventPlan(
        area_id=copy.area_id or event.area_id,
        name=copy.name or event.name,
        kind=event.kind,
        description=event.description,
        is_public=event.is_public,
        host_id=copy.host_id,
        min_age=event.min_age,
        papers=tuple(event.papers),
    )
    return planning.add_event(event.campaign_id, plan, now=now)


def _starts_there(shift: Shift, plans: list[ShiftPlan]) -> set[datetime]:
    """When the event has shifts at the same place already."""
    query = select(Shift.starts_at).where(
        Shift.event_id == shift.event_id,
        Shift.staging_location_id == shift.staging_location_id,
        Shift.cancelled_at.is_(None),
        Shift.starts_at == func.any([plan.starts_at for plan in plans]),
    )
    return set(db.session.scalars(query)) if plans else set()
