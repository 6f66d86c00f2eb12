"""Uploading reports as CSV, and what came of each file."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import ColumnElement, and_, select

from volunteer_hub.canvass import services
from volunteer_hub.canvass.blueprint import bp
from volunteer_hub.canvass.forgetting import FORGOTTEN
from volunteer_hub.canvass.forms import ReportFileForm
from volunteer_hub.canvass.models import ReportFile
from volunteer_hub.core import access, audit, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.exports import csv_response
from volunteer_hub.core.paging import Page, page_of
from volunteer_hub.core.refusals import NotFound, Refusal
from volunteer_hub.core.web import limiter
from volunteer_hub.people.queries import root_area

MOST_BYTES = 64 * 1024 * 1024
UPLOADS = ("canvass.upload",)


@bp.url_value_preprocessor
def _let_files_in(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Before the form is read for its token: files of reports may be larger than other forms, for those who
    may upload them.
    """
    del values
    if endpoint in UPLOADS and access.may(current_user, Role.ORGANIZER):
        request.max_content_length = MOST_BYTES


@bp.get("/canvass/files")
@access.needs(Role.ORGANIZER)
def files() -> ResponseReturnValue:
    """The files that one brought (organizers of the whole campaign: all), newest first."""
    return _page(ReportFileForm()), 200


@bp.post("/canvass/files")
@limiter.limit("30/minute")
@access.needs(Role.ORGANIZER)
def upload() -> ResponseReturnValue:
    """Keep the file and let a job collect it."""
    form = ReportFileForm()
    if not form.validate_on_submit():
        return _page(form), 422
    name = f"reports-{uuid.uuid4()}.csv"
    folder = Path(current_app.extensions["vh_config"].uploads_dir)
    folder.mkdir(parents=True, exist_ok=True)
    form.file.data.save(folder / name)
    with transaction():
        services.add_file(
            current_user.campaign_id,
            file_name=form.file.data.filename or "reports.csv",
            stored_name=name,
            day_on=form.day_on.data,
            by=current_user.id,
            now=clock.now(),
        )
        audit.record("upload.reports", campaign_id=current_user.campaign_id, by=current_user.id)
    flash(_("The file is being collected. Reload this page to see what came of it."), "ok")
    return redirect(url_for("canvass.files"))


@bp.get("/canvass/files/<int:file_id>/rejected.csv")
@access.needs(Role.ORGANIZER)
def rejected(file_id: int) -> ResponseReturnValue:
    """The rows that were not taken, with the reason of each."""
    row = db.session.scalar(select(ReportFile).where(ReportFile.id == file_id, _within_reach()))
    if row is None:
        raise NotFound()
    if FORGOTTEN in row.counts:
        raise Refusal(_("These rows are no longer kept. To see them, upload the file again."))
    return csv_response(f"rejected-{row.file_name}", ("line", "reason", "row"), row.counts.get("rows", []))


def _within_reach() -> ColumnElement[bool]:
    """A file has no area of its own and its rows hold addresses: it is for who brought it, and for organizers
    of the whole campaign.
    """
    campaign_id = current_user.campaign_id
    mine = ReportFile.campaign_id == campaign_id
    if access.may(current_user, Role.ORGANIZER, root_area(campaign_id).path):
        return mine
    return and_(mine, ReportFile.created_by == current_user.id)


def _page(form: ReportFileForm) -> str:
    query = (
        select(
            ReportFile.id,
            ReportFile.file_name,
            ReportFile.state,
            ReportFile.message,
            ReportFile.created_at,
            *[ReportFile.counts[name].as_integer().label(name) for name in ("stored", "known", "rejected")],
        )
        .where(_within_reach())
        .order_by(ReportFile.id.desc())
    )
    page: Page[object] = page_of(query, request.args.get("page", 1, type=int))
    return render_template("canvass/files.html", form=form, page=page)
