"""Areas, roles, the campaign's settings and the audit log."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from volunteer_hub.core import access, clock
from volunteer_hub.core.access import Role, needs
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.refusals import NotFound, Refusal
from volunteer_hub.people import queries, services
from volunteer_hub.people.blueprint import bp
from volunteer_hub.people.contact import normal_email
from volunteer_hub.people.forms import AreaForm, GrantForm, RenameForm, SettingsForm
from volunteer_hub.people.identity import policy_of
from volunteer_hub.people.models import Area, Campaign, Person, RoleGrant
from volunteer_hub.people.vocabulary import AREA_KINDS, ROLES


class NobodyThere(Refusal):
    """No active person in one's areas has this address."""

    def __init__(self) -> None:
        super().__init__(
            _l("Nobody in your areas has this email. Add them as a volunteer first."), field="email"
        )


@bp.get("/areas")
@needs(Role.ORGANIZER)
def areas() -> ResponseReturnValue:
    """The tree of one's areas, with who has which role where."""
    paths = access.paths(current_user, Role.ORGANIZER)
    given: dict[int, list[queries.GrantRow]] = {}
    for row in queries.grants(current_user.campaign_id, area_paths=paths):
        given.setdefault(row.area_id, []).append(row)
    return render_template(
        "people/areas.html",
        areas=queries.areas(current_user.campaign_id, paths),
        grants=given,
        kinds=AREA_KINDS,
        roles=ROLES,
    )


@bp.get("/areas/<int:area_id>")
@needs(Role.ORGANIZER)
def area(area_id: int) -> ResponseReturnValue:
    return _area_page(_my_area(area_id))


def _my_area(area_id: int) -> Area:
    found = queries.area_by_id(current_user.campaign_id, area_id)
    if not access.may(current_user, Role.ORGANIZER, found.path):
        raise NotFound()
    return found


def _area_page(
    shown: Area,
    *,
    add: AreaForm | None = None,
    rename: RenameForm | None = None,
    grant: GrantForm | None = None,
) -> str:
    paths = [shown.path]
    may_add = shown.kind != list(AREA_KINDS)[-1]
    return render_template(
        "people/area.html",
        area=shown,
        above=_above(shown),
        below=queries.areas(current_user.campaign_id, paths)[1:],
        grants=[
            row
            for row in queries.grants(current_user.campaign_id, area_paths=paths)
            if row.area_id == shown.id
        ],
        counts=queries.counts(current_user.campaign_id, paths),
        add_form=(add or AreaForm(below=shown.kind, formdata=None, prefix="add")) if may_add else None,
        rename_form=rename or RenameForm(formdata=None, data={"name": shown.name}, prefix="rename"),
        grant_form=grant or GrantForm(up_to=_strongest_in(shown), formdata=None, prefix="grant"),
        kinds=AREA_KINDS,
        roles=ROLES,
    )


def _above(shown: Area) -> list[tuple[str, str]]:
    """The areas above that the viewer may open, as breadcrumbs."""
    paths = access.paths(current_user, Role.ORGANIZER)
    rows = [
        row
        for row in queries.areas(current_user.campaign_id, paths)
        if shown.path.startswith(row.path) and row.id != shown.id
    ]
    return [(row.name, url_for("people.area", area_id=row.id)) for row in rows]


def _strongest_in(shown: Area) -> Role:
    return max(
        (role for role in Role if access.may(current_user, role, shown.path)), key=lambda role: role.rank
    )


@bp.post("/areas/<int:area_id>/add")
@needs(Role.ORGANIZER)
def add_area(area_id: int) -> ResponseReturnValue:
    parent = _my_area(area_id)
    form = AreaForm(below=parent.kind, prefix="add")
    if form.validate_on_submit():
        try:
            with transaction():
                added = services.add_area(parent, form.kind.data, form.name.data or "", by=current_user)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(_("%(name)s is added.", name=added.name), "ok")
            return redirect(url_for("people.area", area_id=added.id))
    return _area_page(parent, add=form), 422


@bp.post("/areas/<int:area_id>/rename")
@needs(Role.ORGANIZER)
def rename_area(area_id: int) -> ResponseReturnValue:
    shown = _my_area(area_id)
    form = RenameForm(prefix="rename")
    if form.validate_on_submit():
        try:
            with transaction():
                services.rename_area(shown, form.name.data or "", by=current_user)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(_("Saved."), "ok")
            return redirect(url_for("people.area", area_id=shown.id))
    return _area_page(shown, rename=form), 422


@bp.post("/areas/<int:area_id>/remove")
@needs(Role.ORGANIZER)
def remove_area(area_id: int) -> ResponseReturnValue:
    shown = _my_area(area_id)
    name = shown.name
    with transaction():
        services.remove_area(shown, by=current_user)
    flash(_("%(name)s is removed.", name=name), "ok")
    return redirect(url_for("people.areas"))


@bp.post("/areas/<int:area_id>/roles")
@needs(Role.ORGANIZER)
def grant_role(area_id: int) -> ResponseReturnValue:
    """Give a role in this area to the person with an email."""
    shown = _my_area(area_id)
    form = GrantForm(up_to=_strongest_in(shown), prefix="grant")
    if form.validate_on_submit():
        try:
            found = _person_with(normal_email(form.email.data or ""))
            with transaction():
                services.grant(found, Role(form.role.data), shown, by=current_user, now=clock.now())
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(_("%(name)s has the role now.", name=found.name), "ok")
            return redirect(url_for("people.area", area_id=shown.id))
    return _area_page(shown, grant=form), 422


def _person_with(email: str) -> Person:
    found = queries.person_with_email(current_user.campaign_id, email)
    paths = access.paths(current_user, Role.ORGANIZER)
    if found is None or not any(found.area.path.startswith(path) for path in paths):
        raise NobodyThere()
    return found


@bp.post("/people/<int:person_id>/roles")
@needs(Role.ORGANIZER)
def grant_role_to(person_id: int) -> ResponseReturnValue:
    """Give this person a role in an area to choose."""
    paths = access.paths(current_user, Role.ORGANIZER)
    found = queries.person_within(current_user.campaign_id, person_id, paths)
    shown = _my_area(request.form.get("area_id", 0, type=int))
    role = request.form.get("role", "")
    if role not in list(Role):
        raise Refusal(_("Choose a role."))
    with transaction():
        services.grant(found, Role(role), shown, by=current_user, now=clock.now())
    flash(_("%(name)s has the role now.", name=found.name), "ok")
    return redirect(url_for("people.person", person_id=found.id))


@bp.post("/roles/<int:grant_id>/revoke")
@needs(Role.ORGANIZER)
def revoke_role(grant_id: int) -> ResponseReturnValue:
    given: RoleGrant = access.in_campaign(RoleGrant, grant_id, current_user.campaign_id)
    shown = _my_area(given.area_id)
    with transaction():
        services.revoke(given, by=current_user)
    flash(_("The role is taken back."), "ok")
    return redirect(url_for("people.area", area_id=shown.id))


@bp.route("/campaign", methods=["GET", "POST"])
@needs(Role.ADMIN)
def campaign_settings() -> ResponseReturnValue:
    access.require(current_user, Role.ADMIN, queries.root_area(current_user.campaign_id).path)
    campaign = db.session.get_one(Campaign, current_user.campaign_id)
    form = SettingsForm(obj=campaign, data={"second_factor": policy_of(campaign)})
    if form.validate_on_submit():
        try:
            with transaction():
                services.change_settings(campaign, form.settings(), by=current_user.id)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(_("Saved."), "ok")
            return redirect(url_for("people.campaign_settings"))
    return render_template("people/campaign.html", form=form, campaign=campaign), 422 if form.errors else 200


@bp.get("/audit")
@needs(Role.ADMIN)
def audit_log() -> ResponseReturnValue:
    """Who saw what in bulk, and who changed whose rights."""
    access.require(current_user, Role.ADMIN, queries.root_area(current_user.campaign_id).path)
    day = request.args.get("day", "")
    from_at = _start_of(day)
    actions = queries.audit_actions(current_user.campaign_id)
    action = request.args.get("action", "")
    page = queries.audit_log(
        current_user.campaign_id,
        action=action if action in actions else "",
        actor_id=request.args.get("person", type=int),
        from_at=from_at,
        until_at=from_at + timedelta(days=1) if from_at else None,
        number=request.args.get("page", 1, type=int),
    )
    return render_template(
        "people/audit_log.html",
        page=page,
        action_choices=[(each, each) for each in actions],
        action=action,
        person=request.args.get("person", type=int),
        day=day if from_at else "",
    )


def _start_of(day: str) -> datetime | None:
    """The first instant of a day in the viewer's zone; None for what is no day."""
    try:
        return datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=ZoneInfo(current_user.time_zone))
    except ValueError:
        return None
