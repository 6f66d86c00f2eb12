"""The blueprint of districts; uploads may be larger than other requests, for those who may upload."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, request
from flask_login import current_user

from volunteer_hub.core import access
from volunteer_hub.core.access import Role

bp = Blueprint("districts", __name__)
_ROOM_FOR_THE_FORM = 1024**2


@bp.url_value_preprocessor
def _let_uploads_in(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Before the form is read for its token: a signed-in organizer may send a large file, a stranger may
    not.
    """
    del values
    if (
        endpoint == "districts.upload"
        and request.method == "POST"
        and access.may(current_user, Role.ORGANIZER)
    ):
        limit = current_app.extensions["vh_config"].upload_limit_bytes
        request.max_content_length = limit + _ROOM_FOR_THE_FORM
