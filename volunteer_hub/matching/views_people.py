"""Pages about one volunteer in a plan: why here and why not there, and changes by hand with their cost."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from geodata.matching.problem import Infeasible
from volunteer_hub.assignments import lines
from volunteer_hub.assignments import services as assignments
from volunteer_hub.assignments.models import Assignment, State
from volunteer_hub.core import access, audit, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db, let_go, transaction
from volunteer_hub.core.refusals import Conflict, NotFound, Refusal
from volunteer_hub.core.web import limiter, wants_json
from volunteer_hub.events import queries as events
from volunteer_hub.matching import hand, looking, nowhere, pages, queries, services, stand_ins, why, wording
from volunteer_hub.matching.blueprint import bp
from volunteer_hub.matching.models import Run
from volunteer_hub.matching.problem import Read
from volunteer_hub.people import queries as people
from volunteer_hub.people.models import Area, Campaign, Person

MOST_OPTIONS = 25


@bp.get("/matching/runs/<int:run_id>/people/<int:person_id>")
@access.needs(Role.ORGANIZER)
@limiter.limit("120/minute")
def person(run_id: int, person_id: int) -> ResponseReturnValue:
    """Why this volunteer is sent here, and why not there; and what can be done about it."""
    campaign = pages.campaign()
    run, area = pages.run_and_area(run_id)
    who = people.person_within(campaign.id, person_id, pages.area_paths())
    mine = _standing(run, person_id)
    read = looking.for_person(run, area, person_id, campaign.time_zone, clock.now())
    options = _options(run, read, mine) if read.volunteers else []
    asked = next((each for each in options if each.shift.id == pages.number_argument("shift")), None)
    unplaced = None if mine else nowhere.reason(run, person_id)
    return pages.page(
        "matching/person.html",
        run=run,
        area=area,
        who=who,
        mine=mine,
        in_plan=bool(read.volunteers),
        wanted_left=int(read.planned.problem.people.wanted[0]) if read.volunteers else 0,
        options=[each for each in options if each.code != "here"][:MOST_OPTIONS],
        all_options=sorted(options, key=lambda each: each.shift.starts_at),
        asked=asked,
        best_gain=_best_gain(options),
        unit=read.planned.unit,
        unplaced=unplaced,
        goes_anyway=not mine and nowhere.has_place(run, person_id),
        movable=next((each for each in mine if each.state == State.PROPOSED), None),
        shift_name=lambda row: pages.shift_name(row, campaign.time_zone),
    )


def _standing(run: Run, person_id: int) -> list[Any]:
    """Where this plan sends the person: proposed, offered, accepted or done."""
    wanted = lines.Wanted(pages.area_paths(), run_id=run.id, person_id=person_id)
    refused = (State.DECLINED, State.LAPSED)
    return [each for each in lines.all_lines(run.campaign_id, wanted) if each.state not in refused]


def _options(run: Run, read: Read, mine: list[Any]) -> list[why.Option]:
    from_at, until_at = looking.span(run, clock.now())
    here = {each.shift_id for each in mine}
    fixed = queries.pinned_places(run.campaign_id, but=read.volunteers[0].id)
    return why.options(read, run.prices, from_at=from_at, until_at=until_at, here=here, fixed=fixed)


def _best_gain(options: list[why.Option]) -> float | None:
    return max((each.gain for each in options if each.code == "here"), default=None)


@bp.route("/matching/runs/<int:run_id>/change", methods=["GET", "POST"])
@access.needs(Role.ORGANIZER)
@limiter.limit("40/minute")
def change(run_id: int) -> ResponseReturnValue:
    """GET: what a change by hand would cost and who else would move. POST: save what was shown."""
    campaign = pages.campaign()
    run, area = pages.run_and_area(run_id)
    wanted = _wanted_change(run)
    who = people.person_within(campaign.id, wanted.person_id, pages.area_paths())
    try:
        limit = _limit(run, area, campaign, who, wanted)
        effect, sentence = _effect(run, area, campaign, wanted), ""
    except (Refusal, Infeasible) as impossible:
        effect, sentence, limit = None, _sentence_of(impossible), ""
    if request.method == "POST" and effect is not None:
        answer = _save(run_id, effect)
        if answer is not None:
            return answer
        flash(_("The plan has changed since you looked. This is what the change costs now."), "warning")
    run, area = pages.run_and_area(run_id)
    who = people.person_within(campaign.id, wanted.person_id, pages.area_paths())
    shown = {**_shown(effect, campaign), "limit": limit} if effect else {"limit": ""}
    if wants_json():
        return _as_json(effect, shown, sentence)
    page = pages.page(
        "matching/change.html", run=run, area=area, who=who, wanted=wanted, effect=effect, sentence=sentence,
        target=_card(campaign, wanted.shift_id), source=_card(campaign, wanted.source_id), **shown,
    )  # fmt: skip
    return page, 200 if effect else 422


def _limit(run: Run, area: Area, campaign: Campaign, who: Person, wanted: hand.Wanted) -> str:
    """What limit of the volunteer's own the change would set aside, in a sentence; none gives ""."""
    if wanted.shift_id is None:
        return ""
    read = looking.for_person(run, area, who.id, campaign.time_zone, clock.now())
    options = _options(run, read, []) if read.volunteers else []
    there = next((each for each in options if each.shift.id == wanted.shift_id), None)
    return wording.option_sentence(there, who, None, read.planned.unit) if there and there.is_hard else ""


def _wanted_change(run: Run) -> hand.Wanted:
    """The change the address or the form names; raises Refusal where it makes no sense."""
    kind = request.values.get("kind", "")
    person_id = pages.number_argument("person")
    target, source = pages.number_argument("shift"), pages.number_argument("source")
    if run.state not in ("done", "superseded"):
        raise Conflict(_("This plan is not ready yet."))
    if queries.newer_run(run):
        raise Conflict(_("There is a newer plan for this area. Make the change there."))
    needs = {"pin": (target,), "move": (target, source), "remove": (source,), "never": (source,)}
    if kind not in needs or person_id is None or None in needs[kind]:
        raise Refusal(_("Choose a person, what to do, and the shift."))
    if target is not None and target == source:
        raise Refusal(_("They are there already. Choose another shift."))
    wanted = hand.Wanted(
        kind,  # type: ignore[arg-type]
        person_id,
        target if kind in ("pin", "move") else None,
        source if kind != "pin" else None,
    )
    _require_proposed(run, wanted)
    return wanted


def _require_proposed(run: Run, wanted: hand.Wanted) -> None:
    states = {each.shift_id: each.state for each in _standing(run, wanted.person_id)}
    if wanted.shift_id in states:
        raise Conflict(_("They are sent there already."))
    if wanted.source_id is not None and wanted.kind in ("move", "remove"):
        if wanted.source_id not in states:
            raise Conflict(_("The plan does not send them there any more."))
        if states[wanted.source_id] != State.PROPOSED:
            raise Conflict(_("This was already offered to the volunteer. Withdraw the offer first."))
    if wanted.kind == "never" and states.get(wanted.source_id or 0, State.PROPOSED) != State.PROPOSED:
        raise Conflict(_("This was already offered to the volunteer. Withdraw the offer first."))


def _effect(run: Run, area: Area, campaign: Campaign, wanted: hand.Wanted) -> hand.Effect:
    planned = looking.for_change(run, area, campaign.time_zone, clock.now())
    db.session.expunge_all()
    let_go()  # solving needs no database
    return hand.effect_of(planned, wanted)


def _sentence_of(impossible: Exception) -> str:
    sentence = str(getattr(impossible, "sentence", impossible))
    return stand_ins.told(sentence, people.names(stand_ins.people_in([sentence])))


def _shown(effect: hand.Effect, campaign: Campaign) -> dict[str, Any]:
    """Who else moves, in names, for the page."""
    planned = effect.planned
    moves: dict[int, dict[str, list[str]]] = {}
    shifts = pages.shift_names(
        campaign, [int(planned.shift_ids[row]) for _volunteer, row in effect.lost | effect.gained]
    )
    for word, pairs in (("lost", effect.lost), ("gained", effect.gained)):
        for volunteer, row in sorted(pairs):
            entry = moves.setdefault(int(planned.person_ids[volunteer]), {"lost": [], "gained": []})
            entry[word].append(shifts.get(int(planned.shift_ids[row]), ""))
    mine = moves.pop(effect.wanted.person_id, {"lost": [], "gained": []})
    names = people.names(moves)
    others = [{"id": each, "name": names.get(each, _("somebody")), **move} for each, move in moves.items()]
    return {
        "mine": mine,
        "others": sorted(others, key=lambda each: str(each["name"])),
        "unit": effect.planned.unit,
    }


def _as_json(effect: hand.Effect | None, shown: dict[str, Any], sentence: str) -> ResponseReturnValue:
    if effect is None:
        return jsonify(error=sentence), 422
    return jsonify(
        cost=effect.cost, worth=effect.worth, digest=effect.digest, is_whole=effect.is_whole,
        sentence=wording.cost_sentence(effect.cost, shown["unit"]), **shown,
    )  # fmt: skip


def _card(campaign: Campaign, shift_id: int | None) -> Any:
    return events.shift_cards(campaign.id, [shift_id]).get(shift_id) if shift_id else None


def _save(run_id: int, effect: hand.Effect) -> ResponseReturnValue | None:
    """Save the change, or ask for a new plan with it; None when it is not what was shown."""
    now, wanted = clock.now(), effect.wanted
    if request.form.get("which") == "new_plan":
        return _plan_anew(run_id, wanted)
    if not effect.is_small or request.form.get("digest") != effect.digest:
        return None
    with transaction():
        run, _area = pages.run_and_area(run_id, lock=True)
        services.change_by_hand(run, effect, by=current_user.id, now=now)
    flash(
        _("Saved. The plan is changed, and later plans keep to it.")
        if wanted.kind != "remove"
        else _("Saved."),
        "ok",
    )
    return redirect(url_for("matching.person", run_id=run_id, person_id=wanted.person_id), code=303)


def _plan_anew(run_id: int, wanted: hand.Wanted) -> ResponseReturnValue:
    now = clock.now()
    with transaction():
        run, area = pages.run_and_area(run_id, lock=True)
        from_at, until_at = looking.span(run, now)
        if wanted.source_id is not None:
            services.unpin(run.campaign_id, wanted.person_id, wanted.source_id)
        services.keep_wish(run.campaign_id, wanted, by=current_user.id, now=now)
        audit.record(
            "change.plan", campaign_id=run.campaign_id, by=current_user.id,
            subject=f"person:{wanted.person_id}", run=run_id, kind=wanted.kind, shift=wanted.shift_id,
            source=wanted.source_id,
        )  # fmt: skip
        going_on = queries.run_going_on(run.campaign_id, area.id)
        new = going_on or services.want_run(
            run.campaign_id, area.id, from_at=from_at, until_at=until_at, by=current_user.id, now=now
        )
        new_id = new.id
    return redirect(url_for("matching.run", run_id=new_id), code=303)


@bp.post("/matching/runs/<int:run_id>/assignments/<int:assignment_id>/offer")
@access.needs(Role.ORGANIZER)
@limiter.limit("120/minute")
def offer_one(run_id: int, assignment_id: int) -> ResponseReturnValue:
    """Offer one proposal."""
    row = _own_assignment(run_id, assignment_id)
    person_id = row.person_id
    with transaction():
        done = assignments.approve(row.campaign_id, [assignment_id], by=current_user.id, now=clock.now())
        audit.record(
            "offer.assignments", campaign_id=current_user.campaign_id, by=current_user.id,
            subject=f"person:{person_id}", run=run_id, offered=len(done.offered),
        )  # fmt: skip
    if done.offered:
        flash(_("Offered. The message is on its way."), "ok")
    else:
        flash(
            _("Not offered: its shift has no free place any more, starts too soon, or it was settled."),
            "warning",
        )
    return redirect(url_for("matching.person", run_id=run_id, person_id=person_id), code=303)


@bp.post("/matching/runs/<int:run_id>/assignments/<int:assignment_id>/withdraw")
@access.needs(Role.ORGANIZER)
@limiter.limit("120/minute")
def withdraw(run_id: int, assignment_id: int) -> ResponseReturnValue:
    """Take an offer back: the place is free again, and a message that has not left is stopped."""
    person_id = _own_assignment(run_id, assignment_id).person_id
    try:
        with transaction():
            assignments.withdraw(current_user.campaign_id, assignment_id, by=current_user.id, now=clock.now())
            audit.record(
                "withdraw.offer", campaign_id=current_user.campaign_id, by=current_user.id,
                subject=f"person:{person_id}", run=run_id,
            )  # fmt: skip
    except Conflict as refusal:
        flash(str(refusal.sentence), "warning")
    else:
        flash(_("Taken back. The place is free again."), "ok")
    return redirect(url_for("matching.person", run_id=run_id, person_id=person_id), code=303)


def _own_assignment(run_id: int, assignment_id: int) -> Assignment:
    """An assignment of a run and a person within the viewer's areas; raises NotFound."""
    pages.run_and_area(run_id)
    row: Assignment = access.in_campaign(Assignment, assignment_id, current_user.campaign_id)
    if row.run_id != run_id:
        raise NotFound()
    people.person_within(row.campaign_id, row.person_id, pages.area_paths())
    return row
