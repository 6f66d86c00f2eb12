"""Check-in by a code: the field lead scans it with the phone's camera, and a page with one button opens."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from volunteer_hub.core import access, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import transaction
from volunteer_hub.core.refusals import NotFound, Refusal
from volunteer_hub.events import links, pages, queries, services
from volunteer_hub.events.blueprint import bp
from volunteer_hub.events.queries import MyShift, ShiftCard
from volunteer_hub.people.queries import names, require_not_erased


@bp.get("/organize/check-in/<int:sign_up_id>/<signature>")
@access.needs(Role.FIELD_LEAD)
def check_in(sign_up_id: int, signature: str) -> ResponseReturnValue:
    """Who it is and one button; looking alone changes nothing."""
    mine, card = _behind(sign_up_id, signature)
    return pages.page(
        "events/check_in.html",
        pages.own_campaign(),
        card=card,
        mine=mine,
        name=names([mine.person_id]).get(mine.person_id, ""),
        signature=signature,
    )


@bp.post("/organize/check-in/<int:sign_up_id>/<signature>")
@access.needs(Role.FIELD_LEAD)
def check_in_now(sign_up_id: int, signature: str) -> ResponseReturnValue:
    """Present; on to the desk, at this person's line."""
    mine, card = _behind(sign_up_id, signature)
    try:
        with transaction():
            services.check_in(card.campaign_id, sign_up_id, by=current_user.id, now=clock.now())
    except Refusal as refusal:
        flash(str(refusal.sentence), "error")
        return redirect(url_for("events.check_in", sign_up_id=sign_up_id, signature=signature))
    flash(_("%(name)s is here.", name=names([mine.person_id]).get(mine.person_id, "")), "ok")
    if card.kind == "canvass":
        return redirect(url_for("canvass.shift", shift_id=card.id) + f"#person-{mine.person_id}")
    return redirect(url_for("events.roster", shift_id=card.id) + f"#sign-up-{sign_up_id}")


def _behind(sign_up_id: int, signature: str) -> tuple[MyShift, ShiftCard]:
    """The sign-up of a code of ours, on a shift that the viewer runs; raises NotFound."""
    if not links.check_in_path_holds(sign_up_id, signature):
        raise NotFound()
    mine = queries.my_sign_up(current_user.campaign_id, sign_up_id)
    require_not_erased(mine.person_id)
    card = queries.shift_within(
        current_user.campaign_id, mine.card.id, pages.lead_paths(), person_id=current_user.id
    )
    return mine, card
