"""Pages of priority: where an hour is worth most, what moved and why, one place with all its parts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal, format_percent
from flask_babel import gettext as _
from flask_login import current_user

from geodata.priority import PARAM_NOTES
from volunteer_hub.core import access, charts, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.display import day_text
from volunteer_hub.core.paging import page_of
from volunteer_hub.core.refusals import NotFound
from volunteer_hub.core.web import limiter
from volunteer_hub.districts import queries as districts
from volunteer_hub.districts.models import District, Precinct
from volunteer_hub.people.models import Area, Campaign
from volunteer_hub.priority import comparing, queries, services, shapes, views_contests, vocabulary
from volunteer_hub.priority.blueprint import bp
from volunteer_hub.priority.inputs import params_of
from volunteer_hub.priority.models import Contest, Snapshot

__all__ = ["bp", "views_contests"]
MOVES_SHOWN = 8
PER_PAGE = 25
A_YEAR_S = 365 * 24 * 3600


def _paths() -> list[str]:
    return access.paths(current_user, Role.ORGANIZER)


def may_decide() -> bool:
    """May this viewer change what the whole campaign's plans follow?"""
    return any(path.count("/") == 2 for path in _paths())


@bp.get("/priorities")
@access.needs(Role.ORGANIZER)
def index() -> ResponseReturnValue:
    """The districts of the active contest by what the next hour there is worth."""
    contest = queries.active_contest(current_user.campaign_id)
    if contest is None:
        return render_template(
            "priority/empty.html", kinds=queries.kinds(current_user.campaign_id), may_decide=may_decide()
        )
    snapshot = _chosen("snapshot", contest) or queries.newest_snapshot(contest.id)
    if snapshot is None:
        return render_template(
            "priority/unscored.html",
            contest=contest,
            kinds=queries.kinds(current_user.campaign_id),
            may_decide=may_decide(),
        )
    return render_template("priority/index.html", **_index(contest, snapshot))


def _index(contest: Contest, snapshot: Snapshot) -> dict[str, Any]:
    search = request.args.get("q", "").strip()[:200]
    sort, direction = request.args.get("sort", "rank"), request.args.get("direction", "asc")
    order = f"-{sort}" if direction == "desc" else sort
    page = page_of(
        queries.district_scores_query(snapshot.id, _paths(), search, order),
        request.args.get("page", 1, type=int),
        per_page=PER_PAGE,
    )
    before = _chosen("since", contest) or comparing.yesterday(snapshot, _zone())
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
        "shapes_url": _shapes_url(contest.district_kind),
        "unit": vocabulary.UNIT_WORDS.get(snapshot.unit, snapshot.unit),
        "causes": vocabulary.CAUSE_WORDS,
        "has_results": bool(queries.sides(contest.campaign_id, contest.district_kind)),
        "may_decide": may_decide(),
    }


def _chosen(name: str, contest: Contest) -> Snapshot | None:
    number = request.args.get(name, type=int)
    if number is None:
        return None
    found = queries.snapshot_of(contest.id, number)
    if found is None:
        raise NotFound()
    return found


def _moves(before: Snapshot | None, now: Snapshot) -> list[dict[str, Any]]:
    """Of the districts this viewer answers for, the largest."""
    if before is None or before.id == now.id:
        return []
    mine = set(queries.districts_within(current_user.campaign_id, _paths()))
    return [move for move in comparing.moves(before, now) if move["district_id"] in mine][:MOVES_SHOWN]


def _zone() -> ZoneInfo:
    return ZoneInfo(db.session.get_one(Campaign, current_user.campaign_id).time_zone)


def _shapes_url(kind: str, district_id: int | None = None) -> str:
    version = shapes.version(current_user.campaign_id, kind, _paths(), district_id)
    if district_id is None:
        return url_for("priority.layer_shapes", kind=kind, version=version)
    return url_for("priority.precinct_shapes", district_id=district_id, version=version)


@bp.get("/priorities/shapes/<kind>/<version>.geojson")
@access.needs(Role.ORGANIZER)
def layer_shapes(kind: str, version: str) -> ResponseReturnValue:
    """Light outlines of a layer's districts; the address changes when they do."""
    wanted = shapes.version(current_user.campaign_id, kind, _paths())
    if version != wanted:
        return redirect(url_for("priority.layer_shapes", kind=kind, version=wanted))
    return _still(wanted, lambda: shapes.layer(current_user.campaign_id, kind, _paths(), wanted))


@bp.get("/priorities/<int:district_id>/precincts/<version>.geojson")
@access.needs(Role.ORGANIZER)
def precinct_shapes(district_id: int, version: str) -> ResponseReturnValue:
    """Light outlines of a district's precincts."""
    district = _district(district_id)
    wanted = shapes.version(current_user.campaign_id, district.kind, _paths(), district.id)
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
    found: dict[int, dict[str, Any]] = queries.map_values(snapshot.id, _paths())
    for district_id, row in found.items():
        row["url"] = url_for("priority.place", district_id=district_id)
    return {str(district_id): row for district_id, row in found.items()}


@bp.get("/priorities/<int:district_id>")
@bp.get("/priorities/<int:district_id>/<int:precinct_id>")
@access.needs(Role.ORGANIZER)
def place(district_id: int, precinct_id: int | None = None) -> ResponseReturnValue:
    """A district or a precinct: its score with every part, its curve, its past, its precincts."""
    district = _district(district_id)
    precinct = _precinct(district, precinct_id) if precinct_id else None
    contest = queries.active_contest(current_user.campaign_id)
    snapshot = (_chosen("snapshot", contest) or queries.newest_snapshot(contest.id)) if contest else None
    detail = queries.detail(snapshot.id, district.id, precinct_id) if snapshot else None
    if contest is None or snapshot is None or detail is None:
        return render_template("priority/no_score.html", district=district, precinct=precinct)
    past = queries.history(snapshot, district.id, precinct_id)
    before = comparing.yesterday(snapshot, _zone())
    return render_template(
        "priority/place.html",
        contest=contest,
        snapshot=snapshot,
        district=district,
        precinct=precinct,
        detail=detail,
        unit=vocabulary.UNIT_WORDS.get(snapshot.unit, snapshot.unit),
        parts=parts_of(detail),
        curve=charts.steps([(each["hours"], each["value_per_hour"]) for each in detail["segments"]]),
        past=past,
        past_chart=charts.band(
            [(row.taken_at.timestamp(), row.low, row.value_per_hour, row.high) for row in past]
        ),
        past_days=[day_text(each) for each in dict.fromkeys((past[0].taken_at, past[-1].taken_at))]
        if past
        else [],
        causes=vocabulary.CAUSE_WORDS,
        move=_move_of(before, snapshot, district) if precinct is None else None,
        precincts=queries.precinct_scores(snapshot.id, district.id) if precinct is None else [],
        contests=_results(district) if precinct is None else [],
        shapes_url=_shapes_url(district.kind, district.id) if precinct is None else "",
        precinct_values=_precinct_values(snapshot, district) if precinct is None else {},
        assumptions=assumptions_of(snapshot.params),
    )


def _move_of(before: Snapshot | None, now: Snapshot, district: District) -> dict[str, Any] | None:
    if before is None or before.id == now.id:
        return None
    return next((move for move in comparing.moves(before, now) if move["district_id"] == district.id), None)


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


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a score as the page shows it."""

    label: Any
    text: str
    note: Any


def parts_of(detail: dict[str, Any]) -> list[Part]:
    """The parts of a score in words, in the reader's own way to write numbers."""
    found = []
    for name, (label, kind, note) in vocabulary.PART_WORDS.items():
        if name in detail["parts"]:
            found.append(Part(label, _written(kind, detail["parts"][name]), note))
    return found


def _written(kind: str, value: float) -> str:
    if kind == "share":
        return str(format_percent(value, "#,##0.#%"))
    if kind == "points":
        return _("%(points)s points", points=format_decimal(100 * value, "+#,##0.0;−#,##0.0"))
    if kind == "flag":
        return _("counted") if value else _("assumed")
    if kind == "borrowed":
        return _("of its seat") if value else _("its own")
    return str(format_decimal(value, "#,##0" if kind == "count" else "#,##0.###"))


def assumptions_of(stored: dict[str, Any]) -> list[tuple[Any, list[tuple[Any, str, str]]]]:
    """Every number that the scores assume: (group, [(label, text, note with source)])."""
    params = params_of(stored)
    return [
        (
            group,
            [
                (vocabulary.PARAM_WORDS[name], _assumed(getattr(params, name)), PARAM_NOTES[name])
                for name in names
            ],
        )
        for group, names in vocabulary.PARAM_GROUPS
    ]


def _assumed(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if hasattr(value, "mid"):
        low, mid, high = (format_decimal(each, "#,##0.###") for each in (value.low, value.mid, value.high))
        return _("%(mid)s (%(low)s to %(high)s)", mid=mid, low=low, high=high)
    return str(format_decimal(value, "#,##0.###"))
