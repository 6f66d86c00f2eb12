"""Which column of a file of reports is what, and which result a word means. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from volunteer_hub.canvass.models import Outcome

COLUMNS = {
    "door": ("door", "door id", "doorid", "door no", "door number id"),
    "address": ("address", "street address", "full address", "addr", "address line 1", "address1"),
    "unit": ("unit", "apt", "apartment", "unit number", "apt number"),
    "zip": ("zip", "zip code", "zipcode", "postal code", "zip5"),
    "result": (
        "result", "canvass result", "contact result", "result code", "outcome", "disposition", "status",
    ),
    "support": ("support", "support level", "support score", "supportid", "id support", "score", "rating"),
    "at": (
        "at", "date", "date contacted", "date canvassed", "datecanvassed", "contacted at", "time", "when",
        "timestamp",
    ),
    "note": ("note", "notes", "comment", "comments", "remarks"),
    "id": ("report id", "report", "id", "uuid"),
}  # fmt: skip

VAN_RESULTS = {
    "canvassed": Outcome.CANVASSED, "talked": Outcome.CANVASSED, "we talked": Outcome.CANVASSED,
    "contacted": Outcome.CANVASSED, "not home": Outcome.NOT_HOME, "nobody home": Outcome.NOT_HOME,
    "no answer": Outcome.NOT_HOME, "nh": Outcome.NOT_HOME, "refused": Outcome.REFUSED,
    "does not want to talk": Outcome.REFUSED, "hostile": Outcome.REFUSED, "moved": Outcome.MOVED,
    "moved away": Outcome.MOVED, "deceased": Outcome.DECEASED, "has died": Outcome.DECEASED,
    "inaccessible": Outcome.INACCESSIBLE, "cannot get there": Outcome.INACCESSIBLE,
    "language barrier": Outcome.LANGUAGE_BARRIER, "other language": Outcome.LANGUAGE_BARRIER,
    "another language": Outcome.LANGUAGE_BARRIER, "spanish": Outcome.LANGUAGE_BARRIER,
    "left literature": Outcome.LEFT_LITERATURE, "lit drop": Outcome.LEFT_LITERATURE,
    "left lit": Outcome.LEFT_LITERATURE, "left a flyer": Outcome.LEFT_LITERATURE,
    "left message": Outcome.LEFT_LITERATURE, "do not walk": Outcome.DO_NOT_WALK,
    "do not knock": Outcome.DO_NOT_WALK, "do not contact": Outcome.DO_NOT_WALK,
    "do not come again": Outcome.DO_NOT_WALK,
}  # fmt: skip
"""The names VAN ships for doors, and common others. Its results of calls have no meaning at a door."""

SUPPORT_WORDS = {
    "strong support": 1, "strongly support": 1, "strongly for us": 1, "ss": 1, "lean support": 2,
    "leaning support": 2, "leaning to us": 2, "ls": 2, "undecided": 3, "u": 3, "lean oppose": 4,
    "leaning oppose": 4, "leaning against": 4, "lo": 4, "strong oppose": 5, "strongly oppose": 5,
    "strongly against": 5, "so": 5,
}  # fmt: skip

TIMES = (
    "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M:%S",
    "%m/%d/%y %H:%M", "%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y",
)  # fmt: skip


def guess_columns(header: Sequence[str]) -> dict[str, int]:
    """Column name to its place, for what the header names; each column is taken once."""
    plain = [_plain(cell) for cell in header]
    found: dict[str, int] = {}
    for name, words in COLUMNS.items():
        places = [plain.index(word) for word in words if word in plain]
        free = [place for place in places if place not in found.values()]
        if free:
            found[name] = free[0]
    return found


def result_of(text: str) -> Outcome | None:
    """The result a word means; None for a word that means none."""
    plain = _plain(text)
    return VAN_RESULTS.get(plain) or next((each for each in Outcome if each.replace("_", " ") == plain), None)


def support_of(text: str) -> int | None:
    """1 (strong support) to 5 (strong oppose), from a number or words as "1 - Strong support"."""
    number = re.match(r"\s*([1-5])(?:\.0+)?(?:\s*$|\s*[-–:.)]\s*\D)", text)
    return int(number[1]) if number else SUPPORT_WORDS.get(_plain(text))


def time_of(text: str, zone: ZoneInfo) -> datetime | None:
    """An instant; a time without a zone is the campaign's, a day alone is its noon."""
    text = text.strip()
    try:
        found = datetime.fromisoformat(text)
        is_day = len(text) <= 10
    except ValueError:
        for shape in TIMES:
            try:
                found = datetime.strptime(text, shape)  # noqa: DTZ007 - the zone follows below
            except ValueError:
                continue
            is_day = "%H" not in shape and "%I" not in shape
            break
        else:
            return None
    if is_day:
        found = found.replace(hour=12)
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _plain(text: str) -> str:
    return re.sub(r"[\s_\-./#]+", " ", text).strip().lower()
