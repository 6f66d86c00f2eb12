"""What merging two people moves of turf: the leases. A walk list open on a phone stays open."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select

from volunteer_hub.core.db import db
from volunteer_hub.people.moving import move_back, move_rows
from volunteer_hub.people.services.locking import Rows
from volunteer_hub.turf.models import Lease, WalkPass


def hangs_on(person_ids: Collection[int]) -> list[Rows]:
    """What is locked before these people: their leases."""
    query = select(Lease.id).where(Lease.person_id.in_(person_ids))
    return [(Lease, list(db.session.scalars(query)))]


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
