"""Pages of messaging: how the sending goes, unsubscribe by one click, texts that come in."""

from __future__ import annotations

import hmac
import uuid

from flask import Blueprint, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select

from config import Config
from volunteer_hub.core import access, clock, secrets
from volunteer_hub.core.access import Role, by_token, needs
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.display import in_language
from volunteer_hub.core.refusals import Forbidden, NotFound
from volunteer_hub.core.web import CONTENT_SECURITY_POLICY, csrf, limiter
from volunteer_hub.messaging import caught, queries, services
from volunteer_hub.messaging.models import STATES, Message
from volunteer_hub.messaging.safe_html import safe_html
from volunteer_hub.messaging.texts import signature_of, words

bp = Blueprint("messaging", __name__)
# What a caught email's own HTML may do: look as it looks, and open links elsewhere. Nothing runs in it.
_LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


@bp.get("/messages")
@needs(Role.ORGANIZER)
def index() -> ResponseReturnValue:
    state = request.args.get("state")
    state = state if state in STATES else None
    page = queries.message_lines(
        current_user.campaign_id, state=state, page=request.args.get("page", 1, type=int)
    )
    return render_template(
        "messaging/index.html",
        counts=queries.counts(current_user.campaign_id),
        page=page,
        state=state,
        states=STATES,
        may_open_mail=_may_open_mail(),
    )


def _may_open_mail() -> bool:
    """Caught mail holds everybody's names and addresses: only who answers for all of it may look."""
    return access.everywhere(current_user, Role.ORGANIZER) and caught.is_catching(_config())


def _config() -> Config:
    config: Config = current_app.extensions["vh_config"]
    return config


def _open_mail() -> Config:
    if not _may_open_mail():
        raise NotFound()
    return _config()


@bp.get("/messages/caught")
@needs(Role.ORGANIZER)
def caught_mail() -> ResponseReturnValue:
    """What the embedded mail catcher and the recorder of texts kept, while they are in use."""
    found = caught.lines(_open_mail(), current_user.campaign_id, page=request.args.get("page", 1, type=int))
    return render_template("messaging/caught.html", found=found)


@bp.get("/messages/caught/<uuid:message_id>")
@needs(Role.ORGANIZER)
def caught_letter(message_id: uuid.UUID) -> ResponseReturnValue:
    """One caught message: its words, and its HTML in a frame in which nothing runs."""
    opened = caught.letter(_open_mail(), current_user.campaign_id, message_id, viewer_id=current_user.id)
    answer = Response(render_template("messaging/letter.html", letter=opened))
    if opened.html:
        answer.headers["Content-Security-Policy"] = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
    return answer


@bp.get("/messages/caught/<uuid:message_id>/html")
@needs(Role.ORGANIZER)
def caught_html(message_id: uuid.UUID) -> ResponseReturnValue:
    """The HTML of a caught email, for the frame."""
    opened = caught.letter(_open_mail(), current_user.campaign_id, message_id, viewer_id=current_user.id)
    if not opened.html:
        raise NotFound()
    answer = Response(safe_html(opened.html), mimetype="text/html")
    answer.headers["Content-Security-Policy"] = _LETTER_POLICY
    return answer


@bp.route("/unsubscribe/<uuid:message_id>/<signature>", methods=["GET", "POST"])
@by_token("the signature in the address, known to the message's reader")
@csrf.exempt  # RFC 8058: mail programs post here without having seen a page
@limiter.limit("60/minute")
def unsubscribe(message_id: uuid.UUID, signature: str) -> ResponseReturnValue:
    """GET shows a button and changes nothing (link scanners fetch links); POST unsubscribes."""
    if not secrets.signature_holds(signature, "unsubscribe", message_id):
        raise NotFound()
    message = db.session.get(Message, message_id)
    if message is None:
        raise NotFound(
            _("This message is no longer known here. Reply to it and we will take you off by hand.")
        )
    if request.method == "POST":
        with transaction():
            services.opt_out(
                message.campaign_id,
                message.channel,
                message.to_digest,
                reason="unsubscribe",
                now=clock.now(),
            )
    return render_template("messaging/unsubscribe.html", is_done=request.method == "POST")


@bp.post("/texts/incoming")
@by_token("the provider's signature over the request")
@csrf.exempt  # the text provider posts here; its signature is checked instead
@limiter.limit("600/minute")
def incoming_text() -> ResponseReturnValue:
    """STOP, START and HELP in English and Spanish; other texts are only counted in the log."""
    config = current_app.extensions["vh_config"]
    wanted = signature_of(
        config.twilio_auth_token or "",
        config.base_url.rstrip("/") + request.path,
        {name: request.form[name] for name in request.form},
    )
    if not config.twilio_auth_token or not hmac.compare_digest(
        wanted.encode(), request.headers.get("X-Twilio-Signature", "").encode()
    ):
        raise Forbidden("This address is for the text provider.")
    word = request.form.get("Body", "").strip().strip(".!").lower()
    with in_language("es" if word in words.SPANISH_WORDS else "en"):
        reply = _answer(request.form.get("From", ""), word)
    answer = f"<Message>{reply}</Message>" if reply else ""
    return Response(
        f'<?xml version="1.0" encoding="UTF-8"?><Response>{answer}</Response>', mimetype="text/xml"
    )


def _answer(number: str, word: str) -> str:
    digest = services.digest_of("text", number)
    campaigns = db.session.scalars(
        select(Message.campaign_id).where(Message.channel == "text", Message.to_digest == digest).distinct()
    ).all()
    if word in words.STOP_WORDS:
        with transaction():
            for campaign_id in campaigns:
                services.opt_out(campaign_id, "text", digest, reason="stop", now=clock.now())
        return _("You are unsubscribed and will get no more texts. Reply START to hear from us again.")
    if word in words.START_WORDS | words.YES_WORDS:
        with transaction():
            for campaign_id in campaigns:
                services.opt_in(campaign_id, "text", digest)
        return _("You will get our texts again. Reply STOP to end them.")
    if word in words.HELP_WORDS:
        return _("Texts about your volunteer shifts. Reply STOP to end them.")
    return ""
