"""The form at the door, sent without a script: the reports that it makes."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import request

from volunteer_hub.canvass.walking import Stop

MOST_AT_ONCE = 200


def reports_from_form(turf_id: int, house: Sequence[Stop], *, now: datetime) -> list[dict[str, Any]]:
    """The reports of a form: its ids were made with the page, so sending it twice changes nothing.

    house: the doors of the building at hand, for “nobody home” at all of them at once.
    """
    form = request.form
    base = {"turf": turf_id, "at": now.isoformat()}
    if several := form.get("several"):
        left = [str(stop.id) for stop in house if stop.is_left]
        doors = left if several == "all" else form.getlist("doors")
        return [
            base | {"id": _derived(form.get("id", ""), door), "door": door, "result": "not_home"}
            for door in doors[:MOST_AT_ONCE]
        ]
    support = form.get("support", "")
    result = "canvassed" if support else form.get("result", "")
    made = base | {
        "id": form.get("id", ""),
        "door": form.get("door", ""),
        "result": result,
        "answers": answers_from_form(),
        "note": form.get("note", ""),
    }
    if form.get("voter") and result == "canvassed":
        made["voter"] = form["voter"]
    return [made]


def answers_from_form() -> dict[str, Any]:
    """Fields answer-KEY by KEY; a question that takes several answers gives a list."""
    answers: dict[str, Any] = {}
    for field, values in request.form.lists():
        given = [value for value in values if value]
        if field.startswith("answer-") and given:
            answers[field.removeprefix("answer-")] = given if len(given) > 1 else given[0]
    if support := request.form.get("support"):
        answers["support"] = support
    return answers


def _derived(made: str, door: str) -> str:
    try:
        return str(uuid.uuid5(uuid.UUID(made), door))
    except ValueError:
        return ""
