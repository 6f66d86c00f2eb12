"""Walk sheets as PDF with a code for each door, and the page where those codes are typed, line by line."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from sqlalchemy import select

from volunteer_hub.canvass import at_desk, services
from volunteer_hub.canvass.blueprint import bp
from volunteer_hub.canvass.door_codes import SheetCodes
from volunteer_hub.canvass.fast_lines import RESULT_LETTERS, FastLine, read_lines
from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.canvass.models_sheets import PaperSheet
from volunteer_hub.canvass.services.sheets import add_sheet
from volunteer_hub.canvass.sheet_pdf import SheetText, sheet_pdf
from volunteer_hub.canvass.vocabulary import RESULTS
from volunteer_hub.canvass.walked import OTHER, When, shifts_walked, walkers_of, when_chosen
from volunteer_hub.core import access, audit, clock
from volunteer_hub.core.access import Role, in_campaign
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.display import moment_text
from volunteer_hub.core.exports import plain_name
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.districts.models import Door
from volunteer_hub.events.queries import shift_cards
from volunteer_hub.turf import queries as turf
from volunteer_hub.turf.drawing import drawing_of, stretches
from volunteer_hub.turf.queries import LeaseCard, TurfLine, WalkDoor

LATELY = 12
MOST_TYPED = 100_000


@bp.post("/turf/<int:turf_id>/sheet.pdf")
@access.needs(Role.FIELD_LEAD)
def print_sheet(turf_id: int) -> ResponseReturnValue:
    """A new printed sheet of this turf; its codes are kept with it."""
    at_desk.campaign()
    line = turf.turf_within(current_user.campaign_id, turf_id, at_desk.lead_paths())
    doors = turf.walk_list(turf_id)
    if not doors:
        raise Refusal(_("This turf has no doors to print."))
    lease = _lease_of(turf_id, line.lease_id)
    now = clock.now()
    with transaction():
        sheet = add_sheet(
            current_user.campaign_id, turf_id, [door.id for door in doors],
            shift_id=lease.shift_id if lease else None, walker_id=lease.person_id if lease else None,
            by=current_user.id, now=now,
        )  # fmt: skip
        audit.record(
            "print.walk_list", campaign_id=current_user.campaign_id, by=current_user.id,
            subject=f"turf:{turf_id}", doors=len(doors),
        )  # fmt: skip
        number, codes = sheet.id, _codes(sheet)
    file = sheet_pdf(
        _text(line, lease, number),
        stretches(doors),
        [codes.code(place) for place in range(len(doors))],
        drawing_of(doors, None, width=250, height=104),
    )
    answer = Response(file, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{plain_name(line.name)}.pdf"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.get("/turf/sheets/<int:sheet_id>")
@access.needs(Role.FIELD_LEAD)
def type_sheet(sheet_id: int) -> ResponseReturnValue:
    """One line a door: its code and a letter."""
    sheet, line = _sheet(sheet_id)
    shifts = shifts_walked()
    of_sheet = str(sheet.shift_id) if str(sheet.shift_id) in {key for key, _l, _at in shifts} else ""
    shift = request.args.get("shift") or of_sheet or (shifts[0][0] if shifts else OTHER)
    walker = request.args.get("walker", sheet.walker_id, type=int)
    when = When(shift, request.args.get("at", "")[:30], walker)
    return _page(sheet, line, when)


@bp.post("/turf/sheets/<int:sheet_id>")
@access.needs(Role.FIELD_LEAD)
def save_sheet(sheet_id: int) -> ResponseReturnValue:
    """Store the lines that are right; the others stay in the box, each with what to mend."""
    sheet, line = _sheet(sheet_id)
    when, form_id = when_chosen(line.id), _form_id()
    lines = read_lines(
        request.form.get("lines", "")[:MOST_TYPED], _codes(sheet), sheet.doors, _doors_now(sheet)
    )
    if when.error or when.at is None:
        return _page(sheet, line, when, text=request.form.get("lines", "")[:MOST_TYPED]), 422
    stored = _store(line, when, lines, form_id)
    if stored:
        flash(ngettext("%(num)d report is saved.", "%(num)d reports are saved.", stored), "ok")
    wrong = [each for each in lines if each.error]
    if wrong:
        return _page(sheet, line, when, wrong=wrong, text="\n".join(each.text for each in wrong)), 422
    if not stored:
        known = _("These reports were saved before; nothing is counted twice.")
        flash(known if lines else _("Nothing was typed yet."), "info")
    at = when.at_text if when.shift == OTHER else None
    return redirect(
        url_for("canvass.type_sheet", sheet_id=sheet_id, shift=when.shift, at=at, walker=when.walker_id)
    )


@bp.post("/turf/sheets/<int:sheet_id>/undo")
@access.needs(Role.FIELD_LEAD)
def undo_typed(sheet_id: int) -> ResponseReturnValue:
    """Take one typed report back."""
    sheet, line = _sheet(sheet_id)
    try:
        wanted = uuid.UUID(request.form.get("undoes", ""))
    except ValueError:
        raise Refusal(_("Say which report to take back.")) from None
    row = next((each for each, _door in _typed_lately(sheet) if each.id == wanted), None)
    if row is None:
        flash(_("There is nothing to take back any more."), "info")
    else:
        raw = {
            "id": str(uuid.uuid5(wanted, "undo")), "turf": line.id, "door": row.door_id,
            "at": clock.now().isoformat(), "result": None, "undoes": str(wanted),
        }  # fmt: skip
        with transaction():
            services.record([raw], authority=_authority(row.canvasser_id), now=clock.now())
        flash(_("The report is taken back."), "ok")
    return redirect(url_for("canvass.type_sheet", sheet_id=sheet_id))


def _store(line: TurfLine, when: When, lines: list[FastLine], form_id: uuid.UUID) -> int:
    """Store the good lines and free them; how many are new. A refused one says why."""
    assert when.at is not None
    good = [each for each in lines if not each.error]
    with transaction():
        receipts = services.record(
            [each.raw(line.id, form_id, when.at) for each in good],
            authority=_authority(when.walker_id), now=clock.now(),
        )  # fmt: skip
        for each, receipt in zip(good, receipts, strict=True):
            each.error = receipt.reason if receipt.status == "refused" else ""
        stored = sum(receipt.status == "stored" for receipt in receipts)
        if stored:
            audit.record(
                "type.reports", campaign_id=current_user.campaign_id, by=current_user.id,
                subject=f"turf:{line.id}", stored=stored,
            )  # fmt: skip
    return stored


def _authority(walker_id: int | None) -> services.ByPaper:
    return services.ByPaper(
        current_user.campaign_id, walker_id, at_desk.lead_paths(), entered_by=current_user.id
    )


def _page(
    sheet: PaperSheet, line: TurfLine, when: When, *, wrong: list[FastLine] | None = None, text: str = ""
) -> str:
    codes = _codes(sheet)
    return render_template(
        "canvass/sheet_typed.html",
        sheet=sheet,
        turf=line,
        when=when,
        wrong=wrong or [],
        text=text,
        form_id=str(uuid.uuid4()),
        example=codes.code(0) if sheet.doors else "",
        shifts=[(key, label) for key, label, _at in shifts_walked()],
        walkers=walkers_of(line.id),
        other=OTHER,
        letters={key: RESULTS[result].label for key, result in RESULT_LETTERS.items()},
        lately=_typed_lately(sheet),
    )


def _sheet(sheet_id: int) -> tuple[PaperSheet, TurfLine]:
    """A sheet of a turf in the viewer's areas; raises NotFound."""
    at_desk.campaign()
    sheet: PaperSheet = in_campaign(PaperSheet, sheet_id, current_user.campaign_id)
    return sheet, turf.turf_within(current_user.campaign_id, sheet.turf_id, at_desk.lead_paths())


def _codes(sheet: PaperSheet) -> SheetCodes:
    return SheetCodes(sheet.code_key, len(sheet.doors))


def _doors_now(sheet: PaperSheet) -> dict[int, WalkDoor]:
    """The sheet's doors as they are known now, whether or not they are still in this turf. One statement."""
    rows = db.session.scalars(select(Door).where(Door.id.in_(sheet.doors)))
    places = {door: place for place, door in enumerate(sheet.doors, start=1)}
    return {
        row.id: WalkDoor(
            row.id, places[row.id], row.number, row.street, row.unit, row.city, row.building_key,
            row.latitude, row.longitude, None, None, row.is_do_not_walk,
        )
        for row in rows
    }  # fmt: skip


def _typed_lately(sheet: PaperSheet) -> list[tuple[DoorReport, Any]]:
    """The last standing reports typed for this sheet's turf, newest first, each with its door."""
    rows = db.session.execute(
        select(DoorReport, Door)
        .join(Door, Door.id == DoorReport.door_id)
        .where(
            DoorReport.turf_id == sheet.turf_id, DoorReport.source == "paper",
            DoorReport.result.is_not(None), DoorReport.undone_at.is_(None),
            DoorReport.received_at >= sheet.printed_at,
        )
        .order_by(DoorReport.received_at.desc(), DoorReport.id)
        .limit(LATELY)
    )  # fmt: skip
    return [(row[0], row[1]) for row in rows]


def _form_id() -> uuid.UUID:
    try:
        return uuid.UUID(request.form.get("form", ""))
    except ValueError:
        return uuid.uuid4()


def _lease_of(turf_id: int, lease_id: int | None) -> LeaseCard | None:
    found = turf.leases_of_turf(turf_id) if lease_id else []
    return next((each for each in found if each.id == lease_id), None)


def _text(line: TurfLine, lease: LeaseCard | None, number: int) -> SheetText:
    base = current_app.extensions["vh_config"].base_url.rstrip("/")
    shift = None
    if lease and lease.shift_id:
        shift = shift_cards(lease.campaign_id, [lease.shift_id]).get(lease.shift_id)
    return SheetText(
        turf_name=line.name,
        number=number,
        minutes=round(line.minutes_left),
        walker=lease.person_name if lease else "",
        shift=f"{shift.event_name}, {moment_text(shift.starts_at)}" if shift else "",
        printed=moment_text(clock.now()),
        link=f"{base}{url_for('canvass.type_sheet', sheet_id=number)}",
    )
