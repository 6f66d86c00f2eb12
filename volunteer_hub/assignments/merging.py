"""What merging two people moves of assignments: what they were proposed, offered and answered."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import aliased

from volunteer_hub.assignments.models import Assignment, State
from volunteer_hub.core import clock
from volunteer_hub.core.db import db
from volunteer_hub.events import services as events
from volunteer_hub.people.moving import move_back, move_rows
from volunteer_hub.people.services.locking import Rows

STANDING = (State.PROPOSED, State.OFFERED, State.ACCEPTED)


def hangs_on(person_ids: Collection[int]) -> list[Rows]:
    """What is locked before these people: their assignments, of whatever state."""
    query = select(Assignment.id).where(Assignment.person_id.in_(person_ids))
    return [(Assignment, list(db.session.scalars(query)))]


def merge(kept_id: int, gone_id: int) -> dict[str, Any]:
    """All become the kept person's. Of two that stand for one shift the gone one's is withdrawn, and the
    place held for it is free."""
    theirs = aliased(Assignment)
    double = list(
        db.session.scalars(
            select(Assignment)
            .join(theirs, theirs.shift_id == Assignment.shift_id)
            .where(Assignment.person_id == gone_id, Assignment.state.in_(STANDING))
            .where(theirs.person_id == kept_id, theirs.state.in_(STANDING))
            .order_by(Assignment.shift_id)
        )
    )
    for row in double:
        if row.holds_place:
            events.release_place(row.campaign_id, row.shift_id, now=clock.now())
        row.state, row.holds_place = State.WITHDRAWN, False
    db.session.flush()
    return {
        "moved": move_rows(Assignment.person_id, kept_id, gone_id),
        "withdrawn": [row.id for row in double],
    }


def undo(kept_id: int, gone_id: int, moved: dict[str, Any]) -> None:
    """Give them back. What was withdrawn is proposed again where the gone person had been asked for."""
    move_back(Assignment.person_id, kept_id, gone_id, moved["moved"])
    db.session.execute(
        update(Assignment)
        .where(Assignment.id.in_(moved["withdrawn"]), Assignment.state == State.WITHDRAWN)
        .where(Assignment.sign_up_id.is_(None))
        .values(state=State.PROPOSED, holds_place=False)
        .execution_options(synchronize_session=False)
    )
