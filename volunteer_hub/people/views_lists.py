"""Volunteers from a file: upload, columns, the dry run, the adding, and what became of it."""

from __future__ import annotations

from typing import Any

from flask import (
    Response,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select

from volunteer_hub.core import access, audit, clock, uploads
from volunteer_hub.core.access import Role, needs
from volunteer_hub.core.db import transaction
from volunteer_hub.core.paging import Page, page_of
from volunteer_hub.core.refusals import NotFound, Refusal
from volunteer_hub.core.web import limiter
from volunteer_hub.people import jobs, queries
from volunteer_hub.people.blueprint import bp
from volunteer_hub.people.forms_lists import AddListForm, ColumnsForm, ListForm
from volunteer_hub.people.lists import columns, work
from volunteer_hub.people.models import Area, VolunteerList
from volunteer_hub.people.services import lists

MOST_BYTES = 64 * 1024**2
_ROOM_FOR_THE_FORM = 1024**2


@bp.url_value_preprocessor
def _let_lists_in(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Before the form is read for its token: lists may be larger than other forms, for those who may bring
    them.
    """
    del values
    if endpoint == "people.bring_list" and access.may(current_user, Role.ORGANIZER):
        request.max_content_length = MOST_BYTES + _ROOM_FOR_THE_FORM


@bp.get("/people/lists")
@needs(Role.ORGANIZER)
def volunteer_lists() -> ResponseReturnValue:
    """How to bring a list, and the lists brought so far in one's areas."""
    return _lists_page(_list_form()), 200


@bp.post("/people/lists")
@limiter.limit("60/hour")
@needs(Role.ORGANIZER)
def bring_list() -> ResponseReturnValue:
    """Keep the file and look at it; nobody is added yet."""
    form = _list_form()
    if form.validate_on_submit():
        try:
            return redirect(url_for("people.list_columns", list_id=_keep(form)))
        except Refusal as refusal:
            form.refuse(refusal)
    return _lists_page(form), 422


def _list_form() -> ListForm:
    paths = access.paths(current_user, Role.ORGANIZER)
    rows = queries.areas(current_user.campaign_id, paths)
    return ListForm(areas=[(row.id, "– " * row.depth + row.name) for row in rows])


def _lists_page(form: ListForm) -> str:
    query = (
        select(VolunteerList, Area.name.label("area_name"))
        .join(Area, Area.id == VolunteerList.area_id)
        .where(
            VolunteerList.campaign_id == current_user.campaign_id,
            access.within(Area.path, access.paths(current_user, Role.ORGANIZER)),
        )
        .order_by(VolunteerList.id.desc())
    )
    page: Page[Any] = page_of(query, request.args.get("page", 1, type=int))
    return render_template("people/lists.html", form=form, page=page)


def _keep(form: ListForm) -> int:
    folder = jobs.uploads_folder()
    try:
        most = min(MOST_BYTES, current_app.extensions["vh_config"].upload_limit_bytes)
        name = uploads.keep_file(form.file.data.stream, folder, most_bytes=most)
    finally:
        form.file.data.close()
    try:
        seen = work.look(folder / name)
    except Refusal:
        (folder / name).unlink(missing_ok=True)
        raise
    with transaction():
        row = lists.add_list(
            current_user.campaign_id, form.area_id.data, file_name=form.file.data.filename or "file",
            stored_name=name, seen=seen, by=current_user.id, now=clock.now(),
        )  # fmt: skip
        return row.id


def _list(list_id: int, *, lock: bool = False) -> VolunteerList:
    """A list for an area that one organizes; for others it does not exist."""
    row: VolunteerList = access.in_campaign(VolunteerList, list_id, current_user.campaign_id, lock=lock)
    if not access.may(current_user, Role.ORGANIZER, row.area.path):
        raise NotFound()
    return row


@bp.route("/people/lists/<int:list_id>/columns", methods=["GET", "POST"])
@needs(Role.ORGANIZER)
def list_columns(list_id: int) -> ResponseReturnValue:
    """What the program takes each column for; a person confirms or corrects it."""
    row = _list(list_id)
    if row.state in ("checking", "adding", "done"):
        return redirect(url_for("people.volunteer_list", list_id=list_id))
    seen = row.options["seen"]
    form = ColumnsForm.about(seen, row.options.get("columns") or seen["guess"])
    if form.is_submitted() and form.has_header.data != seen["has_header"]:
        return _look_again(row, bool(form.has_header.data))
    if form.validate_on_submit():
        return _check(list_id, form.chosen())
    page = render_template("people/list_columns.html", row=row, form=form, seen=seen)
    return page, 422 if form.errors else 200


def _look_again(row: VolunteerList, has_header: bool) -> ResponseReturnValue:
    list_id, path = row.id, jobs.uploads_folder() / row.stored_name
    if not path.is_file():
        raise Refusal(_("The file is no longer there. Upload it again."))
    seen = work.look(path, has_header=has_header)
    with transaction():
        lists.answer(_list(list_id, lock=True), {"seen": seen, "columns": None})
    return redirect(url_for("people.list_columns", list_id=list_id))


def _check(list_id: int, chosen: dict[str, int]) -> ResponseReturnValue:
    with transaction():
        row = _list(list_id, lock=True)
        lists.answer(row, {"columns": chosen})
        runs_here = work.is_small(row.options)
        lists.want_check(row, runs_here=runs_here)
    if runs_here:
        jobs.work_on_list(list_id)
    return redirect(url_for("people.volunteer_list", list_id=list_id))


@bp.get("/people/lists/<int:list_id>")
@needs(Role.ORGANIZER)
def volunteer_list(list_id: int) -> ResponseReturnValue:
    """The dry run, how far the work is, or what became of the list."""
    row = _list(list_id)
    if row.state == "asked":
        return redirect(url_for("people.list_columns", list_id=list_id))
    return _list_page(row, AddListForm()), 200


def _list_page(row: VolunteerList, form: AddListForm) -> str:
    chosen = row.options.get("columns") or {}
    return render_template(
        "people/list.html",
        row=row,
        form=form,
        report=row.report,
        fields=columns.FIELDS,
        has_email_column="email_agreed" in chosen,
        has_text_column="text_agreed" in chosen,
    )


@bp.post("/people/lists/<int:list_id>/add")
@needs(Role.ORGANIZER)
def add_list(list_id: int) -> ResponseReturnValue:
    """Add the people of a checked list. A second click finds the work begun and changes nothing."""
    row = _list(list_id)
    if row.state in ("adding", "done"):
        return redirect(url_for("people.volunteer_list", list_id=list_id))
    form = AddListForm()
    if not form.validate_on_submit():
        return _list_page(row, form), 422
    with transaction():
        row = _list(list_id, lock=True)
        if row.state in ("adding", "done"):
            return redirect(url_for("people.volunteer_list", list_id=list_id))
        runs_here = work.is_small(row.options)
        has_column = "email_agreed" in (row.options.get("columns") or {})
        lists.want_people(
            row,
            take_doubtful=bool(form.take_doubtful.data),
            all_agreed_to_email=bool(form.all_agreed_to_email.data) and not has_column,
            by=current_user.id,
            runs_here=runs_here,
        )
    if runs_here:
        jobs.work_on_list(list_id)
    return redirect(url_for("people.volunteer_list", list_id=list_id))


@bp.get("/people/lists/<int:list_id>/progress")
@needs(Role.ORGANIZER)
def list_progress(list_id: int) -> ResponseReturnValue:
    """How far it is, for the page that shows it live."""
    row = _list(list_id)
    return jsonify(
        done=row.done_count,
        total=row.total_count,
        label=_("Checking the rows") if row.state == "checking" else _("Adding the people"),
        seconds_left=None,
        finished=row.state not in lists.AT_WORK,
        failed=row.state == "failed",
        message=row.message,
    )


@bp.get("/people/lists/<int:list_id>/rejected.csv")
@needs(Role.ORGANIZER)
def list_rejected(list_id: int) -> ResponseReturnValue:
    """The rows that are not taken, with the reason of each, to be mended and brought again."""
    row = _list(list_id)
    path = work.folder_of(jobs.uploads_folder(), row.id) / work.REJECTED
    if row.state not in ("checked", "done") or not path.is_file():
        raise NotFound(_("The file is no longer kept. Check the list again to get it."))
    with transaction():
        audit.record(
            "export.list_rows", campaign_id=row.campaign_id, by=current_user.id, subject=f"list:{row.id}"
        )
    name = f"rejected-{list_id}.csv"
    answer: Response = send_file(path, mimetype="text/csv", as_attachment=True, download_name=name)
    return answer


@bp.post("/people/lists/<int:list_id>/withdraw")
@needs(Role.ORGANIZER)
def withdraw_list(list_id: int) -> ResponseReturnValue:
    """Take a list back that has not been added."""
    with transaction():
        row = _list(list_id, lock=True)
        stored_name = row.stored_name
        lists.withdraw(row, by=current_user.id)
    work.forget_files(jobs.uploads_folder(), list_id, stored_name)
    flash(_("The list was taken back. Nobody of it was added."), "ok")
    return redirect(url_for("people.volunteer_lists"))
