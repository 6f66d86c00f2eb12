"""Pages where organizers plan: events, their shifts, staging locations."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from wtforms.fields.choices import SelectChoice

from volunteer_hub.core import access, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import transaction
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.events import pages, queries, services, wanting
from volunteer_hub.events.blueprint import bp
from volunteer_hub.events.forms import EXAMPLE_NEED, EventForm, LocationForm, ShiftForm
from volunteer_hub.events.forms_organize import RepeatForm
from volunteer_hub.events.found_by import way_text
from volunteer_hub.events.models import Event, StagingLocation
from volunteer_hub.events.plans import ShiftPlan
from volunteer_hub.events.queries import doubts
from volunteer_hub.events.queries.doubts import Planned
from volunteer_hub.events.queries.planning import WHICH
from volunteer_hub.events.services.changing import people_to_tell
from volunteer_hub.people.forms import options
from volunteer_hub.people.models import Campaign
from volunteer_hub.people.queries import areas


@bp.get("/organize/events")
@access.needs(Role.ORGANIZER)
def manage() -> ResponseReturnValue:
    campaign = pages.own_campaign()
    which = request.args.get("which", "upcoming")
    which = which if which in WHICH else "upcoming"
    text = request.args.get("q", "").strip()[:100]
    found = queries.events(
        campaign.id,
        pages.organizer_paths(),
        which=which,
        now=clock.now(),
        number=request.args.get("page", 1, type=int),
        text=text,
    )
    return pages.page(
        "events/manage.html", campaign, found=found, which=which, text=text, filters=wanting.chosen()
    )


@bp.route("/organize/events/new", methods=["GET", "POST"])
@access.needs(Role.ORGANIZER)
def new_event() -> ResponseReturnValue:
    campaign = pages.own_campaign()
    form = _event_form(None)
    if form.validate_on_submit():
        try:
            with transaction():
                event_id = services.add_event(campaign.id, form.plan(current_user.id), now=clock.now()).id
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(_("The event is a draft. Add its shifts, then publish it."), "ok")
            return redirect(url_for("events.new_shifts", event_id=event_id))
    return _form_page("events/event_form.html", form, event=None)


@bp.route("/organize/events/<int:event_id>/edit", methods=["GET", "POST"])
@access.needs(Role.ORGANIZER)
def edit_event(event_id: int) -> ResponseReturnValue:
    event = _event(event_id)
    form = _event_form(event)
    if form.validate_on_submit():
        try:
            with transaction():
                host_id = event.host_id or current_user.id
                services.edit_event(current_user.campaign_id, event_id, form.plan(host_id))
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(_("Saved."), "ok")
            return redirect(url_for("events.event", event_id=event_id))
    return _form_page("events/event_form.html", form, event=_event(event_id))


@bp.get("/organize/events/<int:event_id>")
@access.needs(Role.ORGANIZER)
def event(event_id: int) -> ResponseReturnValue:
    row = _event(event_id)
    shifts = queries.shifts_of_event(row.campaign_id, event_id, number=request.args.get("page", 1, type=int))
    return pages.page(
        "events/event.html",
        pages.own_campaign(),
        event=row,
        shifts=shifts,
        pending=people_to_tell([shift.id for shift in shifts.rows]),
        ways=queries.ways_to(row.campaign_id, event_id),
        way_text=way_text,
        can_undo=lambda cancelled_at: services.can_undo_cancelling(cancelled_at, now=clock.now()),
    )


@bp.post("/organize/events/<int:event_id>/publish")
@access.needs(Role.ORGANIZER)
def publish_event(event_id: int) -> ResponseReturnValue:
    _event(event_id)
    with _told(_("Published: people can sign up now.")), transaction():
        services.publish_event(current_user.campaign_id, event_id)
    return redirect(url_for("events.event", event_id=event_id))


@bp.post("/organize/events/<int:event_id>/cancel")
@access.needs(Role.ORGANIZER)
def cancel_event(event_id: int) -> ResponseReturnValue:
    _event(event_id)
    why = request.form.get("why", "").strip()[:2000]
    with _told(_("Cancelled. You can undo it here before anybody is told.")), transaction():
        services.cancel_event(current_user.campaign_id, event_id, now=clock.now(), why=why)
    return redirect(url_for("events.event", event_id=event_id))


@bp.route("/organize/events/<int:event_id>/shifts/new", methods=["GET", "POST"])
@access.needs(Role.ORGANIZER)
def new_shifts(event_id: int) -> ResponseReturnValue:
    row = _event(event_id)
    campaign = pages.own_campaign()
    form = RepeatForm(**_choices())
    if not form.staging_location_id.choices:
        flash(_("First say where people meet: add a staging location."), "info")
        return redirect(url_for("events.new_location", next_event=event_id))
    form.leave_out.choices = []
    plans: list[ShiftPlan] = []
    if request.method == "POST":
        with suppress(Refusal):
            form.offer_days()  # what cannot be read is told below
    if form.validate_on_submit():
        try:
            plans = form.plans(campaign.time_zone)
            if request.form.get("do") != "look":
                with transaction():
                    added = len(services.add_shifts(campaign.id, event_id, plans, now=clock.now()))
                flash(ngettext("%(num)d shift added.", "%(num)d shifts added.", added), "ok")
                _warn(campaign, [_planned(0, plan) for plan in plans])
                return redirect(url_for("events.event", event_id=event_id))
        except Refusal as refusal:
            form.refuse(refusal)
    looked_at = _looked_at(form, campaign, plans) if plans and not form.errors else {}
    return _form_page("events/series_form.html", form, event=row, **looked_at)


def _looked_at(form: RepeatForm, campaign: Campaign, plans: list[ShiftPlan]) -> dict[str, Any]:
    """The days of a series as they would be, each of which can be left out, and what is odd about them."""
    zone, left_out = ZoneInfo(campaign.time_zone), set(form.leave_out.data or ())
    times: dict[date, list[ShiftPlan]] = {}
    for plan in plans:
        times.setdefault(plan.starts_at.astimezone(zone).date(), []).append(plan)
    planned = [_planned(0, plan) for plan in plans]
    return {
        "days": [(day, day.isoformat() in left_out, times.get(day, [])) for day in form.days()],
        "plans": plans,
        "doubts": doubts.double_booked(campaign.id, planned, campaign.time_zone),
    }


def _planned(shift_id: int, plan: ShiftPlan) -> Planned:
    return Planned(shift_id, plan.starts_at, plan.ends_at, plan.lead_id)


def _warn(campaign: Campaign, planned: list[Planned]) -> None:
    """Say after saving what is odd: a lead at two shifts at once."""
    for sentence in doubts.double_booked(campaign.id, planned, campaign.time_zone):
        flash(sentence, "warning")


def _warn_of_place(campaign_id: int, location_id: int) -> None:
    sentence = doubts.outside_districts(campaign_id, location_id)
    if sentence:
        flash(sentence, "warning")


@bp.route("/organize/shifts/<int:shift_id>/edit", methods=["GET", "POST"])
@access.needs(Role.ORGANIZER)
def edit_shift(shift_id: int) -> ResponseReturnValue:
    campaign = pages.own_campaign()
    card = queries.shift_within(campaign.id, shift_id, pages.organizer_paths())
    zone = ZoneInfo(campaign.time_zone)
    starts, ends = card.starts_at.astimezone(zone), card.ends_at.astimezone(zone)
    booking = queries.booking_of(shift_id)
    filled: dict[str, Any] = {
        "day": starts.date(),
        "starts": starts.time(),
        "ends": ends.time(),
        "staging_location_id": card.location_id,
        "capacity": booking.needed or card.capacity,
        "short_risk": f"{booking.short_risk:g}" if booking.short_risk else "",
        "room": booking.room,
        "lead_id": card.lead_id or 0,
        "skills": list(card.skills),
        "languages": list(card.languages),
        "notes": card.notes,
    }
    form = ShiftForm(data=filled, **_choices(card.languages))
    odd: list[str] = []
    if form.validate_on_submit():
        try:
            plan = form.plan(campaign.time_zone)
            with transaction():
                services.edit_shift(campaign.id, shift_id, plan, now=clock.now())
        except Refusal as refusal:
            form.refuse(refusal)
            if refusal.field == "capacity" and form.capacity.data:
                odd = doubts.without_place([shift_id], form.capacity.data, campaign.time_zone)
        else:
            text = _("Saved. If the time or place changed, everybody on it gets one mail in some minutes.")
            flash(text, "ok")
            _warn(campaign, [_planned(shift_id, plan)])
            return redirect(url_for("events.event", event_id=card.event_id))
    return _form_page("events/shift_form.html", form, card=card, booking=booking, doubts=odd)


@bp.get("/organize/locations")
@access.needs(Role.ORGANIZER)
def locations() -> ResponseReturnValue:
    campaign = pages.own_campaign()
    found = queries.locations(
        campaign.id, pages.organizer_paths(), now=clock.now(), number=request.args.get("page", 1, type=int)
    )
    return pages.page("events/locations.html", campaign, found=found)


@bp.route("/organize/locations/new", methods=["GET", "POST"])
@access.needs(Role.ORGANIZER)
def new_location() -> ResponseReturnValue:
    form = _location_form(None)
    next_event = request.args.get("next_event", type=int)
    if form.validate_on_submit():
        try:
            plan = form.plan()
            with transaction():
                location_id = services.add_location(current_user.campaign_id, plan).id
        except Refusal as refusal:
            _refuse_location(form, refusal)
        else:
            flash(_("Added."), "ok")
            _warn_of_place(current_user.campaign_id, location_id)
            if next_event:
                return redirect(url_for("events.new_shifts", event_id=next_event))
            return redirect(url_for("events.locations"))
    return _form_page("events/location_form.html", form, location=None)


@bp.route("/organize/locations/<int:location_id>/edit", methods=["GET", "POST"])
@access.needs(Role.ORGANIZER)
def edit_location(location_id: int) -> ResponseReturnValue:
    campaign_id, paths = current_user.campaign_id, pages.organizer_paths()
    location = queries.location_within(campaign_id, location_id, paths)
    form = _location_form(location)
    if form.validate_on_submit():
        try:
            plan = form.plan()
            with transaction():
                services.edit_location(campaign_id, location_id, plan, now=clock.now())
        except Refusal as refusal:
            _refuse_location(form, refusal)
        else:
            text = _(
                "Saved. If name or address changed, everybody going there gets one mail in some minutes."
            )
            flash(text, "ok")
            _warn_of_place(campaign_id, location_id)
            return redirect(url_for("events.locations"))
    location = queries.location_within(campaign_id, location_id, paths)
    return _form_page("events/location_form.html", form, location=location)


class _told:
    """Flash what came of a deed: `done`, or the sentence of a refusal. Missing rows stay missing pages."""

    def __init__(self, done: str) -> None:
        self.done = done

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        if error is None:
            flash(self.done, "ok")
            return False
        if isinstance(error, Refusal) and error.status != 404:
            flash(str(error.sentence), "error")
            return True
        return False


def _event(event_id: int) -> Event:
    return queries.event_within(current_user.campaign_id, event_id, pages.organizer_paths())


def _area_choices() -> list[SelectChoice]:
    rows = areas(current_user.campaign_id, pages.organizer_paths())
    return options((row.id, "\u2003" * row.depth + row.name) for row in rows)


def _event_form(event: Event | None) -> EventForm:
    form = EventForm(obj=event) if event else EventForm()
    form.area_id.choices = _area_choices()
    if event and request.method == "GET":
        form.is_public.data = "yes" if event.is_public else "no"
    return form


def _location_form(location: StagingLocation | None) -> LocationForm:
    form = LocationForm(obj=location) if location else LocationForm()
    form.area_id.choices = _area_choices()
    if location and request.method == "GET":
        form.is_accessible.data = {True: "yes", False: "no"}.get(location.is_accessible, "")  # type: ignore[arg-type]
    return form


def _refuse_location(form: LocationForm, refusal: Refusal) -> None:
    """People's refusal speaks of a home; here it is the address of the place."""
    if refusal.field == "home_text":
        refusal.field = "address"
    form.refuse(refusal)


def _choices(spoken: tuple[str, ...] = ()) -> dict[str, Any]:
    paths = pages.organizer_paths()
    return {
        "locations": queries.location_choices(current_user.campaign_id, paths),
        "leads": queries.lead_choices(current_user.campaign_id),
        "spoken": spoken,
        "overbook": services.overbooking_examples(current_user.campaign_id, EXAMPLE_NEED),
    }


def _form_page(template: str, form: Any, **values: Any) -> ResponseReturnValue:
    status = 422 if form.errors else 200
    return pages.page(template, pages.own_campaign(), form=form, **values), status
