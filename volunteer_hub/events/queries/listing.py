"""The list of upcoming shifts: near a place, on some days, of a kind, in a language; paged in SQL."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, or_

from volunteer_hub.core.paging import Page, page_of
from volunteer_hub.events.models import Event, Shift, StagingLocation
from volunteer_hub.events.queries.cards import ShiftCard, card_of, cards_query

EARTH_KM = 6371.0088
KM_PER_DEGREE = 111.0
PER_PAGE = 25
SORTS = ("soonest", "nearest", "needed")


@dataclass(frozen=True, slots=True)
class Near:
    """Around a point (degrees, WGS 84), at most `within_km` away; None means any distance."""

    latitude: float
    longitude: float
    within_km: float | None = None


@dataclass(frozen=True, slots=True)
class ShiftSearch:
    """What somebody looks for. Days are the campaign's; the first day that counts is today."""

    near: Near | None = None
    from_on: date | None = None
    until_on: date | None = None
    kind: str = ""
    language: str = ""
    only_free: bool = False
    sort: str = "soonest"


def upcoming_shifts(
    campaign_id: int, wanted: ShiftSearch, *, now: datetime, time_zone: str, number: int, members: bool
) -> Page[ShiftCard]:
    """One page of shifts that have not begun, in two statements at any size.

    `members`: also events that only signed-in volunteers see.
    """
    page = page_of(
        _query(campaign_id, wanted, now=now, time_zone=time_zone, members=members), number, PER_PAGE
    )
    return Page([card_of(row) for row in page.rows], page.number, page.per_page, page.total)


def distance_km(latitude: float, longitude: float) -> ColumnElement[float]:
    """Great-circle distance from a point to the staging location, by the haversine formula."""
    north = func.radians(StagingLocation.latitude - latitude) / 2
    east = func.radians(StagingLocation.longitude - longitude) / 2
    chord = func.power(func.sin(north), 2) + math.cos(math.radians(latitude)) * func.cos(
        func.radians(StagingLocation.latitude)
    ) * func.power(func.sin(east), 2)
    return (2 * EARTH_KM) * func.asin(func.sqrt(func.least(chord, 1.0)))


def day_start(day: date, time_zone: str) -> datetime:
    """The first instant of a day where the campaign is."""
    return datetime.combine(day, time(), tzinfo=ZoneInfo(time_zone))


def _query(
    campaign_id: int, wanted: ShiftSearch, *, now: datetime, time_zone: str, members: bool
) -> Select[*tuple[Any, ...]]:
    query = cards_query().where(
        Shift.campaign_id == campaign_id,
        Shift.starts_at > now,
        Shift.cancelled_at.is_(None),
        Event.state == "published",
        *_conditions(wanted, time_zone),
    )
    if not members:
        query = query.where(Event.is_public)
    if wanted.near is None:
        return query.order_by(*_order(wanted, None))
    away = distance_km(wanted.near.latitude, wanted.near.longitude)
    query = query.add_columns(away.label("distance_km")).where(*_in_reach(wanted.near, away))
    return query.order_by(*_order(wanted, away))


def _conditions(wanted: ShiftSearch, time_zone: str) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.from_on:
        found.append(Shift.starts_at >= day_start(wanted.from_on, time_zone))
    if wanted.until_on:
        found.append(Shift.starts_at < day_start(wanted.until_on + timedelta(days=1), time_zone))
    if wanted.kind:
        found.append(Event.kind == wanted.kind)
    if wanted.language:
        found.append(or_(Shift.languages == [], Shift.languages.contains([wanted.language])))
    if wanted.only_free:
        found.append(Shift.going + Shift.held < Shift.capacity)
    return found


def _in_reach(near: Near, away: ColumnElement[float]) -> list[ColumnElement[bool]]:
    """Within the circle; the box around it is cheaper to ask and comes first."""
    if near.within_km is None:
        return []
    north = near.within_km / KM_PER_DEGREE
    east = north / max(math.cos(math.radians(near.latitude)), 0.01)
    return [
        StagingLocation.latitude.between(near.latitude - north, near.latitude + north),
        StagingLocation.longitude.between(near.longitude - east, near.longitude + east),
        away <= near.within_km,
    ]


def _order(wanted: ShiftSearch, away: ColumnElement[float] | None) -> list[Any]:
    """Soonest first, and among shifts of one time the nearest; or nearest, or emptiest first."""
    nearness = [] if away is None else [away]
    if wanted.sort == "nearest" and away is not None:
        return [away, Shift.starts_at, Shift.id]
    if wanted.sort == "needed":
        filled = (Shift.going + Shift.held) * 1.0 / Shift.capacity
        return [filled, Shift.starts_at, *nearness, Shift.id]
    return [Shift.starts_at, *nearness, Shift.id]
