"""Reports from paper: a field lead opens a turf and types the walk list, door by door."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from volunteer_hub.canvass import paper, queries, services
from volunteer_hub.canvass.blueprint import bp
from volunteer_hub.canvass.paper import PaperRow, Sheet
from volunteer_hub.canvass.vocabulary import RESULTS, SUPPORT
from volunteer_hub.core import access, audit, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.display import moment_text
from volunteer_hub.events import queries as events
from volunteer_hub.people.models import Campaign
from volunteer_hub.turf import queries as turf
from volunteer_hub.turf.queries import TurfLine

LOOK_BACK = timedelta(days=21)
OTHER = "other"


@dataclass(frozen=True, slots=True)
class When:
    """When the list was walked and by whom, as chosen once for the whole sheet."""

    shift: str = ""
    at_text: str = ""
    walker_id: int | None = None
    at: datetime | None = None
    error: str = ""


@bp.get("/turf/<int:turf_id>/paper")
@access.needs(Role.FIELD_LEAD)
def type_paper(turf_id: int) -> ResponseReturnValue:
    """The walk list as a form, one line for each door in walking order."""
    line = turf.turf_within(current_user.campaign_id, turf_id, _paths())
    shifts = _shifts()
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
    when, is_typed = _when(line), bool(sheet.typed)
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


def _when(line: TurfLine) -> When:
    """The chosen time and walker, checked."""
    shift, at_text = request.form.get("shift", ""), request.form.get("at", "")[:30]
    walkers = {person_id for person_id, _name in _walkers(line.id)}
    walker_id = request.form.get("walker", type=int)
    if walker_id not in walkers:
        walker_id = None
    starts = {key: starts_at for key, _label, starts_at in _shifts()}
    if shift in starts:
        return When(shift, at_text, walker_id, starts[shift])
    try:
        at = datetime.fromisoformat(at_text)
    except ValueError:
        at = None
    if shift != OTHER or at is None:
        return When(
            shift, at_text, walker_id, error=_("Choose the shift, or another time with day and hour.")
        )
    at = at.replace(tzinfo=at.tzinfo or ZoneInfo(_campaign().time_zone))
    if at > clock.now() + services.FUTURE:
        return When(
            shift, at_text, walker_id, error=_("The time lies in the future. Choose when it was walked.")
        )
    if at < clock.now() - services.OLDEST_BY_STAFF:
        return When(shift, at_text, walker_id, error=_("The time is more than 60 days ago."))
    return When(shift, at_text, walker_id, at)


def _page(line: TurfLine, sheet: Sheet, when: When) -> str:
    g.time_zone = _campaign().time_zone
    return render_template(
        "canvass/paper.html",
        turf=line,
        sheet=sheet,
        when=when,
        shifts=[(key, label) for key, label, _at in _shifts()],
        walkers=_walkers(line.id),
        other=OTHER,
        results=RESULTS,
        support=SUPPORT,
    )


def _shifts() -> list[tuple[str, str, datetime]]:
    """The shifts of the last weeks that the lead may run and that have begun, the newest first."""
    now = clock.now()
    g.time_zone = _campaign().time_zone
    found = events.shifts_to_run(
        current_user.campaign_id, _paths(), person_id=current_user.id, from_at=now - LOOK_BACK, until_at=now
    )
    return [
        (
            str(card.id),
            f"{moment_text(card.starts_at)} · {card.event_name} · {card.location_name}",
            card.starts_at,
        )
        for card in reversed(found)
    ]


def _walkers(turf_id: int) -> list[tuple[int, str]]:
    """Who held this turf, the newest first."""
    return list({each.person_id: each.person_name for each in turf.leases_of_turf(turf_id)}.items())


def _campaign() -> Campaign:
    campaign: Campaign = db.session.get_one(Campaign, current_user.campaign_id)
    return campaign


def _paths() -> list[str]:
    return access.paths(current_user, Role.FIELD_LEAD)
