"""Pages for running a shift: who comes, who came, adding and moving people, finding cover, the export."""

from __future__ import annotations

from datetime import timedelta

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from volunteer_hub.core import access, audit, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import transaction
from volunteer_hub.core.exports import csv_response
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.events import pages, queries, services
from volunteer_hub.events.blueprint import bp
from volunteer_hub.events.queries import ShiftCard
from volunteer_hub.people.queries import PeopleFilter, people, person_within

MARKS = {
    "attended": services.check_in,
    "no_show": services.mark_no_show,
    "clear": services.clear_attendance,
}


@bp.get("/organize/shifts")
@access.needs(Role.FIELD_LEAD)
def to_run() -> ResponseReturnValue:
    """The shifts of today and the next days that the viewer may run."""
    campaign = pages.own_campaign()
    now = clock.now()
    shifts = queries.shifts_to_run(
        campaign.id,
        pages.lead_paths(),
        person_id=current_user.id,
        from_at=now - timedelta(hours=12),
        until_at=now + timedelta(days=4),
    )
    return pages.page("events/to_run.html", campaign, shifts=shifts)


@bp.get("/organize/shifts/<int:shift_id>")
@access.needs(Role.FIELD_LEAD)
def roster(shift_id: int) -> ResponseReturnValue:
    campaign = pages.own_campaign()
    card = _card(shift_id)
    now = clock.now()
    lines = queries.roster(campaign.id, shift_id)
    model = queries.show_model(campaign.id)
    text = request.args.get("q", "").strip()[:100]
    return pages.page(
        "events/roster.html",
        campaign,
        card=card,
        state=card.state(now),
        now=now,
        lines=lines,
        going=[line for line in lines if line.state == "going"],
        waiting=[line for line in lines if line.state == "waiting"],
        can_mark=now >= card.starts_at - services.ATTENDANCE_OPENS,
        can_close=now >= card.starts_at,
        expected=queries.expected_of(shift_id, model.mean),
        booking=queries.booking_of(shift_id),
        text=text,
        found=_matches(text, {line.person_id for line in lines}) if text else [],
        others=queries.later_shifts(campaign.id, card.event_id, now=now, besides=shift_id),
    )


@bp.post("/organize/sign-ups/<int:sign_up_id>/attendance")
@access.needs(Role.FIELD_LEAD)
def attendance(sign_up_id: int) -> ResponseReturnValue:
    """One tap: present, absent, or take it back."""
    card = _card_of_sign_up(sign_up_id)
    mark = MARKS.get(request.form.get("mark", ""))
    if mark is None:
        raise Refusal(_("Say whether the person came: present, absent, or not marked."))
    _tell(lambda: mark(card.campaign_id, sign_up_id, by=current_user.id, now=clock.now()), "")
    return redirect(url_for("events.roster", shift_id=card.id) + f"#sign-up-{sign_up_id}")


@bp.post("/organize/shifts/<int:shift_id>/close")
@access.needs(Role.FIELD_LEAD)
def close_list(shift_id: int) -> ResponseReturnValue:
    """Everybody who is not marked did not come: one tap instead of one each."""
    card = _card(shift_id)
    try:
        with transaction():
            marked = services.mark_the_rest_absent(
                card.campaign_id, shift_id, by=current_user.id, now=clock.now()
            )
    except Refusal as refusal:
        flash(str(refusal.sentence), "error")
    else:
        flash(ngettext("%(num)d person is marked absent.", "%(num)d people are marked absent.", marked), "ok")
    return redirect(url_for("events.roster", shift_id=shift_id))


@bp.post("/organize/shifts/<int:shift_id>/add")
@access.needs(Role.FIELD_LEAD)
def add_to_shift(shift_id: int) -> ResponseReturnValue:
    """Staff sign somebody up who said so on the phone or stands at the door."""
    card = _card(shift_id)
    person = person_within(card.campaign_id, request.form.get("person_id", 0, type=int), pages.lead_paths())
    name, person_id = person.name, person.id
    _tell(
        lambda: services.sign_up(
            card.campaign_id, person_id, shift_id, by=current_user.id, now=clock.now(), source="staff"
        ),
        _("%(name)s is on the shift.", name=name),
    )
    return redirect(url_for("events.roster", shift_id=shift_id))


@bp.post("/organize/sign-ups/<int:sign_up_id>/cancel")
@access.needs(Role.FIELD_LEAD)
def cancel_for(sign_up_id: int) -> ResponseReturnValue:
    card = _card_of_sign_up(sign_up_id)
    _tell(
        lambda: services.cancel_sign_up(card.campaign_id, sign_up_id, by=current_user.id, now=clock.now()),
        _("Taken off the shift, and told by mail."),
    )
    return redirect(url_for("events.roster", shift_id=card.id))


@bp.post("/organize/sign-ups/<int:sign_up_id>/move")
@access.needs(Role.FIELD_LEAD)
def move(sign_up_id: int) -> ResponseReturnValue:
    card = _card_of_sign_up(sign_up_id)
    to = _card(request.form.get("to_shift_id", 0, type=int))
    _tell(
        lambda: services.move(card.campaign_id, sign_up_id, to.id, by=current_user.id, now=clock.now()),
        _("Moved, and told by mail."),
    )
    return redirect(url_for("events.roster", shift_id=card.id))


@bp.get("/organize/shifts/<int:shift_id>/cover")
@access.needs(Role.ORGANIZER)
def cover(shift_id: int) -> ResponseReturnValue:
    card = queries.shift_within(current_user.campaign_id, shift_id, pages.organizer_paths())
    found = queries.candidates(card, now=clock.now(), area_paths=pages.organizer_paths())
    return pages.page(
        "events/cover.html",
        pages.own_campaign(),
        card=card,
        state=card.state(clock.now()),
        candidates=found,
        suggested={each.person_id for each in found[: 2 * max(card.places_left, 0)]},  # half of them answer
        asked=queries.asked(shift_id),
    )


@bp.post("/organize/shifts/<int:shift_id>/cover")
@access.needs(Role.ORGANIZER)
def ask_for_cover(shift_id: int) -> ResponseReturnValue:
    card = queries.shift_within(current_user.campaign_id, shift_id, pages.organizer_paths())
    now = clock.now()
    suitable = {
        each.person_id for each in queries.candidates(card, now=now, area_paths=pages.organizer_paths())
    }
    chosen = [each for each in request.form.getlist("person_id", type=int) if each in suitable]
    try:
        with transaction():
            asked = services.ask_for_cover(card.campaign_id, shift_id, chosen, by=current_user.id, now=now)
    except Refusal as refusal:
        flash(str(refusal.sentence), "error")
    else:
        flash(ngettext("%(num)d person is asked by mail.", "%(num)d people are asked by mail.", asked), "ok")
    return redirect(url_for("events.cover", shift_id=shift_id))


@bp.post("/organize/shifts/<int:shift_id>/roster.csv")
@access.needs(Role.FIELD_LEAD)
def export_roster(shift_id: int) -> ResponseReturnValue:
    """The roster as a file; who took it is kept in the audit log."""
    card = _card(shift_id)
    lines = queries.roster(card.campaign_id, shift_id)
    with transaction():
        audit.record(
            "export.roster",
            campaign_id=card.campaign_id,
            by=current_user.id,
            subject=f"shift:{shift_id}",
            people=len(lines),
        )
    header = (
        "name",
        "email",
        "phone",
        "language",
        "state",
        "waiting_position",
        "attendance",
        "checked_in_at",
    )
    rows = [
        (
            line.name,
            line.email,
            line.phone,
            line.language,
            line.state,
            line.position,
            line.attendance,
            line.checked_in_at,
        )
        for line in lines
    ]
    return csv_response(f"roster-{card.event_name}-{card.starts_at:%Y-%m-%d}", header, rows)


def _tell(deed, done: str) -> None:  # type: ignore[no-untyped-def]
    """Do it in a transaction and flash what came of it."""
    try:
        with transaction():
            deed()
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        flash(str(refusal.sentence), "error")
    else:
        if done:
            flash(done, "ok")


def _card(shift_id: int) -> ShiftCard:
    return queries.shift_within(
        current_user.campaign_id, shift_id, pages.lead_paths(), person_id=current_user.id
    )


def _card_of_sign_up(sign_up_id: int) -> ShiftCard:
    mine = queries.my_sign_up(current_user.campaign_id, sign_up_id)
    return _card(mine.card.id)


def _matches(text: str, besides: set[int]) -> list[tuple[int, str, str]]:
    """(id, name, home) of people in the viewer's areas who are not on the shift yet."""
    found = people(current_user.campaign_id, pages.lead_paths(), PeopleFilter(text=text), 1)
    return [(row.id, row.name, row.home_text or "") for row in found.rows if row.id not in besides][:12]
