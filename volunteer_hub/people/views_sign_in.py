"""Signing in: a link by email for everybody; password and codes for staff. A GET changes nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Response, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from volunteer_hub.core import clock, secrets
from volunteer_hub.core.access import by_token, public
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.people import identity, limits, services
from volunteer_hub.people.blueprint import bp
from volunteer_hub.people.browsers import describe
from volunteer_hub.people.forms import CodeForm, PasswordSignInForm, PlainForm, SignInForm
from volunteer_hub.people.models import Person
from volunteer_hub.people.paths import safe_path
from volunteer_hub.people.services import passkeys, passwords, second_factor, sessions
from volunteer_hub.people.services.second_factor import WrongCode
from volunteer_hub.people.wording import moment_in

ASKER = "vh_asker"
ASKER_S = 3600
SECOND_STEP_S = 300
ANSWER_AFTER_S = 0.12


class NotThisPair(Refusal):
    """Email and password do not belong together, whichever of them is wrong."""

    def __init__(self) -> None:
        super().__init__(_l("Email and password do not fit. Try again, or ask for a link by email."))


class StepOver(Refusal):
    """The time between password and code has run out."""

    status = 410

    def __init__(self) -> None:
        super().__init__(_l("That took too long. Start signing in again."))


@bp.route("/sign-in", methods=["GET", "POST"])
@public("asks for an email; its answer does not say whether anybody has it")
@limits.LINK_BY_ADDRESS
@limits.LINK_BY_EMAIL
def sign_in() -> ResponseReturnValue:
    next_path = safe_path(request.args.get("next"))
    if current_user.is_authenticated and "again" not in request.args:
        return redirect(next_path or url_for("people.home"))
    form = SignInForm(data={"next": next_path or ""})
    if not form.validate_on_submit():
        page = render_template("people/sign_in.html", form=form, has_passkeys=passkeys.site() is not None)
        return page, 422 if form.errors else 200
    token = browser_token()
    with steady_answer(), transaction():
        services.ask_for_link(
            form.email.data or "",
            next_path=safe_path(form.next.data),
            browser_token=token,
            asked_from=this_browser(),
            now=clock.now(),
        )
    return keep_browser_token(redirect(url_for("people.link_sent")), token)


@bp.get("/sign-in/sent")
@public("says to look into the mailbox, the same to everybody")
def link_sent() -> ResponseReturnValue:
    minutes = current_app.extensions["vh_config"].sign_in_link_min
    return render_template("people/link_sent.html", minutes=minutes)


@bp.route("/sign-in/link/<token>", methods=["GET", "POST"])
@by_token("the secret of a sign-in link, which only the reader of the mail has")
@limits.OPEN_BY_ADDRESS
def sign_in_link(token: str) -> ResponseReturnValue:
    """GET shows a button, for link scanners fetch links too; POST signs in."""
    form = PlainForm()
    if form.validate_on_submit():
        return _use(token)
    link = services.open_link(token, browser_token=request.cookies.get(ASKER), now=clock.now())
    return render_template(
        "people/sign_in_link.html",
        form=form,
        link=link,
        token=token,
        asked_at=moment_in(link.asked_at, link.time_zone),
    )


def _use(token: str) -> ResponseReturnValue:
    with transaction():
        person, next_path = services.use_link(token, now=clock.now())
        return let_in_or_ask(person, "link", next_path)


@bp.route("/sign-in/password", methods=["GET", "POST"])
@public("asks staff for email and password; its answer does not say which of them is wrong")
@limits.PASSWORD_BY_ADDRESS
@limits.PASSWORD_BY_EMAIL
def sign_in_password() -> ResponseReturnValue:
    form = PasswordSignInForm(data={"next": safe_path(request.args.get("next")) or ""})
    if form.validate_on_submit():
        try:
            return _by_password(form)
        except Refusal as refusal:
            form.refuse(refusal)
            return render_template("people/sign_in_password.html", form=form), 403
    return render_template("people/sign_in_password.html", form=form), 422 if form.errors else 200


def _by_password(form: PasswordSignInForm) -> ResponseReturnValue:
    person = passwords.person_by_password(form.email.data or "", form.password.data or "")
    if person is None:
        raise NotThisPair()
    with transaction():
        return let_in_or_ask(person, "password", safe_path(form.next.data))


def let_in_or_ask(
    person: Person, way_in: str, next_path: str | None, *, has_second_factor: bool = False
) -> ResponseReturnValue:
    """After a first step: into the campaign, or to the second step of who has one and has not taken it."""
    if person.totp_confirmed_at is None or has_second_factor:
        return _let_in(person, way_in, next_path, has_second_factor=has_second_factor)
    _await_code(person, way_in, next_path)
    return redirect(url_for("people.sign_in_code"))


@bp.route("/sign-in/code", methods=["GET", "POST"])
@by_token("the signed note of a first step taken within five minutes")
@limits.OPEN_BY_ADDRESS
@limits.CODE_BY_PERSON
def sign_in_code() -> ResponseReturnValue:
    step = _first_step()
    form = CodeForm()
    if form.validate_on_submit():
        try:
            with transaction():
                return _by_code(step, form.code.data or "")
        except WrongCode as refusal:
            form.refuse(refusal)
    return render_template("people/sign_in_code.html", form=form), 403 if form.errors else 200


def _by_code(step: dict[str, Any], code: str) -> ResponseReturnValue:
    person = db.session.get(Person, step["person_id"])
    if person is None or not person.is_active:
        raise StepOver()
    second_factor.check(person, code, now=clock.now())
    session.pop("second_step", None)
    return _let_in(person, step["way_in"], safe_path(step["next"]), has_second_factor=True)


@bp.post("/sign-out")
@public("ends the session of this browser, if it has one")
def sign_out() -> ResponseReturnValue:
    if current_user.is_authenticated:
        with transaction():
            sessions.end(current_user.id, current_user.session_id, now=clock.now())
    session.clear()
    return identity.take_cookie(redirect(url_for("people.home")))  # type: ignore[arg-type]


def _let_in(
    person: Person, way_in: str, next_path: str | None, *, has_second_factor: bool = False
) -> Response:
    """Open a session in this browser, in place of the one it had."""
    now = clock.now()
    if current_user.is_authenticated:
        sessions.end(current_user.id, current_user.session_id, now=now)
    token = identity.open_session(
        person, way_in=way_in, browser=this_browser(), second_factor=has_second_factor, now=now
    )
    session.clear()  # a form token from before signing in is worth nothing after it
    return identity.give_cookie(redirect(next_path or url_for("people.home")), token)  # type: ignore[arg-type]


def _await_code(person: Person, way_in: str, next_path: str | None) -> None:
    session["second_step"] = {
        "person_id": person.id,
        "way_in": way_in,
        "next": next_path,
        "until": clock.now().timestamp() + SECOND_STEP_S,
    }


def _first_step() -> dict[str, Any]:
    step: dict[str, Any] | None = session.get("second_step")
    if step is None or step["until"] < clock.now().timestamp():
        session.pop("second_step", None)
        raise StepOver()
    return step


def this_browser() -> str:
    """The present browser in two words."""
    return describe(request.headers.get("User-Agent", ""))


def browser_token() -> str:
    """What tells this browser from others while a link is under way."""
    given = request.cookies.get(ASKER)
    return given if given and 20 <= len(given) <= 64 else secrets.new_token(18)


def keep_browser_token(response: Any, token: str) -> Response:
    """Put it into the browser for an hour."""
    config = current_app.extensions["vh_config"]
    response.set_cookie(
        ASKER, token, max_age=ASKER_S, secure=config.is_public_https, httponly=True, samesite="Lax"
    )
    return response


@contextmanager
def steady_answer() -> Iterator[None]:
    """Take at least ANSWER_AFTER_S, so that the time of an answer does not say whether a mail was written."""
    started = time.monotonic()
    try:
        yield
    finally:
        time.sleep(max(0.0, ANSWER_AFTER_S - (time.monotonic() - started)))
