"""The page of what was fixed by hand: pins and never-pairs, each to be taken back."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from volunteer_hub.core import access, audit, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import transaction
from volunteer_hub.matching import pages, queries, services
from volunteer_hub.matching.blueprint import bp


@bp.get("/matching/wishes")
@access.needs(Role.ORGANIZER)
def wishes() -> ResponseReturnValue:
    """Pins and never-pairs for shifts ahead, of people in the viewer's areas."""
    campaign = pages.campaign()
    found = queries.wishes(campaign.id, pages.area_paths(), clock.now(), pages.page_number())
    return pages.page("matching/wishes.html", found=found)


@bp.post("/matching/wishes/<int:wish_id>/remove")
@access.needs(Role.ORGANIZER)
def remove_wish(wish_id: int) -> ResponseReturnValue:
    """Let later plans decide about a pair again."""
    with transaction():
        wish = queries.wish_within(current_user.campaign_id, wish_id, pages.area_paths())
        services.unpin(current_user.campaign_id, wish.person_id, wish.shift_id)
        audit.record(
            "change.wish", campaign_id=current_user.campaign_id, by=current_user.id,
            subject=f"person:{wish.person_id}", kind=wish.kind, shift=wish.shift_id,
        )  # fmt: skip
    flash(_("Taken back. The next plan decides again."), "ok")
    return redirect(url_for("matching.wishes"), code=303)
