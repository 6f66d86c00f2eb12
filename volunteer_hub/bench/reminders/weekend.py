"""Everybody of the nation signed up for a shift tomorrow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from volunteer_hub.bench.nation import loading
from volunteer_hub.bench.nation.loading import Nation
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events.calendar import uid_of

PEOPLE_A_SHIFT = 20
AHEAD = timedelta(hours=22)
KNOWN_FOR = timedelta(days=3)


def prepare(count: int, seed: int, say: Callable[[str], None]) -> Nation:
    """A nation of `count` people who take email, and shifts for them; nobody is signed up yet."""
    shifts = -(-count // PEOPLE_A_SHIFT)
    nation = loading.load(count, max(1, shifts // 3), shifts, seed, say)
    starts_at = (clock.now() + AHEAD).replace(second=0, microsecond=0)
    with transaction():
        db.session.execute(
            db.text("UPDATE shifts SET capacity = :room, starts_at = :start, ends_at = :end"),
            {"room": PEOPLE_A_SHIFT, "start": starts_at, "end": starts_at + timedelta(hours=3)},
        )
        db.session.execute(
            db.text("UPDATE people SET email_agreed_at = :now, text_agreed_at = NULL"), {"now": clock.now()}
        )
    return nation


def sign_everybody_up(nation: Nation) -> float:
    """Everybody has a place, and has known for days. Returns the moment of the commit: reminders are due."""
    frame = _rows(nation, clock.now() - KNOWN_FOR)
    loading.bring("sign_ups", frame)
    return clock.now().timestamp()


def _rows(nation: Nation, since: datetime) -> pd.DataFrame:
    count = len(nation.people)
    person = nation.first_person + np.arange(count)
    shift = nation.first_shift + np.arange(count) // PEOPLE_A_SHIFT
    start = db.session.scalar(db.text("SELECT min(starts_at) FROM shifts"))
    db.session.rollback()
    return pd.DataFrame(
        {
            "campaign_id": nation.campaign_id,
            "shift_id": shift,
            "person_id": person,
            "state": "going",
            "during": f"[{start.isoformat()},{(start + timedelta(hours=3)).isoformat()})",
            "source": "self",
            "uid": [uid_of(int(s), int(p)) for s, p in zip(shift, person, strict=True)],
            "created_at": since,
            "changed_at": since,
        }
    )
