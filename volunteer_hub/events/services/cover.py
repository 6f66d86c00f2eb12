"""Finding cover: asking volunteers near a shift whether they can fill a gap."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from volunteer_hub.core.db import announce, db
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.events import facts
from volunteer_hub.events.models import CoverAsk
from volunteer_hub.events.services.places import locked_shift, require_open
from volunteer_hub.people.models import Person

MOST_ASKED_AT_ONCE = 100


def ask_for_cover(
    campaign_id: int, shift_id: int, person_ids: Iterable[int], *, by: int, now: datetime
) -> int:
    """Ask these volunteers by email to take a place. Nobody is asked twice about a shift.

    Returns how many are asked anew. Raises ShiftOver, ShiftGone, NotPublished.
    """
    wanted = list(dict.fromkeys(person_ids))
    if not wanted:
        raise Refusal(_("Choose at least one person to ask."))
    if len(wanted) > MOST_ASKED_AT_ONCE:
        raise Refusal(_("Ask at most 100 people at once; see who answers before you ask more."))
    shift = locked_shift(campaign_id, shift_id)
    require_open(shift, now)
    known = db.session.scalars(
        select(Person.id).where(Person.id.in_(wanted), Person.campaign_id == campaign_id, Person.is_active)
    ).all()
    rows = [
        {"campaign_id": campaign_id, "shift_id": shift_id, "person_id": each, "asked_by": by, "asked_at": now}
        for each in known
    ]
    if not rows:
        return 0
    statement = insert(CoverAsk).values(rows).on_conflict_do_nothing().returning(CoverAsk.id)
    asked = len(db.session.scalars(statement).all())
    announce(facts.CoverAsked(shift_id))
    return asked
