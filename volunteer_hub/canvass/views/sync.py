"""Where phones deliver what they kept: POST /canvass/log takes in a phone's log (docs/sync.md), POST
/canvass/reports single reports, with a receipt for each.
"""

from __future__ import annotations

import json
import logging
from datetime import datetime
from typing import Any

from flask import g, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address
from flask_login import current_user
from sqlalchemy.exc import DataError, IntegrityError

from volunteer_hub.canvass import services
from volunteer_hub.canvass.blueprint import bp
from volunteer_hub.canvass.entries import Batch, read_batch
from volunteer_hub.canvass.reading import MOST_REPORTS
from volunteer_hub.canvass.vocabulary import reason_words
from volunteer_hub.core import access, clock, secrets
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.refusals import Refusal, SignInFirst
from volunteer_hub.core.web import csrf, limiter
from volunteer_hub.turf import queries as turf

logger = logging.getLogger(__name__)
MOST_BYTES = 1024 * 1024


class UnknownToken(SignInFirst):
    """The token opens nothing: mistyped, or never given."""

    def __init__(self) -> None:
        super().__init__(_("This walk list link opens nothing. Ask your field lead for a new one."))


def bearer() -> str:
    """The token of the Authorization header, or nothing."""
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip()[:200] if kind.lower() == "bearer" else ""


def _caller() -> str:
    """Many phones may share one address at a staging location, so each token has a limit of its own."""
    token = bearer()
    return f"lease-{secrets.digest(token).hex()[:32]}" if token else get_remote_address()


# No cookie opens this door by itself: a phone sends its lease's token in a header, which no other site can
# make a browser do; whoever comes with a session instead is asked for the CSRF token below.
@bp.post("/canvass/reports")
@csrf.exempt
@limiter.limit("240/minute", key_func=_caller)
@access.by_token("the lease's token in the Authorization header, or a field lead's session with CSRF token")
def reports() -> ResponseReturnValue:
    """Store a batch of door reports. 200 with a receipt for each; anything else is no receipt."""
    request.max_content_length = MOST_BYTES
    authority = _authority()
    batch = _batch()
    with transaction():
        receipts = services.record(batch, authority=authority, now=clock.now())
    return jsonify(receipts=[each.as_dict() for each in receipts])


@bp.post("/canvass/log")
@csrf.exempt
@limiter.limit("240/minute", key_func=_caller)
@access.by_token("the lease's token in the Authorization header")
def log() -> ResponseReturnValue:
    """Append a run of entries to the server's copy of a phone's log. 200 says how far that copy has come."""
    request.max_content_length = MOST_BYTES
    batch, now = read_batch(request.get_data(cache=False)), clock.now()
    try:
        holder, taken = _take_in(batch, now)
    except (DataError, IntegrityError, ValueError, TypeError, ArithmeticError):
        # one entry that we cannot handle must not hold up a whole shift: a person looks at the batch
        db.forget()
        logger.exception("a batch is set aside", extra={"log": str(batch.log), "first": batch.first})
        holder, taken = _take_in(batch, now, reason="our_fault")
    return jsonify(_told(batch, taken, holder, now)), 409 if taken.forked else 200


def _take_in(batch: Batch, now: datetime, *, reason: str = "") -> tuple[services.Holder, services.Taken]:
    with transaction():
        holder = services.holder_of(bearer(), batch.log)
        if holder is None:
            raise UnknownToken()
        return holder, services.receive(batch, holder, now=now, reason=reason)


def _told(batch: Batch, taken: services.Taken, holder: services.Holder, now: datetime) -> dict[str, Any]:
    return {
        "log": str(batch.log),
        "head": taken.head,
        "hash": taken.hash.hex(),
        "set_aside": [{"seq": seq, "reason": reason_words(code)} for seq, code in taken.set_aside],
        "now": now.isoformat(),
        "until": (taken.until or holder.ended_at).isoformat(),
        "over": holder.returned_at is not None or now >= holder.expires_at,
        "wipe": holder.end_reason == "wiped",
    }


def _authority() -> services.Authority:
    token = bearer()
    if token:
        lease = turf.lease_by_token(token)
        if lease is None:
            raise UnknownToken()
        return services.ByLease(lease)
    if not current_user.is_authenticated:
        raise SignInFirst(_("Send the walk list's token in the Authorization header, or sign in."))
    access.require(current_user, Role.FIELD_LEAD)
    g.pop("csrf_valid", None)
    csrf.protect()
    paths = access.paths(current_user, Role.FIELD_LEAD)
    return services.ByStaff(current_user.campaign_id, current_user.id, paths)


def _batch() -> list[Any]:
    try:
        body = json.loads(request.get_data(cache=False))
        batch = body["reports"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Refusal(_("Send JSON: an object with the list “reports”.")) from None
    if not isinstance(batch, list):
        raise Refusal(_("“reports” must be a list."))
    if len(batch) > MOST_REPORTS:
        raise Refusal(_("At most %(most)s reports at once; send them in parts.", most=MOST_REPORTS))
    return batch
