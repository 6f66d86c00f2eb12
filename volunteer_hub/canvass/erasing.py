"""What canvass forgets of a person who is erased: where they were, and their own name in what they typed.

Knocks, talks and answers stay: they are about voters, and counts must stay right. The canvasser of each is
from then on an id that is nobody's.
"""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import delete, select, update

from volunteer_hub.canvass.models import DoorReport, Script
from volunteer_hub.canvass.models_additions import Addition
from volunteer_hub.canvass.models_log import SetAsideEntry
from volunteer_hub.canvass.models_safety import HelpCall, SharedPosition
from volunteer_hub.core.db import db
from volunteer_hub.core.erasing import MARK, Leaving, scrub
from volunteer_hub.turf.models import Lease


def erase(who: Leaving, *, now: datetime) -> None:  # noqa: ARG001 (as all parts are called)
    """Positions go at once; what they typed loses their name, number and address."""
    held = select(Lease.id).where(Lease.person_id == who.person_id)
    db.session.execute(delete(SharedPosition).where(SharedPosition.lease_id.in_(held)))
    db.session.execute(
        update(HelpCall)
        .where(HelpCall.person_id == who.person_id)
        .values(latitude=None, longitude=None, accuracy_m=None)
    )
    typed = (DoorReport.canvasser_id == who.person_id,)
    scrub(DoorReport.note, DoorReport.answers, pattern=who.in_own_rows, where=typed)
    found = (Addition.canvasser_id == who.person_id,)
    scrub(Addition.note, Addition.answers, pattern=who.in_own_rows, where=found)
    _strike_out_of_entries(who)
    scrub(Script.name, Script.content, pattern=who.anywhere, where=(Script.campaign_id == who.campaign_id,))


def _strike_out_of_entries(who: Leaving) -> None:
    """Entries that were set aside are kept as bytes, so they are read one by one."""
    held = select(Lease.id).where(Lease.person_id == who.person_id)
    pattern = re.compile(who.in_own_rows.encode(), re.IGNORECASE)
    for entry in db.session.scalars(select(SetAsideEntry).where(SetAsideEntry.lease_id.in_(held))):
        struck = pattern.sub(MARK.encode(), entry.body)
        if struck != entry.body:
            entry.body = struck
