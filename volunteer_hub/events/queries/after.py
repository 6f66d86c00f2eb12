"""Whose shift is over and who has not heard from us since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import and_, func, or_, select

from volunteer_hub.core.db import db
from volunteer_hub.events.models import Shift, SignUp
from volunteer_hub.people.models import Person

RESTS = timedelta(hours=2)
"""After the end: the last reports come in, and the list is closed."""
TOO_LATE = timedelta(hours=36)
"""A list closed later than that is past the day; a word about it would come out of nowhere."""
Word = Literal["thanks", "missed"]


@dataclass(frozen=True, slots=True)
class DueWord:
    """A person to thank for a shift, or to write one kind word to."""

    sign_up_id: int
    campaign_id: int
    person_id: int
    shift_id: int
    word: Word


def due_words(now: datetime, *, limit: int) -> list[DueWord]:
    """Those of shifts that ended lately, who agreed to a channel; locked, so that two sweeps never meet."""
    rows = db.session.execute(
        select(SignUp.id, SignUp.campaign_id, SignUp.person_id, SignUp.shift_id, SignUp.attendance)
        .join(Shift, Shift.id == SignUp.shift_id)
        .join(Person, Person.id == SignUp.person_id)
        .where(
            Shift.ends_at <= now - RESTS,
            Shift.ends_at > now - TOO_LATE,
            Shift.cancelled_at.is_(None),
            SignUp.state == "going",
            or_(
                and_(SignUp.attendance == "attended", SignUp.thanked_at.is_(None)),
                and_(
                    SignUp.attendance == "no_show",
                    SignUp.followed_up_at.is_(None),
                    SignUp.checked_in_at.is_(None),  # not to who says that they were there
                ),
            ),
            Person.is_active,
            Person.awaits_confirmation.is_(False),
            or_(
                Person.email_agreed_at.is_not(None),
                and_(Person.text_agreed_at.is_not(None), Person.phone.is_not(None)),
            ),
        )
        .order_by(SignUp.shift_id, SignUp.id)
        .limit(limit)
        .with_for_update(of=SignUp, skip_locked=True)
    )
    words: dict[str, Word] = {"attended": "thanks", "no_show": "missed"}
    return [DueWord(row[0], row[1], row[2], row[3], words[row[4] or ""]) for row in rows]


def came_to(shift_ids: list[int]) -> dict[int, int]:
    """How many came to each of these shifts."""
    query: Any = (
        select(SignUp.shift_id, func.count())
        .where(SignUp.shift_id == func.any(shift_ids), SignUp.attendance == "attended")
        .group_by(SignUp.shift_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}
