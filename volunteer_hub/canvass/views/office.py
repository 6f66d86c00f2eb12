"""Pages for organizers: the newest reports and the second look."""

from __future__ import annotations

import uuid
from datetime import datetime, time
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from volunteer_hub.canvass import queries, services
from volunteer_hub.canvass.blueprint import bp
from volunteer_hub.canvass.models import Outcome
from volunteer_hub.canvass.queries import ReportFilter, ReportLine
from volunteer_hub.canvass.vocabulary import RESULTS
from volunteer_hub.core import access, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import transaction
from volunteer_hub.core.paging import Page, page_of


@bp.get("/canvass")
@access.needs(Role.ORGANIZER)
def index() -> ResponseReturnValue:
    """The newest reports of the viewer's areas, with filters."""
    wanted = ReportFilter(
        precinct_id=request.args.get("precinct", type=int),
        canvasser_id=request.args.get("canvasser", type=int),
        result=_result(request.args.get("result", "")),
    )
    precincts, canvassers = queries.choices_of_filters(current_user.campaign_id, _paths())
    page = _page(wanted)
    return render_template(
        "canvass/index.html",
        page=page,
        answers=services.answers_in_words(current_user.campaign_id, page.rows),
        wanted=wanted,
        counts=queries.report_counts(current_user.campaign_id, _paths(), _start_of_day()),
        precincts=precincts,
        canvassers=canvassers,
        result_choices=[(name, words.label) for name, words in RESULTS.items()],
    )


@bp.get("/canvass/second-look")
@access.needs(Role.ORGANIZER)
def quarantine() -> ResponseReturnValue:
    """Deceased, moved and do-not-come-again: what waits to be confirmed or dismissed."""
    return render_template(
        "canvass/quarantine.html",
        page=_page(ReportFilter(pending=True)),
        decided=queries.decided_lately(current_user.campaign_id, _paths()),
    )


@bp.post("/canvass/reports/<uuid:report_id>/review")
@access.needs(Role.ORGANIZER)
def review(report_id: uuid.UUID) -> ResponseReturnValue:
    """Confirm, dismiss, or take such a decision back."""
    decision = request.form.get("decision", "")
    with transaction():
        services.review(
            current_user.campaign_id,
            report_id,
            decision,
            area_paths=_paths(),
            by=current_user.id,
            now=clock.now(),
        )
    said = {
        "confirmed": _("Confirmed. Nobody is sent to this door again."),
        "dismissed": _("Dismissed. The door wants a visit again."),
        "pending": _("Taken back. It waits for a second look."),
    }
    flash(said[decision], "ok")
    return redirect(url_for("canvass.quarantine"))


def _page(wanted: ReportFilter) -> Page[ReportLine]:
    found = page_of(
        queries.reports_query(current_user.campaign_id, _paths(), wanted),
        request.args.get("page", 1, type=int),
    )
    return Page([ReportLine(*row) for row in found.rows], found.number, found.per_page, found.total)


def _paths() -> list[str]:
    return access.paths(current_user, Role.ORGANIZER)


def _start_of_day() -> datetime:
    """Midnight where the viewer is."""
    zone = ZoneInfo(current_user.time_zone)
    return datetime.combine(clock.campaign_day(clock.now(), zone), time(), zone)


def _result(text: str) -> str | None:
    return text if text in list(Outcome) else None
