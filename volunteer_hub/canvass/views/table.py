"""At the table: who came and who did not, who comes without having signed up, who is back, who needs help."""

from __future__ import annotations

from datetime import timedelta

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from volunteer_hub.canvass import at_desk, desk_queries
from volunteer_hub.canvass.blueprint import bp
from volunteer_hub.canvass.services import helping, outings
from volunteer_hub.canvass.views import desk
from volunteer_hub.core import access, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import transaction
from volunteer_hub.core.refusals import NotFound, Refusal
from volunteer_hub.events import queries as events
from volunteer_hub.events import services as events_services
from volunteer_hub.events.queries import ShiftCard
from volunteer_hub.people import services as people_services
from volunteer_hub.people.contact import normal_phone
from volunteer_hub.people.queries import names, person_within

LATER = timedelta(minutes=30)
MOST_ALIKE = 6
MARKS = {
    "here": events_services.check_in,
    "absent": events_services.mark_no_show,
    "clear": events_services.clear_attendance,
}


@bp.post("/organize/shifts/<int:shift_id>/turf/arrivals")
@access.needs(Role.FIELD_LEAD)
def arrival(shift_id: int) -> ResponseReturnValue:
    """One tap: here, absent, or take it back."""
    card = at_desk.shift_card(shift_id)
    person_id = request.form.get("person_id", 0, type=int)
    roster = {line.person_id: line for line in events.roster(card.campaign_id, shift_id)}
    mark = MARKS.get(request.form.get("mark", ""))
    if mark is None or person_id not in roster:
        raise Refusal(_("Choose a person of this shift, and say whether they are here."))
    try:
        with transaction():
            mark(card.campaign_id, roster[person_id].sign_up_id, by=current_user.id, now=clock.now())
    except Refusal as refusal:
        flash(str(refusal.sentence), "error")
    return _at(card, person_id)


@bp.post("/organize/shifts/<int:shift_id>/turf/walk-ins")
@access.needs(Role.FIELD_LEAD)
def walk_in(shift_id: int) -> ResponseReturnValue:
    """Somebody who did not sign up: by name and phone, once, and checked in."""
    card = at_desk.shift_card(shift_id)
    form = request.form
    name, phone = " ".join(form.get("name", "").split())[:200], form.get("phone", "").strip()[:40]
    chosen = form.get("person_id", 0, type=int)
    same = form.get("same", "")
    try:
        alike = [] if chosen or same == "new" else _alike(card, name, phone)
        if alike:
            question = {"name": name, "phone": phone, "texts": "texts" in form, "alike": alike}
            return desk.page(card, walk_in=question)
        person_id = _come_in(card, name, phone, chosen)
    except NotFound:
        raise
    except Refusal as refusal:
        typed = {"name": name, "phone": phone, "texts": "texts" in form, "error": str(refusal.sentence)}
        return desk.page(card, walk_in=typed), refusal.status
    flash(_("%(name)s is here.", name=names([person_id])[person_id]), "ok")
    return _at(card, person_id)


@bp.post("/organize/outings/<int:outing_id>/back")
@access.needs(Role.FIELD_LEAD)
def back_at_table(outing_id: int) -> ResponseReturnValue:
    """Back safe."""
    card, person_id = _outing(outing_id)
    with transaction():
        outings.come_back(card.campaign_id, outing_id, by=current_user.id, now=clock.now())
    return _at(card, person_id)


@bp.post("/organize/outings/<int:outing_id>/later")
@access.needs(Role.FIELD_LEAD)
def back_later(outing_id: int) -> ResponseReturnValue:
    """The lead heard from them: half an hour more before anybody worries."""
    card, person_id = _outing(outing_id)
    with transaction():
        outings.put_off(card.campaign_id, outing_id, LATER, now=clock.now())
    return _at(card, person_id)


@bp.post("/organize/help/<int:help_id>/answer")
@access.needs(Role.FIELD_LEAD)
def answer_help(help_id: int) -> ResponseReturnValue:
    """A lead has it in hand; the others see who."""
    line = desk_queries.call(current_user.campaign_id, help_id)
    if line.shift_id is None:
        at_desk.lease_card(line.lease_id)
        back = url_for("canvass.lease", lease_id=line.lease_id)
    else:
        at_desk.shift_card(line.shift_id)
        back = url_for("canvass.shift", shift_id=line.shift_id)
    with transaction():
        helping.answer(current_user.campaign_id, help_id, by=current_user.id, now=clock.now())
    return redirect(back)


def _alike(card: ShiftCard, name: str, phone: str) -> list[tuple[int, str, str]]:
    """Who it might be, in the viewer's areas: people of this number under another name, then people of this
    name with another number. Nobody where the form has to be mended first, or where both fit one person.
    """
    number, paths = normal_phone(phone), at_desk.lead_paths()
    if not name or number is None:
        return []
    having = people_services.people_with_phone(card.campaign_id, number, paths)
    if any(people_services.is_same_name(each.name, name) for each in having):
        return []
    by_phone = [(each.id, each.name, number[-4:]) for each in having[:MOST_ALIKE]]
    return by_phone + events.people_like(card.campaign_id, name, paths)


def _come_in(card: ShiftCard, name: str, phone: str, chosen: int) -> int:
    """Put the chosen person, or whoever has this name and phone, or somebody new on the shift; their id."""
    now = clock.now()
    with transaction():
        if chosen:
            person = person_within(card.campaign_id, chosen, at_desk.lead_paths())
        else:
            person = people_services.add_by_phone(
                card.campaign_id, card.area_id, name, phone, area_paths=at_desk.lead_paths(),
                texts="texts" in request.form, by=current_user.id, now=now,
            )  # fmt: skip
        events_services.put_on_shift(card.campaign_id, person.id, card.id, by=current_user.id, now=now)
        return int(person.id)


def _outing(outing_id: int) -> tuple[ShiftCard, int]:
    """An outing of a shift that the viewer runs; raises NotFound."""
    row = desk_queries.outing(current_user.campaign_id, outing_id)
    if row.shift_id is None:
        raise NotFound()
    return at_desk.shift_card(row.shift_id), row.person_id


def _at(card: ShiftCard, person_id: int) -> ResponseReturnValue:
    return redirect(url_for("canvass.shift", shift_id=card.id) + f"#person-{person_id}")
