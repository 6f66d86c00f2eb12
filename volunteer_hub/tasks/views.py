"""Pages of tasks: the list, one task with taking and reporting, and the organizers' editor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from volunteer_hub.core import access, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.people.forms import COMMON_LANGUAGES, options
from volunteer_hub.people.models import Campaign
from volunteer_hub.people.queries import areas
from volunteer_hub.people.vocabulary import LANGUAGES, SKILLS, language_choices, language_name
from volunteer_hub.tasks import queries, services
from volunteer_hub.tasks.forms import DoneForm, TaskForm
from volunteer_hub.tasks.queries import TaskSearch
from volunteer_hub.tasks.vocabulary import KINDS

bp = Blueprint("tasks", __name__)


@bp.get("/tasks")
@access.signed_in
def index() -> ResponseReturnValue:
    kind, language = request.args.get("kind", ""), request.args.get("language", "")
    wanted = TaskSearch(
        kind=kind if kind in KINDS else "",
        language=language if language in LANGUAGES else "",
        for_me=request.args.get("for_me") == "1",
    )
    return _page(
        "tasks/list.html",
        wanted=wanted,
        mine=queries.my_tasks(current_user.campaign_id, current_user.id),
        found=queries.open_tasks(
            current_user.campaign_id,
            current_user.id,
            wanted,
            now=clock.now(),
            number=request.args.get("page", 1, type=int),
        ),
        languages=[each for each in language_choices() if each[0] in COMMON_LANGUAGES],
    )


@bp.get("/tasks/<int:task_id>")
@access.signed_in
def task(task_id: int) -> ResponseReturnValue:
    row = queries.task(current_user.campaign_id, task_id, current_user.id)
    may_edit = access.may(current_user, Role.ORGANIZER, row.area_path)
    helpers = queries.helpers(current_user.campaign_id, task_id) if may_edit else []
    return _page("tasks/task.html", task=row, form=DoneForm(), helpers=helpers, may_edit=may_edit)


@bp.post("/tasks/<int:task_id>/take")
@access.signed_in
def take(task_id: int) -> ResponseReturnValue:
    return _do(
        task_id,
        lambda: services.take(current_user.campaign_id, current_user.id, task_id, now=clock.now()),
        _("It is yours. Thank you!"),
    )


@bp.post("/tasks/<int:task_id>/give-back")
@access.signed_in
def give_back(task_id: int) -> ResponseReturnValue:
    return _do(
        task_id,
        lambda: services.give_back(current_user.campaign_id, current_user.id, task_id),
        _("Given back, so that somebody else can take it."),
    )


@bp.post("/tasks/<int:task_id>/done")
@access.signed_in
def done(task_id: int) -> ResponseReturnValue:
    note = request.form.get("note", "").replace("\x00", "").strip()
    return _do(
        task_id,
        lambda: services.report_done(
            current_user.campaign_id, current_user.id, task_id, note=note, now=clock.now()
        ),
        _("Done. Thank you!"),
    )


@bp.post("/tasks/<int:task_id>/not-done")
@access.signed_in
def not_done(task_id: int) -> ResponseReturnValue:
    return _do(
        task_id,
        lambda: services.undo_done(current_user.campaign_id, current_user.id, task_id),
        _("Taken back: it is yours again."),
    )


@bp.get("/organize/tasks")
@access.needs(Role.ORGANIZER)
def manage() -> ResponseReturnValue:
    state = request.args.get("state", "open")
    state = state if state in ("open", "done", "cancelled") else "open"
    text = request.args.get("q", "").strip()[:100]
    found = queries.tasks(
        current_user.campaign_id,
        _paths(),
        state=state,
        number=request.args.get("page", 1, type=int),
        text=text,
    )
    return _page("tasks/manage.html", found=found, state=state, text=text)


@bp.route("/organize/tasks/new", methods=["GET", "POST"])
@access.needs(Role.ORGANIZER)
def new() -> ResponseReturnValue:
    form = _form()
    campaign = _campaign()
    if form.validate_on_submit():
        try:
            with transaction():
                services.add_task(
                    campaign.id, form.plan(campaign.time_zone), by=current_user.id, now=clock.now()
                )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(_("Added. Volunteers see it now."), "ok")
            return redirect(url_for("tasks.manage"))
    return _page("tasks/form.html", form=form, task=None), 422 if form.errors else 200


@bp.route("/organize/tasks/<int:task_id>/edit", methods=["GET", "POST"])
@access.needs(Role.ORGANIZER)
def edit(task_id: int) -> ResponseReturnValue:
    row = queries.task_within(current_user.campaign_id, task_id, _paths())
    campaign = _campaign()
    filled = {name: getattr(row, name) for name in ("title", "kind", "description", "area_id", "places")}
    filled |= {"skills": list(row.skills), "languages": list(row.languages)}
    if row.last_at:
        filled["due_on"] = row.last_at.astimezone(ZoneInfo(campaign.time_zone)).date()
    form = _form(data=filled, spoken=row.languages)
    if form.validate_on_submit():
        try:
            with transaction():
                services.edit_task(campaign.id, task_id, form.plan(campaign.time_zone))
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(_("Saved."), "ok")
            return redirect(url_for("tasks.task", task_id=task_id))
    return _page("tasks/form.html", form=form, task=row), 422 if form.errors else 200


@bp.post("/organize/tasks/<int:task_id>/state")
@access.needs(Role.ORGANIZER)
def close(task_id: int) -> ResponseReturnValue:
    queries.task_within(current_user.campaign_id, task_id, _paths())
    return _do(
        task_id,
        lambda: services.close_task(current_user.campaign_id, task_id, request.form.get("state", "")),
        _("Saved."),
    )


def _do(task_id: int, deed: Callable[[], Any], sentence: str) -> ResponseReturnValue:
    """Do it in a transaction and say on the task's page what came of it."""
    try:
        with transaction():
            deed()
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        flash(str(refusal.sentence), "error")
    else:
        flash(sentence, "ok")
    return redirect(url_for("tasks.task", task_id=task_id))


def _paths() -> list[str]:
    return access.paths(current_user, Role.ORGANIZER)


def _campaign() -> Campaign:
    campaign = db.session.get_one(Campaign, current_user.campaign_id)
    g.time_zone = campaign.time_zone
    return campaign


def _form(**filled: Any) -> TaskForm:
    form = TaskForm(**filled)
    rows = areas(current_user.campaign_id, _paths())
    form.area_id.choices = options((row.id, "\u2003" * row.depth + row.name) for row in rows)
    return form


def _page(template: str, **values: Any) -> str:
    _campaign()
    return render_template(
        template, kinds=KINDS, skill_names=SKILLS, language_name=language_name, present=clock.now(), **values
    )
