"""The filter of the list of volunteers as conditions of SQL, made so that a million people are no burden."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, text

from volunteer_hub.core import access
from volunteer_hub.core.access import Role
from volunteer_hub.core.brief import briefly
from volunteer_hub.core.db import db
from volunteer_hub.core.display import KM_PER_MILE
from volunteer_hub.people.filters import PeopleFilter
from volunteer_hub.people.models import Area, Availability, Person, RoleGrant
from volunteer_hub.people.places import EARTH_M, UnknownPlace, home_of

PARTS = {
    "morning": (time(6), time(12)),
    "afternoon": (time(12), time(17)),
    "evening": (time(17), time(23)),
}
FEW = 1000
CHOICES_KEPT_S = 3600.0
_AS_NUMBER = func.hashtextextended(func.concat(Area.path, Area.name), 0)
"""Of 64 bits, from all that the choice of an area shows; the path holds the id."""
KM_PER_DEGREE = EARTH_M * math.pi / 180 / 1000


def conditions(
    campaign_id: int, area_paths: Iterable[str], wanted: PeopleFilter, now: datetime
) -> list[ColumnElement[bool]]:
    """What must hold of a person of the list, the words searched for left aside. At most two statements."""
    found: list[ColumnElement[bool]] = [
        Person.campaign_id == campaign_id,
        Person.erased_at.is_(None),
        Person.merged_into_id.is_(None),
        *_in_areas(campaign_id, list(area_paths), wanted.area_id),
        *_of_state(wanted.state),
    ]
    found += _traits(wanted)
    if wanted.role is not None:
        found.append(_of_role(wanted.role))
    return [*found, *_free(wanted), *_history(wanted, now), *_may(wanted.may), *_near(wanted)]


def few_with_traits(wanted: PeopleFilter) -> list[ColumnElement[bool]]:
    """The skills, languages and tags as a list of ids, if the index says that few people have them all.

    What the planner knows of a tag is old or nothing; where it takes a rare one for common, it reads a
    million rows in the order of names to find fifty. So it is asked first, by the index and by nothing else.
    """
    traits = _traits(wanted)
    if not traits:
        return []
    db.session.execute(text("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off"))
    ids = list(db.session.scalars(select(Person.id).where(*traits).limit(FEW + 1)))
    db.session.execute(text("SET LOCAL enable_seqscan = on; SET LOCAL enable_indexscan = on"))
    return [Person.id.in_(ids)] if len(ids) <= FEW else []


def _traits(wanted: PeopleFilter) -> list[ColumnElement[bool]]:
    pairs: tuple[tuple[Any, tuple[str, ...]], ...] = (
        (Person.skills, wanted.skills),
        (Person.languages, wanted.languages),
        (Person.tags, wanted.tags),
    )
    return [column.contains(list(values)) for column, values in pairs if values]


def area_ids(campaign_id: int, area_paths: Iterable[str], below: int | None = None) -> list[int]:
    """The areas at or below these paths, and at or below the area `below` if one is given. One statement."""
    query = select(Area.id).where(Area.campaign_id == campaign_id, access.within(Area.path, area_paths))
    if below is not None:
        query = query.where(Area.path.contains(f"/{below}/"))
    return list(db.session.scalars(query))


def area_choices(campaign_id: int, area_paths: Iterable[str]) -> list[tuple[int, str]]:
    """(id, name) of these areas and all below, parents before children, their depth shown by dashes.

    One statement says whether any of them changed; a second reads them if so. Nobody is counted.
    """
    here = Area.campaign_id == campaign_id, access.within(Area.path, area_paths)
    state = db.session.execute(select(func.count(), func.bit_xor(_AS_NUMBER)).where(*here)).one()
    key = campaign_id, *state
    return briefly("area choices", key, lambda: _read_choices(here), for_s=CHOICES_KEPT_S)


def _read_choices(here: tuple[ColumnElement[bool], ...]) -> list[tuple[int, str]]:
    rows = db.session.execute(select(Area.id, Area.name, Area.path).where(*here)).all()
    names = {row.id: row.name for row in rows}
    rows = sorted(rows, key=lambda row: [names.get(int(each), "") for each in row.path.strip("/").split("/")])
    return [(row.id, "– " * (row.path.count("/") - 2) + row.name) for row in rows]


def _in_areas(campaign_id: int, paths: list[str], below: int | None) -> list[ColumnElement[bool]]:
    """Nothing to ask of who sees the whole campaign; else the ids of the areas, which the planner weighs."""
    if below is None and any(path.count("/") == 2 for path in paths):
        return []
    ids = area_ids(campaign_id, paths, below)
    return [Person.area_id.in_(ids)] if ids else [false()]


def _of_state(state: str) -> list[ColumnElement[bool]]:
    if state == "waiting":
        return [Person.is_active.is_(True), Person.awaits_confirmation.is_(True)]
    if state == "inactive":
        return [Person.is_active.is_(False)]
    return [Person.is_active.is_(True)] if state == "active" else []


def _of_role(role: Role) -> ColumnElement[bool]:
    """The highest role a person was given anywhere is this one."""
    higher = [each.value for each in Role if each.rank > role.rank]
    has_higher = exists().where(RoleGrant.person_id == Person.id, RoleGrant.role.in_(higher))
    if role is Role.VOLUNTEER:
        return ~has_higher
    return and_(Person.id.in_(select(RoleGrant.person_id).where(RoleGrant.role == role)), ~has_higher)


def _free(wanted: PeopleFilter) -> list[ColumnElement[bool]]:
    """Free on that weekday, at some time of that part of the day. Whoever named no times is free always."""
    if wanted.weekday is None and not wanted.part:
        return []
    fits: list[ColumnElement[bool]] = []
    if wanted.weekday is not None:
        fits.append(func.coalesce(Availability.weekday == wanted.weekday, False))
    if wanted.part:
        start, end = PARTS[wanted.part]
        fits += [Availability.from_time < end, Availability.until_time > start]
    # One look per person, null where nothing is named: an EXISTS would first hash the whole table.
    named = (Availability.person_id == Person.id, Availability.is_away.is_(False))
    fit = select(func.bool_or(and_(*fits))).where(*named).scalar_subquery()
    return [fit.is_not(False)]


def _history(wanted: PeopleFilter, now: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.seen == "never":
        found.append(Person.seen_at.is_(None))
    elif wanted.seen:
        since = now - timedelta(days=abs(int(wanted.seen)))
        found.append(
            Person.seen_at >= since
            if int(wanted.seen) > 0
            else or_(Person.seen_at < since, Person.seen_at.is_(None))
        )
    if wanted.came is not None:
        found.append(Person.came >= wanted.came)
    if wanted.show is not None:
        found += [
            Person.came + Person.missed > 0,
            Person.came * 100 >= wanted.show * (Person.came + Person.missed),
        ]
    return found


def _may(may: str) -> list[ColumnElement[bool]]:
    email = Person.email_agreed_at.is_not(None)
    text = and_(Person.text_agreed_at.is_not(None), Person.phone.is_not(None))
    known: dict[str, ColumnElement[bool]] = {
        "email": email, "text": text, "any": or_(email, text), "none": ~or_(email, text),
    }  # fmt: skip
    return [known[may]] if may else []


def _near(wanted: PeopleFilter) -> list[ColumnElement[bool]]:
    """Within so many miles as the crow flies, by the haversine formula on a sphere of mean radius."""
    if not wanted.near:
        return []
    try:
        home = home_of(wanted.near)
    except UnknownPlace:
        return []  # the page says that it could not be placed
    km = wanted.miles * KM_PER_MILE
    north = km / KM_PER_DEGREE
    east = north / max(0.05, math.cos(math.radians(min(89.0, abs(home.latitude) + north))))
    return [
        Person.latitude.between(home.latitude - north, home.latitude + north),
        Person.longitude.between(home.longitude - east, home.longitude + east),
        distance_km(home.latitude, home.longitude) <= km,
    ]


def distance_km(latitude: float, longitude: float) -> Any:
    """SQL: how far a person's home is from a point in degrees."""
    here = math.radians(latitude)
    there = func.radians(Person.latitude)
    chord = func.power(func.sin((there - here) / 2), 2) + math.cos(here) * func.cos(there) * func.power(
        func.sin((func.radians(Person.longitude) - math.radians(longitude)) / 2), 2
    )
    return 2 * EARTH_M / 1000 * func.asin(func.sqrt(func.least(1.0, chord)))
