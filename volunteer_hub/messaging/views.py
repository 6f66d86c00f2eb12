"""Pages of messaging: how the sending goes, unsubscribe by one click, texts that come in."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import escape

from config import Config
from volunteer_hub.core import access, clock, secrets
from volunteer_hub.core.access import Role, by_token, needs
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.refusals import Forbidden, NotFound
from volunteer_hub.core.web import CONTENT_SECURITY_POLICY, csrf, limiter
from volunteer_hub.messaging import caught, delivery, queries, services
from volunteer_hub.messaging.incoming import Incoming, receive
from volunteer_hub.messaging.models import STATES, Message
from volunteer_hub.messaging.safe_html import safe_html
from volunteer_hub.messaging.text_report import text_report
from volunteer_hub.messaging.texts.codes import sentence
from volunteer_hub.messaging.texts.signature import is_signed
from volunteer_hub.messaging.texts.words import Meant

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
        why=sentence,
    )


@bp.get("/messages/texts")
@needs(Role.ORGANIZER)
def texts() -> ResponseReturnValue:
    """Whether texts arrived, what they cost, and why some did not arrive."""
    return render_template(
        "messaging/texts.html",
        report=text_report(_config(), current_user.campaign_id, now=clock.now()),
    )


@bp.app_template_global("catches_mail")
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


_DECIDED: dict[str, Meant] = {"STOP": "stop", "START": "start", "HELP": "help"}
"""Twilio's OptOutType: what it took a text for by its own lists of words, and answered."""


@bp.post("/texts/incoming")
@by_token("the provider's signature over the request")
@csrf.exempt  # the text provider posts here; its signature is checked instead
@limiter.limit("6000/minute")
def incoming_text() -> ResponseReturnValue:
    """A text somebody sent us: STOP, START and HELP, a yes or no, or words for a person to read."""
    _require_provider()
    text = Incoming(
        provider_id=request.form.get("MessageSid", ""),
        number=request.form.get("From", ""),
        to=(request.form.get("To", ""), request.form.get("MessagingServiceSid", "")),
        body=request.form.get("Body", ""),
        decided=_DECIDED.get(request.form.get("OptOutType", "").upper()),
    )
    with transaction():
        answer = receive(text, _config(), now=clock.now())
    said = f"<Message>{escape(answer)}</Message>" if answer else ""
    return Response(f'<?xml version="1.0" encoding="UTF-8"?><Response>{said}</Response>', mimetype="text/xml")


@bp.post("/texts/status")
@by_token("the provider's signature over the request")
@csrf.exempt  # likewise
@limiter.limit("60000/minute")
def text_status() -> ResponseReturnValue:
    """What became of a text: queued, sent, delivered, undelivered or failed."""
    _require_provider()
    sid = request.form.get("MessageSid") or request.form.get("SmsSid") or ""
    with transaction():
        is_known = bool(sid) and delivery.note(
            sid,
            request.form.get("MessageStatus", ""),
            request.form.get("ErrorCode", type=int),
            message_id=_message_id(request.args.get("message", "")),
            now=clock.now(),
        )
    if not is_known:
        raise NotFound()
    return "", 204


def _require_provider() -> None:
    """Refuse what the provider has not signed. It signs the address it was given: the public one."""
    config = _config()
    query = f"?{request.query_string.decode()}" if request.query_string else ""
    fields = {name: request.form.getlist(name) for name in request.form}
    given = request.headers.get("X-Twilio-Signature", "")
    url = config.base_url.rstrip("/") + request.path + query
    if not is_signed(config.twilio_auth_token or "", url, fields, given):
        raise Forbidden("This address is for the text provider.")


def _message_id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
