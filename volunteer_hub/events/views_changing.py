"""Changing, copying and cancelling shifts, with a look at who is affected before anything is saved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from volunteer_hub.core import access, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import transaction
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.events import pages, queries, services
from volunteer_hub.events.blueprint import bp
from volunteer_hub.events.forms_organize import CancelForm, ChangeForm, CopyForm, CopyShiftForm
from volunteer_hub.events.models import Event
from volunteer_hub.events.queries import doubts, elsewhere
from volunteer_hub.events.queries.cards import ShiftCard
from volunteer_hub.events.queries.doubts import Planned
from volunteer_hub.events.queries.needs import choices
from volunteer_hub.events.queries.planning import shifts_ahead
from volunteer_hub.events.services.changing import KEEP, Change
from volunteer_hub.events.services.copying import Copy
from volunteer_hub.events.services.telling import SETTLES_IN, due_at
from volunteer_hub.events.wording import span_text
from volunteer_hub.people.forms import options
from volunteer_hub.people.models import Campaign


class _LookedAt(Exception):
    """Carries what a change would do out of its transaction, which is thereby taken back."""

    def __init__(self, people: int) -> None:
        super().__init__()
        self.people = people


@bp.route("/organize/events/<int:event_id>/change", methods=["GET", "POST"])
@access.needs(Role.ORGANIZER)
def change_shifts(event_id: int) -> ResponseReturnValue:
    """Many shifts of an event at once: first what it would do, then the deed."""
    event, campaign = _event(event_id), pages.own_campaign()
    shifts = shifts_ahead(event.campaign_id, event_id, now=clock.now())
    form = ChangeForm(
        locations=queries.location_choices(campaign.id, pages.organizer_paths()),
        leads=queries.lead_choices(campaign.id),
        data={"lead_id": KEEP},
    )
    chosen = _chosen(shifts)
    values: dict[str, Any] = {"event": event, "shifts": shifts, "chosen": chosen}
    if form.validate_on_submit():
        try:
            change = form.change()
            if request.form.get("do") == "save":
                return _changed(campaign, event_id, chosen, change)
            values |= _outlook(campaign, event_id, [row for row in shifts if row.id in chosen], change)
        except Refusal as refusal:
            values |= _refused(campaign, form, refusal, chosen)
    return _form_page("events/change_shifts.html", form, **values)


def _changed(campaign: Campaign, event_id: int, chosen: Sequence[int], change: Change) -> ResponseReturnValue:
    with transaction():
        people = _change(campaign, event_id, chosen, change)
    text = ngettext("%(num)d shift is changed.", "%(num)d shifts are changed.", len(chosen))
    if people:
        text += " " + ngettext(
            "%(num)d person is told in %(minutes)s minutes, once; until then you can correct it.",
            "%(num)d people are told in %(minutes)s minutes, once each; until then you can correct it.",
            people,
            minutes=round(SETTLES_IN.total_seconds() / 60),
        )
    flash(text, "ok")
    return redirect(url_for("events.event", event_id=event_id))


def _change(campaign: Campaign, event_id: int, chosen: Sequence[int], change: Change) -> int:
    return services.change_shifts(
        campaign.id, event_id, chosen, change, time_zone=campaign.time_zone, now=clock.now()
    )


def _outlook(campaign: Campaign, event_id: int, rows: Sequence[ShiftCard], change: Change) -> dict[str, Any]:
    """What the change would do: it is made and taken back, so that it says what saving would say."""
    chosen = [row.id for row in rows]
    far = doubts.far_moved(chosen, change.staging_location_id) if change.staging_location_id else []
    try:
        with transaction():
            people = _change(campaign, event_id, chosen, change)
            found = _doubts(campaign, chosen)
            raise _LookedAt(people)
    except _LookedAt as look:
        return {"looked_at": True, "people": look.people, "doubts": found + far}


def _doubts(campaign: Campaign, chosen: Sequence[int]) -> list[str]:
    """Oddities of the shifts as they are in this transaction."""
    cards = queries.shift_cards(campaign.id, chosen).values()
    planned = [Planned(card.id, card.starts_at, card.ends_at, card.lead_id) for card in cards]
    return doubts.double_booked(campaign.id, planned, campaign.time_zone)


def _refused(campaign: Campaign, form: ChangeForm, refusal: Refusal, chosen: Sequence[int]) -> dict[str, Any]:
    """The sentence at the form; for too few places also who would lose one."""
    if refusal.field == "shifts":
        refusal.field = None
    form.refuse(refusal)
    if not form.capacity.data:
        return {}
    return {"doubts": doubts.without_place(chosen, form.capacity.data, campaign.time_zone)}


@bp.route("/organize/events/<int:event_id>/copy", methods=["GET", "POST"])
@access.needs(Role.ORGANIZER)
def copy_event(event_id: int) -> ResponseReturnValue:
    """An event's shifts on other days, in another place or area."""
    event, campaign = _event(event_id), pages.own_campaign()
    shifts = list(queries.shifts_of_event(event.campaign_id, event_id, per_page=200).rows)
    areas = choices(campaign.id, pages.organizer_paths()).areas
    form = CopyForm(
        locations=queries.location_choices(campaign.id, pages.organizer_paths()),
        data={"name": event.name, "area_id": event.area_id},
    )
    form.area_id.choices = options((_area_of(path), name) for path, name in areas)
    chosen = _chosen(shifts) if request.method == "POST" else [row.id for row in shifts]
    if form.validate_on_submit():
        try:
            with transaction():
                into = services.copy_shifts(
                    campaign.id,
                    event_id,
                    chosen,
                    _copy_of(form),
                    time_zone=campaign.time_zone,
                    now=clock.now(),
                ).id
        except Refusal as refusal:
            refusal.field = None if refusal.field == "shifts" else refusal.field
            form.refuse(refusal)
        else:
            flash(_("Copied. Look at the days, then publish it."), "ok")
            return redirect(url_for("events.event", event_id=into))
    return _form_page("events/copy_event.html", form, event=event, shifts=shifts, chosen=chosen)


def _copy_of(form: CopyForm) -> Copy:
    is_new = form.into.data == "new"
    return Copy(
        first_on=form.first_on.data,
        name=form.name.data or "",
        area_id=form.area_id.data if is_new else None,
        staging_location_id=form.staging_location_id.data or None,
        host_id=current_user.id,
    )


@bp.route("/organize/shifts/<int:shift_id>/copy", methods=["GET", "POST"])
@access.needs(Role.ORGANIZER)
def copy_shift(shift_id: int) -> ResponseReturnValue:
    """The same shift on other days, too."""
    campaign, card = pages.own_campaign(), _card(shift_id)
    form = CopyShiftForm()
    if form.validate_on_submit():
        try:
            days = form.days()
            with transaction():
                added = len(
                    services.copy_shift_to(
                        campaign.id, shift_id, days, time_zone=campaign.time_zone, now=clock.now()
                    )
                )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(ngettext("%(num)d shift added.", "%(num)d shifts added.", added), "ok")
            return redirect(url_for("events.event", event_id=card.event_id))
    return _form_page("events/copy_shift.html", form, card=card)


@bp.route("/organize/shifts/<int:shift_id>/call-off", methods=["GET", "POST"])
@access.needs(Role.ORGANIZER)
def cancel_or_merge(shift_id: int) -> ResponseReturnValue:
    """Cancel a shift with a reason, or put its people onto another one first."""
    campaign, card = pages.own_campaign(), _card(shift_id)
    near = elsewhere.open_near(card, now=clock.now(), limit=10)
    others = [each for each in near if access.may(current_user, Role.ORGANIZER, each.area_path)]
    form = CancelForm(others=[_other(each, campaign) for each in others])
    if form.validate_on_submit():
        try:
            _call_off(campaign.id, shift_id, form)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return redirect(url_for("events.event", event_id=card.event_id))
    return _form_page("events/call_off.html", form, card=card, minutes=_minutes_to_undo(card.starts_at))


def _call_off(campaign_id: int, shift_id: int, form: CancelForm) -> None:
    why, to_shift_id, now = form.why.data or "", form.to_shift_id.data, clock.now()
    if not to_shift_id:
        with transaction():
            services.cancel_shift(campaign_id, shift_id, now=now, why=why)
        flash(_("The shift is cancelled. You can undo it here before anybody is told."), "ok")
        return
    with transaction():
        moved, left = services.merge_shift(
            campaign_id, shift_id, to_shift_id, by=current_user.id, now=now, why=why
        )
    flash(ngettext("%(num)d person moved over.", "%(num)d people moved over.", moved), "ok")
    if left:
        text = ngettext(
            "%(num)d person goes elsewhere at that time or lacks what is asked for: they are told that it is "
            "cancelled.",
            "%(num)d people go elsewhere at that time or lack what is asked for: they are told that it is "
            "cancelled.",
            left,
        )
        flash(text, "info")


@bp.post("/organize/shifts/<int:shift_id>/undo")
@access.needs(Role.ORGANIZER)
def undo_cancel_shift(shift_id: int) -> ResponseReturnValue:
    """The shift takes place after all."""
    card = _card(shift_id)
    _undo(services.undo_cancel_shift, card.campaign_id, shift_id)
    return redirect(url_for("events.event", event_id=card.event_id))


@bp.post("/organize/events/<int:event_id>/undo")
@access.needs(Role.ORGANIZER)
def undo_cancel_event(event_id: int) -> ResponseReturnValue:
    """The event takes place after all, with the shifts that were cancelled with it."""
    _undo(services.undo_cancel_event, _event(event_id).campaign_id, event_id)
    return redirect(url_for("events.event", event_id=event_id))


def _undo(deed: Any, campaign_id: int, row_id: int) -> None:
    held_by = current_app.extensions["places_held"]
    try:
        with transaction():
            lost = deed(campaign_id, row_id, held_by=held_by, now=clock.now())
    except Refusal as refusal:
        flash(str(refusal.sentence), "error")
        return
    flash(_("Undone: it takes place, and nobody is told of a cancellation."), "ok")
    if lost:
        text = ngettext(
            "%(num)d person signed up elsewhere meanwhile and stays off.",
            "%(num)d people signed up elsewhere meanwhile and stay off.",
            lost,
        )
        flash(text, "info")


def _minutes_to_undo(starts_at: datetime) -> int:
    now = clock.now()
    return round((due_at(starts_at, now) - now).total_seconds() / 60)


def _chosen(shifts: Sequence[ShiftCard]) -> list[int]:
    ids = set(request.form.getlist("shift", type=int))
    return [row.id for row in shifts if row.id in ids]


def _other(card: ShiftCard, campaign: Campaign) -> tuple[int, str]:
    when = span_text(card.starts_at, card.ends_at, str(ZoneInfo(campaign.time_zone)))
    left = ngettext("%(num)d place left", "%(num)d places left", card.places_left)
    return card.id, _(
        "move to %(shift)s (%(left)s)", shift=f"{card.event_name}, {when}, {card.location_name}", left=left
    )


def _area_of(path: str) -> int:
    return int(path.rstrip("/").rpartition("/")[2])


def _event(event_id: int) -> Event:
    return queries.event_within(current_user.campaign_id, event_id, pages.organizer_paths())


def _card(shift_id: int) -> ShiftCard:
    return queries.shift_within(current_user.campaign_id, shift_id, pages.organizer_paths())


def _form_page(template: str, form: Any, **values: Any) -> ResponseReturnValue:
    status = 422 if form.errors or form.form_errors else 200
    return pages.page(template, pages.own_campaign(), form=form, **values), status
