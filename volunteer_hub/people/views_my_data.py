"""Everything held about oneself: a page to read, the same as files to keep."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, datetime, time
from typing import Any

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from volunteer_hub.core import clock
from volunteer_hub.core.access import signed_in
from volunteer_hub.core.display import moment_text
from volunteer_hub.people import held_words, services
from volunteer_hub.people.blueprint import bp
from volunteer_hub.people.views_profile import myself, parts

MOST_SHOWN = 200
"""Rows of a part on the page; the file has all."""


@bp.get("/profile/my-data")
@signed_in
def my_data_page() -> ResponseReturnValue:
    """All of it, to be read."""
    return render_template("people/my_data.html", **_to_read(MOST_SHOWN), parts=parts())


@bp.get("/profile/my-data.json")
@signed_in
def my_data() -> ResponseReturnValue:
    """All of it, for another program."""
    return _file(_json(), "my-data.json", "application/json")


@bp.get("/profile/my-data.zip")
@signed_in
def my_data_zip() -> ResponseReturnValue:
    """Both in one file: a page that opens anywhere, and the JSON."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("my-data.html", render_template("people/my_data_file.html", **_to_read(None)))
        file.writestr("my-data.json", _json())
    return _file(packed.getvalue(), "my-data.zip", "application/zip")


def _json() -> str:
    data = services.own_data(myself(), clock.now())
    return json.dumps(data, indent=2, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime | date | time) else str(value)


def _to_read(most: int | None) -> dict[str, Any]:
    return {
        "data": services.own_data(myself(), clock.now()),
        "most": most,
        "part_name": held_words.part_name,
        "field_name": held_words.field_name,
        "said": said,
    }


def said(value: Any) -> str:
    """A value in words for the reader."""
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, datetime):
        return str(moment_text(value))
    if isinstance(value, list | tuple):
        return ", ".join(said(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{held_words.field_name(key)}: {said(each)}" for key, each in value.items())
    return _plain(value)


def _file(content: str | bytes, name: str, kind: str) -> Response:
    response = Response(content, mimetype=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
