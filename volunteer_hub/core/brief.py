"""Answers kept for seconds in this process alone: what many strangers ask alike and what changes seldom.

For what may be seconds old (a campaign's name), never for places left. Every process has its own; an edit
shows everywhere once the time has passed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import TypeVar

from flask import current_app

Value = TypeVar("Value")
MOST = 2_000


def briefly(name: str, key: Hashable, make: Callable[[], Value], *, for_s: float) -> Value:
    """What was made under this name and key in the last `for_s` seconds, or what `make()` gives.

    Holds at most MOST answers of a name; when full it starts anew. Two threads may make the same one at once.
    """
    kept: dict[Hashable, tuple[float, Value]] = current_app.extensions.setdefault("brief", {}).setdefault(
        name, {}
    )
    found = kept.get(key)
    now = time.monotonic()
    if found is not None and found[0] > now:
        return found[1]
    value = make()
    if len(kept) >= MOST:
        kept.clear()
    kept[key] = (now + for_s, value)
    return value


def forget(name: str) -> None:
    """Let go of all answers of a name: in this process, at once."""
    current_app.extensions.get("brief", {}).pop(name, None)
