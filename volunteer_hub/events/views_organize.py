"""Pages where organizers plan: events, their shifts, staging locations."""

from __future__ import annotations

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
from volunteer_hub.events import pages, queries, services
from volunteer_hub.events.blueprint import bp
from volunteer_hub.events.forms import EXAMPLE_NEED, EventForm, LocationForm, SeriesForm, ShiftForm
from volunteer_hub.events.models import Event, StagingLocation
from volunteer_hub.events.queries.planning import WHICH
from volunteer_hub.people.forms import options
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
    return pages.page("events/manage.html", campaign, found=found, which=which, text=text)


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
    return pages.page("events/event.html", pages.own_campaign(), event=row, shifts=shifts)


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
    with _told(_("Cancelled. Everybody who signed up gets a mail.")), transaction():
        services.cancel_event(current_user.campaign_id, event_id, now=clock.now())
    return redirect(url_for("events.event", event_id=event_id))


@bp.route("/organize/events/<int:event_id>/shifts/new", methods=["GET", "POST"])
@access.needs(Role.ORGANIZER)
def new_shifts(event_id: int) -> ResponseReturnValue:
    row = _event(event_id)
    campaign = pages.own_campaign()
    form = SeriesForm(**_choices())
    if not form.staging_location_id.choices:
        flash(_("First say where people meet: add a staging location."), "info")
        return redirect(url_for("events.new_location", next_event=event_id))
    if form.validate_on_submit():
        try:
            plans = form.plans(campaign.time_zone)
            with transaction():
                added = len(services.add_shifts(campaign.id, event_id, plans, now=clock.now()))
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(ngettext("%(num)d shift added.", "%(num)d shifts added.", added), "ok")
            return redirect(url_for("events.event", event_id=event_id))
    return _form_page("events/series_form.html", form, event=row)


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
    if form.validate_on_submit():
        try:
            with transaction():
                services.edit_shift(campaign.id, shift_id, form.plan(campaign.time_zone), now=clock.now())
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(_("Saved. If the time or place changed, everybody on the shift gets a mail."), "ok")
            return redirect(url_for("events.event", event_id=card.event_id))
    return _form_page("events/shift_form.html", form, card=card, booking=booking)


@bp.post("/organize/shifts/<int:shift_id>/cancel")
@access.needs(Role.ORGANIZER)
def cancel_shift(shift_id: int) -> ResponseReturnValue:
    card = queries.shift_within(current_user.campaign_id, shift_id, pages.organizer_paths())
    with _told(_("The shift is cancelled. Everybody on it gets a mail.")), transaction():
        services.cancel_shift(current_user.campaign_id, shift_id, now=clock.now())
    return redirect(url_for("events.event", event_id=card.event_id))


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
                services.add_location(current_user.campaign_id, plan)
        except Refusal as refusal:
            _refuse_location(form, refusal)
        else:
            flash(_("Added."), "ok")
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
            flash(_("Saved. If the name or address changed, everybody going there gets a mail."), "ok")
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
