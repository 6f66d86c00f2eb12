"""Pages of plans: start one, watch it, look at it, offer it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from flask_login import current_user

from volunteer_hub.assignments import lines
from volunteer_hub.assignments import services as assignments
from volunteer_hub.assignments.models import State
from volunteer_hub.assignments.queries import STANDING
from volunteer_hub.core import access, audit, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.core.web import limiter
from volunteer_hub.events.forms import local_day
from volunteer_hub.matching import (
    comparing,
    map_data,
    nowhere,
    pages,
    parts,
    queries,
    services,
    stand_ins,
    vocabulary,
    wording,
)
from volunteer_hub.matching.blueprint import bp
from volunteer_hub.matching.forms import USUAL_SPAN, RunForm
from volunteer_hub.matching.models import Run
from volunteer_hub.matching.since import since
from volunteer_hub.people import queries as people
from volunteer_hub.people.forms import options
from volunteer_hub.people.models import Area, Campaign

STEPS = tuple(vocabulary.STEPS)


@bp.route("/matching", methods=["GET", "POST"])
@access.needs(Role.ORGANIZER)
@limiter.limit("30/hour", methods=["POST"])
def index() -> ResponseReturnValue:
    """The plans so far, and the form for a new one."""
    campaign = pages.campaign()
    form = _run_form(campaign)
    if form.validate_on_submit():
        try:
            return redirect(url_for("matching.run", run_id=_start(form, campaign)))
        except Refusal as refusal:
            form.refuse(refusal)
    found = queries.runs(campaign.id, pages.area_paths(), pages.page_number())
    page = pages.page("matching/index.html", form=form, found=found, campaign=campaign)
    return page, 422 if form.errors or form.form_errors else 200


def _run_form(campaign: Campaign) -> RunForm:
    today = local_day(clock.now(), campaign.time_zone)
    form = RunForm(data={"from_on": today, "until_on": today + USUAL_SPAN - timedelta(days=1)})
    rows = people.areas(campaign.id, pages.area_paths())
    least = min((row.depth for row in rows), default=0)
    form.area.choices = options((row.id, "\u2003" * (row.depth - least) + row.name) for row in rows)
    return form


def _start(form: RunForm, campaign: Campaign) -> int:
    now = clock.now()
    with transaction():
        from_at, until_at = form.span(now, campaign.time_zone)
        area = people.area_by_id(campaign.id, form.area.data)
        access.require(current_user, Role.ORGANIZER, area.path)
        going_on = queries.run_going_on(campaign.id, area.id)
        if going_on is not None:
            return going_on.id
        run = services.want_run(
            campaign.id, area.id, from_at=from_at, until_at=until_at, by=current_user.id, now=now
        )
        return run.id


@bp.get("/matching/runs/<int:run_id>")
@access.needs(Role.ORGANIZER)
def run(run_id: int) -> ResponseReturnValue:
    """One plan: how good it is, the map, and the proposals in a table to look through and offer."""
    campaign = pages.campaign()
    row, area = pages.run_and_area(run_id)
    if row.state in queries.GOING_ON:
        return pages.page("matching/waiting.html", run=row, area=area, state=_progress(row))
    if row.state == "cancelled":
        return pages.page("matching/stopped.html", run=row, area=area)
    if row.state == "failed":
        names = people.names(stand_ins.people_in([row.message]))
        message = stand_ins.told(row.message, names)
        return pages.page("matching/failed.html", run=row, area=area, message=message)
    wanted = _wanted(run_id)
    return pages.page(
        "matching/run.html",
        **_about(row, area),
        found=lines.lines(campaign.id, wanted, pages.page_number()),
        offerable=lines.offerable(campaign.id, wanted, clock.now()),
        wanted=wanted,
        locations=queries.locations(row),
        campaign=campaign,
    )


def _about(row: Run, area: Area) -> dict[str, Any]:
    """What stands above each part of a plan's pages."""
    return {
        "run": row,
        "area": area,
        "counts": _figures(row),
        "newer": queries.newer_run(row),
        "before": queries.run_before(row),
        "since": since(row, db.session.get_one(Campaign, row.campaign_id)),
    }


def _wanted(run_id: int) -> lines.Wanted:
    state = pages.argument("state")
    return lines.Wanted(
        pages.area_paths(),
        run_id=run_id,
        state=state if state in set(State) else "",
        location_id=pages.number_argument("place"),
        shift_id=pages.number_argument("shift"),
        text=pages.argument("q"),
        sort=sort if (sort := pages.argument("sort")) in lines.SORTS else lines.DEFAULT_SORT,
        is_descending=pages.is_descending(),
    )


@bp.get("/matching/runs/<int:run_id>/progress")
@access.needs(Role.ORGANIZER)
def progress(run_id: int) -> ResponseReturnValue:
    """How far a plan is, for the page that waits."""
    row, _area = pages.run_and_area(run_id)
    return jsonify(_progress(row))


def _progress(row: Run) -> dict[str, Any]:
    """Steps done of all; while regions are solved, each of them is a step."""
    step = "queued" if row.state == "queued" else row.message
    done, total = STEPS.index(step) if step in STEPS else 0, len(STEPS)
    label, seconds_left = str(vocabulary.STEPS.get(step, vocabulary.STEPS["queued"])), None
    regions = parts.progress(row.id) if row.state == "running" else None
    if regions:
        total += regions.count - 1
        done += regions.done if step == "solving" else regions.count - 1
        label = wording.regions(regions.done, regions.count) if step == "solving" else label
        seconds_left = _seconds_left(regions) if step == "solving" else None
    return {
        "done": done,
        "total": total,
        "label": label,
        "seconds_left": seconds_left,
        "finished": row.state not in queries.GOING_ON,
        "failed": row.state == "failed",
        "message": "",
        "url": url_for("matching.run", run_id=row.id),
    }


def _seconds_left(regions: parts.Progress) -> float | None:
    """At the pace of the regions solved so far, by their people."""
    if not regions.volunteers_done or regions.begun_at is None:
        return None
    taken = (clock.now() - regions.begun_at).total_seconds()
    return taken * (regions.volunteers / regions.volunteers_done - 1)


@bp.post("/matching/runs/<int:run_id>/stop")
@access.needs(Role.ORGANIZER)
@limiter.limit("30/hour")
def stop(run_id: int) -> ResponseReturnValue:
    """Give up a plan that is being made."""
    with transaction():
        row, _area = pages.run_and_area(run_id, lock=True)
        services.stop(row, by=current_user.id, now=clock.now())
    flash(_("Stopped. What stood before stands."), "ok")
    return redirect(url_for("matching.index"), code=303)


@bp.get("/matching/runs/<int:run_id>/counts")
@access.needs(Role.ORGANIZER)
def counts(run_id: int) -> ResponseReturnValue:
    """How many proposals are in which state, for the page that watches the answers come in."""
    row, _area = pages.run_and_area(run_id)
    return jsonify(figures=_figures(row))


def _figures(row: Run) -> dict[str, int]:
    """How many of a plan are in which state, how many places it fills with them, and who goes nowhere now."""
    found = lines.counts_by_state(row.campaign_id, _all_of(row.id))
    filled = sum(found[state] for state in (*STANDING, State.DONE))
    return found | {"filled": filled, "nowhere": nowhere.count(row)}


@bp.get("/matching/runs/<int:run_id>/places.geojson")
@access.needs(Role.ORGANIZER)
def map_places(run_id: int) -> ResponseReturnValue:
    """The staging locations of a plan for its map: as things are, or as it was made."""
    row, _area = pages.run_and_area(run_id)
    found = comparing.locations(row) if pages.argument("made") else queries.locations(row)
    return map_data.places(row, found)


@bp.get("/matching/runs/<int:run_id>/ways.geojson")
@access.needs(Role.ORGANIZER)
def map_ways(run_id: int) -> ResponseReturnValue:
    """From where people come, homes on a coarse grid, for its map: as things are, or as it was made."""
    row, _area = pages.run_and_area(run_id)
    found = comparing.ways if pages.argument("made") else queries.ways
    return map_data.ways(found(row, pages.area_paths()))


@bp.get("/matching/runs/<int:run_id>/places")
@access.needs(Role.ORGANIZER)
def places(run_id: int) -> ResponseReturnValue:
    """Every shift of a plan: how full it is and what one more place would be worth."""
    pages.campaign()
    row, area = pages.run_and_area(run_id)
    by = sort if (sort := pages.argument("sort")) in queries.PLACE_SORTS else "price"
    found = queries.places(row, sort=by, is_descending=pages.is_descending(), page=pages.page_number())
    return pages.page(
        "matching/places.html", **_about(row, area), found=found, by=by, is_descending=pages.is_descending()
    )


@bp.get("/matching/runs/<int:run_id>/unplaced")
@access.needs(Role.ORGANIZER)
def unplaced(run_id: int) -> ResponseReturnValue:
    """Who goes nowhere in a plan, why, and what would change it."""
    pages.campaign()
    row, area = pages.run_and_area(run_id)
    binds, words = pages.argument("why"), pages.argument("q")
    found = nowhere.lines(row, pages.area_paths(), binds=binds, words=words, page=pages.page_number())
    return pages.page(
        "matching/unplaced.html",
        **_about(row, area),
        found=found,
        reasons=nowhere.counts(row),
        binds=binds,
        text=words,
    )


@bp.get("/matching/runs/<int:run_id>/changes")
@access.needs(Role.ORGANIZER)
def changes(run_id: int) -> ResponseReturnValue:
    """What a plan does otherwise than the plan before it."""
    campaign = pages.campaign()
    row, area = pages.run_and_area(run_id)
    about = _about(row, area)
    before = about["before"]
    kind = pages.argument("kind")
    if before is None:
        return pages.page("matching/changes.html", **about, found=None)
    found = comparing.changed_people(row, before, pages.area_paths(), kind=kind, page=pages.page_number())
    shift_ids = {shift for each in found.rows for shift in (each.then or []) + (each.now or [])}
    return pages.page(
        "matching/changes.html",
        **about,
        found=found,
        kind=kind,
        difference=comparing.difference(row, before),
        names=pages.shift_names(campaign, shift_ids),
    )


@bp.post("/matching/runs/<int:run_id>/approve")
@access.needs(Role.ORGANIZER)
@limiter.limit("120/hour")
def approve(run_id: int) -> ResponseReturnValue:
    """Offer the ticked proposals, or all that the page's filter shows."""
    row, _area = pages.run_and_area(run_id)
    ticked = {number for number in request.form.getlist("id", type=int) if 0 < number < 2**63}
    is_all = request.form.get("which") == "all"
    if not ticked and not is_all:
        flash(_("Tick the people you want to offer a place, then press the button again."), "warning")
        return _back(run_id)
    with transaction():
        allowed = lines.ids_proposed(row.campaign_id, _form_filter(run_id) if is_all else _all_of(run_id))
        chosen = allowed if is_all else [each for each in allowed if each in ticked]
        done = assignments.approve(row.campaign_id, chosen, by=current_user.id, now=clock.now())
        audit.record(
            "offer.assignments",
            campaign_id=row.campaign_id,
            by=current_user.id,
            subject=f"run:{run_id}",
            offered=len(done.offered),
            without_place=len(done.without_place),
        )
    _tell(done, gone=0 if is_all else len(ticked) - len(chosen))
    return _back(run_id)


def _all_of(run_id: int) -> lines.Wanted:
    return lines.Wanted(pages.area_paths(), run_id=run_id)


def _form_filter(run_id: int) -> lines.Wanted:
    """The filter that the page was shown with, sent along with "offer all of these"."""
    return lines.Wanted(
        pages.area_paths(),
        run_id=run_id,
        location_id=pages.number_argument("place"),
        shift_id=pages.number_argument("shift"),
        text=request.form.get("q", "").replace("\x00", "").strip()[: pages.MOST_TEXT],
    )


def _tell(done: assignments.Approved, *, gone: int) -> None:
    offered, without = len(done.offered), len(done.without_place)
    if offered:
        flash(
            ngettext(
                "One place was offered. The message is on its way.",
                "%(count)s places were offered. The messages are on their way.",
                offered,
                count=format_decimal(offered),
            ),
            "ok",
        )
    if without:
        flash(
            ngettext(
                "One proposal stays as it is: its shift has no free place any more or starts too soon.",
                "%(count)s proposals stay as they are: their shifts have no free place any more or start "
                "too soon.",
                without,
                count=format_decimal(without),
            ),
            "warning",
        )
    if gone > 0 or not (offered or without):
        flash(_("Some were not there to offer any more: look at their state below."), "info")


def _back(run_id: int) -> ResponseReturnValue:
    kept: dict[str, Any] = {
        name: request.form[name]
        for name in ("place", "shift", "q", "state", "page")
        if request.form.get(name)
    }
    return redirect(url_for("matching.run", run_id=run_id, **kept), code=303)


from volunteer_hub.matching import views_compare, views_people, views_wishes  # noqa: E402, F401 - add pages
