"""Places, ids and times as a phone sends them, checked before anything is kept."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from volunteer_hub.canvass.services.helping import Point
from volunteer_hub.core.refusals import Refusal

WORST_M = 100_000.0
LONGEST_S = 30 * 24 * 3600.0


def point_of(given: Mapping[str, Any]) -> Point | None:
    """The place in a form or a JSON object; None when it has none. Raises Refusal for what is no place."""
    texts = [given.get(name) for name in ("latitude", "longitude")]
    if all(each in (None, "") for each in texts):
        return None
    latitude, longitude = (_number(each) for each in texts)
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        raise Refusal(_("This is no place on earth: latitude and longitude must be degrees."))
    accuracy = _number(given.get("accuracy"))
    if accuracy is not None:
        accuracy = min(accuracy, WORST_M) if accuracy >= 0 else None
    return Point(latitude, longitude, accuracy)


def call_id_of(given: Mapping[str, Any]) -> uuid.UUID:
    """The id made on the phone; raises Refusal."""
    try:
        return uuid.UUID(str(given.get("id", "")))
    except ValueError:
        raise Refusal(_("“%(name)s” must be a UUID made on the phone.", name="id")) from None


def time_of(given: Mapping[str, Any], now: datetime) -> datetime:
    """The phone's time of it; now where it says none that can be read."""
    try:
        at = datetime.fromisoformat(str(given.get("at", "")))
    except ValueError:
        return now
    return at if at.tzinfo is not None else now


def moment_of(given: Mapping[str, Any], now: datetime) -> datetime:
    """When it was by our clock. The phone says how many seconds ago, for its own clock may be wrong."""
    late_s = _number(given.get("late_s")) or 0.0
    return now - timedelta(seconds=min(max(late_s, 0.0), LONGEST_S))


def _number(text: Any) -> float | None:
    if isinstance(text, bool):
        return None
    try:
        number = float(text)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
