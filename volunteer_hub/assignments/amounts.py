"""How worth and ways are written: about three digits, the unit in words, miles."""

from __future__ import annotations

import math
from typing import Any

from flask_babel import format_decimal
from flask_babel import lazy_gettext as _l

from volunteer_hub.core.display import short_miles_text

SAME = 1e-9

UNIT_WORDS: dict[str, Any] = {
    "millionths of a win": _l("millionths of a win"),
    "supporters' votes": _l("supporters' votes"),
    "doors": _l("doors"),
    "average hours": _l("average hours"),
    "hours": _l("hours"),
}


def number(value: float | None) -> str:
    """About three significant digits, in the reader's locale, with a real minus."""
    if value is None:
        return "–"
    if abs(value) < SAME:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return str(format_decimal(round(value, digits))).replace("-", "−")


def unit_words(unit: str) -> str:
    """The unit in the reader's language."""
    return str(UNIT_WORDS.get(unit, unit))


def amount(value: float | None, unit: str) -> str:
    """“1.53 supporters' votes”."""
    return f"{number(value)} {unit_words(unit)}".strip()


def way(km: float | None) -> str:
    """“3.2 mi”: tables and reasons of a plan have little room."""
    return "–" if km is None else short_miles_text(km)
