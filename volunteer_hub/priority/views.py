"""Pages of priority: where an hour is worth most, what moved and why, one place with all its parts."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from volunteer_hub.core import access, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import transaction
from volunteer_hub.core.display import day_text
from volunteer_hub.core.paging import page_of
from volunteer_hub.core.refusals import NotFound
from volunteer_hub.core.web import limiter
from volunteer_hub.districts import queries as districts
from volunteer_hub.districts.models import District, Precinct
from volunteer_hub.people.models import Area
from volunteer_hub.priority import (
    comparing,
    curves,
    queries,
    services,
    shapes,
    viewing,
    views_compare,
    views_contests,
    vocabulary,
    wording,
)
from volunteer_hub.priority.blueprint import bp
from volunteer_hub.priority.comparing import Move
from volunteer_hub.priority.inputs import params_of
from volunteer_hub.priority.models import Contest, Snapshot

__all__ = ["bp", "views_compare", "views_contests"]
MOVES_SHOWN = 8
PER_PAGE = 25
A_YEAR_S = 365 * 24 * 3600


@bp.get("/priorities")
@access.needs(Role.ORGANIZER)
def index() -> ResponseReturnValue:
    """The districts of the active contest by what the next hour there is worth."""
    contest = queries.active_contest(current_user.campaign_id)
    if contest is None:
        return render_template(
            "priority/empty.html",
            kinds=queries.kinds(current_user.campaign_id),
            may_decide=viewing.may_decide(),
        )
    snapshot = viewing.chosen("snapshot", contest) or queries.newest_snapshot(contest.id)
    if snapshot is None:
        return render_template(
            "priority/unscored.html",
            contest=contest,
            kinds=queries.kinds(current_user.campaign_id),
            may_decide=viewing.may_decide(),
        )
    return render_template("priority/index.html", **_index(contest, snapshot))


def _index(contest: Contest, snapshot: Snapshot) -> dict[str, Any]:
    search = request.args.get("q", "").strip()[:200]
    sort, direction = request.args.get("sort", "rank"), request.args.get("direction", "asc")
    order = f"-{sort}" if direction == "desc" else sort
    page = page_of(
        queries.district_scores_query(snapshot.id, viewing.paths(), search, order),
        request.args.get("page", 1, type=int),
        per_page=PER_PAGE,
    )
    before = viewing.chosen("since", contest) or comparing.yesterday(snapshot, viewing.zone())
    return {
        "contest": contest,
        "snapshot": snapshot,
        "snapshots": queries.snapshots(contest.id),
        "before": before,
        "moves": _moves(before, snapshot),
        "page": page,
        "top": max((row.high for row in page.rows), default=1.0),
        "search": search,
        "sort": sort,
        "direction": direction,
        "shapes_url": viewing.shapes_url(contest.district_kind),
        "unit": vocabulary.UNIT_WORDS.get(snapshot.unit, snapshot.unit),
        "causes": vocabulary.CAUSE_WORDS,
        "why_moved": wording.why,
        "has_results": bool(queries.sides(contest.campaign_id, contest.district_kind)),
        "may_decide": viewing.may_decide(),
    }


def _moves(before: Snapshot | None, now: Snapshot) -> list[Move]:
    """Of the districts this viewer answers for, the largest."""
    if before is None or before.id == now.id:
        return []
    mine = viewing.mine()
    return [move for move in comparing.moves(before, now) if move.district_id in mine][:MOVES_SHOWN]


@bp.get("/priorities/shapes/<kind>/<version>.geojson")
@access.needs(Role.ORGANIZER)
def layer_shapes(kind: str, version: str) -> ResponseReturnValue:
    """Light outlines of a layer's districts; the address changes when they do."""
    wanted = shapes.version(current_user.campaign_id, kind, viewing.paths())
    if version != wanted:
        return redirect(url_for("priority.layer_shapes", kind=kind, version=wanted))
    return _still(wanted, lambda: shapes.layer(current_user.campaign_id, kind, viewing.paths(), wanted))


@bp.get("/priorities/<int:district_id>/precincts/<version>.geojson")
@access.needs(Role.ORGANIZER)
def precinct_shapes(district_id: int, version: str) -> ResponseReturnValue:
    """Light outlines of a district's precincts."""
    district = _district(district_id)
    wanted = shapes.version(current_user.campaign_id, district.kind, viewing.paths(), district.id)
    if version != wanted:
        return redirect(url_for("priority.precinct_shapes", district_id=district.id, version=wanted))
    return _still(wanted, lambda: shapes.precincts(current_user.campaign_id, district.id, wanted))


def _still(version: str, text: Any) -> Response:
    """What never changes at this address: the browser keeps it, and asks by its tag if it asks at all."""
    answer = Response(mimetype="application/geo+json")
    answer.set_etag(version)
    answer.headers["Cache-Control"] = f"private, max-age={A_YEAR_S}, immutable"
    answer.headers["Vary"] = "Cookie"
    if request.if_none_match.contains(version):
        answer.status_code = 304
        return answer
    answer.set_data(text())
    return answer


@bp.get("/priorities/values/<int:snapshot_id>.json")
@access.needs(Role.ORGANIZER)
def values(snapshot_id: int) -> ResponseReturnValue:
    """By district what the map of a snapshot shows."""
    snapshot = access.in_campaign(Snapshot, snapshot_id, current_user.campaign_id)
    found: dict[int, dict[str, Any]] = queries.map_values(snapshot.id, viewing.paths())
    kept: dict[str, Any] = {
        name: request.args[name] for name in ("snapshot", "since") if request.args.get(name)
    }
    most = queries.places_in(snapshot.id)
    for district_id, row in found.items():
        row["url"] = url_for("priority.place", district_id=district_id, **kept)
        row["standing"] = round(100 * (most - row["rank"]) / (most - 1), 1) if most > 1 else 100.0
    return {str(district_id): row for district_id, row in found.items()}


@bp.get("/priorities/<int:district_id>")
@bp.get("/priorities/<int:district_id>/<int:precinct_id>")
@access.needs(Role.ORGANIZER)
def place(district_id: int, precinct_id: int | None = None) -> ResponseReturnValue:
    """A district or a precinct: its score with every part, its curve, its past, its precincts."""
    district = _district(district_id)
    precinct = _precinct(district, precinct_id) if precinct_id else None
    contest = viewing.contest_of(viewing.named("snapshot"))
    snapshot = (
        (viewing.chosen("snapshot", contest) or queries.newest_snapshot(contest.id)) if contest else None
    )
    detail = queries.detail(snapshot.id, district.id, precinct_id) if snapshot else None
    if contest is None or snapshot is None or detail is None:
        return render_template("priority/no_score.html", district=district, precinct=precinct)
    return render_template(
        "priority/place.html",
        contest=contest,
        snapshot=snapshot,
        newest=queries.newest_snapshot(contest.id),
        district=district,
        precinct=precinct,
        detail=detail,
        unit=vocabulary.UNIT_WORDS.get(snapshot.unit, snapshot.unit),
        parts=wording.parts_of(detail),
        causes=vocabulary.CAUSE_WORDS,
        assumptions=wording.assumptions_of(snapshot.params),
        **_curve(snapshot, detail),
        **_past(snapshot, district, precinct_id),
        **(_of_precinct() if precinct else _of_district(contest, snapshot, district)),
    )


def _curve(snapshot: Snapshot, detail: dict[str, Any]) -> dict[str, Any]:
    steps = curves.steps_of(detail, params_of(snapshot.params).revisit.log_sd)
    plot = curves.curve_plot(steps)
    first = min(curves.FIRST_HOURS, steps[-1].ends) if steps else 0.0
    return {
        "steps": steps,
        "first_hours": first,
        "first_worth": curves.worth_of(steps, first),
        "curve": plot,
        "hour_ticks": curves.hour_ticks(plot.right) if plot.right else [],
        "step_words": vocabulary.STEP_WORDS,
        "total_unit": vocabulary.TOTAL_WORDS.get(snapshot.unit, snapshot.unit),
    }


def _past(snapshot: Snapshot, district: District, precinct_id: int | None) -> dict[str, Any]:
    past = queries.history(snapshot, district.id, precinct_id)
    days = dict.fromkeys((past[0].taken_at, past[-1].taken_at)) if past else ()
    return {
        "past": past,
        "past_plot": curves.past_plot(past),
        "past_days": [day_text(each) for each in days],
    }


def _of_district(contest: Contest, snapshot: Snapshot, district: District) -> dict[str, Any]:
    """What only a whole district has: what moved, its precincts, its past results."""
    before = viewing.chosen("since", contest) or comparing.yesterday(snapshot, viewing.zone())
    return {
        "before": before,
        "move": _move_of(before, snapshot, district),
        "why_moved": wording.why,
        "precincts": queries.precinct_scores(snapshot.id, district.id),
        "precinct_values": _precinct_values(snapshot, district),
        "shapes_url": viewing.shapes_url(district.kind, district.id),
        "contests": _results(district),
    }


def _of_precinct() -> dict[str, Any]:
    return {"before": None, "move": None, "precincts": [], "contests": []}


def _move_of(before: Snapshot | None, now: Snapshot, district: District) -> Move | None:
    if before is None or before.id == now.id:
        return None
    return next((move for move in comparing.compared(before, now) if move.district_id == district.id), None)


def _precinct_values(snapshot: Snapshot, district: District) -> dict[str, dict[str, Any]]:
    found = queries.precinct_values(snapshot.id, district.id)
    return {
        str(precinct_id): row
        | {"url": url_for("priority.place", district_id=district.id, precinct_id=precinct_id)}
        for precinct_id, row in found.items()
    }


def _results(district: District) -> list[tuple[Any, list[Any]]]:
    rows = districts.results_of(district.id)
    return [
        (key, list(lines))
        for key, lines in groupby(rows, key=lambda row: (row.held_on, row.election, row.office))
    ]


def _district(district_id: int) -> District:
    district: District = access.in_campaign(District, district_id, current_user.campaign_id)
    area = access.in_campaign(Area, district.area_id, current_user.campaign_id)
    access.require(current_user, Role.ORGANIZER, area.path)
    return district


def _precinct(district: District, precinct_id: int) -> Precinct:
    precinct: Precinct = access.in_campaign(Precinct, precinct_id, current_user.campaign_id)
    if precinct.district_id != district.id:
        raise NotFound()
    return precinct


@bp.post("/priorities/rescore")
@access.needs(Role.ORGANIZER)
@limiter.limit("6/minute")
def rescore() -> ResponseReturnValue:
    """Ask for a fresh snapshot now."""
    with transaction():
        services.want_rescore(current_user.campaign_id, cause="by hand", now=clock.now())
    return redirect(url_for("priority.index"))
