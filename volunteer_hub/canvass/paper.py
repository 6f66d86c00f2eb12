"""A walk list on paper, as a field lead types it: its rows with what stands in them, and what is wrong."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from volunteer_hub.canvass.models import DoorReport, Outcome
from volunteer_hub.canvass.reading import MOST_NOTE, clean
from volunteer_hub.turf.queries import WalkDoor


@dataclass
class PaperRow:
    """One door: the id its report will have (made with the page), what is typed, what to mend."""

    door: WalkDoor
    id: str
    result: str = ""
    support: str = ""
    note: str = ""
    undoes: str = ""
    error: str = ""

    @property
    def is_typed(self) -> bool:
        return bool(self.result or self.support or self.note)

    def raw(self, turf_id: int, at: datetime) -> dict[str, Any]:
        """As a report from outside, for the one way by which reports are stored."""
        return {
            "id": self.id,
            "turf": turf_id,
            "door": self.door.id,
            "at": at.isoformat(),
            "result": self.result or Outcome.CANVASSED.value,
            "answers": {"support": self.support} if self.support else {},
            "note": self.note,
            "undoes": self.undoes,
        }

    def start_anew(self) -> None:
        """The row is stored: the line is free for the next knock at this door."""
        self.id, self.result, self.support, self.note, self.undoes, self.error = (
            fresh_id(),
            "",
            "",
            "",
            "",
            "",
        )


@dataclass
class Sheet:
    """A turf's rows in walking order."""

    rows: list[PaperRow] = field(default_factory=list)

    @classmethod
    def of(cls, doors: Sequence[WalkDoor], typed: Mapping[str, str] | None = None) -> Sheet:
        """The rows of these doors, with what was typed; fields of other doors are not looked at."""
        given = {name: clean(text).strip() for name, text in (typed or {}).items()}
        return cls(
            [
                PaperRow(
                    door,
                    id=_id(given.get(f"id-{door.id}", "")),
                    result=given.get(f"result-{door.id}", ""),
                    support=given.get(f"support-{door.id}", ""),
                    note=given.get(f"note-{door.id}", ""),
                    undoes=_known_id(given.get(f"undoes-{door.id}", "")),
                )
                for door in doors
            ]
        )

    @property
    def typed(self) -> list[PaperRow]:
        return [row for row in self.rows if row.is_typed]

    @property
    def wrong(self) -> list[PaperRow]:
        return [row for row in self.rows if row.error]

    def find_faults(self) -> None:
        """Say of each row what cannot be, before anything is stored."""
        for row in self.typed:
            row.error = _fault(row)


def _fault(row: PaperRow) -> str:
    if row.result and row.result not in list(Outcome):
        return _("Choose a result from the list.")
    if row.support and row.support not in ("1", "2", "3", "4", "5"):
        return _("Support must be a number from 1 (strongly for us) to 5 (strongly against).")
    if row.support and row.result not in ("", Outcome.CANVASSED):
        return _("Support belongs to a talk: choose “We talked”, or clear the support.")
    if not row.result and not row.support:
        return _("Choose a result for this note.")
    if len(row.note) > MOST_NOTE:
        return _("The note is longer than %(most)s characters.", most=MOST_NOTE)
    return ""


def differs(row: PaperRow, stored: DoorReport) -> bool:
    """Was something else stored under this row's id before?"""
    support = int(row.support) if row.support else None
    typed = (row.door.id, row.result or Outcome.CANVASSED.value, support, row.note)
    return typed != (stored.door_id, stored.result, stored.support, stored.note)


def offer_to_replace(row: PaperRow, words: str) -> None:
    """The door was saved otherwise before: the same line, sent once more, replaces that."""
    row.undoes, row.id = row.id, fresh_id()
    row.error = _(
        "This door was saved as “%(result)s” before. Save once more to replace it by what stands here, or "
        "clear the line to leave it.",
        result=words,
    )


def fresh_id() -> str:
    """An id for a report, made with the page."""
    return str(uuid.uuid4())


def _id(text: str) -> str:
    return _known_id(text) or fresh_id()


def _known_id(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return ""
