"""Pages of contests: choose one, make one, see what other rules would do before they are saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from geodata.priority import PARAM_NOTES, RULES, HourParams, Interval
from volunteer_hub.core import access, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.refusals import Forbidden, Refusal
from volunteer_hub.core.web import limiter
from volunteer_hub.people.models import Campaign
from volunteer_hub.priority import queries, services, shapes, viewing, vocabulary
from volunteer_hub.priority.blueprint import bp, significant_number
from volunteer_hub.priority.forms import ContestForm, Wanted, seats_by
from volunteer_hub.priority.inputs import side_key
from volunteer_hub.priority.models import Contest

SHOWN = 12


def _require_whole_campaign() -> None:
    """A contest steers the whole campaign: only who answers for all of it may change it."""
    if not viewing.may_decide():
        raise Forbidden(_("Only an organizer of the whole campaign can change what its plans follow."))


@bp.get("/priorities/contests")
@access.needs(Role.ORGANIZER)
def contests() -> ResponseReturnValue:
    """The campaign's contests; plans follow one of them."""
    return render_template(
        "priority/contests.html",
        contests=queries.contests(current_user.campaign_id),
        may_decide=viewing.may_decide(),
        rules=vocabulary.RULE_WORDS,
    )


@bp.post("/priorities/contests/<int:contest_id>/activate")
@access.needs(Role.ORGANIZER)
def activate(contest_id: int) -> ResponseReturnValue:
    """Let plans follow this contest."""
    _require_whole_campaign()
    with transaction():
        contest = services.activate(current_user.campaign_id, contest_id, now=clock.now())
        name = contest.name
    flash(_("Plans follow “%(name)s” from now on.", name=name), "ok")
    return redirect(url_for("priority.index"))


@bp.route("/priorities/contests/new", methods=["GET", "POST"])
@access.needs(Role.ORGANIZER)
@limiter.limit("60/minute", methods=["POST"])
def new_contest() -> ResponseReturnValue:
    """Make a contest: first its layer, then the rest."""
    _require_whole_campaign()
    kinds = queries.kinds(current_user.campaign_id)
    kind = request.args.get("kind") or (kinds[0][0] if len(kinds) == 1 else "")
    if kind not in dict(kinds):
        return render_template("priority/choose_layer.html", kinds=kinds)
    campaign = db.session.get_one(Campaign, current_user.campaign_id)
    blank = Contest(
        campaign_id=campaign.id, name="", district_kind=kind, ours="", weights={"plurality": 1.0}, params={}
    )
    form = ContestForm()
    if not form.is_submitted():
        form.name.data, form.election_on.data = campaign.name, campaign.election_on
    return _edit(form, blank, None)


@bp.route("/priorities/contests/<int:contest_id>", methods=["GET", "POST"])
@access.needs(Role.ORGANIZER)
@limiter.limit("60/minute", methods=["POST"])
def edit_contest(contest_id: int) -> ResponseReturnValue:
    """Change the rules, with the map that would follow beside the one that is."""
    _require_whole_campaign()
    contest = access.in_campaign(Contest, contest_id, current_user.campaign_id)
    form = ContestForm()
    if not form.is_submitted():
        seats = queries.seat_names(contest.id)
        form.fill(contest, seats)
        if form.seat_mode.data == "list":
            codes = {district: code for district, code, _region in _places(contest)}
            form.seat_list.data = "\n".join(f"{codes[each]},{seat}" for each, seat in seats.items())
    return _edit(form, contest, contest)


def _places(contest: Contest) -> list[tuple[int, str, str | None]]:
    return queries.places(current_user.campaign_id, contest.district_kind)


def _edit(form: ContestForm, shown: Contest, saved: Contest | None) -> ResponseReturnValue:
    """Show the form; on `save` keep what it says, else score it and show both maps."""
    form.choose(
        one_of_each(queries.sides(current_user.campaign_id, shown.district_kind)),
        queries.offices(current_user.campaign_id, shown.district_kind),
    )
    preview = None
    if form.is_submitted() and form.validate():
        try:
            wanted = form.wanted()
            _require_day_ahead(wanted, saved)
            seats = seats_by(wanted.seat_mode, wanted.seat_list, _places(shown))
            if request.form.get("do") == "save":
                return _save(wanted, seats, shown.district_kind, saved)
            preview = _preview(wanted, seats, shown.district_kind)
        except Refusal as refusal:
            form.refuse(refusal)
    return render_template("priority/contest.html", **_page(form, shown, saved, preview))


def _require_day_ahead(wanted: Wanted, saved: Contest | None) -> None:
    """A day that is over is refused; what was saved before it passed may stay, and be changed otherwise."""
    day = wanted.election_on
    if day is None or (saved is not None and saved.election_on == day):
        return
    campaign = db.session.get_one(Campaign, current_user.campaign_id)
    if day < clock.campaign_day(clock.now(), ZoneInfo(campaign.time_zone)):
        raise Refusal(
            _("This election day is over. Write the day of the coming election, or leave it empty."),
            field="election_on",
        )


def one_of_each(sides: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Each party once, by the name that most of its votes carry (DEM and Democratic are one)."""
    found: dict[str, tuple[str, int]] = {}
    for name, votes in sides:
        key = side_key(name)
        found[key] = (found[key][0], found[key][1] + votes) if key in found else (name, votes)
    return sorted(found.values(), key=lambda side: -side[1])


def _save(wanted: Wanted, seats: Mapping[int, str], kind: str, saved: Contest | None) -> ResponseReturnValue:
    params = _params(wanted)
    with transaction():
        now = clock.now()
        if saved is None:
            services.create_contest(
                current_user.campaign_id, name=wanted.name, district_kind=kind, ours=wanted.ours,
                weights=wanted.weights, election_on=wanted.election_on, params=params, seats=seats, now=now,
            )  # fmt: skip
        else:
            services.edit_contest(
                saved, name=wanted.name, ours=wanted.ours, election_on=wanted.election_on,
                weights=wanted.weights, params=params, seats=seats, now=now,
            )  # fmt: skip
    flash(_("Saved. The new scores are on their way."), "ok")
    return redirect(url_for("priority.index"))


def _params(wanted: Wanted) -> dict[str, Any]:
    extra = {"office": wanted.office, "seat_mode": wanted.seat_mode}
    return wanted.params | {name: value for name, value in extra.items() if value}


def _preview(wanted: Wanted, seats: Mapping[int, str], kind: str) -> dict[str, Any]:
    """What these rules would make of the districts, and how the seats would stand. Saves nothing."""
    campaign = db.session.get_one(Campaign, current_user.campaign_id)
    trial = Contest(
        campaign_id=campaign.id, name=wanted.name, district_kind=kind, ours=wanted.ours,
        weights=wanted.weights, params=_params(wanted),
    )  # fmt: skip
    today = clock.campaign_day(clock.now(), ZoneInfo(campaign.time_zone))
    scored = services.score_contest(trial, today=today, seats=seats)
    ranked = sorted(scored.districts, key=lambda row: (-row.score, row.id))
    rows: list[dict[str, Any]] = [
        {"district_id": int(row.id), "name": row.name, "rank": rank, "value": row.score, "low": row.low,
         "high": row.high, "why": row.why}
        for rank, row in enumerate(ranked, start=1)
    ]  # fmt: skip
    return {
        "rows": rows,
        "unit": vocabulary.UNIT_WORDS.get(scored.unit, scored.unit),
        "values": {
            str(row["district_id"]): {"value": significant_number(row["value"], 4), "rank": row["rank"]}
            for row in rows
        },
        "outlooks": sorted(scored.outlooks, key=lambda seat: abs(seat.margin_share))[:SHOWN],
        "seats": len(scored.outlooks),
        "faults": scored.faults,
    }


def _page(
    form: ContestForm, shown: Contest, saved: Contest | None, preview: dict[str, Any] | None
) -> dict[str, Any]:
    snapshot = queries.newest_snapshot(saved.id) if saved else None
    paths = access.paths(current_user, Role.ORGANIZER)
    lines = queries.district_scores(snapshot.id) if snapshot else []
    ranks = {line.district_id: line.rank for line in lines}
    for row in preview["rows"] if preview else []:
        row["rank_now"] = ranks.get(row["district_id"])
    version = shapes.version(current_user.campaign_id, shown.district_kind, paths)
    return {
        "form": form,
        "contest": saved,
        "kind": shown.district_kind,
        "snapshot": snapshot,
        "present": queries.map_values(snapshot.id, paths) if snapshot else {},
        "unit": vocabulary.UNIT_WORDS.get(snapshot.unit, snapshot.unit) if snapshot else "",
        "preview": preview,
        "shown": SHOWN,
        "rules": list(RULES),
        "groups": vocabulary.PARAM_GROUPS,
        "words": vocabulary.PARAM_WORDS,
        "notes": PARAM_NOTES,
        "intervals": {
            name
            for name in HourParams.__dataclass_fields__
            if isinstance(getattr(HourParams(), name), Interval)
        },
        "shapes_url": url_for("priority.layer_shapes", kind=shown.district_kind, version=version),
    }
