"""How long things are kept, and what was forgotten when."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from volunteer_hub.core.access import Role, needs
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.people import retention
from volunteer_hub.people.blueprint import bp
from volunteer_hub.people.forms import PlainForm
from volunteer_hub.people.models import Campaign


@bp.route("/campaign/retention", methods=["GET", "POST"])
@needs(Role.ADMIN)
def retention_rules() -> ResponseReturnValue:
    campaign = db.session.get_one(Campaign, current_user.campaign_id)
    form = PlainForm()
    said = {key: str(retention.days_of(campaign, key)) for key in retention.RULES}
    errors: dict[str, str] = {}
    if form.validate_on_submit():
        said |= {key: request.form.get(key, said[key]).strip()[:6] for key in retention.RULES}
        try:
            wanted = _read(said)
            with transaction():
                retention.set_days(campaign, wanted, by=current_user.id)
        except Refusal as refusal:
            errors[refusal.field or ""] = str(refusal.sentence)
        else:
            flash(_("Saved."), "ok")
            return redirect(url_for("people.retention_rules"))
    page = render_template(
        "people/retention.html",
        rules=retention.RULES,
        said=said,
        errors=errors,
        forgotten=retention.forgotten(campaign.id),
    )
    return page, 422 if errors else 200


def _read(said: dict[str, str]) -> dict[str, int]:
    wanted = {}
    for key, rule in retention.RULES.items():
        if rule.is_fixed:
            continue
        if not (said[key].isascii() and said[key].isdigit()):
            raise Refusal(_l("Write a number of days."), field=key)
        wanted[key] = int(said[key])
    return wanted
