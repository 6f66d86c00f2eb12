"""A person's ways in and their privacy: sessions, password, second step, address, download, erasure."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from cryptography.fernet import InvalidToken
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from volunteer_hub.core import clock, secrets
from volunteer_hub.core.access import Role, by_token, needs, public, signed_in
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.refusals import Forbidden, Refusal
from volunteer_hub.people import identity, limits, mails, queries, retention, services
from volunteer_hub.people.blueprint import bp
from volunteer_hub.people.browsers import describe
from volunteer_hub.people.contact import normal_email
from volunteer_hub.people.forms import CodeForm, EmailForm, EraseForm, PasswordForm, PlainForm
from volunteer_hub.people.models import Campaign, Person
from volunteer_hub.people.paths import safe_path
from volunteer_hub.people.services import passkeys, passwords, sessions
from volunteer_hub.people.services import second_factor as codes
from volunteer_hub.people.services.sign_in import LinkGone
from volunteer_hub.people.views_profile import myself, parts

FRESH_FOR = timedelta(minutes=30)
"""A session older than this must sign in once more before it may change a way in or erase the person."""

EMAIL_LINK_FOR = timedelta(hours=2)


def is_fresh() -> bool:
    """Did this person sign in just now, and with the second step if they have one?"""
    return bool(clock.now() - current_user.signed_in_at < FRESH_FOR) and not _missing_step()


def _missing_step() -> str | None:
    """What they have set up beside the mailbox and have not shown in this session: "code", "passkey".

    A passkey that made sure of its person counts as a code, too (services/passkeys.py).
    """
    if current_user.has_second_factor:
        return None
    if myself().totp_confirmed_at is not None:
        return "code"
    has_passkey = passkeys.site() is not None and bool(passkeys.passkeys_of(current_user.id))
    return "passkey" if has_passkey and current_user.way_in != "passkey" else None


def ask_once_more() -> str:
    """The sentence that says how to sign in for a change that needs it."""
    return {
        "code": _("For this, please sign in once more, with the code of your app."),
        "passkey": _(
            "For this, please sign in once more, with your passkey. If you have lost it, ask an admin to "
            "reset your second step."
        ),
    }.get(_missing_step() or "", _("For this, please sign in once more."))


def once_more(back_to: str | None = None) -> ResponseReturnValue:
    """Lead to signing in again, and back here."""
    flash(ask_once_more(), "info")
    return redirect(url_for("people.sign_in", again=1, next=back_to or request.path))


@bp.get("/profile/security")
@signed_in
def security() -> ResponseReturnValue:
    person = myself()
    return render_template(
        "people/security.html",
        person=person,
        sessions=queries.sessions(person.id, clock.now()),
        recovery_codes=codes.recovery_codes_left(person.id),
        passkeys=passkeys.passkeys_of(person.id),
        has_passkeys=passkeys.site() is not None,
        is_fresh=is_fresh(),
        this_browser=describe(request.headers.get("User-Agent", "")),
        parts=parts(),
    )


@bp.post("/profile/sessions/<int:session_id>/end")
@signed_in
def end_session(session_id: int) -> ResponseReturnValue:
    with transaction():
        sessions.end(current_user.id, session_id, now=clock.now())
    flash(_("That browser is signed out."), "ok")
    return redirect(url_for("people.security"))


@bp.post("/profile/sessions/end-others")
@signed_in
def end_other_sessions() -> ResponseReturnValue:
    with transaction():
        sessions.end_all(
            current_user.campaign_id,
            current_user.id,
            by=current_user.id,
            now=clock.now(),
            but=current_user.session_id,
        )
    flash(_("All other browsers are signed out."), "ok")
    return redirect(url_for("people.security"))


@bp.route("/profile/password", methods=["GET", "POST"])
@signed_in
@limits.SECRETS_BY_PERSON
def password() -> ResponseReturnValue:
    if not current_user.is_staff:
        raise Forbidden(_l("Volunteers sign in by email; a password is for organizers and admins."))
    if not is_fresh():
        return once_more()
    form, person = PasswordForm(), myself()
    if form.validate_on_submit():
        try:
            _set_password(person, form)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(_("Your password is set. All other browsers are signed out."), "ok")
            return redirect(url_for("people.security"))
    page = render_template("people/password.html", form=form, person=person)
    return page, 422 if form.errors else 200


def _set_password(person: Person, form: PasswordForm) -> None:
    if person.password_hash and not passwords.is_password_of(person, form.current.data or ""):
        raise Refusal(_l("That is not your current password."), field="current")
    with transaction():
        passwords.set_password(
            person, form.password.data or "", keep_session=current_user.session_id, now=clock.now()
        )


@bp.route("/profile/second-step", methods=["GET", "POST"])
@signed_in
@limits.SECRETS_BY_PERSON
def second_factor() -> ResponseReturnValue:
    """Show where the second step stands; POST makes a seed that waits for its first code."""
    if not current_user.is_staff:
        raise Forbidden(_l("A second step is for organizers and admins."))
    if not is_fresh():
        return once_more()
    person = myself()
    if PlainForm().validate_on_submit():
        with transaction():
            codes.begin(person)
        return redirect(url_for("people.second_factor", next=safe_path(request.args.get("next"))))
    return _second_factor_page(person, CodeForm(formdata=None))


def _second_factor_page(person: Person, form: CodeForm) -> str:
    waits = person.totp_confirmed_at is None and person.totp_sealed is not None
    return render_template(
        "people/second_factor.html",
        person=person,
        form=form,
        qr_code=codes.qr_code(person, current_user.campaign_name) if waits else None,
        seed=codes.seed_of(person) if waits else None,
        next=safe_path(request.args.get("next")),
    )


@bp.post("/profile/second-step/confirm")
@signed_in
@limits.SECRETS_BY_PERSON
def confirm_second_factor() -> ResponseReturnValue:
    """Turn it on with a first code; the answer shows the recovery codes, once."""
    if not current_user.is_staff:
        raise Forbidden()
    if not is_fresh():
        return once_more(url_for("people.second_factor"))
    form, person = CodeForm(), myself()
    next_path = safe_path(request.args.get("next"))
    if not form.validate_on_submit():
        return _second_factor_page(person, form), 422
    try:
        with transaction():
            new = codes.confirm(
                person, form.code.data or "", session_id=current_user.session_id, now=clock.now()
            )
    except Refusal as refusal:
        form.refuse(refusal)
        return _second_factor_page(person, form), 422
    return render_template("people/recovery_codes.html", codes=new, next=next_path)


@bp.post("/profile/second-step/recovery-codes")
@signed_in
@limits.SECRETS_BY_PERSON
def new_recovery_codes() -> ResponseReturnValue:
    if not current_user.has_second_factor or not is_fresh():
        return once_more(url_for("people.security"))
    with transaction():
        new = codes.new_recovery_codes(myself())
    return render_template("people/recovery_codes.html", codes=new, next=None)


@bp.route("/profile/second-step/off", methods=["GET", "POST"])
@signed_in
@limits.SECRETS_BY_PERSON
def second_factor_off() -> ResponseReturnValue:
    form = CodeForm()
    if form.validate_on_submit():
        try:
            with transaction():
                codes.turn_off(myself(), form.code.data or "", now=clock.now())
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(_("The second step is turned off."), "ok")
            return redirect(url_for("people.security"))
    return render_template("people/second_factor_off.html", form=form), 422 if form.errors else 200


@bp.route("/profile/email", methods=["GET", "POST"])
@signed_in
@limits.SECRETS_BY_PERSON
def email() -> ResponseReturnValue:
    """Ask for another address; it is used once its reader has opened the link sent to it."""
    if not is_fresh():
        return once_more()
    form = EmailForm()
    if form.validate_on_submit():
        try:
            _ask_new_email(myself(), normal_email(form.email.data or ""))
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(_("We have sent a link to the new address. Open it there to finish."), "info")
            return redirect(url_for("people.security"))
    return render_template("people/email.html", form=form), 422 if form.errors else 200


def _ask_new_email(person: Person, address: str) -> None:
    until = clock.now() + EMAIL_LINK_FOR
    wish = {"id": person.id, "old": person.email, "new": address, "until": until.timestamp()}
    token = secrets.seal(json.dumps(wish)).decode()
    with transaction():
        mails.post_email_change(
            person,
            db.session.get_one(Campaign, person.campaign_id),
            address,
            url_for("people.confirm_email", token=token),
            key=f"new-email-{secrets.new_token(9)}",
            expires_at=until,
        )


@bp.route("/profile/email/<token>", methods=["GET", "POST"])
@by_token("a sealed wish sent to the new address; it names the old one, so it works once")
@limits.OPEN_BY_ADDRESS
def confirm_email(token: str) -> ResponseReturnValue:
    wish = _read_wish(token)
    person = db.session.get(Person, wish["id"])
    if person is None or not person.is_active or person.email != wish["old"]:
        raise LinkGone()
    form = PlainForm()
    if not form.validate_on_submit():
        return render_template("people/confirm_email.html", form=form, address=wish["new"], token=token)
    now = clock.now()
    with transaction():
        campaign = db.session.get_one(Campaign, person.campaign_id)
        mails.post_notice(person, campaign, "email", key=f"notice-{secrets.new_token(9)}", at=now)
        services.change_email(person, wish["new"], by=person.id, now=now)
    flash(_("Your address is changed. Sign in with it from now on."), "ok")
    return redirect(url_for("people.home"))


def _read_wish(token: str) -> dict[str, Any]:
    try:
        wish: dict[str, Any] = json.loads(secrets.unseal(token))  # type: ignore[arg-type]
    except (InvalidToken, ValueError):
        raise LinkGone() from None
    if not isinstance(wish, dict) or wish.keys() != {"id", "old", "new", "until"}:
        raise LinkGone()
    if wish["until"] < clock.now().timestamp():
        raise LinkGone()
    return wish


@bp.route("/profile/erase", methods=["GET", "POST"])
@signed_in
@limits.SECRETS_BY_PERSON
def erase_me() -> ResponseReturnValue:
    if not is_fresh():
        return once_more()
    form = EraseForm()
    if form.validate_on_submit():
        try:
            with transaction():
                services.erase(myself(), by=current_user.id, now=clock.now())
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return identity.take_cookie(redirect(url_for("people.erased")))  # type: ignore[arg-type]
    campaign = db.session.get_one(Campaign, current_user.campaign_id)
    page = render_template("people/erase.html", form=form, backup_days=retention.days_of(campaign, "backups"))
    return page, 422 if form.errors or form.form_errors else 200


@bp.get("/erased")
@public("says goodbye, the same to everybody")
def erased() -> ResponseReturnValue:
    return render_template("people/erased.html")


@bp.post("/people/<int:person_id>/second-step/reset")
@needs(Role.ADMIN)
def reset_second_factor(person_id: int) -> ResponseReturnValue:
    """An admin has made sure who asks: the lost device is forgotten, and all sessions end."""
    person = queries.person_by_id(current_user.campaign_id, person_id)
    now = clock.now()
    with transaction():
        services.require_over(person, current_user)
        codes.reset(person, by=current_user.id, now=now)
        passkeys.forget_all(person.id)
        sessions.end_all(person.campaign_id, person.id, by=current_user.id, now=now)
    flash(_("The second step is removed; they can set up a new one."), "ok")
    return redirect(url_for("people.person", person_id=person.id))
