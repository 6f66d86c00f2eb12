"""What stands in the navigation, by role. An entry whose endpoint does not exist is left out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from flask import current_app, get_template_attribute, has_request_context, request, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from markupsafe import Markup

from volunteer_hub.core.access import Role, highest, may
from volunteer_hub.core.brief import briefly
from volunteer_hub.core.display import current_locale


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the navigation: label, endpoint, icon of the sprite, the least role that sees it."""

    label: Any
    endpoint: str
    icon: str
    role: Role
    on_phone: bool = False


ENTRIES = (
    Entry(_l("Home"), "people.home", "home", Role.VOLUNTEER, on_phone=True),
    Entry(_l("Dashboard"), "dashboard.index", "map", Role.ORGANIZER),
    Entry(_l("Priorities"), "priority.index", "chart", Role.ORGANIZER),
    Entry(_l("Shifts"), "events.index", "calendar", Role.VOLUNTEER, on_phone=True),
    Entry(_l("My shifts"), "events.mine", "check", Role.VOLUNTEER, on_phone=True),
    Entry(_l("Tasks"), "tasks.index", "list", Role.VOLUNTEER, on_phone=True),
    Entry(_l("Events"), "events.needs", "flag", Role.ORGANIZER),
    Entry(_l("Share and embed"), "events.sharing", "link", Role.ORGANIZER),
    Entry(_l("Run shifts"), "events.to_run", "hand", Role.FIELD_LEAD, on_phone=True),
    Entry(_l("Who will come"), "events.who_comes", "target", Role.ORGANIZER),
    Entry(_l("Matching"), "matching.index", "match", Role.ORGANIZER),
    Entry(_l("Turf"), "turf.index", "walk", Role.FIELD_LEAD, on_phone=True),
    Entry(_l("Door reports"), "canvass.index", "door", Role.ORGANIZER),
    Entry(_l("Volunteers"), "people.index", "people", Role.FIELD_LEAD),
    Entry(_l("Imports"), "districts.imports", "upload", Role.ORGANIZER),
    Entry(_l("Districts"), "districts.index", "layers", Role.ORGANIZER),
    Entry(_l("Messages"), "messaging.index", "mail", Role.ORGANIZER),
    Entry(_l("Areas and roles"), "people.areas", "shield", Role.ORGANIZER),
    Entry(_l("Audit log"), "people.audit_log", "clock", Role.ADMIN),
    Entry(_l("Campaign settings"), "people.campaign_settings", "settings", Role.ADMIN),
)


KEPT_S = 300.0
_BARS = "nav_list", "phone_bar"
_IN_FEATURE = Counter(entry.endpoint.partition(".")[0] for entry in ENTRIES)


def nav_bars() -> dict[str, Markup] | None:
    """The sidebar and the bar at the bottom of a phone, drawn; None for strangers.

    They are the same for all of one role on one page, so they are kept for a while.
    """
    role = highest(current_user._get_current_object())
    key = (request.endpoint, role, current_locale(), request.script_root)
    return briefly("navigation", key, _drawn, for_s=KEPT_S) if role else None


def _drawn() -> dict[str, Markup]:
    items = nav_items()
    sidebar, at_bottom = (get_template_attribute("components/shell.html", each) for each in _BARS)
    return {"sidebar": sidebar(items), "at_bottom": at_bottom(items)}


def nav_items() -> list[dict[str, Any]]:
    """The entries that the present viewer sees, with their addresses."""
    here = (request.endpoint or "") if request else ""
    viewer = current_user._get_current_object()  # asked for once, not by each entry
    return [
        {
            "label": str(entry.label),
            "url": url_for(entry.endpoint),
            "icon": entry.icon,
            "active": _is_here(entry, here),
            "on_phone": entry.on_phone,
        }
        for entry in ENTRIES
        if entry.endpoint in current_app.view_functions and may(viewer, entry.role)
    ]


def _is_here(entry: Entry, here: str) -> str:
    """ "page" for the entry's own page; "true" for one behind it, where its feature has no other entry."""
    if here == entry.endpoint:
        return "page"
    feature = here.partition(".")[0]
    is_alone = feature == entry.endpoint.partition(".")[0] and _IN_FEATURE[feature] == 1
    return "true" if is_alone else ""


def for_templates() -> dict[str, Any]:
    """What every page knows; the templates of messages, rendered by jobs, need none of it."""
    if not has_request_context():
        return {}
    viewer = current_user._get_current_object()
    return {
        "nav_bars": nav_bars,
        "viewer": viewer,
        "campaign_name": getattr(viewer, "campaign_name", None),
        "home_url": _url("people.home") or "/",
        "language_url": _url("people.language"),
        "sign_out_url": _url("people.sign_out"),
        "user_links": _user_links,
    }


def _user_links() -> list[dict[str, Any]]:
    links = (_l("My profile"), "people.profile", "settings"), (_l("My calendar"), "events.mine", "calendar")
    return [{"label": label, "url": _url(place), "icon": icon} for label, place, icon in links if _url(place)]


def _url(endpoint: str) -> str | None:
    return url_for(endpoint) if endpoint in current_app.view_functions else None
