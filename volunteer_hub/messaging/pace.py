"""How fast texts leave: so many a second and a day for each sender, shared by all workers.

Carriers take one text a second from an ordinary number and more from a messaging service; who sends faster is
cut off. One row of the table `text_paces` holds when the next text would be due were they evenly spaced (the
generic cell rate algorithm), so any number of workers keep one pace, and a worker that dies takes only the
turns it had drawn with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import text

from volunteer_hub.core.db import db

WINDOW_S = 2.0
"""Turns that nobody drew are kept for so long, so that a worker may draw several at once."""
_FIRST = text("""
    INSERT INTO text_paces (sender, next_at, counted_on, sent_on_day) VALUES (:sender, :next_at, :today, 0)
    ON CONFLICT DO NOTHING
""")
_LOCKED = text("SELECT next_at, counted_on, sent_on_day FROM text_paces WHERE sender = :sender FOR UPDATE")
_MOVED_ON = text("""
    UPDATE text_paces SET next_at = :next_at, counted_on = :today, sent_on_day = :sent WHERE sender = :sender
""")
_GIVEN_BACK = text("""
    UPDATE text_paces SET next_at = next_at - make_interval(secs => :seconds),
           sent_on_day = greatest(0, sent_on_day - :turns)
    WHERE sender = :sender
""")


@dataclass(frozen=True, slots=True)
class Pace:
    """Of one sender: texts a second, and a day (None: no limit)."""

    per_s: float
    per_day: int | None


@dataclass(frozen=True, slots=True)
class Turns:
    """How many texts may leave now. `wait_s`: when to ask again; None where today's are used up."""

    count: int
    wait_s: float | None


def usual_per_s(sender: str) -> float:
    """A messaging service spreads texts over its numbers; a short code takes many; a number one a second."""
    if sender.startswith("MG"):
        return 10.0
    return 10.0 if len(sender) <= 6 else 1.0


def draw(sender: str, pace: Pace, wanted: int, *, now: datetime, today: date) -> Turns:
    """Take up to `wanted` turns of a sender, in a short transaction of its own."""
    with db.engine.begin() as connection:
        long_ago = now - timedelta(seconds=WINDOW_S)
        connection.execute(_FIRST, {"sender": sender, "next_at": long_ago, "today": today})
        row = connection.execute(_LOCKED, {"sender": sender}).one()
        sent = row.sent_on_day if row.counted_on == today else 0
        if pace.per_day is not None and sent >= pace.per_day:
            return Turns(0, None)
        due = max(row.next_at, long_ago)
        behind_s = (now - due).total_seconds()
        ready = 0 if behind_s < 0 else int(behind_s * pace.per_s + 1e-6) + 1
        left = wanted if pace.per_day is None else min(wanted, pace.per_day - sent)
        count = min(ready, left)
        due += timedelta(seconds=count / pace.per_s)
        values = {"sender": sender, "next_at": due, "today": today, "sent": sent + count}
        connection.execute(_MOVED_ON, values)
    return Turns(count, max(0.0, (due - now).total_seconds()))


def give_back(sender: str, pace: Pace, turns: int) -> None:
    """Turns that were drawn and not needed."""
    if turns:
        values = {"sender": sender, "seconds": turns / pace.per_s, "turns": turns}
        with db.engine.begin() as connection:
            connection.execute(_GIVEN_BACK, values)
