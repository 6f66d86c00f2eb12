"""Campaigns, their areas, and the roles given in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from volunteer_hub.core import access
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import NotFound
from volunteer_hub.people.models import Area, Campaign, Person, RoleGrant


def campaigns() -> list[Campaign]:
    """All campaigns of this installation, by name."""
    return list(db.session.scalars(select(Campaign).order_by(Campaign.name, Campaign.id)))


def campaign_by_slug(slug: str) -> Campaign:
    """The campaign at /c/<slug>/; raises NotFound."""
    campaign = db.session.scalar(select(Campaign).where(Campaign.slug == slug))
    if campaign is None:
        raise NotFound()
    return campaign


def campaign_called(name_or_slug: str) -> Campaign | None:
    """The campaign with this slug or name, upper and lower case alike; None if there is none."""
    asked = name_or_slug.strip().lower()
    query = select(Campaign).where(or_(Campaign.slug == asked, func.lower(Campaign.name) == asked))
    return db.session.scalar(query.order_by(Campaign.id).limit(1))


def root_area(campaign_id: int) -> Area:
    """The area that is the whole campaign."""
    return db.session.scalars(
        select(Area).where(Area.campaign_id == campaign_id, Area.parent_id.is_(None))
    ).one()


@dataclass(frozen=True, slots=True)
class AreaRow:
    """An area with its depth below the root and how many active people are at home in it."""

    id: int
    parent_id: int | None
    kind: str
    name: str
    path: str
    depth: int
    people: int


def areas(campaign_id: int, area_paths: Iterable[str] | None = None) -> list[AreaRow]:
    """The tree of areas at or below `area_paths` (default: all), parents before children. One statement."""
    people = (
        select(Person.area_id, func.count().label("people"))
        .where(Person.campaign_id == campaign_id, Person.is_active)
        .group_by(Person.area_id)
        .subquery()
    )
    query = (
        select(Area, func.coalesce(people.c.people, 0))
        .outerjoin(people, people.c.area_id == Area.id)
        .where(Area.campaign_id == campaign_id)
    )
    if area_paths is not None:
        query = query.where(access.within(Area.path, area_paths))
    found = [(area, count) for area, count in db.session.execute(query)]
    names = {area.id: area.name for area, _count in found}
    rows = [
        AreaRow(
            area.id, area.parent_id, area.kind, area.name, area.path, area.path.count("/") - 2, int(count)
        )
        for area, count in found
    ]
    return sorted(rows, key=lambda row: [names.get(int(each), "") for each in row.path.strip("/").split("/")])


def area_by_id(campaign_id: int, area_id: int) -> Area:
    """An area of this campaign; raises NotFound."""
    area: Area = access.in_campaign(Area, area_id, campaign_id)
    return area


def area_named(campaign_id: int, name: str) -> Area | None:
    """The first area with this name, upper and lower case alike."""
    query = select(Area).where(Area.campaign_id == campaign_id, func.lower(Area.name) == name.strip().lower())
    return db.session.scalar(query.order_by(Area.path).limit(1))


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A role of a person in an area."""

    id: int
    person_id: int
    person_name: str
    area_id: int
    area_name: str
    area_path: str
    role: Role
    granted_at: datetime
    granted_by: str | None


def grants(
    campaign_id: int, *, area_paths: Iterable[str] | None = None, person_id: int | None = None
) -> list[GrantRow]:
    """Roles given in these areas or to this person, strongest first. One statement."""
    giver = aliased(Person)
    query = (
        select(RoleGrant, Person.name, Area.name, Area.path, giver.name)
        .join(Person, Person.id == RoleGrant.person_id)
        .join(Area, Area.id == RoleGrant.area_id)
        .outerjoin(giver, giver.id == RoleGrant.granted_by)
        .where(RoleGrant.campaign_id == campaign_id)
        .order_by(Area.path, Person.name, RoleGrant.id)
    )
    if area_paths is not None:
        query = query.where(access.within(Area.path, area_paths))
    if person_id is not None:
        query = query.where(RoleGrant.person_id == person_id)
    rows = [
        GrantRow(g.id, g.person_id, who, g.area_id, area, path, Role(g.role), g.granted_at, by)
        for g, who, area, path, by in db.session.execute(query)
    ]
    return sorted(rows, key=lambda row: -row.role.rank)
