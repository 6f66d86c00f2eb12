"""What merging two people moves of turf: the leases. A walk list open on a phone stays open."""

from __future__ import annotations

from typing import Any

from volunteer_hub.people.moving import move_back, move_rows
from volunteer_hub.turf.models import Lease, WalkPass


def merge(kept_id: int, gone_id: int) -> dict[str, Any]:
    """Leases and short links become the kept person's."""
    return {
        "leases": move_rows(Lease.person_id, kept_id, gone_id),
        "passes": move_rows(WalkPass.person_id, kept_id, gone_id),
    }


def undo(kept_id: int, gone_id: int, moved: dict[str, Any]) -> None:
    """Give them back."""
    move_back(Lease.person_id, kept_id, gone_id, moved["leases"])
    move_back(WalkPass.person_id, kept_id, gone_id, moved["passes"])
