"""Reports from paper: a field lead opens a turf and types the walk list, door by door."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from volunteer_hub.canvass import at_desk, paper, queries, services
from volunteer_hub.canvass.blueprint import bp
from volunteer_hub.canvass.paper import PaperRow, Sheet
from volunteer_hub.canvass.vocabulary import RESULTS, SUPPORT
from volunteer_hub.canvass.walked import OTHER, When, shifts_walked, walkers_of, when_chosen
from volunteer_hub.core import access, audit, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import transaction
from volunteer_hub.turf import queries as turf
from volunteer_hub.turf.queries import TurfLine


@bp.get("/turf/<int:turf_id>/paper")
@access.needs(Role.FIELD_LEAD)
def type_paper(turf_id: int) -> ResponseReturnValue:
    """The walk list as a form, one line for each door in walking order."""
    line = turf.turf_within(current_user.campaign_id, turf_id, _paths())
    shifts = shifts_walked()
    when = When(
        request.args.get("shift") or (shifts[0][0] if shifts else OTHER),
        request.args.get("at", "")[:30],
        request.args.get("walker", type=int),
    )
    return _page(line, Sheet.of(turf.walk_list(turf_id)), when), 200


@bp.post("/turf/<int:turf_id>/paper")
@access.needs(Role.FIELD_LEAD)
def save_paper(turf_id: int) -> ResponseReturnValue:
    """Store what is right; show the rest again with what to mend. The ids were made with the page, so a form
    sent twice is stored once.
    """
    line = turf.turf_within(current_user.campaign_id, turf_id, _paths())
    sheet = Sheet.of(turf.walk_list(turf_id), request.form)
    when, is_typed = when_chosen(line.id), bool(sheet.typed)
    sheet.find_faults()
    if when.error or when.at is None:
        return _page(line, sheet, when), 422
    stored = _store(line, sheet, when)
    if stored:
        flash(ngettext("%(num)d report is saved.", "%(num)d reports are saved.", stored), "ok")
    if sheet.wrong:
        fresh = {each.id: each for each in turf.walk_list(turf_id)}
        for row in sheet.rows:
            row.door = fresh.get(row.door.id, row.door)
        return _page(line, sheet, when), 422
    if not stored:
        sentence = _("These reports were saved before; nothing is counted twice.")
        flash(sentence if is_typed else _("Nothing was typed yet."), "info")
    at = when.at_text if when.shift == OTHER else None
    return redirect(
        url_for("canvass.type_paper", turf_id=turf_id, shift=when.shift, at=at, walker=when.walker_id)
    )


def _store(line: TurfLine, sheet: Sheet, when: When) -> int:
    """Store the rows without a fault; how many are new. The refused stay on the sheet with the reason."""
    good = [row for row in sheet.typed if not row.error]
    assert when.at is not None
    authority = services.ByPaper(
        current_user.campaign_id, when.walker_id, _paths(), entered_by=current_user.id
    )
    with transaction():
        raw = [row.raw(line.id, when.at) for row in good]
        receipts = services.record(raw, authority=authority, now=clock.now())
        stored = _settle(good, receipts)
        if stored:
            audit.record(
                "type.reports",
                campaign_id=current_user.campaign_id,
                by=current_user.id,
                subject=f"turf:{line.id}",
                stored=stored,
            )
    return stored


def _settle(rows: list[PaperRow], receipts: list[services.Receipt]) -> int:
    """Free the lines that are stored, and say of the others why they are not; how many are new."""
    known = [uuid.UUID(each.id) for each in receipts if each.status == "known"]
    earlier = {str(report_id): report for report_id, report in queries.reports_by_id(known).items()}
    stored = 0
    for row, receipt in zip(rows, receipts, strict=True):
        if receipt.status == "refused":
            row.error = receipt.reason
        elif receipt.status == "known" and paper.differs(row, earlier[row.id]):
            words = RESULTS.get(earlier[row.id].result or "")
            paper.offer_to_replace(row, str(words.label) if words else "–")
        else:
            stored += receipt.status == "stored"
            row.start_anew()
    return stored


def _page(line: TurfLine, sheet: Sheet, when: When) -> str:
    at_desk.campaign()
    return render_template(
        "canvass/paper.html",
        turf=line,
        sheet=sheet,
        when=when,
        shifts=[(key, label) for key, label, _at in shifts_walked()],
        walkers=walkers_of(line.id),
        other=OTHER,
        results=RESULTS,
        support=SUPPORT,
    )


def _paths() -> list[str]:
    return access.paths(current_user, Role.FIELD_LEAD)
