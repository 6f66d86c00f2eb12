"""What a person agrees to: the questions, the answers that hold, and all that were ever given."""

from __future__ import annotations

from collections.abc import Collection

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user

from volunteer_hub.core import clock
from volunteer_hub.core.access import signed_in
from volunteer_hub.core.db import transaction
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.messaging import lines
from volunteer_hub.messaging import services as messaging
from volunteer_hub.people import services, standing
from volunteer_hub.people.blueprint import bp
from volunteer_hub.people.consent_words import VIA, words_of
from volunteer_hub.people.contact import normal_phone
from volunteer_hub.people.forms_consents import ConsentsForm
from volunteer_hub.people.models import Person
from volunteer_hub.people.queries.consents import answers
from volunteer_hub.people.services import consent
from volunteer_hub.people.views_profile import myself, parts


@bp.route("/profile/messages", methods=["GET", "POST"])
@signed_in
def consents() -> ResponseReturnValue:
    person, holding = myself(), standing.of_person(current_user.id)
    agreed = {each.purpose: each.holds for each in holding}
    ticked = " ".join(purpose for purpose, holds in agreed.items() if holds)
    form = ConsentsForm(data=agreed | {"phone": person.phone, "shown": ticked})
    if form.validate_on_submit():
        try:
            _save(person, form, {each.purpose for each in holding if each.has_new_words})
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(_("Saved."), "ok")
            return redirect(url_for("people.consents"))
    page = render_template(
        "people/consents.html",
        form=form,
        person=person,
        holding=holding,
        history=answers(person.id),
        words_of=words_of,
        via=VIA,
        parts=parts(),
        stopped=messaging.said_stop(person.campaign_id, person.phone),
        line_number=_number_of_line(person.campaign_id),
    )
    return page, 422 if form.errors else 200


def _number_of_line(campaign_id: int) -> str | None:
    """The number that our texts come from; None where they leave by a service with numbers of its own."""
    line = lines.line_of(current_app.extensions["vh_config"], campaign_id)
    return line.sender if line and line.sender.startswith("+") else None


def _save(person: Person, form: ConsentsForm, asked_anew: Collection[str]) -> None:
    said, language, now = form.answered(asked_anew), str(get_locale() or "en")[:2], clock.now()
    phone = form.phone.data or ""
    if form.text.data and normal_phone(phone) != person.phone:
        said["text"] = True  # left ticked beside another number: a yes for that one
    with transaction():
        services.set_consent(
            person,
            phone=phone,
            email_agreed=said.get("email"),
            text_agreed=said.get("text"),
            by=current_user.id,
            now=now,
            language=language,
        )
        for purpose in ("photo", "data"):
            if purpose in said:
                consent.record(person, purpose, said[purpose], via="profile", language=language, now=now)
