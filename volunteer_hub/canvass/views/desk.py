"""The field lead's desk: who is out, who is here, who is expected, and handing out turf in a tap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from volunteer_hub.canvass import at_desk, services
from volunteer_hub.canvass.blueprint import bp
from volunteer_hub.canvass.buddies import BuddyRules
from volunteer_hub.canvass.desk import desk_of, with_turf
from volunteer_hub.canvass.services import outings
from volunteer_hub.core import access, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import transaction
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.events import queries as events
from volunteer_hub.events import services as events_services
from volunteer_hub.events.queries import RosterLine, ShiftCard
from volunteer_hub.events.refusals import TooEarlyToMark
from volunteer_hub.people import services as people_services
from volunteer_hub.turf import queries as turf
from volunteer_hub.turf import services as turf_services
from volunteer_hub.turf.services import HandedOut

MOST_LISTED = 40
"""Open turfs that a lead chooses among; the best come first."""
LATEST_BACK = 24 * 60


@bp.get("/organize/turf")
@access.needs(Role.FIELD_LEAD)
def desk() -> ResponseReturnValue:
    """The shifts of now and the next day, to hand out turf on."""
    campaign = at_desk.campaign()
    now = clock.now()
    shifts = events.shifts_to_run(
        current_user.campaign_id,
        at_desk.lead_paths(),
        person_id=current_user.id,
        from_at=now - timedelta(hours=2),
        until_at=now + timedelta(days=1),
    )
    may_rule = access.everywhere(current_user, Role.ORGANIZER)
    rules = BuddyRules.of(campaign.settings)
    paths = list(access.paths(current_user, Role.FIELD_LEAD))
    aside = services.count_aside(current_user.campaign_id, paths)
    return render_template("canvass/desk.html", shifts=shifts, rules=rules, may_rule=may_rule, aside=aside)


@bp.post("/organize/turf/buddies")
@access.needs(Role.ORGANIZER)
def set_buddies() -> ResponseReturnValue:
    """The campaign's rules about pairs, by somebody who answers for all of it."""
    if not access.everywhere(current_user, Role.ORGANIZER):
        raise Refusal(_("These rules hold for the whole campaign: ask an organizer of all of it."))
    campaign = at_desk.campaign()
    with transaction():
        people_services.set_buddy_rules(
            campaign,
            after_dark="after_dark" in request.form,
            first_timers="first_timers" in request.form,
            by=current_user.id,
        )
    flash(_("The rules about pairs are saved."), "ok")
    return redirect(url_for("canvass.desk"))


@bp.get("/organize/shifts/<int:shift_id>/turf")
@access.needs(Role.FIELD_LEAD)
def shift(shift_id: int) -> ResponseReturnValue:
    """Everybody who comes, where they are, and the turf they have or should have."""
    return page(at_desk.shift_card(shift_id))


@bp.get("/organize/shifts/<int:shift_id>/turf.json")
@access.needs(Role.FIELD_LEAD)
def shift_live(shift_id: int) -> ResponseReturnValue:
    """The parts of the desk that change by themselves: alarms, counts, who is out.

    The forms in them are without their token, for which the page has its own: it tells the time, and two
    answers that say the same would never be the same.
    """
    card = at_desk.shift_card(shift_id)
    state = desk_of(card, at_desk.campaign(), now=clock.now())
    g.csrf_token = ""  # where Flask-WTF looks for the request's token before it makes one
    parts = {
        name: render_template("canvass/_desk_live.html", desk=state, part=name, card=card)
        for name in ("alarms", "counts", "out")
    }
    answer = jsonify(parts=parts, values={})
    answer.add_etag()
    return answer.make_conditional(request)


@bp.post("/organize/shifts/<int:shift_id>/turf")
@access.needs(Role.FIELD_LEAD)
def hand_out(shift_id: int) -> ResponseReturnValue:
    """Hand turf to a person of the shift: the chosen one or the best, one or several, alone or in a pair."""
    card = at_desk.shift_card(shift_id)
    now = clock.now()
    try:
        wanted = _wanted(card, now)
        with transaction():
            handed = _hand_out(card, wanted, now=now)
            _let_out(card, wanted, handed[0].lease_id, now=now)
            for each in handed:
                at_desk.send_link(each.lease_id, each.token, card.campaign_id)
    except Refusal as refusal:
        flash(str(refusal.sentence), "error")
        return redirect(url_for("canvass.shift", shift_id=shift_id))
    if len(handed) < wanted.count:
        few = _("Only %(count)s turfs lie side by side there; no more were handed out.", count=len(handed))
        flash(few, "info")
    # the person's own line says it: a message at the top would be out of sight
    where = url_for("canvass.shift", shift_id=shift_id, handed=handed[0].lease_id)
    return redirect(f"{where}#person-{wanted.person.person_id}")


def page(card: ShiftCard, **more: object) -> str:
    """The desk of a shift; `more` is for what one of its forms has to ask back."""
    campaign = at_desk.campaign()
    state = with_turf(
        desk_of(card, campaign, now=clock.now()), _open_turfs(card), campaign, listed=MOST_LISTED
    )
    return render_template(
        "canvass/shift.html",
        card=card,
        desk=state,
        listed=state.open_turfs[:MOST_LISTED],
        most_at_once=turf_services.MOST_AT_ONCE,
        shapes_url=url_for("turf.shapes", open=1, district=_district_of(card, state.open_turfs)),
        handed=request.args.get("handed", type=int),
        **more,
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the form of a hand-out asks for."""

    person: RosterLine
    partner: RosterLine | None
    turf_id: int
    count: int
    due_at: datetime


def _wanted(card: ShiftCard, now: datetime) -> Wanted:
    """The form, checked; raises Refusal."""
    form = request.form
    roster = events.roster(card.campaign_id, card.id)
    on_shift = {line.person_id: line for line in roster if line.state == "going"}
    person = on_shift.get(form.get("person_id", 0, type=int))
    partner = on_shift.get(form.get("partner_id", 0, type=int))
    if person is None:
        raise Refusal(_("This person is not on the shift. Add them on the roster first."))
    if partner is person:
        raise Refusal(_("Choose somebody else as the partner, or nobody."))
    minutes = form.get("back_in", 0, type=int)
    due_at = outings.due_back(card.ends_at, now=now)
    if 0 < minutes <= LATEST_BACK:
        due_at = now + timedelta(minutes=minutes)
    count = min(max(form.get("count", 1, type=int), 1), turf_services.MOST_AT_ONCE)
    return Wanted(person, partner, form.get("turf_id", 0, type=int), count, due_at)


def _hand_out(card: ShiftCard, wanted: Wanted, *, now: datetime) -> list[HandedOut]:
    until = turf_services.lease_until(card.ends_at, now=now)
    person_id, turf_id = wanted.person.person_id, wanted.turf_id
    if turf_id:
        turf.turf_within(card.campaign_id, turf_id, at_desk.lead_paths())
        return turf_services.hand_out_several(
            card.campaign_id, turf_id, wanted.count, person_id,
            by=current_user.id, now=now, shift_id=card.id, until=until,
        )  # fmt: skip
    best = turf_services.take_any(
        card.campaign_id,
        person_id,
        by=current_user.id,
        now=now,
        area_paths=at_desk.lead_paths(),
        district_id=_district_of(card, _open_turfs(card)),
        shift_id=card.id,
        until=until,
    )
    return [best, *turf_services.hand_out_beside(best, wanted.count, by=current_user.id, now=now)]


def _let_out(card: ShiftCard, wanted: Wanted, lease_id: int, *, now: datetime) -> None:
    """Whoever takes turf is here, and goes out; the partner goes along on the same turf."""
    for each in filter(None, (wanted.person, wanted.partner)):
        if each.attendance != "attended":
            _check_in(card, each, now=now)
        outings.go_out(
            card.campaign_id, each.person_id, shift_id=card.id, lease_id=lease_id, due_at=wanted.due_at,
            by=current_user.id, now=now,
        )  # fmt: skip


def _check_in(card: ShiftCard, person: RosterLine, *, now: datetime) -> None:
    try:
        events_services.check_in(card.campaign_id, person.sign_up_id, by=current_user.id, now=now)
    except TooEarlyToMark:
        return  # turf handed out the day before says nothing about who will come


def _open_turfs(card: ShiftCard) -> list[turf.TurfLine]:
    """Open turf of the staging location's district; where there is none, of all the lead's areas."""
    paths = at_desk.lead_paths()
    here = turf.open_turfs(card.campaign_id, paths, district_id=card.district_id) if card.district_id else []
    return here or turf.open_turfs(card.campaign_id, paths)


def _district_of(card: ShiftCard, open_turfs: list[turf.TurfLine]) -> int | None:
    """The staging location's district while something is open there; None: it is looked for everywhere."""
    is_here = bool(open_turfs) and open_turfs[0].district_id == card.district_id
    return card.district_id if is_here else None
