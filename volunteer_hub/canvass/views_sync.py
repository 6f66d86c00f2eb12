"""POST /canvass/reports: where phones deliver what they kept, and get a receipt for each report."""

from __future__ import annotations

import json
from typing import Any

from flask import g, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address
from flask_login import current_user

from volunteer_hub.canvass import services
from volunteer_hub.canvass.blueprint import bp
from volunteer_hub.canvass.reading import MOST_REPORTS
from volunteer_hub.core import access, clock, secrets
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import transaction
from volunteer_hub.core.refusals import Refusal, SignInFirst
from volunteer_hub.core.web import csrf, limiter
from volunteer_hub.turf import queries as turf

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
