"""Pages of imports: the list, a new file, the questions about it, its progress and its report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import (
    Response,
    abort,
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
from flask_babel import ngettext
from flask_login import current_user
from wtforms.fields.choices import SelectChoice

from geodata.boundaries import BadBoundaries
from volunteer_hub.core import access, audit, clock, uploads
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.paging import page_of
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.core.web import limiter
from volunteer_hub.districts import jobs, looking, queries, services
from volunteer_hub.districts.blueprint import bp
from volunteer_hub.districts.column_words import FIELDS
from volunteer_hub.districts.forms import (
    FIELD_WORDS,
    KIND_WORDS,
    AreasForm,
    LayerChoice,
    QuestionForm,
    StreetsForm,
    TableForm,
    UploadForm,
)
from volunteer_hub.districts.importing import placing
from volunteer_hub.districts.models import Import
from volunteer_hub.people.models import Campaign
from volunteer_hub.people.queries import root_area

AREAS = ("districts", "precincts")
_PERSONAL = ("unmatched-voters.csv", "rejected-voters.csv")


def _require() -> int:
    """Imports change what the whole campaign works with: they are for organizers of all of it."""
    campaign_id = int(current_user.campaign_id)
    access.require(current_user, Role.ORGANIZER, root_area(campaign_id).path)
    return campaign_id


def _import(import_id: int, *, lock: bool = False) -> Import:
    row: Import = access.in_campaign(Import, import_id, _require(), lock=lock)
    return row


@bp.get("/imports")
@access.needs(Role.ORGANIZER)
def imports() -> ResponseReturnValue:
    """What was brought in, newest first, and how to bring in the next file."""
    campaign_id = _require()
    page = page_of(queries.imports_query(campaign_id), request.args.get("page", 1, type=int))
    layers = queries.layers(campaign_id)
    voters = queries.voter_counts(campaign_id)
    return render_template(
        "districts/imports.html",
        page=page,
        kinds=KIND_WORDS,
        layers=layers,
        voters=voters,
        next_kind=_next_kind(layers),
    )


def _next_kind(layers: list[queries.Layer]) -> str:
    if not layers:
        return "districts"
    if not any(layer.contests for layer in layers):
        return "results"
    return "doors" if not any(layer.doors for layer in layers) else "voters"


@bp.route("/imports/new", methods=["GET", "POST"])
@access.needs(Role.ORGANIZER)
@limiter.limit("60/hour", methods=["POST"])
def upload() -> ResponseReturnValue:
    """Bring a file."""
    campaign_id = _require()
    form = UploadForm(kind=request.args.get("kind") or "districts")
    if form.validate_on_submit():
        try:
            return redirect(url_for("districts.questions", import_id=_keep(campaign_id, form)))
        except Refusal as refusal:
            form.refuse(refusal)
    return render_template("districts/upload.html", form=form)


def _keep(campaign_id: int, form: UploadForm) -> int:
    limit = current_app.extensions["vh_config"].upload_limit_bytes
    try:
        name = uploads.keep_file(form.file.data.stream, jobs.uploads_folder(), most_bytes=limit)
    finally:
        form.file.data.close()
    with transaction():
        row = services.add_import(
            campaign_id, form.kind.data, file_name=form.file.data.filename or "file", stored_name=name,
            options={}, by=current_user.id, now=clock.now(),
        )  # fmt: skip
        return row.id


@bp.route("/imports/<int:import_id>/questions", methods=["GET", "POST"])
@access.needs(Role.ORGANIZER)
def questions(import_id: int) -> ResponseReturnValue:
    """What the program takes each column for; a person confirms or corrects it."""
    row = _import(import_id)
    if row.state in ("queued", "running", "done"):
        return redirect(url_for("districts.show_import", import_id=import_id))
    try:
        seen = _seen(row)
    except (Refusal, BadBoundaries) as refusal:
        sentence = services.sentence_of(refusal, row.stored_name, row.file_name)
        return render_template("districts/unreadable.html", row=row, sentence=sentence, kinds=KIND_WORDS), 422
    if seen.get("question"):
        return _ask_first(row, seen)
    if row.kind == "streets":
        return _ask_streets(row, seen)
    return _ask_areas(row, seen) if row.kind in AREAS else _ask_table(row, seen)


def _seen(row: Import) -> dict[str, Any]:
    """The first look at the file, kept with the import so that the file is read once."""
    kept: dict[str, Any] | None = row.options.get("seen")
    if kept is not None:
        return kept
    path, kind, options = jobs.uploads_folder() / row.stored_name, row.kind, dict(row.options)
    name, import_id = row.file_name, row.id
    if not path.is_file():
        raise Refusal("The file is no longer there. Upload it again.")
    seen = looking.look(kind, path, options, name=name)
    db.session.rollback()
    with transaction():
        services.answer(
            access.in_campaign(Import, import_id, current_user.campaign_id, lock=True), {"seen": seen}
        )
    return seen


def _look_again(import_id: int, answers: dict[str, Any]) -> ResponseReturnValue:
    with transaction():
        services.answer(_import(import_id, lock=True), {**answers, "seen": None})
    return redirect(url_for("districts.questions", import_id=import_id))


def _ask_first(row: Import, seen: dict[str, Any]) -> ResponseReturnValue:
    form = QuestionForm(data={"crs": row.options.get("crs"), "layer": row.options.get("layer")})
    form.layer.choices = [SelectChoice(name, name) for name in seen.get("layers", [])]
    if form.validate_on_submit():
        return _look_again(row.id, {"crs": form.crs.data or "", "layer": form.layer.data or ""})
    return render_template("districts/question.html", row=row, form=form, seen=seen, kinds=KIND_WORDS)


def _ask_areas(row: Import, seen: dict[str, Any]) -> ResponseReturnValue:
    layers = [kind for kind, _, _ in placing.layers(row.campaign_id)]
    name = db.session.get_one(Campaign, row.campaign_id).name if row.kind == "precincts" else ""
    form = AreasForm.about(seen, row.options, layers, row.kind, name)
    if form.validate_on_submit():
        return _go(row.id, form.answers())
    return render_template(
        "districts/areas.html", row=row, form=form, seen=seen, layers=layers, kinds=KIND_WORDS
    )


def _ask_streets(row: Import, seen: dict[str, Any]) -> ResponseReturnValue:
    form = StreetsForm(data=row.options)
    if form.validate_on_submit():
        return _go(row.id, form.answers())
    return render_template("districts/streets.html", row=row, form=form, seen=seen, kinds=KIND_WORDS)


def _ask_table(row: Import, seen: dict[str, Any]) -> ResponseReturnValue:
    mapping, is_remembered = looking.mapping_for(row.campaign_id, row.kind, seen)
    mapping = row.options.get("mapping") or mapping
    form = TableForm.about(row.kind, seen, mapping, _layer_choice(row))
    if form.is_submitted() and form.has_header.data != seen["has_header"]:
        return _look_again(row.id, {"has_header": form.has_header.data, "mapping": None})
    if form.validate_on_submit():
        chosen = {
            "fields": form.chosen(),
            "wide": mapping.get("wide") or [],
            "history": mapping.get("history") or [],
        }
        return _go(row.id, form.answers() | {"mapping": chosen}, seen["signature"])
    return render_template(
        "districts/columns.html", row=row, form=form, seen=seen, is_remembered=is_remembered,
        kinds=KIND_WORDS,
        words=FIELD_WORDS, names=FIELDS[row.kind],
    )  # fmt: skip


def _layer_choice(row: Import) -> LayerChoice:
    there = placing.layers(row.campaign_id)
    names = queries.names_of_lone_districts(row.campaign_id)
    choices = [
        SelectChoice(
            kind, f"{kind} ({names.get(kind) or ngettext('%(num)s district', '%(num)s districts', count)})"
        )
        for kind, count, _precincts in there
    ]
    return LayerChoice(
        choices, bool(there) and not placing.only_layer(there), row.options.get("district_kind") or ""
    )


def _go(import_id: int, answers: dict[str, Any], signature: str = "") -> ResponseReturnValue:
    with transaction():
        row = _import(import_id, lock=True)
        services.answer(row, answers)
        if signature:
            services.remember(row.campaign_id, row.kind, signature, answers["mapping"], now=clock.now())
        services.queue(row)
    return redirect(url_for("districts.show_import", import_id=import_id))


@bp.get("/imports/<int:import_id>")
@access.needs(Role.ORGANIZER)
def show_import(import_id: int) -> ResponseReturnValue:
    """How far it is, or what came of it."""
    row = _import(import_id)
    if row.state in ("uploaded", "needs_answer"):
        return redirect(url_for("districts.questions", import_id=import_id))
    return render_template("districts/import.html", row=row, kinds=KIND_WORDS, left=_seconds_left(row))


@bp.get("/imports/<int:import_id>/progress")
@access.needs(Role.ORGANIZER)
def progress(import_id: int) -> ResponseReturnValue:
    """How far it is, for the page that shows it live."""
    row = _import(import_id)
    return jsonify(
        done=row.done_count,
        total=row.total_count,
        label=_(row.step) if row.step else _("Waiting for its turn"),
        seconds_left=_seconds_left(row),
        finished=row.state in ("done", "failed"),
        failed=row.state == "failed",
        message=row.message,
    )


def _seconds_left(row: Import) -> float | None:
    """From the pace so far; not known at the beginning of a step."""
    if (
        row.state != "running"
        or not row.total_count
        or row.done_count < row.total_count / 20
        or not row.started_at
    ):
        return None
    gone = (clock.now() - row.started_at).total_seconds()
    return gone * (row.total_count - row.done_count) / row.done_count


@bp.get("/imports/<int:import_id>/files/<name>")
@access.needs(Role.ORGANIZER)
def import_file(import_id: int, name: str) -> ResponseReturnValue:
    """A file of the report, as rejected or unmatched rows."""
    row = _import(import_id)
    if name not in row.report.get("files", {}).values():
        abort(404)
    path: Path = (jobs.uploads_folder() / f"import-{row.id}" / name).resolve()
    if not path.is_file():
        raise Refusal(_("The file is no longer kept. Import again to get it."))
    if name.endswith(".geojson"):
        return Response(path.read_bytes(), mimetype="application/geo+json")
    if name in _PERSONAL:
        subject = f"import:{row.id}"
        with transaction():
            audit.record(
                "export.import_rows",
                campaign_id=row.campaign_id,
                by=current_user.id,
                subject=subject,
                file=name,
            )
    return send_file(path, mimetype="text/csv", as_attachment=True, download_name=f"{import_id}-{name}")


@bp.post("/imports/<int:import_id>/withdraw")
@access.needs(Role.ORGANIZER)
def withdraw(import_id: int) -> ResponseReturnValue:
    """Take an import back that has not landed."""
    with transaction():
        services.withdraw(_import(import_id, lock=True), jobs.uploads_folder())
    flash(_("The file was taken back. Nothing of it was imported."), "ok")
    return redirect(url_for("districts.imports"))
