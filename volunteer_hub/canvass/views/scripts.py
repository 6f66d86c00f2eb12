"""The script's pages: the editor, the preview, the versions, files in and out."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from volunteer_hub.canvass import script_queries as queries
from volunteer_hub.canvass import services
from volunteer_hub.canvass.blueprint import bp
from volunteer_hub.canvass.scripts import drafts
from volunteer_hub.canvass.scripts.checking import MOST_LANGUAGES, MOST_OPTIONS, MOST_QUESTIONS, read
from volunteer_hub.canvass.scripts.comparing import changes
from volunteer_hub.canvass.scripts.conditions import MOST_RULES
from volunteer_hub.canvass.scripts.content import TESTS, Content, as_document
from volunteer_hub.canvass.scripts.drafts import Draft
from volunteer_hub.canvass.scripts.faults import Fault, InvalidScript
from volunteer_hub.canvass.scripts.files import MOST_BYTES, read_file, write_file
from volunteer_hub.canvass.scripts.on_phone import Sheet, own_name, sheet_of
from volunteer_hub.canvass.scripts.wording import KINDS, TEST_WORDS
from volunteer_hub.canvass.vocabulary import SUPPORT
from volunteer_hub.core import access, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import transaction
from volunteer_hub.core.paging import Page, page_of
from volunteer_hub.core.refusals import Forbidden
from volunteer_hub.people.vocabulary import language_choices
from volunteer_hub.turf.queries import LeaseCard

FIELDS = {
    "name": _l("Name"), "languages": _l("Languages"), "opening": _l("Say first"),
    "closing": _l("Say at the end"), "wording": _l("Question"), "kind": _l("Kind of answer"),
    "options": _l("Answers"), "condition": _l("Condition"), "low": _l("Lowest step"),
    "high": _l("Highest step"), "our_end": _l("Direction"), "low_label": _l("Words of the lowest step"),
    "high_label": _l("Words of the highest step"), "min": _l("Smallest"), "max": _l("Largest"),
    "unit": _l("Unit"), "key": _l("Name in files"),
}  # fmt: skip
"""Fields of a document as the editor calls them."""


@bp.app_template_global()
def script_at_door(lease: LeaseCard) -> Sheet:
    """The script of a lease as the phone shows it, for the walk page."""
    return sheet_of(services.script_of_lease(lease.campaign_id, lease.id).content)


@dataclass(slots=True)
class Editing:
    """What the editor shows. based_on: the version that is changed; focus: the id to go on with."""

    draft: Draft
    based_on: int
    faults: list[Fault] = field(default_factory=list)
    focus: str = ""
    said: str = ""

    def at(self, place: str) -> list[Fault]:
        """The faults of a question ("questions[2]") or of a field of the frame ("opening")."""
        ends = (".", "[", "")
        return [each for each in self.faults if each.place.startswith(place) and
                each.place.removeprefix(place)[:1] in ends]  # fmt: skip

    def earlier(self, number: int) -> list[Draft]:
        """The questions that a condition of this one may ask about."""
        return [each for each in self.draft["questions"][:number] if each.get("key")]


@bp.get("/canvass/script")
@access.needs(Role.ORGANIZER)
def script() -> ResponseReturnValue:
    """The script in use, to read and to change."""
    card = services.script_of(current_user.campaign_id)
    return _editor(Editing(drafts.draft_of(as_document(card.content)), card.number))


@bp.post("/canvass/script")
@access.needs(Role.ORGANIZER)
def save_script() -> ResponseReturnValue:
    """A button of the editor: put a new version into use, or change the draft and show it again."""
    _only_for_the_whole_campaign()
    editing = _sent()
    deed = request.form.get("do", "save")
    if deed != "save":
        draft, focus = drafts.do(
            editing.draft,
            deed,
            kind=request.form.get("new_kind", ""),
            language=request.form.get("new_language", ""),
        )
        editing.draft, editing.focus = draft, "" if deed == "refresh" else focus
        return _editor(editing)
    content = _checked(editing)
    if content is None:
        return _editor(editing), 422
    try:
        with transaction():
            saved = services.save_script(
                current_user.campaign_id,
                content,
                based_on=editing.based_on,
                by=current_user.id,
                now=clock.now(),
            )
            number = saved.number
    except services.SavedMeanwhile as refusal:
        editing.faults, editing.based_on = [Fault("", str(refusal.sentence))], refusal.number
        return _editor(editing), refusal.status
    flash(_("Version %(number)s is in use for turf handed out from now on.", number=number), "ok")
    return redirect(url_for("canvass.script"))


@bp.get("/canvass/script/preview")
@access.needs(Role.ORGANIZER)
def script_preview() -> ResponseReturnValue:
    """A version as on the phone, to try."""
    card = services.script_numbered(current_user.campaign_id, _number("version"))
    return render_template("canvass/script_preview.html", script=sheet_of(card.content), number=card.number)


@bp.post("/canvass/script/preview")
@access.needs(Role.ORGANIZER)
def preview_draft() -> ResponseReturnValue:
    """What stands in the editor as on the phone; nothing is saved."""
    editing = _sent()
    content = _checked(editing)
    if content is None:
        return _editor(editing), 422
    return render_template("canvass/script_preview.html", script=sheet_of(content), number=None)


@bp.get("/canvass/script/versions")
@access.needs(Role.ORGANIZER)
def script_versions() -> ResponseReturnValue:
    """All versions with who and when."""
    found = page_of(
        queries.versions_query(current_user.campaign_id), request.args.get("page", 1, type=int), per_page=50
    )
    page = Page([queries.card_of(row) for row in found.rows], found.number, found.per_page, found.total)
    return render_template("canvass/script_versions.html", page=page, may_change=_may_change())


@bp.get("/canvass/script/versions/compare")
@access.needs(Role.ORGANIZER)
def compare_scripts() -> ResponseReturnValue:
    """Two versions and what differs."""
    before = services.script_numbered(current_user.campaign_id, _number("before"))
    after = services.script_numbered(current_user.campaign_id, _number("after"))
    return render_template(
        "canvass/script_compare.html",
        before=before,
        after=after,
        changes=changes(before.content, after.content),
    )


@bp.post("/canvass/script/versions/<int:number>/restore")
@access.needs(Role.ORGANIZER)
def restore_script(number: int) -> ResponseReturnValue:
    """Put an old version into use again, as a new one."""
    _only_for_the_whole_campaign()
    with transaction():
        saved = services.restore_script(current_user.campaign_id, number, by=current_user.id, now=clock.now())
        fresh = saved.number
    flash(_("Version %(old)s is in use again, as version %(new)s.", old=number, new=fresh), "ok")
    return redirect(url_for("canvass.script_versions"))


@bp.get("/canvass/script/versions/<int:number>.json")
@access.needs(Role.ORGANIZER)
def export_script(number: int) -> ResponseReturnValue:
    """A version as a file."""
    card = services.script_numbered(current_user.campaign_id, number)
    answer = Response(write_file(card.content), mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="script-{number}.json"'
    return answer


@bp.post("/canvass/script/import")
@access.needs(Role.ORGANIZER)
def import_script() -> ResponseReturnValue:
    """Read a file into the editor; nothing is in use before it is saved there."""
    _only_for_the_whole_campaign()
    upload = request.files.get("file")
    data = upload.read(MOST_BYTES + 1) if upload else b""
    card = services.script_of(current_user.campaign_id)
    if not data:
        flash(_("Choose a JSON file that was exported here or written after docs/scripts.md."), "error")
        return redirect(url_for("canvass.script"))
    try:
        content = read_file(data)
    except InvalidScript as error:
        editing = Editing(drafts.draft_of(as_document(card.content)), card.number, error.faults[:1])
        editing.said = _("The file was not read. The script below is as it was.")
        return _editor(editing), 422
    editing = Editing(drafts.draft_of(as_document(content)), card.number)
    editing.said = _("This is what the file says. Nothing is saved yet: look it over and put it into use.")
    return _editor(editing)


def _editor(editing: Editing) -> str:
    card = services.script_of(current_user.campaign_id)
    return render_template(
        "canvass/script.html",
        editing=editing,
        draft=editing.draft,
        card=card,
        kinds=[(kind.value, words) for kind, words in KINDS.items()],
        tests={
            kind.value: [(test.value, TEST_WORDS[test]) for test in tests] for kind, tests in TESTS.items()
        },
        fields=FIELDS,
        support=SUPPORT,
        languages=[(code, own_name(code)) for code in editing.draft["languages"]],
        new_languages=[each for each in language_choices() if each[0] not in editing.draft["languages"]],
        may_change=_may_change(),
        most={"questions": MOST_QUESTIONS, "options": MOST_OPTIONS, "rules": MOST_RULES},
    )


def _sent() -> Editing:
    """The draft in the editor's form, with the languages that were ticked."""
    form = request.form
    known = {code for code, _name in language_choices()}
    ticked = [code for code in dict.fromkeys(form.getlist("languages")) if code in known]
    draft = drafts.draft_from(form, ticked[:MOST_LANGUAGES] or ["en"])
    return Editing(draft, form.get("based_on", 0, type=int))


def _checked(editing: Editing) -> Content | None:
    """The content of the draft; None with the faults noted."""
    document = drafts.document_of(editing.draft)
    editing.draft = drafts.draft_of(document)
    try:
        return read(document)
    except InvalidScript as error:
        editing.faults = error.faults
        return None


def _number(name: str) -> int:
    return max(0, request.args.get(name, services.script_of(current_user.campaign_id).number, type=int))


def _may_change() -> bool:
    return access.everywhere(current_user, Role.ORGANIZER)


def _only_for_the_whole_campaign() -> None:
    """A script is spoken everywhere, so somebody who answers for a part alone cannot change it."""
    if not _may_change():
        raise Forbidden(
            _("The script is the whole campaign's. Ask an organizer of the whole campaign to change it.")
        )
