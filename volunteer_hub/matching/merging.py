"""What merging two people moves of matching: pairs fixed by hand."""

from __future__ import annotations

from typing import Any

from volunteer_hub.matching.models import Wish
from volunteer_hub.people.moving import move_back, move_rows


def merge(kept_id: int, gone_id: int) -> dict[str, Any]:
    """Wishes become the kept person's, but for shifts where they have one."""
    return {"wishes": move_rows(Wish.person_id, kept_id, gone_id, unless_same=[Wish.shift_id])}


def undo(kept_id: int, gone_id: int, moved: dict[str, Any]) -> None:
    """Give them back."""
    move_back(Wish.person_id, kept_id, gone_id, moved["wishes"])
