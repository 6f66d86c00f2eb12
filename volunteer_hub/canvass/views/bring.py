"""For field leads: taking in what a phone could not send, and deciding about what was set aside."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from volunteer_hub.canvass import services
from volunteer_hub.canvass.blueprint import bp
from volunteer_hub.canvass.bringing import Part, parts_of
from volunteer_hub.core import access, audit, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import transaction
from volunteer_hub.core.refusals import NotFound, Refusal
from volunteer_hub.core.web import limiter
from volunteer_hub.turf import queries as turf


@dataclass(frozen=True, slots=True)
class Brought:
    """What one log brought. missing: entries before these have not arrived yet, so nothing was taken."""

    turf_name: str
    person_name: str
    entries: int
    stored: int
    set_aside: int
    missing: bool


@bp.get("/organize/bring")
@access.needs(Role.FIELD_LEAD)
def bring() -> ResponseReturnValue:
    """A form for the file that a canvasser saved; a scanned code fills it in by itself."""
    return render_template("canvass/bring.html", brought=[], error="")


@bp.post("/organize/bring")
@limiter.limit("60/minute")
@access.needs(Role.FIELD_LEAD)
def take_in() -> ResponseReturnValue:
    """Take in a file or codes, log by log, exactly as if the phone had sent them."""
    file = request.files.get("file")
    text = file.read().decode("utf-8", "replace") if file else ""
    try:
        brought = [_take_in(part) for part in parts_of(text or request.form.get("text", ""))]
    except Refusal as refusal:
        return render_template("canvass/bring.html", brought=[], error=str(refusal.sentence)), 422
    return render_template("canvass/bring.html", brought=brought, error="")


def _take_in(part: Part) -> Brought:
    now = clock.now()
    stored = aside = 0
    missing = False
    card = None
    for batch in part.batches:
        with transaction():
            holder = services.holder_of(part.token, batch.log)
            if holder is None or holder.campaign_id != current_user.campaign_id:
                raise Refusal(_("This comes from a walk list that is not of this campaign."))
            card = turf.lease_within(holder.campaign_id, holder.id, _paths())
            taken = services.receive(batch, holder, now=now)
            audit.record(
                "bring.log", campaign_id=holder.campaign_id, by=current_user.id, subject=f"lease:{holder.id}"
            )
        if taken.forked:
            raise Refusal(_("The phone has begun this log anew. Save the file again on the phone."))
        stored, aside = stored + taken.stored, aside + len(taken.set_aside)
        missing = missing or taken.head < batch.first - 1
    if card is None:
        raise Refusal(_("There is nothing unsent in this file."))
    count = sum(len(batch.texts) for batch in part.batches)
    return Brought(card.turf_name, card.person_name, count, stored, aside, missing)


@bp.get("/organize/aside")
@access.needs(Role.FIELD_LEAD)
def aside() -> ResponseReturnValue:
    """What phones brought and did not count by itself, with the reason."""
    campaign_id, paths = current_user.campaign_id, _paths()
    return render_template(
        "canvass/aside.html",
        waiting=services.aside_lines(campaign_id, paths),
        decided=services.aside_lines(campaign_id, paths, decided=True, most=20),
        late=services.late_lines(campaign_id, paths),
    )


@bp.post("/organize/aside/<int:entry_id>")
@access.needs(Role.FIELD_LEAD)
def decide_aside(entry_id: int) -> ResponseReturnValue:
    """Let one entry count, dismiss it, or open it again."""
    try:
        with transaction():
            services.decide(
                current_user.campaign_id,
                entry_id,
                request.form.get("decision", ""),
                area_paths=_paths(),
                by=current_user.id,
                now=clock.now(),
            )
    except NotFound:
        raise
    except Refusal as refusal:
        flash(str(refusal.sentence), "error")
    return redirect(url_for("canvass.aside"))


def _paths() -> list[str]:
    return list(access.paths(current_user, Role.FIELD_LEAD))
