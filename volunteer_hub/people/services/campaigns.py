"""Campaigns and their tree of areas."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, update

from volunteer_hub.core import audit
from volunteer_hub.core.access import Role, Viewer, require
from volunteer_hub.core.db import announce, db
from volunteer_hub.core.refusals import Conflict, Refusal
from volunteer_hub.people.facts import VolunteerChanged
from volunteer_hub.people.models import Area, Campaign, Person
from volunteer_hub.people.vocabulary import AREA_KINDS

SECOND_FACTOR_POLICIES = ("admins", "staff", "nobody")
"""Who must sign in with a second factor before their rights are whole."""


@dataclass(frozen=True, slots=True)
class CampaignSettings:
    """What an admin may change about the campaign."""

    name: str
    time_zone: str
    language: str
    election_on: date | None
    quiet_from: time
    quiet_until: time
    reply_to: str | None
    postal_address: str | None
    second_factor: str


def create_campaign(
    name: str,
    *,
    now: datetime,
    time_zone: str = "America/New_York",
    language: str = "en",
    election_on: date | None = None,
    slug: str | None = None,
    settings: dict[str, Any] | None = None,
) -> Campaign:
    """Add a campaign with its root area. The slug is made from the name unless given; both must be free."""
    name = _named(name)
    slug = slug_of(slug or name)
    if db.session.scalar(
        select(Campaign.id).where((Campaign.slug == slug) | (func.lower(Campaign.name) == name.lower()))
    ):
        raise Conflict(_l("There is a campaign called “%(name)s” already.", name=name), field="name")
    campaign = Campaign(
        name=name,
        slug=slug,
        time_zone=known_time_zone(time_zone),
        language=language,
        election_on=election_on,
        settings=settings or {},
        created_at=now,
    )
    db.session.add(campaign)
    db.session.flush()
    _add(campaign.id, None, "campaign", name)
    audit.record("create.campaign", campaign_id=campaign.id, by=None, subject=f"campaign:{campaign.id}")
    return campaign


def change_settings(campaign: Campaign, wanted: CampaignSettings, *, by: int) -> None:
    """Change the campaign's settings; who must have a second factor is a change of rights and is logged."""
    if wanted.second_factor not in SECOND_FACTOR_POLICIES:
        raise Refusal(_l("Choose who needs a second factor."), field="second_factor")
    campaign.name = _named(wanted.name)
    db.session.execute(
        update(Area)
        .where(Area.campaign_id == campaign.id, Area.parent_id.is_(None))
        .values(name=campaign.name)
    )
    campaign.time_zone = known_time_zone(wanted.time_zone)
    campaign.language = wanted.language
    campaign.election_on = wanted.election_on
    campaign.quiet_from, campaign.quiet_until = wanted.quiet_from, wanted.quiet_until
    campaign.reply_to, campaign.postal_address = wanted.reply_to or None, wanted.postal_address or None
    campaign.settings = {**campaign.settings, "second_factor": wanted.second_factor}
    audit.record(
        "change.settings",
        campaign_id=campaign.id,
        by=by,
        subject=f"campaign:{campaign.id}",
        second_factor=wanted.second_factor,
    )


def slug_of(text: str) -> str:
    """“¡Sí, Florida!” becomes si-florida. Raises Refusal when nothing is left."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")[:60]
    if not slug:
        raise Refusal(_l("The name needs at least one letter or digit."), field="name")
    return slug


def known_time_zone(name: str) -> str:
    """The name, if it is an IANA time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refusal(
            _l("“%(name)s” is no time zone. Write it as America/New_York.", name=name[:60]), field="time_zone"
        ) from None
    return name


def add_area(parent: Area, kind: str, name: str, *, by: Viewer | None) -> Area:
    """Add an area below another; its kind must be narrower. `by` needs to be organizer of the parent."""
    if by is not None:
        require(by, Role.ORGANIZER, parent.path)
    order = list(AREA_KINDS)
    if kind not in order or order.index(kind) <= order.index(parent.kind):
        raise Refusal(
            _l("An area of this kind does not fit into a %(kind)s.", kind=AREA_KINDS[parent.kind]),
            field="kind",
        )
    _refuse_taken(parent.campaign_id, parent.id, name)
    area = _add(parent.campaign_id, parent, kind, _named(name))
    audit.record(
        "create.area", campaign_id=area.campaign_id, by=_id(by), subject=f"area:{area.id}", parent=parent.id
    )
    return area


def rename_area(area: Area, name: str, *, by: Viewer) -> None:
    """Give an area another name."""
    require(by, Role.ORGANIZER, area.path)
    if name.strip() != area.name:
        _refuse_taken(area.campaign_id, area.parent_id, name)
    area.name = _named(name)
    audit.record("change.area", campaign_id=area.campaign_id, by=by.id, subject=f"area:{area.id}")


def remove_area(area: Area, *, by: Viewer) -> None:
    """Remove an area that nobody and nothing belongs to. Raises Conflict otherwise."""
    require(by, Role.ORGANIZER, area.path)
    if area.parent_id is None:
        raise Conflict(_l("The campaign itself cannot be removed."))
    if _is_in_use(area):
        raise Conflict(
            _l("“%(name)s” is not empty. Move its people and areas elsewhere first.", name=area.name)
        )
    audit.record("remove.area", campaign_id=area.campaign_id, by=by.id, subject=f"area:{area.id}")
    db.session.delete(area)


def move_person(person: Person, area: Area, *, by: Viewer) -> None:
    """Make a person at home in another area. `by` needs to be organizer of both."""
    require(by, Role.ORGANIZER, person.area.path)
    require(by, Role.ORGANIZER, area.path)
    if person.area_id == area.id:
        return
    audit.record(
        "move.person",
        campaign_id=person.campaign_id,
        by=by.id,
        subject=f"person:{person.id}",
        from_area=person.area_id,
        to_area=area.id,
    )
    person.area = area
    announce(VolunteerChanged(person.id))


def _is_in_use(area: Area) -> bool:
    """Does any row of any table name this area?"""
    return any(
        db.session.execute(select(column).where(column == area.id).limit(1)).first()
        for column in _references()
    )


def _references() -> list[Any]:
    """The columns of all tables that point to areas, found in the tables themselves."""
    return [
        key.parent
        for table in db.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name == "areas"
    ]


def _add(campaign_id: int, parent: Area | None, kind: str, name: str) -> Area:
    number = db.session.scalar(select(func.nextval(func.pg_get_serial_sequence("areas", "id"))))
    area = Area(
        id=number,
        campaign_id=campaign_id,
        parent_id=parent.id if parent else None,
        kind=kind,
        name=name,
        path=f"{parent.path if parent else '/'}{number}/",
    )
    db.session.add(area)
    db.session.flush()
    return area


def _refuse_taken(campaign_id: int, parent_id: int | None, name: str) -> None:
    query = select(Area.id).where(
        Area.campaign_id == campaign_id,
        Area.parent_id == parent_id,
        func.lower(Area.name) == name.strip().lower(),
    )
    if db.session.scalar(query):
        raise Conflict(
            _l("There is an area called “%(name)s” here already.", name=name.strip()), field="name"
        )


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Refusal(_l("Give it a name."), field="name")
    return name[:200]


def _id(by: Viewer | None) -> int | None:
    return by.id if by is not None else None
