"""Volunteers as their leads and organizers see them: the list, one person, changes, the export."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import (
    Response,
    flash,
    get_template_attribute,
    redirect,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import func, select

from volunteer_hub.core import access, audit, clock, display
from volunteer_hub.core.access import Role, needs
from volunteer_hub.core.brief import briefly
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.exports import csv_lines
from volunteer_hub.core.refusals import NotFound, Refusal
from volunteer_hub.people import filter_words, queries, services, standing, timeline
from volunteer_hub.people.blueprint import bp
from volunteer_hub.people.filters import PeopleFilter, params_of, read_filter
from volunteer_hub.people.forms import (
    COMMON_LANGUAGES,
    MoveForm,
    NewPersonForm,
    PersonGrantForm,
    StaffProfileForm,
    options,
)
from volunteer_hub.people.forms_consents import ConsentsForm
from volunteer_hub.people.models import Campaign, Person
from volunteer_hub.people.places import UnknownPlace, home_of
from volunteer_hub.people.queries import PersonRow, pairs
from volunteer_hub.people.services import merging, passkeys, sessions, tags
from volunteer_hub.people.services.viewing import note_view
from volunteer_hub.people.vocabulary import (
    AREA_KINDS,
    LANGUAGES,
    ROLES,
    SKILLS,
    WEEKDAYS,
    language_name,
)
from volunteer_hub.people.wording import window_text

FILTERS_KEPT_S = 300.0
EXPORT_COLUMNS = (
    "name", "email", "phone", "home", "area", "role", "skills", "languages", "tags", "max_travel_km",
    "email_agreed", "text_agreed", "shifts_came", "shifts_missed", "joined_on",
)  # fmt: skip


@bp.get("/people")
@needs(Role.FIELD_LEAD)
def index() -> ResponseReturnValue:
    """The people of one's areas. A read in bulk, so it stands in the audit log."""
    paths = access.paths(current_user, Role.FIELD_LEAD)
    wanted = wanted_now()
    if not all(value for _key, value in request.args.items(multi=True)):
        return redirect(url_for("people.index", **params_of(wanted)))  # an address that one can share
    number, after = request.args.get("page", 1, type=int), request.args.get("after", type=int)
    page = queries.people(current_user.campaign_id, paths, wanted, number, after=after)
    areas = queries.area_choices(current_user.campaign_id, paths)
    with transaction():
        note_view(
            "view.volunteers", current_user.campaign_id, current_user.id,
            rows=len(page.rows), wanted=wanted, now=clock.now(),
        )  # fmt: skip
    return render_template(
        "people/index.html",
        page=page,
        wanted=wanted,
        params=params_of(wanted),
        after=after,
        **_drawn_briefly(wanted, areas),
        unknown_place=_unknown_place(wanted),
        chips=filter_words.chips(wanted, dict(areas)),
        segments=queries.segments(current_user.campaign_id, paths),
        roles=ROLES,
        skill_names={key: str(name) for key, name in SKILLS.items()},
        language_names={
            code: language_name(code) for code in {c for row in page.rows for c in row.languages}
        },
        some=_some,
    )


def _drawn_briefly(wanted: PeopleFilter, areas: list[tuple[int, str]]) -> dict[str, Markup]:
    """The folded filters and the choice of an area: half of a small page, and alike for all who look for
    words alone."""
    known_tags, bare = tags.known_tags(current_user.campaign_id), replace(wanted, text="")

    def drawn() -> dict[str, Markup]:
        filters = get_template_attribute("people/_filter.html", "filters")
        for_area = get_template_attribute("people/_filter.html", "for_area")
        return {
            "filters": filters(
                wanted=bare, areas=areas, known_tags=known_tags, unknown_place=_unknown_place(wanted),
                words=filter_words, skills=SKILLS, roles=ROLES, weekdays=WEEKDAYS,
                languages=_languages(wanted),
            ),
            "for_area": for_area(areas, wanted.area_id),
        }  # fmt: skip

    if bare != PeopleFilter():
        return drawn()
    key = (display.current_locale(), tuple(areas), tuple(known_tags))
    return briefly("people filters", key, drawn, for_s=FILTERS_KEPT_S)


def _some(keys: Iterable[str], names: Mapping[str, str]) -> str:
    return ", ".join(names.get(key, key) for key in keys)


@bp.post("/people/export")
@needs(Role.ORGANIZER)
def export() -> ResponseReturnValue:
    """The same list as CSV, streamed; safe to open in a spreadsheet, and in the audit log."""
    paths = access.paths(current_user, Role.ORGANIZER)
    wanted = wanted_now()
    query = queries.ids_query(current_user.campaign_id, paths, wanted)
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    with transaction():
        audit.record(
            "export.people", campaign_id=current_user.campaign_id, by=current_user.id, subject="people",
            rows=total, filter=wanted.kinds, area=wanted.area_id,
        )  # fmt: skip
    rows = queries.all_people(current_user.campaign_id, paths, wanted)
    zone = ZoneInfo(db.session.get_one(Campaign, current_user.campaign_id).time_zone)
    lines = csv_lines(EXPORT_COLUMNS, (_export_row(row, zone) for row in rows))
    response = Response(stream_with_context(lines), mimetype="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="volunteers.csv"'
    return response


@bp.post("/people/tags")
@needs(Role.ORGANIZER)
def tag_found() -> ResponseReturnValue:
    """Put a tag on everybody whom the present filter finds, or take it off."""
    wanted = wanted_now()
    found = queries.ids_query(current_user.campaign_id, access.paths(current_user, Role.ORGANIZER), wanted)
    name = request.form.get("tag_name", "")
    with transaction():
        if request.form.get("what") == "remove":
            count = tags.remove_tag(current_user.campaign_id, found, name, by=current_user.id)
            said = ngettext("Taken off %(num)s person.", "Taken off %(num)s people.", count)
        else:
            count = tags.add_tag(current_user.campaign_id, found, name, by=current_user.id)
            said = ngettext("Put on %(num)s person.", "Put on %(num)s people.", count)
    flash(said, "ok")
    return redirect(url_for("people.index", **params_of(wanted)))


def wanted_now() -> PeopleFilter:
    """The filter of the present request's address or form."""
    return read_filter(request.values.to_dict(flat=False))


def _unknown_place(wanted: PeopleFilter) -> str:
    """The sentence for a place that nobody can find; empty when all is well."""
    try:
        home_of(wanted.near) if wanted.near else None
    except UnknownPlace as unknown:
        return str(unknown.sentence)
    return ""


def _languages(wanted: PeopleFilter) -> list[tuple[str, str]]:
    shown = set(COMMON_LANGUAGES) | set(wanted.languages)
    return [(code, language_name(code)) for code in LANGUAGES if code in shown]


def _export_row(row: PersonRow, zone: ZoneInfo) -> list[Any]:
    return [
        row.name,
        row.email,
        f"'{row.phone}" if row.phone else "",  # as text: a spreadsheet drops the + of a number
        row.home_text or "",
        row.area_name,
        row.role.value,
        " ".join(row.skills),
        " ".join(row.languages),
        ", ".join(row.tags),
        row.max_travel_km,
        "yes" if row.has_email else "no",
        "yes" if row.has_text else "no",
        row.came,
        row.missed,
        clock.campaign_day(row.created_at, zone),
    ]


# ---- one person


@bp.get("/people/<int:person_id>")
@needs(Role.FIELD_LEAD)
def person(person_id: int) -> ResponseReturnValue:
    shown = queries.person_within(
        current_user.campaign_id, person_id, access.paths(current_user, Role.FIELD_LEAD)
    )
    if shown.merged_into_id is not None:
        return redirect(url_for("people.person", person_id=shown.merged_into_id))
    organized = access.paths(current_user, Role.ORGANIZER)
    may_organize = access.may(current_user, Role.ORGANIZER, shown.area.path)
    areas = queries.area_choices(current_user.campaign_id, organized)
    with transaction():
        audit.record(
            "read.person", campaign_id=shown.campaign_id, by=current_user.id, subject=f"person:{shown.id}"
        )
    moments, older = timeline.timeline(shown, _before())
    return render_template(
        "people/person.html",
        person=shown,
        consents=standing.of_person(shown.id),
        windows=queries.availability(shown.id),
        grants=queries.grants(shown.campaign_id, person_id=shown.id),
        may_organize=may_organize,
        grant_form=PersonGrantForm(up_to=_strongest(), areas=areas) if may_organize else None,
        move_form=MoveForm(areas=areas, data={"area_id": shown.area_id}) if may_organize else None,
        roles=ROLES,
        skills=SKILLS,
        kinds=AREA_KINDS,
        window_text=window_text,
        language_name=language_name,
        known_tags=tags.known_tags(shown.campaign_id),
        merges=pairs.merges_into(shown.id, clock.now(), merging.UNDONE_WITHIN),
        has_second_step=shown.totp_confirmed_at is not None or bool(passkeys.passkeys_of(shown.id)),
        moments=moments,
        older=older,
    )


@bp.post("/people/<int:person_id>/tags")
@needs(Role.ORGANIZER)
def tag_person(person_id: int) -> ResponseReturnValue:
    """Put a tag on one person, or take it off."""
    shown = _visible(person_id, Role.ORGANIZER)
    change = tags.remove_tag if request.form.get("what") == "remove" else tags.add_tag
    with transaction():
        change(shown.campaign_id, [shown.id], request.form.get("tag_name", ""), by=current_user.id)
    return redirect(url_for("people.person", person_id=person_id, _anchor="tags"))


def _before() -> datetime:
    """The instant in the address before which the timeline begins; else now."""
    try:
        asked = datetime.fromisoformat(request.args.get("before", ""))
    except ValueError:
        return clock.now()
    return asked if asked.tzinfo else clock.now()


def _visible(person_id: int, role: Role) -> Person:
    """Somebody of one's areas; whoever was merged into another is found there alone."""
    found = queries.person_within(current_user.campaign_id, person_id, access.paths(current_user, role))
    if found.merged_into_id is not None:
        raise NotFound()
    return found


def _strongest() -> Role:
    return access.highest(current_user) or Role.VOLUNTEER


def _changeable(person_id: int) -> Person:
    """A person in one's areas whose record one may change."""
    found = _visible(person_id, Role.ORGANIZER)
    services.require_over(found, current_user)
    return found


@bp.route("/people/new", methods=["GET", "POST"])
@needs(Role.ORGANIZER)
def new_person() -> ResponseReturnValue:
    areas = queries.area_choices(current_user.campaign_id, access.paths(current_user, Role.ORGANIZER))
    form = NewPersonForm(
        data={"max_travel_miles": 15, "shifts_wanted": 1, "languages": ["en"], "language": "en"}
    )
    form.area_id.choices = options(areas)
    if form.validate_on_submit():
        try:
            added = _add(form)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(_("%(name)s is added.", name=added.name), "ok")
            return redirect(url_for("people.person", person_id=added.id))
    return render_template("people/new_person.html", form=form), 422 if form.errors else 200


def _add(form: NewPersonForm) -> Person:
    with transaction():
        return services.add_person(
            current_user.campaign_id,
            form.area_id.data,
            form.email.data or "",
            form.profile(),
            now=clock.now(),
            via="staff",
            by=current_user.id,
            phone=form.phone.data or "",
            email_agreed=bool(form.email_agreed.data),
            text_agreed=bool(form.text_agreed.data),
            consent_via=form.agreed_via.data or None,
        )


@bp.route("/people/<int:person_id>/edit", methods=["GET", "POST"])
@needs(Role.ORGANIZER)
def edit_person(person_id: int) -> ResponseReturnValue:
    shown = _changeable(person_id)
    form = StaffProfileForm(obj=shown, spoken=tuple(shown.languages))
    if form.validate_on_submit():
        try:
            with transaction():
                services.edit_profile(shown, form.profile(), by=current_user.id, note=form.note.data or "")
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(_("Saved."), "ok")
            return redirect(url_for("people.person", person_id=shown.id))
    page = render_template("people/edit_person.html", form=form, person=shown)
    return page, 422 if form.errors else 200


@bp.post("/people/<int:person_id>/phone")
@needs(Role.ORGANIZER)
def change_phone(person_id: int) -> ResponseReturnValue:
    """Correct a phone number. A text to a new number needs a new yes from the person."""
    shown = _changeable(person_id)
    phone = ConsentsForm().phone.data or ""
    with transaction():
        services.change_phone(shown, phone, by=current_user.id, now=clock.now())
    flash(_("Saved."), "ok")
    return redirect(url_for("people.person", person_id=shown.id))


@bp.post("/people/<int:person_id>/move")
@needs(Role.ORGANIZER)
def move_person(person_id: int) -> ResponseReturnValue:
    shown = _visible(person_id, Role.ORGANIZER)
    area = queries.area_by_id(current_user.campaign_id, request.form.get("area_id", 0, type=int))
    with transaction():
        services.move_person(shown, area, by=current_user)
    flash(_("Moved to %(area)s.", area=area.name), "ok")
    return redirect(url_for("people.person", person_id=shown.id))


@bp.post("/people/<int:person_id>/active")
@needs(Role.ORGANIZER)
def set_active(person_id: int) -> ResponseReturnValue:
    shown = _changeable(person_id)
    is_active = request.form.get("is_active") == "yes"
    with transaction():
        services.set_active(shown, is_active, by=current_user.id, now=clock.now())
    flash(_("Taken in again.") if is_active else _("Set aside; they get no offers and cannot sign in."), "ok")
    return redirect(url_for("people.person", person_id=shown.id))


@bp.post("/people/<int:person_id>/sessions/end")
@needs(Role.ORGANIZER)
def end_sessions_of(person_id: int) -> ResponseReturnValue:
    shown = _changeable(person_id)
    with transaction():
        sessions.end_all(shown.campaign_id, shown.id, by=current_user.id, now=clock.now())
    flash(_("Signed out everywhere."), "ok")
    return redirect(url_for("people.person", person_id=shown.id))


@bp.post("/people/<int:person_id>/erase")
@needs(Role.ADMIN)
def erase_person(person_id: int) -> ResponseReturnValue:
    """Erase somebody who asked for it by another way than their own page."""
    shown = _visible(person_id, Role.ADMIN)
    with transaction():
        services.require_over(shown, current_user)
        services.erase(shown, by=current_user.id, now=clock.now())
    flash(_("Erased. Only counts remain."), "ok")
    return redirect(url_for("people.index"))
