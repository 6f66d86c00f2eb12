"""What happened before the sample's first day: closed lists of past weekends, to learn chances from."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import func, select

from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events import plans
from volunteer_hub.events import services as events
from volunteer_hub.events.calendar import uid_of
from volunteer_hub.events.models import Shift, SignUp
from volunteer_hub.events.services.places import during
from volunteer_hub.events.services.showing import keep_records
from volunteer_hub.people.models import Person

WEEKENDS = 6
SHIFTS_A_DAY = 5
SIGN_UPS = 12
REGULARS = 300
"""People who have been out before, most of them more than once."""
SAID_YES = 0.6
YES_COUNTS = 0.25
"""Who said yes comes so much more often, who stayed silent so much less."""


def add(campaign_id: int, zone: str, seed: int) -> int:
    """Closed lists of the last WEEKENDS, and what they teach. Returns how many sign-ups were marked.

    Each of the regulars comes with their own invented chance, more often if they said yes before.
    """
    rng = np.random.default_rng(seed)
    people = list(
        db.session.execute(
            select(Person.id, Person.show_chance)
            .where(Person.campaign_id == campaign_id, Person.joined_via == "sample")
            .order_by(Person.id)
            .limit(REGULARS)
        )
    )
    with transaction():
        rows: list[SignUp] = []
        for shifts in _past_days(campaign_id, zone):
            chosen = rng.permutation(len(people))  # nobody is at two places on a day
            for number, shift in enumerate(shifts):
                at = chosen[number * SIGN_UPS : (number + 1) * SIGN_UPS]
                rows += [_sign_up(shift, people[each].id, people[each].show_chance, rng) for each in at]
        db.session.add_all(rows)
        keep_records({row.person_id for row in rows})
        events.learn_showing(campaign_id, now=clock.now())
    return len(rows)


def _past_days(campaign_id: int, zone: str) -> list[list[Shift]]:
    """The shifts of each Saturday and Sunday of the past weekends, at SHIFTS_A_DAY of the events in turn."""
    today = clock.campaign_day(clock.now(), ZoneInfo(zone))
    last_sunday = today - timedelta(days=today.weekday() + 1)
    days = [last_sunday - timedelta(days=7 * week + extra) for week in range(WEEKENDS) for extra in (0, 1)]
    spans = plans.series(days, [(time(10), time(13))], zone)
    offices = db.session.execute(
        select(Shift.event_id, func.min(Shift.staging_location_id))
        .where(Shift.campaign_id == campaign_id)
        .group_by(Shift.event_id)
        .order_by(Shift.event_id)
    ).all()
    found = []
    for number, (starts_at, ends_at) in enumerate(spans):
        turn = [offices[(number * SHIFTS_A_DAY + each) % len(offices)] for each in range(SHIFTS_A_DAY)]
        found.append([_past_shift(campaign_id, *office, starts_at, ends_at) for office in turn])
    db.session.add_all(shift for shifts in found for shift in shifts)
    db.session.flush()
    return found


def _past_shift(campaign_id: int, event_id: int, place_id: int, start: datetime, end: datetime) -> Shift:
    return Shift(
        campaign_id=campaign_id,
        event_id=event_id,
        staging_location_id=place_id,
        starts_at=start,
        ends_at=end,
        capacity=SIGN_UPS,
        going=SIGN_UPS,
    )


def _sign_up(shift: Shift, person_id: int, chance: float, rng: np.random.Generator) -> SignUp:
    """Signed up some days before, asked a day before, on the list or not; thanked or missed long since."""
    said_yes = rng.random() < SAID_YES
    share = np.clip(chance + (YES_COUNTS if said_yes else -YES_COUNTS), 0.03, 0.97)
    asked_at, settled_at = shift.starts_at - timedelta(days=1), shift.ends_at + timedelta(hours=6)
    return SignUp(
        campaign_id=shift.campaign_id,
        shift_id=shift.id,
        person_id=person_id,
        state="going",
        during=during(shift),
        source="self",
        uid=uid_of(shift.id, person_id),
        created_at=shift.starts_at - timedelta(days=float(rng.uniform(1.5, 12.0))),
        changed_at=settled_at,
        reminded_day_at=asked_at,
        confirmed_at=asked_at + timedelta(hours=2) if said_yes else None,
        attendance="attended" if rng.random() < share else "no_show",
        thanked_at=settled_at,
        followed_up_at=settled_at,
    )
