"""“What needs you”: coming shifts in the order in which they need somebody, as a list, a map and a file."""

from __future__ import annotations

import json
import math
from functools import partial
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from geodata.showing import ShowModel
from volunteer_hub.core import access, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import transaction
from volunteer_hub.core.display import moment_text
from volunteer_hub.core.exports import csv_response
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.events import pages, queries, services, wanting
from volunteer_hub.events.blueprint import bp
from volunteer_hub.events.queries import needs as needing
from volunteer_hub.events.queries.needs import Need, Worth
from volunteer_hub.events.structured import shift_url
from volunteer_hub.people.models import Campaign

MOST_ON_MAP = 500
MOST_IN_FILE = 10_000
USUAL_RISK = 0.10
LEVEL_KINDS = {"empty": "error", "short": "warning", "enough": "ok"}


@bp.get("/organize/events/needs")
@access.needs(Role.ORGANIZER)
def needs() -> ResponseReturnValue:
    """The list, with what can be done about each shift beside it."""
    campaign, filters = pages.own_campaign(), wanting.chosen()
    model, worth = _reckoning(campaign)
    found = needing.needs(
        campaign.id,
        wanting.wanted(filters, campaign),
        worth,
        model,
        now=clock.now(),
        number=request.args.get("page", 1, type=int),
    )
    return page("events/needs.html", campaign, filters, "needs", found=found, model=model, worth=worth)


@bp.get("/organize/events/map")
@access.needs(Role.ORGANIZER)
def needs_map() -> ResponseReturnValue:
    """The same shifts as points, with the list of them beside it."""
    campaign, filters = pages.own_campaign(), wanting.chosen()
    return page("events/needs_map.html", campaign, filters, "map", rows=_on_map(campaign, filters))


@bp.get("/organize/events/map.geojson")
@access.needs(Role.ORGANIZER)
def needs_points() -> ResponseReturnValue:
    """The points: sized by the people missing, coloured by how short the shift is."""
    campaign, filters = pages.own_campaign(), wanting.chosen()
    features = [_point(row) for row in _on_map(campaign, filters)]
    text = json.dumps({"type": "FeatureCollection", "features": features})
    return Response(text, mimetype="application/geo+json")


@bp.get("/organize/events/needs.csv")
@access.needs(Role.ORGANIZER)
def needs_file() -> ResponseReturnValue:
    """The same shifts as a file, with fill and expected attendance. No names of people are in it."""
    campaign, filters = pages.own_campaign(), wanting.chosen()
    model, worth = _reckoning(campaign)
    rows = needing.most_needed(
        campaign.id,
        wanting.wanted(filters, campaign),
        worth,
        model,
        now=clock.now(),
        limit=MOST_IN_FILE,
    )
    return csv_response(f"{campaign.slug}-shifts", FILE_COLUMNS, [_file_line(row) for row in rows])


@bp.post("/organize/shifts/<int:shift_id>/overbook")
@access.needs(Role.ORGANIZER)
def overbook(shift_id: int) -> ResponseReturnValue:
    """Open over-booking at the usual risk, in one click; the shift's form has the others."""
    campaign_id = current_user.campaign_id
    card = queries.shift_within(campaign_id, shift_id, pages.organizer_paths())
    try:
        with transaction():
            shift = services.overbook(campaign_id, shift_id, USUAL_RISK, now=clock.now())
            places, needed = shift.capacity, shift.needed
    except Refusal as refusal:
        flash(str(refusal.sentence), "error")
    else:
        flash(
            ngettext(
                "%(event)s now takes %(num)d sign-up, so that %(needed)s come.",
                "%(event)s now takes %(num)d sign-ups, so that %(needed)s come.",
                places,
                event=card.event_name,
                needed=needed,
            ),
            "ok",
        )
    return redirect(pages.back_to(url_for("events.needs")))


def page(
    template: str, campaign: Campaign, filters: wanting.Chosen, view: str, **values: Any
) -> ResponseReturnValue:
    """A page of coming shifts under its tabs and filters."""
    return pages.page(
        template,
        campaign,
        filters=filters,
        view=view,
        day_choices=wanting.DAYS,
        choices=needing.choices(campaign.id, pages.organizer_paths()),
        level_kinds=LEVEL_KINDS,
        share_url=partial(shift_url, campaign),
        **values,
    )


def _reckoning(campaign: Campaign) -> tuple[ShowModel, Worth]:
    return queries.show_model(campaign.id), needing.worth_now(campaign.id)


def _on_map(campaign: Campaign, filters: wanting.Chosen) -> list[Need]:
    model, worth = _reckoning(campaign)
    wanted = wanting.wanted(filters, campaign)
    return needing.most_needed(campaign.id, wanted, worth, model, now=clock.now(), limit=MOST_ON_MAP)


def _point(row: Need) -> dict[str, Any]:
    words = {"empty": _("Empty"), "short": _("Short"), "enough": _("Enough")}
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [row.longitude, row.latitude]},
        "properties": {
            "id": row.id,
            "kind": LEVEL_KINDS[row.level],
            "size": round(0.8 + min(math.sqrt(row.missing) / 2.5, 2.2), 2),
            "label": row.event_name,
            "when": moment_text(row.starts_at),
            "state": words[row.level],
            "expected": _("%(expected)s of %(needed)s", expected=round(row.expected), needed=row.needed),
            "missing": round(row.missing),
            "url": url_for("events.roster", shift_id=row.id),
        },
    }


FILE_COLUMNS = (
    "shift_id", "event_id", "event", "kind", "starts_at", "ends_at", "place", "district", "district_rank",
    "worth_of_an_hour", "needed", "places", "going", "held", "waiting", "filled", "expected",
    "expected_is_reckoned", "missing",
)  # fmt: skip


def _file_line(row: Need) -> tuple[Any, ...]:
    return (
        row.id, row.event_id, row.event_name, row.kind, row.starts_at, row.ends_at, row.location_name,
        row.district_name, row.rank, round(row.worth, 3), row.needed, row.capacity, row.going, row.held,
        row.waiting, round(row.going / row.capacity, 3), round(row.expected, 1), row.is_reckoned,
        round(row.missing, 1),
    )  # fmt: skip
