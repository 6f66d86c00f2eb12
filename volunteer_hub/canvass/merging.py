"""What merging two people moves of canvassing: who knocked, found, walked, was out and called for help."""

from __future__ import annotations

from typing import Any

from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.canvass.models_additions import Addition
from volunteer_hub.canvass.models_safety import HelpCall, Outing
from volunteer_hub.canvass.models_sheets import PaperSheet
from volunteer_hub.people.moving import move_back, move_rows

COLUMNS: dict[str, Any] = {
    "reports": DoorReport.canvasser_id,
    "additions": Addition.canvasser_id,
    "sheets": PaperSheet.walker_id,
    "help_calls": HelpCall.person_id,
}


def merge(kept_id: int, gone_id: int) -> dict[str, Any]:
    """All of it becomes the kept person's; who is out now as both stays out as both until they are back."""
    moved = {name: move_rows(column, kept_id, gone_id) for name, column in COLUMNS.items()}
    moved["outings"] = move_rows(Outing.person_id, kept_id, gone_id, where=[Outing.back_at.is_not(None)])
    moved["out_now"] = move_rows(
        Outing.person_id, kept_id, gone_id, unless_same=[Outing.back_at], where=[Outing.back_at.is_(None)]
    )
    return moved


def undo(kept_id: int, gone_id: int, moved: dict[str, Any]) -> None:
    """Give it back."""
    for name, column in COLUMNS.items():
        move_back(column, kept_id, gone_id, moved[name])
    move_back(Outing.person_id, kept_id, gone_id, moved["outings"] + moved["out_now"])
