"""Saved segments: the filter of the list of volunteers under a name, shared in an area."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from volunteer_hub.core import access, clock
from volunteer_hub.core.access import Role, needs
from volunteer_hub.core.db import db, transaction
from volunteer_hub.people import filter_words, queries
from volunteer_hub.people.blueprint import bp
from volunteer_hub.people.filters import params_of
from volunteer_hub.people.models import Segment
from volunteer_hub.people.services import segments as services
from volunteer_hub.people.services.viewing import note_view
from volunteer_hub.people.views_people import wanted_now

MOST_COUNTED = 1000


@bp.get("/people/segments")
@needs(Role.FIELD_LEAD)
def segments() -> ResponseReturnValue:
    """The segments of one's areas, each with what it narrows to and how many are in it now."""
    paths = access.paths(current_user, Role.FIELD_LEAD)
    rows = queries.segments(current_user.campaign_id, paths)
    areas = dict(queries.area_choices(current_user.campaign_id, paths))
    return render_template(
        "people/segments.html",
        rows=[(row, filter_words.sentence(row.wanted, areas), params_of(row.wanted)) for row in rows],
        may_change={row.id for row in rows if access.may(current_user, Role.FIELD_LEAD, row.area_path)},
    )


@bp.get("/people/segments/<int:segment_id>")
@needs(Role.FIELD_LEAD)
def segment(segment_id: int) -> ResponseReturnValue:
    """Open a segment: how many are in it, and the way to them and to another name for it."""
    paths = access.paths(current_user, Role.FIELD_LEAD)
    row = queries.segment_within(current_user.campaign_id, segment_id, paths)
    areas = dict(queries.area_choices(current_user.campaign_id, paths))
    count, more = queries.how_many(current_user.campaign_id, [row.area_path], row.wanted, most=MOST_COUNTED)
    with transaction():
        note_view(
            "view.segment", current_user.campaign_id, current_user.id,
            rows=count, wanted=row.wanted, now=clock.now(), segment=row.id,
        )  # fmt: skip
    return render_template(
        "people/segment.html",
        row=row,
        chips=filter_words.chips(row.wanted, areas),
        count=count,
        more=more,
        params={"area": row.area_id} | params_of(row.wanted),
    )


@bp.post("/people/segments")
@needs(Role.FIELD_LEAD)
def save_segment() -> ResponseReturnValue:
    """Keep the present filter under a name, for an area of one's own."""
    asked = request.form.get("for_area", 0, type=int)
    area = queries.area_by_id(current_user.campaign_id, asked)
    with transaction():
        kept = services.add_segment(
            area, request.form.get("name", ""), wanted_now(), by=current_user, now=clock.now()
        )
    flash(_("Kept. Everybody who leads in %(area)s finds it here.", area=area.name), "ok")
    return redirect(url_for("people.segment", segment_id=kept.id))


@bp.post("/people/segments/<int:segment_id>/name")
@needs(Role.FIELD_LEAD)
def rename_segment(segment_id: int) -> ResponseReturnValue:
    kept = _mine(segment_id)
    with transaction():
        services.rename_segment(kept, request.form.get("name", ""), by=current_user)
    flash(_("Saved."), "ok")
    return redirect(url_for("people.segment", segment_id=kept.id))


@bp.post("/people/segments/<int:segment_id>/remove")
@needs(Role.FIELD_LEAD)
def remove_segment(segment_id: int) -> ResponseReturnValue:
    kept = _mine(segment_id)
    with transaction():
        services.remove_segment(kept, by=current_user)
    flash(_("Removed. The people in it stay as they are."), "ok")
    return redirect(url_for("people.segments"))


def _mine(segment_id: int) -> Segment:
    row = queries.segment_within(
        current_user.campaign_id, segment_id, access.paths(current_user, Role.FIELD_LEAD)
    )
    return db.session.get_one(Segment, row.id)
