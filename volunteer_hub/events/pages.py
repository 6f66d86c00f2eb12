"""What the pages of events have in common: their campaign, its zone, words for templates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import g, render_template, url_for
from flask_login import current_user
from sqlalchemy import select

from volunteer_hub.core import clock
from volunteer_hub.core.access import Role, paths
from volunteer_hub.core.db import db
from volunteer_hub.events.forms import local_day
from volunteer_hub.events.links import map_url
from volunteer_hub.events.queries.cards import ShiftCard
from volunteer_hub.events.vocabulary import EVENT_STATES, KINDS, SOURCES
from volunteer_hub.events.wording import is_zone_told
from volunteer_hub.people.models import Campaign, Person
from volunteer_hub.people.queries import campaign_by_slug
from volunteer_hub.people.vocabulary import SKILLS, language_name


def enter(campaign: Campaign) -> Campaign:
    """Let this page tell the time in the campaign's zone, also to strangers and travellers."""
    g.time_zone = campaign.time_zone
    return campaign


def campaign_at(slug: str) -> Campaign:
    """The campaign of a public address; raises NotFound."""
    return enter(campaign_by_slug(slug))


def own_campaign() -> Campaign:
    """The campaign of the signed-in viewer."""
    return enter(db.session.get_one(Campaign, current_user.campaign_id))


def is_member(campaign: Campaign) -> bool:
    """Is the viewer signed in to this campaign?"""
    return bool(current_user.is_authenticated and current_user.campaign_id == campaign.id)


def own_home() -> tuple[float, float] | None:
    """The home point of the signed-in viewer, if they gave one."""
    row = db.session.execute(
        select(Person.latitude, Person.longitude).where(Person.id == current_user.id)
    ).one()
    return None if row.latitude is None else (row.latitude, row.longitude)


def today(campaign: Campaign) -> date:
    """The day it is where the campaign is."""
    return local_day(clock.now(), campaign.time_zone)


def organizer_paths() -> list[str]:
    """The areas in which the viewer plans events."""
    return paths(current_user, Role.ORGANIZER)


def lead_paths() -> list[str]:
    """The areas in which the viewer runs shifts."""
    return paths(current_user, Role.FIELD_LEAD)


def page(
    template: str,
    campaign: Campaign,
    *,
    shown: Iterable[ShiftCard] = (),
    reader_zone: str | None = None,
    **values: Any,
) -> str:
    """Render a page of events.

    shown: its shifts, where it has not one `card`; reader_zone: of a reader who is not signed in, if known.
    """
    cards = [values["card"]] if "card" in values else shown
    if is_member(campaign):
        reader_zone = current_user.time_zone
    g.names_zone = is_zone_told(campaign.time_zone, cards, reader_zone)
    words = {
        "campaign": campaign,
        "campaign_name": campaign.name,
        "kinds": KINDS,
        "event_states": EVENT_STATES,
        "sources": SOURCES,
        "skill_names": SKILLS,
        "language_name": language_name,
        "map_url": map_url,
        "present": clock.now(),
        "is_member": is_member(campaign),
    }
    if not current_user.is_authenticated:
        words["home_url"] = url_for("events.public_list", slug=campaign.slug)
    return render_template(template, **words | values)
