"""Upcoming shifts near a place, on some days, of a kind: each event once, with its next times.

The work is bounded at any size of campaign: places are looked up in a box by their index and at most
MOST_PLACES of them, the nearest, are followed to their next shifts; no search counts what it does not show.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, literal_column, or_, select, true

from volunteer_hub.core.db import db
from volunteer_hub.events.models import Event, Shift, StagingLocation
from volunteer_hub.events.near import EARTH_KM, KM_PER_DEGREE, distance_km
from volunteer_hub.events.queries.cards import ShiftCard, shift_cards

PER_PAGE = 12
SORTS = ("nearest", "soonest", "needed")
PARTS_OF_DAY = {"morning": (0, 12), "afternoon": (12, 17), "evening": (17, 24)}
"""Hours of the campaign's clock at which a shift begins: from, and before."""

MOST = 500
"""Shifts that a search gives; beyond them it says “more than 500”."""
MOST_OF_A_PLACE = 40
MOST_PLACES = 1_000
LOOKED_AT = 20_000
"""Without a distance: how many of the soonest shifts are looked through for those that fit."""
TIMES_SHOWN = 4
"""Of one event in a list."""


@dataclass(frozen=True, slots=True)
class Near:
    """Around a point (degrees, WGS 84), at most `within_km` away; None means any distance."""

    latitude: float
    longitude: float
    within_km: float | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class ShiftSearch:
    """What somebody looks for. Days are the campaign's; the first day that counts is today."""

    near: Near | None = None
    from_on: date | None = None
    until_on: date | None = None
    part_of_day: str = ""
    kind: str = ""
    language: str = ""
    only_free: bool = False
    step_free: bool = False
    sort: str = "soonest"


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event in a list: its shifts that fit, by their start; at least `more` fit and are not shown."""

    cards: tuple[ShiftCard, ...]
    more: int

    @property
    def first(self) -> ShiftCard:
        return self.cards[0]


@dataclass(frozen=True, slots=True)
class Findings:
    """One page of events that fit. `total` counts the events among the first MOST shifts."""

    lines: list[EventLine]
    number: int
    pages: int
    total: int
    is_capped: bool

    @property
    def cards(self) -> list[ShiftCard]:
        return [card for line in self.lines for card in line.cards]


def upcoming_events(
    campaign_id: int, wanted: ShiftSearch, *, now: datetime, time_zone: str, number: int, members: bool
) -> Findings:
    """One page of events with shifts that have not begun, in two statements at any size.

    `members`: also events that only signed-in volunteers see.
    """
    query = _candidates(campaign_id, wanted, now=now, time_zone=time_zone, members=members)
    rows = db.session.execute(query).all()
    by_event: dict[int, list[int]] = {}
    for shift_id, event_id in rows[:MOST]:
        by_event.setdefault(event_id, []).append(shift_id)
    pages = max(1, -(-len(by_event) // PER_PAGE))
    number = min(max(number, 1), pages)
    shown = list(by_event.values())[(number - 1) * PER_PAGE : number * PER_PAGE]
    lines = _lines(campaign_id, shown, wanted.near)
    return Findings(lines, number, pages, len(by_event), len(rows) > MOST)


def upcoming_shifts(
    campaign_id: int,
    wanted: ShiftSearch,
    *,
    now: datetime,
    time_zone: str,
    members: bool,
    most: int,
    with_cancelled: bool = False,
) -> list[ShiftCard]:
    """The first shifts that fit, in the search's order, for feeds and maps. Two statements.

    `with_cancelled`: also those that were cancelled, which a feed must say until their time has come.
    """
    query = _candidates(
        campaign_id, wanted, now=now, time_zone=time_zone, members=members, with_cancelled=with_cancelled
    )
    ids = [row[0] for row in db.session.execute(query).all()[:most]]
    cards = shift_cards(campaign_id, ids)
    return _with_distance([cards[each] for each in ids if each in cards], wanted.near)


def day_start(day: date, time_zone: str) -> datetime:
    """The first instant of a day where the campaign is."""
    return datetime.combine(day, time(), tzinfo=ZoneInfo(time_zone))


def _lines(campaign_id: int, groups: list[list[int]], near: Near | None) -> list[EventLine]:
    """Some times of each event are read: those that rank first, shown by their start."""
    cards = shift_cards(campaign_id, (each for ids in groups for each in ids[:TIMES_SHOWN]))
    lines = []
    for ids in groups:
        found = [cards[each] for each in ids[:TIMES_SHOWN] if each in cards]
        found.sort(key=lambda card: (card.starts_at, card.id))
        if found:
            lines.append(EventLine(tuple(_with_distance(found, near)), len(ids) - len(found)))
    return lines


def _with_distance(cards: Iterable[ShiftCard], near: Near | None) -> list[ShiftCard]:
    if near is None:
        return list(cards)
    here = (near.latitude, near.longitude)
    return [replace(card, distance_km=distance_km(here, (card.latitude, card.longitude))) for card in cards]


def _candidates(
    campaign_id: int,
    wanted: ShiftSearch,
    *,
    now: datetime,
    time_zone: str,
    members: bool,
    with_cancelled: bool = False,
) -> Select[Any]:
    """Ids of shifts and events in the wanted order, one more than MOST: is there more?"""
    fits: list[Any] = [
        Shift.campaign_id == campaign_id,
        Shift.starts_at > now,
        *([] if with_cancelled else [Shift.cancelled_at.is_(None)]),
        *_conditions(wanted, time_zone),
    ]
    states = ["published", "cancelled"] if with_cancelled else ["published"]
    seen: list[Any] = [Event.state.in_(states), *([] if members else [Event.is_public])]
    if wanted.kind:
        seen.append(Event.kind == wanted.kind)
    near = wanted.near
    if near is not None and (near.within_km is not None or wanted.sort == "nearest"):
        return _by_place(campaign_id, near, wanted, fits, seen)
    return _by_time(wanted, fits, seen)


def _by_place(
    campaign_id: int,
    near: Near,
    wanted: ShiftSearch,
    fits: list[Any],
    seen: list[Any],
) -> Select[Any]:
    """From the places in reach, nearest first, each to its next shifts.

    The lateral joins keep that order: a search for the nearest stops at MOST, however many are in reach.
    """
    away = _away(near.latitude, near.longitude)
    reach = (
        select(StagingLocation.id, away.label("away"))
        .where(StagingLocation.campaign_id == campaign_id, *_in_reach(near, away))
        .where(StagingLocation.is_accessible.is_(True) if wanted.step_free else true())
        .order_by(literal_column("away"))
        .limit(MOST_PLACES)
        .cte("reach")
        .prefix_with("MATERIALIZED")
    )
    at_place = (
        select(Shift.id, Shift.event_id, Shift.starts_at, _filled().label("filled"))
        .join(_event_of(Shift.event_id, seen), true())
        .where(Shift.staging_location_id == reach.c.id, *fits)
        .order_by(Shift.starts_at, Shift.id)
        .limit(MOST_OF_A_PLACE)
        .lateral("at_place")
    )
    order = {
        "nearest": (reach.c.away, at_place.c.starts_at),
        "soonest": (at_place.c.starts_at, reach.c.away),
        "needed": (at_place.c.filled, at_place.c.starts_at, reach.c.away),
    }[wanted.sort]
    return (
        select(at_place.c.id, at_place.c.event_id)
        .select_from(reach.join(at_place, true()))
        .order_by(*order, at_place.c.id)
        .limit(literal_column(str(MOST + 1)))
    )


def _by_time(wanted: ShiftSearch, fits: list[Any], seen: list[Any]) -> Select[Any]:
    """The soonest shifts, looked through in the order of their time."""
    soonest = (
        select(Shift.id, Shift.event_id, Shift.starts_at, Shift.staging_location_id)
        .add_columns(_filled().label("filled"))
        .where(*fits)
        .order_by(Shift.starts_at, Shift.id)
        .limit(literal_column(str(LOOKED_AT)))
        .subquery("soonest")
    )
    query = select(soonest.c.id, soonest.c.event_id).join(_event_of(soonest.c.event_id, seen), true())
    if wanted.step_free:
        query = query.where(
            select(true())
            .where(
                StagingLocation.id == soonest.c.staging_location_id, StagingLocation.is_accessible.is_(True)
            )
            .exists()
        )
    first = [soonest.c.filled] if wanted.sort == "needed" else []
    return query.order_by(*first, soonest.c.starts_at, soonest.c.id).limit(literal_column(str(MOST + 1)))


def _event_of(event_id: Any, seen: list[Any]) -> Any:
    """The event if it may be seen and fits: looked up for one shift after the other, never joined whole."""
    query = select(true().label("fits")).where(Event.id == event_id, *seen)
    return query.offset(literal_column("0")).lateral("its_event")


def _conditions(wanted: ShiftSearch, time_zone: str) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.from_on:
        found.append(Shift.starts_at >= day_start(wanted.from_on, time_zone))
    if wanted.until_on:
        found.append(Shift.starts_at < day_start(wanted.until_on + timedelta(days=1), time_zone))
    if wanted.part_of_day in PARTS_OF_DAY:
        first, before = PARTS_OF_DAY[wanted.part_of_day]
        hour = func.extract("hour", func.timezone(time_zone, Shift.starts_at))
        found += [hour >= first, hour < before]
    if wanted.language:
        found.append(or_(Shift.languages == [], Shift.languages.contains([wanted.language])))
    if wanted.only_free:
        found.append(Shift.going + Shift.held < Shift.capacity)
    return found


def _filled() -> ColumnElement[Any]:
    return (Shift.going + Shift.held) * 1.0 / Shift.capacity


def _away(latitude: float, longitude: float) -> ColumnElement[float]:
    """Great-circle distance in km from a point to the staging location, by the haversine formula."""
    north = func.radians(StagingLocation.latitude - latitude) / 2
    east = func.radians(StagingLocation.longitude - longitude) / 2
    chord = func.power(func.sin(north), 2) + math.cos(math.radians(latitude)) * func.cos(
        func.radians(StagingLocation.latitude)
    ) * func.power(func.sin(east), 2)
    return (2 * EARTH_KM) * func.asin(func.sqrt(func.least(chord, 1.0)))


def _in_reach(near: Near, away: ColumnElement[float]) -> list[ColumnElement[bool]]:
    """Within the circle; the box around it is asked of the index and comes first."""
    if near.within_km is None:
        return []
    north = near.within_km / KM_PER_DEGREE
    east = north / max(math.cos(math.radians(near.latitude)), 0.01)
    return [
        StagingLocation.latitude.between(near.latitude - north, near.latitude + north),
        StagingLocation.longitude.between(near.longitude - east, near.longitude + east),
        away <= near.within_km,
    ]
