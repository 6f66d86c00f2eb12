"""What the pages of matching have in common: whose areas, which run, words for templates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import g, render_template, request
from flask_login import current_user

from volunteer_hub.assignments.models import State
from volunteer_hub.core import access, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db
from volunteer_hub.events import queries as events
from volunteer_hub.events.wording import moment_text
from volunteer_hub.matching import queries, vocabulary, wording
from volunteer_hub.matching.models import Run
from volunteer_hub.people.models import Area, Campaign

MOST_TEXT = 100


def area_paths() -> tuple[str, ...]:
    """The areas that the viewer organizes."""
    return tuple(access.paths(current_user, Role.ORGANIZER))


def campaign() -> Campaign:
    """The viewer's campaign; the page tells the time in its zone."""
    found = db.session.get_one(Campaign, current_user.campaign_id)
    g.time_zone = found.time_zone
    return found


def run_and_area(run_id: int, *, lock: bool = False) -> tuple[Run, Area]:
    """A run in an area that the viewer organizes; raises NotFound for all others alike."""
    return queries.run_within(current_user.campaign_id, run_id, area_paths(), lock=lock)


def argument(name: str) -> str:
    """A text argument of the address, without the NUL that PostgreSQL cannot store."""
    return request.args.get(name, "").replace("\x00", "").strip()[:MOST_TEXT]


def number_argument(name: str) -> int | None:
    """An id in the address; None when it is missing or no id that could be."""
    value = request.values.get(name, type=int)
    return value if value is not None and 0 < value < 2**63 else None


def page_number() -> int:
    return request.args.get("page", 1, type=int)


def is_descending(usual: bool = True) -> bool:
    """Which way the list is sorted."""
    return {"asc": False, "desc": True}.get(request.args.get("direction", ""), usual)


def shift_name(row: Any, time_zone: str) -> str:
    """“Ybor library, Sat, Nov 28, 10:00 AM”."""
    return f"{row.location_name}, {moment_text(row.starts_at, time_zone)}"


def shift_names(campaign: Campaign, shift_ids: Iterable[int]) -> dict[int, str]:
    """The names of these shifts, by id."""
    cards = events.shift_cards(campaign.id, shift_ids)
    return {each.id: shift_name(each, campaign.time_zone) for each in cards.values()}


def page(template: str, **more: Any) -> str:
    """Render a page of matching."""
    return render_template(
        template,
        State=State,
        now=clock.now(),
        states=vocabulary.STATES,
        run_states=vocabulary.RUN_STATES,
        why_not=vocabulary.WHY_NOT,
        words=wording,
        **more,
    )
