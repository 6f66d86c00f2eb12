"""Lines of fast entry: “K7A N” is nobody home at the door K7A; “K7A T2 wants a sign” a talk with a note."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from volunteer_hub.canvass.door_codes import SheetCodes
from volunteer_hub.canvass.models import Outcome
from volunteer_hub.canvass.reading import MOST_NOTE, clean
from volunteer_hub.turf.queries import WalkDoor

RESULT_LETTERS: dict[str, Outcome] = {
    "N": Outcome.NOT_HOME,
    "T": Outcome.CANVASSED,
    "F": Outcome.LEFT_LITERATURE,
    "R": Outcome.REFUSED,
    "C": Outcome.INACCESSIBLE,
    "L": Outcome.LANGUAGE_BARRIER,
    "M": Outcome.MOVED,
    "D": Outcome.DECEASED,
    "X": Outcome.DO_NOT_WALK,
}
"""The same on every sheet, whatever its language: typists learn them once."""
MOST_LINES = 1000


@dataclass
class FastLine:
    """One line as typed, what it means, and what to mend."""

    number: int
    text: str
    door: WalkDoor | None = None
    result: Outcome | None = None
    support: str = ""
    note: str = ""
    error: str = ""

    def raw(self, turf_id: int, form: uuid.UUID, at: datetime) -> dict[str, Any]:
        """As a report from outside. Its id follows from the form and the line: sent twice, stored once."""
        assert self.door is not None
        assert self.result is not None
        said = f"{self.door.id}:{self.result.value}:{self.support}:{self.note}"
        return {
            "id": str(uuid.uuid5(form, said)),
            "turf": turf_id,
            "door": self.door.id,
            "at": at.isoformat(),
            "result": self.result.value,
            "answers": {"support": self.support} if self.support else {},
            "note": self.note,
        }


def read_lines(
    text: str, codes: SheetCodes, printed: Sequence[int], doors: Mapping[int, WalkDoor]
) -> list[FastLine]:
    """The lines that say something. printed: door ids as on the sheet; doors: what is known of them now."""
    lines = [(number, clean(each).strip()) for number, each in enumerate(text.splitlines(), start=1)]
    return [
        _read(FastLine(number, each), codes, printed, doors) for number, each in lines[:MOST_LINES] if each
    ]


def _read(
    line: FastLine, codes: SheetCodes, printed: Sequence[int], doors: Mapping[int, WalkDoor]
) -> FastLine:
    code, rest = _split(line.text, codes.width)
    place = codes.place(code)
    line.door = doors.get(printed[place]) if place is not None else None
    found = re.match(r"([A-Za-z]?)\s*([1-5]?)(?:[\s,.;:]+(.*))?$", rest, re.S)
    if place is None:
        line.error = _("“%(code)s” is no code of this sheet. Look at it once more.", code=code)
    elif line.door is None:
        line.error = _("The door of “%(code)s” is no longer in this campaign.", code=code)
    elif not rest:
        line.error = _("Say what happened there: a letter after the code, as in “%(code)s N”.", code=code)
    elif found is None or not (found[1] or found[2]):
        line.error = _unknown(rest)
    else:
        _understand(line, found[1].upper(), found[2], (found[3] or "").strip())
    return line


def _understand(line: FastLine, letter: str, support: str, note: str) -> None:
    line.result = RESULT_LETTERS.get(letter) if letter else Outcome.CANVASSED
    line.support, line.note = support, note
    if line.result is None:
        line.error = _unknown(letter)
    elif support and line.result is not Outcome.CANVASSED:
        line.error = _("Support belongs to a talk: write T%(support)s.", support=support)
    elif len(note) > MOST_NOTE:
        line.error = _("The note is longer than %(most)s characters.", most=MOST_NOTE)


def _split(text: str, width: int) -> tuple[str, str]:
    """The code, with or without a space after it, and the rest."""
    head, _space, rest = text.partition(" ")
    if len(head) > width:
        head, rest = head[:width], f"{head[width:]} {rest}"
    return head.upper()[:20], rest.strip(" -=")


def _unknown(text: str) -> str:
    letters = ", ".join(RESULT_LETTERS)
    return _("“%(text)s” is no result. Write one of %(letters)s.", text=text[:20], letters=letters)
