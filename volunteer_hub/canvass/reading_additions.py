"""From what a phone sent of a person or a door on no file to a checked addition. Pure, as `reading`."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from volunteer_hub.canvass.models import Outcome
from volunteer_hub.canvass.reading import Reading, Unreadable, clean, read_report

KIND = "addition"
"""What an entry of a phone's log says of itself in `kind`."""
MOST_NAME, MOST_UNIT, MOST_ADDRESS = 120, 40, 200


@dataclass(frozen=True, slots=True)
class Found:
    """An addition as it was sent, checked by itself. result: None where nobody has knocked."""

    reading: Reading
    what: str
    result: Outcome | None
    texts: Mapping[str, str]

    @property
    def title(self) -> str:
        """The name, or the address and the unit."""
        return ", ".join(filter(None, (self.texts[name] for name in ("name", "address", "unit"))))

    def at(self, moment: datetime) -> Found:
        """The same, found at this moment, and in no turf but the one that its door is in."""
        return replace(self, reading=replace(self.reading, at=moment, turf_id=None))

    def by_our_clock(self, ahead: timedelta, now: datetime) -> Found:
        """The same, at the time that was: its phone's clock was ahead by so much. Never after now."""
        at = self.reading.at
        with suppress(OverflowError):  # the first or last days there are stay what they are
            at -= ahead
        return replace(self, reading=replace(self.reading, at=min(at, now)))


def is_addition(raw: Any) -> bool:
    """Is this entry of a log an addition, and no report?"""
    return isinstance(raw, dict) and raw.get("kind") == KIND


def read_addition(raw: Any) -> Found:
    """Check one addition. Raises Unreadable with a sentence."""
    if not isinstance(raw, dict):
        raise Unreadable(_("An addition must be an object with id, door, at and what."))
    result = raw.get("result") or None
    reading = read_report({**raw, "undoes": None, "result": result or Outcome.NOT_HOME})
    if raw.get("what") not in ("person", "door"):
        raise Unreadable(_("“what” must be person or door."))
    texts = {
        "name": _text(raw, "name", MOST_NAME),
        "unit": _text(raw, "unit", MOST_UNIT),
        "address": _text(raw, "address", MOST_ADDRESS),
    }
    if raw["what"] == "person" and not texts["name"]:
        raise Unreadable(_("Write the person's name."))
    if raw["what"] == "door" and not (texts["address"] or texts["unit"]):
        raise Unreadable(_("Write the address, or the unit in this building."))
    return Found(reading, raw["what"], reading.result if result else None, texts)


def _text(raw: dict[str, Any], name: str, most: int) -> str:
    value = raw.get(name) or ""
    if not isinstance(value, str) or len(value) > most:
        raise Unreadable(_("“%(name)s” must be text of at most %(most)s characters.", name=name, most=most))
    return " ".join(clean(value).split())
