"""What the pages of events have in common: their campaign, its zone, words for templates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache, partial
from textwrap import shorten
from typing import Any

from flask import g, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import inspect, select

from volunteer_hub.core import clock
from volunteer_hub.core.access import Role, paths
from volunteer_hub.core.brief import briefly
from volunteer_hub.core.db import db
from volunteer_hub.events.forms import local_day
from volunteer_hub.events.frames import blank_box, render
from volunteer_hub.events.links import map_url
from volunteer_hub.events.queries.cards import ShiftCard
from volunteer_hub.events.queries.listing import EventLine
from volunteer_hub.events.queries.reasons import first_districts
from volunteer_hub.events.structured import About, alone, event_data, picture, shift_url
from volunteer_hub.events.vocabulary import EVENT_STATES, KINDS, SOURCES
from volunteer_hub.events.wording import is_zone_told, span_text
from volunteer_hub.people.models import Campaign, Person
from volunteer_hub.people.queries import campaign_by_slug
from volunteer_hub.people.services.telling import tells_strangers
from volunteer_hub.people.vocabulary import SKILLS, language_name

CAMPAIGN_S = 5.0
MOST_TOLD = 160
"""Letters of a description in a link's card."""


def enter(campaign: Campaign) -> Campaign:
    """Let this page tell the time in the campaign's zone, also to strangers and travellers."""
    g.time_zone = campaign.time_zone
    return campaign


def campaign_at(slug: str) -> Campaign:
    """The campaign of a public address; raises NotFound."""
    return enter(campaign_by_slug(slug))


def seen_at(slug: str) -> Campaign:
    """The same, for pages that only show it: a copy that belongs to no session, up to CAMPAIGN_S old.

    What a stranger reads on such a page is asked without a transaction around it: two questions of the
    database fewer, where most pages ask one.
    """
    if not current_user.is_authenticated and not db.session().in_transaction():
        db.session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
    return enter(briefly("campaigns", slug, lambda: _copy(campaign_by_slug(slug)), for_s=CAMPAIGN_S))


def _copy(campaign: Campaign) -> Campaign:
    names = [each.key for each in inspect(Campaign).column_attrs]
    return Campaign(**{name: getattr(campaign, name) for name in names})


def own_campaign() -> Campaign:
    """The campaign of the signed-in viewer."""
    return enter(db.session.get_one(Campaign, current_user.campaign_id))


def is_member(campaign: Campaign) -> bool:
    """Is the viewer signed in to this campaign?"""
    return bool(current_user.is_authenticated and current_user.campaign_id == campaign.id)


def back_to(otherwise: str) -> str:
    """The page of ours that a form names in `next`, filters and all."""
    place = request.form.get("next", "")
    return place if place.startswith("/organize/") and "\\" not in place else otherwise


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
    settle_zone(campaign, cards, reader_zone)
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
        "reason": partial(reason, campaign),
        "about_shift": cache(partial(about_shift, campaign)),
    }
    if not current_user.is_authenticated:
        words["home_url"] = url_for("events.public_list", slug=campaign.slug)
    words |= values
    words["blank_box"] = partial(blank_box, words)
    return render(template, campaign, words)


def settle_zone(campaign: Campaign, cards: Iterable[ShiftCard], reader_zone: str | None) -> None:
    """From here on times name their zone, if the reader's or a place's clock shows another hour."""
    g.names_zone = is_zone_told(campaign.time_zone, cards, reader_zone)


def reason(campaign: Campaign, card: ShiftCard) -> str:
    """Why this shift comes first, in plain words; empty where nothing is known or not for this reader."""
    if card.district_id is None or not (is_member(campaign) or tells_strangers(campaign)):
        return ""
    first = first_districts(campaign.id)
    if card.district_id not in first:
        return ""
    if len(first) == 1:
        return _("In the district where an hour counts most")
    return _("In one of the %(num)s districts where an hour counts most", num=len(first))


def reason_of_line(campaign: Campaign, line: EventLine) -> str:
    """The same of an event in a list: of the first of its shifts that has one."""
    return next(filter(None, (reason(campaign, card) for card in line.cards)), "")


def about_shift(campaign: Campaign, card: ShiftCard) -> About:
    """What search engines and chats show of a shift. Those for volunteers only are listed nowhere."""
    when = span_text(card.starts_at, card.ends_at, campaign.time_zone, card.place_zone)
    where = f"{card.location_name}, {card.address}"
    return About(
        title=card.event_name,
        description=shortened(f"{when}. {where}. {card.description}"),
        url=shift_url(campaign, card.id),
        picture=picture(),
        data=alone(event_data(card, campaign)) if card.is_public else None,
        is_listed=card.is_public and not card.is_cancelled,
    )


def shortened(text: str) -> str:
    """As much of a text as fits under a shared link, on one line and in whole words."""
    return shorten(" ".join(text.split()), MOST_TOLD, placeholder="…")
