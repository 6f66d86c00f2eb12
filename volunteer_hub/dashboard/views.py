"""The dashboard's page, and the JSON that keeps an open page up to date."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from flask import Blueprint, Response, g, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from volunteer_hub.core import access, charts, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db
from volunteer_hub.core.display import day_text
from volunteer_hub.dashboard.board import DISTRICTS_SHOWN, Board, board
from volunteer_hub.dashboard.queries import Standing
from volunteer_hub.people.models import Campaign
from volunteer_hub.priority import shapes

bp = Blueprint("dashboard", __name__)
PARTS = ("stats", "forecast", "support", "out", "shifts", "districts", "changes")
COLOURS = ("done", "worth")


def _board() -> Board:
    campaign = db.session.get_one(Campaign, current_user.campaign_id)
    g.time_zone = campaign.time_zone
    return board(campaign, access.paths(current_user, Role.ORGANIZER), clock.now())


@bp.get("/dashboard")
@access.needs(Role.ORGANIZER)
def index() -> ResponseReturnValue:
    """How it stands in the viewer's areas."""
    shown = _board()
    paths = access.paths(current_user, Role.ORGANIZER)
    version = shapes.version(current_user.campaign_id, shown.kind, paths) if shown.kind else ""
    colour = _colour()
    return render_template(
        "dashboard/index.html",
        shapes_url=url_for("priority.layer_shapes", kind=shown.kind, version=version) if shown.kind else "",
        values=map_values(shown.standings),
        live_url=url_for("dashboard.live", colour=colour),
        **_context(shown, colour),
    )


@bp.get("/dashboard/live.json")
@access.needs(Role.ORGANIZER)
def live() -> ResponseReturnValue:
    """The same figures as numbers, its parts as they are to be shown, and the map's numbers.

    The tag of the answer tells whether anything moved: asked with If-None-Match, an unchanged board is a 304.
    """
    shown = _board()
    context = _context(shown, _colour())
    answer = {
        "figures": figures(shown),
        "parts": {name: render_template(f"dashboard/_{name}.html", **context) for name in PARTS},
        "values": map_values(shown.standings),
    }
    tag = hashlib.sha256(json.dumps(answer, sort_keys=True).encode()).hexdigest()[:24]
    if request.if_none_match.contains(tag):
        unchanged = Response(status=304)
        unchanged.set_etag(tag)
        return unchanged
    found = jsonify(answer)
    found.set_etag(tag)
    found.headers["Cache-Control"] = "private, no-cache"
    return found


def _colour() -> str:
    wanted = request.args.get("colour", "")
    return wanted if wanted in COLOURS else COLOURS[0]


def _context(shown: Board, colour: str) -> dict[str, Any]:
    return {
        "board": shown,
        "colour": colour,
        "days_chart": charts.columns([each.doors for each in shown.days]),
        "day_words": [day_text(shown.days[0].on), day_text(shown.days[-1].on)],
        "districts": _first(shown.standings, colour),
        "shown": DISTRICTS_SHOWN,
        "state_words": state_words(),
    }


def _first(standings: list[Standing], colour: str) -> list[Standing]:
    """The districts the table shows: by what is left where we work, or by what an hour is worth."""
    if colour == "worth":
        return sorted(standings, key=lambda each: (each.rank is None, each.rank, each.name))[:DISTRICTS_SHOWN]
    return sorted(standings, key=lambda each: (not each.doors, -each.doors_done, each.name))[:DISTRICTS_SHOWN]


def map_values(standings: list[Standing]) -> dict[str, dict[str, Any]]:
    """By district what the map shows; numbers that are not known are left out."""
    found: dict[str, dict[str, Any]] = {}
    for each in standings:
        row: dict[str, Any] = {"doors_left": each.doors_left} if each.doors else {}
        if each.done_share is not None:
            row["done"] = round(100 * each.done_share, 1)
        if each.value is not None:
            row["worth"] = float(f"{each.value:.4g}")
        if each.contacts:
            row["contacts"] = each.contacts
        found[str(each.district_id)] = row
    return found


def figures(shown: Board) -> dict[str, Any]:
    """The board as plain numbers, for programs."""
    ahead = shown.forecast
    return {
        "districts": len(shown.standings),
        "doors": shown.total("doors"),
        "doors_done": shown.total("doors_done"),
        "doors_left": shown.total("doors_left"),
        "attempts": shown.total("attempts"),
        "contacts": shown.total("contacts"),
        "contact_rate": shown.contact_rate,
        "support": shown.support,
        "doors_today": shown.days[-1].doors,
        "turfs_out": shown.turfs_out,
        "people_with_turf": shown.people_with_turf,
        "shifts_running": len(shown.out),
        "shifts_ahead": shown.events.shifts_ahead,
        "places_ahead": shown.events.places_ahead,
        "going_ahead": shown.events.going_ahead,
        "offers": shown.offers,
        "messages": shown.messages,
        "forecast": {"doors": ahead.doors, "contacts": ahead.contacts, "days": ahead.days} if ahead else None,
    }


def state_words() -> dict[str, str]:
    """States of offers and messages in words."""
    return {
        "proposed": _("proposed"), "offered": _("waiting for an answer"), "accepted": _("accepted"),
        "declined": _("declined"), "lapsed": _("not answered in time"), "done": _("done"),
        "withdrawn": _("taken back"), "waiting": _("waiting"), "sending": _("being sent"), "sent": _("sent"),
        "failed": _("failed"), "suppressed": _("not sent: the person said stop"), "expired": _("too late"),
        "held": _("held back"), "cancelled": _("cancelled"), "unknown": _("not known"),
    }  # fmt: skip
