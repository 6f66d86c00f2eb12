"""Passkeys: made and removed on the security page, used on the sign-in page."""

from __future__ import annotations

from flask import Response, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from volunteer_hub.core import clock
from volunteer_hub.core.access import public, signed_in
from volunteer_hub.core.db import transaction
from volunteer_hub.core.refusals import Forbidden
from volunteer_hub.people import limits
from volunteer_hub.people.blueprint import bp
from volunteer_hub.people.paths import safe_path
from volunteer_hub.people.services import passkeys
from volunteer_hub.people.views_profile import myself
from volunteer_hub.people.views_security import ask_once_more, is_fresh, once_more
from volunteer_hub.people.views_sign_in import let_in_or_ask, this_browser

TICKET = "passkey"
LONGEST = 16_384


@bp.post("/profile/passkeys/options")
@signed_in
@limits.SECRETS_BY_PERSON
def passkey_options() -> ResponseReturnValue:
    """What the browser needs to make a passkey."""
    _require_fresh()
    options, session[TICKET] = passkeys.options_to_add(myself())
    return Response(options, mimetype="application/json")


@bp.post("/profile/passkeys")
@signed_in
@limits.SECRETS_BY_PERSON
def add_passkey() -> ResponseReturnValue:
    """Keep what the device made."""
    _require_fresh()
    with transaction():
        passkeys.add(
            myself(),
            _credential(),
            session.pop(TICKET, None),
            session_id=current_user.session_id,
            name=request.form.get("name", "").strip() or this_browser(),
            now=clock.now(),
        )
    flash(_("The passkey is added. You can sign in with it from now on."), "ok")
    return redirect(url_for("people.security"))


@bp.post("/profile/passkeys/<int:passkey_id>/remove")
@signed_in
@limits.SECRETS_BY_PERSON
def remove_passkey(passkey_id: int) -> ResponseReturnValue:
    """Whoever only reads the mail cannot take away what keeps them out."""
    if not is_fresh():
        return once_more(url_for("people.security"))
    with transaction():
        passkeys.remove(myself(), passkey_id, now=clock.now())
    flash(_("The passkey is removed. Remove it from your device, too."), "ok")
    return redirect(url_for("people.security"))


@bp.post("/sign-in/passkey/options")
@public("a fresh challenge for any passkey of this site; it names nobody")
@limits.CHALLENGE_BY_ADDRESS
def sign_in_passkey_options() -> ResponseReturnValue:
    """What the browser needs to ask for a passkey."""
    options, session[TICKET] = passkeys.options_to_sign_in()
    return Response(options, mimetype="application/json")


@bp.post("/sign-in/passkey")
@public("signs in by the answer of a device that has a passkey of this site")
@limits.OPEN_BY_ADDRESS
def sign_in_passkey() -> ResponseReturnValue:
    """A passkey that made sure of its person (PIN, finger, face) is two steps in one."""
    with transaction():
        person, is_verified = passkeys.sign_in(_credential(), session.pop(TICKET, None), now=clock.now())
        return let_in_or_ask(
            person, "passkey", safe_path(request.form.get("next")), has_second_factor=is_verified
        )


def _credential() -> str:
    return request.form.get("credential", "")[:LONGEST]


def _require_fresh() -> None:
    """Signed in just now, and with the second step of who has set one up: a passkey stands for both."""
    if not is_fresh():
        raise Forbidden(ask_once_more())
