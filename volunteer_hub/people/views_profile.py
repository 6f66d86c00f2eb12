"""A person's own pages: about them, when they can help, how they may be reached."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from volunteer_hub.core import clock
from volunteer_hub.core.access import signed_in
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.people import queries, services
from volunteer_hub.people.blueprint import bp
from volunteer_hub.people.forms import AwayForm, PapersForm, ProfileForm, WindowForm
from volunteer_hub.people.models import Person
from volunteer_hub.people.papers import Said
from volunteer_hub.people.wording import window_text


def myself() -> Person:
    """The row of the person who looks."""
    return db.session.get_one(Person, current_user.id)


def parts() -> list[dict[str, Any]]:
    """The tabs of one's own pages."""
    places = (
        ("people.profile", _("About me")),
        ("people.availability", _("Times")),
        ("people.consents", _("What I agree to")),
        ("people.security", _("Security")),
    )
    return [
        {"label": label, "url": url_for(place), "active": request.endpoint == place}
        for place, label in places
    ]


@bp.route("/profile", methods=["GET", "POST"])
@signed_in
def profile() -> ResponseReturnValue:
    person = myself()
    form = ProfileForm(obj=person, spoken=tuple(person.languages))
    if form.validate_on_submit():
        try:
            with transaction():
                services.edit_profile(person, form.profile(), by=current_user.id)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(_("Saved."), "ok")
            answer = redirect(url_for("people.profile"))
            answer.delete_cookie("language")  # what the switch set in this browser yields to the profile
            return answer
    return _profile_page(form, PapersForm(formdata=None)), 422 if form.errors else 200


@bp.post("/profile/papers")
@signed_in
def papers() -> ResponseReturnValue:
    """Which papers one has, and the age one has reached: said once, so that no shift has to ask."""
    form, person, now = PapersForm(), myself(), clock.now()
    if not form.validate_on_submit():
        return _profile_page(
            ProfileForm(obj=person, spoken=tuple(person.languages), formdata=None), form
        ), 422
    had = {row.kind for row in queries.papers_of_people([person.id]).get(person.id, ())}
    chosen = set(form.papers.data or ())
    with transaction():
        services.say(person, Said(form.age_at_least.data, dict.fromkeys(sorted(chosen - had))), now=now)
        for kind in sorted(had - chosen):
            services.take_back(person, kind)
    flash(_("Saved."), "ok")
    return redirect(url_for("people.profile") + "#papers-and-age")


def _profile_page(form: ProfileForm, papers_form: PapersForm) -> str:
    person = myself()
    rows = queries.papers_of_people([person.id]).get(person.id, ())
    if not papers_form.is_submitted() or request.endpoint != "people.papers":
        papers_form.papers.data = [row.kind for row in rows]
        papers_form.age_at_least.data = person.age_at_least
    return render_template(
        "people/profile.html", form=form, papers_form=papers_form, person=person, papers=rows, parts=parts()
    )


@bp.route("/profile/availability", methods=["GET", "POST"])
@signed_in
def availability() -> ResponseReturnValue:
    """The weekly pattern and the exceptions: more time on a day, or a day on which one cannot."""
    is_away = "away_on" in request.form
    form = WindowForm(formdata=None) if is_away else WindowForm()
    away = AwayForm() if is_away else AwayForm(formdata=None)
    sent = away if is_away else form
    if sent.validate_on_submit():
        try:
            with transaction():
                services.add_windows(myself(), sent.windows())
        except Refusal as refusal:
            sent.refuse(refusal)
        else:
            flash(_("Added."), "ok")
            return redirect(url_for("people.availability"))
    rows = queries.availability(current_user.id)
    page = render_template(
        "people/availability.html",
        form=form,
        away=away,
        weekly=[row for row in rows if row.window.weekday is not None],
        exceptions=[row for row in rows if row.window.weekday is None],
        gives_time=any(not row.window.is_away for row in rows),
        window_text=window_text,
        parts=parts(),
    )
    return page, 422 if sent.errors or sent.form_errors else 200


@bp.post("/profile/availability/<int:window_id>/remove")
@signed_in
def remove_window(window_id: int) -> ResponseReturnValue:
    with transaction():
        services.remove_window(myself(), window_id)
    flash(_("Removed."), "ok")
    return redirect(url_for("people.availability"))


@bp.post("/profile/availability/any-time")
@signed_in
def any_time() -> ResponseReturnValue:
    with transaction():
        services.set_windows(myself(), [])
    flash(_("You are down for any time now."), "ok")
    return redirect(url_for("people.availability"))
