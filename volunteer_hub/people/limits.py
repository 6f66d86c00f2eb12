"""How often somebody may try a way in: by address of the network, and by the account they try.

Counted in Redis; when Redis is away each web process counts by itself, so a limit holds per process.
The account is counted under a keyed hash, so that no address stands in Redis.
"""

from __future__ import annotations

from flask import request, session

from volunteer_hub.core import secrets
from volunteer_hub.core.web import limiter

LINK_BY_ADDRESS = limiter.limit("10/minute; 60/hour", methods=["POST"])
JOIN_BY_ADDRESS = limiter.limit("10/minute; 100/hour", methods=["POST"])
CHALLENGE_BY_ADDRESS = limiter.limit("120/minute; 3000/hour")  # each look at the sign-in page asks for one
OPEN_BY_ADDRESS = limiter.limit("30/minute; 300/hour")
PASSWORD_BY_ADDRESS = limiter.limit("10/minute; 50/hour", methods=["POST"])


def _email_key() -> str:
    given = (request.form.get("email") or "").strip().lower()[:254]
    return "email:" + secrets.keyed_digest("limit", given).hex()[:32]


def _second_step_key() -> str:
    step = session.get("second_step") or {}
    return f"second-step:{step.get('person_id', 0)}"


def _viewer_key() -> str:
    from flask_login import current_user

    return f"person:{current_user.id}"


LINK_BY_EMAIL = limiter.limit("5/15 minutes", key_func=_email_key, methods=["POST"])
PASSWORD_BY_EMAIL = limiter.limit("10/15 minutes", key_func=_email_key, methods=["POST"])
CODE_BY_PERSON = limiter.limit("6/15 minutes", key_func=_second_step_key, methods=["POST"])
SECRETS_BY_PERSON = limiter.limit("10/15 minutes", key_func=_viewer_key, methods=["POST"])
